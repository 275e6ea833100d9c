"""Finding by meaning: every vector of one model in memory, a byte per number, compared with the question's.

100,000 vectors of 384 numbers are 38 MB and take 20 ms. They are read from the profile at the first search, kept in
blocks, and brought up to date with what was written since. What takes more than MOST_BYTES is read anew each time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from app.documents.embedding.int8 import BLOCK_ROWS, Bytes, Floats, Vectors, similarities
from app.documents.store.rows import KEY_BITS
from app.documents.store.vectors import VectorRows, Written, vectors_after, written
from app.documents.store.words import Among
from app.storage.cipher import Connection

MOST_BYTES: Final = 512 * 2**20
_KEY_BYTES: Final = 12  # of a vector, its key and scale

Keys = npt.NDArray[np.int64]


class Near(NamedTuple):
    """A chunk by its key, and the cosine of its vector and the question's."""

    key: int
    similarity: float


@dataclass(slots=True)
class _Block:
    """Up to BLOCK_ROWS vectors; `rows` of them are there."""

    keys: Keys
    scales: Floats
    data: Bytes
    rows: int = 0

    @classmethod
    def empty(cls, dims: int) -> _Block:
        made = np.zeros(BLOCK_ROWS, np.int64), np.zeros(BLOCK_ROWS, np.float32), np.zeros((BLOCK_ROWS, dims), np.int8)
        return cls(*made)

    def take(self, found: VectorRows, begin: int) -> int:
        """As many of these rows from `begin` on as there is room for; how many."""
        count = min(BLOCK_ROWS - self.rows, found.rows - begin)
        here, there = slice(self.rows, self.rows + count), slice(begin, begin + count)
        place = found.document << KEY_BITS | found.first
        self.keys[here] = np.arange(place + begin, place + begin + count)
        self.scales[here] = np.frombuffer(found.scales, "<f4")[there]
        self.data[here] = np.frombuffer(found.data, np.int8).reshape(found.rows, -1)[there]
        self.rows += count
        return count


class Dense:
    """The vectors of one model. Any thread may ask."""

    def __init__(self, model: str, dims: int) -> None:
        self.model = model
        self._dims = dims
        self._lock = threading.Lock()
        self._blocks: list[_Block] = []
        self._seen = Written(0, 0, 0)

    def find(self, c: Connection, query: Floats, among: Among, limit: int) -> list[Near]:
        """The nearest chunks of these documents, the nearest first."""
        with self._lock:
            blocks = self._blocks if self._has_caught_up(c) else self._read(c, [])
            compared = [
                (keys, similarities(vectors, query)) for keys, vectors in (_asked(one, among) for one in blocks)
            ]
        if not compared:
            return []
        keys, scores = (np.concatenate(arrays) for arrays in zip(*compared, strict=True))
        best = _largest(scores, limit)
        best = best[np.lexsort((keys[best], -scores[best]))]
        return [Near(*pair) for pair in zip(keys[best].tolist(), scores[best].tolist(), strict=True)]

    def catch_up(self, c: Connection) -> None:
        """Read what was written since the last question, so that the next one need not wait for it."""
        with self._lock:
            self._has_caught_up(c)

    def forget(self) -> None:
        """Give the memory back; the next question reads anew."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        self._blocks, self._seen = [], Written(0, 0, 0)

    def _has_caught_up(self, c: Connection) -> bool:
        """Whether the blocks are all vectors as this transaction sees them; else there are too many to be kept."""
        now = written(c, self.model)
        if now == self._seen:  # the number of the last row is never used twice
            return True
        if now.vectors * (self._dims + _KEY_BYTES) > MOST_BYTES:
            self._forget()
            return False
        if written(c, self.model, up_to=self._seen.last) != self._seen:  # something was deleted since
            self._forget()
        for _block in self._read(c, self._blocks):
            pass
        self._seen = now
        return True

    def _read(self, c: Connection, blocks: list[_Block]) -> Iterator[_Block]:
        """What was written since, as blocks: those that are full at once, so that nobody must hold on to them."""
        room = blocks[-1] if blocks and blocks[-1].rows < BLOCK_ROWS else None
        for found in vectors_after(c, self.model, self._seen.last):
            begin = 0
            while begin < found.rows:
                if room is None:
                    room = _Block.empty(self._dims)
                    blocks.append(room)
                begin += room.take(found, begin)
                if room.rows == BLOCK_ROWS:
                    yield room
                    room = None
        if room is not None:
            yield room


def _largest(scores: Floats, limit: int) -> npt.NDArray[np.intp]:
    """The places of the largest. What is less than the last of the largest in a sample is only looked at once."""
    if len(scores) <= limit:
        return np.arange(len(scores))
    sample = scores[: max(limit, BLOCK_ROWS)]
    near = np.flatnonzero(scores >= np.partition(sample, -limit)[-limit])
    return near[np.argpartition(scores[near], -limit)[-limit:]]


def _asked(block: _Block, among: Among) -> tuple[Keys, Vectors]:
    """Those of the block that are of these documents."""
    keys, vectors = block.keys[: block.rows], Vectors(block.data[: block.rows], block.scales[: block.rows])
    if among.is_all:
        return keys, vectors
    first, last = among.keys
    is_asked = (keys >= first) & (keys <= last)
    if among.has_gaps and is_asked.any():
        is_asked &= np.isin(keys >> KEY_BITS, among.numbers)
    if is_asked.all():
        return keys, vectors
    rows = np.flatnonzero(is_asked)
    return keys[rows], Vectors(vectors.data[rows], vectors.scales[rows])
