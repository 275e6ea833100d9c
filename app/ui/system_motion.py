"""Whether the system wishes no animations: asked once, where that is cheap, without waiting for the answer.

Linux: the desktop portal, over the session's bus. Windows and macOS: one call of their own libraries.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import sys

from PySide6.QtCore import QObject, Slot
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher, QDBusVariant

from app.ui.theme import Theme

_WISHES = (
    ("org.freedesktop.appearance", "reduced-motion"),  # 1: reduced
    ("org.gnome.desktop.interface", "enable-animations"),  # False: none
)
_GET_ANIMATION = 0x1042  # winuser.h: SPI_GETCLIENTAREAANIMATION


class SystemMotion(QObject):
    """Tells the theme."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._theme = theme
        if sys.platform == "win32":
            theme.set_system_still(_windows_is_still())
        elif sys.platform == "darwin":
            theme.set_system_still(_macos_is_still())
        else:
            self._ask_portal()

    def _ask_portal(self) -> None:
        bus = QDBusConnection.sessionBus()
        if not bus.isConnected():
            return
        for space, key in _WISHES:
            call = QDBusMessage.createMethodCall(
                "org.freedesktop.portal.Desktop",
                "/org/freedesktop/portal/desktop",
                "org.freedesktop.portal.Settings",
                "Read",
            )
            call.setArguments([space, key])
            watcher = QDBusPendingCallWatcher(bus.asyncCall(call), self)
            watcher.setObjectName(key)
            watcher.finished.connect(self._on_answer)

    @Slot(QDBusPendingCallWatcher)
    def _on_answer(self, watcher: QDBusPendingCallWatcher) -> None:
        answers = watcher.reply().arguments()
        value = answers[0] if answers else None
        while isinstance(value, QDBusVariant):
            value = value.variant()
        is_still = value == 1 if watcher.objectName() == "reduced-motion" else value is False
        if is_still and not watcher.isError():
            self._theme.set_system_still(True)
        watcher.deleteLater()


def _windows_is_still() -> bool:
    """Not run on the machine this was written on."""
    is_animated = ctypes.c_int(1)
    if sys.platform == "win32":
        ctypes.windll.user32.SystemParametersInfoW(_GET_ANIMATION, 0, ctypes.byref(is_animated), 0)
    return not is_animated.value


def _macos_is_still() -> bool:
    """NSWorkspace.accessibilityDisplayShouldReduceMotion. Not run on the machine this was written on."""
    library = ctypes.util.find_library("objc")
    if library is None:
        return False
    objc = ctypes.CDLL(library)
    objc.objc_getClass.restype = objc.sel_registerName.restype = ctypes.c_void_p
    objc.objc_getClass.argtypes = objc.sel_registerName.argtypes = (ctypes.c_char_p,)
    arguments = (ctypes.c_void_p, ctypes.c_void_p)
    send = ctypes.CFUNCTYPE(ctypes.c_void_p, *arguments)(("objc_msgSend", objc))
    ask = ctypes.CFUNCTYPE(ctypes.c_bool, *arguments)(("objc_msgSend", objc))
    workspace = send(objc.objc_getClass(b"NSWorkspace"), objc.sel_registerName(b"sharedWorkspace"))
    return bool(ask(workspace, objc.sel_registerName(b"accessibilityDisplayShouldReduceMotion")))
