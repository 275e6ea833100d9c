"""What is kept of collections and documents, as those see it who ask the store."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, Final, Literal

from app.documents.parts import Kind, PartName, Span
from app.frozen import dataclass

if TYPE_CHECKING:  # sentences, which the window's start does not need
    from app.documents.faults import FaultName

Status = Literal["waiting", "reading", "read", "failed", "missing", "away"]
"""`read`: all its words can be found, whether or not its vectors are there. `missing`: its file is gone. `away`: so is
the drive or the folder that it was in; it is found as before, and comes back with that."""
Keeping = Literal["reference", "inside"]
"""Originals: only where they are is kept, or a copy inside the encrypted profile."""
Step = Literal["waiting", "reading", "embedding", "keeping"]
Unit = Literal["parts", "chunks", "bytes"]
LOCKED: Final[frozenset[FaultName | Literal[""]]] = frozenset({"encrypted", "password"})
"""Faults of a document that a password may end."""


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents that are asked together. With a `folder` it is watched and kept in step; else files are added."""

    id: str
    name: str
    folder: str  # an absolute path, empty where it has none
    keeping: Keeping
    created_at: float
    documents: int = 0
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """One file. `path` is where it was when it was last seen; `sha256` of its bytes is empty until it was read.

    `collection_id` is empty for one in no collection; `is_own`: the person added it by itself, for no chat. `fault`
    says why it failed (or, of one that was read, why no copy could be kept), `next_step` what to do. `wanted` is the
    keeping that it is on its way to.
    """

    id: str
    collection_id: str
    name: str
    path: str
    size_bytes: int
    modified_ns: int
    sha256: str
    kind: Kind | Literal[""]
    part_name: PartName
    status: Status
    keeping: Keeping
    title: str = ""
    parts: int = 0
    characters: int = 0
    chunks: int = 0
    embedded: int = 0  # of the chunks, by the embedding model in use
    scans: int = 0
    hidden: int = 0
    notes: tuple[str, ...] = ()
    fault: str = ""
    next_step: str = ""
    added_at: float = 0.0
    fault_name: FaultName | Literal[""] = ""
    is_own: bool = False
    wanted: Keeping | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document that was found: `score` is the ranking's own, higher is better (0 where none applies).

    `ranks` are its places in the rankings that it came from, from 1: (by words, by meaning), 0 for not among them.
    `similarity` is the cosine of its meaning and the question's, None where it is not among the nearest in meaning.
    """

    document_id: str
    document_name: str
    part_name: PartName
    part_label: str
    span: Span
    heading: str
    text: str
    score: float = 0.0
    ranks: tuple[int, int] = (0, 0)
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which documents are asked: these, and everything in these collections."""

    document_ids: tuple[str, ...] = ()
    collection_ids: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.document_ids or self.collection_ids)

    def without(self, gone: Container[str]) -> Scope:
        """The rest, where documents or collections are gone."""
        return Scope(
            tuple(one for one in self.document_ids if one not in gone),
            tuple(one for one in self.collection_ids if one not in gone),
        )


NO_DOCUMENTS = Scope()


@dataclass(frozen=True, slots=True)
class FileProgress:
    """Of one document that is at work or waits. `of` is 0 while nobody knows, `fraction` of this step alone.

    `seconds_left`: until it is through with this step when its turn has come; None while nothing was measured.
    """

    document_id: str
    name: str
    step: Step
    done: int
    of: int
    unit: Unit
    fraction: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Of everything that waits to be read or embedded. `left_s` is None while nothing was measured.

    `files`: the one at work, and the next ones. `checking` is the fraction of the files that were looked at one by one,
    None while nobody wants that. `is_resting`: the profile could not be written, and it is tried again in a minute.
    """

    documents_left: int
    chunks_left: int
    current: str  # the name of the file at work, empty when idle
    fraction: float  # of that file
    left_s: float | None
    is_paused: bool
    pause_reason: Literal["", "person", "battery", "answer"] = ""
    files: tuple[FileProgress, ...] = ()
    checking: float | None = None
    is_resting: bool = False


@dataclass(frozen=True, slots=True)
class Removing:
    """How far a removal is. `is_forgetting`: the index is written anew without the words, which cannot be stopped."""

    done: int
    of: int
    name: str = ""  # of the document at work
    is_forgetting: bool = False


@dataclass(frozen=True, slots=True)
class Ignored:
    """A file in a watched folder that the person removed from the collection: it is not read again by itself."""

    path: str
    name: str
    ignored_at: float


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a deletion took away, counted, and what it found that still quotes it.

    `staying` are the names of documents that left their collection, but which a chat or the person has besides.
    """

    names: tuple[str, ...] = ()
    parts: int = 0
    chunks: int = 0
    vectors: int = 0
    original_bytes: int = 0
    quoting: tuple[str, ...] = ()  # ids of messages that cite it
    left: int = 0  # documents that are still there, because it was stopped
    staying: tuple[str, ...] = ()

    def __add__(self, other: Receipt) -> Receipt:
        return Receipt(
            self.names + other.names,
            self.parts + other.parts,
            self.chunks + other.chunks,
            self.vectors + other.vectors,
            self.original_bytes + other.original_bytes,
            self.quoting + other.quoting,
            self.left + other.left,
            self.staying + other.staying,
        )


@dataclass(frozen=True, slots=True)
class Purged:
    """Chats that were deleted for good, and the names of the files that nothing else had."""

    conversations: tuple[str, ...]
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to read. `tokens` is an estimate."""

    documents: int
    parts: int
    tokens: int
    characters: int = 0
