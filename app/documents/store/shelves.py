"""Collections, the documents in them, and which chats ask which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.documents.records import Collection, Document, Keeping, Scope, Size
from app.documents.store.following import CHANGED, FROM_FILE, FileSeen, heeded
from app.documents.store.keeping import want
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

_SHUNNED = "SELECT path FROM ignored WHERE collection_id = ?"
_IN_SCOPE = f"d.is_going = 0 AND (d.id IN {GIVEN} OR d.collection_id IN {GIVEN})"  # parameters made by `_asked`


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

    def add_collection(self, name: str, folder: str, keeping: Keeping | None) -> str:
        """Its id; that of the one that has this folder already, if there is one, which then keeps as is said here."""

        def write(c: Connection) -> str:
            sql = "SELECT id FROM collections WHERE folder = ? AND folder != '' AND is_going = 0"
            row = c.execute(sql, (folder,)).fetchone()
            if row is None:
                made = new_id()
                c.execute(
                    "INSERT INTO collections (id, name, folder, keeping, created_at) VALUES (?, ?, ?, ?, ?)",
                    (made, whole(name), folder, keeping or "reference", self._now()),
                )
                return made
            own = str(row[0])
            if keeping is not None:
                c.execute("UPDATE collections SET keeping = ? WHERE id = ?", (keeping, own))
                want(c, "collection_id = ?", own, keeping)
            return own

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

    def add(
        self,
        files: Sequence[FileSeen],
        *,
        collection_id: str = "",
        keeping: Keeping | None = None,
        is_own: bool = False,
        is_found: bool = False,
    ) -> tuple[str, ...]:
        """Rows that wait to be read, in order. One that is here already is taken instead; a changed one waits again.

        For no collection (a chat's own), any collection's will do, and stays that one's as well; and the other way
        round. `is_found`: by a look at a folder, so that what the person removed from it stays away. Where `keeping` is
        not said, it stays what it is.
        """

        def write(c: Connection) -> tuple[str, ...]:
            default: Keeping = "reference"
            if collection_id:
                here = "SELECT keeping FROM collections WHERE id = ? AND is_going = 0"
                row = c.execute(here, (collection_id,)).fetchone()
                if row is None:
                    raise gone()
                default = row[0]
            shunned = {path for (path,) in c.execute(_SHUNNED, (collection_id,))} if is_found else set()
            if not is_found and (collection_id or is_own):  # for a chat alone it is no wish to have it here again
                heeded(c, (file.path for file in files), collection_id)
            asked = _Asked(collection_id or None, keeping, keeping or default, is_own, self._now())
            return tuple([_added(c, file, asked) for file in files if file.path not in shunned])

        return self._database.write(write)

    def wait_again(self, ids: Sequence[str]) -> None:
        """Let these be read from the beginning; what is known of them serves until then.

        Of what is kept inside its file is copied anew, where it is there.
        """
        again = f"{FROM_FILE}, status = 'waiting', fault = '', next_step = '', fault_name = ''"
        sql = f"UPDATE documents SET {again} WHERE id IN {GIVEN}"
        self._database.write(lambda c: c.execute(sql, (listed(ids),)).rowcount)

    def size_of(self, scope: Scope) -> Size:
        sql = (
            "SELECT count(*), coalesce(sum(d.parts), 0), coalesce(sum(d.tokens), 0), coalesce(sum(d.characters), 0)"
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
        sql = (
            "SELECT s.document_id, s.collection_id FROM chat_sources s LEFT JOIN documents d ON d.id = s.document_id"
            " LEFT JOIN collections k ON k.id = s.collection_id WHERE s.conversation_id = ?"
            " AND coalesce(d.is_going, k.is_going) = 0 ORDER BY s.rowid"
        )
        rows = self._database.read(lambda c: c.execute(sql, (conversation_id,)).fetchall())
        return Scope(tuple(row[0] for row in rows if row[0]), tuple(row[1] for row in rows if row[1]))


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


@dataclass(frozen=True, slots=True)
class _Asked:
    """How files are added. `keeping` is what was said, `or_else` that of a new one."""

    collection_id: str | None
    keeping: Keeping | None
    or_else: Keeping
    is_own: bool
    now: float


def _added(c: Connection, file: FileSeen, asked: _Asked) -> str:
    home = asked.collection_id
    row = c.execute(
        "SELECT id, size_bytes, modified_ns, status, collection_id FROM documents WHERE path = ?1 AND is_going = 0"
        " AND (?2 IS NULL OR collection_id = ?2 OR collection_id IS NULL)"
        " ORDER BY collection_id IS NOT ?2, collection_id IS NOT NULL, number LIMIT 1",
        (file.path, home),
    ).fetchone()
    if row is None:
        own = new_id()
        c.execute(
            "INSERT INTO documents (id, collection_id, name, path, size_bytes, modified_ns, changed_ns, file_id,"
            " is_apart, keeping, is_own, added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (own, home, file.name, file.path, *file.mark, file.is_apart, asked.or_else, asked.is_own, asked.now),
        )
        return own
    own, size_bytes, modified_ns, status, owner = row
    if (size_bytes, modified_ns) != (file.size_bytes, file.modified_ns) or status in ("failed", "missing", "away"):
        c.execute(f"{CHANGED} WHERE id = ?", (*file.mark, own))
    belongs = "collection_id = coalesce(collection_id, ?), is_own = max(is_own, ?)"
    c.execute(f"UPDATE documents SET {belongs} WHERE id = ?", (home, asked.is_own, own))
    if asked.keeping == "inside" or (asked.keeping is not None and owner in (None, home)):
        want(c, "id = ?", own, asked.keeping)  # a chat does not take the copy that a collection keeps
    return str(own)
