"""What every full-text index of a profile needs when something in it was deleted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from app.storage.cipher import Connection
from app.storage.database import Database

MERGED_PAGES: Final = 200
"""Of an index, written anew in one transaction: about 0.1 s."""


def merge(database: Database, table: str, *, stop: Callable[[], bool] = lambda: False) -> bool:
    """A deleted row only leaves a note in an index; its words go when the index is written anew, as here.

    In small transactions, between which others have theirs: seconds for 100,000 rows. Whether it came to its end.
    """
    pages = -MERGED_PAGES  # the first time: all of it, not only what is worth it
    while not stop():
        if not database.write(partial(_merge, table, pages)):
            return True
        pages = MERGED_PAGES
    return False


def _merge(table: str, pages: int, c: Connection) -> bool:
    """Whether there is more to do: fewer than two changes are none (https://sqlite.org/fts5.html#the_merge_command)."""
    before = (c.execute("SELECT total_changes()").fetchone() or (0,))[0]
    c.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)", (pages,))
    after = (c.execute("SELECT total_changes()").fetchone() or (0,))[0]
    return bool(after - before > 1)
