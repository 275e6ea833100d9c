"""One document into the profile: its original if that is kept, then its parts and chunks as the reader hands them on.

While a batch is being written the reader goes on, with one batch in between: both cores work, and memory stays flat.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from app.documents.faults import DocumentFault
from app.documents.parts import About, Chunk, Part
from app.documents.reader import FileSource, HashedSource, ReadWish, Source
from app.documents.records import Document
from app.documents.store.contents import Work, indexed_title
from app.documents.store.store import DocumentStore
from app.engine.stop import Stop
from app.text import _

BATCH_CHARACTERS: Final = 150_000
"""Of text that one transaction takes, about 0.1 s: a chat must not wait longer."""


class Read(Protocol):
    """`reader.read`."""

    def __call__(
        self,
        source: Source,
        wish: ReadWish,
        *,
        on_parts: Callable[[Sequence[Part], Sequence[Chunk]], None],
        on_progress: Callable[[float], None],
        on_title: Callable[[str], None],
        stop: Stop,
    ) -> About: ...


@dataclass(frozen=True, slots=True)
class KeptSource:
    """A document's original that is kept inside."""

    store: DocumentStore
    document_id: str
    name: str
    size_bytes: int

    def pieces(self) -> Iterator[bytes]:
        return self.store.pieces(self.document_id)


def source_of(store: DocumentStore, document: Document) -> Source:
    """The original as it was read. Raises DocumentFault where its file is gone or is another one now."""
    if document.keeping == "inside" and document.sha256:
        return KeptSource(store, document.id, document.name, document.size_bytes)
    source = FileSource(Path(document.path))
    if (source.size_bytes, source.modified_ns) != (document.size_bytes, document.modified_ns):
        raise DocumentFault(
            "changed", _("The file has changed since it was read."), _("Read it again to see it as it is now.")
        )
    return source


def fill(
    store: DocumentStore,
    work: Work,
    read: Read,
    wish: ReadWish,
    *,
    hold: Callable[[], None],
    on_progress: Callable[[float], None],
    stop: Stop,
) -> None:
    """Blocks until all of it was read. `hold` is called with each batch, and may wait.

    Raises DocumentFault, Cancelled or StorageFault; what was read until then is for the caller to clear.
    """
    document = work.document
    is_kept = document.keeping == "inside" and bool(document.sha256)
    source = source_of(store, document) if is_kept else FileSource(Path(document.path))
    store.begin_reading(work.number, source.modified_ns if isinstance(source, FileSource) else document.modified_ns)
    store.clear(work.number, with_original=not is_kept)
    if document.keeping == "inside" and not is_kept:
        source = _kept(store, work, source, stop)
    hashed = HashedSource(source)
    batches = _Batches(store, work.number, document.name, hold)
    about = read(hashed, wish, on_parts=batches.take, on_progress=on_progress, on_title=batches.take_title, stop=stop)
    batches.end(about.title)
    store.finish(
        work.number, about, size_bytes=hashed.size_bytes, sha256=hashed.sha256, tokens=batches.tokens(about.characters)
    )


def _kept(store: DocumentStore, work: Work, source: Source, stop: Stop) -> Source:
    """A copy of the file inside; what is read is the copy."""
    digest, size_bytes = hashlib.sha256(), 0
    before: Future[None] | None = None
    for place, piece in enumerate(source.pieces()):
        digest.update(piece)
        size_bytes += len(piece)
        if before is not None:
            before.result()
        before = store.keep_piece(work.number, place, piece)
        if stop.is_set:
            break
    if before is not None:
        before.result()
    if not stop.is_set:
        store.kept_whole(work.number, size_bytes, digest.hexdigest())
    return KeptSource(store, work.document.id, work.document.name, size_bytes)


class _Batches:
    """Gathers what comes until it is worth a transaction."""

    def __init__(self, store: DocumentStore, number: int, name: str, hold: Callable[[], None]) -> None:
        self._store = store
        self._number = number
        self._name = name
        self._title = indexed_title(name, "")
        self._hold = hold
        self._parts: list[Part] = []
        self._chunks: list[Chunk] = []
        self._characters = 0
        self._before: Future[None] | None = None
        self._chunk_characters = self._chunk_tokens = 0

    def take_title(self, title: str) -> None:
        """What is written from now on is found by it, too."""
        self._title = indexed_title(self._name, title)

    def take(self, parts: Sequence[Part], chunks: Sequence[Chunk]) -> None:
        self._hold()
        self._parts += parts
        self._chunks += chunks
        self._characters += sum(len(part.text) for part in parts)
        self._chunk_characters += sum(len(chunk.text) for chunk in chunks)
        self._chunk_tokens += sum(chunk.tokens for chunk in chunks)
        if self._characters >= BATCH_CHARACTERS:
            self._write()

    def end(self, title: str) -> None:
        """The title is known now in any case: whatever is small enough to have waited is found by it."""
        self.take_title(title)
        self._write()
        if self._before is not None:
            self._before.result()

    def tokens(self, characters: int) -> int:
        """An estimate for so many characters: chunks overlap, so theirs are not just added up."""
        return round(self._chunk_tokens * characters / self._chunk_characters) if self._chunk_characters else 0

    def _write(self) -> None:
        if self._before is not None:
            self._before.result()
        self._before = self._store.add_batch(self._number, self._title, self._parts, self._chunks)
        self._parts, self._chunks, self._characters = [], [], 0
