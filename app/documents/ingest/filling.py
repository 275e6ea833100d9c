"""One document into the profile: its original if that is kept, then its parts and chunks as the reader hands them on.

While a batch is being written the reader goes on, with one batch in between: both cores work, and memory stays flat.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from app.documents import faults
from app.documents.faults import DocumentFault
from app.documents.ingest.walking import look
from app.documents.parts import About, Chunk, Part
from app.documents.reader import FileSource, HashedSource, ReadWish, Source
from app.documents.records import LOCKED, Document, Keeping
from app.documents.store.contents import Work, indexed_title
from app.documents.store.following import FileSeen
from app.documents.store.rows import HALF
from app.documents.store.store import DocumentStore
from app.engine.stop import Stop
from app.errors import Cancelled
from app.text import _

BATCH_CHARACTERS: Final = 150_000
"""Of text that one transaction takes, about 0.1 s: a chat must not wait longer."""
RESERVE_BYTES: Final = 64 * 2**20
"""Of the disk, which documents leave to the rest of the profile."""
_PIECES_PER_LOOK: Final = 16  # at the room that is left


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
    """A copy of a document's original inside: the one that counts, or the one that begins at `start`."""

    store: DocumentStore
    document_id: str
    name: str
    size_bytes: int
    start: int | None = None

    def pieces(self) -> Iterator[bytes]:
        return self.store.pieces(self.document_id, self.start)


def source_of(store: DocumentStore, document: Document) -> Source:
    """The original as it was read. Raises DocumentFault where its file is gone or is another one now."""
    if _has_copy(document):
        return KeptSource(store, document.id, document.name, store.kept_bytes(document.id))
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
    on_progress: Callable[[float, int], None],
    stop: Stop,
) -> None:
    """Blocks until all of it was read. `hold` is called with each batch, and may wait; `on_progress` gets the fraction
    that was read, and how many parts that is.

    Where a copy is kept inside, and its file cannot be taken in its place, the copy is what is read, and the document
    says what is with its file. Raises DocumentFault, Cancelled or StorageFault; what was read until then is for the
    caller to clear.
    """
    filling = _Filling(store, work, read, wish, hold, on_progress, stop)
    if not _has_copy(work.document):
        filling.take_file()
    elif not work.document.wanted:
        filling.take_copy()
    else:
        try:
            filling.replace_copy()
        except DocumentFault as fault:
            filling.stay_with_copy(fault)


def _has_copy(document: Document) -> bool:
    return document.keeping == "inside" and bool(document.sha256)


@dataclass(frozen=True, slots=True)
class _Filling:
    """Of one document; see `fill`."""

    store: DocumentStore
    work: Work
    read: Read
    wish: ReadWish
    hold: Callable[[], None]
    on_progress: Callable[[float, int], None]
    stop: Stop

    def take_file(self) -> None:
        """Of what is to be kept inside, what is read is the copy."""
        seen = self._look()  # before it is opened: what comes later, the next look sees
        source: Source = FileSource(Path(self.work.document.path))
        keeping = self._begin(seen)
        self.store.clear_spare(self.work.number)
        if keeping == "inside":
            copied = self._copy(source, 0)
            self.store.kept_whole(self.work.number, 0, copied.size_bytes, copied.sha256)
            source = self._kept(copied.size_bytes)
        self._take(source)

    def take_copy(self, seen: FileSeen | None = None) -> None:
        self._begin(seen)
        self._take(source_of(self.store, self.work.document), is_sized=False)

    def replace_copy(self) -> None:
        """By one of the file as it is now, which counts once all of it was read."""
        seen = self._look()
        source = FileSource(Path(self.work.document.path))
        if self._is_kept(source):
            self.take_copy(seen)
            return
        self.store.clear_spare(self.work.number)
        start = self.store.begin_copy(self.work.number)
        copied = self._copy(source, start)
        if not copied.size_bytes:
            raise faults.of("empty")
        self._begin(seen)
        self._take(self._kept(copied.size_bytes, start), copy_start=start)

    def stay_with_copy(self, fault: DocumentFault) -> None:
        """The file cannot take its place. That it is gone is nothing to be said: a copy is kept for that."""
        self.store.clear_spare(self.work.number)
        said = (self.work.number, fault.name, fault.message, fault.next_step)
        if fault.name != "gone" and self.store.stay_read(*said):
            return
        self.take_copy()
        if fault.name != "gone":
            self.store.leave_kept(*said)

    def _look(self) -> FileSeen | None:
        return look(Path(self.work.document.path))

    def _begin(self, seen: FileSeen | None) -> Keeping:
        keeping = self.store.begin_reading(self.work.number, seen)
        self.store.clear(self.work.number, with_original=False)
        return keeping

    def _kept(self, size_bytes: int, start: int | None = None) -> Source:
        return KeptSource(self.store, self.work.document.id, self.work.document.name, size_bytes, start)

    def _is_kept(self, source: Source) -> bool:
        """Whether the copy has the same bytes."""
        if source.size_bytes != self.store.kept_bytes(self.work.document.id):
            return False
        hashed = HashedSource(source)
        for _piece in hashed.pieces():
            self._require_going_on()
        return hashed.sha256 == self.work.document.sha256

    def _copy(self, source: Source, start: int) -> Copied:
        copied = copy(self.store, self.work.number, source, start=start, stop=lambda: self.stop.is_set)
        self._require_going_on()
        return copied

    def _require_going_on(self) -> None:
        if self.stop.is_set:
            raise Cancelled(_("Stopped."))

    def _take(self, source: Source, *, is_sized: bool = True, copy_start: int | None = None) -> None:
        """Read it. Not `is_sized`: the size that is noted of its file stays."""
        store, work = self.store, self.work
        batches = _Batches(store, work.number, work.document.name, self.hold)
        hashed, about = self._read_with_or_without_password(source, batches)
        batches.end(about.title)
        store.finish(
            work.number,
            about,
            size_bytes=hashed.size_bytes if is_sized else None,
            sha256=hashed.sha256,
            tokens=batches.tokens(about.characters),
            copy_start=copy_start,
        )
        if batches.untitled:
            store.rename(work.document.id, before=batches.untitled)

    def _read_with_or_without_password(self, source: Source, batches: _Batches) -> tuple[HashedSource, About]:
        """One that opens nothing any more is forgotten: another file, without a password, has come."""
        if self.wish.password:
            try:
                read = self._read(source, batches, replace(self.wish, password=""))
            except DocumentFault as fault:
                if fault.name not in LOCKED:
                    raise
            else:
                self.store.set_password(self.work.document.id, "")
                return read
        return self._read(source, batches, self.wish)

    def _read(self, source: Source, batches: _Batches, wish: ReadWish) -> tuple[HashedSource, About]:
        hashed = HashedSource(source)
        about = self.read(
            hashed,
            wish,
            on_parts=batches.take,
            on_progress=lambda fraction: self.on_progress(fraction, batches.parts),
            on_title=batches.take_title,
            stop=self.stop,
        )
        return hashed, about


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds, as far as it came."""

    size_bytes: int
    sha256: str


def copy(
    store: DocumentStore,
    number: int,
    source: Source,
    *,
    start: int = 0,
    stop: Callable[[], bool],
    on_copied: Callable[[int], None] = lambda _size_bytes: None,
) -> Copied:
    """A file's pieces into the profile, to this place and the next ones. Raises DocumentFault, also where there is no
    room for all of them, or StorageFault.
    """
    digest, size_bytes = hashlib.sha256(), 0
    before: Future[None] | None = None
    _require_room(store, source.size_bytes)
    for place, piece in enumerate(source.pieces()):
        if place == HALF:
            raise faults.of("too_large")
        if place % _PIECES_PER_LOOK == _PIECES_PER_LOOK - 1:
            _require_room(store, source.size_bytes - size_bytes)
        digest.update(piece)
        size_bytes += len(piece)
        if before is not None:
            before.result()
        before = store.keep_piece(number, start + place, piece)
        on_copied(size_bytes)
        if stop():
            break
    if before is not None:
        before.result()
    return Copied(size_bytes, digest.hexdigest())


def _require_room(store: DocumentStore, coming_bytes: int = 0) -> None:
    """What comes is written twice, to the log first, and the database takes the pages that it has and does not use.

    Raises DocumentFault. The rest of the profile goes on to be written: a disk that is full would cost chats.
    """
    room = store.room()
    needed_bytes = coming_bytes + max(0, coming_bytes - room.spare_bytes) + RESERVE_BYTES if room else 0
    if room and room.free_bytes < needed_bytes:
        raise faults.of("no_room")


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
        self._written = 0
        self.parts = 0  # that came
        self.untitled = 0
        """How many chunks are not found by the title yet, because it was not known when they were written."""

    def take_title(self, title: str) -> None:
        """What is written from now on is found by it, too; what was written before is `untitled`."""
        known = indexed_title(self._name, title)
        if known != self._title:
            self._title, self.untitled = known, self._written

    def take(self, parts: Sequence[Part], chunks: Sequence[Chunk]) -> None:
        self._hold()
        self.parts += len(parts)
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
        _require_room(self._store)
        self._before = self._store.add_batch(self._number, self._title, self._parts, self._chunks)
        self._written += len(self._chunks)
        self._parts, self._chunks, self._characters = [], [], 0
