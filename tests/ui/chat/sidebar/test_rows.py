from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from app.ui.chat.items import ChatEntry, FolderEntry
from app.ui.chat.sidebar.rows import (
    ARCHIVE,
    ArchiveRow,
    FolderRow,
    Heading,
    HitEntry,
    MoreRow,
    Row,
    around_mark,
    arrange,
    by_day,
    day_heading,
    results,
    when,
)

NOW = datetime(2026, 11, 21, 9, 30)  # noqa: DTZ001  # local time, as people read it
TODAY = NOW.date()
FOLDERS = (FolderEntry("f", "Contracts"), FolderEntry("g", "Recipes"))


def chat(id_: str, days: int = 0, **more: bool | str) -> ChatEntry:
    return ChatEntry(id_, id_.title(), NOW - timedelta(days=days), **more)  # type: ignore[arg-type] # of any field


def hit(snippet: str, *marks: tuple[int, int]) -> HitEntry:
    return HitEntry("c", "m", "Title", snippet, marks, NOW, 1, is_question=True)


def ids(rows: list[Row]) -> list[str]:
    return [row.text if isinstance(row, Heading) else row.id for row in rows]


@pytest.mark.parametrize(
    ("day", "heading"),
    [
        (date(2026, 11, 22), "Today"),
        (date(2026, 11, 21), "Today"),
        (date(2026, 11, 20), "Yesterday"),
        (date(2026, 11, 19), "Previous 7 days"),
        (date(2026, 11, 14), "Previous 7 days"),
        (date(2026, 11, 13), "Previous 30 days"),
        (date(2026, 10, 22), "Previous 30 days"),
        (date(2026, 10, 21), "October"),
        (date(2026, 1, 1), "January"),
        (date(2025, 12, 31), "2025"),
        (date(2019, 6, 1), "2019"),
    ],
)
def test_days_months_and_years_have_the_headings_people_use(day: date, heading: str) -> None:
    assert day_heading(day, TODAY) == heading


def test_in_january_last_december_is_still_the_previous_days() -> None:
    assert day_heading(date(2025, 12, 20), date(2026, 1, 3)) == "Previous 30 days"


def test_midnight_moves_a_chat_to_yesterday() -> None:
    late = ChatEntry("a", "Late", datetime(2026, 11, 20, 23, 59))  # noqa: DTZ001  # local time
    assert by_day([late], date(2026, 11, 20))[0] == Heading("Today")
    assert by_day([late], date(2026, 11, 21))[0] == Heading("Yesterday")


def test_pinned_chats_come_first_then_folders_then_days_then_the_archive() -> None:
    entries = [chat("new"), chat("kept", is_pinned=True), chat("in", folder_id="f"), chat("away", 3, is_archived=True)]
    assert ids(arrange(entries, FOLDERS, TODAY, ())) == [
        *("Pinned", "kept"),
        *("Folders", "folder/f", "folder/g"),
        *("Today", "new"),
        "archive/",
    ]


def test_an_open_folder_shows_its_chats_and_every_folder_counts_them() -> None:
    rows = arrange([chat("a", folder_id="f"), chat("b", 1, folder_id="f", is_busy=True)], FOLDERS, TODAY, {"f"})
    assert ids(rows) == ["Folders", "folder/f", "a", "b", "folder/g"]
    assert rows[1] == FolderRow(FOLDERS[0], 2, is_open=True, is_busy=True)
    assert rows[4] == FolderRow(FOLDERS[1], 0, is_open=False)


def test_the_open_archive_shows_what_is_in_it() -> None:
    rows = arrange([chat("a", is_archived=True, is_pinned=True, folder_id="f")], (), TODAY, {ARCHIVE})
    assert rows == [ArchiveRow(1, is_open=True), chat("a", is_archived=True, is_pinned=True, folder_id="f")]


def test_a_pinned_chat_of_a_folder_is_listed_once() -> None:
    assert ids(arrange([chat("a", is_pinned=True, folder_id="f")], FOLDERS, TODAY, {"f"})).count("a") == 1


def test_a_chat_whose_folder_is_unknown_is_among_the_days() -> None:
    assert ids(arrange([chat("a", folder_id="gone")], FOLDERS, TODAY, ()))[-2:] == ["Today", "a"]


def test_results_are_names_then_messages_and_ways_to_more_of_both() -> None:
    names = [chat("a"), chat("b"), chat("c")]
    rows = results(names, [hit("x")], names_shown=2, has_more_hits=True)
    assert ids(rows) == ["Names", "a", "b", "more/names", "Messages", "hit/m", "more/hits"]
    assert isinstance(rows[-1], MoreRow)


def test_a_snippet_begins_near_its_first_mark_and_the_marks_move_along() -> None:
    snippet = "several words that stand before the one that was looked for, and some after"
    left = snippet.index("looked")
    words, marks = around_mark(hit(snippet, (left, left + 6)), 12)
    assert words.startswith("…that was looked for")
    assert [words[a:b] for a, b in marks] == ["looked"]


def test_a_snippet_whose_mark_is_near_stays_as_it_is() -> None:
    assert around_mark(hit("one two", (4, 7)), 12) == ("one two", ((4, 7),))


def test_one_word_longer_than_all_room_is_cut_before_its_mark() -> None:
    words, marks = around_mark(hit("x" * 50 + "mark", (50, 54)), 12)
    assert words == "…" + "x" * 12 + "mark"
    assert [words[a:b] for a, b in marks] == ["mark"]


@pytest.mark.parametrize(
    ("days", "said"), [(0, "09:30"), (1, "20 Nov"), (320, "5 Jan"), (321, "4 Jan"), (400, "Oct 2025")]
)
def test_when_is_said_in_few_characters(days: int, said: str) -> None:
    assert when(NOW - timedelta(days=days), TODAY) == said
