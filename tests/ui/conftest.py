"""A whole window without a screen, over a real profile and the scripted engine."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import paths
from app.core import Core
from app.engine.fake import Script, fake_load
from app.home import Home
from app.models import library
from app.settings import MODEL_PATH
from app.storage.secrets import MemorySecrets, Secrets
from app.ui.shell import Shell
from app.ui.theme import Theme
from app.ui.window import MainWindow

W = TypeVar("W", bound=QWidget)
Prepare = Callable[[Core], None]
OpenShell = Callable[..., Shell]


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """For tests of single widgets; none of theirs may still be shown when it goes."""
    made = Theme(qapp, choice="light")
    yield made
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    shown = [type(widget).__name__ for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    made.deleteLater()
    assert shown == []


@pytest.fixture(scope="session", autouse=True)
def nothing_old_is_searched_for_garbage() -> None:
    """Makes the collection after every test quick."""
    gc.collect()
    gc.freeze()


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
def open_shell(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[OpenShell]:
    """Open a window on this test's profile. With `prepare`, the profile is made before and given to it."""
    ring = MemorySecrets()
    opened: list[Shell] = []

    def open_one(
        script: Script | None = None,
        *,
        secrets: Secrets = ring,
        prepare: Prepare | None = None,
        quick: str | None = None,
    ) -> Shell:
        home = Home(paths.places(tmp_path / "profile"), secrets, load=fake_load(script or Script()))
        if prepare is not None:
            core = home.create().core
            core.settings.set(MODEL_PATH, str(library.starter()))
            prepare(core)
            core.close()
        shell = Shell(home, Theme(qapp, choice="light"))
        qtbot.addWidget(shell)
        opened.append(shell)
        if quick is None:
            shell.show()
        shell.start(quick)
        return shell

    yield open_one
    for shell in opened:
        shell.quit()


@pytest.fixture
def window(qtbot: QtBot, open_shell: OpenShell) -> Callable[..., MainWindow]:
    """The chat of a profile that has its model chosen."""

    def open_window(script: Script | None = None) -> MainWindow:
        shell = open_shell(script, prepare=lambda _core: None)
        shell.activateWindow()  # a bare X server has nobody who would do it
        qtbot.waitUntil(shell.isActiveWindow)
        return page(qtbot, shell, MainWindow)

    return open_window


def page(qtbot: QtBot, shell: Shell, kind: type[W]) -> W:
    """Wait until this page is shown."""
    qtbot.waitUntil(lambda: isinstance(shell.page, kind), timeout=10_000)
    found = shell.page
    assert isinstance(found, kind)
    if isinstance(found, MainWindow):  # and, behind its first frame, the chat
        qtbot.waitUntil(lambda: found.parts.screen_of_chat.has_begun, timeout=10_000)
    return found
