"""Find in chat: counted in all rows, marked in those that are in view."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QTextEdit
from pytestqt.qtbot import QtBot

from app.ui.chat.items import MessageItem, RowsWanted
from app.ui.chat.transcript.transcript import Transcript
from tests.ui.chat.transcript.conftest import LazyRows


class Needles(LazyRows):
    """The word stands in every hundredth row, twice."""

    def __getitem__(self, row: int) -> MessageItem:
        item = super().__getitem__(row)
        has_needle = item.is_here and row % 100 == 0
        return replace(item, text=item.text + "A Needle and a needle.") if has_needle else item


def search(transcript: Transcript, qtbot: QtBot, words: str) -> None:
    transcript.open_find()
    QTest.keyClicks(transcript.find_bar.field, words)
    qtbot.waitUntil(lambda: "…" not in count(transcript) and "+" not in count(transcript))


def count(transcript: Transcript) -> str:
    return transcript.find_bar.count.text()


def marked(transcript: Transcript) -> int:
    """How many places are marked in the messages that are widgets."""
    texts = [text for view in transcript.live_views.values() for text in view.findChildren(QTextEdit)]
    return sum(len(text.extraSelections()) for text in texts)


def test_it_counts_in_all_rows_and_goes_from_match_to_match(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_rows(Needles(2_000))
    search(transcript, qtbot, "needle")
    assert count(transcript).endswith(" of 40")
    seen = [count(transcript)]
    for _step in range(3):
        QTest.keyClick(transcript.find_bar.field, Qt.Key.Key_Return)
        seen.append(count(transcript))
    assert seen == ["1 of 40", "2 of 40", "3 of 40", "4 of 40"]
    QTest.keyClick(transcript.find_bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert count(transcript) == "3 of 40"
    assert "m100" in transcript.live_views
    assert marked(transcript) == 2


def test_the_current_match_comes_into_view_and_the_one_before_the_first_is_the_last(
    transcript: Transcript, qtbot: QtBot
) -> None:
    transcript.set_rows(Needles(2_000))
    search(transcript, qtbot, "needle")
    transcript.find_previous()
    assert count(transcript) == "40 of 40"
    view = transcript.live_views["m1900"]
    middle = view.y() + view.words.current_rect().center().y()
    assert 0 < middle < transcript.viewport().height()
    transcript.find_next()
    assert count(transcript) == "1 of 40"


def y_of_match(transcript: Transcript, id_: str) -> int:
    """Of its upper edge, in the viewport."""
    words = transcript.live_views[id_].words
    return words.mapTo(transcript.viewport(), words.current_rect().topLeft()).y()


def test_a_match_in_the_first_message_is_seen_below_the_bar(transcript: Transcript, qtbot: QtBot) -> None:
    items = [MessageItem(f"m{number}", "user" if number % 2 == 0 else "assistant", "So.") for number in range(60)]
    transcript.set_items([replace(items[0], text="A needle"), *items[1:]])
    search(transcript, qtbot, "needle")
    assert y_of_match(transcript, "m0") > transcript.find_bar.geometry().bottom()
    transcript.close_find()
    assert transcript.verticalScrollBar().value() == 0
    assert transcript.live_views["m0"].y() < 40


def test_opening_and_closing_the_bar_moves_nothing_that_is_read(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_rows(Needles(200))
    transcript.reveal("m120")
    before = transcript.live_views["m120"].y()
    transcript.open_find()
    assert transcript.live_views["m120"].y() == before
    transcript.close_find()
    assert transcript.live_views["m120"].y() == before


def test_it_begins_where_one_is_reading(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_rows(Needles(2_000))
    transcript.reveal("m1050")
    search(transcript, qtbot, "needle")
    assert "m1100" in transcript.live_views
    assert count(transcript) == "23 of 40"


def test_escape_closes_it_and_gives_the_focus_back(transcript: Transcript, qtbot: QtBot) -> None:
    composer = QLineEdit(transcript)
    composer.show()
    composer.setFocus()
    transcript.set_rows(Needles(200))
    search(transcript, qtbot, "needle")
    assert marked(transcript) > 0
    QTest.keyClick(transcript.find_bar.field, Qt.Key.Key_Escape)
    assert transcript.find_bar.isHidden()
    assert composer.hasFocus()
    assert marked(transcript) == 0


def test_words_that_are_nowhere_are_said_to_be(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_rows(Needles(200))
    search(transcript, qtbot, "haystack")
    assert count(transcript) == "Nothing found"
    assert not transcript.find_bar.next.isEnabled()
    QTest.keyClick(transcript.find_bar.field, Qt.Key.Key_Return)
    assert count(transcript) == "Nothing found"


def test_an_answer_that_is_being_written_is_searched_as_it_grows(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_rows(LazyRows(40))
    transcript.append(MessageItem("a", "assistant", "", "streaming"))
    search(transcript, qtbot, "needle")
    assert count(transcript) == "Nothing found"
    transcript.update_item(MessageItem("a", "assistant", "A needle", "streaming"))
    qtbot.waitUntil(lambda: count(transcript) == "1 of 1")
    transcript.update_item(MessageItem("a", "assistant", "A needle, another needle", "streaming"))
    qtbot.waitUntil(lambda: count(transcript) == "1 of 2")
    assert marked(transcript) == 2


def test_rows_that_are_not_here_are_asked_for_and_searched_when_they_come(transcript: Transcript, qtbot: QtBot) -> None:
    rows = Needles(1_000, here=range(900, 1_000))
    transcript.set_rows(rows)
    stretches: list[RowsWanted] = []

    def bring(wanted: RowsWanted) -> None:
        stretches.append(wanted)
        rows.here = range(min(rows.here.start, wanted.first), 1_000)
        transcript.rows_changed([rows.id_at(row) for row in range(wanted.first, wanted.last + 1)])

    transcript.rows_wanted.connect(bring, Qt.ConnectionType.QueuedConnection)
    transcript.open_find("needle")
    qtbot.waitUntil(lambda: count(transcript).endswith(" of 20"))
    assert all(wanted.last - wanted.first < 200 for wanted in stretches)


def test_a_hit_of_the_search_is_marked_without_the_bar(transcript: Transcript) -> None:
    transcript.set_rows(Needles(400))
    transcript.reveal("m200", "needle")
    assert transcript.find_bar.isHidden()
    assert marked(transcript) == 2
    transcript.set_rows(LazyRows(10, first=5_000))
    assert marked(transcript) == 0


def test_a_match_in_the_hidden_end_of_a_long_question_shows_all_of_it(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_items([MessageItem("q", "user", "word " * 3_000 + "needle")])
    bubble = transcript.live_views["q"].words.bubble
    assert bubble is not None
    seen = [bubble.is_cut]
    search(transcript, qtbot, "needle")
    assert [*seen, bubble.is_cut] == [True, False]
    assert marked(transcript) == 1


def test_f3_without_a_search_opens_the_last_one_again(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_rows(Needles(400))
    search(transcript, qtbot, "needle")
    transcript.close_find()
    transcript.find_next()
    assert transcript.find_bar.isVisible()
    qtbot.waitUntil(lambda: count(transcript).endswith(" of 8"))


def test_the_search_stays_where_it_is_when_the_branch_is_shown_anew(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_rows(Needles(2_000))
    search(transcript, qtbot, "needle")
    for _step in range(4):
        transcript.find_next()
    transcript.jump_to_end()
    transcript.set_rows(Needles(2_001))
    qtbot.waitUntil(lambda: "+" not in count(transcript))
    assert count(transcript) == "5 of 42"
    assert transcript.is_following


def test_of_several_words_that_stand_apart_the_longest_is_marked(transcript: Transcript) -> None:
    transcript.set_rows(Needles(400))
    transcript.reveal("m200", "some needle")
    assert marked(transcript) == 2


def test_escape_in_a_message_takes_the_marks_of_a_hit_away(transcript: Transcript) -> None:
    transcript.set_rows(Needles(400))
    transcript.reveal("m200", "needle")
    QTest.keyClick(transcript.live_views["m200"], Qt.Key.Key_Escape)
    assert marked(transcript) == 0
