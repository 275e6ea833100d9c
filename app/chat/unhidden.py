"""What of an answer is shown: all but the references that the model wrote by itself, which lead nowhere. Pure."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence


def without(text: str, hidden: Sequence[tuple[int, int]]) -> str:
    """The text without these stretches of it."""
    return Unhidden(text, hidden).text


class Unhidden:
    """A text without some stretches, and with one kind of line ends."""

    def __init__(self, text: str, hidden: Sequence[tuple[int, int]]) -> None:
        self._starts = [start for start, _end in hidden]
        self._hidden = hidden
        self._before = [0]
        pieces, done = [], 0
        for start, end in hidden:
            pieces.append(text[done:start])
            done = max(done, end)
            self._before.append(self._before[-1] + end - start)
        self._ends = [match.start() for match in re.finditer("\r\n", text)]
        self.text = "".join((*pieces, text[done:])).replace("\r\n", "\n")

    def place(self, at: int) -> int:
        """Of a character of the text, or of the nearest one before it that is shown."""
        count = bisect.bisect_right(self._starts, at)
        if count and at < self._hidden[count - 1][1]:
            at, count = self._hidden[count - 1][0], count - 1
        return at - self._before[count] - bisect.bisect_left(self._ends, at)
