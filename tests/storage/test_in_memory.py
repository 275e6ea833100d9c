"""A database that is never a file: it keeps the promises of one that is, as long as it is open."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.errors import StorageFault
from app.storage.database import Database
from app.storage.migrate import Migration
from app.storage.values import MIGRATIONS

NOTES = Migration(2, "notes", ("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL)",))


def add(database: Database, body: str) -> None:
    database.write(lambda c: c.execute("INSERT INTO note (body) VALUES (?)", (body,)).rowcount)


def count(database: Database) -> int:
    return database.read(lambda c: int((c.execute("SELECT count(*) FROM note").fetchone() or (0,))[0]))


@pytest.fixture
def database() -> Iterator[Database]:
    opened = Database.in_memory(migrations=(*MIGRATIONS, NOTES))
    yield opened
    opened.close()


def test_what_is_written_is_read_on_other_threads_connections(database: Database) -> None:
    """Readers and the writer have connections of their own, and none of them loses to another."""
    failed: list[BaseException] = []

    def read() -> None:
        try:
            for _time in range(100):
                assert count(database) % 5 == 0, "whole transactions only"
        except BaseException as error:
            failed.append(error)

    def five(number: int) -> None:
        database.write(lambda c: c.executemany("INSERT INTO note (body) VALUES (?)", [(f"{number}",)] * 5).rowcount)

    readers = [threading.Thread(target=read) for _number in range(6)]
    for reader in readers:
        reader.start()
    for number in range(40):
        five(number)
    for reader in readers:
        reader.join(60)
    assert failed == []
    assert count(database) == 200


def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    add(database, "one")
    with pytest.raises(ZeroDivisionError):
        database.write(lambda c: (c.execute("DELETE FROM note"), 1 / 0))
    assert count(database) == 1
    database.forget_deleted()


def test_two_know_nothing_of_each_other_and_end_when_they_are_closed(database: Database) -> None:
    add(database, "one")
    other = Database.in_memory(migrations=(*MIGRATIONS, NOTES))
    assert count(other) == 0
    other.close()
    with pytest.raises(StorageFault):
        count(other)
    assert count(database) == 1
