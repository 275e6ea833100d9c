"""Vectors of chunks, in the order of the chunks, so that where it goes on is where it ends. No numpy here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.documents.parts import Span
from app.documents.store.contents import text_of
from app.documents.store.rows import GIVEN, MOST, Shared, key, keys_of, listed
from app.storage.cipher import Connection

_READ = "('read', 'away', 'missing')"
"""What was read and can be found, whether or not its file is there: a new search model reads it, too."""


@dataclass(frozen=True, slots=True)
class ToEmbed:
    """A chunk without a vector. `title` and `heading` belong to what is embedded."""

    document: int
    place: int
    title: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class VectorRows:
    """Of the chunks of a document from `first` on, a row each. `number` grows with every one that is written."""

    number: int
    document: int
    first: int
    rows: int
    scales: bytes
    data: bytes


class VectorStore(Shared):
    """By embedding model, so that those of an older one serve while newer ones are made."""

    def chunks_left(self, model: str) -> int:
        """Of documents that were read, those without a vector of this model."""
        sql = (
            "SELECT coalesce(sum(d.chunks), 0) - coalesce((SELECT sum(v.rows) FROM vectors v"
            f" JOIN documents e ON e.number = v.document AND e.status IN {_READ} AND e.is_going = 0"
            " WHERE v.model = ?), 0)"
            f" FROM documents d WHERE d.status IN {_READ} AND d.is_going = 0"
        )
        return int((self._database.read(lambda c: c.execute(sql, (model,)).fetchone()) or (0,))[0])

    def to_embed(self, model: str, count: int) -> tuple[ToEmbed, ...]:
        """The next chunks that have no vector of this model, in order within each document."""
        sql = (
            "SELECT d.number, d.chunks, coalesce((SELECT sum(rows) FROM vectors"
            " WHERE document = d.number AND model = ?1), 0) AS done,"
            " CASE d.title WHEN '' THEN d.name ELSE d.title END FROM documents d"
            f" WHERE d.status IN {_READ} AND d.is_going = 0 AND d.chunks > done ORDER BY d.number LIMIT ?2"
        )

        def read(c: Connection) -> tuple[ToEmbed, ...]:
            made: list[ToEmbed] = []
            for number, _chunks, done, title in c.execute(sql, (model, count)).fetchall():
                made += _chunks_from(c, number, done, title, count - len(made))
                if len(made) >= count:
                    break
            return tuple(made)

        return self._database.read(read)

    def add_vectors(self, model: str, rows: Sequence[tuple[int, int, int, bytes, bytes]]) -> None:
        """(document, first, rows, scales, data) each, all in one transaction.

        Those of a document that was deleted or is being read again are thrown away.
        """

        def write(c: Connection) -> None:
            for document, first, count, scales, data in rows:
                c.execute(
                    "INSERT OR IGNORE INTO vectors (document, model, first, rows, scales, data)"
                    " SELECT number, ?, ?, ?, ?, ? FROM documents"
                    f" WHERE number = ? AND status IN {_READ} AND is_going = 0 AND chunks >= ?",
                    (model, first, count, scales, data, document, first + count),
                )

        self._database.write(write)

    def drop_vectors_but(self, model: str) -> int:
        """Those of other models; how many chunks had one."""

        total = 0
        while gone := self._database.write(lambda c: _drop_some(c, model)):
            total += gone
        return total


def _drop_some(c: Connection, model: str) -> int:
    rows = c.execute("SELECT number, rows FROM vectors WHERE model != ? LIMIT 500", (model,)).fetchall()
    c.execute(f"DELETE FROM vectors WHERE number IN {GIVEN}", (listed(row[0] for row in rows),))
    return sum(row[1] for row in rows)


def vector_models(c: Connection) -> dict[str, int]:
    """How many vectors there are of each model. Those of an only one are not counted: it is said to have 1."""
    sql = "SELECT (SELECT min(model) FROM vectors), (SELECT max(model) FROM vectors)"
    first, last = c.execute(sql).fetchone() or (None, None)
    if first == last:
        return {} if first is None else {first: 1}
    return dict(c.execute("SELECT model, sum(rows) FROM vectors GROUP BY model").fetchall())


@dataclass(frozen=True, slots=True)
class Written:
    """What there is of a model: rows of the table, vectors in them, and the number of the last row."""

    rows: int
    vectors: int
    last: int


def written(c: Connection, model: str, *, up_to: int | None = None) -> Written:
    """Up to the row of this number, or all."""
    sql = (
        "SELECT count(*), coalesce(sum(rows), 0), coalesce(max(number), 0) FROM vectors"
        " WHERE model = ?1 AND (?2 IS NULL OR number <= ?2)"
    )
    return Written(*(c.execute(sql, (model, up_to)).fetchone() or (0, 0, 0)))


def vectors_after(c: Connection, model: str, number: int) -> Iterator[VectorRows]:
    """Of a model, those written after this one, in the order of writing: by an index they would have to be sorted."""
    sql = (
        "SELECT number, document, first, rows, scales, data FROM vectors NOT INDEXED"
        " WHERE model = ? AND number > ? ORDER BY number"
    )
    for row in c.execute(sql, (model, number)):
        yield VectorRows(*row)


def _chunks_from(c: Connection, number: int, done: int, title: str, count: int) -> list[ToEmbed]:
    sql = "SELECT key, heading, first, start, last, end FROM chunks WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?"
    rows = c.execute(sql, (key(number, min(done, MOST - 1)), keys_of(number)[1], count)).fetchall()
    return [
        ToEmbed(number, own & (MOST - 1), title, heading, text_of(c, number, Span(*span)))
        for own, heading, *span in rows
    ]
