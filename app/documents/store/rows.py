"""What the parts of the store share: keys, rows as values, and the database."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any, Final  # Any: rows of the database adapter are untyped tuples

from app.documents.parts import Hidden, Part
from app.documents.records import Collection, Document
from app.errors import PaddockError, StorageFault
from app.storage.cipher import Connection
from app.storage.database import Database
from app.text import _

KEY_BITS: Final = 20
MOST: Final = 2**KEY_BITS
"""Parts, chunks or pieces that a document can have."""
HALF: Final = MOST // 2
"""Of them: where a document's second copy begins, and how many pieces one can have."""
MARK: Final = MOST - 1
"""An empty piece at this place says that the second copy is the one that counts."""
GIVEN = "(SELECT value FROM json_each(?))"
"""The values of a parameter made by `listed`: any number of them in one statement."""

COLLECTION = (
    "SELECT c.id, c.name, c.folder, c.keeping, c.created_at, count(d.number), coalesce(sum(d.parts), 0)"
    " FROM collections c LEFT JOIN documents d ON d.collection_id = c.id AND d.is_going = 0 WHERE c.is_going = 0"
)
DOCUMENT = (
    "SELECT d.number, d.id, d.collection_id, d.name, d.path, d.size_bytes, d.modified_ns, d.sha256, d.kind,"
    " d.part_name, d.status, d.keeping, d.title, d.parts, d.characters, d.chunks, d.scans, d.hidden, d.notes, d.fault,"
    " d.next_step, d.added_at, d.fault_name, d.is_own, d.wanted FROM documents d WHERE d.is_going = 0"
)


class Shared:
    """What every part of the store stands on."""

    def __init__(self, database: Database, *, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now


def key(document: int, place: int) -> int:
    """Of a part, chunk or piece. Raises ValueError for one that no document can have."""
    if not 0 <= place < MOST:
        raise ValueError("no document has so many")
    return document << KEY_BITS | place


def keys_of(document: int) -> tuple[int, int]:
    """The first and the last key that anything of a document can have, for BETWEEN."""
    return document << KEY_BITS, (document + 1 << KEY_BITS) - 1


def new_id() -> str:
    """128 random bits; ids carry no time and no order."""
    return secrets.token_hex(16)


def whole(text: str) -> str:
    """As SQLite can hold it, and exactly as long: without NUL and lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


def listed(values: Iterable[str | int]) -> str:
    """For GIVEN."""
    return json.dumps(list(values))


def gone() -> PaddockError:
    return StorageFault(_("This document or collection is not there any more."), _("It was deleted."))


def collection_of(row: Any) -> Collection:  # Any: a row of the adapter
    return Collection(*row)


def document_of(row: Any, embedded: int = 0) -> Document:  # Any: a row of the adapter
    _number, own, home, *rest, notes, fault, next_step, added_at, fault_name, is_own, wanted = row
    name, path, size_bytes, modified_ns, sha256, kind, part_name, status, keeping, title, *counts = rest
    parts, characters, chunks, scans, hidden = counts
    return Document(
        id=own,
        collection_id=home or "",
        name=name,
        path=path,
        size_bytes=size_bytes,
        modified_ns=modified_ns,
        sha256=sha256,
        kind=kind,
        part_name=part_name,
        status=status,
        keeping=keeping,
        title=title,
        parts=parts,
        characters=characters,
        chunks=chunks,
        embedded=min(embedded, chunks),
        scans=scans,
        hidden=hidden,
        notes=tuple(json.loads(notes)),
        fault=fault,
        next_step=next_step,
        added_at=added_at,
        fault_name=fault_name,
        is_own=bool(is_own),
        wanted=wanted,
    )


def packed_hidden(part: Part) -> str:
    """As it is stored; empty where nothing is."""
    return json.dumps([asdict(one) for one in part.hidden]) if part.hidden else ""


def part_of(row: Any) -> Part:  # Any: a row of the adapter
    place, label, is_scan, hidden, text, places = row
    found = tuple(Hidden(**one) for one in json.loads(hidden)) if hidden else ()
    return Part(place & (MOST - 1), label, text, found, bool(is_scan), bytes(places))


def number_of(c: Connection, document_id: str) -> int:
    """Raises StorageFault where the document is gone."""
    row = c.execute("SELECT number FROM documents WHERE id = ? AND is_going = 0", (document_id,)).fetchone()
    if row is None:
        raise gone()
    return int(row[0])
