from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from app.ui.chat.editing import EditSaved
from app.ui.chat.items import (
    Boundary,
    CopyRequested,
    EditRequested,
    MessageItem,
    RegenerateRequested,
    RetryRequested,
    SilenceAnswered,
    VersionRequested,
)
from app.ui.chat.transcript.transcript import Transcript
from app.ui.theme import Theme

WORDS = "Some words that take a line or two when the column is not too wide for them. "


def conversation(turns: int, name: str = "m") -> list[MessageItem]:
    return [
        MessageItem(
            f"{name}{number}", "user" if number % 2 == 0 else "assistant", f"No {number}: {WORDS * (number % 5 + 1)}"
        )
        for number in range(turns)
    ]


def top_message(transcript: Transcript) -> tuple[str, int]:
    """The first message in view and how far it is from the upper edge."""
    visible = [(view.y(), id_) for id_, view in transcript.live_views.items() if view.y() + view.height() > 0]
    y, id_ = min(visible)
    return id_, y


def in_focus() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def scroll_up(transcript: Transcript, px: int) -> None:
    bar = transcript.verticalScrollBar()
    bar.setValue(bar.value() - px)


def test_two_thousand_messages_are_a_handful_of_widgets(transcript: Transcript) -> None:
    transcript.set_items(conversation(2_000))
    assert 1 < len(transcript.live_views) < 25
    bar = transcript.verticalScrollBar()
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        bar.setValue(int(bar.maximum() * share))
        assert len(transcript.live_views) < 25


def test_it_opens_at_the_end(transcript: Transcript) -> None:
    transcript.set_items(conversation(100))
    assert transcript.is_following
    assert transcript.verticalScrollBar().value() == transcript.verticalScrollBar().maximum()
    assert "m99" in transcript.live_views


def test_every_place_in_view_is_covered(transcript: Transcript) -> None:
    transcript.set_items(conversation(300))
    transcript.verticalScrollBar().setValue(4_321)
    views = sorted(transcript.live_views.values(), key=lambda view: view.y())
    assert views[0].y() <= 0
    assert views[-1].geometry().bottom() >= transcript.viewport().height()
    for above, below in pairwise(views):
        assert below.y() == above.geometry().bottom() + 1


def test_a_growing_answer_is_followed_from_the_end(transcript: Transcript) -> None:
    transcript.set_items(conversation(20))
    transcript.append(MessageItem("a", "assistant", "", "streaming"))
    for words in range(1, 60):
        transcript.update_item(MessageItem("a", "assistant", WORDS * words, "streaming"))
    bar = transcript.verticalScrollBar()
    assert bar.value() == bar.maximum()
    assert transcript.jump_button.isHidden()


def test_a_growing_answer_leaves_who_reads_above_alone(transcript: Transcript) -> None:
    transcript.set_items(conversation(40))
    transcript.append(MessageItem("a", "assistant", "", "streaming"))
    scroll_up(transcript, 900)
    before = top_message(transcript)
    for words in range(1, 60):
        transcript.update_item(MessageItem("a", "assistant", WORDS * words, "streaming"))
    assert top_message(transcript) == before
    assert not transcript.is_following
    assert transcript.jump_button.isVisible()


def test_jumping_to_the_end_follows_again(transcript: Transcript) -> None:
    transcript.set_items(conversation(40))
    scroll_up(transcript, 900)
    transcript.jump_button.click()
    assert transcript.is_following
    assert transcript.verticalScrollBar().value() == transcript.verticalScrollBar().maximum()
    assert transcript.jump_button.isHidden()


def test_a_question_of_ones_own_brings_the_end_into_view(transcript: Transcript) -> None:
    transcript.set_items(conversation(40))
    scroll_up(transcript, 900)
    transcript.append(MessageItem("q", "user", "Mine"))
    assert "q" in transcript.live_views
    assert transcript.is_following


def test_the_place_is_kept_when_the_window_is_resized(transcript: Transcript) -> None:
    transcript.set_items(conversation(200))
    transcript.verticalScrollBar().setValue(6_000)
    id_before, _y = top_message(transcript)
    transcript.resize(600, 700)
    assert top_message(transcript)[0] == id_before
    transcript.resize(900, 700)
    assert top_message(transcript)[0] == id_before


def test_the_end_stays_in_view_when_the_window_is_resized(transcript: Transcript) -> None:
    transcript.set_items(conversation(200))
    transcript.resize(500, 400)
    assert transcript.verticalScrollBar().value() == transcript.verticalScrollBar().maximum()


def test_the_same_conversation_keeps_its_place_and_another_opens_at_its_end(transcript: Transcript) -> None:
    items = conversation(100)
    transcript.set_items(items)
    transcript.verticalScrollBar().setValue(2_000)
    before = top_message(transcript)
    transcript.set_items([*items[:-1], MessageItem("m99", "assistant", "Other words", versions=2, version=2)])
    assert top_message(transcript)[0] == before[0]
    transcript.set_items(conversation(50, "other"))
    assert transcript.is_following


def test_an_update_of_a_message_out_of_view_makes_no_widget(transcript: Transcript) -> None:
    transcript.set_items(conversation(200))
    transcript.update_item(MessageItem("m3", "assistant", "Changed"))
    assert "m3" not in transcript.live_views
    transcript.verticalScrollBar().setValue(0)
    assert transcript.live_views["m3"].item.text == "Changed"


def test_actions_show_under_the_mouse_or_the_focus_only(transcript: Transcript) -> None:
    transcript.set_items(conversation(2))
    view = transcript.live_views["m1"]
    seen = [view.action_row.copy.is_revealed]
    view.setFocus(Qt.FocusReason.TabFocusReason)
    seen.append(view.action_row.copy.is_revealed)
    transcript.live_views["m0"].setFocus(Qt.FocusReason.TabFocusReason)
    assert [*seen, view.action_row.copy.is_revealed] == [False, True, False]


def test_the_tab_key_walks_through_a_message_and_on_to_the_next(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_items([*conversation(2), MessageItem("m2", "user", "Last")])
    transcript.live_views["m0"].setFocus(Qt.FocusReason.TabFocusReason)
    names = []
    for _step in range(8):
        focus = in_focus()
        names.append(focus.accessibleName().split(":")[0])
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    question = ["You", "Copy this message", "Change this question", "More actions"]
    assert names == [*question, "Answer", "Copy this message", "Answer again", "More actions"]
    assert QApplication.focusWidget() is transcript.live_views["m2"]


def test_actions_work_by_keyboard(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_items(conversation(2))
    row = transcript.live_views["m1"].action_row
    with qtbot.waitSignal(transcript.copy_requested) as told:
        QTest.keyClick(row.copy, Qt.Key.Key_Space)
    (copied,) = told.args
    assert (copied.text, copied.html) == (
        transcript.items[1].text.strip(),
        f"<p>{transcript.items[1].text.strip()}</p>\n",
    )
    with qtbot.waitSignal(transcript.regenerate_requested) as told:
        QTest.keyClick(row.again, Qt.Key.Key_Space)
    assert told.args == [RegenerateRequested("m1")]


def test_arrow_keys_go_from_message_to_message(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_items(conversation(60))
    transcript.live_views["m59"].setFocus(Qt.FocusReason.TabFocusReason)
    for _step in range(30):
        QTest.keyClick(in_focus(), Qt.Key.Key_Up)
    assert QApplication.focusWidget() is transcript.live_views["m29"]
    assert 0 <= transcript.live_views["m29"].y() < transcript.viewport().height()


def test_the_message_with_the_focus_stays_alive_while_scrolled_away(transcript: Transcript) -> None:
    transcript.set_items(conversation(300))
    view = transcript.live_views["m299"]
    view.setFocus(Qt.FocusReason.TabFocusReason)
    transcript.verticalScrollBar().setValue(0)
    assert transcript.live_views["m299"] is view
    assert QApplication.focusWidget() is view


def test_versions_are_asked_for_with_arrows(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_items([MessageItem("q", "user", "Q"), MessageItem("a", "assistant", "A", version=2, versions=3)])
    row = transcript.live_views["a"].action_row
    with qtbot.waitSignal(transcript.version_requested) as told:
        row.older.click()
    assert told.args == [VersionRequested("a", -1)]
    with qtbot.waitSignal(transcript.version_requested) as told:
        row.newer.click()
    assert told.args == [VersionRequested("a", 1)]
    transcript.update_item(MessageItem("a", "assistant", "A", version=3, versions=3))
    assert not row.newer.isEnabled()


def test_a_failed_answer_says_why_and_can_be_tried_again(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_items([MessageItem("a", "assistant", "Half", "failed", note="It failed.\nDo this.")])
    view = transcript.live_views["a"]
    words = {label.text() for label in view.status_line.findChildren(type(view.status_line.sentence))}
    assert {"It failed.", "Do this."} <= words
    with qtbot.waitSignal(transcript.retry_requested) as told:
        view.status_line.retry.click()
    assert told.args == [RetryRequested("a")]


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (MessageItem("a", "assistant", "", "streaming", note="Reading… 42 %"), "Reading… 42 %"),
        (MessageItem("a", "assistant", "Half", "stopped"), "Stopped"),
        (MessageItem("a", "assistant", "Half", "interrupted"), "Interrupted"),
        (MessageItem("a", "assistant", "Half", "length"), "Cut short"),
        (MessageItem("a", "assistant", "Half", "context"), "Cut short"),
        (MessageItem("a", "assistant", "Whole"), ""),
    ],
)
def test_what_became_of_an_answer_is_said(transcript: Transcript, item: MessageItem, words: str) -> None:
    transcript.set_items([item])
    line = transcript.live_views["a"].status_line
    assert line.sentence.text().startswith(words)
    assert line.isHidden() == (not words)
    assert line.retry.isHidden() == (item.status != "interrupted")


def test_while_an_answer_is_under_way_nothing_can_be_changed(transcript: Transcript) -> None:
    transcript.set_items(conversation(2))
    transcript.set_busy(True)
    assert [b.accessibleName() for b in transcript.live_views["m0"].action_row.shown] == [
        "Copy this message",
        "More actions",
    ]
    transcript.start_edit("m0")
    assert transcript.live_views["m0"].editor is None
    transcript.set_busy(False)
    assert transcript.live_views["m0"].action_row.edit in transcript.live_views["m0"].action_row.shown


def test_a_question_is_edited_in_place_and_sent_with_enter(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_items(conversation(2))
    with qtbot.waitSignal(transcript.edit_requested) as told:
        transcript.live_views["m0"].action_row.edit.click()
    assert told.args == [EditRequested("m0")]
    editor = transcript.live_views["m0"].editor
    assert editor is not None
    editor.edit.setPlainText("Other")
    QTest.keyClick(editor.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(editor.edit, "words")
    with qtbot.waitSignal(transcript.edit_saved) as told:
        QTest.keyClick(editor.edit, Qt.Key.Key_Return)
    (submitted,) = told.args
    assert isinstance(submitted, EditSaved)
    assert submitted.edit.message_id == "m0"
    assert "words" in submitted.edit.text
    assert transcript.live_views["m0"].editor is None


def test_escape_gives_an_edit_up(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_items(conversation(2))
    transcript.start_edit("m0")
    editor = transcript.live_views["m0"].editor
    assert editor is not None
    with qtbot.assertNotEmitted(transcript.edit_saved):
        QTest.keyClick(editor.edit, Qt.Key.Key_Escape)
    assert transcript.live_views["m0"].editor is None
    assert QApplication.focusWidget() is transcript.live_views["m0"]


def test_an_edit_under_way_survives_scrolling_and_a_new_theme(transcript: Transcript, theme: Theme) -> None:
    transcript.set_items(conversation(200))
    transcript.start_edit("m198")
    editor = transcript.live_views["m198"].editor
    assert editor is not None
    editor.edit.setPlainText("Draft")
    transcript.verticalScrollBar().setValue(0)
    theme.choose("dark")
    transcript.jump_to_end()
    kept = transcript.live_views["m198"].editor
    assert kept is not None
    assert kept.edit.toPlainText() == "Draft"


def test_a_huge_question_shows_its_beginning_and_is_copied_whole(transcript: Transcript, qtbot: QtBot) -> None:
    text = "word " * 100_000
    transcript.set_items([MessageItem("q", "user", text)])
    view = transcript.live_views["q"]
    assert view.height() < 3_000
    assert view.action_row.edit not in view.action_row.shown
    with qtbot.waitSignal(transcript.copy_requested) as told:
        view.action_row.copy.click()
    assert told.args == [CopyRequested(text)]


def turn_wheel(target: QWidget) -> bool:
    """Whether `target` takes the turn for itself. Qt hands only real turns on to the parents."""
    middle = QPointF(5, 5)
    up, no_button, no_key = QPoint(0, 120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    phase = Qt.ScrollPhase.NoScrollPhase
    turn = QWheelEvent(middle, target.mapToGlobal(middle), QPoint(), up, no_button, no_key, phase, False)
    QApplication.sendEvent(target, turn)
    return turn.isAccepted()


def test_the_wheel_scrolls_the_conversation_and_not_a_text_in_it(transcript: Transcript) -> None:
    code = MessageItem("c", "assistant", "Text\n\n```py\nx = 1\n```")
    transcript.set_items([*conversation(100), code])
    body = transcript.live_views["c"].body
    assert body is not None
    texts = [view.viewport() for view in body.findChildren(QTextEdit)]
    assert len(texts) == 2
    assert not any(turn_wheel(text) for text in texts)
    before = transcript.verticalScrollBar().value()
    assert turn_wheel(transcript.viewport())
    assert transcript.verticalScrollBar().value() < before


def test_a_new_theme_redraws_what_is_in_view(transcript: Transcript, theme: Theme) -> None:
    transcript.set_items(conversation(50))
    scroll_up(transcript, 700)
    before = top_message(transcript)
    theme.choose("dark")
    assert top_message(transcript) == before


def test_an_empty_conversation_is_no_trouble(transcript: Transcript) -> None:
    transcript.set_items([])
    transcript.resize(400, 300)
    transcript.jump_to_end()
    assert transcript.live_views == {}
    transcript.append(MessageItem("q", "user", "First"))
    assert set(transcript.live_views) == {"q"}


def test_items_that_came_before_the_first_layout_fill_the_column(theme: Theme, qtbot: QtBot) -> None:
    made = Transcript(theme)
    qtbot.addWidget(made)
    made.set_items(conversation(2))
    made.resize(900, 700)
    made.show()
    qtbot.waitExposed(made)
    answer = made.live_views["m1"]
    assert answer.body is not None
    assert answer.body.width() > 600
    assert answer.body.height() < 100
    made.close()


def test_the_column_stays_where_it_is_when_the_scroll_bar_comes(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_items(conversation(2))
    before = transcript.live_views["m1"].geometry()
    transcript.set_items(conversation(40))
    transcript.verticalScrollBar().setValue(0)
    qtbot.waitUntil(lambda: transcript.viewport().width() < transcript.width())
    after = transcript.live_views["m1"].geometry()
    assert (after.left(), after.width()) == (before.left(), before.width())


def test_an_edit_that_began_elsewhere_gives_the_focus_back(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_items(conversation(2))
    transcript.start_edit("m0")
    editor = transcript.live_views["m0"].editor
    assert editor is not None
    with qtbot.waitSignal(transcript.focus_left):
        QTest.keyClick(editor.edit, Qt.Key.Key_Escape)
    transcript.live_views["m0"].setFocus()
    transcript.start_edit("m0")
    again = transcript.live_views["m0"].editor
    assert again is not None
    with qtbot.assertNotEmitted(transcript.focus_left):
        QTest.keyClick(again.edit, Qt.Key.Key_Escape)


def covered(transcript: Transcript) -> None:
    """Messages and the line between them follow each other without a gap."""
    line = transcript.boundary_line
    parts = sorted(
        [(view.y(), view.geometry().bottom()) for view in transcript.live_views.values()]
        + ([(line.y(), line.geometry().bottom())] if line.isVisible() else [])
    )
    for (_top, bottom), (top, _bottom) in pairwise(parts):
        assert top == bottom + 1


def test_a_line_stands_where_the_models_view_begins(transcript: Transcript) -> None:
    items = conversation(12)
    transcript.set_items(items, Boundary("m8", 8))
    line = transcript.boundary_line
    assert not line.isHidden()
    assert line.geometry().bottom() + 1 == transcript.live_views["m8"].y()
    assert line.accessibleName() == "The model no longer sees what stands above"
    assert line.accessibleDescription() == "8 messages stand above."
    assert line.toggle.isHidden()
    covered(transcript)
    transcript.set_items(items)
    assert line.isHidden()
    covered(transcript)


def test_a_line_far_away_is_no_tab_stop_and_comes_back_with_its_message(transcript: Transcript) -> None:
    transcript.set_items(conversation(200), Boundary("m20", 20))
    line = transcript.boundary_line
    assert line.isHidden()
    transcript.verticalScrollBar().setValue(0)
    assert line.isHidden()
    transcript.show_boundary()
    assert line.isVisible()
    assert line.hasFocus()
    assert 0 <= line.y() < transcript.viewport().height()
    covered(transcript)


def test_the_summary_opens_below_its_line_and_what_is_read_above_stays(transcript: Transcript) -> None:
    transcript.set_items(conversation(40), Boundary("m30", 30, "They spoke of **words**.\n\n- one\n- two"))
    line = transcript.boundary_line
    transcript.verticalScrollBar().setValue(transcript.verticalScrollBar().maximum() * 3 // 4)
    y, height = line.y(), line.height()
    QTest.keyClick(line.toggle, Qt.Key.Key_Return)
    assert line.y() == y
    assert line.height() > height + 60
    assert line.toggle.accessibleName() == "Hide the summary"
    covered(transcript)
    QTest.keyClick(line, Qt.Key.Key_Space)
    assert (line.y(), line.height()) == (y, height)
    covered(transcript)


def test_the_line_is_reached_and_left_with_the_keyboard(transcript: Transcript) -> None:
    transcript.set_items(conversation(6), Boundary("m4", 4, "They spoke."))
    line = transcript.boundary_line
    line.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(line, Qt.Key.Key_Tab)
    assert line.toggle.hasFocus()
    line.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(line, Qt.Key.Key_Down)
    assert transcript.live_views["m4"].hasFocus()
    line.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(line, Qt.Key.Key_Up)
    assert transcript.live_views["m3"].hasFocus()
    transcript.live_views["m3"].action_row.shown[-1].setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(in_focus(), Qt.Key.Key_Tab)
    assert line.hasFocus()


def test_another_chat_begins_with_a_closed_line(transcript: Transcript) -> None:
    transcript.set_items(conversation(6), Boundary("m4", 4, "They spoke."))
    transcript.boundary_line.open()
    transcript.set_items(conversation(6, "n"), Boundary("n4", 4))
    transcript.set_items(conversation(6), Boundary("m4", 4, "They spoke."))
    assert not transcript.boundary_line.is_open


def test_the_question_about_a_silent_model_is_answered_at_the_message(transcript: Transcript, qtbot: QtBot) -> None:
    silent = MessageItem("a", "assistant", "", "streaming", note="Nothing for 1 minute.", is_asking=True)
    transcript.set_items([*conversation(1), silent])
    line = transcript.live_views["a"].status_line
    for button, goes_on in ((line.wait, True), (line.stop, False)):
        with qtbot.waitSignal(transcript.silence_answered) as told:
            QTest.keyClick(button, Qt.Key.Key_Return)
        assert told.args == [SilenceAnswered("a", goes_on=goes_on)]
