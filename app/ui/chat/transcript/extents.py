"""Heights of a long list, most of them estimated: where each row begins, and which rows a stretch touches. No Qt."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

_CHAR_PX = 7.4
_LINE_PX = 24
_OVERHEAD_PX = 60


class Extents:
    """Rows of known or guessed height, stacked from 0."""

    def __init__(self) -> None:
        self._heights: list[int] = []
        self._exact: list[bool] = []
        self._tops: list[int] = [0]

    def reset(self, estimates: Sequence[int]) -> None:
        self._heights = list(estimates)
        self._exact = [False] * len(estimates)
        self._restack()

    def append(self, estimate: int) -> None:
        self._heights.append(estimate)
        self._exact.append(False)
        self._tops.append(self._tops[-1] + estimate)

    def set_exact(self, row: int, height: int) -> bool:
        """Notes a measured height; says whether anything moved."""
        self._exact[row] = True
        if self._heights[row] == height:
            return False
        self._heights[row] = height
        if row == len(self._heights) - 1:
            self._tops[-1] = self._tops[-2] + height
        else:
            self._restack()
        return True

    def forget(self, row: int) -> None:
        self._exact[row] = False

    def rescale(self, factor: float) -> None:
        """The width changed: every height is a guess again."""
        self._heights = [max(1, round(height * factor)) for height in self._heights]
        self._exact = [False] * len(self._heights)
        self._restack()

    def is_exact(self, row: int) -> bool:
        return self._exact[row]

    def top(self, row: int) -> int:
        return self._tops[row]

    def height(self, row: int) -> int:
        return self._heights[row]

    @property
    def total(self) -> int:
        return self._tops[-1]

    @property
    def exact_count(self) -> int:
        return sum(self._exact)

    def row_at(self, y: float) -> int:
        """The row at `y`, the nearest one outside."""
        return max(0, min(len(self._heights) - 1, bisect_right(self._tops, y) - 1))

    def __len__(self) -> int:
        return len(self._heights)

    def _restack(self) -> None:
        self._tops = [0, *accumulate(self._heights)]


def estimate(text: str, width: int) -> int:
    """A guess of a message's height in px at `width`."""
    per_line = max(20.0, width / _CHAR_PX)
    lines = min(4_000, len(text) / per_line + text.count("\n") * 0.8 + 1)
    return _OVERHEAD_PX + int(lines * _LINE_PX)
