"""What counts as repeating words, and what does not."""

from __future__ import annotations

import pytest

from app.chat.quoting import Words

RENT = "The rent of 930 euros is due on the third working day of each month. Pets need leave."


@pytest.mark.parametrize(
    "text",
    [
        "the RENT of 930 euros is due on the third working day of each month",
        "It says that the *rent* of 930 euros is due on the third working day, so pay.",
        "- The rent of 930 euros [1] is due on the third working day of each month [2].",
        "Yes. The rent of\n930 euros is due on the third\nworking day of each month",
    ],
)
def test_the_same_words_are_found_whatever_stands_around_them(text: str) -> None:
    assert Words([RENT]).stand_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Is there anything else?",
        "The rent is due.",
        "Pets need leave.",
        "On the third working day of each week we rest.",
    ],
)
def test_words_that_anybody_says_are_nobodys(text: str) -> None:
    assert not Words([RENT]).stand_in(text)


def test_a_short_sentence_is_found_whole() -> None:
    words = Words(["The ferry leaves at nine."])
    assert words.stand_in("So: the ferry leaves at nine.") is False
    assert words.stand_in("Well. The ferry leaves at nine! Go.")


def test_scripts_without_spaces_are_words_too() -> None:
    assert Words(["每月租金九百三十欧元，应于每月第三个工作日支付。"]).stand_in(
        "合同说每月租金九百三十欧元，应于每月第三个工作日支付。"
    )


def test_what_repeats_them_is_taken_out_and_the_rest_stays_as_it_was_typed() -> None:
    words = Words([RENT])
    assert words.taken_from("My note.  The rent of 930 euros is due on the third working day of each month. Yes?") == (
        "My note. Yes?"
    )
    assert words.taken_from("Nothing of it.\n\nReally.") == "Nothing of it.\n\nReally."


def test_of_nothing_nothing_is_found() -> None:
    assert not Words([])
    assert not Words([]).stand_in(RENT)


@pytest.mark.parametrize(
    "part", ["a.b", "x!", "\n", "..a", "word ", "Another sentence says that something is so today. "]
)
def test_a_long_text_is_read_once_whatever_it_is_made_of(part: str) -> None:
    """Read once for each sentence, it would take hours."""
    text = part * (900_000 // len(part))
    words = Words([RENT])
    assert not words.stand_in(text)
    assert words.stand_in(f"{text}\n{RENT}")


def test_words_know_what_they_are_of() -> None:
    assert Words([RENT, "Yes."]).are_of(("Yes.", RENT))
    assert not Words([RENT]).are_of(("Yes.", RENT))
