"""Deleting: hidden first, then cleared in small transactions, then gone, so that a crash in between changes nothing.

What was cleared leaves no word behind: not in the index, not in free pages, not in the log. A document stays as long as
a collection, a chat or the person by itself has it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from app.documents.records import Receipt, Removing
from app.documents.store.contents import Cleared, clear
from app.documents.store.rows import GIVEN, KEY_BITS, Shared, listed
from app.errors import StorageFault
from app.storage.cipher import Connection
from app.storage.fulltext import merge

CLEARED_AT_ONCE: Final = 500
"""Chunks whose words leave the index in one go: about 25 ms."""
STEP_S: Final = 0.02
"""A transaction takes one document after another for so long, and a large one for at most twice that."""
AT_ONCE: Final = 500
"""Documents that a transaction takes at most."""
TELL_EVERY_S: Final = 0.1

OnRemoving = Callable[[Removing], None]
Stopped = Callable[[], bool]


def nobody(_removing: Removing) -> None:
    """Who wants to hear nothing of it."""


def never() -> bool:
    """What is not stopped."""
    return False


# Nothing but a collection has it. `d` is the document.
_ALONE = (
    "d.is_own = 0 AND NOT EXISTS (SELECT 1 FROM chat_sources s WHERE s.document_id = d.id)"
    " AND NOT EXISTS (SELECT 1 FROM drafts r WHERE instr(r.scope, d.id))"
)
_log = logging.getLogger(__name__)


class Removal(Shared):
    """Of what is being deleted nothing is found any more, from the first moment on."""

    def remove(
        self,
        ids: Sequence[str],
        *,
        is_left_out: bool = False,
        is_forgotten_now: bool = True,
        collection_id: str = "",
        on_progress: OnRemoving = nobody,
        stop: Stopped = never,
    ) -> Receipt:
        """These documents, for good; their own files stay. See `forget` for what may wait.

        `collection_id`: with a collection, which `drop_collection` is to follow for; a crash in between does not stop
        that.

        `is_left_out`: a folder that is watched does not bring them back. Stopped, those whose turn had not come are as
        before; that is heard between documents.
        """
        going = self._hide(ids, is_left_out=is_left_out, collection_id=collection_id)
        receipt = self._clear_all(going, on_progress, stop)
        if receipt.left and collection_id:
            sql = "UPDATE collections SET is_going = 0 WHERE id = ?"
            self._database.write(lambda c: c.execute(sql, (collection_id,)).rowcount)
        if is_forgotten_now:
            self.forget_told(on_progress, receipt)
        return receipt

    def take_out(self, ids: Sequence[str], *, is_left_out: bool) -> tuple[str, ...]:
        """Let these be in no collection any more; the names of those that were in one. `is_left_out` as in `remove`."""

        def write(c: Connection) -> tuple[str, ...]:
            if is_left_out:
                self._leave_out(c, ids)
            which = f"id IN {GIVEN} AND collection_id IS NOT NULL AND is_going = 0"
            rows = c.execute(f"SELECT name FROM documents WHERE {which} ORDER BY number", (listed(ids),)).fetchall()
            c.execute(f"UPDATE documents SET collection_id = NULL, is_apart = 0 WHERE {which}", (listed(ids),))
            return tuple(row[0] for row in rows)

        return self._database.write(write) if ids else ()

    def drop_collection(self, collection_id: str) -> None:
        """With what is still in it; its folder stays. See `forget` for what waits."""

        def write(c: Connection) -> list[tuple[int, str]]:
            c.execute("UPDATE collections SET is_going = 1 WHERE id = ?", (collection_id,))
            c.execute("UPDATE documents SET is_going = 1 WHERE collection_id = ?", (collection_id,))
            which = "collection_id = ? ORDER BY number"
            return c.execute(f"SELECT number, name FROM documents WHERE {which}", (collection_id,)).fetchall()

        self._clear_all(self._database.write(write), nobody, never)
        self._database.write(lambda c: c.execute("DELETE FROM collections WHERE id = ?", (collection_id,)).rowcount)

    def finish_removal(self) -> Receipt:
        """Clear whatever is being deleted, also since before a crash, and what has no document. What went, counted."""
        sql = "SELECT number, name FROM documents WHERE is_going = 1 ORDER BY number"
        receipt = self._clear_all(self._database.read(lambda c: c.execute(sql).fetchall()), nobody, never)
        for number in self._database.read(_ownerless):
            self.clear(number, with_original=True)
        self._database.write(_drop_collections)
        self.forget()
        return receipt

    def belonging(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Those of these that a chat has, a draft of one, or the person by itself: whatever collection they are in."""
        sql = f"SELECT d.id FROM documents d WHERE d.is_going = 0 AND d.id IN {GIVEN} AND NOT ({_ALONE})"
        return tuple(row[0] for row in self._database.read(lambda c: c.execute(sql, (listed(ids),)).fetchall()))

    def lonely(self, ids: Sequence[str] | None = None, *, before: float | None = None) -> tuple[str, ...]:
        """Of these (None: of all), those that nothing has and that no answer was given from; added before then."""
        sql = (
            f"SELECT d.id FROM documents d WHERE d.is_going = 0 AND d.collection_id IS NULL AND {_ALONE}"
            " AND NOT EXISTS (SELECT 1 FROM grounded_on g WHERE g.document_id = d.id)"
            f" AND (?1 IS NULL OR d.id IN (SELECT value FROM json_each(?1))) AND (?2 IS NULL OR d.added_at < ?2)"
        )
        given = (None if ids is None else listed(ids), before)
        return tuple(row[0] for row in self._database.read(lambda c: c.execute(sql, given).fetchall()))

    def had_by(self, conversations: Sequence[str]) -> tuple[str, ...]:
        """Ids of the documents that these chats have, or that answers in them were given from."""
        sql = (
            f"SELECT document_id FROM chat_sources WHERE document_id IS NOT NULL AND conversation_id IN {GIVEN}"
            " UNION SELECT g.document_id FROM grounded_on g JOIN messages m ON m.id = g.message_id"
            f" WHERE m.conversation_id IN {GIVEN}"
        )
        given = (listed(conversations), listed(conversations))
        return tuple(row[0] for row in self._database.read(lambda c: c.execute(sql, given).fetchall()))

    def _clear_all(self, going: Sequence[tuple[int, str]], on_progress: OnRemoving, stop: Stopped) -> Receipt:
        """Documents by number and name, in this order; `left` are those that it did not come to."""
        total, done, is_begun, told_at = Cleared(), 0, False, 0.0
        while done < len(going):
            if time.monotonic() - told_at >= TELL_EVERY_S:
                told_at = time.monotonic()
                on_progress(Removing(done, len(going), going[done][1]))
            if stop() and not is_begun:
                break
            some = [number for number, _name in going[done : done + AT_ONCE]]
            count, cleared, is_begun = self._database.write(partial(_clear_some, some))
            done += count
            total += cleared
        self._show_again([number for number, _name in going[done:]])
        on_progress(Removing(done, len(going)))
        names = tuple(name for _number, name in going[:done])
        left = len(going) - done
        return Receipt(names, total.parts, total.chunks, total.vectors, total.original_bytes, left=left)

    def clear(self, number: int, *, with_original: bool, stop: Stopped = never) -> Cleared:
        """What was read of a document, in small steps; what went."""
        total = Cleared()
        while not stop():
            gone = self._database.write(lambda c: clear(c, number, CLEARED_AT_ONCE, with_original=with_original))
            if gone == Cleared():
                break
            total += gone
        return total

    def forget_told(self, on_progress: OnRemoving, receipt: Receipt) -> None:
        """After a removal."""
        count = len(receipt.names)
        on_progress(Removing(count, count + receipt.left, is_forgetting=True))
        self.forget()

    def forget(self, *, stop: Stopped = never) -> bool:
        """Where something was cleared: write the index anew without its words, and empty the log; whether it did.

        In small transactions, between which chats have theirs: four seconds for 100,000 chunks, and some hundred
        megabytes written. Stopped, it begins anew the next time.
        """
        if not self._database.read(lambda c: c.execute("SELECT 1 FROM unforgotten").fetchone()):
            return False
        if not merge(self._database, "chunk_words", stop=stop):
            return False
        self._database.write(lambda c: c.execute("DELETE FROM unforgotten").rowcount)
        try:
            self._database.forget_deleted()
        except StorageFault:  # a long reader is in the way; the next deletion does it, or the end of the program
            _log.warning("the log of the database could not be emptied yet")
        return True

    def _hide(self, ids: Sequence[str], *, is_left_out: bool, collection_id: str = "") -> list[tuple[int, str]]:
        """Numbers and names of those that were here. What asks them keeps their place until they are gone."""

        def write(c: Connection) -> list[tuple[int, str]]:
            which = f"id IN {GIVEN} AND is_going = 0"
            rows = c.execute(f"SELECT number, name FROM documents WHERE {which} ORDER BY number", (listed(ids),))
            going = [(row[0], row[1]) for row in rows.fetchall()]
            if is_left_out:
                self._leave_out(c, ids)
            c.execute(f"UPDATE documents SET is_going = 1 WHERE {which}", (listed(ids),))
            c.execute("UPDATE collections SET is_going = 1 WHERE id = ?", (collection_id,))
            return going

        return self._database.write(write)

    def _leave_out(self, c: Connection, ids: Sequence[str]) -> None:
        c.execute(
            "INSERT OR IGNORE INTO ignored SELECT k.id, d.path, ? FROM documents d JOIN collections k"
            " ON k.id = d.collection_id AND k.folder != '' AND k.is_going = 0"
            f" WHERE d.is_going = 0 AND d.id IN {GIVEN}",
            (self._now(), listed(ids)),
        )

    def _show_again(self, numbers: Sequence[int]) -> None:
        """They were to go and stay after all."""

        def write(c: Connection) -> None:
            which = f"number IN {GIVEN}"
            c.execute(f"UPDATE documents SET is_going = 0 WHERE {which}", (listed(numbers),))
            c.execute(
                "DELETE FROM ignored WHERE (collection_id, path) IN"
                f" (SELECT collection_id, path FROM documents WHERE {which})",
                (listed(numbers),),
            )

        if numbers:
            self._database.write(write)


def _clear_some(numbers: Sequence[int], c: Connection) -> tuple[int, Cleared, bool]:
    """How many documents went, what went with them, and whether the next one went in part."""
    over_at = time.monotonic() + STEP_S
    total = Cleared()
    for done, number in enumerate(numbers):
        while (gone := clear(c, number, CLEARED_AT_ONCE, with_original=True)) != Cleared():
            total += gone
            if time.monotonic() > over_at:
                return done, total, True
        c.execute("DELETE FROM documents WHERE number = ?", (number,))
        if time.monotonic() > over_at:
            return done + 1, total, False
    return len(numbers), total, False


def _drop_collections(c: Connection) -> None:
    """Those that are going; documents that were to stay are in none."""
    which = "is_going = 0 AND collection_id IN (SELECT id FROM collections WHERE is_going = 1)"
    c.execute(f"UPDATE documents SET collection_id = NULL, is_apart = 0 WHERE {which}")
    c.execute("DELETE FROM collections WHERE is_going = 1")


def _ownerless(c: Connection) -> list[int]:
    """Numbers in keys that no document has: a leap through each table from one number to the next."""
    found: set[int] = set()
    for table in ("originals", "parts", "chunks"):
        sql = (
            f"WITH RECURSIVE here(number) AS (SELECT min(key) >> {KEY_BITS} FROM {table} UNION ALL"
            f" SELECT (SELECT min(key) >> {KEY_BITS} FROM {table} WHERE key >= (number + 1) << {KEY_BITS})"
            " FROM here WHERE number IS NOT NULL)"
            " SELECT number FROM here WHERE number IS NOT NULL AND number NOT IN (SELECT number FROM documents)"
        )
        found.update(row[0] for row in c.execute(sql).fetchall())
    return sorted(found)
