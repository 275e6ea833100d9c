"""What the Documents page is given to show, and what it tells: frozen values only."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from app.documents.records import Collection, Document, Passage, Progress, Scope
from app.frozen import dataclass

OF_CHATS = ""
"""In place of a collection's id: files that belong to chats only."""

CollectionActName = Literal[
    "ask", "add_files", "rename", "open_folder", "left_out", "keep", "check", "read_again", "remove"
]
DocumentActName = Literal["show", "unlock", "why", "ask", "read_again", "keep", "open_folder", "remove"]


@dataclass(frozen=True, slots=True)
class CollectionShown:
    """A collection with its documents by name; `collection` is None for the files of chats.

    `left_out` counts the files in its folder that the person removed from it.
    """

    collection: Collection | None
    documents: tuple[Document, ...]
    left_out: int = 0

    @property
    def id(self) -> str:
        return OF_CHATS if self.collection is None else self.collection.id

    @property
    def scope(self) -> Scope:
        """What is asked where all of it is."""
        if self.collection is not None:
            return Scope(collection_ids=(self.collection.id,))
        return Scope(tuple(document.id for document in self.documents))


@dataclass(frozen=True, slots=True)
class ShelfShown:
    """All that is here. `can_recognise`: the component that reads scanned pages is installed."""

    collections: tuple[CollectionShown, ...]
    progress: Progress
    can_recognise: bool = False
    recognises: bool = False  # because the person said so
    note: str = ""  # a sentence where the model that was chosen for searching is not here

    @property
    def documents(self) -> tuple[Document, ...]:
        return tuple(document for collection in self.collections for document in collection.documents)


@dataclass(frozen=True, slots=True)
class HitsShown:
    """What a search for `words` found, the best first."""

    words: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class SearchRequested:
    words: str


@dataclass(frozen=True, slots=True)
class PathsOffered:
    """Files and folders that were dropped on the page."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class CollectionAct:
    """Something is to be done with a collection, or (OF_CHATS) with the files of chats."""

    id: str
    act: CollectionActName


@dataclass(frozen=True, slots=True)
class DocumentAct:
    """Something is to be done with these documents."""

    ids: tuple[str, ...]
    act: DocumentActName
