"""Where the list of chats stands: beside the page, or over it in a narrow window, until something is chosen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.text import _
from app.ui import accessible
from app.ui.theme import Theme

NARROW_PX = 760
_LEFT_FREE_PX = 48


class SidePane(QObject):
    """Moves `pane` between the window's row and an overlay. `wanted_changed` tells a wish worth keeping (wide only)."""

    shown_changed = Signal()
    wanted_changed = Signal(object)  # bool

    def __init__(self, theme: Theme, window: QWidget, row: QHBoxLayout, pane: QWidget, *, is_wanted: bool) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._row = row
        self._pane = pane
        self._designed_px = pane.maximumWidth() / theme.scale
        self._is_wanted = is_wanted
        self._is_over = False
        self._scrim = Scrim(theme, parent=window)
        self._scrim.hide()
        self._scrim.left.connect(self.close)
        row.insertWidget(0, pane)
        window.installEventFilter(self)
        theme.resized.connect(self._on_resized)
        self._arrange()

    @property
    def is_open(self) -> bool:
        return not self._pane.isHidden()

    @property
    def is_narrow(self) -> bool:
        return self._window.width() < self._theme.px(NARROW_PX)

    def open(self) -> None:
        self._set(is_open=True)

    @Slot()
    def close(self) -> None:
        """In a narrow window only: there the list is in the way of what was chosen in it."""
        if self._is_over:
            self._set(is_open=False)

    @Slot()
    def toggle(self) -> None:
        if self.is_narrow:
            self._set(is_open=self._pane.isHidden())
            return
        self._is_wanted = not self._is_wanted
        self.wanted_changed.emit(self._is_wanted)
        self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._arrange()
        return False

    @Slot()
    def _on_resized(self) -> None:
        """Another text size: there may be too little room beside the page now, or enough."""
        self._arrange()

    def _arrange(self) -> None:
        if self.is_narrow != self._is_over:
            self._is_over = self.is_narrow
            self._set(is_open=self._is_wanted and not self._is_over)
        elif not self._is_over:
            self._set(is_open=self._is_wanted)
        self._place()

    def _set(self, *, is_open: bool) -> None:
        if self._is_over:
            self._row.removeWidget(self._pane)
        elif self._row.indexOf(self._pane) < 0:
            self._row.insertWidget(0, self._pane)
        was_open = self.is_open
        self._scrim.setVisible(is_open and self._is_over)
        self._pane.setVisible(is_open)
        self._place()
        if was_open != is_open:
            self.shown_changed.emit()

    def _place(self) -> None:
        if not self._is_over:
            self._pane.setFixedWidth(self._theme.px(self._designed_px))
            return
        width = min(self._theme.px(self._designed_px), self._window.width() - _LEFT_FREE_PX)
        is_rtl = self._window.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self._pane.setFixedWidth(width)
        self._scrim.setGeometry(self._window.rect())
        self._scrim.raise_()
        self._pane.setGeometry(self._window.width() - width if is_rtl else 0, 0, width, self._window.height())
        self._pane.raise_()


class Scrim(QWidget):
    """Dims the page behind an overlay; a click or Esc closes that."""

    left = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        accessible.name(self, _("Close the list of chats"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._theme.color("shadow", alpha=0.32))
