"""The encrypted database of a profile: one thread writes, any thread reads.

A write is one transaction on the writer thread and is on the disk when it returns. A read gets a connection of its
own from a small pool and sees one unchanging state, so it never waits for a long write. Neither belongs on the
window's thread.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from app.errors import Bug, Damaged, StorageFault, WrongKey
from app.frozen import dataclass
from app.storage import files
from app.storage.cipher import (
    KEY_BYTES,
    Connection,
    SqlError,
    closed,
    connect,
    connect_in_memory,
    head_is_plain,
    problems,
    sentences,
)
from app.storage.keys import wipe
from app.storage.migrate import Migration, migrate, refuse_newer
from app.text import _

MAX_IDLE_READERS = 4
CLOSE_TIMEOUT_S = 10.0
UPDATE_BACKUP_KEPT_S = 14 * 24 * 3600
"""The copy made before an update still holds what is deleted later, so it does not stay for ever."""

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    """Work for the writer thread, and where its outcome goes."""

    work: Callable[[Connection], Any]  # Any: the queue is not generic; write_soon() gives each result its type
    outcome: Future[Any]  # Any: as above
    is_transaction: bool = True


class Database:
    """One open database. Make it with `Database.open`, end it with `close`."""

    def __init__(
        self,
        path: Path,
        key: bytes | bytearray,
        *,
        writer: Connection,
        connect: Callable[[Path, bytes | bytearray], Connection] = connect,
    ) -> None:
        self._path = path
        self._key = bytearray(key)
        self._connect = connect
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._state = threading.Condition()
        self._is_closed = False
        self._is_abandoned = False
        self._idle: list[Connection] = []
        self._reading: set[Connection] = set()
        self._opening_readers = 0
        self._writer = writer
        self._thread = threading.Thread(target=self._run_writer, name="paddock-database-writer", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, path: Path, key: bytes | bytearray, *, migrations: Sequence[Migration]) -> Database:
        """Open or make the database and bring it up to date. Rooms give their migrations in any order.

        Raises WrongKey, Damaged, NewerDatabase (the file stays as it is, byte for byte), DiskFull or StorageFault.
        """
        migrations = _in_order(migrations)
        files.private_folder(path.parent)
        with contextlib.suppress(FileNotFoundError):
            _look_before_opening(path, key, migrations=migrations)
        files.private_file(path)
        writer = connect(path, key)
        try:
            with sentences(path.parent):
                _use_log(writer, path)
                migrate(writer, migrations, lambda: copy_into(writer, update_backup_path(path), key=key))
            _drop_old_update_backup(path)
        except BaseException:
            writer.close()
            raise
        return cls(path, key, writer=writer)

    @classmethod
    def in_memory(cls, migrations: Sequence[Migration]) -> Database:
        """A new one that is never written anywhere, and gone when it is closed.

        It has a key of its own all the same: what the system swaps out of its pages tells nothing.
        """
        name, key = Path(secrets.token_hex(16)), secrets.token_bytes(KEY_BYTES)
        writer = _connect_in_memory(name, key)
        try:
            migrate(writer, _in_order(migrations), lambda: None)
        except BaseException:
            writer.close()
            raise
        return cls(name, key, writer=writer, connect=_connect_in_memory)

    def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` makes of one unchanging state of the data. It returns values, not cursors."""
        with self._reader() as connection, sentences(self._path.parent):
            connection.execute("BEGIN")
            try:
                return work(connection)
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` as one transaction and wait until it is on the disk. Nothing of it stays if it raises."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a write inside a write would wait for itself")
        return self.write_soon(work).result()

    def write_soon(self, work: Callable[[Connection], T]) -> Future[T]:
        """Queue a write; writes happen in the order in which they were queued. Raises StorageFault once closed."""
        outcome: Future[T] = Future()
        self._put(_Job(work, outcome))
        return outcome

    def forget_deleted(self) -> None:
        """Empty the write-ahead log, which still holds (encrypted) what was deleted. Waits for earlier writes."""
        outcome: Future[None] = Future()
        self._put(_Job(_checkpoint, outcome, is_transaction=False))
        outcome.result()

    def vacuum_into(self, path: Path) -> None:
        """Write a checked copy, encrypted with the same key. `path` is replaced only by a copy that is whole."""
        with self._reader(is_for_copy=True) as connection:
            copy_into(connection, path, key=self._key)

    def find_damage(self) -> tuple[str, ...]:
        """Read every page; what is wrong, empty when all is well. Takes seconds on a large profile."""
        with self._reader() as connection:
            try:
                with sentences(self._path.parent):
                    return problems(connection)
            except Damaged as error:
                return (error.detail,)

    def close(self, *, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Finish queued writes, empty the log, close everything. After `timeout_s` what still runs is interrupted."""
        deadline = time.monotonic() + timeout_s
        with self._state:
            if self._is_closed:
                return
            self._is_closed = True
            self._jobs.put(None)
            while self._idle:
                self._idle.pop().close()
        self._wait_for_readers(deadline)
        self._thread.join(max(0.0, deadline - time.monotonic()))
        if self._thread.is_alive():
            self._is_abandoned = True
            self._writer.interrupt()
            self._thread.join(1.0)
        if self._thread.is_alive():
            _log.error("the database writer did not end in time")
        wipe(self._key)

    def _wait_for_readers(self, deadline: float) -> None:
        def is_quiet() -> bool:
            return not self._reading and not self._opening_readers

        with self._state:
            if self._state.wait_for(is_quiet, max(0.0, deadline - time.monotonic())):
                return
            for connection in self._reading:
                connection.interrupt()
            if not self._state.wait_for(is_quiet, 1.0):
                _log.error("a reader of the database did not end in time")

    def _put(self, job: _Job) -> None:
        with self._state:
            if self._is_closed:
                raise closed()
            self._jobs.put(job)

    @contextlib.contextmanager
    def _reader(self, *, is_for_copy: bool = False) -> Iterator[Connection]:
        connection = self._borrow(is_for_copy=is_for_copy)
        try:
            yield connection
        finally:
            with self._state:
                self._reading.discard(connection)
                if self._is_closed or is_for_copy or len(self._idle) >= MAX_IDLE_READERS:
                    connection.close()
                else:
                    self._idle.append(connection)
                self._state.notify_all()

    def _borrow(self, *, is_for_copy: bool) -> Connection:
        with self._state:
            if self._is_closed:
                raise closed()
            if self._idle and not is_for_copy:
                connection = self._idle.pop()
                self._reading.add(connection)
                return connection
            self._opening_readers += 1
        opened: Connection | None = None
        try:
            opened = self._connect(self._path, self._key)
            if not is_for_copy:  # VACUUM INTO refuses to run under query_only, although it only reads
                opened.execute("PRAGMA query_only = ON")
            return opened
        finally:
            with self._state:
                self._opening_readers -= 1
                if opened is not None:
                    self._reading.add(opened)
                self._state.notify_all()

    def _run_writer(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not job.outcome.set_running_or_notify_cancel():
                pass
            elif self._is_abandoned:
                job.outcome.set_exception(closed())
            else:
                self._do(job)
            del job  # else the last job's data would live until the next one
        try:
            self._writer.execute("PRAGMA busy_timeout = 500")
            _checkpoint(self._writer)
        except SqlError:
            _log.warning("the last checkpoint failed; the next start does it", exc_info=True)
        self._writer.close()

    def _do(self, job: _Job) -> None:
        try:
            with sentences(self._path.parent):
                result = _in_transaction(self._writer, job.work) if job.is_transaction else job.work(self._writer)
        except BaseException as error:  # belongs to whoever asked for the write; the thread goes on
            job.outcome.set_exception(error)
        else:
            job.outcome.set_result(result)


def _connect_in_memory(name: Path, key: bytes | bytearray) -> Connection:
    return connect_in_memory(name.name, key)


def update_backup_path(path: Path) -> Path:
    """Where the copy from before the last update of the schema is."""
    return path.with_name(path.name + ".before-update")


def copy_into(connection: Connection, path: Path, *, key: bytes | bytearray) -> None:
    """Copy the whole database to `path`: written beside, checked, synced, then renamed. Raises StorageFault."""
    beside = path.with_name(path.name + ".part")
    try:
        beside.unlink(missing_ok=True)
        files.private_file(beside)
        with sentences(path.parent):
            connection.execute("VACUUM INTO ?", (str(beside),))
            _check_copy(beside, key)
        files.sync_file(beside)
        files.rename_over(beside, path)
    except OSError as error:
        raise files.as_fault(error) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _check_copy(path: Path, key: bytes | bytearray) -> None:
    copy = connect(path, key, is_read_only=True)
    try:
        found = problems(copy)
    finally:
        copy.close()
    if found or head_is_plain(path):
        raise Damaged(
            _("The copy of the database did not pass its check and was not kept."),
            _("Check the disk, then try again."),
            detail=f"{len(found)} problems",
        )


def _look_before_opening(path: Path, key: bytes | bytearray, *, migrations: Sequence[Migration]) -> None:
    """Refuse what must not be touched, through a connection that cannot write. Raises FileNotFoundError."""
    log_path = path.with_name(path.name + "-wal")
    has_log = log_path.exists() and log_path.stat().st_size > 0
    if has_log and (not path.exists() or path.stat().st_size == 0):
        # SQLite would take this for a new database and throw the log away.
        raise Damaged(
            _("The database file of this profile is missing or empty, but its log is there."),
            _("Nothing was deleted. Copy the profile folder away, then restore your newest backup."),
        )
    if path.stat().st_size == 0:
        return
    if head_is_plain(path):
        raise Damaged(
            _("The database file of this profile is not encrypted, so it is not Paddock's."),
            _("Nothing was changed. Put the right file back, or use another profile."),
        )
    try:
        connection = connect(path, key, is_read_only=True)
    except (WrongKey, Damaged):
        raise
    except StorageFault:
        return  # a crash while the file was made left a journal, which only a writing connection can play back
    try:
        with sentences(path.parent):
            refuse_newer(connection, migrations)
    finally:
        connection.close()


def _use_log(connection: Connection, path: Path) -> None:
    row = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if row is None or row[0] != "wal":
        _log.warning("this file system allows no write-ahead log; reads will wait for writes")
    if head_is_plain(path):
        raise Bug(_("The new database would not be encrypted."), _("Please report this; nothing was stored in it."))


def _drop_old_update_backup(path: Path) -> None:
    with contextlib.suppress(OSError):
        backup = update_backup_path(path)
        if time.time() - backup.stat().st_mtime > UPDATE_BACKUP_KEPT_S:
            backup.unlink()


def _in_order(migrations: Sequence[Migration]) -> tuple[Migration, ...]:
    return tuple(sorted(migrations, key=lambda migration: migration.number))


def _in_transaction(connection: Connection, work: Callable[[Connection], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        # On a full disk SQLite has rolled back by itself, and a second ROLLBACK would raise.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _checkpoint(connection: Connection) -> None:
    row = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if row is not None and row[0] != 0:
        raise StorageFault(_("The database is being read."), _("Try again in a moment."))
