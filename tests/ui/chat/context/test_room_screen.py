"""A chat that outgrows the model's context, in a whole window over the scripted engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.chat.summary import INSTRUCTION
from app.engine.fake import Script
from app.ui.chat.context.context_popup import ContextPopup
from app.ui.chat.context.room import Kind
from app.ui.window import MainWindow

OpenWindow = Callable[..., MainWindow]
SUMMARY = "They talk, and nothing is open."
SMALL = Script(answers=("word " * 30,), replies={INSTRUCTION: SUMMARY}, context_tokens=256)


def ask(qtbot: QtBot, window: MainWindow, text: str = "And then?") -> None:
    """A question and its answer."""
    before = len(window.page.transcript.items)
    window.page.composer.set_text(text)
    QTest.keyClick(window.page.composer.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: len(window.page.transcript.items) == before + 2 and not window.conversation.is_busy, timeout=10_000
    )


def kind(window: MainWindow) -> Kind | None:
    news = window.page.room.news
    return None if news is None else news.kind


def ask_until(qtbot: QtBot, window: MainWindow, wanted: Kind) -> None:
    for _turn in range(8):
        ask(qtbot, window)
        if kind(window) == wanted:
            return
    pytest.fail(f"never {wanted}")


def open_ready(qtbot: QtBot, window: OpenWindow, script: Script = SMALL) -> MainWindow:
    opened = window(script)
    qtbot.waitUntil(lambda: opened.keeper.state.state == "ready", timeout=10_000)
    return opened


def test_a_chat_that_fills_up_is_spoken_of_before_and_after_something_is_left_out(
    qtbot: QtBot, window: OpenWindow
) -> None:
    opened = open_ready(qtbot, window)
    assert kind(opened) is None
    ask(qtbot, opened)
    assert kind(opened) is None, "there is room yet"
    ask_until(qtbot, opened, "filling")
    assert opened.page.transcript.boundary_line.isHidden()
    ask_until(qtbot, opened, "cut")
    boundary = opened.conversation.boundary
    assert boundary is not None
    assert opened.page.room.sentence == f"{boundary.left_out} messages are no longer seen by the model."
    assert opened.page.transcript.boundary_line.boundary == boundary
    opened.conversation.open(None)
    qtbot.waitUntil(lambda: opened.page.is_greeting)
    assert kind(opened) is None, "an empty chat has nothing to be told about"


def test_what_was_closed_stays_away_until_something_changes(qtbot: QtBot, window: OpenWindow) -> None:
    opened = open_ready(qtbot, window)
    ask_until(qtbot, opened, "filling")
    home = opened.conversation.conversation_id
    assert home is not None
    opened.page.room.close_button.click()
    assert kind(opened) is None
    opened.conversation.open(None)
    qtbot.waitUntil(lambda: opened.page.is_greeting)
    opened.conversation.open(home)
    qtbot.waitUntil(lambda: opened.conversation.conversation_id == home)
    assert kind(opened) is None
    ask_until(qtbot, opened, "cut")
    opened.page.room.close_button.click()
    assert kind(opened) is None
    ask_until(qtbot, opened, "filling")


def test_a_summary_takes_the_place_of_the_oldest_messages(qtbot: QtBot, window: OpenWindow) -> None:
    opened = open_ready(qtbot, window)
    ask_until(qtbot, opened, "filling")
    before = opened.page.header.gauge.accessibleName()
    opened.page.room.summarise.click()
    assert kind(opened) == "summarising"
    assert opened.conversation.is_busy, "a question waits until there is room for it"
    qtbot.waitUntil(lambda: kind(opened) == "summarised", timeout=10_000)
    boundary = opened.conversation.boundary
    assert boundary is not None
    assert boundary.summary == SUMMARY
    assert opened.page.header.gauge.accessibleName() != before
    opened.page.room.show_it.click()
    line = opened.page.transcript.boundary_line
    assert line.is_open
    assert line.hasFocus()
    ask(qtbot, opened)
    assert kind(opened) is None, "who goes on has seen it"
    assert opened.conversation.boundary == boundary


def test_writing_a_summary_can_be_stopped_and_leaves_everything_as_it_was(qtbot: QtBot, window: OpenWindow) -> None:
    slow = Script(
        answers=("word " * 30,), replies={INSTRUCTION: "word " * 400}, context_tokens=1024, tokens_per_s=200.0
    )
    opened = open_ready(qtbot, window, slow)
    for _turn in range(4):
        ask(qtbot, opened)
    opened.conversation.summarise()
    assert opened.page.composer.button.isEnabled(), "it stops the summary"

    def grown() -> bool:
        news = opened.page.room.news
        return news is not None and len(news.text) > 20

    qtbot.waitUntil(grown, timeout=10_000)
    opened.page.room.stop.click()
    assert opened.page.room.sentence == "Stopping…"
    qtbot.waitUntil(lambda: not opened.conversation.is_busy, timeout=10_000)
    assert kind(opened) is None
    assert opened.conversation.boundary is None
    ask(qtbot, opened)


def test_a_summary_goes_on_while_another_chat_is_on_screen(qtbot: QtBot, window: OpenWindow) -> None:
    slow = Script(answers=("word " * 30,), replies={INSTRUCTION: "word " * 60}, context_tokens=1024, tokens_per_s=300.0)
    opened = open_ready(qtbot, window, slow)
    for _turn in range(4):
        ask(qtbot, opened)
    home = opened.conversation.conversation_id
    opened.conversation.summarise()
    opened.conversation.open(None)
    qtbot.waitUntil(lambda: opened.page.is_greeting)
    assert kind(opened) is None
    qtbot.waitUntil(lambda: not opened.conversation.busy_ids, timeout=10_000)
    opened.conversation.open(home)
    qtbot.waitUntil(lambda: kind(opened) == "summarised", timeout=10_000)


def test_the_gauge_explains_itself_to_the_keyboard(qtbot: QtBot, window: OpenWindow) -> None:
    opened = open_ready(qtbot, window)
    ask(qtbot, opened)
    gauge = opened.page.header.gauge
    gauge.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(gauge, Qt.Key.Key_Return)
    (popup,) = opened.page.findChildren(ContextPopup)
    assert popup.isVisible()
    assert popup.new_chat.isEnabled()
    QTest.keyClick(popup.new_chat, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened.page.is_greeting)
