"""Which words a text is found by, what a search means, and where its words stand."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.store.words import MAX_QUERY_CHARACTERS, Finder, beginning, match_of, terms_of
from app.words import folded, words_of


def marked(query: str, text: str) -> list[str]:
    found = Finder(terms_of(query)).snippet(text)
    assert found is not None
    snippet, marks = found
    return [snippet[start:end] for start, end in marks]


@given(st.text())
def test_folding_keeps_every_character_in_its_place(text: str) -> None:
    assert len(folded(text)) == len(text)
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(
    ("query", "match"),
    [
        ("llama", '"llama" *'),
        ("Llamas in Peru", '"llamas" AND "in" AND "peru" *'),
        ('"in Peru" llama', '"in peru" AND "llama" *'),
        ('llama "in Peru"', '"llama" AND "in peru"'),
        ('llama "in Per', '"llama" AND "in per" *'),
        ("don't", '"don t"'),
        ("a", '"a"'),
        ("AND OR NOT NEAR(x y)", '"and" AND "or" AND "not" AND "near x" AND "y"'),
        ("c* -x said:y ^z col:*", '"c" AND "x" AND "said y" AND "z" AND "col" *'),
        ("été", '"ete" *'),
        ("e\u0301te\u0301", '"ete" *'),
        ("你好", '"你 好"'),
        ("サッカー好き", '"サ ッ カ ー 好 き"'),
        ("GPT模型x2", '"gpt 模 型 x2" *'),
        ("ΣΊΣΥΦΟΣ", '"σισυφοσ" *'),
        ("İstanbul", '"istanbul" *'),
    ],
)
def test_a_search_becomes_words_and_phrases_and_nothing_else(query: str, match: str) -> None:
    assert match_of(terms_of(query)) == match


@pytest.mark.parametrize("query", ["", "   ", '"', '""', "*", "-", ":", "…", '" - "', "\0", "\ud83e", "🦙"])
def test_a_search_without_words_is_none(query: str) -> None:
    assert terms_of(query) == ()


def test_an_endless_search_is_cut() -> None:
    assert len(match_of(terms_of("word " * 100_000))) < MAX_QUERY_CHARACTERS


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("ete", "L'été dernier", ["été"]),
        ("été", "L'ete dernier, ÉTÉ", ["ete", "ÉTÉ"]),
        ("ete", unicodedata.normalize("NFD", "L'été!"), [unicodedata.normalize("NFD", "été")]),
        ("tude", unicodedata.normalize("NFD", "étude tude"), ["tude"]),
        ("inter", "internationally, winter", ["inter"]),
        ('"inter"', "internationally, inter", ["inter"]),
        ("llama peru", "🦙🦙 a llama 👩‍👩‍👧 in Peru", ["llama", "Peru"]),
        ('"in peru"', "llamas in\n\n**Peru**", ["in **Peru"]),
        ("世界", "你好世界!", ["世界"]),
        ("カ", "サッカー", ["カ"]),
        ("한국", "한국어로", ["한국"]),
        ("straße", "Die STRASSE, die Straße", ["Straße"]),
        ("ελλαδα", "Η Ελλάδα", ["Ελλάδα"]),
        ("cafe\u0301", "CAFÉ", ["CAFÉ"]),
    ],
)
def test_marks_stand_on_the_words_that_were_found(query: str, text: str, found: list[str]) -> None:
    assert marked(query, text) == found


def test_a_snippet_is_one_short_line_around_the_first_match() -> None:
    text = "before " * 50 + "\n\n```\n\tneedle  here\n```\n" + "after " * 50
    found = Finder(terms_of("needle")).snippet(text)
    assert found is not None
    snippet, ((start, end),) = found
    assert snippet.startswith("…before")
    assert snippet.endswith("after…")
    assert "``` needle here ``` after" in snippet
    assert (snippet[start:end], len(snippet) <= 160, "\n" in snippet) == ("needle", True, False)


def test_a_match_far_inside_a_long_text_is_found() -> None:
    for place in (65_530, 65_536, 200_001):
        text = "x" * (place - 1) + " two\u0301 words " + "y" * 100_000
        assert marked('"two words"', text) == ["two\u0301 words"]
    assert Finder(terms_of("needle")).snippet("hay " * 100_000) is None


def test_a_snippet_never_begins_or_ends_inside_of_a_character() -> None:
    family, flag, accent = "👩‍👩‍👧", "🇩🇪", "e\u0301"
    for unit in (family, flag, accent, "👍🏽"):
        for shift in range(8):
            found = Finder(terms_of("needle")).snippet("x" * shift + unit * 40 + "-needle-" + unit * 80)
            assert found is not None
            around = found[0].strip("…").replace("x", "").split("-needle-")
            assert around[0].replace(unit, "") == around[1].replace(unit, "") == ""


@given(st.text(), st.text())
def test_any_search_in_any_text_gives_marks_inside_its_snippet(query: str, text: str) -> None:
    terms = terms_of(query)
    found = Finder(terms).snippet(text) if terms else None
    if found is not None:
        snippet, marks = found
        assert all(0 <= start < end <= len(snippet) for start, end in marks)
    assert len(beginning(text)) <= 162
    assert "\0" not in words_of(text)


def found(text: str, query: str) -> tuple[str, list[str]]:
    """The snippet of a message and what is marked in it."""
    shown = Finder(terms_of(query)).snippet(text, is_message=True)
    assert shown is not None
    return shown[0], [shown[0][begin:end] for begin, end in shown[1]]


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("## The **rate** of `interest`", "The rate of interest"),
        ("- [x] the _rate_\n- [the bank](https://example.org)", "the rate the bank"),
        ("| Year | Rate |\n|---|---:|\n| 1 | 5 % |", "Year · Rate 1 · 5 %"),
        (r"The rate is \(\frac{r}{100}\), with \(\alpha \leq 2\).", "The rate is r/100, with α ≤ 2."),
        (r"$$\text{rate} = \sqrt{x}$$", "rate = √x"),
        ("> the rate[^1]\n\n```python\nrate = 2\n```", "the rate rate = 2"),
        ("<think>\nThe rate is asked.\n</think>", "The rate is asked."),
        ("It costs $5 or $6, 2 * 3 * rate, snake_case_rate", "It costs $5 or $6, 2 * 3 * rate, snake_case_rate"),
    ],
)
def test_a_hit_in_a_message_is_shown_as_it_reads(source: str, read: str) -> None:
    line, marked = found(source, "rate")
    assert line == read
    assert {word.lower() for word in marked} == {"rate"}


def test_a_hit_in_what_is_not_read_is_shown_as_it_was_written() -> None:
    assert found(r"So $\frac{a}{b}$ it is", "frac") == (r"So $\frac{a}{b}$ it is", ["frac"])
    assert found("See [the bank](https://example.org/rates)", "rates")[1] == ["rates"]


def test_marks_of_names_and_files_stay() -> None:
    shown = Finder(terms_of("rate")).snippet("# rate_table = `rate`")
    assert shown is not None
    assert shown[0] == "# rate_table = `rate`"
