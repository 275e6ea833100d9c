"""Bringing a database up to date, one numbered migration at a time.

The number of the last migration is SQLite's user_version, set in the same transaction as the migration itself, so a
crash at any moment leaves a database that is exactly at one number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.errors import NewerDatabase
from app.frozen import dataclass
from app.storage.cipher import Connection
from app.text import _


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema. Statements run in order, in one transaction; foreign keys are checked at its end."""

    number: int
    name: str
    statements: tuple[str, ...]


def version(connection: Connection) -> int:
    row = connection.execute("PRAGMA user_version").fetchone()
    return 0 if row is None else int(row[0])


def refuse_newer(connection: Connection, migrations: Sequence[Migration]) -> None:
    """Raises NewerDatabase when the database has seen migrations that we do not know."""
    if version(connection) > len(migrations):
        raise NewerDatabase(
            _("This profile was written by a later Paddock."),
            _("Update Paddock; the profile was left untouched."),
            detail=f"version {version(connection)}, known {len(migrations)}",
        )


def migrate(connection: Connection, migrations: Sequence[Migration], backup: Callable[[], None]) -> None:
    """Run what is missing; `backup` is called once before, unless the database is new. Raises NewerDatabase."""
    if [migration.number for migration in migrations] != list(range(1, len(migrations) + 1)):
        raise ValueError("migrations must be numbered 1, 2, 3, ... in order")
    refuse_newer(connection, migrations)
    start = version(connection)
    if 0 < start < len(migrations):
        backup()
    for migration in migrations[start:]:
        _run(connection, migration)


def _run(connection: Connection, migration: Migration) -> None:
    # Rebuilding a table needs this off, and SQLite ignores the switch inside a transaction.
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        connection.execute("BEGIN IMMEDIATE")
        for statement in migration.statements:
            connection.execute(statement)
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise ValueError(f"migration {migration.number} leaves rows that point nowhere")
        connection.execute(f"PRAGMA user_version = {migration.number:d}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.execute("PRAGMA foreign_keys = ON")
