"""What can be done with a message: by its buttons, its menu and the keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTextEdit
from pytestqt.qtbot import QtBot

from app.chat.tree import Edit
from app.ui.chat.editing import EditSaved
from app.ui.chat.items import (
    AttachmentItem,
    AttachmentRequested,
    BranchRequested,
    ContinueRequested,
    CopyRequested,
    MessageDeleteRequested,
    MessageItem,
    ReadAloudRequested,
    RegenerateRequested,
    VersionRequested,
)
from app.ui.chat.transcript.deeds import Deed, offered, request
from app.ui.chat.transcript.details import Details, lines_of
from app.ui.chat.transcript.message_menu import MessageMenu
from app.ui.chat.transcript.state import TranscriptState
from app.ui.chat.transcript.transcript import Transcript

QUESTION = MessageItem("q", "user", "Why?")
ANSWER = MessageItem("a", "assistant", "Because **so**.", version=2, versions=3, can_continue=True)
IDLE = TranscriptState(is_idle=True, can_read=True)


def chosen(transcript: Transcript, id_: str, words: str) -> None:
    """Opens the message's menu with the keyboard and takes what is called so."""
    QTest.keyClick(transcript.live_views[id_], Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    menu = transcript.live_views[id_].findChildren(MessageMenu)[-1]
    action = next(action for action in menu.actions() if action.text() == words)
    action.trigger()
    menu.close()


def test_what_is_offered_follows_from_the_message_and_from_what_is_going_on() -> None:
    question, answer = offered(QUESTION, IDLE), offered(ANSWER, IDLE)
    assert Deed.EDIT in question
    assert Deed.AGAIN not in question
    assert {Deed.COPY_MARKDOWN, Deed.AGAIN, Deed.CONTINUE, Deed.OLDER, Deed.NEWER} <= set(answer)
    busy = offered(ANSWER, TranscriptState(is_idle=False, can_read=False))
    assert set(busy) == {Deed.COPY, Deed.COPY_MARKDOWN, Deed.DETAILS}
    assert offered(MessageItem("a", "assistant", "", is_here=False), IDLE) == ()


@pytest.mark.parametrize(
    ("deed", "wish"),
    [
        (Deed.COPY, CopyRequested("Because so.", "<p>Because <strong>so</strong>.</p>\n")),
        (Deed.COPY_MARKDOWN, CopyRequested("Because **so**.")),
        (Deed.AGAIN, RegenerateRequested("a")),
        (Deed.CONTINUE, ContinueRequested("a")),
        (Deed.BRANCH, BranchRequested("a")),
        (Deed.DELETE, MessageDeleteRequested("a")),
        (Deed.READ_ALOUD, ReadAloudRequested("a", "Because so.")),
        (Deed.OLDER, VersionRequested("a", -1)),
        (Deed.EDIT, None),
        (Deed.DETAILS, None),
    ],
)
def test_every_deed_asks_for_one_thing(deed: Deed, wish: object) -> None:
    assert request(deed, ANSWER) == wish


@pytest.mark.parametrize(
    ("words", "signal"),
    [
        ("Continue the answer", "continue_requested"),
        ("New chat from here", "branch_requested"),
        ("Delete", "delete_requested"),
        ("Read aloud", "read_aloud_requested"),
        ("Copy as Markdown", "copy_requested"),
    ],
)
def test_the_menu_is_opened_with_the_keyboard(transcript: Transcript, qtbot: QtBot, words: str, signal: str) -> None:
    transcript.set_can_read(True)
    transcript.set_items([QUESTION, ANSWER])
    with qtbot.waitSignal(getattr(transcript, signal)):
        chosen(transcript, "a", words)


def test_reading_aloud_is_offered_only_where_there_is_a_voice_and_can_be_stopped(transcript: Transcript) -> None:
    transcript.set_items([QUESTION, ANSWER])
    view = transcript.live_views["a"]
    names = [[action.text() for action in view.make_menu().actions()]]
    transcript.set_can_read(True)
    names.append([action.text() for action in view.make_menu().actions()])
    transcript.set_reading("a")
    names.append([action.text() for action in view.make_menu().actions()])
    assert ["Read aloud" in one for one in names] == [False, True, False]
    assert "Stop reading aloud" in names[2]


def test_an_answer_is_edited_in_place_and_saved(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_items([QUESTION, ANSWER])
    chosen(transcript, "a", "Edit answer")
    editor = transcript.live_views["a"].editor
    assert editor is not None
    assert (editor.edit.accessibleName(), editor.save.text()) == ("Change this answer", "Save")
    assert editor.edit.toPlainText() == "Because **so**."
    editor.edit.setPlainText("Because.")
    with qtbot.waitSignal(transcript.edit_saved) as told:
        QTest.keyClick(editor.edit, Qt.Key.Key_Return)
    assert told.args == [EditSaved(Edit("a", "Because."))]


def test_an_answer_that_was_cut_short_is_continued_from_below_it(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_items([QUESTION, MessageItem("a", "assistant", "Half", "length", can_continue=True)])
    line = transcript.live_views["a"].status_line
    with qtbot.waitSignal(transcript.continue_requested) as told:
        line.go_on.click()
    assert told.args == [ContinueRequested("a")]
    transcript.update_item(MessageItem("a", "assistant", "Half", "length"))
    assert line.go_on.isHidden()


def test_a_narrow_column_keeps_copy_and_more_only_below_an_answer(transcript: Transcript) -> None:
    transcript.set_items([QUESTION, MessageItem("a", "assistant", "Because.")])
    rows = [transcript.live_views[id_].action_row for id_ in ("q", "a")]
    heights = [view.height() for view in transcript.live_views.values()]
    transcript.resize(360, 700)
    assert [[button.accessibleName() for button in row.shown] for row in rows] == [
        ["Copy this message", "Change this question", "More actions"],
        ["Copy this message", "More actions"],
    ]
    assert [view.height() for view in transcript.live_views.values()] == heights
    transcript.resize(900, 700)
    assert rows[1].again in rows[1].shown


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_a_questions_actions_stand_beside_it_and_keep_its_answer_close(
    transcript: Transcript, direction: Qt.LayoutDirection
) -> None:
    transcript.setLayoutDirection(direction)
    transcript.set_items([QUESTION, MessageItem("a", "assistant", "Because.")])
    view = transcript.live_views["q"]
    bubble = view.words.bubble
    assert bubble is not None
    ground = bubble.ground.translated(view.words.pos())
    row = [button.geometry().translated(view.action_row.pos()) for button in view.action_row.shown]
    assert len(row) == 3
    assert all(ground.top() < place.top() and place.bottom() < ground.bottom() for place in row)
    assert not any(place.intersects(ground) for place in row)
    assert view.height() - ground.bottom() < row[0].height()


def test_versions_of_a_question_keep_a_line_of_their_own_below_it(transcript: Transcript) -> None:
    transcript.set_items([MessageItem("q", "user", "Why?", version=1, versions=2)])
    view = transcript.live_views["q"]
    bubble = view.words.bubble
    assert bubble is not None
    assert view.action_row.y() > bubble.ground.bottom()


def test_actions_of_a_question_as_wide_as_the_column_stand_below_it(transcript: Transcript) -> None:
    transcript.set_items([MessageItem("q", "user", 30 * "many words ")])
    transcript.resize(400, 700)
    view = transcript.live_views["q"]
    bubble = view.words.bubble
    assert bubble is not None
    assert view.action_row.y() > bubble.ground.bottom()


def test_actions_that_appear_move_nothing(transcript: Transcript) -> None:
    transcript.set_items([QUESTION, MessageItem("a", "assistant", "Because.", stats="12 tokens · 30 tokens/s")])
    view = transcript.live_views["a"]
    before = (view.geometry(), view.words.geometry())
    view.setFocus(Qt.FocusReason.TabFocusReason)
    assert view.action_row.stats_line.isVisible()
    assert (view.geometry(), view.words.geometry()) == before


def test_what_is_selected_can_be_copied_from_the_menu(transcript: Transcript) -> None:
    transcript.set_items([QUESTION, ANSWER])
    view = transcript.live_views["a"]
    view.findChildren(QTextEdit)[0].selectAll()
    assert view.make_menu().actions()[0].text() == "Copy the selected text"


def test_enter_on_a_message_opens_its_menu_once(transcript: Transcript) -> None:
    transcript.set_items([QUESTION, ANSWER])
    view = transcript.live_views["a"]
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Return)
    QTest.keyClick(view, Qt.Key.Key_Menu)
    (menu,) = view.findChildren(MessageMenu)
    assert menu.isVisible()
    menu.close()


def test_the_address_of_a_link_can_be_copied_where_it_stands(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_items([MessageItem("a", "assistant", "[there](https://example.org/bread)")])
    view = transcript.live_views["a"]
    text = view.findChildren(QTextEdit)[0]
    cursor = QTextCursor(text.document())
    cursor.setPosition(2)
    place = text.viewport().mapTo(view, text.cursorRect(cursor).center())
    action = view.make_menu(place).actions()[0]
    assert action.text() == "Copy the address of the link"
    with qtbot.waitSignal(transcript.copy_requested) as told:
        action.trigger()
    assert told.args == [CopyRequested("https://example.org/bread")]


def test_a_message_whose_words_are_not_here_has_no_menu(transcript: Transcript) -> None:
    transcript.set_items([MessageItem("a", "assistant", "", is_here=False)])
    view = transcript.live_views["a"]
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert view.findChildren(MessageMenu) == []


def test_the_details_say_how_long_how_fast_and_why_it_ended() -> None:
    stopped = MessageItem(
        "a", "assistant", "One two three", "stopped", stats="Model · 412 tokens · 30.1 tokens/s", number=4, of=1_200
    )
    assert lines_of(stopped) == [
        "Message 4 of 1,200",
        "Model",
        "412 tokens",
        "30.1 tokens/s",
        "3 words",
        "It was stopped.",
    ]


def test_the_details_open_from_the_menu_and_close_with_escape(transcript: Transcript) -> None:
    transcript.set_items([QUESTION, ANSWER])
    chosen(transcript, "a", "Details")
    (details,) = transcript.live_views["a"].findChildren(Details)
    assert details.isVisible()
    QTest.keyClick(details, Qt.Key.Key_Escape)
    assert not details.isVisible()


def test_attachments_stand_above_the_question_and_are_shown_on_request(transcript: Transcript, qtbot: QtBot) -> None:
    notes, pasted = AttachmentItem("notes.txt", "words " * 100), AttachmentItem("", "pasted")
    transcript.set_items([MessageItem("q", "user", "Sum it up", attachments=(notes, pasted))])
    bubble = transcript.live_views["q"].words.bubble
    assert bubble is not None
    chips = bubble.chips.chips
    assert [chip.accessibleName() for chip in chips] == ["Attached: notes.txt", "Attached: Pasted text"]
    assert chips[0].accessibleDescription() == "600 characters"
    assert bubble.prose is not None
    assert chips[0].mapTo(bubble, chips[0].rect().bottomLeft()).y() < bubble.prose.y()
    with qtbot.waitSignal(transcript.attachment_requested) as told:
        QTest.keyClick(chips[0], Qt.Key.Key_Return)
    assert told.args == [AttachmentRequested(notes)]


def test_chips_that_do_not_fit_beside_each_other_stand_below_each_other(transcript: Transcript) -> None:
    files = tuple(AttachmentItem(f"a-rather-long-name-{number}.txt", "x") for number in range(5))
    transcript.set_items([MessageItem("q", "user", "Sum it up", attachments=files)])
    transcript.resize(360, 700)
    bubble = transcript.live_views["q"].words.bubble
    assert bubble is not None
    places = [chip.geometry() for chip in bubble.chips.chips]
    assert all(bubble.chips.rect().contains(place) for place in places)
    assert not any(a.intersects(b) for number, a in enumerate(places) for b in places[number + 1 :])


def test_the_last_code_is_copied(transcript: Transcript, qtbot: QtBot) -> None:
    code = MessageItem("c", "assistant", "A:\n\n```py\nx = 1\n```\n\nB:\n\n```py\ny = 2\n```\n\nDone.")
    transcript.set_items([code, QUESTION, ANSWER])
    with qtbot.waitSignal(transcript.copy_requested) as told:
        assert transcript.copy_last_code()
    assert told.args[0].text.strip() == "y = 2"
    transcript.set_items([QUESTION, ANSWER])
    assert not transcript.copy_last_code()
