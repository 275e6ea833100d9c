"""The encrypted database: nothing readable outside, nothing acknowledged lost, reads that do not wait."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from app.errors import Bug, Damaged, DiskFull, StorageFault, WrongKey
from app.storage import cipher
from app.storage.cipher import Connection, connect
from app.storage.database import UPDATE_BACKUP_KEPT_S, Database, update_backup_path
from app.storage.migrate import Migration

CANARY = "Kanarienvogel-im-Schriftsatz-4711"
WRITER = """
import os, random, sys
from pathlib import Path
from app.storage.database import Database
from app.storage.migrate import Migration
from app.storage.values import MIGRATIONS
notes = Migration(2, "notes", ("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL)",))
database = Database.open(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), migrations=(*MIGRATIONS, notes))
last = database.read(lambda c: c.execute("SELECT coalesce(max(id), 0) FROM note").fetchone()[0])
def five(connection):
    for n in range(1, 6):
        connection.execute("INSERT INTO note VALUES (?, ?)", (last + n, "x" * random.randint(0, 6000)))
while True:
    database.write(five)
    last += 5
    os.write(1, b"%d\\n" % last)
"""


def add(database: Database, body: str) -> int:
    return database.write(lambda c: c.execute("INSERT INTO note (body) VALUES (?)", (body,)).lastrowid or 0)


def count(database: Database) -> int:
    return database.read(lambda c: int((c.execute("SELECT count(*) FROM note").fetchone() or (0,))[0]))


def all_bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


class TestWhatIsOnDisk:
    def test_no_word_is_found_in_the_profile(self, database: Database, profile: Path) -> None:
        for n in range(300):
            add(database, f"{CANARY} {n}")
        database.vacuum_into(profile / "copy.db")

        def look() -> None:
            content = all_bytes(profile)
            assert len(content) > 10_000
            for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
                assert CANARY.encode(encoding) not in content
            assert b"CREATE TABLE" not in content
            assert b"SQLite format 3" not in content

        look()
        database.close()
        look()

    def test_files_are_for_their_owner_only(self, database: Database, profile: Path) -> None:
        add(database, "x")
        if os.name == "posix":
            assert profile.stat().st_mode & 0o777 == 0o700
            assert {file.stat().st_mode & 0o777 for file in profile.iterdir()} == {0o600}

    def test_wide_open_files_are_narrowed(self, open_database: Callable[[], Database], profile: Path) -> None:
        open_database().close()
        (profile / "paddock.db").chmod(0o644)
        open_database()
        if os.name == "posix":
            assert (profile / "paddock.db").stat().st_mode & 0o777 == 0o600

    def test_closing_leaves_one_file(self, database: Database, profile: Path) -> None:
        add(database, "x")
        count(database)
        database.close()
        assert [file.name for file in profile.iterdir()] == ["paddock.db"]

    def test_deleted_rows_leave_the_log(self, database: Database, profile: Path) -> None:
        add(database, "x" * 50_000)
        database.write(lambda c: c.execute("DELETE FROM note").rowcount)
        database.forget_deleted()
        assert (profile / "paddock.db-wal").stat().st_size == 0

    def test_paths_of_any_shape_work(self, tmp_path: Path, data_key: bytes) -> None:
        for name in ("ä #?% ö.db", "x" * 240, "日本 語.db", "a'b\"c.db"):
            path = tmp_path / "folder with ?mode=ro" / name
            Database.open(path, data_key, migrations=()).close()
            assert path.exists()


class TestKeysAndDamage:
    def test_the_wrong_key_is_told_apart_and_quiet(
        self, database: Database, profile: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        add(database, "x")
        database.close()
        before = all_bytes(profile)
        with pytest.raises(WrongKey) as caught:
            Database.open(profile / "paddock.db", os.urandom(32), migrations=())
        assert "Nothing was deleted" in caught.value.next_step
        assert all_bytes(profile) == before
        assert capfd.readouterr().err == ""

    @pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
    def test_a_key_of_another_size_is_our_bug(self, tmp_path: Path, size: int) -> None:
        with pytest.raises(ValueError, match="32 bytes"):
            Database.open(tmp_path / "p.db", b"k" * size, migrations=())

    def test_one_flipped_byte_is_damage(self, open_database: Callable[[], Database], profile: Path) -> None:
        database = open_database()
        for n in range(50):
            add(database, f"{n}" * 2000)
        database.close()
        path = profile / "paddock.db"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        reopened = open_database()
        with pytest.raises(Damaged) as caught:
            reopened.read(lambda c: c.execute("SELECT id, body FROM note").fetchall())
        assert "Nothing was deleted" in caught.value.next_step
        assert reopened.find_damage()

    def test_a_healthy_database_has_no_damage(self, database: Database) -> None:
        add(database, "x")
        assert database.find_damage() == ()

    def test_a_truncated_file_is_damage(self, open_database: Callable[[], Database], profile: Path) -> None:
        database = open_database()
        for n in range(50):
            add(database, f"{n}" * 2000)
        database.close()
        with (profile / "paddock.db").open("r+b") as file:
            file.truncate(3 * 4096)
        with pytest.raises(Damaged):
            count(open_database())

    def test_a_plain_database_is_not_taken_for_ours(self, profile: Path, data_key: bytes) -> None:
        profile.mkdir()
        (profile / "paddock.db").write_bytes(b"SQLite format 3\x00" + bytes(4080))
        with pytest.raises(Damaged, match="not encrypted"):
            Database.open(profile / "paddock.db", data_key, migrations=())

    @pytest.mark.parametrize("is_gone", [True, False])
    def test_a_log_without_its_database_is_not_thrown_away(self, profile: Path, data_key: bytes, is_gone: bool) -> None:
        profile.mkdir()
        (profile / "paddock.db-wal").write_bytes(b"words" * 1000)
        if not is_gone:
            (profile / "paddock.db").touch()
        with pytest.raises(Damaged, match="log is there"):
            Database.open(profile / "paddock.db", data_key, migrations=())
        assert (profile / "paddock.db-wal").read_bytes() == b"words" * 1000

    def test_a_build_without_encryption_stores_nothing(
        self, profile: Path, data_key: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As when sqlcipher3 was built against plain SQLite: the key pragma does nothing there."""
        import sqlite3

        monkeypatch.setattr(cipher, "dbapi2", sqlite3)
        with pytest.raises(Bug, match="cannot encrypt"):
            Database.open(profile / "paddock.db", data_key, migrations=())
        assert all_bytes(profile) == b""

    def test_the_key_shows_in_no_error(self, profile: Path, data_key: bytes) -> None:
        profile.mkdir()
        (profile / "paddock.db").write_bytes(os.urandom(8192))
        with pytest.raises(WrongKey) as caught:
            Database.open(profile / "paddock.db", data_key, migrations=())
        error: BaseException | None = caught.value
        while error is not None:
            assert data_key.hex() not in repr(error) + str(error)
            error = error.__cause__ or error.__context__


class TestReadingAndWriting:
    def test_a_write_is_seen_by_the_next_read(self, database: Database) -> None:
        for n in range(1, 6):
            add(database, str(n))
            assert count(database) == n

    def test_a_failed_write_leaves_nothing(self, database: Database) -> None:
        def half(connection: Connection) -> None:
            connection.execute("INSERT INTO note (body) VALUES ('half')")
            raise KeyError("stop")

        with pytest.raises(KeyError):
            database.write(half)
        assert count(database) == 0
        add(database, "next")
        assert count(database) == 1

    def test_our_own_sql_mistakes_stay_what_they_are(self, database: Database) -> None:
        with pytest.raises(cipher.SqlError, match="no such table"):
            database.write(lambda c: c.execute("INSERT INTO nowhere VALUES (1)").rowcount)
        with pytest.raises(cipher.SqlError, match="NOT NULL"):
            database.write(lambda c: c.execute("INSERT INTO note (body) VALUES (NULL)").rowcount)
        add(database, "fine")

    def test_writes_keep_their_order(self, database: Database) -> None:
        sql = "INSERT INTO note (body) VALUES ('x')"
        waiting = [database.write_soon(lambda c: c.execute(sql).lastrowid) for _n in range(50)]
        assert [future.result(10) for future in waiting] == list(range(1, 51))

    def test_reads_cannot_write(self, database: Database) -> None:
        with pytest.raises(StorageFault):
            database.read(lambda c: c.execute("INSERT INTO note (body) VALUES ('x')").rowcount)
        assert count(database) == 0

    def test_a_read_sees_one_state_and_does_not_wait_for_a_write(self, database: Database) -> None:
        add(database, "first")
        started, finish = threading.Event(), threading.Event()

        def slow(connection: Connection) -> None:
            connection.execute("INSERT INTO note (body) VALUES ('second')")
            started.set()
            finish.wait(20)

        future = database.write_soon(slow)
        assert started.wait(10)
        before = time.perf_counter()
        assert count(database) == 1
        assert time.perf_counter() - before < 1

        def across_the_commit(connection: Connection) -> tuple[object, object]:
            one = connection.execute("SELECT count(*) FROM note").fetchone()
            finish.set()
            future.result(10)
            return one, connection.execute("SELECT count(*) FROM note").fetchone()

        assert database.read(across_the_commit) == ((1,), (1,))
        assert count(database) == 2

    def test_many_threads_read_and_write_at_once(self, database: Database) -> None:
        problems: list[BaseException] = []

        def work(name: int) -> None:
            try:
                for n in range(10):
                    add(database, f"{name} {n}")
                    count(database)
            except BaseException as error:  # seen by the test below
                problems.append(error)

        threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert problems == []
        assert count(database) == 80

    def test_a_write_inside_a_write_is_our_bug(self, database: Database) -> None:
        with pytest.raises(RuntimeError, match="wait for itself"):
            database.write(lambda _c: database.write(lambda _d: None))

    def test_another_programs_lock_becomes_a_sentence_and_passes(
        self, database: Database, profile: Path, data_key: bytes
    ) -> None:
        database.write(lambda _c: None)
        database._writer.execute("PRAGMA busy_timeout = 50")
        other = connect(profile / "paddock.db", data_key)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageFault, match="busy"):
            add(database, "x")
        other.execute("ROLLBACK")
        other.close()
        add(database, "x")
        assert count(database) == 1


class TestClosing:
    def test_queued_writes_are_finished_first(self, open_database: Callable[[], Database]) -> None:
        database = open_database()
        for _n in range(100):
            database.write_soon(lambda c: c.execute("INSERT INTO note (body) VALUES ('x')").rowcount)
        database.close()
        database.close()
        assert count(open_database()) == 100

    def test_afterwards_it_says_that_it_is_closed(self, database: Database) -> None:
        database.close()
        for call in (count, Database.forget_deleted, Database.find_damage):
            with pytest.raises(StorageFault, match="closed"):
                call(database)

    def test_statements_that_run_on_are_interrupted(self, database: Database) -> None:
        started = threading.Event()
        forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n WHERE i < 0"

        def endless(connection: Connection) -> None:
            started.set()
            connection.execute(forever).fetchall()

        failures: list[BaseException] = []

        def read() -> None:
            try:
                database.read(endless)
            except StorageFault as error:
                failures.append(error)

        reader = threading.Thread(target=read)
        reader.start()
        assert started.wait(10)
        writing = database.write_soon(endless)
        waiting = database.write_soon(lambda c: c.execute("DELETE FROM note").rowcount)
        before = time.perf_counter()
        database.close(timeout_s=0.3)
        reader.join(5)
        assert time.perf_counter() - before < 3
        assert len(failures) == 1
        with pytest.raises(StorageFault, match="closed"):
            writing.result(5)
        with pytest.raises(StorageFault, match="closed"):
            waiting.result(5)

    def test_no_thread_stays(self, database: Database) -> None:
        database.close()
        assert "paddock-database-writer" not in {thread.name for thread in threading.enumerate()}


class TestCopies:
    def test_a_copy_opens_with_the_same_key(
        self, database: Database, tmp_path: Path, data_key: bytes, migrations: tuple[Migration, ...]
    ) -> None:
        add(database, "kept")
        target = tmp_path / "backup.db"
        target.write_bytes(b"an older backup")
        database.vacuum_into(target)
        copy = Database.open(target, data_key, migrations=migrations)
        assert copy.read(lambda c: c.execute("SELECT body FROM note").fetchall()) == [("kept",)]
        copy.close()
        assert not (tmp_path / "backup.db.part").exists()

    def test_a_copy_is_whole_while_others_write(self, database: Database, tmp_path: Path) -> None:
        stop = threading.Event()

        def write_on() -> None:
            while not stop.is_set():
                add(database, "x" * 3000)

        writer = threading.Thread(target=write_on)
        writer.start()
        try:
            for _round in range(3):
                database.vacuum_into(tmp_path / "backup.db")  # checks itself
        finally:
            stop.set()
            writer.join(20)

    def test_a_copy_that_fails_keeps_the_older_one(self, database: Database, tmp_path: Path) -> None:
        target = tmp_path / "backup.db"
        target.mkdir()
        with pytest.raises(StorageFault):
            database.vacuum_into(target)
        with pytest.raises(StorageFault):
            database.vacuum_into(tmp_path / "nowhere" / "backup.db")
        assert target.is_dir()
        assert [file.name for file in tmp_path.glob("*.part")] == []

    def test_the_copy_from_before_an_update_does_not_stay_for_ever(
        self, open_database: Callable[[], Database], profile: Path
    ) -> None:
        open_database().close()
        backup = update_backup_path(profile / "paddock.db")
        backup.touch()
        open_database().close()
        assert backup.exists()
        old = time.time() - UPDATE_BACKUP_KEPT_S - 60
        os.utime(backup, (old, old))
        open_database()
        assert not backup.exists()


class TestFullDisk:
    def test_no_room_in_the_file_is_a_sentence_and_passes(self, database: Database) -> None:
        add(database, "before")
        database.write(lambda c: c.execute("PRAGMA max_page_count = 10").fetchall())
        with pytest.raises(DiskFull) as caught:
            add(database, "x" * 200_000)
        assert "still there" in caught.value.next_step
        assert count(database) == 1
        database.write(lambda c: c.execute("PRAGMA max_page_count = 100000").fetchall())
        add(database, "after")
        assert count(database) == 2

    @pytest.fixture
    def small_disk(self, tmp_path: Path) -> Iterator[Path]:
        folder = tmp_path / "small"
        folder.mkdir()
        mount = shutil.which("mount")
        command = [str(mount), "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
        if mount is None or subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip("mounting a small tmpfs needs Linux and root")
        yield folder
        subprocess.run(["umount", "-l", str(folder)], check=True)

    def test_a_disk_that_fills_up_loses_nothing_saved(
        self, small_disk: Path, data_key: bytes, migrations: tuple[Migration, ...]
    ) -> None:
        path, ballast = small_disk / "paddock.db", small_disk / "ballast"
        ballast.write_bytes(bytes(200_000))
        database = Database.open(path, data_key, migrations=migrations)
        saved = fill(database)
        assert count(database) == saved > 10
        with pytest.raises(DiskFull):
            database.vacuum_into(small_disk / "copy.db")
        assert not list(small_disk.glob("copy*"))
        ballast.unlink()
        add(database, "again")
        database.close()
        reopened = Database.open(path, data_key, migrations=migrations)
        assert count(reopened) == saved + 1
        assert reopened.find_damage() == ()
        reopened.close()

    def test_a_new_profile_on_a_full_disk_is_a_sentence(
        self, small_disk: Path, data_key: bytes, migrations: tuple[Migration, ...]
    ) -> None:
        ballast = small_disk / "ballast"
        room = shutil.disk_usage(small_disk).free
        ballast.write_bytes(bytes(room))
        with pytest.raises(DiskFull):
            Database.open(small_disk / "paddock.db", data_key, migrations=migrations)
        ballast.unlink()
        Database.open(small_disk / "paddock.db", data_key, migrations=migrations).close()

    def test_a_disk_that_cannot_be_written_is_a_sentence(self, small_disk: Path, data_key: bytes) -> None:
        Database.open(small_disk / "paddock.db", data_key, migrations=()).close()
        subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
        for name in ("paddock.db", "new.db", "folder/new.db"):
            with pytest.raises(StorageFault, match="cannot be written") as caught:
                Database.open(small_disk / name, data_key, migrations=())
            assert "--profile" in caught.value.next_step


def fill(database: Database) -> int:
    """Add until the disk is full; how many were saved."""
    for saved in range(10_000):
        try:
            add(database, "x" * 5000)
        except DiskFull:
            return saved
    raise AssertionError("the disk never filled up")


def test_a_killed_writer_loses_nothing_it_acknowledged(
    open_database: Callable[[], Database],
    profile: Path,
    data_key: bytes,
    start_child: Callable[..., Popen[bytes]],
) -> None:
    chance = random.Random(3)
    for _round in range(10):
        child = start_child(WRITER, str(profile / "paddock.db"), data_key.hex())
        assert child.stdout is not None
        first = child.stdout.readline()
        assert first, child.communicate()[1]
        time.sleep(chance.random() * 0.1)  # the moment is what is tested
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read().split()
        child.wait(10)
        acknowledged = int(rest[-1] if rest else first)
        database = open_database()
        highest, rows = database.read(
            lambda c: c.execute("SELECT coalesce(max(id), 0), count(*) FROM note").fetchone() or ()
        )
        assert highest >= acknowledged
        assert highest == rows
        assert rows % 5 == 0
        assert database.find_damage() == ()
        database.close()
