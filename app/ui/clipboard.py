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
    """A secret leaves the clipboard again when Paddock is closed."""
    if not is_secret:
        QGuiApplication.clipboard().setText(text)
        return
    data = QMimeData()
    data.setText(text)
    for kind, value in _FORGET.items():
        data.setData(kind, value)
    QGuiApplication.clipboard().setMimeData(data)
    application = QGuiApplication.instance()
    if application is not None:
        application.aboutToQuit.connect(forget)


def forget() -> None:
    """Empty the clipboard if what is in it is ours.

    Data that Python made must not outlive Python: Qt would call into it at the end of the process and crash.
    """
    clipboard = QGuiApplication.clipboard()
    is_private = QGuiApplication.platformName() == "offscreen"  # whose clipboard is ours and says it is nobody's
    if is_private or clipboard.ownsClipboard():
        clipboard.clear()
