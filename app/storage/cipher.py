"""Encrypted SQLite connections: the only module that knows sqlcipher3, so that another wrapper could replace it.

Two silent traps are shut here. Without a key SQLCipher writes plaintext, and it takes a malformed raw key for a
passphrase: so the key's size is checked, the schema is read to prove the key, and `head_is_plain` is asserted on.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast

from sqlcipher3 import dbapi2

from app.errors import Bug, Damaged, PaddockError, StorageFault, WrongKey
from app.storage.files import cannot_write, disk_full, has_room
from app.text import _

KEY_BYTES = 32
BUSY_TIMEOUT_MS = 5000
_PLAIN_HEAD = b"SQLite format 3\x00"

Value: TypeAlias = str | bytes | int | float | None
Row: TypeAlias = tuple[Any, ...]  # Any: a column of SQLite has no static type; each store gives its rows one

SqlError: type[Exception] = dbapi2.Error


class Cursor(Protocol):
    """What we use of a DB-API cursor."""

    @property
    def rowcount(self) -> int: ...
    @property
    def lastrowid(self) -> int | None: ...
    def fetchone(self) -> Row | None: ...
    def fetchall(self) -> list[Row]: ...
    def __iter__(self) -> Iterator[Row]: ...


class Connection(Protocol):
    """What we use of a DB-API connection, without its implicit transactions."""

    @property
    def in_transaction(self) -> bool: ...
    def execute(self, sql: str, parameters: Sequence[Value] | Mapping[str, Value] = (), /) -> Cursor: ...
    def executemany(self, sql: str, rows: Iterable[Sequence[Value]], /) -> Cursor: ...
    def interrupt(self) -> None: ...
    def close(self) -> None: ...


def connect(path: Path, key: bytes | bytearray, *, is_read_only: bool = False) -> Connection:
    """Open an existing file (an empty one becomes a database). Any thread may use it, one at a time.

    Raises WrongKey when the key does not open it.
    """
    if len(key) != KEY_BYTES:
        raise ValueError("a data key has 32 bytes")
    mode = "ro" if is_read_only else "rw"
    return _connected(f"{_uri(path)}?mode={mode}", path.parent, key)


def connect_in_memory(name: str, key: bytes | bytearray) -> Connection:
    """A database of this process alone, in no file. It lives as long as one connection to its name is open."""
    return _connected(f"file:/{name}?vfs=memdb", Path(), key)


def _connected(uri: str, folder: Path, key: bytes | bytearray) -> Connection:
    with sentences(folder):
        # cast: sqlcipher3 has no stubs; this is the one place where its connection gets a type.
        connection = cast(
            Connection,
            dbapi2.connect(
                uri,
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=BUSY_TIMEOUT_MS / 1000,
            ),
        )
    try:
        with sentences(folder):
            _set_up(connection, key)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_up(connection: Connection, key: bytes | bytearray) -> None:
    connection.execute("PRAGMA cipher_log_level = NONE")  # else a wrong key writes to stderr
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    connection.execute("PRAGMA cipher_compatibility = 4")
    if connection.execute("PRAGMA cipher_version").fetchone() is None:
        raise Bug(_("This build of Paddock cannot encrypt."), _("Please report this; nothing was stored."))
    _prove_key(connection)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def _prove_key(connection: Connection) -> None:
    """SQLCipher takes any key and stumbles at the first page that it reads."""
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except SqlError as error:
        if _code(error) != sqlite3.SQLITE_NOTADB:
            raise
        raise WrongKey(
            _("The key does not open the database of this profile."),
            _("Nothing was deleted. Restore database and key file that belong together, from a backup."),
        ) from error


def head_is_plain(path: Path) -> bool:
    """Whether the file is an unencrypted SQLite database."""
    with path.open("rb") as file:
        return file.read(len(_PLAIN_HEAD)) == _PLAIN_HEAD


def problems(connection: Connection) -> tuple[str, ...]:
    """What two full checks of the file find: every page's authentication code, then the structure. Reads all of it."""
    pages = [str(row[0]) for row in connection.execute("PRAGMA cipher_integrity_check")]
    structure = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    return tuple(line for line in pages + structure if line != "ok")


@contextlib.contextmanager
def sentences(folder: Path) -> Iterator[None]:
    """Turn the environment's faults (full, locked, damaged, read-only) into StorageFaults; our bugs pass through."""
    try:
        yield
    except SqlError as error:
        fault = _as_fault(error, folder)
        if fault is None:
            raise
        raise fault from error


def _code(error: Exception) -> int:
    """SQLite's primary result code, 0 where the wrapper raised of its own accord."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF if isinstance(code, int) else 0


def _as_fault(error: Exception, folder: Path) -> PaddockError | None:
    code, name = _code(error), str(getattr(error, "sqlite_errorname", ""))
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and not has_room(folder)):
        return disk_full()
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return Damaged(
            _("The database of this profile is damaged."),
            _("Nothing was deleted. Copy the profile folder away, then restore your newest backup."),
            detail=name,
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StorageFault(
            _("Another program keeps the database of this profile busy."),
            _("Close backup or sync programs that may have it open, then try again."),
            detail=name,
        )
    if code == sqlite3.SQLITE_INTERRUPT:
        return closed()
    if code in (
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    ):
        return cannot_write(name)
    return None


def closed() -> StorageFault:
    return StorageFault(_("The profile was closed."), _("Start Paddock again."))


def _uri(path: Path) -> str:
    uri = path.absolute().as_uri()
    # A Windows share is file://server/...; SQLite wants the server's name in the path.
    return uri if uri.startswith("file:///") else uri.replace("file://", "file:////", 1)
