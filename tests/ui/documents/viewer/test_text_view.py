from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.documents.parts import Hidden, Part, Span
from app.ui.documents.viewer import text_view
from app.ui.documents.viewer.text_view import TextView
from app.ui.theme import Theme


@pytest.fixture
def view(theme: Theme, qtbot: QtBot) -> TextView:
    made = TextView(theme, parent=None)  # type: ignore[arg-type]  # alone, for a test
    qtbot.addWidget(made)
    made.resize(600, 400)
    return made


@pytest.mark.parametrize(
    "before",
    [
        "plain\n",
        "two ends\r\nof lines\r\n",
        "🦭🦭 beyond the first plane ",
        "hy\ufffephen\x02s \0 ",
        "\u2028a\ufdd0b\u2029",
    ],
)
def test_marks_hold_their_words_whatever_stands_before_them(view: TextView, before: str) -> None:
    text = f"{before}the words and more"
    view.show_part(Part(3, "4", text), "pdf", "a.pdf, page 4")
    view.mark(Span(3, len(before), 3, len(before) + len("the words")))
    assert view.marked_words() == "the words"
    assert view.accessibleName() == "a.pdf, page 4"


def test_a_passage_over_several_parts_is_marked_in_each(view: TextView) -> None:
    span = Span(1, 6, 3, 5)
    for number, marked in ((1, "ends here"), (2, "whole part"), (3, "begin"), (4, "")):
        words = {1: "where ends here", 2: "whole part", 3: "begins", 4: "after"}[number]
        view.show_part(Part(number, "", words), "text", "")
        view.mark(span)
        assert view.marked_words() == marked


def test_of_a_very_long_part_what_is_around_the_words_is_shown(view: TextView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_view, "MOST_SHOWN_CHARACTERS", 1000)
    text = "".join(f"{n:07d} word\n" for n in range(1000))
    view.show_part(Part(0, "", text), "text", "")
    assert view.is_cut
    start = text.index("0000777")
    view.mark(Span(0, start, 0, start + 12))
    assert view.marked_words() == "0000777 word"
    assert len(view.toPlainText()) == 1000


def test_markup_in_a_document_stays_text(view: TextView) -> None:
    text = '<img src="file:///etc/passwd"><a href="https://example.org">x</a>'
    view.show_part(Part(0, "", text), "html", "")
    assert view.toPlainText() == text


def test_what_a_person_would_not_see_is_underlined_with_dots(view: TextView) -> None:
    view.show_part(Part(0, "", "seen unseen", (Hidden(5, 11, "white"),)), "pdf", "")
    cursor = view.textCursor()
    for position, is_dotted in ((2, False), (8, True)):
        cursor.setPosition(position)
        style = cursor.charFormat().underlineStyle()
        assert (style == style.DotLine) is is_dotted


def ground(view: TextView) -> int:
    """How light it is behind marked words."""
    (mark,) = view.extraSelections()
    chars = mark.format
    return chars.background().color().lightness()


def test_marks_follow_the_theme(view: TextView, theme: Theme) -> None:
    view.show_part(Part(0, "", "some words"), "text", "")
    view.mark(Span(0, 0, 0, 4))
    light = ground(view)
    theme.choose("dark")
    assert ground(view) < light / 2
