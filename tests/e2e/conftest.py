"""A real window on a real screen (Xvfb in CI), with the real engine and the starter model."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import paths
from app.engine import client
from app.engine.client import LoadEngine
from app.home import Home
from app.ui.shell import Shell
from app.ui.theme import Theme
from app.ui.welcome.recovery import RecoveryPage
from app.ui.welcome.welcome import WelcomePage
from app.ui.window import MainWindow
from tests.children.secret_file import FileSecrets

W = TypeVar("W", bound=QWidget)

Open = Callable[..., Shell]


@pytest.fixture(autouse=True)
def garbage_on_the_main_thread() -> Iterator[None]:
    """Widgets in reference cycles are destroyed here, and never by whichever thread allocates next.

    So are those that wait for an event loop to delete them: the next test's style sheet would be put on them all.
    """
    gc.disable()
    yield
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    gc.enable()


@pytest.fixture
def on_screen(qapp: QApplication) -> None:
    """Skips where there is no real screen, so that a plain `pytest` never opens windows on someone's desk."""
    if QGuiApplication.platformName() in ("offscreen", "minimal"):
        pytest.skip("needs a screen: run `python3 packaging/dev.py test`, or set QT_QPA_PLATFORM=xcb")


@pytest.fixture
def open_shell(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Open]:
    """Open the window on this test's profile; a second call is a second start."""
    opened: list[Shell] = []

    def open_one(load: LoadEngine = client.load) -> Shell:
        home = Home(paths.places(tmp_path / "profile"), FileSecrets(tmp_path / "secrets.json"), load=load)
        shell = Shell(home, Theme(qapp, choice="light"))
        qtbot.addWidget(shell)
        opened.append(shell)
        shell.show()
        shell.start()
        return shell

    yield open_one
    for shell in opened:
        shell.close()


def page(qtbot: QtBot, shell: Shell, kind: type[W]) -> W:
    """Wait until this page is shown."""
    qtbot.waitUntil(lambda: isinstance(shell.page, kind), timeout=15_000)
    found = shell.page
    assert isinstance(found, kind)
    return found


def first_start(qtbot: QtBot, shell: Shell) -> MainWindow:
    """As a new user: Start now, the recovery key later, and the model is loading."""
    page(qtbot, shell, WelcomePage).start_button.click()
    page(qtbot, shell, RecoveryPage).later.click()
    return page(qtbot, shell, MainWindow)


def wait_for(qtbot: QtBot, condition: Callable[[], bool], timeout_s: float = 30.0) -> float:
    """Until `condition`; returns how long it took, in seconds."""
    begun = time.monotonic()
    qtbot.waitUntil(condition, timeout=int(timeout_s * 1000))
    return time.monotonic() - begun
