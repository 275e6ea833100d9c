"""Keeping a collection in step with its folder: what was added, changed, moved or deleted there since the last look.

A move is told by content, so that what was read stays. What was deleted is missing at first, and goes with the next
look that does not find it either. What is away with its drive or its folder (`absence`) never goes by itself, and
neither does what is kept inside: to take that off the disk is then what the person meant.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from typing import Final

from app.documents.ingest.absence import away
from app.documents.ingest.walking import Walked, is_folder, look, walk
from app.documents.reader import FileSource
from app.documents.records import Collection
from app.documents.store.following import FileSeen, Known
from app.documents.store.store import DocumentStore
from app.errors import PaddockError

_ADDED_AT_ONCE: Final = 500

Stopped = Callable[[], bool]
OnChecked = Callable[[int], None]


class Check:
    """Of every file, byte for byte: how far that is."""

    def __init__(self) -> None:
        self._of_bytes = self._done_bytes = 0

    def begin(self, of_bytes: int) -> None:
        self._of_bytes, self._done_bytes = of_bytes, 0

    def add(self, size_bytes: int) -> None:
        self._done_bytes += size_bytes

    @property
    def fraction(self) -> float:
        return min(1.0, self._done_bytes / self._of_bytes) if self._of_bytes else 0.0


def keep_in_step(
    store: DocumentStore, collection: Collection, *, stop: Stopped, on_checked: OnChecked | None = None
) -> bool:
    """One look at the folder; whether anything was different. With `on_checked`, which gets the size of each file that
    was compared byte for byte, none is taken for what it was by its size and times. Stopped, nothing is concluded from
    what it did not come to.
    """
    folder = Path(collection.folder)
    walked = Walked() if not is_folder(folder) else walk(folder, stop=stop)
    if walked is None:
        return False
    known = {one.path: one for one in store.known(collection.id)}
    left_out = {one.path for one in store.ignored(collection.id)}
    new = {path: seen for path, seen in walked.files.items() if path not in known and path not in left_out}
    gone = [one for path, one in known.items() if path not in walked.files and walked.could_see(path)]
    here = [(one, walked.files[path]) for path, one in known.items() if path in walked.files]
    has_changed = _note_changes(store, here, stop, on_checked)
    moved, unsure = _note_moves(store, gone, new, stop)
    if stop():
        return has_changed or bool(moved)
    still = [one for one, _seen in here] + [replace(one, path=moved[one.id].path) for one in gone if one.id in moved]
    gone = [one for one in gone if one.id not in moved and one.id not in unsure and one.keeping != "inside"]
    has_lost = _note_losses(store, gone, away(gone, still, walked, collection.folder))
    _forget_left_out(store, collection, left_out, walked)
    files = list(new.values())
    for start in range(0, len(files), _ADDED_AT_ONCE):
        added = store.add(files[start : start + _ADDED_AT_ONCE], collection_id=collection.id, is_found=True)
        has_changed = has_changed or bool(added)
    return bool(has_changed or moved or has_lost)


def check_others(store: DocumentStore, *, stop: Stopped, on_checked: OnChecked) -> bool:
    """The same byte for byte for files in no folder that is watched; whether anything was different."""
    found = [(one, look(Path(one.path))) for one in store.known(None)]
    missed = [one.id for one, seen in found if seen is None and one.status not in ("missing", "away")]
    if missed:
        store.miss(missed)
    here = [(one, seen) for one, seen in found if seen is not None]
    return _note_changes(store, here, stop, on_checked) or bool(missed)


def _note_changes(
    store: DocumentStore, here: Iterable[tuple[Known, FileSeen]], stop: Stopped, on_checked: OnChecked | None
) -> bool:
    has_changed = False
    same: list[tuple[str, FileSeen]] = []
    for document, seen in here:
        if stop():
            break
        is_back = document.status in ("missing", "away")
        if on_checked is None and not _is_other(document, seen):
            if is_back or _is_news(document, seen):
                same.append((document.id, seen))
            has_changed = has_changed or is_back
            continue
        is_same = _has_content(seen, document, stop)
        if on_checked is not None:
            on_checked(seen.size_bytes)
        if is_same:
            same.append((document.id, seen))
        elif is_same is False:
            store.changed(document.id, seen)
        has_changed = has_changed or is_back or is_same is False
    store.seen(same)
    return has_changed


def _note_moves(
    store: DocumentStore, gone: Sequence[Known], new: dict[str, FileSeen], stop: Stopped
) -> tuple[dict[str, FileSeen], set[str]]:
    """Where those (ids) are now that are at another place; and which may be at one that could not be read just now.

    Those places are taken out of `new`.
    """
    sizes = {one.size_bytes for one in gone if one.sha256}
    found: defaultdict[str | None, list[FileSeen]] = defaultdict(list)
    for seen in new.values():
        if stop():
            break
        if seen.size_bytes in sizes:
            found[_digest(seen, stop)].append(seen)
    moved: dict[str, FileSeen] = {}
    for document in gone:
        alike = found.get(document.sha256)
        if alike and not stop():
            moved[document.id] = seen = min(alike, key=partial(_unlike, document))
            alike.remove(seen)
            del new[seen.path]
            store.seen([(document.id, seen)])
            if seen.name != document.name:
                store.rename(document.id)
    unread = {seen.size_bytes for seen in found[None]}
    unsure = [one for one in gone if one.sha256 and one.id not in moved and one.size_bytes in unread]
    sizes = {one.size_bytes for one in unsure}
    for seen in found[None]:
        if seen.size_bytes in sizes:
            del new[seen.path]
    return moved, {one.id for one in unsure}


def _unlike(document: Known, seen: FileSeen) -> tuple[bool, bool]:
    """Which of several files with its content is the least likely to be it: the greatest."""
    return seen.modified_ns != document.modified_ns, seen.name != document.name


def _note_losses(store: DocumentStore, gone: Sequence[Known], far: set[str]) -> bool:
    """`far` are the ids of those that are away."""
    left = [one.id for one in gone if one.id in far and one.status != "away"]
    missed = [one.id for one in gone if one.id not in far and one.status != "missing"]
    lost = [one.id for one in gone if one.id not in far and one.status == "missing"]
    if left:
        store.miss(left, "away")
    if missed:
        store.miss(missed)
    if lost:
        _forget(store, lost)
    return bool(left or missed or lost)


def _forget(store: DocumentStore, lost: Sequence[str]) -> None:
    """What a chat has as well only leaves the collection."""
    staying = store.belonging(lost)
    store.take_out(staying, is_left_out=False)
    store.remove([one for one in lost if one not in staying], is_forgotten_now=False)


def _forget_left_out(store: DocumentStore, collection: Collection, left_out: Iterable[str], walked: Walked) -> None:
    """Files that the person removed from the collection, and from the disk since then."""
    lost = [path for path in left_out if path not in walked.files and walked.could_see(path)]
    deleted = [path for path in lost if str(PurePath(path).parent) in walked.folders]
    if deleted:
        store.heed(collection.id, deleted)


def _is_other(document: Known, seen: FileSeen) -> bool:
    """Whether a look at its facts alone cannot say that it is the same file."""
    if (document.size_bytes, document.modified_ns) != (seen.size_bytes, seen.modified_ns):
        return True
    noted = (document.changed_ns, document.file_id)
    return bool(document.changed_ns) and noted != (seen.changed_ns, seen.file_id)


def _is_news(document: Known, seen: FileSeen) -> bool:
    """Whether something is noted of it that was not known."""
    return (document.changed_ns, document.file_id, document.is_apart) != (seen.changed_ns, seen.file_id, seen.is_apart)


def _has_content(seen: FileSeen, document: Known, stop: Stopped) -> bool | None:
    """Whether a file has the very bytes that were read of a document; None where that could not be found out."""
    if not document.sha256 or seen.size_bytes != document.size_bytes:
        return False
    digest = _digest(seen, stop)
    return None if digest is None else digest == document.sha256


def _digest(seen: FileSeen, stop: Stopped) -> str | None:
    """Its SHA-256; None where it could not be read to its end."""
    digest = hashlib.sha256()
    try:
        for piece in FileSource(Path(seen.path)).pieces():
            if stop():
                return None
            digest.update(piece)
    except PaddockError:  # it went away again; the next look sees it
        return None
    return digest.hexdigest()
