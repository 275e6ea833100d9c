"""A real encrypted database in a temporary folder, with the migrations that the app uses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.chat.store import ChatStore
from app.core import MIGRATIONS
from app.storage.database import Database

KEY = bytes(range(32))


def open_database(path: Path) -> Database:
    return Database.open(path, KEY, migrations=MIGRATIONS)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "profile" / "paddock.db")
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database) -> ChatStore:
    return ChatStore(database)
