"""What was read of a document: its parts and chunks, the words that they are found by, and a copy of the original."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import PurePath

from app.documents.parts import About, Chunk, Part, PartName, Span
from app.documents.records import Document
from app.documents.store.rows import (
    DOCUMENT,
    GIVEN,
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
PIECES_AT_ONCE = 16  # of an original, a megabyte each
_UNREAD = "parts = 0, characters = 0, tokens = 0, chunks = 0, scans = 0, hidden = 0, notes = '[]'"
_PART = "SELECT key, label, is_scan, hidden, text FROM parts"


@dataclass(frozen=True, slots=True)
class Work:
    """A document that waits to be read. `number` is its number in keys."""

    number: int
    document: Document


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk as the ranking needs it: whose it is, where it stands, and what it is called there."""

    key: int
    document_id: str
    document_name: str
    part_name: PartName
    part_label: str
    span: Span
    heading: str


class Contents(Shared):
    """Filled in small batches, in the order of the file: a document's last batch is the one that says it was read."""

    def next_to_read(self) -> Work | None:
        """The smallest of those that wait: most files are there after seconds, however large one of them is."""
        sql = f"{DOCUMENT} AND d.status = 'waiting' ORDER BY d.size_bytes, d.number LIMIT 1"
        row = self._database.read(lambda c: c.execute(sql).fetchone())
        return None if row is None else Work(row[0], document_of(row))

    def begin_reading(self, number: int, modified_ns: int) -> None:
        """What is known of it is to be cleared now: broken off, none of it counts any more."""
        begun = "status = 'reading', modified_ns = ?, fault = '', next_step = ''"
        sql = f"UPDATE documents SET {begun}, {_UNREAD} WHERE number = ?"
        self._database.write(lambda c: c.execute(sql, (modified_ns, number)).rowcount)

    def add_batch(self, number: int, title: str, parts: Sequence[Part], chunks: Sequence[Chunk]) -> Future[None]:
        """A batch of what was read, which is found by its words from now on; `title` is found with each chunk."""

        def write(c: Connection) -> None:
            require_here(c, number)
            c.executemany(
                "INSERT INTO parts VALUES (?, ?, ?, ?, ?)",
                [
                    (key(number, one.number), whole(one.label), one.is_scan, packed_hidden(one), whole(one.text))
                    for one in parts
                ],
            )
            c.executemany(
                "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?)", [_chunk_row(number, one) for one in chunks]
            )
            index_chunks(c, title, [(key(number, one.number), one.heading, one.text) for one in chunks])

        return self._database.write_soon(write)

    def finish(self, number: int, about: About, *, size_bytes: int, sha256: str, tokens: int) -> None:
        """All of it was read."""

        def write(c: Connection) -> None:
            counted = "SELECT count(*) FROM chunks WHERE key BETWEEN ? AND ?"
            (chunks,) = c.execute(counted, keys_of(number)).fetchone() or (0,)
            c.execute(
                "UPDATE documents SET status = 'read', kind = ?, part_name = ?, title = ?, parts = ?, characters = ?,"
                " scans = ?, hidden = ?, notes = ?, size_bytes = ?, sha256 = ?, tokens = ?,"
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

        self._database.write(write)

    def fail(self, number: int, fault: str, next_step: str, *, is_missing: bool = False) -> None:
        """It could not be read. Of a missing one, what was read before serves on."""
        which = "number = ? AND status IN ('waiting', 'reading')"
        unread = "" if is_missing else f", {_UNREAD}"
        sql = f"UPDATE documents SET status = ?, fault = ?, next_step = ?{unread} WHERE {which}"
        given = ("missing" if is_missing else "failed", whole(fault), whole(next_step), number)
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

    def is_here(self, number: int) -> bool:
        """Whether it was not deleted meanwhile."""
        sql = "SELECT 1 FROM documents WHERE number = ? AND is_going = 0"
        return self._database.read(lambda c: c.execute(sql, (number,)).fetchone()) is not None

    def chunks_of(self, number: int) -> int:
        row = self._database.read(
            lambda c: c.execute("SELECT chunks FROM documents WHERE number = ?", (number,)).fetchone()
        )
        return 0 if row is None else int(row[0])

    def rename(self, document_id: str) -> None:
        """Let it be found by its new name, too: its words are put into the index anew."""
        at = -1

        def write(c: Connection) -> int:
            row = c.execute(f"{DOCUMENT} AND d.id = ?", (document_id,)).fetchone()
            return -1 if row is None else _index_some(c, row[0], document_of(row), at)

        while (at := self._database.write(write)) >= 0:
            pass

    # The original.

    def keep_piece(self, number: int, place: int, piece: bytes) -> Future[None]:
        """Of a copy of the file, in order."""

        def write(c: Connection) -> None:
            require_here(c, number)
            c.execute("INSERT OR REPLACE INTO originals VALUES (?, ?)", (key(number, place), piece))

        return self._database.write_soon(write)

    def kept_whole(self, number: int, size_bytes: int, sha256: str) -> None:
        """All pieces of the copy are there: from now on it is the document's file."""
        sql = "UPDATE documents SET size_bytes = ?, sha256 = ? WHERE number = ?"
        self._database.write(lambda c: c.execute(sql, (size_bytes, sha256, number)).rowcount)

    def kept_bytes(self, document_id: str) -> int:
        """Of the copy kept inside."""
        sql = "SELECT coalesce(sum(length(piece)), 0) FROM originals WHERE key BETWEEN ? AND ?"

        def read(c: Connection) -> int:
            return int((c.execute(sql, keys_of(number_of(c, document_id))).fetchone() or (0,))[0])

        return self._database.read(read)

    def pieces(self, document_id: str) -> Iterator[bytes]:
        """Of the copy kept inside, each read when it is asked for. Raises StorageFault where the document is gone."""
        sql = "SELECT piece FROM originals WHERE key = ?"
        place = 0

        def read(c: Connection) -> bytes | None:
            row = c.execute(sql, (key(number_of(c, document_id), place),)).fetchone()
            return None if row is None else bytes(row[0])

        while (piece := self._database.read(read)) is not None:
            yield piece
            place += 1

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
        "SELECT k.key, d.id, d.name, d.part_name, p.label, k.first, k.start, k.last, k.end, k.heading"
        " FROM chunks k JOIN documents d ON d.number = k.key >> 20 AND d.is_going = 0"
        f" JOIN parts p ON p.key = (k.key >> 20 << 20) + k.first WHERE k.key IN {GIVEN}",
        (listed(keys),),
    ).fetchall()
    return {row[0]: Found(row[0], row[1], row[2], row[3], row[4], Span(*row[5:9]), row[9]) for row in rows}


def indexed_title(name: str, title: str) -> str:
    """What of a document's name and title is found with each of its chunks."""
    stem = PurePath(name).stem
    return stem if not title or title in stem else f"{title}\n{stem}"


def _index_some(c: Connection, number: int, document: Document, at: int) -> int:
    """The key of the last chunk that was put into the index anew, -1 where there was none after `at`."""
    sql = "SELECT key, heading, first, start, last, end FROM chunks WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?"
    first, last = keys_of(number)
    rows = c.execute(sql, (max(first, at + 1), last, INDEXED_AT_ONCE)).fetchall()
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
    original_bytes = _cut(c, "originals", "length(piece)", number, PIECES_AT_ONCE) if with_original else 0
    return Cleared(len(keys), vectors, _cut(c, "parts", "1", number, at_once), original_bytes)


def _cut(c: Connection, table: str, counted: str, number: int, at_once: int) -> int:
    sql = f"SELECT key, {counted} FROM {table} WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?"
    rows = c.execute(sql, (*keys_of(number), at_once)).fetchall()
    if rows:
        c.execute(f"DELETE FROM {table} WHERE key BETWEEN ? AND ?", (rows[0][0], rows[-1][0]))
    return sum(row[1] for row in rows)


def require_here(c: Connection, number: int) -> None:
    """Raises StorageFault where the document was deleted meanwhile."""
    if c.execute("SELECT 1 FROM documents WHERE number = ? AND is_going = 0", (number,)).fetchone() is None:
        raise gone()


def _chunk_row(number: int, one: Chunk) -> tuple[int | str, ...]:
    span = one.span
    return key(number, one.number), span.first, span.start, span.last, span.end, one.tokens, whole(one.heading)
