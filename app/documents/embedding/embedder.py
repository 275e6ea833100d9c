"""Passages and questions to vectors: the model's prefixes, one length, a byte per number.

The model runs in a child process of the engine's kind, started with the first text. One that dies is started once
more with the same texts; `rest` gives its memory back until the next text comes.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from app.documents.embedding.int8 import Floats, Vectors, normalised, quantise
from app.documents.embedding.models import EmbeddingModel
from app.engine import faults
from app.engine.embedding import EmbeddingChild, EmbeddingWish, load
from app.engine.stop import Stop
from app.errors import EngineDied

AT_ONCE = 256  # texts that travel together and are sorted by length
_WORD = re.compile(r"[^\W_]|[^\w\s\x00-\x7f]")  # a letter, a digit, or a sign beyond ASCII, such as an emoji


class Embedder(Protocol):
    """Any thread may call it, many at once: a question goes before passages, and waits for little of their work."""

    @property
    def model(self) -> EmbeddingModel: ...

    def passages(self, texts: Sequence[str], *, stop: Stop) -> Vectors:
        """A row per text, in order; a row of zeros for one without words.

        Give it some dozens at a time: they are sorted by length and computed together. What is longer than the model
        reads is cut. Raises Cancelled, ModelFault, and EngineFault where the engine died twice.
        """
        ...

    def query(self, text: str, *, stop: Stop) -> Floats:
        """(dims,), of length 1 (0 for a text without words). Raises what `passages` raises."""
        ...

    def rest(self, *, idle_s: float = 0.0) -> None:
        """Gives all memory back until the next text comes; does nothing while one came within `idle_s`."""
        ...

    def close(self) -> None:
        """For good. Idempotent; what is under way raises EngineFault."""
        ...


class EngineEmbedder:
    """The Embedder in a child process."""

    def __init__(self, model: EmbeddingModel, path: Path, *, threads: int = 0) -> None:
        """Starts nothing yet. `threads` 0: one less than there are cores."""
        self._model = model
        self._wish = EmbeddingWish(path, model.max_tokens, pooling=model.pooling)
        self._threads = threads
        self._lock = threading.Lock()  # held while a child starts; whoever comes meanwhile needs that child, too
        self._child: EmbeddingChild | None = None
        self._at_work = 0  # calls
        self._used_at = 0.0
        self._is_closed = False

    @property
    def model(self) -> EmbeddingModel:
        return self._model

    @property
    def pid(self) -> int | None:
        """Of the child, while there is one."""
        child = self._child
        return child.pid if child is not None and child.is_alive else None

    def passages(self, texts: Sequence[str], *, stop: Stop) -> Vectors:
        return quantise(self._vectors(texts, self._model.passage_prefix, stop, is_urgent=False))

    def query(self, text: str, *, stop: Stop) -> Floats:
        vector: Floats = self._vectors([text], self._model.query_prefix, stop, is_urgent=True)[0]
        return vector

    def rest(self, *, idle_s: float = 0.0) -> None:
        with self._lock:
            if idle_s and (self._at_work or time.monotonic() - self._used_at < idle_s):
                return
            child, self._child = self._child, None
        if child is not None:
            child.close()

    def close(self) -> None:
        self._is_closed = True
        self.rest()

    def _vectors(self, texts: Sequence[str], prefix: str, stop: Stop, *, is_urgent: bool) -> Floats:
        """Rows of length 1, and of zeros for texts without words."""
        made = np.zeros((len(texts), self._model.dims), np.float32)
        places = [place for place, text in enumerate(texts) if _WORD.search(text)]
        for start in range(0, len(places), AT_ONCE):
            part = places[start : start + AT_ONCE]
            made[part] = self._computed([prefix + texts[place] for place in part], stop, is_urgent=is_urgent)
        return normalised(made)

    def _computed(self, texts: list[str], stop: Stop, *, is_urgent: bool) -> Floats:
        try:
            return self._once(texts, stop, is_urgent=is_urgent)
        except EngineDied:
            return self._once(texts, stop, is_urgent=is_urgent)

    def _once(self, texts: list[str], stop: Stop, *, is_urgent: bool) -> Floats:
        with self._used():
            made = self._running(stop).embed(texts, stop=stop, is_urgent=is_urgent, threads=self._threads)
        found = np.frombuffer(made.numbers, "<f4").reshape(len(texts), made.width)
        if made.width != self._model.dims or not np.isfinite(found).all():
            self.rest()
            raise faults.of_nonsense("vectors that are none")
        return found

    @contextlib.contextmanager
    def _used(self) -> Iterator[None]:
        with self._lock:
            self._at_work += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1
                self._used_at = time.monotonic()

    def _running(self, stop: Stop) -> EmbeddingChild:
        """The child, started anew where there is none or it is gone. Raises what `embedding.load` raises."""
        with self._lock:
            if self._is_closed:
                raise faults.closed()
            if self._child is None or not self._child.is_alive:
                if self._child is not None:
                    self._child.close()
                    self._child = None
                self._child = load(self._wish, stop=stop)
            return self._child
