"""How fast documents were read and embedded lately, and how long the rest takes at that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_NEWEST_SHARE: Final = 0.3
"""Of a new measurement in the average: a few documents are enough to forget how fast others were."""


@dataclass(slots=True)
class Rate:
    """Amounts per second; None while nothing was measured."""

    per_s: float | None = None

    def learn(self, amount: float, took_s: float) -> None:
        if amount > 0 and took_s > 0:
            now = amount / took_s
            self.per_s = now if self.per_s is None else self.per_s + _NEWEST_SHARE * (now - self.per_s)

    def seconds(self, amount: float) -> float | None:
        if not amount:
            return 0.0
        return None if self.per_s is None else amount / self.per_s


class Pace:
    """Bytes that are read or kept, chunks that are embedded, and how many chunks come of so many bytes."""

    def __init__(self) -> None:
        self.reading = Rate()
        self.embedding = Rate()
        self.keeping = Rate()
        self._chunks_per_byte = Rate()

    def learn_document(self, size_bytes: int, chunks: int, took_s: float) -> None:
        self.reading.learn(size_bytes, took_s)
        self._chunks_per_byte.learn(chunks, size_bytes)

    def left_s(self, bytes_left: int, chunks_left: int, *, is_embedding: bool) -> float | None:
        """None while nothing was measured of what is left."""
        reading_s = self.reading.seconds(bytes_left)
        if reading_s is None or not is_embedding:
            return reading_s
        coming = bytes_left * (self._chunks_per_byte.per_s or 0.0)
        embedding_s = self.embedding.seconds(chunks_left + coming)
        return None if embedding_s is None else reading_s + embedding_s
