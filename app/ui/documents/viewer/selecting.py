"""Words of pages selected with the mouse and the keys, word by word: the same for text that a file has itself and for
text that was recognised. A selection is kept as places in the text, so that it outlives pictures and their sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QPointF, QRectF

from app.documents.parts import Rectangle, Span, Word
from app.documents.reading.places import covered, stretch
from app.frozen import dataclass
from app.ui.documents.viewer.paper import mark_rect

Way = Literal["on", "back", "up", "down"]
_ASIDE = 4.0  # a word on the same line is nearer than one above it, however far it is: columns are no wider
_REACH_PX = 3.0  # around a word that still is the word
_TO_THE_END = 2**31


@dataclass(frozen=True, slots=True)
class Spot:
    """A word: its page and its place in that page's text."""

    page: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Selection:
    """From the word where it began to the one where it is now, both included, whichever comes first."""

    anchor: Spot
    head: Spot

    @property
    def span(self) -> Span:
        first, last = sorted((self.anchor, self.head), key=lambda spot: (spot.page, spot.start))
        return Span(first.page, first.start, last.page, last.end)

    def boxes(self, page: int, words: Sequence[Word]) -> tuple[Rectangle, ...]:
        """Where it stands on a page with these words."""
        return covered(words, *stretch(self.span, page, _TO_THE_END))


def hit(page: int, words: Sequence[Word], place: QRectF, point: QPointF) -> Spot | None:
    """The word at a point of the view, on a page that lies at `place`."""
    reach = (-_REACH_PX, -_REACH_PX, _REACH_PX, _REACH_PX)
    at = next((word for word in words if mark_rect(place, word.box).adjusted(*reach).contains(point)), None)
    return None if at is None else Spot(page, at.start, at.end)


def nearest(page: int, words: Sequence[Word], place: QRectF, point: QPointF) -> Spot | None:
    """The word that a point between words means: one on its line before one that is nearer, above or below."""

    def distance(word: Word) -> float:
        box = mark_rect(place, word.box)
        aside = max(box.left() - point.x(), point.x() - box.right(), 0.0)
        apart = max(box.top() - point.y(), point.y() - box.bottom(), 0.0)
        return aside + _ASIDE * apart

    at = min(words, key=distance, default=None)
    return None if at is None else Spot(page, at.start, at.end)


def moved(spot: Spot, way: Way, words_of: Callable[[int], Sequence[Word]]) -> Spot:
    """The word after it, before it, or on the line above or below; itself where there is none."""
    words = words_of(spot.page)
    at = next((number for number, word in enumerate(words) if word.start == spot.start), -1)
    if at < 0:
        return spot
    if way in ("on", "back"):
        return _beside(spot, at + (1 if way == "on" else -1), words_of)
    own = words[at].box
    middle, high = (own.left + own.right) / 2, own.bottom - own.top
    others = [
        word
        for word in words
        if (word.box.top - own.top > high / 2 if way == "down" else own.top - word.box.top > high / 2)
    ]

    def distance(word: Word) -> float:
        aside = max(word.box.left - middle, middle - word.box.right, 0.0)
        return _ASIDE * abs(word.box.top - own.top) + aside

    found = min(others, key=distance, default=None)
    return spot if found is None else Spot(spot.page, found.start, found.end)


def _beside(spot: Spot, at: int, words_of: Callable[[int], Sequence[Word]]) -> Spot:
    """The word with this number, also where that leads over the edge of the page."""
    page, words = spot.page, words_of(spot.page)
    if not 0 <= at < len(words):
        page += 1 if at > 0 else -1
        words = words_of(page)
        at = 0 if page > spot.page else len(words) - 1
    return Spot(page, words[at].start, words[at].end) if words else spot
