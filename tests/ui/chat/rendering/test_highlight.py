from __future__ import annotations

from app.ui.chat.rendering.highlight import Span, highlight, stable_line


def test_each_line_has_its_own_spans() -> None:
    lines = highlight('def f():\n    return "x"', "python")
    assert lines[0][0] == Span(0, 3, "code_keyword")
    assert Span(11, 3, "code_string") in lines[1] or any(span.color == "code_string" for span in lines[1])


def test_a_string_over_two_lines_is_coloured_on_both() -> None:
    first, second = highlight('"""a\nb"""', "python")
    assert first[0].color == second[0].color == "code_string"


def test_an_unknown_language_has_no_colours() -> None:
    assert highlight("a\nb", "no-such-language") == [[], []]
    assert highlight("a", "") == [[]]


def test_places_are_counted_as_qt_counts_them() -> None:
    (spans,) = highlight('"🙂" # x', "python")
    assert next(span for span in spans if span.color == "code_comment").start == 5


def test_growing_code_is_coloured_again_from_its_last_calm_line() -> None:
    assert stable_line("a = 1\n\nb = 2\n    c") == 2
    assert stable_line("def f():\n\n    x") == 0
