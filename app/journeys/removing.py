"""Removing many documents for good, in steps: each is erased from chats and library before the next one begins.

So whoever stops it has what went gone everywhere, and what did not go as it was. The index is written anew at the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, Required, TypedDict, Unpack

from app.chat.store import ChatStore
from app.documents.library import Library
from app.documents.records import Document, Purged, Receipt, Removing
from app.documents.store.store import DocumentStore
from app.engine.stop import Stop
from app.journeys import erasing
from app.storage.database import Database

AT_ONCE: Final = 50
CHUNKS_AT_ONCE: Final = 2_000
"""What is at most in a step: about 0.2 s, after which a stop is heard. A larger document is a step of its own."""
_TELL_EVERY_S: Final = 0.1


class How(TypedDict, total=False):
    """`with_answers`: the answers that were given from them go as well. `on_progress` is called on the same thread, at
    most ten times a second and at the end. `stop` is heard between documents: the rest is as before.
    """

    with_answers: Required[bool]
    on_progress: Callable[[Removing], None]
    stop: Stop | None


class Removal:
    """Of documents, out of the library and out of chats (`stores`); `forget` is for what the engine read of a chat.

    Everything blocks; a receipt counts in `left` the documents that were not come to.
    """

    def __init__(self, library: Library, stores: Sequence[ChatStore], forget: Callable[[str], object]) -> None:
        self._library = library
        self._stores = stores
        self._forget = forget

    def remove(self, ids: Sequence[str], **how: Unpack[How]) -> Receipt:
        """Everywhere."""
        on_progress, stop = how.get("on_progress", _nobody), how.get("stop")
        known = {document.id: document for document in self._library.documents(ids=ids)}
        total, done, told_at = Receipt(), 0, 0.0
        for some in _steps(list(dict.fromkeys(ids)), known):
            if time.monotonic() - told_at >= _TELL_EVERY_S:
                told_at = time.monotonic()
                on_progress(Removing(done, len(known), known[some[0]].name if some[0] in known else ""))
            if stop is not None and stop.is_set:
                break
            total += self._erase(some, with_answers=how["with_answers"])
            done += len(known.keys() & set(some))
        total = replace(total, left=len(known) - done)
        self._library.finish_removing(on_progress, total)
        return total

    def take_out(self, ids: Sequence[str], **how: Unpack[How]) -> Receipt:
        """Out of their collections: those that a chat has as well, or the person by itself, stay."""
        receipt, staying = self._remove_alone(ids, how)
        return receipt if receipt.left else receipt + self._library.take_out(staying)

    def remove_collection(self, collection_id: str, **how: Unpack[How]) -> Receipt:
        """With its documents, but those that stay; not where it was stopped."""
        ids = [document.id for document in self._library.documents(collection_id)]
        receipt, _staying = self._remove_alone(ids, how)
        return receipt if receipt.left else receipt + self._library.remove_collection(collection_id)

    def _remove_alone(self, ids: Sequence[str], how: How) -> tuple[Receipt, tuple[str, ...]]:
        staying = self._library.belongs_elsewhere(ids)
        return self.remove([one for one in ids if one not in staying], **how), staying

    def _erase(self, ids: Sequence[str], *, with_answers: bool) -> Receipt:
        remove = partial(self._library.remove_some, ids)
        return erasing.erase(ids, remove, with_answers=with_answers, stores=self._stores, forget=self._forget)


def purge(
    conversations: Sequence[str],
    remove: Callable[[Sequence[str]], tuple[str, ...]],
    database: Database,
    library: Callable[[], Library],
) -> Purged:
    """Remove chats for good, and then the files that they had and nothing has any more."""
    had = DocumentStore(database).had_by(conversations) if conversations else ()
    gone = remove(conversations)
    return Purged(gone, library().let_go(had).names if had else ())


def _nobody(_removing: Removing) -> None:
    """Who wants to hear nothing of it."""


def _steps(ids: Sequence[str], known: dict[str, Document]) -> Iterator[list[str]]:
    """Also with those that the library does not know any more: chats may."""
    some: list[str] = []
    chunks = 0
    for one in ids:
        more = known[one].chunks if one in known else 0
        if some and (len(some) == AT_ONCE or chunks + more > CHUNKS_AT_ONCE):
            yield some
            some, chunks = [], 0
        some.append(one)
        chunks += more
    if some:
        yield some
