from __future__ import annotations

import pytest

from app.documents.parts import Kind
from app.ui.documents.viewer.lines import is_mono, styled


def roles(text: str, kind: Kind) -> list[tuple[str, str]]:
    return [(text[line.start : line.end], line.role) for line in styled(text, kind)]


def test_headings_of_markdown_are_bold_and_its_code_is_not_taken_for_one() -> None:
    text = "# Rent\n\nDue soon.\n\n```\n# no heading\n```\nNo #hash either."
    assert roles(text, "markdown") == [
        ("# Rent", "heading"),
        ("```", "mono"),
        ("# no heading", "mono"),
        ("```", "mono"),
    ]


def test_rows_of_a_table_are_in_letters_of_one_width() -> None:
    assert roles("Item | Price\nTea | 2", "docx") == [("Item | Price", "mono"), ("Tea | 2", "mono")]


def test_a_short_line_that_stands_alone_before_a_paragraph_is_a_heading() -> None:
    text = "Rights of the buyer\n\nThe buyer may send it back.\n\n- one\n\nShort sentence.\n\nLast words"
    assert roles(text, "docx") == [("Rights of the buyer", "heading")]


@pytest.mark.parametrize("kind", ["pdf", "mail", "text"])
def test_kinds_whose_empty_lines_say_nothing_have_no_such_headings(kind: Kind) -> None:
    assert roles("Rights\n\nThe buyer may.", kind) == []


def test_code_is_shown_in_letters_of_one_width() -> None:
    kinds: tuple[Kind, ...] = ("code", "json", "csv", "docx", "pdf")
    assert [kind for kind in kinds if is_mono(kind)] == ["code", "json", "csv"]
