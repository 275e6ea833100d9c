from __future__ import annotations

import pytest

from app.spelling.words import TEXT_CHARACTERS_MAX, words_in


def texts(text: str) -> list[str]:
    return [word.text for word in words_in(text)]


def test_words_know_where_they_stand() -> None:
    text = "Why, oh why?"
    assert [text[word.start : word.end] for word in words_in(text)] == ["Why", "oh", "why"]


def test_apostrophes_stay_inside_words_and_hyphens_part_them() -> None:
    assert texts("I don't, she can’t: well-known 'quoted'") == ["don't", "she", "can’t", "well", "known", "quoted"]


@pytest.mark.parametrize(
    "skipped",
    [
        "`sometihng`",
        "``a ` b``",
        "```\nfuncton foo\n```",
        "~~~python\nimprot os\n~~~",
        "```\nnever closed",
        "https://exmaple.org/wrld",
        "www.exmaple.org",
        "somone@exmaple.org",
        "/usr/lbi",
        "C:\\Usrs",
        "snake_csae",
        "camelCsae",
        "NASAA",
        "3rdd",
        "file.ttx",
        "--verbsoe",
        "<dvi>",
        "a",
    ],
)
def test_code_addresses_and_names_of_things_are_left_alone(skipped: str) -> None:
    assert texts(f"before\n{skipped}\nafter")[:1] == ["before"]
    assert set(texts(f"before\n{skipped}\nafter")) <= {"before", "after"}


def test_prose_goes_on_after_code() -> None:
    assert texts("one `two` three\n```\nfour\n```\nfive") == ["one", "three", "five"]


def test_a_text_that_nobody_typed_is_not_checked() -> None:
    assert words_in("word " * (TEXT_CHARACTERS_MAX // 5 + 1)) == ()
