"""A whole window over a real profile, with real files beside it: read by the real child, found by the real search."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from app import paths
from app.core import Core
from app.documents.records import Document
from app.engine.fake import Script, fake_load
from app.home import Home
from app.models import library
from app.settings import MODEL_PATH
from app.storage.secrets import MemorySecrets
from app.ui.documents.page.page import DocumentsPage
from app.ui.documents.screen.screen import DocumentsScreen
from app.ui.shell import Shell
from app.ui.theme import Theme
from app.ui.window import MainWindow
from tests.ui.conftest import page as page_of

D = TypeVar("D", bound=QDialog)
WAIT_MS = 20_000
FERRY = "The ferry leaves at nine from the old harbour.\n\nTickets are sold on board.\n"
RENT = "# Rent\n\nThe rent is due on the third of each month.\n"


@dataclass
class Stage:
    """The window with its Documents page in view."""

    qtbot: QtBot
    window: MainWindow
    files: Path

    @property
    def core(self) -> Core:
        return self.window._core

    @property
    def page(self) -> DocumentsPage:
        return self.window.later.documents_page

    @property
    def screen(self) -> DocumentsScreen:
        return self.window.later.documents

    def until(self, is_so: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(is_so, timeout=WAIT_MS)

    def write(self, name: str, text: str) -> Path:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def dialog(self, kind: type[D]) -> D:
        """Wait for the one dialog of that kind."""

        def visible() -> list[D]:
            return [one for one in self.window.findChildren(kind) if one.isVisible() and type(one) is kind]

        self.until(lambda: bool(visible()))
        (found,) = visible()
        return found

    def documents(self) -> dict[str, Document]:
        """As the page shows them, by name."""
        shelf = self.page._shelf
        return {} if shelf is None else {one.name: one for one in shelf.documents}

    def until_read(self, *names: str) -> None:
        def is_so() -> bool:
            shown = self.documents()
            return all(name in shown and shown[name].status == "read" for name in names)

        self.until(is_so)

    def until_told(self, words: str) -> None:
        self.until(lambda: words in self.window.news.text and not self.window.news.isHidden())


@pytest.fixture
def stage(qtbot: QtBot, qapp: QApplication, tmp_path: Path, converted: Path) -> Iterator[Stage]:
    places = paths.places(tmp_path / "profile")
    home = Home(places, MemorySecrets(), load=fake_load(Script(answers=("At nine.",))))
    core = home.create().core
    core.settings.set(MODEL_PATH, str(library.starter()))
    core.close()
    places.search.mkdir(parents=True, exist_ok=True)
    os.link(converted, places.search / converted.name)
    shell = Shell(home, Theme(qapp, choice="light"))
    qtbot.addWidget(shell)
    shell.resize(1100, 800)
    shell.show()
    shell.start()
    window = page_of(qtbot, shell, MainWindow)
    files = tmp_path / "files"
    files.mkdir()
    made = Stage(qtbot, window, files)
    window.later.show_documents()
    made.until(lambda: made.page._shelf is not None)
    yield made
    shell.quit()
