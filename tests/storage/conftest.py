"""Shared by the storage tests: a profile folder, a data key, a database with one table."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from app.storage.database import Database
from app.storage.migrate import Migration
from app.storage.values import MIGRATIONS

REPOSITORY = Path(__file__).parents[2]
NOTES = Migration(2, "notes", ("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL)",))


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "profile"


@pytest.fixture
def data_key() -> bytes:
    return os.urandom(32)


@pytest.fixture
def migrations() -> tuple[Migration, ...]:
    return (*MIGRATIONS, NOTES)


@pytest.fixture
def open_database(
    profile: Path, data_key: bytes, migrations: tuple[Migration, ...]
) -> Iterator[Callable[[], Database]]:
    """Open the profile's database, as often as asked; everything is closed at the end."""
    opened: list[Database] = []

    def open_it() -> Database:
        opened.append(Database.open(profile / "paddock.db", data_key, migrations=migrations))
        return opened[-1]

    yield open_it
    for database in opened:
        database.close()


@pytest.fixture
def database(open_database: Callable[[], Database]) -> Database:
    return open_database()


@pytest.fixture
def start_child() -> Iterator[Callable[..., Popen[bytes]]]:
    """Run Python code in a process of its own, which is ended with the test."""
    children: list[Popen[bytes]] = []

    def start(code: str, *arguments: str) -> Popen[bytes]:
        child = Popen([sys.executable, "-c", code, *arguments], cwd=REPOSITORY, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate(timeout=10)
