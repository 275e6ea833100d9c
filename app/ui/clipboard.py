"""Text to the clipboard. A secret asks clipboard histories to forget it; they are free to ignore that."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QMimeData, QObject, Slot
from PySide6.QtGui import QGuiApplication

_FORGET = {
    "x-kde-passwordManagerHint": b"secret",
    'application/x-qt-windows-mime;value="ExcludeClipboardContentFromMonitorProcessing"': b"\0\0\0\0",
    'application/x-qt-windows-mime;value="CanIncludeInClipboardHistory"': b"\0\0\0\0",
    'application/x-qt-windows-mime;value="CanUploadToCloudClipboard"': b"\0\0\0\0",
    "org.nspasteboard.ConcealedType": b"\0",
}


def put(text: str, *, html: str = "", is_secret: bool = False) -> None:
    """`html`: the same with its formatting. A secret leaves the clipboard again when Paddock is closed."""
    if html:
        _put_rich(text, html)
        return
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


def _put_rich(text: str, html: str) -> None:
    data = QMimeData()
    data.setText(text)
    data.setHtml(html)
    QGuiApplication.clipboard().setMimeData(data)
    application = QGuiApplication.instance()
    if application is not None:
        keeper = application.findChild(_PlainAtTheEnd) or _PlainAtTheEnd(application)
        keeper.text = text


class _PlainAtTheEnd(QObject):
    """Leaves the plain text when the program ends: data that Python made must not outlive Python (see `forget`)."""

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        self.text = ""
        application.aboutToQuit.connect(self._on_end)

    @Slot()
    def _on_end(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard.ownsClipboard() and clipboard.mimeData().hasHtml():
            clipboard.setText(self.text)


def forget() -> None:
    """Empty the clipboard if what is in it is ours.

    Data that Python made must not outlive Python: Qt would call into it at the end of the process and crash.
    """
    clipboard = QGuiApplication.clipboard()
    is_private = QGuiApplication.platformName() == "offscreen"  # whose clipboard is ours and says it is nobody's
    if is_private or clipboard.ownsClipboard():
        clipboard.clear()
