"""What was read of a document: its parts and chunks, the words that they are found by, and a copy of the original."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from app.documents.faults import FaultName
from app.documents.parts import About, Chunk, Part, PartName, Span
from app.documents.records import Document, Keeping
from app.documents.store.following import FileSeen
from app.documents.store.rows import (
    DOCUMENT,
    GIVEN,
    MARK,
    MOST,
    Shared,
    document_of,
    gone,
    key,
    keys_of,
    listed,
    number_of,
    packed_hidden,
    part_of,
    whole,
)
from app.documents.store.words import index_chunks
from app.storage.cipher import Connection

INDEXED_AT_ONCE = 200
PIECES_AT_ONCE = 4  # of an original, a megabyte each
_UNREAD = "parts = 0, characters = 0, tokens = 0, chunks = 0, scans = 0, hidden = 0, notes = '[]'"
_PART = "SELECT key, label, is_scan, hidden, text, places FROM parts"


@dataclass(frozen=True, slots=True)
class Work:
    """A document that waits to be read. `number` is its number in keys."""

    number: int
    document: Document


@dataclass(frozen=True, slots=True)
class Queued:
    """A document that waits: to be read (`chunks` is 0), or for vectors of the rest of its chunks."""

    id: str
    name: str
    size_bytes: int
    chunks: int
    embedded: int


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk as the ranking needs it: whose it is, where it stands, and what it is called there."""

    key: int
    document_id: str
    document_name: str
    part_name: PartName
    span: Span
    heading: str


class Contents(Shared):
    """Filled in small batches, in the order of the file: a document's last batch is the one that says it was read."""

    def next_to_read(self) -> Work | None:
        """The smallest of those that wait: most files are there after seconds, however large one of them is."""
        sql = f"{DOCUMENT} AND d.status = 'waiting' ORDER BY d.size_bytes, d.number LIMIT 1"
        row = self._database.read(lambda c: c.execute(sql).fetchone())
        return None if row is None else Work(row[0], document_of(row))

    def begin_reading(self, number: int, seen: FileSeen | None) -> Keeping:
        """What is known of it is to be cleared now: broken off, none of it counts any more. How it is kept.

        `seen` is its file as it is now, where that is what is read.
        """
        begun = "status = 'reading', fault = '', next_step = '', fault_name = ''"

        def write(c: Connection) -> Keeping:
            c.execute(f"UPDATE documents SET {begun}, {_UNREAD} WHERE number = ?", (number,))
            if seen is not None:
                marked = "size_bytes = ?, modified_ns = ?, changed_ns = ?, file_id = ?"
                c.execute(f"UPDATE documents SET {marked} WHERE number = ?", (*seen.mark, number))
            row = c.execute("SELECT keeping FROM documents WHERE number = ?", (number,)).fetchone()
            kept: Keeping = row[0] if row else "reference"
            return kept

        return self._database.write(write)

    def add_batch(self, number: int, title: str, parts: Sequence[Part], chunks: Sequence[Chunk]) -> Future[None]:
        """A batch of what was read, which is found by its words from now on; `title` is found with each chunk."""

        def write(c: Connection) -> None:
            require_here(c, number)
            c.executemany("INSERT INTO parts VALUES (?, ?, ?, ?, ?, ?)", [_part_row(number, one) for one in parts])
            c.executemany(
                "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?)", [_chunk_row(number, one) for one in chunks]
            )
            index_chunks(c, title, [(key(number, one.number), one.heading, one.text) for one in chunks])

        return self._database.write_soon(write)

    def finish(
        self,
        number: int,
        about: About,
        *,
        size_bytes: int | None,
        sha256: str,
        tokens: int,
        copy_start: int | None = None,
    ) -> None:
        """All of it was read, unless it waits again by now. `size_bytes` is None where that stays; `copy_start` is the
        place of the copy that counts from now on.
        """

        def write(c: Connection) -> None:
            counted = "SELECT count(*) FROM chunks WHERE key BETWEEN ? AND ?"
            (chunks,) = c.execute(counted, keys_of(number)).fetchone() or (0,)
            done = c.execute(
                "UPDATE documents SET status = 'read', kind = ?, part_name = ?, title = ?, parts = ?, characters = ?,"
                " scans = ?, hidden = ?, notes = ?, size_bytes = coalesce(?, size_bytes), sha256 = ?, tokens = ?,"
                " chunks = ? WHERE number = ? AND status = 'reading'",
                (
                    about.kind,
                    about.part_name,
                    whole(about.title),
                    about.parts,
                    about.characters,
                    about.scans,
                    about.hidden,
                    whole(json.dumps(about.notes, ensure_ascii=False)),
                    size_bytes,
                    sha256,
                    tokens,
                    chunks,
                    number,
                ),
            )
            if done.rowcount and copy_start is not None:
                count_from(c, number, copy_start)

        self._database.write(write)

    def fail(self, number: int, fault: str, next_step: str, *, name: FaultName | Literal[""] = "") -> None:
        """It could not be read. Of one that is gone, what was read before serves on."""
        which = "number = ? AND status IN ('waiting', 'reading')"
        is_missing = name == "gone"
        unread = "" if is_missing else f", {_UNREAD}"
        sql = f"UPDATE documents SET status = ?, fault = ?, next_step = ?, fault_name = ?{unread} WHERE {which}"
        given = ("missing" if is_missing else "failed", whole(fault), whole(next_step), name, number)
        self._database.write(lambda c: c.execute(sql, given).rowcount)

    def put_off(self, number: int | None = None) -> int:
        """Let a document that was being read (None: all) wait again: it begins anew. How many there were."""
        sql = "UPDATE documents SET status = 'waiting' WHERE status = 'reading' AND (?1 IS NULL OR number = ?1)"
        return self._database.write(lambda c: c.execute(sql, (number,)).rowcount)

    def waiting(self) -> tuple[int, int]:
        """How many documents are still to be read, and their bytes."""
        sql = (
            "SELECT count(*), coalesce(sum(size_bytes), 0) FROM documents"
            " WHERE status IN ('waiting', 'reading') AND is_going = 0"
        )
        count, size_bytes = self._database.read(lambda c: c.execute(sql).fetchone()) or (0, 0)
        return count, size_bytes

    def queue(self, model: str, count: int) -> tuple[Queued, ...]:
        """The next documents in the order of their turns: first all that are read, then those that are embedded."""
        reading = (
            "SELECT id, name, size_bytes, 0, 0 FROM documents WHERE status IN ('waiting', 'reading') AND is_going = 0"
            " ORDER BY status = 'waiting', size_bytes, number LIMIT ?"
        )
        embedding = (
            "SELECT d.id, d.name, d.size_bytes, d.chunks, coalesce((SELECT sum(rows) FROM vectors"
            " WHERE document = d.number AND model = ?1), 0) AS done FROM documents d"
            " WHERE d.status IN ('read', 'away', 'missing') AND d.is_going = 0 AND d.chunks > done"
            " ORDER BY d.number LIMIT ?2"
        )

        def read(c: Connection) -> tuple[Queued, ...]:
            rows = c.execute(reading, (count,)).fetchall()
            if model and len(rows) < count:
                rows += c.execute(embedding, (model, count - len(rows))).fetchall()
            return tuple(Queued(*row) for row in rows)

        return self._database.read(read)

    def is_here(self, number: int) -> bool:
        """Whether it was not deleted meanwhile."""
        sql = "SELECT 1 FROM documents WHERE number = ? AND is_going = 0"
        return self._database.read(lambda c: c.execute(sql, (number,)).fetchone()) is not None

    def chunks_of(self, number: int) -> int:
        row = self._database.read(
            lambda c: c.execute("SELECT chunks FROM documents WHERE number = ?", (number,)).fetchone()
        )
        return 0 if row is None else int(row[0])

    def rename(self, document_id: str, *, before: int = MOST) -> None:
        """Let it be found by its new name or title, too: words of chunks before this one are indexed anew."""
        at = -1

        def write(c: Connection) -> int:
            row = c.execute(f"{DOCUMENT} AND d.id = ?", (document_id,)).fetchone()
            return -1 if row is None else _index_some(c, row[0], document_of(row), at, before)

        while (at := self._database.write(write)) >= 0:
            pass

    # Looking.

    def part(self, document_id: str, place: int) -> Part | None:
        """Raises StorageFault where the document is gone."""

        def read(c: Connection) -> Part | None:
            row = c.execute(f"{_PART} WHERE key = ?", (key(number_of(c, document_id), place),)).fetchone()
            return None if row is None else part_of(row)

        return self._database.read(read)

    def parts_of(self, document_id: str) -> Iterator[Part]:
        """In order, each read when it is asked for. Raises StorageFault where the document is gone."""
        place = -1

        def read(c: Connection) -> Part | None:
            first, last = keys_of(number_of(c, document_id))
            sql = f"{_PART} WHERE key BETWEEN ? AND ? ORDER BY key LIMIT 1"
            row = c.execute(sql, (first + place + 1, last)).fetchone()
            return None if row is None else part_of(row)

        while (found := self._database.read(read)) is not None:
            place = found.number
            yield found


def found(c: Connection, keys: Sequence[int]) -> dict[int, Found]:
    """What the ranking needs of these chunks, by key; within a read. One that is gone is left out."""
    rows = c.execute(
        "SELECT k.key, d.id, d.name, d.part_name, k.first, k.start, k.last, k.end, k.heading"
        f" FROM chunks k JOIN documents d ON d.number = k.key >> 20 AND d.is_going = 0 WHERE k.key IN {GIVEN}",
        (listed(keys),),
    ).fetchall()
    return {row[0]: Found(row[0], row[1], row[2], row[3], Span(*row[4:8]), row[8]) for row in rows}


def label_of(c: Connection, number: int, place: int) -> str | None:
    """Of a document's part; None where it is gone."""
    row = c.execute("SELECT label FROM parts WHERE key = ?", (key(number, place),)).fetchone()
    return None if row is None else str(row[0])


def indexed_title(name: str, title: str) -> str:
    """What of a document's name and title is found with each of its chunks."""
    stem = PurePath(name).stem
    return stem if not title or title in stem else f"{title}\n{stem}"


def _index_some(c: Connection, number: int, document: Document, at: int, before: int) -> int:
    """The key of the last chunk that was put into the index anew, -1 where there was none after `at`."""
    sql = "SELECT key, heading, first, start, last, end FROM chunks WHERE key >= ? AND key < ? ORDER BY key LIMIT ?"
    first = keys_of(number)[0]
    rows = c.execute(sql, (max(first, at + 1), first + before, INDEXED_AT_ONCE)).fetchall()
    if not rows:
        return -1
    c.execute("INSERT OR IGNORE INTO unforgotten VALUES (1)")
    c.execute(f"DELETE FROM chunk_words WHERE rowid IN {GIVEN}", (listed(row[0] for row in rows),))
    chunks = [(own, heading, text_of(c, number, Span(*span))) for own, heading, *span in rows]
    index_chunks(c, indexed_title(document.name, document.title), chunks)
    return int(rows[-1][0])


def text_of(c: Connection, number: int, span: Span) -> str:
    """What a span of a document covers; between two parts stands a line feed, as in `Chunk.text`."""
    if span.first == span.last:
        sql = "SELECT substr(text, ?, ?) FROM parts WHERE key = ?"
        row = c.execute(sql, (span.start + 1, span.end - span.start, key(number, span.first))).fetchone()
        return "" if row is None else str(row[0])
    pieces = []
    for place in range(span.first, span.last + 1):
        row = c.execute("SELECT text FROM parts WHERE key = ?", (key(number, place),)).fetchone()
        text = "" if row is None else str(row[0])
        pieces.append(text[span.start if place == span.first else 0 : span.end if place == span.last else None])
    return "\n".join(pieces)


@dataclass(frozen=True, slots=True)
class Cleared:
    """What was taken away, counted."""

    chunks: int = 0
    vectors: int = 0
    parts: int = 0
    original_bytes: int = 0

    def __add__(self, other: Cleared) -> Cleared:
        return Cleared(
            self.chunks + other.chunks,
            self.vectors + other.vectors,
            self.parts + other.parts,
            self.original_bytes + other.original_bytes,
        )


def clear(c: Connection, number: int, at_once: int, *, with_original: bool) -> Cleared:
    """Take away so many rows of what was read of a document, and what hangs on them; nothing where all are gone."""
    sql = "SELECT key FROM chunks WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?"
    keys = [row[0] for row in c.execute(sql, (*keys_of(number), at_once))]
    if keys:
        c.execute("INSERT OR IGNORE INTO unforgotten VALUES (1)")
        c.execute(f"DELETE FROM chunk_words WHERE rowid IN {GIVEN}", (listed(keys),))
        c.execute("DELETE FROM chunks WHERE key BETWEEN ? AND ?", (keys[0], keys[-1]))
    vectors = 0
    if len(keys) < at_once:
        row = c.execute("SELECT coalesce(sum(rows), 0) FROM vectors WHERE document = ?", (number,)).fetchone()
        vectors = int((row or (0,))[0])
        c.execute("DELETE FROM vectors WHERE document = ?", (number,))
    original_bytes = cut(c, "originals", "length(piece)", keys_of(number), PIECES_AT_ONCE) if with_original else 0
    return Cleared(len(keys), vectors, cut(c, "parts", "1", keys_of(number), at_once), original_bytes)


def cut(c: Connection, table: str, counted: str, keys: tuple[int, int], at_once: int) -> int:
    """Take away so many of the rows between these keys; `counted` is what is added up of each, 1 for the rows."""
    sql = f"SELECT key, {counted} FROM {table} WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?"
    rows = c.execute(sql, (*keys, at_once)).fetchall()
    if rows:
        c.execute(f"DELETE FROM {table} WHERE key BETWEEN ? AND ?", (rows[0][0], rows[-1][0]))
    return sum(row[1] for row in rows)


def count_from(c: Connection, number: int, start: int) -> None:
    """From now on the copy of the original that begins at this place is the one that counts (originals)."""
    if start:
        c.execute("INSERT OR REPLACE INTO originals VALUES (?, x'')", (key(number, MARK),))
    else:
        c.execute("DELETE FROM originals WHERE key = ?", (key(number, MARK),))


def require_here(c: Connection, number: int) -> None:
    """Raises StorageFault where the document was deleted meanwhile."""
    if c.execute("SELECT 1 FROM documents WHERE number = ? AND is_going = 0", (number,)).fetchone() is None:
        raise gone()


def _chunk_row(number: int, one: Chunk) -> tuple[int | str, ...]:
    span = one.span
    return key(number, one.number), span.first, span.start, span.last, span.end, one.tokens, whole(one.heading)


def _part_row(number: int, one: Part) -> tuple[int | str | bytes, ...]:
    said = whole(one.label), one.is_scan, packed_hidden(one), whole(one.text)
    return key(number, one.number), *said, one.places
