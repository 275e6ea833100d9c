"""Deleting: messages are hidden by batch and can be brought back; what is purged is gone for good."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from app.chat.store.rows import GIVEN, Part, listed, new_id
from app.chat.store.turns import read_nodes
from app.chat.tree import Node, Tree, title_from
from app.errors import StorageFault
from app.storage import fulltext
from app.storage.cipher import Connection

_log = logging.getLogger(__name__)


class Removal(Part):
    """What was deleted leaves no word behind once it is purged: not in the index, not in free pages, not in the log."""

    def purge(self, ids: Sequence[str] | None = None, *, older_than: float | None = None) -> tuple[str, ...]:
        """Delete for good what lies in the bin: all of it, these, or what was put there before. The ids that went."""

        def write(c: Connection) -> tuple[str, ...]:
            rows = c.execute(
                "SELECT id FROM conversations WHERE deleted_at IS NOT NULL AND (?1 IS NULL OR id IN"
                " (SELECT value FROM json_each(?1))) AND (?2 IS NULL OR deleted_at < ?2) ORDER BY rowid",
                (None if ids is None else listed(ids), older_than),
            ).fetchall()
            gone = tuple(str(row[0]) for row in rows)
            if gone:
                inside = f"conversation_id IN {GIVEN}"
                c.execute(
                    f"DELETE FROM words WHERE rowid IN (SELECT number FROM messages WHERE {inside})", (listed(gone),)
                )
                c.execute(f"DELETE FROM drafts WHERE {inside}", (listed(gone),))
                c.execute(f"DELETE FROM conversations WHERE id IN {GIVEN}", (listed(gone),))
            return gone

        gone = self._database.write(write)
        if gone:
            self._forget()
        return gone

    def delete_messages(self, ids: Sequence[str]) -> str:
        """Hide messages: what hangs on one moves up to the nearest that stays, as long as it is not brought back.

        A tip that is hidden moves to the end of the newest branch below the nearest message that stays. Returns the
        batch, for the undo.
        """
        batch = new_id()

        def write(c: Connection) -> None:
            seen = c.execute(f"SELECT id FROM messages WHERE deleted_batch IS NULL AND id IN {GIVEN}", (listed(ids),))
            hide(c, [row[0] for row in seen.fetchall()], batch)

        self._database.write(write)
        return batch

    def bring_back_messages(self, batch: str) -> None:
        """Undo of `delete_messages`. The tip goes back, too, unless another branch was chosen meanwhile."""

        def write(c: Connection) -> None:
            c.execute("UPDATE messages SET deleted_batch = NULL WHERE deleted_batch = ?", (batch,))
            rows = c.execute(
                "SELECT conversation_id, tip_id, moved_to FROM deletions WHERE batch = ?", (batch,)
            ).fetchall()
            for home, old_tip_id, moved_to in rows:
                tree = _seen(c, home)
                is_as_left = tree.tip_id == moved_to and old_tip_id in tree
                tip_id = old_tip_id if is_as_left else _newest_end(tree, tree.tip_id)
                c.execute("UPDATE conversations SET tip_id = ? WHERE id = ?", (tip_id, home))
            c.execute("DELETE FROM deletions WHERE batch = ?", (batch,))

        self._database.write(write)

    def purge_messages(self, batch: str | None = None) -> tuple[str, ...]:
        """Delete hidden messages (of this batch) for good. The ids of the conversations that they were in.

        Summaries of what stood above go with them, and a title that was made of a first question: they may tell what
        was deleted.
        """

        homes = self._database.write(lambda c: purge_hidden(c, batch))
        if homes:
            self._forget()
        return homes

    def _forget(self) -> None:
        """Words leave the index when it is written anew, and the database's log when that is emptied."""
        fulltext.merge(self._database, "words")
        try:
            self._database.forget_deleted()
        except StorageFault:  # a long reader is in the way; the next purge does it, or the end of the program
            _log.warning("the log of the database could not be emptied yet")


def hide(c: Connection, ids: Sequence[str], batch: str) -> None:
    """As messages of this batch, also those that another one has hidden already."""
    homes = c.execute(f"SELECT DISTINCT conversation_id FROM messages WHERE id IN {GIVEN}", (listed(ids),)).fetchall()
    before = {home: _seen(c, home) for (home,) in homes}
    c.execute(f"UPDATE messages SET deleted_batch = ? WHERE id IN {GIVEN}", (batch, listed(ids)))
    for home, was in before.items():
        tip_id = _next_tip(was, _seen(c, home))
        c.execute("INSERT INTO deletions VALUES (?, ?, ?, ?)", (batch, home, was.tip_id, tip_id))
        c.execute("UPDATE conversations SET tip_id = ? WHERE id = ?", (tip_id, home))


def purge_hidden(c: Connection, batch: str | None) -> tuple[str, ...]:
    """The conversations in which they were. Words leave the index's pages when that is merged."""
    which = "deleted_batch IS NOT NULL AND (?1 IS NULL OR deleted_batch = ?1)"
    rows = c.execute(f"SELECT DISTINCT conversation_id FROM messages WHERE {which}", (batch,)).fetchall()
    homes = tuple(str(row[0]) for row in rows)
    first = f"SELECT DISTINCT conversation_id FROM messages WHERE {which} AND parent_id IS NULL"
    told = [str(row[0]) for row in c.execute(first, (batch,)).fetchall()]
    for home in homes:
        _relink(c, home, batch)
    c.execute(f"DELETE FROM words WHERE rowid IN (SELECT number FROM messages WHERE {which})", (batch,))
    c.execute(f"DELETE FROM messages WHERE {which}", (batch,))
    c.execute("DELETE FROM deletions WHERE ?1 IS NULL OR batch = ?1", (batch,))
    for home in told:
        name_anew(c, home)
    return homes


def _seen(c: Connection, conversation_id: str) -> Tree[Node]:
    """A conversation without what is hidden."""
    tip = c.execute("SELECT tip_id FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
    return Tree(read_nodes(c, conversation_id), None if tip is None else tip[0])


def _next_tip(was: Tree[Node], now: Tree[Node]) -> str | None:
    if was.tip_id is None or was.tip_id in now:
        return was.tip_id
    return _newest_end(now, next((node.id for node in reversed(was.path()) if node.id in now), None))


def _newest_end(tree: Tree[Node], message_id: str | None) -> str | None:
    """Where the newest branch below this message ends; below None, that of the newest first message."""
    begins = message_id or next(reversed(tree.children(None)), None)
    return None if begins is None else tree.newest_leaf(begins)


def name_anew(c: Connection, conversation_id: str, *, only_by_model: bool = False) -> None:
    """Give a chat the title of the first question that it has now, unless the person wrote its title.

    `only_by_model`: only where the model wrote it, which had read an answer for it.
    """
    row = c.execute(
        "SELECT text FROM messages WHERE conversation_id = ? AND deleted_batch IS NULL AND role = 'user'"
        " ORDER BY number LIMIT 1",
        (conversation_id,),
    ).fetchone()
    c.execute(
        "UPDATE conversations SET title = ?, title_source = 'question' WHERE id = ?"
        " AND (title_source = 'model' OR (title_source = 'question' AND NOT ?))",
        ("" if row is None else title_from(str(row[0])), conversation_id, int(only_by_model)),
    )


def _relink(c: Connection, conversation_id: str, batch: str | None) -> None:
    """Put what hangs on a message that goes below the nearest that does not, and drop summaries that tell of it."""
    rows = c.execute(
        "SELECT id, parent_id, deleted_batch FROM messages WHERE conversation_id = ? ORDER BY number",
        (conversation_id,),
    ).fetchall()
    nearest: dict[str, str | None] = {}
    below: set[str] = set()
    moves: list[tuple[str | None, str]] = []
    for message_id, parent_id, own_batch in rows:
        if parent_id in nearest or parent_id in below:
            below.add(message_id)
        if own_batch is not None and batch in (None, own_batch):
            nearest[message_id] = nearest.get(parent_id, parent_id)
        elif parent_id in nearest:
            moves.append((nearest[parent_id], message_id))
    c.executemany("UPDATE messages SET parent_id = ? WHERE id = ?", moves)
    c.execute(f"DELETE FROM cuts WHERE summary != '' AND message_id IN {GIVEN}", (listed(below),))
