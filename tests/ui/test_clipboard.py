from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.ui import clipboard


def test_text_is_put_as_text_only(qapp: QApplication) -> None:
    clipboard.put("a & b")
    data = QGuiApplication.clipboard().mimeData()
    assert data.text() == "a & b"
    assert not data.hasHtml()


def test_a_secret_asks_histories_to_forget_it(qapp: QApplication) -> None:
    clipboard.put("key", is_secret=True)
    data = QGuiApplication.clipboard().mimeData()
    assert bytes(data.data("x-kde-passwordManagerHint").data()) == b"secret"
