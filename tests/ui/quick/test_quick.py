"""The quick question: over a real profile and the scripted engine, in its own window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app import paths
from app.core import Core
from app.engine.fake import Script, fake_load
from app.home import Home
from app.models import library
from app.settings import MODEL_PATH
from app.storage.secrets import MemorySecrets
from app.ui.bridge import Bridge
from app.ui.quick import door
from app.ui.quick.controller import QuickAsk, QuickKept
from app.ui.theme import Theme


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    home = Home(paths.places(tmp_path / "profile"), MemorySecrets(), load=fake_load(Script()))
    made = home.create().core
    made.settings.set(MODEL_PATH, str(library.starter()))
    yield made
    made.close()
    home.close()


@pytest.fixture
def quick(core: Core, theme: Theme, qtbot: QtBot) -> Iterator[QuickAsk]:
    host = QWidget()
    qtbot.addWidget(host)
    bridge = Bridge(host)
    made = QuickAsk(core, bridge, theme, host)
    yield made
    made.close()
    bridge.close(5.0)
    made.window.deleteLater()


def ask(qtbot: QtBot, quick: QuickAsk, words: str) -> None:
    quick.window.field.setText(words)
    QTest.keyClick(quick.window.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not quick.is_busy and quick.window.keep.isVisible(), timeout=10_000)


def test_a_question_is_answered_in_a_chat_that_is_never_in_the_list(qtbot: QtBot, quick: QuickAsk, core: Core) -> None:
    quick.show()
    assert quick.window.field.hasFocus() or quick.window.field.isVisible()
    assert not quick.window.answer.isVisible()
    ask(qtbot, quick, "How late is it?")
    assert quick.window.answer.isVisible()
    assert core.chats.conversations() == ()


def test_words_from_elsewhere_are_asked_at_once(qtbot: QtBot, quick: QuickAsk) -> None:
    quick.show("How late is it?")
    qtbot.waitUntil(lambda: quick.window.keep.isVisible(), timeout=10_000)


def test_a_second_question_goes_on_in_the_same_chat(qtbot: QtBot, quick: QuickAsk) -> None:
    quick.show()
    ask(qtbot, quick, "First")
    home = quick._home
    ask(qtbot, quick, "Second")
    assert quick._home == home


def test_escape_puts_it_away_and_the_chat_is_forgotten(qtbot: QtBot, quick: QuickAsk, core: Core) -> None:
    quick.show()
    ask(qtbot, quick, "A canary")
    home = quick._home
    assert home is not None
    chats = core.room(home, is_temporary=True).chats
    assert chats.conversation(home) is not None
    with qtbot.waitSignal(quick.hidden):
        QTest.keyClick(quick.window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: chats.conversation(home) is None)
    quick.show()
    assert quick.window.is_empty


def test_putting_it_away_stops_the_answer(qtbot: QtBot, quick: QuickAsk) -> None:
    quick.show("How late is it?")
    stop = quick._stop
    assert stop is not None
    quick.window.close()
    assert stop.is_set
    assert not quick.is_busy


def test_what_was_asked_can_be_taken_to_the_window(qtbot: QtBot, quick: QuickAsk) -> None:
    quick.show()
    ask(qtbot, quick, "How late is it?")
    answer = quick._answer
    with qtbot.waitSignal(quick.open_requested) as told:
        quick.window.keep.click()
    assert told.args == [QuickKept("How late is it?", answer)]
    assert not quick.is_shown


def test_copying_with_nothing_selected_takes_the_answer(qtbot: QtBot, quick: QuickAsk) -> None:
    quick.show()
    ask(qtbot, quick, "How late is it?")
    quick.window.field.deselect()
    QTest.keyClick(quick.window.field, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == quick._answer


def test_it_stays_on_the_screen_with_large_text(qtbot: QtBot, quick: QuickAsk, theme: Theme) -> None:
    theme.set_text_percent(200)
    quick.show()
    ask(qtbot, quick, "How late is it?")
    room = quick.window.screen().availableGeometry()
    assert quick.window.width() <= room.width()
    assert quick.window.height() <= room.height()
    theme.set_text_percent(100)


@pytest.mark.parametrize("words", ["", "How late is it?", '"quotes" and 日本語'])
def test_words_pass_through_the_door(words: str) -> None:
    assert door.decode(door.encode(words)) == words


@pytest.mark.parametrize("untrusted", [b"", b"[]", b"7", b'{"raise": true}', b'{"quick": 1}', b"\xff", b'{"ask": "x"}'])
def test_what_is_no_quick_question_is_none(untrusted: bytes) -> None:
    assert door.decode(untrusted) is None


def test_words_that_are_none_are_left_out() -> None:
    assert door.decode(b'{"quick": true, "words": 7}') == ""
