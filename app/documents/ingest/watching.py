"""Keeping a collection in step with its folder: what was added, changed, moved or deleted there since the last look.

A move is told by content, so that what was read stays. What is gone is missing at first, and deleted with the next
look that does not find it either; but never where nothing is there at all, which is how an unplugged drive looks, and
never where the original is kept inside: to take it off the disk is then what the person meant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from app.documents.ingest.walking import Walked, walk
from app.documents.reader import FileSource
from app.documents.records import Collection, Document
from app.documents.store.shelves import FileSeen
from app.documents.store.store import DocumentStore
from app.errors import PaddockError

_ADDED_AT_ONCE: Final = 500

Stopped = Callable[[], bool]


def keep_in_step(store: DocumentStore, collection: Collection, *, stop: Stopped) -> bool:
    """One look at the folder; whether anything was different."""
    walked = walk(Path(collection.folder), stop=stop)
    if walked is None:
        return False
    known = {document.path: document for document in store.documents(collection.id)}
    new = {path: seen for path, seen in walked.files.items() if path not in known}
    gone = [one for path, one in known.items() if path not in walked.files and walked.could_see(path)]
    has_changed = _note_changes(store, known, walked, stop)
    moved = _note_moves(store, gone, new, stop)
    gone = [one for one in gone if one.id not in moved and one.keeping != "inside"]
    missed = [one.id for one in gone if one.status != "missing"]
    if missed:
        store.miss(missed)
    lost = [one.id for one in gone if one.status == "missing"]
    if lost and not walked.is_empty:
        store.remove(lost, is_forgotten_now=False)
    files = list(new.values())
    for start in range(0, len(files), _ADDED_AT_ONCE):
        store.add(files[start : start + _ADDED_AT_ONCE], collection_id=collection.id, keeping=collection.keeping)
    return bool(has_changed or moved or missed or lost or files)


def _note_changes(store: DocumentStore, known: dict[str, Document], walked: Walked, stop: Stopped) -> bool:
    has_changed = False
    for path, document in known.items():
        seen = walked.files.get(path)
        if seen is None or (_is_as_known(document, seen) and document.status != "missing"):
            continue
        has_changed = True
        if _is_as_known(document, seen) or _has_content(seen, document, stop):
            store.seen(document.id, seen)
        else:
            store.changed(document.id, seen)
    return has_changed


def _note_moves(store: DocumentStore, gone: list[Document], new: dict[str, FileSeen], stop: Stopped) -> set[str]:
    """The ids of those that are at another place now, which is taken out of `new`."""
    moved = set()
    for document in gone:
        alike = [seen for seen in new.values() if seen.size_bytes == document.size_bytes]
        alike.sort(key=lambda seen: (seen.modified_ns != document.modified_ns, seen.name != document.name))
        for seen in alike:
            if _has_content(seen, document, stop):
                store.seen(document.id, seen)
                if seen.name != document.name:
                    store.rename(document.id)
                del new[seen.path]
                moved.add(document.id)
                break
    return moved


def _is_as_known(document: Document, seen: FileSeen) -> bool:
    return (document.size_bytes, document.modified_ns) == (seen.size_bytes, seen.modified_ns)


def _has_content(seen: FileSeen, document: Document, stop: Stopped) -> bool:
    """Whether a file has the very bytes that were read of a document."""
    if not document.sha256 or seen.size_bytes != document.size_bytes:
        return False
    digest = hashlib.sha256()
    try:
        for piece in FileSource(Path(seen.path)).pieces():
            if stop():
                return False
            digest.update(piece)
    except PaddockError:  # it went away again; the next look sees it
        return False
    return digest.hexdigest() == document.sha256
