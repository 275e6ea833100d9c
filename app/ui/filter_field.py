"""A field that narrows down the list below it; the down key goes there."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.ui import accessible
from app.ui.controls import set_text_margins
from app.ui.models.entries import ENTRY_HEIGHT_PX
from app.ui.theme import Theme

_MOST_CHARACTERS = 200
_ICON_PX = 17


class FilterField(QLineEdit):
    """Enter and down ask for the list. Esc empties the field first, and only then closes the dialog."""

    list_requested = Signal()

    def __init__(self, theme: Theme, label: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("place", "field")
        self.setFont(theme.fonts.ui)
        self.setMaxLength(_MOST_CHARACTERS)
        self.setPlaceholderText(label)
        accessible.name(self, label)
        theme.resized.connect(self._fit)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.list_requested.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _fit(self) -> None:
        self.setMinimumHeight(self._theme.px(ENTRY_HEIGHT_PX))
        set_text_margins(self, start=self._theme.px(_ICON_PX) + 7)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = self._theme.px(_ICON_PX)
        x = self.width() - side - 9 if self.isRightToLeft() else 9
        icon = QRectF(x, (self.height() - side) / 2, side, side)
        self._theme.icons.paint(QPainter(self), "magnifying-glass", icon, self._theme.color("hint"))
