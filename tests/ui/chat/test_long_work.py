"""Every way into long work shows how long it takes, and nothing begins until the person has chosen.

Real profile, reader and search; scripted engine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.chat.foreseeing import Prospect
from app.chat.tree import Edit, Queued
from app.engine.fake import Script
from app.ui.chat import asking
from app.ui.chat.editing import EditSaved
from app.ui.chat.items import MessageItem, RegenerateRequested
from app.ui.window import MainWindow
from tests.documents.pdfs import page_of, pdf, wrapped

OpenWindow = Callable[..., MainWindow]
ANSWER = "The monthly rent is 930 euros."
FILLING = "Nothing of this page matters much to anybody who reads it, and so it goes on for a while. " * 14
ALL = "Summarise this document."


@pytest.fixture
def thick(tmp_path: Path) -> Path:
    """More than any context holds."""
    path = tmp_path / "thick.pdf"
    words = "\n".join(wrapped(FILLING))
    path.write_bytes(pdf([page_of(f"The monthly rent is 930 euros.\n{words}") for _number in range(40)]))
    return path


@pytest.fixture
def slow(qtbot: QtBot, window: OpenWindow, thick: Path) -> MainWindow:
    """A chat with a thick document on a slow machine, in which one short question was answered."""
    opened = window(Script(answers=(ANSWER,), prefill_tokens_per_s=20_000))
    opened.keeper.preload()
    qtbot.waitUntil(lambda: opened.keeper.facts is not None)
    opened.page.composer.attach([thick])
    sources = opened.page.composer.card.sources
    qtbot.waitUntil(lambda: [one.state for one in sources.asked] == ["read"], timeout=30_000)
    send(opened, "How high is the monthly rent?")
    answered(qtbot, opened, 2)
    qtbot.waitUntil(lambda: bool(opened.parts.sources.scope))
    engine = opened.parts._core.host.current
    assert engine is not None
    engine.prefill_tokens_per_s = 40.0  # type: ignore[misc] # what a slow machine would have measured
    return opened


def send(window: MainWindow, text: str) -> None:
    window.page.composer.set_text(text)
    QTest.keyClick(window.page.composer.edit, Qt.Key.Key_Return)


def answered(qtbot: QtBot, window: MainWindow, count: int, versions: int = 1) -> MessageItem:
    def is_done() -> bool:
        items = window.page.transcript.items
        is_there = len(items) == count and items[-1].versions == versions
        return is_there and items[-1].status == "done" and not window.conversation.is_busy

    qtbot.waitUntil(is_done, timeout=30_000)
    return window.page.transcript.items[-1]


def choosing(qtbot: QtBot, window: MainWindow) -> None:
    """The strip stands, with its time, and has the focus: on the quiet choice."""
    qtbot.waitUntil(lambda: "long_work" in window.page.__dict__ and window.page.long_work.plan is not None)
    bar = window.page.long_work
    assert bar.isVisible()
    assert "takes about" in bar.sentence
    assert bar.search.hasFocus()
    assert not window.conversation.is_busy, "nothing has begun"


def test_read_everything_is_asked_about_and_cancelled_with_escape(qtbot: QtBot, slow: MainWindow) -> None:
    answer = slow.page.transcript.items[-1]
    slow.page.transcript.regenerate_requested.emit(RegenerateRequested(answer.id, "every_part"))
    choosing(qtbot, slow)
    QTest.keyClick(slow.page.long_work, Qt.Key.Key_Escape)
    assert slow.page.long_work.isHidden()
    assert slow.page.transcript.items[-1].versions == 1
    slow.page.transcript.regenerate_requested.emit(RegenerateRequested(answer.id, "every_part"))
    choosing(qtbot, slow)
    QTest.keyClick(slow.page.long_work.all, Qt.Key.Key_Return)
    made = answered(qtbot, slow, 2, versions=2).sourced
    assert made is not None
    assert made.strategy in ("every_part", "nothing")


def test_an_answer_given_again_from_what_was_found_is_not_asked_about(qtbot: QtBot, slow: MainWindow) -> None:
    answer = slow.page.transcript.items[-1]
    slow.page.transcript.regenerate_requested.emit(RegenerateRequested(answer.id))
    answered(qtbot, slow, 2, versions=2)
    assert "long_work" not in slow.page.__dict__


def test_a_changed_question_is_asked_about_and_stays_in_its_place_until_then(qtbot: QtBot, slow: MainWindow) -> None:
    question = slow.page.transcript.items[0]
    slow.page.transcript.edit_saved.emit(EditSaved(Edit(question.id, ALL)))
    choosing(qtbot, slow)
    assert slow.conversation.edits.here[question.id].text == ALL
    view = slow.page.transcript.live_views[question.id]
    assert view.editor is not None
    assert view.editor.text == ALL
    QTest.keyClick(slow.page.long_work.cancel, Qt.Key.Key_Return)
    assert slow.conversation.edits.here[question.id].text == ALL
    slow.page.transcript.edit_saved.emit(EditSaved(Edit(question.id, ALL)))
    choosing(qtbot, slow)
    QTest.keyClick(slow.page.long_work.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: slow.page.transcript.items[0].text == ALL, timeout=10_000)
    made = answered(qtbot, slow, 2).sourced
    assert made is not None
    assert made.strategy == "passages"
    assert not slow.conversation.edits.here


def test_a_changed_question_is_not_asked_in_another_chat(qtbot: QtBot, slow: MainWindow) -> None:
    question, home = slow.page.transcript.items[0], slow.conversation.conversation_id
    slow.page.transcript.edit_saved.emit(EditSaved(Edit(question.id, ALL)))
    slow.conversation.open(None)
    qtbot.waitUntil(lambda: slow.page.is_greeting)
    qtbot.wait(300)  # whatever was planned would be here by then
    assert "long_work" not in slow.page.__dict__ or slow.page.long_work.plan is None
    assert not slow.conversation.edits.here
    assert home is not None
    assert len(slow.parts._core.chats.tree(home).path()) == 2


def test_a_changed_answer_is_saved_at_once(qtbot: QtBot, slow: MainWindow) -> None:
    answer = slow.page.transcript.items[-1]
    slow.page.transcript.edit_saved.emit(EditSaved(Edit(answer.id, ALL)))
    qtbot.waitUntil(lambda: slow.page.transcript.items[-1].text == ALL)
    assert "long_work" not in slow.page.__dict__


def test_a_message_that_waited_is_asked_about_and_waits_on_until_then(qtbot: QtBot, slow: MainWindow) -> None:
    slow.page.composer.put_back(Queued(ALL))
    slow.parts.screen_of_chat._send_next(slow.conversation.conversation_id or "")
    choosing(qtbot, slow)
    assert slow.page.composer.draft.queued == (Queued(ALL),)
    QTest.keyClick(slow.page.long_work, Qt.Key.Key_Escape)
    assert slow.page.composer.draft.queued == (Queued(ALL),)
    slow.parts.screen_of_chat._send_next(slow.conversation.conversation_id or "")
    choosing(qtbot, slow)
    QTest.keyClick(slow.page.long_work.search, Qt.Key.Key_Return)
    answered(qtbot, slow, 4)
    assert not slow.page.composer.draft.queued


def test_with_fewer_documents_the_time_is_looked_at_again(qtbot: QtBot, slow: MainWindow) -> None:
    send(slow, ALL)
    choosing(qtbot, slow)
    chip = slow.page.composer.card.sources.chips[0]
    QTest.mouseClick(chip.close_button, Qt.MouseButton.LeftButton)
    made = answered(qtbot, slow, 4)
    assert made.sourced is None, "nothing is read any more, so there was nothing to choose"
    assert slow.page.long_work.isHidden()


def test_before_a_model_is_loaded_the_speed_that_is_expected_of_it_tells_the_time(
    qtbot: QtBot, slow: MainWindow
) -> None:
    core, talk = slow.parts._core, slow.conversation
    core.host.release()
    qtbot.waitUntil(lambda: core.host.current is None)
    plan = asking.foreseen(core, talk.room, Prospect(ALL, talk.conversation_id, talk.tree.tip_id, wanted="every_part"))
    assert plan is not None
    assert plan.strategy == "every_part"
    assert plan.forecast_s > 0
    assert core.host.current is None, "nothing is loaded for it"
