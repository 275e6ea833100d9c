"""Which documents a chat asks, where that goes with the chat itself: copied, carried, forgotten.

The documents' own store keeps it, and changes it.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.chat.store.rows import GIVEN, listed
from app.documents.records import Scope
from app.storage.cipher import Connection

_TABLES = (("documents", "document_id"), ("collections", "collection_id"))


def read_scope(c: Connection, conversation_id: str) -> Scope:
    found = [
        tuple(
            str(row[0])
            for row in c.execute(
                f"SELECT {column} FROM chat_sources WHERE conversation_id = ? AND {column} IS NOT NULL ORDER BY rowid",
                (conversation_id,),
            )
        )
        for _table, column in _TABLES
    ]
    return Scope(*found)


def insert_scope(c: Connection, conversation_id: str, scope: Scope) -> None:
    """Let a chat ask these, as far as they are here."""
    for (table, column), ids in zip(_TABLES, (scope.document_ids, scope.collection_ids), strict=True):
        c.execute(
            f"INSERT OR IGNORE INTO chat_sources (conversation_id, {column})"
            f" SELECT ?, t.id FROM json_each(?) given JOIN {table} t ON t.id = given.value WHERE t.is_going = 0",
            (conversation_id, listed(ids)),
        )


def asking(c: Connection, document_ids: Iterable[str]) -> tuple[str, ...]:
    """The conversations that ask any of these documents, or a collection that one is in."""
    given = listed(document_ids)
    rows = c.execute(
        f"SELECT DISTINCT conversation_id FROM chat_sources WHERE document_id IN {GIVEN} OR collection_id IN"
        f" (SELECT collection_id FROM documents WHERE id IN {GIVEN})",
        (given, given),
    )
    return tuple(str(row[0]) for row in rows)
