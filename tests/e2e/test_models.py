"""From nothing on the disk to a model that answers, in a real window: everything but the hub is real."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from app import paths
from app.core import Core, Outside
from app.engine.client import ChildEngine
from app.home import Home
from app.models import library
from app.models.shelf import manifest
from app.net.policy import AdminPolicy
from app.net.tripwire import Door
from app.settings import MAX_ANSWER_TOKENS
from app.ui.actions import Act
from app.ui.models.page.choices import ChoiceRow
from app.ui.models.page.shown import FetchRequested
from app.ui.models.terms_dialog import TermsDialog
from app.ui.network.consent import ConsentDialog
from app.ui.shell import Shell
from app.ui.theme import Theme
from app.ui.welcome.recovery import RecoveryPage
from app.ui.welcome.welcome import WelcomePage
from app.ui.window import MainWindow
from tests.children.secret_file import FileSecrets
from tests.fakehub import FakeHub, fake_hub

from .conftest import page, wait_for

__all__ = ["fake_hub"]

pytestmark = [pytest.mark.window, pytest.mark.model, pytest.mark.usefixtures("on_screen"), pytest.mark.timeout(120)]

REPOSITORY = "acme/Tiny-Llama-GGUF"
FILE = "Tiny-Llama-Q4_K_M.gguf"
LICENCE = b"You may use this model.\n"
SLOW_BYTES_PER_S = 30e6
D = TypeVar("D", bound=QDialog)
Open = Callable[[], Shell]


@pytest.fixture
def commit(fake_hub: FakeHub) -> str:
    """Of a repository whose one model is the starter, under another name."""
    return fake_hub.add(REPOSITORY, {FILE: library.starter(), "LICENSE": LICENCE}, licence="llama3.1", downloads=3)


@pytest.fixture(scope="module")
def sha256() -> str:
    return digest(library.starter())


@pytest.fixture
def open_window(qtbot: QtBot, qapp: QApplication, tmp_path: Path, fake_hub: FakeHub, loopback: Door) -> Iterator[Open]:
    """Start Paddock on this test's profile; a second call is a second start."""
    opened: list[Shell] = []
    outside = Outside(admin=AdminPolicy(), endpoint=fake_hub.endpoint, door=loopback, find_elsewhere=lambda: ())

    def open_one() -> Shell:
        home = Home(paths.places(tmp_path / "profile"), FileSecrets(tmp_path / "secrets.json"), outside=outside)
        shell = Shell(home, Theme(qapp, choice="light"))
        qtbot.addWidget(shell)
        opened.append(shell)
        shell.show()
        shell.start()
        return shell

    yield open_one
    for shell in opened:
        shell.close()


def first_start(qtbot: QtBot, shell: Shell) -> MainWindow:
    """As a new user who wants to see which models fit."""
    page(qtbot, shell, WelcomePage).llama_button.click()
    page(qtbot, shell, RecoveryPage).later.click()
    window = page(qtbot, shell, MainWindow)
    wait_for(qtbot, window.later.models_page.isVisible)
    return window


def visible(kind: type[D]) -> list[D]:
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, kind) and each.isVisible()]


def allow_once(qtbot: QtBot, subject: str) -> None:
    """Wait for the question, see what it is about, and press the button."""
    wait_for(qtbot, lambda: bool(visible(ConsentDialog)))
    (asked,) = visible(ConsentDialog)
    assert subject in [words for _title, words in asked.lines]
    QTest.mouseClick(asked.accept_button, Qt.MouseButton.LeftButton)
    wait_for(qtbot, lambda: not visible(ConsentDialog))


def accept_terms(qtbot: QtBot) -> None:
    wait_for(qtbot, lambda: bool(visible(TermsDialog)))
    (asked,) = visible(TermsDialog)
    assert asked.texts.toPlainText() == LICENCE.decode()
    assert not asked.accept_button.isEnabled(), "not before it was accepted"
    QTest.keyClick(asked.agree, Qt.Key.Key_Space)
    QTest.mouseClick(asked.accept_button, Qt.MouseButton.LeftButton)
    wait_for(qtbot, lambda: not visible(TermsDialog))


def the_choice(qtbot: QtBot, window: MainWindow) -> ChoiceRow:
    """The one model of the one repository that was found, once it is listed."""
    row = window.later.models_page.results.rows[REPOSITORY]
    wait_for(qtbot, lambda: row.choices is not None and bool(row.choices.rows))
    assert row.choices is not None
    (choice,) = row.choices.rows
    return choice


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def core_of(shell: Shell) -> Core:
    assert shell.core is not None
    return shell.core


def mapped_by_the_engine(core: Core) -> list[Path]:
    """The files that the engine's process has in its memory."""
    engine = core.host.current
    assert isinstance(engine, ChildEngine)
    return [Path(area.path) for area in psutil.Process(engine.pid).memory_maps()]


def test_from_an_empty_profile_to_a_fetched_model_that_answers(
    qtbot: QtBot, open_window: Open, fake_hub: FakeHub, commit: str, sha256: str
) -> None:
    shell = open_window()
    window = first_start(qtbot, shell)
    models = window.later.models_page
    wait_for(qtbot, lambda: bool(models.discover.cards))
    assert fake_hub.lines == [], "what fits is judged without asking anybody"

    QTest.keyClicks(models.search, "tiny")
    QTest.keyClick(models.search, Qt.Key.Key_Return)
    allow_once(qtbot, "tiny")
    wait_for(qtbot, lambda: REPOSITORY in models.results.rows)
    assert fake_hub.lines == ["GET hub /api/models"]

    QTest.mouseClick(models.results.rows[REPOSITORY].head, Qt.MouseButton.LeftButton)
    allow_once(qtbot, REPOSITORY)
    choice = the_choice(qtbot, window)
    assert choice.button.text() == "Download"

    QTest.mouseClick(choice.button, Qt.MouseButton.LeftButton)
    allow_once(qtbot, REPOSITORY)
    accept_terms(qtbot)
    wait_for(qtbot, lambda: "every byte is checked" in window.news.text, 60)
    about, home = f"GET hub /api/models/{REPOSITORY}", f"GET hub /{REPOSITORY}/resolve/{commit}"
    assert fake_hub.lines[1:] == [about, about, f"{home}/LICENSE", f"{home}/{FILE}", f"GET cdn /cdn/{sha256}"]

    core = core_of(shell)
    core.settings.set(MAX_ANSWER_TOKENS, 24)
    path = manifest.home_of(core.places.models, REPOSITORY, FILE[:-5], commit) / FILE
    assert window.news.action_button.text() == "Use it now"
    QTest.mouseClick(window.news.action_button, Qt.MouseButton.LeftButton)
    wait_for(qtbot, lambda: window.keeper.state.state == "ready" and window.page.isVisible())
    assert core.desk.chosen() == path
    assert window.keeper.state.title == FILE[:-5]
    assert sys.platform == "darwin" or path in mapped_by_the_engine(core), "the real engine, and this very file"

    QTest.keyClicks(window.page.composer.edit, "What is a llama?")
    QTest.keyClick(window.page.composer.edit, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: window.conversation.is_busy)
    wait_for(qtbot, lambda: not window.conversation.is_busy, 60)
    answer = window.page.transcript.items[-1]
    assert answer.role == "assistant"
    assert answer.text
    assert answer.status in ("done", "length")
    assert digest(path) == sha256
    assert (path.parent / "LICENSE").read_bytes() == LICENCE
    assert (path.parent / "NOTICE").is_file()
    assert [row.status for row in core.ledger.rows()] == [200, 302, 200, 200, 200, 200]
    assert all(row.is_over for row in core.ledger.rows())


def test_a_window_closed_while_it_downloads_goes_on_at_the_next_start_when_asked(
    qtbot: QtBot, open_window: Open, fake_hub: FakeHub, commit: str, sha256: str
) -> None:
    shell = open_window()
    window = first_start(qtbot, shell)
    fake_hub.trouble.slow_bytes_per_s = SLOW_BYTES_PER_S
    window.later.models_page.fetch_requested.emit(FetchRequested(REPOSITORY, "Q4_K_M"))
    allow_once(qtbot, REPOSITORY)
    accept_terms(qtbot)
    downloads = core_of(shell).shop.downloads
    wait_for(qtbot, lambda: any(download.done_bytes > 10e6 for download in downloads.snapshot()))
    shell.close()
    asked = len(fake_hub.lines)
    fake_hub.trouble.slow_bytes_per_s = 0

    shell = open_window()
    window = page(qtbot, shell, MainWindow)
    window.actions_of_window[Act.MODELS].trigger()
    wait_for(qtbot, lambda: bool(window.later.models_page.downloads.rows))
    (row,) = window.later.models_page.downloads.rows.values()
    wait_for(qtbot, lambda: "interrupted" in row.note.text())
    assert len(fake_hub.lines) == asked, "nothing goes on by itself"
    QTest.mouseClick(row.hold, Qt.MouseButton.LeftButton)
    allow_once(qtbot, REPOSITORY)
    wait_for(qtbot, lambda: "every byte is checked" in window.news.text, 60)
    resumed = fake_hub.calls[-1]
    assert int(resumed.headers["range"].removeprefix("bytes=").removesuffix("-")) > 10e6
    (path,) = core_of(shell).places.models.rglob("*.gguf")
    assert digest(path) == sha256
    wait_for(qtbot, lambda: not window.later.models_page.downloads.rows)
    assert window.news.action_button.text() == "Use it now"
