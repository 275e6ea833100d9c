"""What is remembered about models: the hub's answers, downloads, accepted terms, checked files. The SQL of this room.

Rows are read as what a stranger may have written: one that makes no sense is passed over, for none of them is worth
a profile that does not open.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

from app.frozen import dataclass
from app.storage.cipher import Row
from app.storage.database import Database
from app.storage.migrate import Migration

MAX_ANSWERS = 400
"""Searches and repositories that can be looked at again without asking; the oldest go first."""
MAX_ANSWER_CHARACTERS = 8 * 2**20

MIGRATIONS = (
    Migration(
        5,
        "the hub's answers, downloads, accepted terms and checked files",
        (
            "CREATE TABLE hub_answer (key TEXT PRIMARY KEY, text TEXT NOT NULL, at REAL NOT NULL) STRICT",
            """CREATE TABLE download (
                id TEXT PRIMARY KEY,
                described TEXT NOT NULL,
                state TEXT NOT NULL,
                added REAL NOT NULL,
                fault TEXT NOT NULL DEFAULT ''
            ) STRICT""",
            """CREATE TABLE accepted_terms (
                repository TEXT NOT NULL,
                licence TEXT NOT NULL,
                text_sha256 TEXT NOT NULL,
                at REAL NOT NULL,
                PRIMARY KEY (repository, licence, text_sha256)
            ) STRICT""",
            """CREATE TABLE verified_file (
                path BLOB PRIMARY KEY,
                size_bytes INTEGER NOT NULL,
                mtime_ns INTEGER NOT NULL,
                sha256 TEXT NOT NULL,
                at REAL NOT NULL
            ) STRICT""",
        ),
    ),
)

_SHA256 = re.compile("[0-9a-f]{64}")
_TEXT_HASH = re.compile("[0-9a-f]{64}|")


@dataclass(frozen=True, slots=True)
class DownloadRow:
    """A download as it is stored. `described` and `fault` are texts of `models.orders`, which reads them warily."""

    id: str
    described: str
    state: str
    added: float  # seconds since the epoch
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The person said yes to these terms. `text_sha256` is of the text that was shown, empty where there was none."""

    repository: str
    licence: str
    text_sha256: str
    at: float  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """A file whose bytes had this hash when it had this size and this time of change."""

    size_bytes: int
    mtime_ns: int
    sha256: str
    at: float  # seconds since the epoch

    def fits(self, found: os.stat_result) -> bool:
        """Whether the file is still as it was checked, as far as its size and its time tell."""
        return found.st_size == self.size_bytes and found.st_mtime_ns == self.mtime_ns


class HubAnswers:
    """What the hub said last, by what it was asked, for when there is no network."""

    def __init__(self, database: Database, *, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    def get(self, key: str) -> str | None:
        row = self._database.read(
            lambda c: c.execute("SELECT text FROM hub_answer WHERE key = ?", (_whole(key),)).fetchone()
        )
        return None if row is None else str(row[0])

    def put(self, key: str, text: str) -> None:
        """Remember it in the place of an older one. A text too long to be an answer is not kept."""
        if len(text) > MAX_ANSWER_CHARACTERS:
            return
        values = (_whole(key), _whole(text), self._now())
        with_newest = "SELECT key FROM hub_answer ORDER BY at DESC, rowid DESC LIMIT ?"
        self._database.write(
            lambda c: (
                c.execute("INSERT OR REPLACE INTO hub_answer VALUES (?, ?, ?)", values).rowcount,
                c.execute(f"DELETE FROM hub_answer WHERE key NOT IN ({with_newest})", (MAX_ANSWERS,)).rowcount,
            )
        )


class DownloadRows:
    """The queue of downloads, as it was last."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[DownloadRow, ...]:
        """In the order in which they were added."""
        rows = self._database.read(
            lambda c: c.execute(
                "SELECT id, described, state, added, fault FROM download ORDER BY added, rowid"
            ).fetchall()
        )
        return tuple(DownloadRow(*row) for row in rows)

    def put(self, row: DownloadRow) -> None:
        """Store it, or what became of it."""
        sql = (
            "INSERT INTO download (id, described, state, added, fault) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET described = excluded.described, state = excluded.state,"
            " fault = excluded.fault"
        )
        values = (row.id, _whole(row.described), row.state, row.added, _whole(row.fault))
        self._database.write(lambda c: c.execute(sql, values).rowcount)

    def remove(self, download_id: str) -> None:
        self._database.write(lambda c: c.execute("DELETE FROM download WHERE id = ?", (download_id,)).rowcount)


class AcceptedTerms:
    """Which terms were accepted, for which repository. Other words are other terms."""

    def __init__(self, database: Database, *, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    def has(self, repository: str, licence: str, text_sha256: str) -> bool:
        sql = "SELECT 1 FROM accepted_terms WHERE repository = ? AND licence = ? AND text_sha256 = ?"
        values = (_whole(repository), _whole(licence), text_sha256)
        return self._database.read(lambda c: c.execute(sql, values).fetchone()) is not None

    def add(self, repository: str, licence: str, text_sha256: str) -> None:
        """The person said yes. Said twice, the first time counts."""
        values = (_whole(repository), _whole(licence), text_sha256, self._now())
        self._database.write(
            lambda c: c.execute("INSERT OR IGNORE INTO accepted_terms VALUES (?, ?, ?, ?)", values).rowcount
        )

    def all(self) -> tuple[Acceptance, ...]:
        """The latest first."""
        rows = self._database.read(
            lambda c: c.execute(
                "SELECT repository, licence, text_sha256, at FROM accepted_terms ORDER BY at DESC, rowid DESC"
            ).fetchall()
        )
        return tuple(Acceptance(*row) for row in rows if _TEXT_HASH.fullmatch(row[2]))


class VerifiedFiles:
    """Which files were checked, so that gigabytes are not read again for nothing. Paths are stored as their bytes."""

    def __init__(self, database: Database, *, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    def get(self, path: Path) -> VerifiedFile | None:
        """What is known of the file at `path`; whether it is still so, `VerifiedFile.fits` says."""
        sql = "SELECT size_bytes, mtime_ns, sha256, at FROM verified_file WHERE path = ?"
        row = self._database.read(lambda c: c.execute(sql, (os.fsencode(path),)).fetchone())
        return None if row is None else _verified(row)

    def put(self, path: Path, size_bytes: int, mtime_ns: int, sha256: str) -> None:
        """Raises ValueError for what is no SHA-256 in hex digits."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError("not a SHA-256")
        values = (os.fsencode(path), size_bytes, mtime_ns, sha256, self._now())
        self._database.write(
            lambda c: c.execute("INSERT OR REPLACE INTO verified_file VALUES (?, ?, ?, ?, ?)", values).rowcount
        )

    def forget(self, path: Path) -> None:
        self._database.write(
            lambda c: c.execute("DELETE FROM verified_file WHERE path = ?", (os.fsencode(path),)).rowcount
        )


def _verified(row: Row) -> VerifiedFile | None:
    size_bytes, mtime_ns, sha256, at = row
    if size_bytes < 0 or not _SHA256.fullmatch(sha256):
        return None
    return VerifiedFile(size_bytes, mtime_ns, sha256, at)


def _whole(text: str) -> str:
    """Without lone surrogates, which SQLite cannot hold: they are no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")
