"""The field above the list of chats: names at once, messages a moment after the last key."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import IconButton, set_text_margins
from app.ui.theme import Theme

REST_MS = 150
_HEIGHT_PX = 34
_ICON_PX = 17
_CLEAR_PX = 26
_CHARACTERS_MAX = 200


class SearchField(QLineEdit):
    """Down goes to the list, Enter opens the first row of it, Esc empties the field."""

    list_requested = Signal()
    first_requested = Signal()
    rested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("place", "field")
        self.setPlaceholderText(_("Search chats"))
        self.setMaxLength(_CHARACTERS_MAX)
        self.setMinimumHeight(theme.px(_HEIGHT_PX))
        self.clear_button = IconButton(theme, "x", _("Clear the search"), parent=self, size=_CLEAR_PX)
        self.clear_button.icon_px = 14
        self.clear_button.hide()
        self.clear_button.clicked.connect(self._on_clear)
        self._place_icons()
        accessible.name(self, _("Search chats"), _("Looks through names and messages."))
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.rested)
        self.textChanged.connect(self._on_text)
        theme.resized.connect(self._on_resized)

    def event(self, event: QEvent) -> bool:
        """Esc empties the field before the window may stop an answer with it."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape and self.text():
            event.accept()
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._place_icons()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_icons()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.list_requested.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.first_requested.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = self._theme.px(_ICON_PX)
        left = self.width() - 9 - side if self.isRightToLeft() else 9
        place = QRectF(left, (self.height() - side) / 2, side, side)
        self._theme.icons.paint(QPainter(self), "magnifying-glass", place, self._theme.color("hint"))

    def _place_icons(self) -> None:
        side = self._theme.px(_CLEAR_PX)
        set_text_margins(self, start=self._theme.px(_ICON_PX) + 8, end=side if self.text() else 0)
        left = 4 if self.isRightToLeft() else self.width() - side - 4
        self.clear_button.setGeometry(left, (self.height() - side) // 2, side, side)

    @Slot(str)
    def _on_text(self, words: str) -> None:
        self.clear_button.setVisible(bool(words))
        self._place_icons()
        if words.split():
            self._rest.start()
        else:
            self._rest.stop()

    @Slot()
    def _on_clear(self) -> None:
        self.clear()
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    @Slot()
    def _on_resized(self) -> None:
        self.setMinimumHeight(self._theme.px(_HEIGHT_PX))
        self._place_icons()
