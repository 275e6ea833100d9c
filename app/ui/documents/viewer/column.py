"""Where pages stand below each other, before all of them are known: one is as high as the last that was seen.

Measures are in logical pixels, from the upper edge of the column.
"""

from __future__ import annotations

from bisect import bisect_left

USUAL_ASPECT = 2**0.5  # height by width of the A series
_SAME = 0.005


class Column:
    """Pages of one width. `learn` tells how high one is; all that are not known change with it."""

    def __init__(self, pages: int) -> None:
        self.pages = pages
        self.width = 1.0
        self.margin = 0.0
        self.gap = 0.0
        self._usual = USUAL_ASPECT
        self._aspects: dict[int, float] = {}
        self._known: list[int] = []  # in order
        self._before: list[float] = []  # of each known one: how far it is moved by those before, in widths
        self._all = 0.0

    def set_measures(self, width: float, *, margin: float, gap: float) -> None:
        self.width, self.margin, self.gap = max(1.0, width), margin, gap

    def learn(self, page: int, aspect: float) -> bool:
        """Whether that changed anything; what only the rounding to pixels makes does not."""
        if abs(self._aspects.get(page, -1.0) - aspect) < _SAME:
            return False
        self._aspects[page] = aspect
        self._usual = aspect if len(self._aspects) == 1 else self._usual
        self._known = sorted(self._aspects)
        self._before, total = [], 0.0
        for known in self._known:
            self._before.append(total)
            total += self._aspects[known] - self._usual
        self._all = total
        return True

    def top(self, page: int) -> float:
        at = bisect_left(self._known, page)
        more = self._before[at] if at < len(self._known) else self._all
        return self.margin + page * (self._usual * self.width + self.gap) + more * self.width

    def height(self, page: int) -> float:
        return self._aspects.get(page, self._usual) * self.width

    @property
    def total(self) -> float:
        """With the margins at both ends."""
        return self.top(self.pages) - self.gap + self.margin if self.pages else 2 * self.margin

    def page_at(self, y: float) -> int:
        """The page there, or the one above a gap; the nearest one outside."""
        low, high = 0, max(0, self.pages - 1)
        while low < high:
            middle = (low + high + 1) // 2
            if self.top(middle) <= y:
                low = middle
            else:
                high = middle - 1
        return low

    def visible(self, top: float, bottom: float) -> range:
        """Pages of which something stands between these two."""
        if not self.pages:
            return range(0)
        first = self.page_at(top)
        if self.top(first) + self.height(first) <= top and first + 1 < self.pages:
            first += 1
        return range(first, self.page_at(bottom) + 1)
