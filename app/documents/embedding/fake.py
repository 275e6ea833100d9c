"""An embedder without a model that keeps the same promises, for tests: texts that share words are near each other.

Every word of a text has its own direction, made from its hash; a text's vector is the sum of its words', so that the
same text gives the same vector on any machine.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from app.documents.embedding.int8 import Floats, Vectors, normalised, quantise
from app.documents.embedding.models import EmbeddingModel
from app.engine import faults
from app.engine.stop import Stop

DIMENSIONS = 64
FAKE_MODEL = EmbeddingModel("fake-000000000000", "Fake", DIMENSIONS, 512)


class FakeEmbedder:
    """`deaths`: so many calls fail as if the engine had died, before the first one works."""

    def __init__(self, model: EmbeddingModel = FAKE_MODEL, *, deaths: int = 0) -> None:
        self._model = model
        self._deaths = deaths
        self._is_closed = False
        self.calls: list[int] = []  # how many texts each call brought

    @property
    def model(self) -> EmbeddingModel:
        return self._model

    def passages(self, texts: Sequence[str], *, stop: Stop) -> Vectors:
        return quantise(self._vectors(texts, stop))

    def query(self, text: str, *, stop: Stop) -> Floats:
        vector: Floats = self._vectors([text], stop)[0]
        return vector

    def rest(self, *, idle_s: float = 0.0) -> None:
        pass

    def close(self) -> None:
        self._is_closed = True

    def _vectors(self, texts: Sequence[str], stop: Stop) -> Floats:
        if stop.is_set:
            raise faults.stopped()
        if self._is_closed:
            raise faults.closed()
        if self._deaths:
            self._deaths -= 1
            raise faults.of_nonsense("as the script says")
        self.calls.append(len(texts))
        made = np.zeros((len(texts), self._model.dims), np.float32)
        for row, text in zip(made, texts, strict=True):
            for word in re.findall(r"\w+", text.lower())[: self._model.max_tokens]:
                row += _direction(word, self._model.dims)
        return normalised(made)


def _direction(word: str, dimensions: int) -> Floats:
    """Each number -1 or 1, by a bit of the word's hash."""
    digest = hashlib.shake_128(word.encode("utf-8", "replace")).digest((dimensions + 7) // 8)
    bits = np.unpackbits(np.frombuffer(digest, np.uint8))[:dimensions]
    made: Floats = bits.astype(np.float32) * 2 - 1
    return made
