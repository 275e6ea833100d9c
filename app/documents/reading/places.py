"""Where the words of a recognised page stand: as bytes that are stored with the part, and as rectangles.

Twelve bytes a word: characters between it and the word before, characters of its own, and its rectangle in 65,535ths of
the page. Pictures of pages that have text of their own need none of this: PDFium knows where each character stands.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from app.documents.parts import Part, Rectangle, Span, Word

_WORD: Final = struct.Struct("<HH4H")
_FINE: Final = 65_535
MAX_BYTES: Final = 50_000 * _WORD.size
_LEVEL: Final = 0.6  # of the lower one's height: so much do two on one line share
_NEAR: Final = 1.5  # times the height


def packed(words: Iterable[Word]) -> bytes:
    """Words in the order of the text. One that is further from the one before than 65,535 characters ends the row."""
    found = []
    at = 0
    for word in words:
        gap, length = word.start - at, word.end - word.start
        if not (0 <= gap <= _FINE and 0 < length <= _FINE):
            break
        box = (word.box.left, word.box.top, word.box.right, word.box.bottom)
        found.append(_WORD.pack(gap, length, *(round(min(1.0, max(0.0, value)) * _FINE) for value in box)))
        at = word.end
    return b"".join(found)[:MAX_BYTES]


def words_of(places: bytes) -> tuple[Word, ...]:
    """What was packed. Raises ValueError where that is not what it is."""
    if len(places) % _WORD.size or len(places) > MAX_BYTES:
        raise ValueError("not the places of words")
    found = []
    at = 0
    for gap, length, left, top, right, bottom in _WORD.iter_unpack(places):
        if not length or left > right or top > bottom:
            raise ValueError("not the place of a word")
        start, at = at + gap, at + gap + length
        found.append(Word(start, at, Rectangle(left / _FINE, top / _FINE, right / _FINE, bottom / _FINE)))
    return tuple(found)


def is_within(places: bytes, characters: int) -> bool:
    """Whether these are the places of words in a text so long."""
    try:
        words = words_of(places)
    except ValueError:
        return False
    return not words or words[-1].end <= characters


def stretch(span: Span, number: int, characters: int) -> tuple[int, int]:
    """What of a part so long the span covers: from, to; the same twice for nothing."""
    if not span.first <= number <= span.last:
        return 0, 0
    start = span.start if number == span.first else 0
    end = min(span.end, characters) if number == span.last else characters
    return (start, end) if start < end else (0, 0)


def marked(part: Part, span: Span) -> tuple[Rectangle, ...]:
    """Where the span's words stand on a recognised page."""
    return covered(words_of(part.places), *stretch(span, part.number, len(part.text)))


def covered(words: Iterable[Word], start: int, end: int) -> tuple[Rectangle, ...]:
    """Where the words of a stretch stand, one rectangle for each run of them on a line."""
    return joined(word.box for word in words if word.start < end and word.end > start)


def joined(boxes: Iterable[Rectangle]) -> tuple[Rectangle, ...]:
    """Neighbours on one line as one."""
    found: list[Rectangle] = []
    for box in boxes:
        if found and _is_one_line(found[-1], box):
            found[-1] = around(found[-1], box)
        else:
            found.append(box)
    return tuple(found)


def _is_one_line(one: Rectangle, other: Rectangle) -> bool:
    height = min(one.bottom - one.top, other.bottom - other.top)
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    gap = max(other.left - one.right, one.left - other.right)
    return shared >= _LEVEL * height and gap <= _NEAR * max(one.bottom - one.top, other.bottom - other.top)


def around(one: Rectangle, other: Rectangle) -> Rectangle:
    """The smallest that holds both."""
    return Rectangle(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
    )
