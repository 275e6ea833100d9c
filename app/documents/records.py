"""What is kept of collections and documents, as those see it who ask the store."""

from __future__ import annotations

from collections.abc import Container
from typing import Literal

from app.documents.parts import Kind, PartName, Span
from app.frozen import dataclass

Status = Literal["waiting", "reading", "read", "failed", "missing"]
"""`read`: all its words can be found, whether or not its vectors are there. `missing`: its file is gone."""
Keeping = Literal["reference", "inside"]
"""Originals: only where they are is kept, or a copy inside the encrypted profile."""


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

    `collection_id` is empty for one that only belongs to chats. `fault` says why it failed, `next_step` what to do.
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
class Progress:
    """Of everything that waits to be read or embedded. `left_s` is None while nothing was measured."""

    documents_left: int
    chunks_left: int
    current: str  # the name of the file at work, empty when idle
    fraction: float  # of that file
    left_s: float | None
    is_paused: bool
    pause_reason: Literal["", "person", "battery", "answer"] = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a deletion took away, counted, and what it found that still quotes it."""

    names: tuple[str, ...]
    parts: int
    chunks: int
    vectors: int
    original_bytes: int
    quoting: tuple[str, ...] = ()  # ids of messages that cite it
