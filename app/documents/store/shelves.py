"""Collections, the documents in them, and which chats ask which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.documents.records import Collection, Document, Keeping, Scope
from app.documents.store.rows import (
    COLLECTION,
    DOCUMENT,
    GIVEN,
    Shared,
    collection_of,
    document_of,
    gone,
    listed,
    new_id,
    whole,
)
from app.errors import StorageFault
from app.storage.cipher import Connection
from app.text import _

_CHANGED = (
    "UPDATE documents SET size_bytes = ?, modified_ns = ?, sha256 = '', status = 'waiting', fault = '', next_step = ''"
)
_IN_SCOPE = f"d.is_going = 0 AND (d.id IN {GIVEN} OR d.collection_id IN {GIVEN})"  # parameters made by `_asked`


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A file as a look at its folder shows it. `path` is absolute."""

    path: str
    name: str
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to read. `tokens` is an estimate, of the embedding model's kind."""

    documents: int
    parts: int
    characters: int
    tokens: int


class Shelves(Shared):
    """What was read of a document stands elsewhere (contents); here it is one row."""

    # Collections.

    def collections(self) -> tuple[Collection, ...]:
        """By name."""
        sql = f"{COLLECTION} GROUP BY c.number ORDER BY c.name COLLATE NOCASE, c.number"
        return self._database.read(lambda c: tuple(map(collection_of, c.execute(sql).fetchall())))

    def collection(self, collection_id: str) -> Collection:
        """Raises StorageFault without one."""
        sql = f"{COLLECTION} AND c.id = ? GROUP BY c.number"
        row = self._database.read(lambda c: c.execute(sql, (collection_id,)).fetchone())
        if row is None:
            raise gone()
        return collection_of(row)

    def add_collection(self, name: str, folder: str, keeping: Keeping) -> str:
        """Its id; that of the one that has this folder already, if there is one."""

        def write(c: Connection) -> str:
            sql = "SELECT id FROM collections WHERE folder = ? AND folder != '' AND is_going = 0"
            row = c.execute(sql, (folder,)).fetchone()
            if row is not None:
                return str(row[0])
            made = new_id()
            c.execute(
                "INSERT INTO collections (id, name, folder, keeping, created_at) VALUES (?, ?, ?, ?, ?)",
                (made, whole(name), folder, keeping, self._now()),
            )
            return made

        return self._database.write(write)

    def rename_collection(self, collection_id: str, name: str) -> None:
        sql = "UPDATE collections SET name = ? WHERE id = ?"
        self._database.write(lambda c: c.execute(sql, (whole(name), collection_id)).rowcount)

    # Documents.

    def documents(
        self, collection_id: str | None = None, *, ids: Sequence[str] | None = None, model: str = ""
    ) -> tuple[Document, ...]:
        """All, those of a collection ("" for those in none), or these; `embedded` counts vectors of this model."""
        where, given = "", []
        if collection_id is not None:
            where, given = " AND d.collection_id IS ?", [collection_id or None]
        if ids is not None:
            where, given = f"{where} AND d.id IN {GIVEN}", [*given, listed(ids)]

        def read(c: Connection) -> tuple[Document, ...]:
            rows = c.execute(f"{DOCUMENT}{where} ORDER BY d.name COLLATE NOCASE, d.number", given).fetchall()
            if not rows:
                return ()
            done = _embedded(c, model, rows[0][0] if len(rows) == 1 else None)
            return tuple(document_of(row, done.get(row[0], 0)) for row in rows)

        return self._database.read(read)

    def add(self, files: Sequence[FileSeen], *, collection_id: str, keeping: Keeping) -> tuple[str, ...]:
        """Rows that wait to be read, in order. One that is here already is taken instead; a changed one waits again.

        For no collection (a chat's own), any collection's will do.
        """

        def write(c: Connection) -> tuple[str, ...]:
            here = "SELECT 1 FROM collections WHERE id = ? AND is_going = 0"
            if collection_id and c.execute(here, (collection_id,)).fetchone() is None:
                raise gone()
            return tuple([_added(c, file, collection_id or None, keeping, self._now()) for file in files])

        return self._database.write(write)

    def wait_again(self, ids: Sequence[str]) -> None:
        """Let these be read from the beginning; what is known of them serves until then."""
        sql = f"UPDATE documents SET status = 'waiting', fault = '', next_step = '' WHERE id IN {GIVEN}"
        self._database.write(lambda c: c.execute(sql, (listed(ids),)).rowcount)

    def seen(self, document_id: str, file: FileSeen) -> None:
        """It is at this place now, with the same content as before."""
        unread = "sha256 = '' OR parts = 0"
        back = f"CASE WHEN status != 'missing' THEN status WHEN {unread} THEN 'waiting' ELSE 'read' END"
        sql = f"UPDATE documents SET path = ?, name = ?, size_bytes = ?, modified_ns = ?, status = {back} WHERE id = ?"
        given = (file.path, file.name, file.size_bytes, file.modified_ns, document_id)
        self._database.write(lambda c: c.execute(sql, given).rowcount)

    def changed(self, document_id: str, file: FileSeen) -> None:
        """There is something else at its place now."""
        given = (file.size_bytes, file.modified_ns, document_id)
        self._database.write(lambda c: c.execute(f"{_CHANGED} WHERE id = ?", given).rowcount)

    def miss(self, ids: Sequence[str]) -> None:
        """Their files are gone."""
        sql = f"UPDATE documents SET status = 'missing' WHERE id IN {GIVEN}"
        self._database.write(lambda c: c.execute(sql, (listed(ids),)).rowcount)

    def size_of(self, scope: Scope) -> Size:
        sql = (
            "SELECT count(*), coalesce(sum(d.parts), 0), coalesce(sum(d.characters), 0), coalesce(sum(d.tokens), 0)"
            f" FROM documents d WHERE {_IN_SCOPE}"
        )
        row = self._database.read(lambda c: c.execute(sql, _asked(scope)).fetchone())
        return Size(*(row or (0, 0, 0, 0)))

    # Chats.

    def attach(self, conversation_id: str, scope: Scope) -> None:
        """Raises StorageFault where the chat, a document or a collection is gone."""

        def write(c: Connection) -> None:
            if c.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation_id,)).fetchone() is None:
                raise StorageFault(_("This message or chat is not there any more."), _("It was deleted for good."))
            for table, ids in (("documents", scope.document_ids), ("collections", scope.collection_ids)):
                column = f"{table[:-1]}_id"
                for one in ids:
                    if c.execute(f"SELECT 1 FROM {table} WHERE id = ? AND is_going = 0", (one,)).fetchone() is None:
                        raise gone()
                    sql = f"INSERT OR IGNORE INTO chat_sources (conversation_id, {column}) VALUES (?, ?)"
                    c.execute(sql, (conversation_id, one))

        self._database.write(write)

    def detach(self, conversation_id: str, scope: Scope) -> None:
        which = f"document_id IN {GIVEN} OR collection_id IN {GIVEN}"
        sql = f"DELETE FROM chat_sources WHERE conversation_id = ? AND ({which})"
        self._database.write(lambda c: c.execute(sql, (conversation_id, *_asked(scope))).rowcount)

    def scope_of(self, conversation_id: str) -> Scope:
        sql = "SELECT document_id, collection_id FROM chat_sources WHERE conversation_id = ? ORDER BY rowid"
        rows = self._database.read(lambda c: c.execute(sql, (conversation_id,)).fetchall())
        return Scope(tuple(row[0] for row in rows if row[0]), tuple(row[1] for row in rows if row[1]))

    def lonely(self, ids: Sequence[str], *, since: float) -> tuple[str, ...]:
        """Of these, those added since then that no collection, no chat and no draft of one has."""
        sql = (
            f"SELECT d.id FROM documents d WHERE d.is_going = 0 AND d.id IN {GIVEN} AND d.added_at >= ?"
            " AND d.collection_id IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM chat_sources s WHERE s.document_id = d.id)"
            " AND NOT EXISTS (SELECT 1 FROM drafts r WHERE instr(r.scope, d.id))"
        )
        rows = self._database.read(lambda c: c.execute(sql, (listed(ids), since)).fetchall())
        return tuple(row[0] for row in rows)


def numbers_in(c: Connection, scope: Scope | None) -> list[int]:
    """Of the documents in a scope, in order."""
    if scope is None:
        rows = c.execute("SELECT number FROM documents WHERE is_going = 0 ORDER BY number").fetchall()
    else:
        rows = c.execute(
            f"SELECT d.number FROM documents d WHERE {_IN_SCOPE} ORDER BY d.number", _asked(scope)
        ).fetchall()
    return [row[0] for row in rows]


def _asked(scope: Scope) -> tuple[str, str]:
    return listed(scope.document_ids), listed(scope.collection_ids)


def _embedded(c: Connection, model: str, only: int | None) -> dict[int, int]:
    """How many chunks of each document, or of this one, have a vector of this model."""
    if not model:
        return {}
    where = "WHERE model = ?1 AND (?2 IS NULL OR document = ?2) GROUP BY document"
    return dict(c.execute(f"SELECT document, sum(rows) FROM vectors {where}", (model, only)).fetchall())


def _added(c: Connection, file: FileSeen, collection_id: str | None, keeping: Keeping, now: float) -> str:
    row = c.execute(
        "SELECT id, size_bytes, modified_ns, status FROM documents WHERE path = ?1 AND is_going = 0"
        " AND (?2 IS NULL OR collection_id IS ?2) ORDER BY collection_id IS NOT NULL, number LIMIT 1",
        (file.path, collection_id),
    ).fetchone()
    if row is not None:
        own, size_bytes, modified_ns, status = row
        if (size_bytes, modified_ns) != (file.size_bytes, file.modified_ns) or status in ("failed", "missing"):
            c.execute(f"{_CHANGED} WHERE id = ?", (file.size_bytes, file.modified_ns, own))
        return str(own)
    own = new_id()
    c.execute(
        "INSERT INTO documents (id, collection_id, name, path, size_bytes, modified_ns, keeping, added_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (own, collection_id, file.name, file.path, file.size_bytes, file.modified_ns, keeping, now),
    )
    return own
