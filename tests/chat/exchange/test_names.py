"""File names from titles: right on every system, and no two alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.exchange.names import file_name
from app.models.shelf.names import safe_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("How to bake?", "How to bake.md"),
        ("", "Chat.md"),
        ("...", "Chat.md"),
        ("../../etc/passwd", "etc passwd.md"),
        ("NUL", "NUL_.md"),
        ("com1.txt", "com1.txt_.md"),
        ("-rf", "rf.md"),
        ("Family 👨‍👩‍👧 day", "Family 👨👩👧 day.md"),
        ("a\u202egnp.exe", "a gnp.exe.md"),
        ("e\u0301te\u0301", "\u00e9t\u00e9.md"),
    ],
)
def test_a_title_becomes_a_name(title: str, name: str) -> None:
    assert file_name(title, "md", set()) == name


@given(st.lists(st.text(max_size=300), max_size=6))
def test_every_name_is_safe_and_no_two_are_the_same_anywhere(titles: list[str]) -> None:
    taken: set[str] = set()
    names = [safe_name(file_name(title, "json", taken)) for title in titles]
    assert len({name.casefold() for name in names}) == len(titles)
