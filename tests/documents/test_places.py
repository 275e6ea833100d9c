"""Where recognised words stand: as bytes and back, and as rectangles of a stretch."""

from __future__ import annotations

import pytest

from app.documents.parts import Part, Rectangle, Span, Word
from app.documents.reading.places import is_within, marked, packed, words_of

TEXT = "one two\nthree"
WORDS = (
    Word(0, 3, Rectangle(0.1, 0.1, 0.2, 0.12)),
    Word(4, 7, Rectangle(0.21, 0.1, 0.3, 0.12)),
    Word(8, 13, Rectangle(0.1, 0.2, 0.25, 0.22)),
)


def test_words_come_back_to_a_tenth_of_a_pixel() -> None:
    found = words_of(packed(WORDS))
    assert [(word.start, word.end) for word in found] == [(0, 3), (4, 7), (8, 13)]
    for word, wanted in zip(found, WORDS, strict=True):
        assert word.box.left == pytest.approx(wanted.box.left, abs=1e-5)
        assert word.box.bottom == pytest.approx(wanted.box.bottom, abs=1e-5)


def test_a_stretch_is_marked_line_by_line_and_word_by_word() -> None:
    part = Part(3, "4", TEXT, places=packed(WORDS))
    whole = marked(part, Span(2, 50, 4, 1))
    assert len(whole) == 2, "two lines, of a span that begins before this page and ends after it"
    assert whole[0].right == pytest.approx(0.3, abs=1e-4)
    (second,) = marked(part, Span(3, 5, 3, 6))
    assert second.left == pytest.approx(0.21, abs=1e-4)
    assert marked(part, Span(4, 0, 4, 5)) == ()
    assert marked(Part(0, "1", TEXT), Span(0, 0, 0, 5)) == ()


@pytest.mark.parametrize(
    "untrusted",
    [b"\0", packed(WORDS)[:-1], b"\0" * 12, packed([Word(0, 14, WORDS[0].box)]), packed(WORDS)[:-4] + b"\0\0\0\0"],
)
def test_places_that_cannot_be_are_told(untrusted: bytes) -> None:
    assert not is_within(untrusted, len(TEXT))
    assert is_within(packed(WORDS), len(TEXT))
