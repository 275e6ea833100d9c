"""What was typed and not sent: per chat and for the new one, and in the place of messages that are being changed."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from app.chat.store.rows import Part, whole
from app.chat.tree import Attachment, Draft, Edit, Queued
from app.documents.packing import pack_scope, unpack_scope
from app.storage.cipher import Connection

_COLUMNS = {
    "draft_attachments": ("conversation_id", "place", "name", "text"),
    "queued": ("conversation_id", "place", "text"),
    "queued_attachments": ("conversation_id", "queued", "place", "name", "text"),
    "edit_attachments": ("message_id", "place", "name", "text"),
}
Row = tuple[str | int, ...]


class Drafts(Part):
    """One draft per conversation, and one, under None, of a new chat; one edit per message. Writes do not wait."""

    def draft(self, conversation_id: str | None) -> Draft:
        """What was typed and not sent."""
        return self._database.read(lambda c: read_draft(c, conversation_id))

    def save_draft(self, conversation_id: str | None, draft: Draft) -> Future[None]:
        """Keep what is being typed; an empty draft forgets it, and so does a chat that is gone."""
        home = conversation_id or ""

        def write(c: Connection) -> None:
            if not draft or (home and not _is_here(c, home)):
                c.execute("DELETE FROM drafts WHERE conversation_id = ?", (home,))
                return
            c.execute(
                "INSERT INTO drafts (conversation_id, text, scope) VALUES (?, ?, ?)"
                " ON CONFLICT (conversation_id) DO UPDATE SET text = excluded.text, scope = excluded.scope",
                (home, whole(draft.text), pack_scope(draft.scope)),
            )
            _put(c, "draft_attachments", home, _attached((home,), draft.attachments))
            _put(c, "queued", home, [(home, place, whole(one.text)) for place, one in enumerate(draft.queued)])
            rows = [row for place, one in enumerate(draft.queued) for row in _attached((home, place), one.attachments)]
            _put(c, "queued_attachments", home, rows)

        return self._database.write_soon(write)

    def edits(self, conversation_id: str) -> tuple[Edit, ...]:
        """The messages that are being changed, in the order in which that began."""
        return self._database.read(lambda c: read_edits(c, conversation_id))

    def save_edit(self, conversation_id: str, edit: Edit) -> Future[None]:
        """Keep what is being typed in the place of a message, unless its chat is gone."""

        def write(c: Connection) -> None:
            if not _is_here(c, conversation_id):
                return
            c.execute(
                "INSERT INTO edits VALUES (?, ?, ?) ON CONFLICT (message_id) DO UPDATE SET text = excluded.text",
                (edit.message_id, conversation_id, whole(edit.text)),
            )
            _put(c, "edit_attachments", edit.message_id, _attached((edit.message_id,), edit.attachments))

        return self._database.write_soon(write)

    def forget_edit(self, message_id: str) -> Future[None]:
        """It was saved as a message, or given up."""

        def write(c: Connection) -> None:
            c.execute("DELETE FROM edits WHERE message_id = ?", (message_id,))

        return self._database.write_soon(write)


def read_draft(c: Connection, conversation_id: str | None) -> Draft:
    home = conversation_id or ""
    row = c.execute("SELECT text, scope FROM drafts WHERE conversation_id = ?", (home,)).fetchone()
    if row is None:
        return Draft()
    waiting = c.execute("SELECT place, text FROM queued WHERE conversation_id = ? ORDER BY place", (home,)).fetchall()
    sql = "SELECT name, text FROM queued_attachments WHERE conversation_id = ? AND queued = ? ORDER BY place"
    queued = tuple(Queued(text, _attachments(c, sql, (home, place))) for place, text in waiting)
    sql = "SELECT name, text FROM draft_attachments WHERE conversation_id = ? ORDER BY place"
    return Draft(row[0], _attachments(c, sql, (home,)), queued, unpack_scope(row[1]))


def read_edits(c: Connection, conversation_id: str) -> tuple[Edit, ...]:
    sql = "SELECT message_id, text FROM edits WHERE conversation_id = ? ORDER BY rowid"
    rows = c.execute(sql, (conversation_id,)).fetchall()
    sql = "SELECT name, text FROM edit_attachments WHERE message_id = ? ORDER BY place"
    return tuple(Edit(message_id, text, _attachments(c, sql, (message_id,))) for message_id, text in rows)


def _is_here(c: Connection, home: str) -> bool:
    """What was typed in a chat that was deleted for good meanwhile goes with it."""
    return c.execute("SELECT 1 FROM conversations WHERE id = ?", (home,)).fetchone() is not None


def _attachments(c: Connection, sql: str, owner: Row) -> tuple[Attachment, ...]:
    return tuple(Attachment(name, text) for name, text in c.execute(sql, owner).fetchall())


def _attached(owner: Row, attachments: Sequence[Attachment]) -> list[Row]:
    return [(*owner, place, whole(one.name), whole(one.text)) for place, one in enumerate(attachments)]


def _put(c: Connection, table: str, owner: str, rows: Sequence[Row]) -> None:
    """Let `table` have these rows of an owner, unless it has: they may be large, and do not change with every key."""
    columns = _COLUMNS[table]
    count = c.execute(f"SELECT count(*) FROM {table} WHERE {columns[0]} = ?", (owner,)).fetchone()
    same = f"SELECT 1 FROM {table} WHERE {' AND '.join(f'{column} = ?' for column in columns)}"
    if count == (len(rows),) and all(c.execute(same, row).fetchone() is not None for row in rows):
        return
    c.execute(f"DELETE FROM {table} WHERE {columns[0]} = ?", (owner,))
    c.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' for _column in columns)})", rows)
