"""A person's first quarter of an hour, in a real window with the real model: every promise of the first screen."""

from __future__ import annotations

import os
import signal
import sys
import time

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.chat.tree import Edit
from app.engine.client import ChildEngine
from app.settings import MAX_ANSWER_TOKENS
from app.ui.actions import Act
from app.ui.chat.items import ChatEntry, MessageItem, RetryRequested
from app.ui.shell import Shell
from app.ui.window import MainWindow

from .conftest import Open, first_start, page, wait_for

pytestmark = [pytest.mark.window, pytest.mark.model, pytest.mark.usefixtures("on_screen"), pytest.mark.timeout(180)]

LONG = "Write a very long story about a llama that crosses the Andes and meets many other animals."
ACKNOWLEDGED_S = 1.0
HALTED_S = 5.0


def ask(qtbot: QtBot, window: MainWindow, text: str) -> None:
    """Type and press Enter."""
    QTest.keyClicks(window.page.composer.edit, text)
    QTest.keyClick(window.page.composer.edit, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: window.conversation.is_busy)


def answered(qtbot: QtBot, window: MainWindow) -> MessageItem:
    """Wait for the end of the answer."""
    wait_for(qtbot, lambda: not window.conversation.is_busy, 60)
    return window.page.transcript.items[-1]


def words(qtbot: QtBot, window: MainWindow, characters: int) -> None:
    """Wait until that many characters of the answer are on screen."""
    wait_for(qtbot, lambda: _is_streaming(window) and len(_last(window).text) >= characters)


def _state(window: MainWindow) -> str:
    return window.keeper.state.state


def _is_streaming(window: MainWindow) -> bool:
    return len(window.page.transcript.items) > 1 and _last(window).status == "streaming"


def _last(window: MainWindow) -> MessageItem:
    return window.page.transcript.items[-1]


def engine(shell: Shell) -> ChildEngine:
    assert shell.core is not None
    current = shell.core.host.current
    assert isinstance(current, ChildEngine)
    return current


def short_answers(shell: Shell, tokens: int = 24) -> None:
    """So that the tiny model ends within seconds."""
    assert shell.core is not None
    shell.core.settings.set(MAX_ANSWER_TOKENS, tokens)


def test_type_stream_stop_edit_regenerate_quit_and_find_everything_again(qtbot: QtBot, open_shell: Open) -> None:
    shell = open_shell()
    window = first_start(qtbot, shell)
    short_answers(shell)

    ask(qtbot, window, "What is a llama?")
    first = answered(qtbot, window)
    assert first.text
    assert first.status in ("done", "length")
    assert window.page.composer.text == ""

    window.conversation.regenerate(first.id)
    second = answered(qtbot, window)
    assert (second.version, second.versions) == (2, 2)
    window.conversation.show_version(second.id, -1)
    assert _last(window).text == first.text
    window.conversation.show_version(first.id, 1)

    question = window.page.transcript.items[0]
    window.conversation.edit(Edit(question.id, "What is an alpaca?"))
    answered(qtbot, window)
    edited = window.page.transcript.items[0]
    assert (edited.text, edited.version, edited.versions) == ("What is an alpaca?", 2, 2)

    short_answers(shell, 0)
    ask(qtbot, window, LONG)
    words(qtbot, window, 80)
    window.actions_of_window[Act.STOP].trigger()
    assert "Stopping" in _last(window).note, "stop is acknowledged at once"
    took = wait_for(qtbot, lambda: not window.conversation.is_busy)
    assert took < 5
    stopped = _last(window)
    assert stopped.status == "stopped"
    assert len(stopped.text) >= 80

    ask(qtbot, window, LONG)
    words(qtbot, window, 60)
    on_screen = [(item.role, item.text) for item in window.page.transcript.items]
    shell.close()

    again = page(qtbot, open_shell(), MainWindow)
    wait_for(qtbot, lambda: bool(again.sidebar.list.items.rows))
    (conversation,) = [row for row in again.sidebar.list.items.rows if isinstance(row, ChatEntry)]
    assert conversation.title == "What is a llama"
    again.conversation.open(conversation.id)
    wait_for(qtbot, lambda: len(again.page.transcript.items) == len(on_screen))
    found = [(item.role, item.text) for item in again.page.transcript.items]
    assert found[:-1] == on_screen[:-1]
    assert found[-1][1].startswith(on_screen[-1][1])
    assert _last(again).status == "stopped"


def test_stop_while_the_question_is_still_being_read(qtbot: QtBot, open_shell: Open) -> None:
    shell = open_shell()
    window = first_start(qtbot, shell)
    wait_for(qtbot, lambda: window.keeper.state.state == "ready")
    window.page.composer.set_text("The llama walked over the hill and saw a valley. " * 400)
    QTest.keyClick(window.page.composer.edit, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: _is_streaming(window) and "Reading" in _last(window).note)
    begun = time.monotonic()
    window.actions_of_window[Act.STOP].trigger()
    assert "Stopping" in _last(window).note
    wait_for(qtbot, lambda: not window.conversation.is_busy)
    assert time.monotonic() - begun < 5
    assert _last(window).status == "stopped"
    short_answers(shell)
    ask(qtbot, window, "Hello!")
    assert answered(qtbot, window).text


def test_a_killed_engine_is_told_within_a_second_and_the_app_answers_again(qtbot: QtBot, open_shell: Open) -> None:
    shell = open_shell()
    window = first_start(qtbot, shell)
    ask(qtbot, window, LONG)
    words(qtbot, window, 40)
    before = _last(window).text
    os.kill(engine(shell).pid, signal.SIGKILL)
    took = wait_for(qtbot, lambda: _last(window).status == "failed")
    assert took < ACKNOWLEDGED_S
    failed = _last(window)
    assert failed.text.startswith(before)
    assert failed.note
    wait_for(qtbot, lambda: _state(window) == "ready")  # loaded again by itself
    short_answers(shell)
    window.page.transcript.retry_requested.emit(RetryRequested(failed.id))
    wait_for(qtbot, lambda: window.conversation.is_busy)
    again = answered(qtbot, window)
    assert again.text
    assert again.versions == 2
    assert _state(window) == "ready"


def test_an_engine_that_dies_while_nobody_asks_is_told_and_loaded_again(qtbot: QtBot, open_shell: Open) -> None:
    shell = open_shell()
    window = first_start(qtbot, shell)
    wait_for(qtbot, lambda: _state(window) == "ready")
    gone = engine(shell).pid
    os.kill(gone, signal.SIGKILL)
    took = wait_for(qtbot, lambda: _state(window) != "ready")
    assert took < ACKNOWLEDGED_S
    wait_for(qtbot, lambda: _state(window) == "ready")
    assert engine(shell).pid != gone


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGSTOP")
def test_a_halted_engine_is_told_and_gone_and_loaded_again(qtbot: QtBot, open_shell: Open) -> None:
    shell = open_shell()
    window = first_start(qtbot, shell)
    ask(qtbot, window, LONG)
    words(qtbot, window, 10)
    halted = engine(shell).pid
    os.kill(halted, signal.SIGSTOP)
    took = wait_for(qtbot, lambda: _last(window).status == "failed")
    assert took < HALTED_S
    assert not psutil.pid_exists(halted)
    wait_for(qtbot, lambda: _state(window) == "ready")


def test_a_chat_goes_on_after_a_restart_without_being_read_again(qtbot: QtBot, open_shell: Open) -> None:
    shell = open_shell()
    window = first_start(qtbot, shell)
    short_answers(shell, 6)
    ask(qtbot, window, "Remember this list: " + "apples, pears and plums, " * 60)
    answered(qtbot, window)
    home = window.conversation.conversation_id
    assert home is not None
    shell.close()
    again = page(qtbot, open_shell(), MainWindow)
    wait_for(qtbot, lambda: _state(again) == "ready")
    again.conversation.open(home)
    wait_for(qtbot, lambda: again.conversation.conversation_id == home)
    ask(qtbot, again, "Which ones?")
    answered(qtbot, again)
    answer = again.conversation.last_answer()
    assert answer is not None
    stats = answer.stats
    assert stats is not None
    assert stats.reused_tokens > 0.9 * stats.prompt_tokens


def test_a_deleted_chat_comes_back_with_undo(qtbot: QtBot, open_shell: Open) -> None:
    shell = open_shell()
    window = first_start(qtbot, shell)
    short_answers(shell, 6)
    ask(qtbot, window, "One?")
    answered(qtbot, window)
    home = window.conversation.conversation_id
    assert home is not None
    wait_for(qtbot, lambda: bool(window.library.title(home)))
    window.library.delete(home)
    wait_for(qtbot, lambda: not window.toast.isHidden())
    assert window.page.is_greeting
    wait_for(qtbot, lambda: not window.sidebar.list.items.rows)
    window.toast.action_button.click()
    wait_for(qtbot, lambda: bool(window.sidebar.list.items.rows))
    wait_for(qtbot, lambda: window.conversation.conversation_id == home)
    assert window.page.transcript.items[0].text == "One?"


def test_what_was_typed_and_not_sent_is_there_after_a_restart(qtbot: QtBot, open_shell: Open) -> None:
    shell = open_shell()
    window = first_start(qtbot, shell)
    QTest.keyClicks(window.page.composer.edit, "half a thought")
    shell.close()
    again = page(qtbot, open_shell(), MainWindow)
    wait_for(qtbot, lambda: again.page.composer.text == "half a thought")
