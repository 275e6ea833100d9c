"""Heights of a long list, most of them estimated: where each row begins, and which rows a stretch touches. No Qt.

Rows are summed in blocks, so that a row that turns out higher moves a hundred blocks and not ten thousand rows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

_BLOCK = 128
_CHAR_SHARE = 0.49  # of the text's size: the usual width of a letter
_LINE_SHARE = 1.6
_BREAKS = 1.2  # paragraphs and lists need more lines than their letters
_OVERHEAD_PX = 60
_LINES_MAX = 4_000


class Extents:
    """Rows of known or guessed height, stacked from 0."""

    def __init__(self) -> None:
        self._heights: list[int] = []
        self._exact = bytearray()
        self._sums: list[int] = []
        self._starts: list[int] = [0]

    def reset(self, estimates: Sequence[int]) -> None:
        self._heights = list(estimates)
        self._exact = bytearray(len(self._heights))
        self._restack()

    def append(self, estimate: int) -> None:
        if len(self._heights) % _BLOCK == 0:
            self._sums.append(0)
            self._starts.append(self._starts[-1])
        self._heights.append(estimate)
        self._exact.append(0)
        self._sums[-1] += estimate
        self._starts[-1] += estimate

    def set_exact(self, row: int, height: int) -> bool:
        """Notes a measured height; says whether anything moved."""
        self._exact[row] = 1
        return self._set(row, height)

    def set_guess(self, row: int, height: int) -> None:
        """Another guess for a row that is not measured."""
        self._exact[row] = 0
        self._set(row, height)

    def forget(self, row: int) -> None:
        self._exact[row] = 0

    def rescale(self, factor: float) -> None:
        """The width or the size of the text changed: every height is a guess again."""
        self._heights = [max(1, round(height * factor)) for height in self._heights]
        self._exact = bytearray(len(self._heights))
        self._restack()

    def is_exact(self, row: int) -> bool:
        return bool(self._exact[row])

    def top(self, row: int) -> int:
        block = row // _BLOCK
        return self._starts[block] + sum(self._heights[block * _BLOCK : row])

    def height(self, row: int) -> int:
        return self._heights[row]

    @property
    def total(self) -> int:
        return self._starts[-1]

    @property
    def exact_count(self) -> int:
        return sum(self._exact)

    def row_at(self, y: float) -> int:
        """The row at `y`, the nearest one outside."""
        block = max(0, min(len(self._sums) - 1, bisect_right(self._starts, y) - 1))
        first = block * _BLOCK
        tops = list(accumulate(self._heights[first : first + _BLOCK], initial=self._starts[block]))
        return max(0, min(len(self._heights) - 1, first + bisect_right(tops, y) - 1))

    def __len__(self) -> int:
        return len(self._heights)

    def _set(self, row: int, height: int) -> bool:
        more = height - self._heights[row]
        if not more:
            return False
        self._heights[row] = height
        self._sums[row // _BLOCK] += more
        self._starts = [0, *accumulate(self._sums)]
        return True

    def _restack(self) -> None:
        blocks = range(0, len(self._heights), _BLOCK)
        self._sums = [sum(self._heights[first : first + _BLOCK]) for first in blocks]
        self._starts = [0, *accumulate(self._sums)]


def estimates(characters: Iterable[int], width: int, text_px: int) -> list[int]:
    """Guesses of the heights in px of messages with so many `characters`, in a column of `width` px."""
    line_px = text_px * _LINE_SHARE
    per_char = line_px * _BREAKS / max(20.0, width / (text_px * _CHAR_SHARE))
    most = round(_LINES_MAX * line_px)
    least = _OVERHEAD_PX + round(line_px)
    return [least + min(most, int(count * per_char)) for count in characters]


def estimate(characters: int, width: int, text_px: int) -> int:
    """The guess for one message."""
    return estimates((characters,), width, text_px)[0]
