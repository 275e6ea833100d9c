"""Text to the clipboard. A secret asks clipboard histories to forget it; they are free to ignore that."""

from __future__ import annotations

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

_FORGET = {
    "x-kde-passwordManagerHint": b"secret",
    'application/x-qt-windows-mime;value="ExcludeClipboardContentFromMonitorProcessing"': b"\0\0\0\0",
    'application/x-qt-windows-mime;value="CanIncludeInClipboardHistory"': b"\0\0\0\0",
    'application/x-qt-windows-mime;value="CanUploadToCloudClipboard"': b"\0\0\0\0",
    "org.nspasteboard.ConcealedType": b"\0",
}


def put(text: str, *, is_secret: bool = False) -> None:
    data = QMimeData()
    data.setText(text)
    if is_secret:
        for kind, value in _FORGET.items():
            data.setData(kind, value)
    QGuiApplication.clipboard().setMimeData(data)
