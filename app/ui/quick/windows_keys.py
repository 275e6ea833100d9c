"""Keys of the whole Windows desktop: RegisterHotKey, on a thread whose message queue gets them.

Not run on the machine this was written on.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable

from app.ui.quick.keys import Combination
from app.ui.quick.x11_keys import Refused, Unavailable

_START_S = 5.0
_NO_REPEAT = 0x4000
_HOTKEY_MESSAGE, _QUIT_MESSAGE = 0x0312, 0x0012
_ID = 1


class WindowsKeys:
    """Calls `pressed` on its thread until it is closed. Raises Refused or Unavailable."""

    def __init__(self, combination: Combination, pressed: Callable[[], None]) -> None:
        self._combination = combination
        self._pressed = pressed
        self._is_known = threading.Event()
        self._is_registered = False
        self._thread_id = 0
        if not combination.virtual_key:
            raise Refused
        self._thread = threading.Thread(target=self._run, name="paddock-keys", daemon=True)
        self._thread.start()
        if not self._is_known.wait(_START_S):
            raise Unavailable
        if not self._is_registered:
            raise Refused

    def close(self) -> None:
        """Gives the keys back."""
        if sys.platform == "win32":
            ctypes.windll.user32.PostThreadMessageW(self._thread_id, _QUIT_MESSAGE, 0, 0)
            self._thread.join(_START_S)

    def _run(self) -> None:
        if sys.platform == "win32":
            from ctypes import wintypes

            user32 = ctypes.windll.user32
            message = wintypes.MSG()
            user32.PeekMessageW(ctypes.byref(message), None, 0, 0, 0)  # makes the queue
            self._thread_id = ctypes.windll.kernel32.GetCurrentThreadId()
            modifiers = self._combination.windows_modifiers | _NO_REPEAT
            key = self._combination.virtual_key
            self._is_registered = bool(user32.RegisterHotKey(None, _ID, modifiers, key))
            self._is_known.set()
            while self._is_registered and user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
                if message.message == _HOTKEY_MESSAGE:
                    self._pressed()
            user32.UnregisterHotKey(None, _ID)
