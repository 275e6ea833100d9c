"""The ledger: every request that was ever made, and the only SQL of this room.

A row is on the disk before its request leaves, and nothing deletes rows. The query of an address is never kept:
what was searched for is the row's subject, and signatures of download addresses are keys.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any  # rows of the database adapter are untyped tuples

from app.errors import StorageFault
from app.frozen import dataclass
from app.net.gate import Errand
from app.storage.database import Database
from app.storage.migrate import Migration

MIGRATIONS = (
    Migration(
        4,
        "requests that were made",
        (
            """CREATE TABLE net_request (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                at TEXT NOT NULL,
                purpose TEXT NOT NULL,
                subject TEXT NOT NULL,
                method TEXT NOT NULL,
                host TEXT NOT NULL,
                path TEXT NOT NULL,
                sent_bytes INTEGER NOT NULL,
                received_bytes INTEGER NOT NULL DEFAULT 0,
                status INTEGER NOT NULL DEFAULT 0,
                is_over INTEGER NOT NULL DEFAULT 0
            ) STRICT""",
        ),
    ),
)

MAX_TEXT = 2_048  # characters of a subject or a path that are kept
_ROW = "id, at, purpose, subject, method, host, path, sent_bytes, received_bytes, status, is_over"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One request. `at` is ISO 8601 in UTC, `purpose` its key, `status` 0 without an answer.

    `is_over` is False while it runs, and for ever where Paddock was killed meanwhile.
    """

    id: int
    at: str
    purpose: str
    subject: str
    method: str
    host: str
    path: str
    sent_bytes: int
    received_bytes: int
    status: int
    is_over: bool


class Ledger:
    """The requests of one profile. Callers may be on any thread but the window's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, errand: Errand, method: str, host: str, *, path: str, sent_bytes: int) -> int:
        """Commit a row for a request that is about to leave; its number. Raises StorageFault: then it must not."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        row = (
            *(at, errand.purpose.key, _kept(errand.subject), method, host),
            *(_kept(path.partition("?")[0]), sent_bytes),
        )
        sql = (
            "INSERT INTO net_request (at, purpose, subject, method, host, path, sent_bytes)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id"
        )
        return self._database.write(lambda c: next(int(new[0]) for new in c.execute(sql, row).fetchall()))

    def note(self, number: int, status: int, received_bytes: int) -> None:
        """Say how far a long answer has come, so that a kill loses little of the account. Does not wait."""
        sql = "UPDATE net_request SET status = ?, received_bytes = ? WHERE id = ? AND is_over = 0"
        try:
            self._database.write_soon(lambda c: c.execute(sql, (status, received_bytes, number)).rowcount)
        except StorageFault:
            _log.warning("a request's progress was not written down: the profile is closed")

    def end(self, number: int, status: int, received_bytes: int) -> None:
        """Close a row. A profile that closed meanwhile leaves it open: the request itself is on record."""
        sql = "UPDATE net_request SET status = ?, received_bytes = ?, is_over = 1 WHERE id = ?"
        try:
            self._database.write(lambda c: c.execute(sql, (status, received_bytes, number)).rowcount)
        except StorageFault:
            _log.warning("the end of a request was not written down", exc_info=True)

    def rows(self, limit: int = 500, before_id: int | None = None) -> tuple[LedgerRow, ...]:
        """The latest first; `before_id` goes on where an earlier call ended."""
        sql = f"SELECT {_ROW} FROM net_request WHERE id < ? ORDER BY id DESC LIMIT ?"
        last = 2**63 - 1 if before_id is None else before_id
        return self._database.read(lambda c: tuple(_row(row) for row in c.execute(sql, (last, limit))))

    def totals(self) -> tuple[int, int, int]:
        """How many requests, and the bytes that were sent and received by all of them."""
        sql = "SELECT COUNT(*), COALESCE(SUM(sent_bytes), 0), COALESCE(SUM(received_bytes), 0) FROM net_request"
        (totals,) = self._database.read(lambda c: c.execute(sql).fetchall())
        requests, sent, received = map(int, totals)
        return requests, sent, received


def _kept(text: str) -> str:
    """Half a character (from an odd clipboard) becomes `?`: SQLite takes whole ones only."""
    return text[:MAX_TEXT].encode("utf-8", "replace").decode("utf-8")


def _row(row: tuple[Any, ...]) -> LedgerRow:
    return LedgerRow(*(*row[:-1], bool(row[-1])))
