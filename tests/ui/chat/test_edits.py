"""What is typed in the place of a message is kept like what is typed in the composer. Real profile, scripted engine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any  # whatever the store is called with

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from app.chat.store import ChatStore
from app.chat.tree import Attachment, Draft, Edit
from app.engine.fake import Script
from app.errors import StorageFault
from app.ui.chat.items import MessageDeleteRequested, MessageItem, SendRequested
from app.ui.chat.transcript.message_editor import MessageEditor
from app.ui.window import MainWindow

OpenWindow = Callable[..., MainWindow]
NOTES, LOG = Attachment("notes.txt", "Some notes."), Attachment("a.log", "A log.")


def ask(qtbot: QtBot, opened: MainWindow, text: str, *attachments: Attachment) -> None:
    count = len(items(opened))
    opened.conversation.send(text, attachments)
    qtbot.waitUntil(lambda: len(items(opened)) == count + 2, timeout=10_000)
    idle(qtbot, opened)


def idle(qtbot: QtBot, opened: MainWindow) -> None:
    qtbot.waitUntil(lambda: not opened.conversation.is_busy, timeout=10_000)


def items(opened: MainWindow) -> tuple[MessageItem, ...]:
    return opened.page.transcript.items


def said(opened: MainWindow) -> list[str]:
    return [item.text for item in items(opened)]


def editor(opened: MainWindow, row: int) -> MessageEditor | None:
    view = opened.page.transcript.live_views.get(items(opened)[row].id)
    return view.editor if view is not None else None


def begun(opened: MainWindow, row: int, text: str) -> MessageEditor:
    """The message is being changed, and these words were typed in its place."""
    opened.page.transcript.start_edit(items(opened)[row].id)
    found = editor(opened, row)
    assert found is not None
    found.edit.selectAll()
    QTest.keyClicks(found.edit, text)
    return found


def home_of(opened: MainWindow) -> str:
    home = opened.conversation.conversation_id
    assert home is not None
    return home


def away_and_back(qtbot: QtBot, opened: MainWindow) -> None:
    home = home_of(opened)
    opened.conversation.open(None)
    qtbot.waitUntil(lambda: opened.page.is_greeting)
    opened.conversation.open(home)
    qtbot.waitUntil(lambda: not opened.page.is_greeting)


def kept(opened: MainWindow) -> tuple[Edit, ...]:
    return opened.conversation.room.chats.edits(home_of(opened))


@pytest.mark.parametrize("row", [0, 1])
def test_an_open_edit_stands_there_again_when_the_chat_is_opened_again(
    qtbot: QtBot, window: OpenWindow, row: int
) -> None:
    opened = window(Script(answers=("one", "two")))
    ask(qtbot, opened, "A")
    ask(qtbot, opened, "B")
    begun(opened, row, "Something else")
    away_and_back(qtbot, opened)
    again = editor(opened, row)
    assert again is not None
    assert again.text == "Something else"
    assert [editor(opened, other) is None for other in range(4) if other != row] == [True] * 3


def test_it_is_kept_a_moment_after_the_first_key_and_when_the_window_closes(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("one",)))
    ask(qtbot, opened, "A")
    open_editor = begun(opened, 0, "half a tho")
    qtbot.waitUntil(lambda: [edit.text for edit in kept(opened)] == ["half a tho"])
    QTest.keyClicks(open_editor.edit, "ught")
    opened.before_close("")
    qtbot.waitUntil(lambda: [edit.text for edit in kept(opened)] == ["half a thought"], timeout=300)


def test_an_edit_that_is_given_up_or_undone_is_forgotten(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("one",)))
    ask(qtbot, opened, "A")
    open_editor = begun(opened, 0, "AB")
    qtbot.waitUntil(lambda: len(kept(opened)) == 1)
    QTest.keyClick(open_editor.edit, Qt.Key.Key_Backspace)  # as the message is
    qtbot.waitUntil(lambda: kept(opened) == ())
    QTest.keyClicks(open_editor.edit, "C")
    qtbot.waitUntil(lambda: len(kept(opened)) == 1)
    QTest.keyClick(open_editor.edit, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: kept(opened) == ())
    away_and_back(qtbot, opened)
    assert editor(opened, 0) is None


def test_a_saved_edit_is_forgotten_once_it_is_a_message(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("one", "two")))
    ask(qtbot, opened, "A")
    QTest.keyClick(begun(opened, 0, "B").edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: said(opened) == ["B", "two"], timeout=10_000)
    idle(qtbot, opened)
    QTest.keyClick(begun(opened, 1, "mine").edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: said(opened) == ["B", "mine"])
    qtbot.waitUntil(lambda: kept(opened) == ())
    away_and_back(qtbot, opened)
    assert [editor(opened, row) for row in (0, 1)] == [None, None]


@pytest.mark.parametrize(("row", "fails"), [(0, "begin_turn"), (1, "add_version")])
def test_an_edit_that_could_not_be_stored_stands_open_again(
    qtbot: QtBot, window: OpenWindow, monkeypatch: pytest.MonkeyPatch, row: int, fails: str
) -> None:
    opened = window(Script(answers=("one",)))
    ask(qtbot, opened, "A")
    open_editor = begun(opened, row, "keep me")

    def full(*_given: object, **_named: object) -> None:
        raise StorageFault("The disk is full.", "")

    monkeypatch.setattr(ChatStore, fails, full)
    with qtbot.waitSignal(opened.conversation.failed):
        QTest.keyClick(open_editor.edit, Qt.Key.Key_Return)
    idle(qtbot, opened)
    again = editor(opened, row)
    assert again is not None
    assert again.text == "keep me"
    qtbot.waitUntil(lambda: [edit.text for edit in kept(opened)] == ["keep me"])


def test_an_edit_on_its_way_is_none_any_more_in_a_chat_that_was_left_and_opened_again(
    qtbot: QtBot, window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = window(Script(answers=("one", "two")))
    ask(qtbot, opened, "A")
    home, open_editor, may_store = home_of(opened), begun(opened, 0, "B"), threading.Event()
    store = ChatStore.begin_turn

    def slow(*given: Any, **named: Any) -> object:
        assert may_store.wait(10)
        return store(*given, **named)

    monkeypatch.setattr(ChatStore, "begin_turn", slow)
    QTest.keyClick(open_editor.edit, Qt.Key.Key_Return)
    away_and_back(qtbot, opened)
    may_store.set()
    qtbot.waitUntil(lambda: said(opened) == ["B", "two"], timeout=10_000)
    idle(qtbot, opened)
    opened.conversation.show_version(items(opened)[0].id, -1)
    qtbot.waitUntil(lambda: said(opened) == ["A", "one"])
    assert editor(opened, 0) is None
    assert opened.conversation.room.chats.edits(home) == ()


def test_what_was_typed_in_the_place_of_a_deleted_message_goes_into_the_composer(
    qtbot: QtBot, window: OpenWindow
) -> None:
    opened = window(Script(answers=("one", "two")))
    ask(qtbot, opened, "A", NOTES)
    ask(qtbot, opened, "B")
    QTest.keyClicks(opened.page.composer.edit, "typed here")
    begun(opened, 0, "typed there")
    opened.page.transcript.delete_requested.emit(MessageDeleteRequested(items(opened)[0].id))
    qtbot.waitUntil(lambda: said(opened) == ["B", "two"])
    moved = Draft("typed here\n\ntyped there", (NOTES,))
    assert opened.page.composer.draft == moved
    qtbot.waitUntil(lambda: kept(opened) == () and opened.conversation.room.chats.draft(home_of(opened)) == moved)
    opened.toast.action_button.click()
    qtbot.waitUntil(lambda: len(items(opened)) == 4)
    assert editor(opened, 0) is None
    assert opened.page.composer.draft == moved


def test_an_edit_stays_with_its_version(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("one", "two")))
    ask(qtbot, opened, "A")
    QTest.keyClick(begun(opened, 0, "B").edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: said(opened) == ["B", "two"], timeout=10_000)
    idle(qtbot, opened)
    begun(opened, 0, "of B")
    opened.conversation.show_version(items(opened)[0].id, -1)
    qtbot.waitUntil(lambda: said(opened) == ["A", "one"])
    assert editor(opened, 0) is None
    away_and_back(qtbot, opened)
    assert editor(opened, 0) is None
    opened.conversation.show_version(items(opened)[0].id, 1)
    qtbot.waitUntil(lambda: said(opened) == ["B", "two"])
    again = editor(opened, 0)
    assert again is not None
    assert again.text == "of B"


def test_while_an_answer_comes_an_edit_can_be_written_and_not_be_saved(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("one", "word " * 400), tokens_per_s=200))
    ask(qtbot, opened, "A")
    open_editor = begun(opened, 0, "half")
    opened.page.composer.send_requested.emit(SendRequested("B"))
    qtbot.waitUntil(lambda: opened.conversation.is_busy and len(items(opened)) == 4, timeout=10_000)
    QTest.keyClicks(open_editor.edit, " done")
    assert not open_editor.save.isEnabled()
    QTest.keyClick(open_editor.edit, Qt.Key.Key_Return)
    assert editor(opened, 0) is open_editor
    opened.conversation.stop()
    idle(qtbot, opened)
    assert open_editor.save.isEnabled()
    assert open_editor.text == "half done"


def test_the_new_version_of_a_question_carries_exactly_what_its_editor_shows(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("one", "two", "three")))
    ask(qtbot, opened, "A", NOTES, LOG)
    open_editor = begun(opened, 0, "B")
    shown = [open_editor.attachments]
    open_editor.chips.chips[0].close_button.click()
    shown.append(open_editor.attachments)
    assert shown == [(NOTES, LOG), (LOG,)]
    away_and_back(qtbot, opened)
    again = editor(opened, 0)
    assert again is not None
    assert (again.text, again.attachments) == ("B", (LOG,))
    again.save.click()
    qtbot.waitUntil(lambda: said(opened) == ["B", "two"], timeout=10_000)
    idle(qtbot, opened)
    assert [one.name for one in items(opened)[0].attachments] == ["a.log"]
    opened.conversation.show_version(items(opened)[0].id, -1)
    qtbot.waitUntil(lambda: said(opened) == ["A", "one"])
    assert [one.name for one in items(opened)[0].attachments] == ["notes.txt", "a.log"]


def test_an_old_message_that_was_being_changed_is_brought_into_view(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("word " * 80,)))
    for number in range(5):
        ask(qtbot, opened, f"Q{number} " * 60)
    begun(opened, 0, "Something else")
    away_and_back(qtbot, opened)
    qtbot.waitUntil(lambda: editor(opened, 0) is not None)
    again, area = editor(opened, 0), opened.page.transcript.viewport()
    assert again is not None
    assert area.rect().intersects(again.rect().translated(again.mapTo(area, again.rect().topLeft())))


def test_files_that_are_refused_are_told_in_passing(qtbot: QtBot, window: OpenWindow, tmp_path: Path) -> None:
    opened = window(Script())
    wrong = [tmp_path / "photo.png", tmp_path / "movie.gif"]
    for path in wrong:
        path.write_bytes(b"\0")
    opened.page.composer.attach(wrong[:1])
    qtbot.waitUntil(lambda: opened.toast.text.startswith("photo.png is a picture"))
    opened.page.composer.attach(wrong)
    qtbot.waitUntil(lambda: opened.toast.text.startswith("2 files were not attached. photo.png is a picture"))
    assert opened.toast.isVisible()
    assert not [dialog for dialog in opened.findChildren(QDialog) if dialog.isVisible()]
