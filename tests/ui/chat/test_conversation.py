"""The open conversation: turns under way, switching chats, drafts, versions. Real profile, scripted engine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.chat.tree import Attachment, Draft, Queued
from app.engine.fake import Script
from app.engine.planning import hardware
from app.errors import StorageFault
from app.ui.chat.items import MessageItem, RegenerateRequested, RetryRequested
from app.ui.window import MainWindow

OpenWindow = Callable[..., MainWindow]
SLOW = Script(answers=("word " * 4000,), tokens_per_s=200)


def send(window: MainWindow, text: str) -> None:
    window.page.composer.set_text(text)
    QTest.keyClick(window.page.composer.edit, Qt.Key.Key_Return)


def last(window: MainWindow) -> MessageItem:
    return window.page.transcript.items[-1]


def texts(window: MainWindow) -> list[str]:
    return [item.text for item in window.page.transcript.items]


def waiting(window: MainWindow) -> tuple[str, ...]:
    return tuple(message.text for message in window.page.composer.draft.queued)


def state(window: MainWindow) -> str:
    return window.keeper.state.state


def idle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.conversation.is_busy, timeout=10_000)


def streaming(qtbot: QtBot, window: MainWindow, characters: int = 20) -> None:
    qtbot.waitUntil(
        lambda: (
            bool(window.page.transcript.items)
            and last(window).status == "streaming"
            and len(last(window).text) >= characters
        ),
        timeout=10_000,
    )


def test_the_composer_is_cleared_only_when_the_question_is_safe(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("Fine.",)))
    send(opened, "How are you?")
    assert opened.page.composer.text == "How are you?"
    idle(qtbot, opened)
    qtbot.waitUntil(lambda: last(opened).text == "Fine.")
    assert opened.page.composer.text == ""
    assert opened.page.transcript.items[0].text == "How are you?"


def test_an_answer_goes_on_while_another_chat_is_on_screen(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(SLOW)
    send(opened, "First")
    streaming(qtbot, opened)
    first = opened.conversation.conversation_id
    opened.conversation.open(None)
    qtbot.waitUntil(lambda: opened.page.is_greeting)
    assert not opened.conversation.is_busy
    assert first in opened.conversation.busy_ids
    assert not opened.page.composer.button.isEnabled()
    opened.conversation.open(first)
    streaming(qtbot, opened, 60)
    opened.conversation.stop()
    idle(qtbot, opened)
    assert last(opened).status == "stopped"


def test_a_new_chat_opened_at_once_is_not_taken_over_by_the_first_ones_start(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(SLOW)
    send(opened, "First")
    opened.conversation.open(None)
    qtbot.waitUntil(lambda: len(opened.conversation.busy_ids) == 1)
    qtbot.wait(100)
    assert opened.page.is_greeting
    assert opened.conversation.conversation_id is None
    opened.conversation.stop_all()


def test_drafts_stay_with_their_chat(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("One.",)))
    send(opened, "First")
    idle(qtbot, opened)
    home = opened.conversation.conversation_id
    QTest.keyClicks(opened.page.composer.edit, "for the first chat")
    opened.conversation.open(None)
    qtbot.waitUntil(lambda: opened.page.is_greeting and opened.page.composer.text == "")
    QTest.keyClicks(opened.page.composer.edit, "for a new one")
    opened.conversation.open(home)
    qtbot.waitUntil(lambda: opened.page.composer.text == "for the first chat")
    opened.conversation.open(None)
    qtbot.waitUntil(lambda: opened.page.composer.text == "for a new one")


def test_a_draft_is_read_only_after_it_was_written_on_a_slow_disk(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("One.",)))
    send(opened, "First")
    idle(qtbot, opened)
    home = opened.conversation.conversation_id
    gate = hold_writes(opened)
    QTest.keyClicks(opened.page.composer.edit, "precious")
    opened.conversation.open(None)
    opened.conversation.open(home)
    qtbot.wait(100)
    gate.set()
    qtbot.waitUntil(lambda: opened.conversation.conversation_id == home and opened.page.composer.text == "precious")


def test_what_is_typed_while_a_question_is_being_stored_stays(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("One.",)))
    gate = hold_writes(opened)
    send(opened, "First")
    QTest.keyClicks(opened.page.composer.edit, " and then")
    gate.set()
    qtbot.waitUntil(lambda: bool(opened.page.transcript.items), timeout=15_000)
    assert opened.page.transcript.items[0].text == "First"
    assert opened.page.composer.text == "and then"


def test_a_question_on_its_way_is_no_draft_of_the_next_new_chat(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(SLOW)
    gate = hold_writes(opened)
    send(opened, "First")
    qtbot.wait(600)  # longer than drafts wait for the next key
    opened.conversation.open(None)
    gate.set()
    qtbot.waitUntil(lambda: len(opened.conversation.busy_ids) == 1)
    opened.conversation.open(None)
    qtbot.waitUntil(lambda: opened.page.is_greeting and opened.page.composer.text == "")
    opened.conversation.stop_all()


def hold_writes(opened: MainWindow) -> threading.Event:
    """A disk that takes its time: later writes wait until the event is set."""
    gate = threading.Event()
    opened._core._database.write_soon(lambda _connection: gate.wait(10))
    return gate


def test_versions_can_be_walked_and_the_branch_below_comes_along(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("one", "two", "three")))
    send(opened, "Q")
    idle(qtbot, opened)
    qtbot.waitUntil(lambda: last(opened).text == "one")
    first = last(opened)
    opened.conversation.regenerate(first.id)
    idle(qtbot, opened)
    qtbot.waitUntil(lambda: last(opened).text == "two")
    send(opened, "And?")
    idle(qtbot, opened)
    qtbot.waitUntil(lambda: last(opened).text == "three")
    second = opened.page.transcript.items[1]
    assert (second.version, second.versions) == (2, 2)
    opened.conversation.show_version(second.id, -1)
    assert [item.text for item in opened.page.transcript.items] == ["Q", "one"]
    opened.conversation.show_version(first.id, 1)
    assert [item.text for item in opened.page.transcript.items] == ["Q", "two", "And?", "three"]


def test_a_second_message_waits_for_the_answer_under_way_and_is_sent_then(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("word " * 60,), tokens_per_s=200))
    send(opened, "First")
    streaming(qtbot, opened)
    QTest.keyClicks(opened.page.composer.edit, "Second")
    QTest.keyClick(opened.page.composer.edit, Qt.Key.Key_Return)
    assert waiting(opened) == ("Second",)
    assert texts(opened)[:1] == ["First"]
    qtbot.waitUntil(lambda: len(texts(opened)) == 4, timeout=10_000)
    assert texts(opened)[2] == "Second"
    assert waiting(opened) == ()
    opened.conversation.stop()
    idle(qtbot, opened)


def test_what_waits_is_not_sent_after_a_stop_and_survives_a_restart(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(SLOW)
    send(opened, "First")
    streaming(qtbot, opened)
    QTest.keyClicks(opened.page.composer.edit, "Second")
    QTest.keyClick(opened.page.composer.edit, Qt.Key.Key_Return)
    opened.conversation.stop()
    idle(qtbot, opened)
    assert waiting(opened) == ("Second",)
    home = opened.conversation.conversation_id
    opened.conversation.open(None)
    qtbot.waitUntil(lambda: opened.page.is_greeting)
    assert opened._core.chats.draft(home).queued == (Queued("Second"),)


def test_what_waits_in_a_chat_that_is_not_on_screen_is_sent_there(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("word " * 40,), tokens_per_s=100))
    send(opened, "First")
    streaming(qtbot, opened)
    home = opened.conversation.conversation_id
    assert home is not None
    QTest.keyClicks(opened.page.composer.edit, "Second")
    QTest.keyClick(opened.page.composer.edit, Qt.Key.Key_Return)
    opened.conversation.open(None)
    qtbot.waitUntil(lambda: opened.page.is_greeting)
    chats = opened._core.chats
    qtbot.waitUntil(lambda: [m.text for m in chats.tree(home).path()][2:3] == ["Second"], timeout=10_000)
    qtbot.waitUntil(lambda: chats.draft(home).queued == ())
    assert opened.conversation.conversation_id is None
    opened.conversation.stop_all()


def test_a_dead_engine_is_a_sentence_at_the_answer_and_try_again_works(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("one two three four",), dies_after_tokens=2))
    send(opened, "Q")
    qtbot.waitUntil(lambda: bool(opened.page.transcript.items) and last(opened).status == "failed", timeout=10_000)
    failed = last(opened)
    assert failed.text
    assert failed.note
    opened.conversation.regenerate(failed.id)
    idle(qtbot, opened)
    qtbot.waitUntil(lambda: last(opened).status == "done")
    assert last(opened).text == "one two three four"


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_nothing_is_sent_for_nothing(qtbot: QtBot, window: OpenWindow, text: str) -> None:
    opened = window()
    send(opened, text)
    qtbot.wait(50)
    assert opened.page.is_greeting


def told_of(window: MainWindow, title: str) -> bool:
    return title in window.toast.text and not window.toast.isHidden()


def test_the_chat_deleted_last_comes_back_whole_although_another_was_deleted_just_before(
    qtbot: QtBot, window: OpenWindow
) -> None:
    opened = window(Script(answers=("Fine.",)))
    ids = []
    for question in ("First", "Second"):
        opened.conversation.open(None)
        qtbot.waitUntil(lambda: opened.page.is_greeting)
        send(opened, question)
        idle(qtbot, opened)
        ids.append(opened.conversation.conversation_id or "")
    qtbot.waitUntil(lambda: all(opened.library.title(id_) for id_ in ids))
    for id_, title in zip(ids, ("First", "Second"), strict=True):
        opened.library.delete(id_)
        qtbot.waitUntil(partial(told_of, opened, title))
    opened.library.undo_delete()
    qtbot.waitUntil(lambda: opened.conversation.conversation_id == ids[1])
    assert [item.text for item in opened.page.transcript.items] == ["Second", "Fine."]
    assert opened.toast.isHidden(), "an Undo that was used is not offered any more"


def test_a_chat_that_is_deleted_for_good_is_gone_from_the_engines_memory(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("Fine.",)))
    send(opened, "Q")
    idle(qtbot, opened)
    home = opened.conversation.conversation_id or ""
    engine = opened._core.host.current
    assert engine is not None
    assert engine.holds(home)
    qtbot.waitUntil(lambda: bool(opened.library.title(home)))
    opened.library.delete(home)
    qtbot.waitUntil(lambda: told_of(opened, "Q"))
    assert engine.holds(home), "while it can be brought back"
    opened.toast.dismiss()
    qtbot.waitUntil(lambda: not engine.holds(home))


def test_after_the_engine_died_the_header_is_soon_ready_again_and_try_again_works(
    qtbot: QtBot, window: OpenWindow
) -> None:
    opened = window(Script(answers=("word " * 4000,), tokens_per_s=200, dies_after_tokens=2))
    send(opened, "Q")
    qtbot.waitUntil(lambda: bool(opened.page.transcript.items) and last(opened).status == "failed", timeout=10_000)
    qtbot.waitUntil(lambda: state(opened) == "ready", timeout=10_000)
    opened.page.transcript.retry_requested.emit(RetryRequested(last(opened).id))
    streaming(qtbot, opened)
    assert state(opened) == "ready"
    opened.conversation.stop()
    idle(qtbot, opened)


def test_a_silent_model_is_asked_about_and_can_be_stopped(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("one two three four",), hangs_after_tokens=2))
    opened.keeper.patience_s = 0.1
    send(opened, "Q")
    qtbot.waitUntil(lambda: bool(opened.page.transcript.items) and last(opened).is_asking, timeout=10_000)
    assert last(opened).note == "The model has said nothing for 1 minute."
    assert last(opened).text == "one two"
    line = opened.page.transcript.live_views[last(opened).id].status_line
    line.wait.click()
    assert not last(opened).is_asking
    assert opened.page.composer.edit.hasFocus()
    qtbot.waitUntil(lambda: last(opened).is_asking, timeout=10_000)
    line.stop.click()
    assert last(opened).note == "Stopping…"
    assert not last(opened).is_asking
    idle(qtbot, opened)
    qtbot.waitUntil(lambda: last(opened).status == "stopped")


def test_an_engine_that_does_not_obey_a_stop_is_nothing_to_worry_about(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("one two three four",), hangs_after_tokens=2, is_deaf=True))
    send(opened, "Q")
    streaming(qtbot, opened, 5)
    opened.conversation.stop()
    idle(qtbot, opened)
    qtbot.waitUntil(lambda: last(opened).status == "stopped")
    assert (last(opened).text, last(opened).note) == ("one two", "")
    assert opened.page.transcript.live_views[last(opened).id].status_line.sentence.text() == "Stopped"


def test_a_long_question_is_read_while_it_is_typed(
    qtbot: QtBot, window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "is_on_battery", lambda: False)
    opened = window(Script(answers=("Fine.",)))
    qtbot.waitUntil(lambda: state(opened) == "ready", timeout=10_000)
    opened.page.composer.set_text("word " * 200)
    qtbot.waitUntil(lambda: opened.page.composer.read_mark.isVisible(), timeout=10_000)
    QTest.keyClicks(opened.page.composer.edit, "really?")
    assert opened.page.composer.read_mark.isVisible(), "a little more is read in no time"
    QTest.keyClick(opened.page.composer.edit, Qt.Key.Key_Return)
    idle(qtbot, opened)
    qtbot.waitUntil(lambda: last(opened).text == "Fine.")
    assert opened.page.composer.read_mark.isHidden()
    stats = opened.conversation.newest()[-1].stats
    assert stats is not None
    assert stats.prompt_tokens - stats.reused_tokens < 10
    words = f"finished by itself · {stats.reused_tokens} of {stats.prompt_tokens} tokens were known already"
    assert last(opened).stats.endswith(words), "what is least asked for is cut off first where there is little room"


def test_sending_does_not_wait_for_what_is_being_read_ahead(
    qtbot: QtBot, window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "is_on_battery", lambda: False)
    opened = window(Script(replies={"Short?": "Yes."}, prefill_tokens_per_s=50))
    qtbot.waitUntil(lambda: state(opened) == "ready", timeout=10_000)
    opened.page.composer.set_text("word " * 5_000)
    qtbot.waitUntil(lambda: opened.conversation._ahead._stop is not None, timeout=5_000)
    opened.page.composer.set_text("Short?")
    QTest.keyClick(opened.page.composer.edit, Qt.Key.Key_Return)
    idle(qtbot, opened)
    qtbot.waitUntil(lambda: last(opened).text == "Yes.")


def test_after_an_edit_the_next_words_go_into_the_message_field(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("Fine.",)))
    field = opened.page.composer.edit
    send(opened, "Q")
    idle(qtbot, opened)
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Return):
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_Up)
        views = opened.page.transcript.live_views
        (editor,) = [view.editor for view in views.values() if view.editor is not None]
        assert editor.edit.hasFocus()
        QTest.keyClick(editor.edit, key)
        assert field.hasFocus()
    idle(qtbot, opened)
    assert opened.page.transcript.items[0].versions == 2
    opened.page.transcript.live_views[last(opened).id].setFocus()
    opened.page.transcript.regenerate_requested.emit(RegenerateRequested(last(opened).id))
    assert field.hasFocus()
    idle(qtbot, opened)


def test_a_focus_in_a_message_that_goes_comes_back_to_the_message_field(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("One.", "Two.")))
    send(opened, "Q")
    idle(qtbot, opened)
    opened.conversation.regenerate(last(opened).id)
    idle(qtbot, opened)
    opened.page.transcript.live_views[last(opened).id].setFocus()
    opened.conversation.show_version(last(opened).id, -1)
    assert last(opened).text == "One."
    assert opened.page.composer.edit.hasFocus()


def test_a_chat_opened_with_the_mouse_can_be_written_in_at_once(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("Fine.",)))
    send(opened, "Q")
    idle(qtbot, opened)
    chats = opened.sidebar.list
    qtbot.waitUntil(lambda: bool(chats.items.rows))
    index = chats.items.index_of(opened.conversation.conversation_id or "")
    QTest.mouseClick(chats.viewport(), Qt.MouseButton.LeftButton, pos=chats.visualRect(index).center() - QPoint(40, 0))
    assert opened.page.composer.edit.hasFocus()


def test_an_answer_is_drawn_while_it_is_written(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(SLOW)
    send(opened, "First")
    streaming(qtbot, opened, 60)

    views = opened.page.transcript.live_views
    qtbot.waitUntil(lambda: 40 < len(views[last(opened).id].item.text) < len(SLOW.answers[0]), timeout=5_000)
    opened.conversation.stop()
    idle(qtbot, opened)


def queued(qtbot: QtBot, opened: MainWindow, text: str) -> None:
    """A message that waits while an answer comes."""
    send(opened, "First")
    streaming(qtbot, opened)
    QTest.keyClicks(opened.page.composer.edit, text)
    QTest.keyClick(opened.page.composer.edit, Qt.Key.Key_Return)
    assert waiting(opened) == (text,)


def test_what_is_typed_stays_when_a_queued_message_with_the_same_words_is_sent(
    qtbot: QtBot, window: OpenWindow
) -> None:
    opened = window(Script(answers=("word " * 60, "Second."), tokens_per_s=100))
    queued(qtbot, opened, "yes")
    QTest.keyClicks(opened.page.composer.edit, "yes, and what else?")
    qtbot.waitUntil(lambda: len(opened.page.transcript.items) == 4, timeout=15_000)
    idle(qtbot, opened)
    assert opened.page.composer.draft == Draft("yes, and what else?")


@pytest.mark.parametrize("is_on_screen", [True, False])
def test_what_waits_is_sent_with_what_is_attached_to_it(qtbot: QtBot, window: OpenWindow, is_on_screen: bool) -> None:
    opened = window(Script(answers=("word " * 60, "Second."), tokens_per_s=100))
    send(opened, "First")
    streaming(qtbot, opened)
    notes = Attachment("notes.txt", "Some notes.")
    opened.page.composer.set_draft(Draft("With notes", (notes,)))
    QTest.keyClick(opened.page.composer.edit, Qt.Key.Key_Return)
    assert opened.page.composer.draft == Draft(queued=(Queued("With notes", (notes,)),))
    chats, home = opened.conversation.room.chats, opened.conversation.conversation_id
    assert home is not None
    if not is_on_screen:
        opened.conversation.open(None)
        qtbot.waitUntil(lambda: opened.page.is_greeting)
    qtbot.waitUntil(lambda: len(chats.tree(home).path()) == 4, timeout=15_000)
    asked = chats.tree(home).path()[2]
    assert (asked.text, asked.attachments) == ("With notes", (notes,))
    qtbot.waitUntil(lambda: not opened.conversation.busy_ids, timeout=15_000)
    qtbot.waitUntil(lambda: chats.draft(home) == Draft())


@pytest.mark.parametrize("is_on_screen", [True, False])
def test_a_queued_message_that_could_not_be_stored_waits_again(
    qtbot: QtBot, window: OpenWindow, monkeypatch: pytest.MonkeyPatch, is_on_screen: bool
) -> None:
    opened = window(Script(answers=("word " * 60,), tokens_per_s=60))
    queued(qtbot, opened, "keep me")
    home = opened.conversation.conversation_id
    if not is_on_screen:
        opened.conversation.open(None)
        qtbot.waitUntil(lambda: opened.page.is_greeting)
    chats = opened.conversation.room.chats
    asked = threading.Event()

    def full(*_given: object, **_named: object) -> None:
        asked.set()
        raise StorageFault("The disk is full.", "")

    monkeypatch.setattr(type(chats), "begin_turn", full)
    qtbot.waitUntil(asked.is_set, timeout=15_000)
    qtbot.waitUntil(lambda: not opened.conversation.busy_ids)
    qtbot.waitUntil(lambda: chats.draft(home).queued == (Queued("keep me"),))
    if is_on_screen:
        assert waiting(opened) == ("keep me",)


def test_what_is_typed_while_another_chat_is_being_opened_stays_with_its_chat(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("One.",)))
    send(opened, "First")
    idle(qtbot, opened)
    home = opened.conversation.conversation_id
    opened.conversation.open(None)
    QTest.keyClicks(opened.page.composer.edit, "typed at once")
    qtbot.waitUntil(lambda: opened.page.is_greeting and opened.page.composer.text == "")
    opened.conversation.open(home)
    qtbot.waitUntil(lambda: opened.page.composer.text == "typed at once")


def test_what_is_typed_while_the_chat_is_read_again_stays(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("One.",)))
    send(opened, "First")
    idle(qtbot, opened)
    QTest.keyClicks(opened.page.composer.edit, "before ")
    opened.conversation.save_draft()
    with qtbot.waitSignal(opened.conversation.shown):
        opened.conversation.reload()
        QTest.keyClicks(opened.page.composer.edit, "after")
    assert opened.page.composer.text == "before after"


def temporary(qtbot: QtBot, opened: MainWindow, text: str) -> None:
    """A question in a new temporary chat."""
    opened.conversation.open(None, is_temporary=True)
    qtbot.waitUntil(lambda: opened.conversation.is_temporary and opened.conversation.conversation_id is None)
    send(opened, text)


def test_the_end_of_one_temporary_chat_leaves_the_next_one_alone(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("One.", "Two.", "Three.")))
    for question in ("First", "Second"):
        temporary(qtbot, opened, question)
        idle(qtbot, opened)
    chats = opened.conversation.room.chats
    opened.toast.dismiss()
    qtbot.waitUntil(lambda: len(chats.conversations()) == 1)
    send(opened, "Third")
    qtbot.waitUntil(lambda: len(opened.page.transcript.items) == 4)
    idle(qtbot, opened)
    assert [item.text for item in opened.page.transcript.items] == ["Second", "Two.", "Third", "Three."]


def test_a_temporary_chat_that_ends_while_it_is_answered_ends_without_a_word(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(SLOW)
    temporary(qtbot, opened, "First")
    streaming(qtbot, opened)
    chats = opened.conversation.room.chats
    opened.conversation.open(None)
    qtbot.waitUntil(lambda: not opened.toast.isHidden())
    with qtbot.assertNotEmitted(opened.conversation.failed):
        opened.toast.dismiss()
        qtbot.waitUntil(lambda: not opened.conversation.busy_ids and not chats.conversations())
