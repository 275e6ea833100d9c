"""A field that narrows down the list below it; the down key goes there."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.ui import accessible
from app.ui.models.entries import ENTRY_HEIGHT_PX, scaled
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
        self.setMinimumHeight(scaled(theme, ENTRY_HEIGHT_PX))
        self.setTextMargins(24, 0, 0, 0)
        accessible.name(self, label)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.list_requested.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        icon = QRectF(9, (self.height() - _ICON_PX) / 2, _ICON_PX, _ICON_PX)
        self._theme.icons.paint(QPainter(self), "magnifying-glass", icon, self._theme.color("hint"))
