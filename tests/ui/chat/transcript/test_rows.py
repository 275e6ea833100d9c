"""Rows that are made when they are asked for, and rows whose words are still being read."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.chat.items import MessageItem, RowsWanted
from app.ui.chat.transcript.transcript import Transcript
from app.ui.theme import Theme
from tests.ui.chat.transcript.conftest import WORDS, LazyRows


def has(found: list[RowsWanted], count: int) -> bool:
    return len(found) == count


def top_message(transcript: Transcript) -> tuple[str, int]:
    """The first message in view and how far it is from the upper edge."""
    y, id_ = min((view.y(), id_) for id_, view in transcript.live_views.items() if view.y() + view.height() > 0)
    return id_, y


def test_of_ten_thousand_rows_only_those_in_view_are_asked_for(transcript: Transcript) -> None:
    rows = LazyRows(10_000)
    transcript.set_rows(rows)
    assert min(rows.asked) > 9_950
    rows.asked.clear()
    transcript.update_item(MessageItem("m9999", "assistant", WORDS * 20, "streaming"))
    transcript.resize(700, 1_400)
    assert all(row > 9_950 for row in rows.asked)
    transcript.verticalScrollBar().setValue(transcript.verticalScrollBar().maximum() // 2)
    assert len(set(rows.asked)) < 60
    assert len(transcript.live_views) < 25


def test_rows_that_are_not_here_are_asked_for_once(transcript: Transcript, qtbot: QtBot) -> None:
    rows = LazyRows(1_000, here=range(980, 1_000))
    transcript.set_rows(rows)
    asked: list[RowsWanted] = []
    transcript.rows_wanted.connect(asked.append)
    transcript.verticalScrollBar().setValue(transcript.verticalScrollBar().maximum() // 2)
    qtbot.waitUntil(lambda: bool(asked))
    assert 0 < asked[0].first <= asked[0].last < 980
    assert asked[0].last - asked[0].first < 30
    transcript.resize(890, 700)
    transcript.place()
    qtbot.wait(100)
    seen = range(asked[0].first, asked[0].last + 1)
    assert all(not (again.first in seen and again.last in seen) for again in asked[1:])


def test_words_that_came_take_the_place_of_the_bars_and_what_is_read_stays(transcript: Transcript) -> None:
    rows = LazyRows(200, here=range(0))
    transcript.set_rows(rows)
    transcript.verticalScrollBar().setValue(5_000)
    before = top_message(transcript)[0]
    assert transcript.live_views[before].body is None
    rows.here = range(200)
    transcript.rows_changed(tuple(transcript.live_views))
    assert top_message(transcript)[0] == before
    assert transcript.live_views[before].item.text.startswith("Row ")
    assert all(view.item.is_here for view in transcript.live_views.values())


def test_a_row_out_of_view_is_asked_for_again_when_it_comes_back(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_rows(LazyRows(1_000, here=range(900, 1_000)))
    asked: list[RowsWanted] = []
    transcript.rows_wanted.connect(asked.append)
    for count in (1, 2):
        transcript.verticalScrollBar().setValue(3_000)
        qtbot.waitUntil(partial(has, asked, count))
        transcript.jump_to_end()
    assert asked[0] == asked[1]


def test_a_message_without_words_yet_can_have_the_focus_and_keeps_it(transcript: Transcript) -> None:
    rows = LazyRows(30, here=range(0))
    transcript.set_rows(rows)
    transcript.focus_message(-1)
    view = transcript.live_views["m29"]
    assert view.hasFocus()
    assert view.accessibleName() == "Message 30 of 30. Answer: not read yet"
    rows.here = range(30)
    transcript.rows_changed(["m29"])
    assert view.hasFocus()
    assert view.accessibleName().startswith("Message 30 of 30. Answer: Row 29: ")
    QTest.keyClick(view, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is view.action_row.copy


def test_rows_that_arrive_above_move_nothing(transcript: Transcript) -> None:
    transcript.set_rows(LazyRows(100, first=100))
    transcript.verticalScrollBar().setValue(2_000)
    before = top_message(transcript)
    transcript.set_rows(LazyRows(200))
    assert top_message(transcript) == before
    assert not transcript.is_following


def test_the_branch_of_another_version_keeps_what_was_read_above_it(transcript: Transcript) -> None:
    transcript.set_rows(LazyRows(100))
    transcript.verticalScrollBar().setValue(transcript.verticalScrollBar().maximum() // 2)
    before = int(top_message(transcript)[0].removeprefix("m"))
    transcript.set_rows(LazyRows(before))
    assert f"m{before - 1}" in transcript.live_views


def test_a_new_text_size_keeps_the_place(transcript: Transcript, theme: Theme) -> None:
    transcript.set_rows(LazyRows(300))
    transcript.verticalScrollBar().setValue(7_000)
    before, _y = top_message(transcript)
    theme.set_text_percent(150)
    assert top_message(transcript)[0] == before
    theme.set_text_percent(100)
    assert top_message(transcript)[0] == before


def test_new_words_below_put_a_dot_on_the_jump_button(transcript: Transcript) -> None:
    transcript.set_rows(LazyRows(100))
    transcript.append(MessageItem("a", "assistant", "", "streaming"))
    transcript.verticalScrollBar().setValue(1_000)
    seen = [transcript.jump_button.is_unread]
    transcript.update_item(MessageItem("a", "assistant", WORDS, "streaming"))
    seen.append(transcript.jump_button.is_unread)
    assert transcript.jump_button.accessibleDescription() == "There are new words below."
    transcript.jump_button.click()
    assert [*seen, transcript.jump_button.is_unread] == [False, True, False]


def test_a_later_state_of_the_rows_counts_more_than_what_was_told(transcript: Transcript) -> None:
    rows = LazyRows(10)
    transcript.set_rows(rows)
    transcript.update_item(MessageItem("m9", "assistant", "Told", "streaming"))
    assert transcript.live_views["m9"].item.text == "Told"
    transcript.rows_changed(["m9"])
    assert transcript.live_views["m9"].item.text.startswith("Row 9")
