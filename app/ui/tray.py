"""An icon in the system's tray, where there is one and the person wants it: the window may go and Paddock stays."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from app.text import _
from app.ui.theme import Theme

_SIZES = (16, 22, 24, 32, 48, 64)


class Tray(QObject):
    """Hidden until `set_wanted`. A click asks for the window; everything else is in its menu."""

    open_requested = Signal()
    quick_requested = Signal()
    new_chat_requested = Signal()
    quit_requested = Signal()

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._has_said = False
        self._is_wanted = False
        self.menu = QMenu()
        for words, asked in (
            (_("Open Paddock"), self.open_requested),
            (_("Quick question"), self.quick_requested),
            (_("New chat"), self.new_chat_requested),
        ):
            self.menu.addAction(words).triggered.connect(asked)
        self.menu.addSeparator()
        self.menu.addAction(_("Quit Paddock")).triggered.connect(self.quit_requested)
        self._icon = QSystemTrayIcon(self)
        self._icon.setContextMenu(self.menu)
        self._icon.setToolTip("Paddock")
        self._icon.activated.connect(self._on_activated)
        self.destroyed.connect(self.menu.deleteLater)
        theme.changed.connect(self._redraw)

    @property
    def is_available(self) -> bool:
        """Some desktops have no tray."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    @property
    def is_shown(self) -> bool:
        return self._icon.isVisible()

    def set_wanted(self, is_wanted: bool) -> None:
        is_shown = is_wanted and self.is_available
        self._is_wanted = is_shown
        self._redraw()
        self._icon.setVisible(is_shown)

    def say_hidden(self) -> None:
        """Where the window went; once."""
        if self.is_shown and not self._has_said:
            self._has_said = True
            words = _("It goes on in the tray. Quit it from there, or change this in the settings.")
            self._icon.showMessage(_("Paddock is still open"), words, self._icon.icon())

    @Slot()
    def _redraw(self) -> None:
        if not self._is_wanted:
            return
        icon = QIcon()
        for size in _SIZES:
            pixmap = QPixmap(size, size)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            self._theme.paint_logo(painter, QRectF(0, 0, size, size))
            painter.end()
            icon.addPixmap(pixmap)
        self._icon.setIcon(icon)

    @Slot(QSystemTrayIcon.ActivationReason)
    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        reasons = QSystemTrayIcon.ActivationReason
        if reason in (reasons.Trigger, reasons.DoubleClick):
            self.open_requested.emit()
        elif reason == reasons.MiddleClick:
            self.quick_requested.emit()
