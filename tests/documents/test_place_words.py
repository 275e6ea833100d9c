"""Where a source stands, as a person would say it."""

from __future__ import annotations

import pytest

from app.documents.places import place_words


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("L1–L3", "lines 1–3"),
        ("L7–L7", "line 7"),
        ("L1–L1240", "lines 1–1,240"),
        ("Scope", "part Scope"),
        ("", "part 5"),
    ],
)
def test_a_stretch_of_a_file_without_pages_is_named_by_its_lines(label: str, said: str) -> None:
    assert place_words("section", label, 4) == said


def test_a_page_keeps_its_own_label() -> None:
    assert place_words("page", "L1–L3", 0) == "page L1–L3"
