"""What answering needs of the store of documents, and what chats need of it on top of that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from app.documents.parts import Part
from app.documents.records import Collection, Document, Passage, Progress, Scope, Size


class Asked(Protocol):
    """As `Library` keeps it."""

    def documents(
        self, collection_id: str | None = None, *, ids: Sequence[str] | None = None
    ) -> tuple[Document, ...]: ...

    def search(self, query: str, scope: Scope | None = None, *, limit: int = 10) -> tuple[Passage, ...]: ...

    def part(self, document_id: str, number: int) -> Part: ...

    def parts_of(self, document_id: str) -> Iterator[Part]: ...

    def size_of(self, scope: Scope) -> Size: ...


class AskedByChats(Asked, Protocol):
    """Which documents a chat asks, and how far they are read."""

    def attach(self, conversation_id: str, scope: Scope) -> None: ...

    def scope_of(self, conversation_id: str) -> Scope: ...

    def collections(self) -> Sequence[Collection]: ...

    def progress(self) -> Progress: ...


def documents_of(asked: Asked, scope: Scope) -> tuple[Document, ...]:
    """Each once, those of collections first, whether or not they were read."""
    found: dict[str, Document] = {}
    for collection_id in scope.collection_ids:
        found |= {document.id: document for document in asked.documents(collection_id)}
    if scope.document_ids:
        found |= {document.id: document for document in asked.documents(ids=scope.document_ids)}
    return tuple(found.values())


def is_readable(document: Document) -> bool:
    """Its text is there, all of it, even where its file is not, or where it waits to be read once more."""
    return document.status in ("read", "missing", "away", "waiting") and document.parts > 0
