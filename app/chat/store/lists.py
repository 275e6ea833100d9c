"""The list of chats: what stands in it, where, and under which title; and the bin."""

from __future__ import annotations

from collections.abc import Sequence

from app.chat.manner import Manner
from app.chat.store.rows import (
    CONVERSATION,
    GIVEN,
    Part,
    conversation_of,
    listed,
    packed_manner,
    read_conversation,
    whole,
)
from app.chat.tree import Conversation
from app.storage.cipher import Value


class Lists(Part):
    """Conversations as rows of a list. What was done to several is undone by the opposite call for the same ids."""

    def conversations(self) -> tuple[Conversation, ...]:
        """All that are not in the bin, archived ones too, the last changed first."""
        return self._listed("deleted_at IS NULL ORDER BY changed_at DESC, rowid DESC")

    def binned(self) -> tuple[Conversation, ...]:
        """All that are in the bin, the last deleted first."""
        return self._listed("deleted_at IS NOT NULL ORDER BY deleted_at DESC, rowid DESC")

    def conversation(self, conversation_id: str) -> Conversation | None:
        """Also one that lies in the bin."""
        return self._database.read(lambda c: read_conversation(c, conversation_id))

    def rename(self, conversation_id: str, title: str) -> None:
        """A title that the person chose; it is never replaced by an automatic one."""
        self._change([conversation_id], "title = ?, title_source = 'person'", whole(title))

    def set_title(self, conversation_id: str, title: str) -> None:
        """A title that the model wrote; the person's own stays."""
        sql = "UPDATE conversations SET title = ?, title_source = 'model' WHERE id = ? AND title_source != 'person'"
        self._database.write(lambda c: c.execute(sql, (whole(title), conversation_id)).rowcount)

    def pin(self, ids: Sequence[str], is_pinned: bool) -> None:
        self._change(ids, "is_pinned = ?", int(is_pinned))

    def archive(self, ids: Sequence[str], is_archived: bool) -> None:
        self._change(ids, "is_archived = ?", int(is_archived))

    def move(self, ids: Sequence[str], folder_id: str | None) -> None:
        """Into a folder, or out of any; a folder that is gone meanwhile is none."""
        self._change(ids, "folder_id = (SELECT id FROM folders WHERE id = ?)", folder_id)

    def to_bin(self, ids: Sequence[str], now: float) -> None:
        """Delete, as long as it can be undone."""
        self._change(ids, "deleted_at = coalesce(deleted_at, ?)", now)

    def bring_back(self, ids: Sequence[str]) -> None:
        """Undo of `to_bin`."""
        self._change(ids, "deleted_at = ?", None)

    def set_manner(self, conversation_id: str, manner: Manner) -> None:
        """How questions of this chat are answered."""
        self._change([conversation_id], "manner = ?", packed_manner(manner))

    def _listed(self, which: str) -> tuple[Conversation, ...]:
        sql = f"SELECT {CONVERSATION} FROM conversations WHERE {which}"
        rows = self._database.read(lambda c: c.execute(sql).fetchall())
        return tuple(conversation_of(row) for row in rows)

    def _change(self, ids: Sequence[str], what: str, value: Value) -> None:
        sql = f"UPDATE conversations SET {what} WHERE id IN {GIVEN}"
        self._database.write(lambda c: c.execute(sql, (value, listed(ids))).rowcount)
