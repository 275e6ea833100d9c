from __future__ import annotations

import pytest

from app import text
from app.chat.templates import MOST_NAME_CHARACTERS, built_in, filled, free_name, is_name_free, tidy, variables


def test_only_names_in_braces_are_variables() -> None:
    words = "{a} {b_2} {} {1} {a b} {{x}} {größe} {a}"
    assert variables(words) == ("a", "b_2", "x", "größe")
    assert filled(words, {"a": "{b_2}"}) == "{b_2} {b_2} {} {1} {a b} {{x}} {größe} {b_2}"


@pytest.mark.parametrize("language", ["en", text.PSEUDO, "de", "es", "fr"])
def test_the_built_in_library_can_be_typed_and_told_apart_in_every_language(language: str) -> None:
    before = text.language()
    text.use([language])
    try:
        library = built_in()
    finally:
        text.use([before])
    assert len(library) >= 10
    assert len({template.id for template in library}) == len(library)
    assert len({template.name.casefold() for template in library}) == len(library)
    for template in library:
        assert template.is_built_in
        assert template.text.strip()
        if language != text.PSEUDO:
            assert template.name == tidy(template.name), "it is typed as it stands"
            assert len(template.name) <= MOST_NAME_CHARACTERS


def test_the_variables_of_the_library_are_asked_for() -> None:
    asked = {template.id: variables(template.text) for template in built_in()}
    assert asked["built-in/translate"] == ("language",)
    assert asked["built-in/rewrite"] == ("tone",)
    assert asked["built-in/summarise"] == ()


def test_names_are_told_apart_as_they_are_typed() -> None:
    assert not is_name_free(" LETTER  to mum", ["Letter to Mum"])
    assert is_name_free("Letter to Dad", ["Letter to Mum"])
    assert free_name("Letter", ["letter", "Letter (2)"]) == "Letter (3)"


def test_a_numbered_name_is_as_short_as_any_other() -> None:
    long = "x" * MOST_NAME_CHARACTERS
    again = free_name(long, [long])
    assert again.endswith(" (2)")
    assert len(again) == MOST_NAME_CHARACTERS
