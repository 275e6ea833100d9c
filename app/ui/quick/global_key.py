"""Keys that bring the quick question from any program, where the system lets programs have such keys."""

from __future__ import annotations

import sys
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from app.text import _
from app.ui.quick.keys import Combination, parse
from app.ui.quick.windows_keys import WindowsKeys
from app.ui.quick.x11_keys import Refused, Unavailable, X11Keys


class _Keys(Protocol):
    def close(self) -> None: ...


class GlobalKey(QObject):
    """`set_keys` says in a sentence why they do not work, and nothing when they do."""

    pressed = Signal()
    _pressed_elsewhere = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._keys: _Keys | None = None
        self._pressed_elsewhere.connect(self.pressed, Qt.ConnectionType.QueuedConnection)

    def set_keys(self, keys: str) -> str:
        """Portable text ("Ctrl+Alt+Space"); empty for none."""
        self.close()
        if not keys:
            return ""
        combination = parse(keys)
        if combination is None:
            return _("These keys cannot be used. Choose others.")
        try:
            self._keys = self._take(combination)
        except Refused:
            return _("Another program uses these keys already. Choose others.")
        except Unavailable:
            return _('This system does not let programs do that. Bind keys to "paddock quick" in its own settings.')
        return ""

    def close(self) -> None:
        """Gives the keys back; call it before the end."""
        if self._keys is not None:
            self._keys.close()
            self._keys = None

    def _take(self, combination: Combination) -> _Keys:
        if sys.platform == "win32":
            return WindowsKeys(combination, self._pressed_elsewhere.emit)
        if QGuiApplication.platformName() == "xcb":
            return X11Keys(combination, self._pressed_elsewhere.emit)
        raise Unavailable
