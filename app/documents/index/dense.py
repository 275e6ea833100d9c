"""Finding by meaning: every vector of one model in memory, a byte per number, compared with the question's.

100,000 vectors of 384 numbers are 38 MB and take 20 ms. They are read from the profile at the first search, kept in
blocks, and brought up to date with what was written since. What takes more than MOST_BYTES is read anew each time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from app.documents.embedding.int8 import BLOCK_ROWS, Bytes, Floats, Vectors, similarities
from app.documents.store.rows import KEY_BITS
from app.documents.store.vectors import VectorRows, Written, vectors_after, written
from app.storage.cipher import Connection

MOST_BYTES: Final = 512 * 2**20
_KEY_BYTES: Final = 12  # of a vector, its key and scale
_GATHER_SHARE: Final = 0.5
"""With fewer rows of a block in scope, they are taken out first."""

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

    def find(self, c: Connection, query: Floats, documents: Sequence[int] | None, limit: int) -> list[Near]:
        """The nearest chunks of these documents (None: of all), the nearest first."""
        asked = None if documents is None else np.array(documents, np.int64)
        with self._lock:
            found = [_of_block(block, query, asked, limit) for block in self._up_to_date(c)]
        near = [one for one in found if one is not None]
        if not near:
            return []
        scores, keys = (np.concatenate(arrays) for arrays in zip(*near, strict=True))
        best = np.lexsort((keys, -scores))[:limit]
        return [Near(int(keys[place]), float(scores[place])) for place in best]

    def forget(self) -> None:
        """Give the memory back; the next question reads anew."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        self._blocks, self._seen = [], Written(0, 0, 0)

    def _up_to_date(self, c: Connection) -> Iterable[_Block]:
        """All vectors as this transaction sees them."""
        now = written(c, self.model, up_to=None)
        if now.vectors * (self._dims + _KEY_BYTES) > MOST_BYTES:
            self._forget()
            return self._read(c, [])
        if written(c, self.model, up_to=self._seen.last) != self._seen:  # something was deleted since
            self._forget()
        for _block in self._read(c, self._blocks):
            pass
        self._seen = now
        return self._blocks

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


def _of_block(block: _Block, query: Floats, asked: Keys | None, limit: int) -> tuple[Floats, Keys] | None:
    """The best of a block: their similarities and keys."""
    keys, vectors = block.keys[: block.rows], Vectors(block.data[: block.rows], block.scales[: block.rows])
    rows: npt.NDArray[np.intp] | None = None
    if asked is not None:
        rows = np.flatnonzero(np.isin(keys >> KEY_BITS, asked))
        if not len(rows):
            return None
        if len(rows) < _GATHER_SHARE * len(keys):
            keys, vectors, rows = keys[rows], Vectors(vectors.data[rows], vectors.scales[rows]), None
    scores = similarities(vectors, query)
    if rows is not None:
        keys, scores = keys[rows], scores[rows]
    if len(scores) > limit:
        best = np.argpartition(scores, -limit)[-limit:]
        keys, scores = keys[best], scores[best]
    return scores, keys
