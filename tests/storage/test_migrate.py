"""Migrations: in order, all or nothing, with a copy first, and never on a later Paddock's file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from app.errors import NewerDatabase
from app.storage import files
from app.storage.cipher import Connection, SqlError, connect
from app.storage.database import Database, update_backup_path
from app.storage.migrate import Migration, migrate, version

KEY = bytes(range(32))
FIRST = Migration(1, "notes", ("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT)",))
SECOND = Migration(
    2,
    "authors",
    (
        "CREATE TABLE author (id INTEGER PRIMARY KEY)",
        "ALTER TABLE note ADD COLUMN author INTEGER REFERENCES author",
        "UPDATE note SET body = body || '!'",
    ),
)
KILLED_AT = """
import os, signal, sys
from pathlib import Path
from app.storage.cipher import connect
from app.storage.migrate import Migration, migrate
class KilledAt:
    def __init__(self, real, left): self.real, self.left = real, left
    def __getattr__(self, name): return getattr(self.real, name)
    def execute(self, *arguments):
        self.left -= 1
        if self.left == 0: os.kill(os.getpid(), signal.SIGKILL)
        return self.real.execute(*arguments)
path, count, second = Path(sys.argv[1]), int(sys.argv[2]), eval(sys.argv[3])
connection = connect(path, bytes(range(32)))
connection.execute("PRAGMA journal_mode = WAL")
migrate(KilledAt(connection, count), (Migration(1, "notes", ("-",)), second), lambda: None)
print("done")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paddock.db"


@pytest.fixture
def connection(path: Path) -> Iterator[Connection]:
    files.private_file(path)
    opened = connect(path, KEY)
    yield opened
    opened.close()


def test_runs_what_is_missing_in_order(connection: Connection) -> None:
    migrate(connection, (FIRST, SECOND), lambda: None)
    assert version(connection) == 2
    connection.execute("INSERT INTO author VALUES (1)")
    connection.execute("INSERT INTO note (body, author) VALUES ('x', 1)")
    with pytest.raises(SqlError, match="FOREIGN KEY"):
        connection.execute("INSERT INTO note (body, author) VALUES ('x', 2)")


def test_a_copy_is_made_once_and_only_of_a_database_with_data(connection: Connection) -> None:
    copies: list[int] = []
    migrate(connection, (FIRST,), lambda: copies.append(version(connection)))
    assert copies == []
    migrate(connection, (FIRST,), lambda: copies.append(version(connection)))
    assert copies == []
    migrate(connection, (FIRST, SECOND), lambda: copies.append(version(connection)))
    assert copies == [1]


def test_a_failed_copy_stops_the_migration(connection: Connection) -> None:
    def fail() -> None:
        raise OSError("full")

    migrate(connection, (FIRST,), fail)
    with pytest.raises(OSError, match="full"):
        migrate(connection, (FIRST, SECOND), fail)
    assert version(connection) == 1


def test_a_failing_statement_takes_the_whole_migration_back(connection: Connection) -> None:
    broken = Migration(2, "broken", ("CREATE TABLE half (id)", "SELECT nonsense"))
    migrate(connection, (FIRST,), lambda: None)
    with pytest.raises(SqlError):
        migrate(connection, (FIRST, broken), lambda: None)
    assert version(connection) == 1
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_rows_that_point_nowhere_stop_a_migration(connection: Connection) -> None:
    dangling = Migration(3, "dangling", ("INSERT INTO note (body, author) VALUES ('x', 99)",))
    migrate(connection, (FIRST, SECOND), lambda: None)
    with pytest.raises(ValueError, match="point nowhere"):
        migrate(connection, (FIRST, SECOND, dangling), lambda: None)
    assert connection.execute("SELECT count(*) FROM note").fetchone() == (0,)


@pytest.mark.parametrize("numbers", [(2,), (1, 3), (1, 1), (2, 1), (0, 1)])
def test_gaps_in_the_numbers_are_our_bug(connection: Connection, numbers: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="numbered"):
        migrate(connection, [Migration(number, "x", ()) for number in numbers], lambda: None)


def test_a_later_paddocks_database_is_left_byte_for_byte(path: Path) -> None:
    third = Migration(3, "later", ("CREATE TABLE later (id)",))
    Database.open(path, KEY, migrations=(FIRST, SECOND, third)).close()
    before = path.read_bytes()
    with pytest.raises(NewerDatabase, match="later Paddock") as caught:
        Database.open(path, KEY, migrations=(FIRST, SECOND))
    assert "untouched" in caught.value.next_step
    assert path.read_bytes() == before


def test_a_later_paddocks_unfinished_log_is_left_as_well(path: Path, connection: Connection) -> None:
    """As after a crash of the later Paddock: part of the data stands in the log only."""
    connection.execute("PRAGMA journal_mode = WAL")
    migrate(connection, (FIRST, SECOND), lambda: None)
    log = path.with_name(path.name + "-wal")
    crashed = path.parent / "crashed" / "paddock.db"
    crashed.parent.mkdir()
    crashed.write_bytes(path.read_bytes())
    crashed_log = crashed.with_name(log.name)
    crashed_log.write_bytes(log.read_bytes())
    assert crashed_log.stat().st_size > 0
    with pytest.raises(NewerDatabase):
        Database.open(crashed, KEY, migrations=(FIRST,))
    assert crashed.read_bytes() == path.read_bytes()
    assert crashed_log.read_bytes() == log.read_bytes()


def test_an_update_leaves_an_openable_copy_of_before(path: Path) -> None:
    database = Database.open(path, KEY, migrations=(FIRST,))
    database.write(lambda c: c.execute("INSERT INTO note (body) VALUES ('kept')").rowcount)
    database.close()
    Database.open(path, KEY, migrations=(FIRST, SECOND)).close()
    copy = connect(update_backup_path(path), KEY, is_read_only=True)
    assert version(copy) == 1
    assert copy.execute("SELECT body FROM note").fetchall() == [("kept",)]
    copy.close()


def test_a_kill_before_any_statement_of_a_migration_leaves_all_or_nothing(
    path: Path, connection: Connection, start_child: Callable[..., Popen[bytes]]
) -> None:
    migrate(connection, (FIRST,), lambda: None)
    connection.execute("INSERT INTO note (body) VALUES ('word')")
    outcomes: list[int] = []
    for count in range(1, 40):
        child = start_child(KILLED_AT, str(path), str(count), repr(SECOND))
        output, errors = child.communicate(timeout=30)
        now = version(connection)
        body = connection.execute("SELECT body FROM note").fetchone()
        assert body == (("word!",) if now == 2 else ("word",))
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        outcomes.append(now)
        if b"done" in output or now == 2:
            break
        assert errors == b""
    assert outcomes[-1] == 2
    assert len(outcomes) > 6
