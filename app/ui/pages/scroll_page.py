"""A page in place of the chat: a bar above, and below it one column in the middle that scrolls as a whole."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.ui.controls import Ground
from app.ui.models.entries import scaled
from app.ui.pages.parts import Row, tab_in_order
from app.ui.theme import Theme

COLUMN_PX = 860
_MARGIN_PX = 28
_NARROW_MARGIN_PX = 16
_NARROW_PX = 640


class ScrollPage(Ground):
    """What stands in the column is made with `_column` as its parent; `_lay_out` comes last."""

    back_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None) -> None:
        super().__init__(theme, "window", parent=parent)
        self._area = QScrollArea(self)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._sheet = _Sheet(theme, "window", parent=None)
        self._column = QWidget(self._sheet)
        self._around = QHBoxLayout(self._sheet)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_margins()
        self._arrange()

    def _lay_out(self, bar: QWidget, parts: Iterable[QWidget | int], *, spacing_px: int = 0) -> None:
        """`bar` above, `parts` in the column; a number among them is a gap that is there whatever is hidden."""
        self._column.setMaximumWidth(scaled(self._theme, COLUMN_PX))
        inside = QVBoxLayout(self._column)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(spacing_px)
        for part in parts:
            if isinstance(part, int):
                inside.addSpacing(part)
            else:
                inside.addWidget(part)
        inside.addStretch(1)
        self._around.addStretch(1)
        self._around.addWidget(self._column, 1_000)
        self._around.addStretch(1)
        self._area.setWidget(self._sheet)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(bar)
        whole.addWidget(self._area, 1)
        self._area.verticalScrollBar().rangeChanged.connect(self._on_range)
        self._theme.resized.connect(self._on_resized)

    @property
    def _margin_px(self) -> int:
        return _MARGIN_PX if self.width() >= _NARROW_PX else _NARROW_MARGIN_PX

    def _keep_margins(self) -> None:
        """The column stands in the middle and is as wide as before when the scroll bar comes or goes."""
        bar, margin = self._area.verticalScrollBar(), self._margin_px
        taken_px = bar.sizeHint().width() if bar.maximum() > 0 else 0
        beside = max(0, margin - taken_px)
        left, right = (beside, margin) if self.isRightToLeft() else (margin, beside)
        self._around.setContentsMargins(left, 24, right, 32)

    def _arrange(self) -> None:
        column_px = min(self.width() - 2 * self._margin_px, self._column.maximumWidth())
        for row in self._column.findChildren(Row):
            row.arrange(column_px)

    @Slot()
    def _on_resized(self) -> None:
        self._column.setMaximumWidth(scaled(self._theme, COLUMN_PX))
        self._arrange()

    @Slot()
    def _on_range(self) -> None:
        self._keep_margins()

    @Slot()
    def _on_rows(self) -> None:
        """Rows came, went, or opened."""
        self._arrange()
        tab_in_order(self)


class _Sheet(Ground):
    """What scrolls. Its height is that of its texts as they wrap, not that of the narrowest wrapping."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)
