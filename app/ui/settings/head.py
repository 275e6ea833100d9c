"""The head of a dialog with a field that narrows down its rows: beside the title, or below it where that is tight."""

from __future__ import annotations

from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QBoxLayout, QWidget

from app.ui.controls import Text
from app.ui.filter_field import FilterField
from app.ui.settings.flow import set_stacked
from app.ui.theme import Theme

_FILTER_PX = 220
_LEAST_FILTER_PX = 130
_GAP_PX = 12


def fit_filter(theme: Theme, head: QWidget, field: FilterField, width: int) -> None:
    """For a dialog that is `width` pixels wide."""
    row, title = head.layout(), head.findChildren(Text)[0]
    room = width - (row.contentsMargins().left() + row.contentsMargins().right() if row is not None else 0)
    words_px = round(QFontMetricsF(title.font()).horizontalAdvance(title.text()))
    is_stacked = words_px + theme.px(_LEAST_FILTER_PX) > room
    if isinstance(row, QBoxLayout):
        set_stacked(row, is_stacked=is_stacked)
    title.setWordWrap(is_stacked)
    field.setFixedWidth(room if is_stacked else min(theme.px(_FILTER_PX), room - words_px - _GAP_PX))
