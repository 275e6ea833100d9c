"""A whole window whose hub is on this machine: nothing between the page and the hub's answers is made up."""

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
from app.core import Core, Outside
from app.engine.fake import Script, fake_load
from app.home import Home
from app.models import library
from app.net.policy import AdminPolicy
from app.net.tripwire import Door
from app.settings import CONSENT, MODEL_PATH
from app.storage.secrets import MemorySecrets
from app.ui.models.page.page import ModelsPage
from app.ui.models.page.shown import FetchRequested
from app.ui.models.screen.screen import ModelsScreen
from app.ui.shell import Shell
from app.ui.theme import Theme
from app.ui.window import MainWindow
from tests.fakehub import FakeHub, fake_hub
from tests.models import forge, stocked
from tests.ui.conftest import page as page_of

__all__ = ["fake_hub"]

D = TypeVar("D", bound=QDialog)
OPEN, GATED = "acme/Open-GGUF", "acme/Gated-GGUF"
LLAMA = "acme/Llama-3.1-Tiny-GGUF"
TOKEN = "hf_canary0123456789"
TEXTS = {"LICENSE": b"Be good.\n", "USE_POLICY.md": b"Do no harm.\n"}
WAIT_MS = 15_000


@dataclass
class Stage:
    """The window with its Models page in view."""

    qtbot: QtBot
    hub: FakeHub
    home: Home
    window: MainWindow

    @property
    def core(self) -> Core:
        return self.window._core

    @property
    def page(self) -> ModelsPage:
        return self.window.later.models_page

    @property
    def screen(self) -> ModelsScreen:
        return self.window.later.models

    def until(self, is_so: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(is_so, timeout=WAIT_MS)

    def dialogs(self, kind: type[D]) -> list[D]:
        return [found for found in self.window.findChildren(kind) if found.isVisible() and type(found) is kind]

    def dialog(self, kind: type[D]) -> D:
        """Wait for the one dialog of that kind."""
        self.until(lambda: bool(self.dialogs(kind)))
        (found,) = self.dialogs(kind)
        return found

    def search(self, text: str) -> None:
        self.page.search.setText(text)
        self.page.search.button.click()

    def fetch(self, repository: str, quantisation: str = "Q4_K_M") -> None:
        self.page.fetch_requested.emit(FetchRequested(repository, quantisation))

    def until_told(self, words: str) -> None:
        self.until(lambda: words in self.window.news.text and not self.window.news.isHidden())

    def until_quiet(self) -> None:
        """All that was begun on worker threads is over, and told."""
        bridge = self.window._bridge
        self.until(lambda: not bridge._threads and not bridge._calls)


OpenStage = Callable[..., Stage]


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of a megabyte, as a repository has it."""
    keys: dict[str, forge.Value | None] = {"tokenizer.chat_template": stocked.TEMPLATE}
    return forge.llama(tmp_path_factory.mktemp("weights") / "tiny.gguf", keys=keys)


@pytest.fixture
def hub(fake_hub: FakeHub, weights: Path) -> FakeHub:
    named = {"Tiny-Q4_K_M.gguf": weights, "Tiny-Q8_0.gguf": weights}
    fake_hub.add(OPEN, {**named, **TEXTS}, licence="apache-2.0", downloads=3)
    fake_hub.add(LLAMA, {**named, **TEXTS}, licence="llama3.1", downloads=2)
    fake_hub.add(GATED, {**named, **TEXTS}, licence="apache-2.0", gated="manual", downloads=1)
    return fake_hub


@pytest.fixture
def open_stage(
    qtbot: QtBot, qapp: QApplication, hub: FakeHub, loopback: Door, tmp_path: Path, converted: Path
) -> Iterator[OpenStage]:
    """Open a window on this test's profile, which is made the first time."""
    places, secrets, shells = paths.places(tmp_path / "profile"), MemorySecrets(), list[Shell]()

    def open_one(admin: AdminPolicy | None = None) -> Stage:
        outside = Outside(admin=admin or AdminPolicy(), endpoint=hub.endpoint, door=loopback, find_elsewhere=tuple)
        home = Home(places, secrets, load=fake_load(Script()), outside=outside)
        if not shells:
            core = home.create().core
            core.settings.set(MODEL_PATH, str(library.starter()))
            core.close()
            places.search.mkdir(parents=True, exist_ok=True)
            os.link(converted, places.search / converted.name)
        shell = Shell(home, Theme(qapp, choice="light"))
        qtbot.addWidget(shell)
        shells.append(shell)
        shell.resize(1100, 800)
        shell.show()
        shell.start()
        window = page_of(qtbot, shell, MainWindow)
        made = Stage(qtbot, hub, home, window)
        window.show_models()
        made.until(lambda: bool(window.later.models_page.discover.rows) and bool(window.later.models_page.shelf.rows))
        made.until_quiet()
        return made

    yield open_one
    for shell in shells:
        shell.close()


@pytest.fixture
def stage(open_stage: OpenStage) -> Stage:
    """Of a new profile, in which the person has not been asked about the network yet."""
    return open_stage()


@pytest.fixture
def free(stage: Stage) -> Stage:
    """Where the person has allowed the network for models."""
    stage.core.settings.set(CONSENT, "models")
    return stage
