"""Deleting: hidden first, then cleared in small transactions, then gone, so that a crash in between changes nothing.

What was cleared leaves no word behind: not in the index, not in free pages, not in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from app.documents.records import Receipt
from app.documents.store.contents import Cleared, clear
from app.documents.store.rows import GIVEN, KEY_BITS, Shared, listed
from app.errors import StorageFault
from app.storage.cipher import Connection
from app.storage.fulltext import merge

CLEARED_AT_ONCE: Final = 2_000
"""Chunks whose words leave the index in one transaction: about 0.1 s."""

_log = logging.getLogger(__name__)


class Removal(Shared):
    """Of what is being deleted nothing is found any more, from the first moment on."""

    def remove(self, ids: Sequence[str], *, is_forgotten_now: bool = True) -> Receipt:
        """These documents, for good; their own files stay. See `forget` for what may wait."""
        self._hide("documents", ids)
        return self.finish_removal(is_forgotten_now=is_forgotten_now)

    def remove_collection(self, collection_id: str) -> Receipt:
        """With its documents, for good; its folder stays."""
        self._hide("collections", [collection_id])
        return self.finish_removal()

    def finish_removal(self, *, is_forgotten_now: bool = True) -> Receipt:
        """Clear whatever is being deleted, also since before a crash, and what has no document. What went, counted."""
        sql = "SELECT number, name FROM documents WHERE is_going = 1 ORDER BY number"
        rows = self._database.read(lambda c: c.execute(sql).fetchall())
        total = Cleared()
        for number, _name in rows:
            total += self.clear(number, with_original=True)
            self._database.write(partial(_drop_row, number))
        for number in self._database.read(_ownerless):
            total += self.clear(number, with_original=True)
        self._database.write(lambda c: c.execute("DELETE FROM collections WHERE is_going = 1").rowcount)
        if is_forgotten_now:
            self.forget()
        names = tuple(row[1] for row in rows)
        return Receipt(names, total.parts, total.chunks, total.vectors, total.original_bytes)

    def clear(self, number: int, *, with_original: bool, stop: Callable[[], bool] = lambda: False) -> Cleared:
        """What was read of a document, in small steps; what went."""
        total = Cleared()
        while not stop():
            gone = self._database.write(lambda c: clear(c, number, CLEARED_AT_ONCE, with_original=with_original))
            if gone == Cleared():
                break
            total += gone
        return total

    def forget(self, *, stop: Callable[[], bool] = lambda: False) -> bool:
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

    def _hide(self, table: str, ids: Sequence[str]) -> None:
        def write(c: Connection) -> None:
            c.execute(f"UPDATE {table} SET is_going = 1 WHERE id IN {GIVEN}", (listed(ids),))
            going = "SELECT id FROM collections WHERE is_going = 1"
            c.execute(f"UPDATE documents SET is_going = 1 WHERE collection_id IN ({going})")
            c.execute(
                "DELETE FROM chat_sources WHERE document_id IN (SELECT id FROM documents WHERE is_going = 1)"
                f" OR collection_id IN ({going})"
            )

        self._database.write(write)


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


def _drop_row(number: int, c: Connection) -> None:
    c.execute("DELETE FROM documents WHERE number = ?", (number,))
