"""One ranking over all documents that are asked: words and meaning together, as passages with their text."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from app.documents.index import keyword
from app.documents.index.fusion import CANDIDATES, Ranked, Repetitions, Stretch, fuse, merge
from app.documents.records import Passage, Scope
from app.documents.store.contents import Found, found, text_of
from app.documents.store.rows import KEY_BITS
from app.documents.store.shelves import numbers_in
from app.documents.store.vectors import vector_models
from app.documents.store.words import Among
from app.engine.stop import Stop
from app.errors import PaddockError
from app.storage.cipher import Connection
from app.storage.database import Database

if TYPE_CHECKING:  # numpy takes longer to import than a search by words takes
    from app.documents.embedding.embedder import Embedder
    from app.documents.embedding.int8 import Floats
    from app.documents.index.dense import Dense, Near

_SPARE: Final = 3
"""Chunks that are looked at for each passage that is wanted: some merge, some repeat others."""

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
        self._too_common: set[str] = set()

    def search(self, query: str, scope: Scope | None, limit: int) -> tuple[Passage, ...]:
        """See Library.search."""
        if limit < 1 or not query.strip():
            return ()
        with ThreadPoolExecutor(1, thread_name_prefix="paddock-search") as beside:
            by_words = beside.submit(self._database.read, lambda c: _by_words(c, query, scope, self._too_common))
            by_meaning = self._by_meaning(query, scope)
            ranked = fuse(by_words.result(), by_meaning)
        return self._database.read(lambda c: _passages(c, ranked, limit))

    def forget(self) -> None:
        """Give the memory of the vectors back, and count anew: something was deleted."""
        with self._lock:
            self._too_common = set()
            if self._dense is not None:
                self._dense.forget()

    def _by_meaning(self, query: str, scope: Scope | None) -> list[Near]:
        serving = self._serving()
        if serving is None:
            return []
        embedder, dense = serving
        try:
            vector: Floats = embedder.query(query, stop=Stop())
        except PaddockError as fault:  # the question is answered by words alone then
            _log.warning("no vector of a question: %s", type(fault).__name__)
            return []
        if not vector.any():
            return []

        def read(c: Connection) -> list[Near]:
            numbers = None if scope is None else numbers_in(c, scope)
            return [] if numbers == [] else dense.find(c, vector, numbers, CANDIDATES)

        return self._database.read(read)

    def _serving(self) -> tuple[Embedder, Dense] | None:
        """The model in use, or an older one while that has more vectors."""
        counts = self._database.read(vector_models)
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


def _by_words(c: Connection, query: str, scope: Scope | None, too_common: set[str]) -> list[int]:
    among = Among((), is_all=True) if scope is None else Among(tuple(numbers_in(c, scope)), is_all=False)
    return [] if not among.is_all and not among.numbers else keyword.find(c, query, among, CANDIDATES, too_common)


def _passages(c: Connection, ranked: Sequence[Ranked], limit: int) -> tuple[Passage, ...]:
    best = ranked[: limit * _SPARE]
    chunks = found(c, [one.key for one in best])
    stretches = [Stretch(one.key >> KEY_BITS, chunks[one.key].span, one) for one in best if one.key in chunks]
    repetitions, made = Repetitions(), list[Passage]()
    for stretch in merge(stretches):
        text = text_of(c, stretch.document, stretch.span)
        if not repetitions.has(text):
            made.append(_passage(chunks[stretch.best.key], stretch, text))
        if len(made) == limit:
            break
    return tuple(made)


def _passage(chunk: Found, stretch: Stretch, text: str) -> Passage:
    return Passage(
        chunk.document_id,
        chunk.document_name,
        chunk.part_name,
        chunk.part_label,
        stretch.span,
        chunk.heading,
        text,
        stretch.best.score,
        stretch.best.ranks,
        stretch.best.similarity,
    )
