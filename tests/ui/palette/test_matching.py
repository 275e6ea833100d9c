from __future__ import annotations

import pytest

from app.ui.palette.matching import Command, find, folded, prepare

COMMANDS = prepare(
    [
        Command("new", "New chat", "Chats"),
        Command("next", "Next chat", "Chats"),
        Command("bench", "Bench", "Window"),
        Command("search", "Search in all chats", "Chats"),
        Command("size", "Text size", "Settings", detail="In percent"),
        Command("cafe", "Café in Zürich", "Chats"),
        Command("cjk", "日本語の文", "Chats"),
    ]
)


def ids(words: str, recent: tuple[str, ...] = ()) -> list[str]:
    return [match.command.id for match in find(words, COMMANDS, recent)]


def test_without_words_everything_is_there_in_its_order() -> None:
    assert ids("  ") == ["new", "next", "bench", "search", "size", "cafe", "cjk"]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("chat new", "new"),
        ("nc", "new"),
        ("siac", "search"),
        ("perc", "size"),
        ("settings", "size"),
        ("CAFE zurich", "cafe"),
        ("本語", "cjk"),
        ("srch", "search"),
    ],
)
def test_words_are_found_in_any_order_as_initials_aside_and_without_accents(words: str, first: str) -> None:
    assert ids(words)[0] == first


def test_every_word_has_to_be_found() -> None:
    assert ids("chat zebra") == []


def test_the_start_of_a_word_goes_before_its_inside() -> None:
    assert ids("n")[:2] == ["new", "next"]
    assert ids("en").index("bench") >= 0


def test_what_was_chosen_lately_goes_first_among_equals() -> None:
    assert ids("chat")[0] == "new"
    assert ids("chat", ("next",))[0] == "next"


def test_what_was_typed_is_marked_where_it_stands() -> None:
    label = COMMANDS[5].command.label
    (match,) = (match for match in find("zur caf", COMMANDS) if match.command.id == "cafe")
    assert [label[start:end] for start, end in match.marks] == ["Caf", "Zür"]


def test_folding_keeps_one_letter_for_each() -> None:
    for text in ("Straße", "ﬁne", "İstanbul", "日本", "👩‍🚀", "é"):
        assert len(folded(text)) == len(text)
