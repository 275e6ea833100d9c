"""Running heads and feet of a PDF: the line that stands at the same place of most pages, and the number of the page.

They are no part of any passage, and would make every page look like every other; so they stay in the text that is
shown, and out of the chunks that are indexed. The rule is a careful one: a line must be set apart from the body, be no
larger than it, and return at its height with the same words (beside a number that counts the pages). The first page
that has it keeps it, so that its words are found.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

SAMPLE_MAX: Final = 12  # looking at a page takes a third of the time of reading it
_PAGES_MIN: Final = 5  # in fewer, what is said twice may be meant twice
_SHARE, _SHARE_OF_A_SIDE = 0.6, 0.8  # of the sampled pages; of the left or the right ones, where only those have it
_EDGE: Final = 0.15  # of the height: where heads and feet are
_APART: Final = 1.25  # times the usual distance between lines
_LARGER: Final = 1.1  # than the usual size: a title
_LEVEL: Final = 4.0  # points
_CHARACTERS_MAX: Final = 150
_OF: Final = r"\s*(?:of|von|de|sur|/)\s*\d{1,4}"
_NUMBER: Final = re.compile(rf"^\W*(\d{{1,4}})(?!\d)(?:{_OF})?|(?<!\d)(\d{{1,4}})(?:{_OF})?\W*$")  # "7", "7 of 20"
_PAGE_WORDS: Final = re.compile(r"\W*(?:page|pagina|página|seite|p|s)?\W*")


class Line(NamedTuple):
    """A line of a page: its words, how far down its base is (in points from the page's upper edge), and the size of its
    letters."""

    text: str
    down: float
    size: float


class _Key(NamedTuple):
    """What is the same about a line on each page that has it."""

    is_top: bool
    words: str
    offset: int | None  # of the number in it, from that of the page

    @property
    def is_number(self) -> bool:
        return self.offset is not None and _PAGE_WORDS.fullmatch(self.words) is not None


def sampled(pages: int) -> tuple[int, ...]:
    """Pages to be looked at, in pairs of left and right; none where there are too few for a rule."""
    if pages < _PAGES_MIN:
        return ()
    if pages <= SAMPLE_MAX:
        return tuple(range(pages))
    pairs = SAMPLE_MAX // 2
    firsts = [round(number * (pages - 2) / (pairs - 1)) for number in range(pairs)]
    return tuple(sorted({page for first in firsts for page in (first, first + 1)}))


class Running:
    """What runs through a document, by its sampled pages; then asked about each page, in order."""

    def __init__(self, samples: Iterable[tuple[int, float, Sequence[Line]]]) -> None:
        """Each: the page's number, its height in points, and its lines."""
        self._downs: dict[_Key, float] = {}
        self._kept: dict[_Key, int] = {}  # the page that keeps it
        found: dict[_Key, dict[int, float]] = {}
        pages = set()
        for page, height, lines in samples:
            pages.add(page)
            for line in _edges(lines, page, height):
                found.setdefault(_key(line, page, height), {})[page] = line.down
        for key, downs in found.items():
            level = sorted(downs.values())[len(downs) // 2]
            level_pages = {page for page, down in downs.items() if abs(down - level) <= _LEVEL}
            if _is_running(level_pages, pages):
                self._downs[key] = level

    @property
    def is_any(self) -> bool:
        return bool(self._downs)

    def among(self, page: int, height: float, lines: Sequence[Line]) -> frozenset[int]:
        """Which of a page's lines (their places in `lines`) are left out. Never all of them."""
        out = set()
        for place, line in enumerate(lines):
            if not _is_at_edge(line, height):
                continue
            key = _key(line, page, height)
            level = self._downs.get(key)
            if level is None or abs(line.down - level) > _LEVEL:
                continue
            if key.is_number or self._kept.setdefault(key, page) != page:
                out.add(place)
        return frozenset(out) if len(out) < len(lines) else frozenset()


def _is_running(level_pages: set[int], pages: set[int]) -> bool:
    least = _PAGES_MIN - 1
    if len(level_pages) >= max(least, _SHARE * len(pages)):
        return True
    sides = [{page for page in pages if page % 2 == side} for side in (0, 1)]
    return any(len(level_pages & side) >= max(least, _SHARE_OF_A_SIDE * len(side)) for side in sides)


def _is_at_edge(line: Line, height: float) -> bool:
    return len(line.text) <= _CHARACTERS_MAX and (line.down <= _EDGE * height or line.down >= (1 - _EDGE) * height)


def _edges(lines: Sequence[Line], page: int, height: float) -> list[Line]:
    """The lines that could be a head or a foot: at an edge, set apart from the body, and no larger than it if they are
    more than a number."""
    if len(lines) < 3:
        return []
    rows = sorted(lines, key=lambda line: line.down)
    gaps = sorted(gap for gap in (b.down - a.down for a, b in itertools.pairwise(rows)) if gap > 1)
    if not gaps:
        return []
    usual_gap, usual_size = gaps[(len(gaps) - 1) // 2], sorted(line.size for line in rows)[len(rows) // 2]
    found = []
    for ordered, sign in ((rows, 1), (rows[::-1], -1)):
        first = ordered[0].down
        row = [line for line in ordered if abs(line.down - first) <= 1]  # a number and a title may share it
        body = next((line.down for line in ordered if abs(line.down - first) > 1), None)
        if body is not None and sign * (body - first) >= _APART * usual_gap:
            edge = [line for line in row if _is_at_edge(line, height)]
            largest = _LARGER * usual_size
            found += [line for line in edge if line.size <= largest or _key(line, page, height).is_number]
    return found


def _key(line: Line, page: int, height: float) -> _Key:
    words = " ".join(line.text.split()).casefold()
    number = _NUMBER.search(words)
    offset = None
    if number is not None:
        offset = int(number[1] or number[2]) - page
        words = f"{words[: number.start()]} {words[number.end() :]}".strip()
    return _Key(line.down < height / 2, words, offset)
