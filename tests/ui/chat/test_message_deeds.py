"""What is done to messages through the window: deleted, branched off, continued, changed. Real profile, scripted
engine; without a screen, so it runs everywhere (tests/e2e/test_chat.py does the same with keys and clicks)."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.chat.tree import Attachment, Edit
from app.engine.fake import Script
from app.ui.chat.editing import EditSaved
from app.ui.chat.items import BranchRequested, ContinueRequested, MessageDeleteRequested, MessageItem
from app.ui.chat.transcript.deeds import Deed, offered
from app.ui.window import MainWindow

OpenWindow = Callable[..., MainWindow]


def ask(qtbot: QtBot, window: MainWindow, *questions: str) -> None:
    """One after the other, each answered."""
    for question in questions:
        count = len(items(window)) + 2
        window.page.composer.set_text(question)
        QTest.keyClick(window.page.composer.edit, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: len(items(window)) == count, timeout=10_000)  # noqa: B023 - called at once
        idle(qtbot, window)


def idle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.conversation.is_busy, timeout=10_000)


def items(window: MainWindow) -> tuple[MessageItem, ...]:
    return window.page.transcript.items


def said(window: MainWindow) -> list[str]:
    return [item.text for item in items(window)]


def deeds(window: MainWindow, number: int) -> tuple[Deed, ...]:
    return offered(items(window)[number], window.page.transcript._stage.state)


def delete(window: MainWindow, number: int) -> None:
    window.page.transcript.delete_requested.emit(MessageDeleteRequested(items(window)[number].id))


def test_a_deleted_exchange_leaves_what_follows_and_comes_back_in_its_place(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("one", "two", "three")))
    ask(qtbot, opened, "A", "B", "C")
    delete(opened, 3)
    qtbot.waitUntil(lambda: said(opened) == ["A", "one", "C", "three"])
    assert opened.toast.text == "2 messages were deleted."
    opened.toast.action_button.click()
    qtbot.waitUntil(lambda: said(opened) == ["A", "one", "B", "two", "C", "three"])


def test_one_of_several_versions_goes_with_what_follows_and_the_other_is_shown(
    qtbot: QtBot, window: OpenWindow
) -> None:
    opened = window(Script(answers=("one", "two", "three")))
    ask(qtbot, opened, "A")
    opened.conversation.regenerate(items(opened)[1].id)
    qtbot.waitUntil(lambda: said(opened) == ["A", "two"])
    idle(qtbot, opened)
    ask(qtbot, opened, "B")
    delete(opened, 1)
    qtbot.waitUntil(lambda: said(opened) == ["A", "one"])
    assert items(opened)[1].versions == 1
    opened.toast.action_button.click()
    qtbot.waitUntil(lambda: said(opened) == ["A", "two", "B", "three"])
    assert (items(opened)[1].version, items(opened)[1].versions) == (2, 2)


def test_a_deleted_message_is_gone_for_good_when_its_undo_is(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("one", "two")))
    ask(qtbot, opened, "A", "B")
    home = opened.conversation.conversation_id
    assert home is not None
    delete(opened, 0)
    qtbot.waitUntil(lambda: said(opened) == ["B", "two"])
    opened.toast.dismiss()
    chats = opened.conversation.room.chats
    qtbot.waitUntil(lambda: [message.text for message in chats.carried(home).messages] == ["B", "two"])


def test_the_last_exchange_can_be_deleted_and_the_chat_goes_on(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("one", "two")))
    ask(qtbot, opened, "A")
    delete(opened, 1)
    qtbot.waitUntil(lambda: opened.page.is_greeting)
    ask(qtbot, opened, "B")
    assert said(opened) == ["B", "two"]


def test_nothing_of_it_is_offered_or_done_while_an_answer_is_under_way(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("one", "word " * 400), tokens_per_s=200))
    ask(qtbot, opened, "A")
    opened.page.composer.set_text("B")
    QTest.keyClick(opened.page.composer.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(items(opened)) == 4 and len(items(opened)[3].text) > 10, timeout=10_000)
    for number in (0, 1, 3):
        assert not {Deed.DELETE, Deed.EDIT, Deed.CONTINUE, Deed.AGAIN} & set(deeds(opened, number))
    delete(opened, 0)
    opened.page.transcript.edit_saved.emit(EditSaved(Edit(items(opened)[1].id, "mine")))
    qtbot.wait(50)
    assert said(opened)[:3] == ["A", "one", "B"]
    opened.conversation.stop()
    idle(qtbot, opened)


def test_a_branch_takes_attachments_along_and_has_a_life_of_its_own(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("one", "two", "three")))
    opened.conversation.send("A", (Attachment("notes.txt", "Some notes."),))
    qtbot.waitUntil(lambda: said(opened) == ["A", "one"], timeout=10_000)
    idle(qtbot, opened)
    ask(qtbot, opened, "B")
    old = opened.conversation.conversation_id
    opened.page.transcript.branch_requested.emit(BranchRequested(items(opened)[1].id))
    qtbot.waitUntil(lambda: said(opened) == ["A", "one"])
    assert [one.text for one in items(opened)[0].attachments] == ["Some notes."]
    ask(qtbot, opened, "C")
    assert said(opened) == ["A", "one", "C", "three"]
    opened.conversation.open(old)
    qtbot.waitUntil(lambda: said(opened) == ["A", "one", "B", "two"])


def test_an_answer_that_was_stopped_goes_on_in_its_own_words(qtbot: QtBot, window: OpenWindow) -> None:
    whole = " ".join(f"word{number}" for number in range(60))
    opened = window(Script(answers=(whole,), tokens_per_s=200))
    opened.page.composer.set_text("A")
    QTest.keyClick(opened.page.composer.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(items(opened)) == 2 and len(items(opened)[1].text) > 30, timeout=10_000)
    opened.conversation.stop()
    idle(qtbot, opened)
    stopped = items(opened)[1]
    assert stopped.status == "stopped"
    assert Deed.CONTINUE in deeds(opened, 1)
    opened.page.transcript.continue_requested.emit(ContinueRequested(stopped.id))
    qtbot.waitUntil(lambda: said(opened)[1] == whole, timeout=10_000)
    idle(qtbot, opened)
    assert (items(opened)[1].id, items(opened)[1].versions, items(opened)[1].status) == (stopped.id, 1, "done")


def test_the_persons_own_words_stand_beside_the_answer_and_are_what_the_model_sees(
    qtbot: QtBot, window: OpenWindow
) -> None:
    opened = window(Script(answers=("one", "two")))
    ask(qtbot, opened, "A")
    opened.page.transcript.edit_saved.emit(EditSaved(Edit(items(opened)[1].id, "mine")))
    qtbot.waitUntil(lambda: said(opened) == ["A", "mine"])
    assert (items(opened)[1].version, items(opened)[1].versions) == (2, 2)
    assert not opened.conversation.is_busy
    ask(qtbot, opened, "B")
    assert said(opened) == ["A", "mine", "B", "two"]
    opened.conversation.show_version(items(opened)[1].id, -1)
    qtbot.waitUntil(lambda: said(opened) == ["A", "one"])
