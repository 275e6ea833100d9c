"""One ranking over all documents that are asked: words and meaning together, as passages with their text."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from app.documents.index import keyword
from app.documents.index.counts import Counts
from app.documents.index.fusion import CANDIDATES, Ranked, Repetitions, Stretch, fuse, merge
from app.documents.records import Passage, Scope
from app.documents.store.contents import Found, found, label_of, text_of
from app.documents.store.rows import KEY_BITS
from app.documents.store.shelves import numbers_in
from app.documents.store.vectors import vector_models
from app.documents.store.words import ALL, Among
from app.engine.stop import Stop
from app.errors import PaddockError
from app.storage.cipher import Connection, closed
from app.storage.database import Database

if TYPE_CHECKING:  # numpy takes longer to import than a search by words takes
    from app.documents.embedding.embedder import Embedder
    from app.documents.embedding.int8 import Floats
    from app.documents.index.dense import Dense, Near

_SPARE: Final = 3
"""Chunks that are looked at for each passage that is wanted: some merge, some repeat others."""

_AT_ONCE: Final = 4
"""Questions that wait for their vectors."""

_log = logging.getLogger(__name__)


class Search:
    """`embedder` gives that of the model in use; `older_embedder` one by its id, where its vectors are still there."""

    def __init__(
        self,
        database: Database,
        embedder: Callable[[], Embedder | None],
        older_embedder: Callable[[str], Embedder | None],
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._older_embedder = older_embedder
        self._lock = threading.Lock()
        self._dense: Dense | None = None
        self._counts = Counts()
        # A thread that stays: to start one for each search took as long as all else of ours, beside other work.
        self._beside = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="paddock-search")

    def search(self, query: str, scope: Scope | None, limit: int) -> tuple[Passage, ...]:
        """See Library.search."""
        if limit < 1 or not query.strip():
            return ()
        among, counts = self._database.read(lambda c: (_among(c, scope), vector_models(c)))
        if not among.is_all and not among.numbers:
            return ()
        by_words, by_meaning = self._rankings(query, among, self._serving(counts))
        ranked = fuse(by_words, by_meaning, limit * _SPARE)
        return self._database.read(lambda c: _passages(c, ranked, limit))

    def forget(self) -> None:
        """Give the memory of the vectors back, and count anew: something was deleted."""
        with self._lock:
            self._counts.forget()
            if self._dense is not None:
                self._dense.forget()

    def close(self) -> None:
        """For good; waits for nobody. Idempotent."""
        self._beside.shutdown(wait=False)
        self.forget()

    def _rankings(
        self, query: str, among: Among, serving: tuple[Embedder, Dense] | None
    ) -> tuple[list[int], list[Near]]:
        """By words, and by meaning. The search by words takes about as long as the model's child takes for a vector.

        So these two are beside each other. The vectors are compared afterwards: on a thread of its own that was no
        faster where cores are free, as the vector must be waited for, and half as slow again where they are not.
        """

        def by_words(c: Connection) -> list[int]:
            return keyword.find(c, query, among, CANDIDATES, self._counts)

        if serving is None:
            return self._database.read(by_words), []
        embedder, dense = serving
        try:
            asked = self._beside.submit(_vector, embedder, query)
        except RuntimeError:
            raise closed() from None
        said = self._database.read(by_words)
        if not asked.done():  # the first time the child must start, which takes longer than to read all vectors
            self._database.read(dense.catch_up)
        vector = asked.result()
        if vector is None:
            return said, []
        return said, self._database.read(lambda c: dense.find(c, vector, among, CANDIDATES))

    def _serving(self, counts: Mapping[str, int]) -> tuple[Embedder, Dense] | None:
        """The model in use, or an older one while that has more vectors. `counts`: see `vector_models`."""
        if not counts:
            return None
        embedder = self._embedder()
        current = "" if embedder is None else embedder.model.id
        best = max(counts, key=lambda model: (counts[model], model == current))
        if best != current:
            older = self._older_embedder(best)
            if older is not None:
                embedder, current = older, best
        if embedder is None or not counts.get(current):
            return None
        from app.documents.index.dense import Dense

        with self._lock:
            if self._dense is None or self._dense.model != current:
                self._dense = Dense(current, embedder.model.dims)
            return embedder, self._dense


def _vector(embedder: Embedder, query: str) -> Floats | None:
    try:
        vector = embedder.query(query, stop=Stop())
    except PaddockError as fault:  # the question is answered by words alone then
        _log.warning("no vector of a question: %s", type(fault).__name__)
        return None
    return vector if vector.any() else None


def _among(c: Connection, scope: Scope | None) -> Among:
    return ALL if scope is None else Among(tuple(numbers_in(c, scope)), is_all=False)


def _passages(c: Connection, ranked: Sequence[Ranked], limit: int) -> tuple[Passage, ...]:
    chunks = found(c, [one.key for one in ranked])
    stretches = [Stretch(one.key >> KEY_BITS, chunks[one.key].span, one) for one in ranked if one.key in chunks]
    repetitions, made = Repetitions(), list[Passage]()
    for stretch in merge(stretches):
        chunk = chunks[stretch.best.key]
        label = label_of(c, stretch.document, chunk.span.first)
        text = text_of(c, stretch.document, stretch.span)
        if label is not None and not repetitions.has(text):
            made.append(_passage(chunk, label, stretch, text))
        if len(made) == limit:
            break
    return tuple(made)


def _passage(chunk: Found, label: str, stretch: Stretch, text: str) -> Passage:
    return Passage(
        chunk.document_id,
        chunk.document_name,
        chunk.part_name,
        label,
        stretch.span,
        chunk.heading,
        text,
        stretch.best.score,
        stretch.best.ranks,
        stretch.best.similarity,
    )
