"""Finds words in all messages of the branch, a few milliseconds at a time, so that typing and drawing go on.

It counts in the sources, which are here, and not in what is drawn, of which only a little is. Rows that are not here
are asked for, a stretch at a time, and searched when they come.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal, Slot

from app.ui.chat.items import RowsWanted
from app.ui.chat.transcript.feed import Feed, Listed

_SLICE_MS = 4
_UNKNOWN = -1
_STRETCH = 200
"""So many rows that are not here are asked for at a time."""


@dataclass(frozen=True, slots=True)
class Found:
    """`number` of `count`, from 1; the message's `row`, and which of its matches, `at` from 0. `row` is -1 where there
    is none. `is_complete`: all rows were searched."""

    count: int = 0
    number: int = 0
    row: int = -1
    at: int = 0
    is_complete: bool = True


class Finder(QObject):
    found_changed = Signal(object)
    """Found: the count grew, or another match is the current one."""
    rows_wanted = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._feed = Feed(Listed())
        self._words = ""
        self._counts: list[int] = []
        self._start = 0
        self._next = 0
        self._waits_for: RowsWanted | None = None
        self._row, self._at = -1, 0
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_slice)

    @property
    def words(self) -> str:
        return self._words

    @property
    def found(self) -> Found:
        known = [count for count in self._counts if count > 0]
        before = sum(count for count in self._counts[: max(0, self._row)] if count > 0)
        number = before + self._at + 1 if self._row >= 0 else 0
        is_complete = not self._timer.isActive() and self._waits_for is None
        return Found(sum(known), number, self._row, self._at, is_complete)

    def look_for(self, words: str, feed: Feed, from_row: int, *, at: int = 0) -> None:
        """Begins at `from_row`, where the person is reading, and goes down and then round to the top. The current match
        is the first one from there on, or in that row the one with the number `at`."""
        self._words, self._feed = words.lower().strip(), feed
        self._counts = [_UNKNOWN] * len(feed)
        self._row, self._at = -1, 0
        self._start, self._next = max(0, min(from_row, len(feed) - 1)), 0
        self._waits_for = None
        if self._words and len(feed):
            self._timer.start()
            self._search(self._start)
            if 0 <= at < self._counts[self._start]:
                self._row, self._at = self._start, at
            self._on_slice()
        else:
            self.stop()

    def stop(self) -> None:
        self._timer.stop()
        self._words = ""
        self._counts = []
        self._row, self._waits_for = -1, None
        self.found_changed.emit(self.found)

    def step(self, step: int) -> None:
        """To the next (+1) or previous (-1) match, round at the ends."""
        if self._row < 0:
            return
        at = self._at + step
        if 0 <= at < self._counts[self._row]:
            self._at = at
        else:
            self._row = self._beside(self._row, step)
            self._at = 0 if step > 0 else self._counts[self._row] - 1
        self.found_changed.emit(self.found)

    def go_to(self, row: int) -> None:
        """The first match in this row becomes the current one, if it has one."""
        if self._words and 0 <= row < len(self._counts):
            self._search(row)
            if self._counts[row] > 0:
                self._row, self._at = row, 0
                self.found_changed.emit(self.found)

    def correct(self, row: int, count: int) -> None:
        """So many are there in what is drawn of this row, which is what counts."""
        if 0 < count != self._counts[row]:
            self._counts[row] = count
            self._at = min(self._at, count - 1) if row == self._row else self._at
            self.found_changed.emit(self.found)

    def changed(self, feed: Feed, rows: list[int]) -> None:
        """These rows have other words than before, or are new."""
        if not self._words:
            return
        self._feed = feed
        self._counts += [_UNKNOWN] * (len(feed) - len(self._counts))
        for row in rows:
            self._search(row)
        if self._row >= 0:
            self._at = max(0, min(self._at, self._counts[self._row] - 1))
        waits = self._waits_for
        if waits is not None and all(self._feed[row].is_here for row in (waits.first, waits.last)):
            self._waits_for = None
            self._next = 0
            self._timer.start()
        self._choose_first()
        self.found_changed.emit(self.found)

    @Slot()
    def _on_slice(self) -> None:
        clock = QElapsedTimer()
        clock.start()
        count = len(self._counts)
        while self._next < count and clock.elapsed() < _SLICE_MS:
            row = (self._start + self._next) % count
            self._next += 1
            if self._counts[row] == _UNKNOWN:
                self._search(row)
        if self._next >= count:
            self._timer.stop()
            self._ask_for_more()
        self._choose_first()
        self.found_changed.emit(self.found)

    def _search(self, row: int) -> None:
        item = self._feed[row]
        self._counts[row] = item.text.lower().count(self._words) if item.is_here else _UNKNOWN

    def _ask_for_more(self) -> None:
        """The newest rows first that are not here."""
        last = next((row for row in reversed(range(len(self._counts))) if self._counts[row] == _UNKNOWN), None)
        if last is None:
            return
        first = last
        while first > max(0, last - _STRETCH + 1) and self._counts[first - 1] == _UNKNOWN:
            first -= 1
        self._waits_for = RowsWanted(first, last)
        self.rows_wanted.emit(self._waits_for)

    def _choose_first(self) -> None:
        """The first match from where the person was reading on."""
        if self._row < 0 or self._counts[self._row] <= 0:
            count = len(self._counts)
            order = ((self._start + offset) % count for offset in range(count))
            self._row, self._at = next((row for row in order if self._counts[row] > 0), -1), 0

    def _beside(self, row: int, step: int) -> int:
        """The next row with a match; the same one where there is no other."""
        count = len(self._counts)
        order = ((row + step * offset) % count for offset in range(1, count + 1))
        return next(row for row in order if self._counts[row] > 0)
