from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.ui import clipboard

ROOT = Path(__file__).resolve().parents[2]


def test_text_is_put_as_text_only(qapp: QApplication) -> None:
    clipboard.put("a & b")
    data = QGuiApplication.clipboard().mimeData()
    assert data.text() == "a & b"
    assert not data.hasHtml()


def test_a_secret_asks_histories_to_forget_it(qapp: QApplication) -> None:
    clipboard.put("key", is_secret=True)
    data = QGuiApplication.clipboard().mimeData()
    assert bytes(data.data("x-kde-passwordManagerHint").data()) == b"secret"
    clipboard.forget()
    assert QGuiApplication.clipboard().text() == ""


def test_a_process_that_holds_a_secret_in_the_clipboard_ends_well() -> None:
    program = """
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from app.ui import clipboard
application = QGuiApplication(["test"])
clipboard.put("key", is_secret=True)
QTimer.singleShot(0, application.quit)
raise SystemExit(application.exec())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
