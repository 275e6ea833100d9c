"""Setting values as they are stored: JSON texts by key. What keys there are and mean is declared in settings.py."""

from __future__ import annotations

from app.storage.database import Database
from app.storage.migrate import Migration

MIGRATIONS = (
    Migration(
        1,
        "setting values",
        ("CREATE TABLE setting_value (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",),
    ),
)


class Values:
    """The stored setting values of one profile. Callers may be on any thread but the window's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> str | None:
        """The JSON text, or None where the default applies."""
        return self._database.read(
            lambda c: next(
                (str(row[0]) for row in c.execute("SELECT value FROM setting_value WHERE key = ?", (key,))), None
            )
        )

    def set(self, key: str, value: str) -> None:
        """Store a JSON text. Returns when it is on the disk."""
        sql = "INSERT INTO setting_value VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        self._database.write(lambda c: c.execute(sql, (key, value)).rowcount)

    def remove(self, key: str) -> None:
        """Go back to the default."""
        self._database.write(lambda c: c.execute("DELETE FROM setting_value WHERE key = ?", (key,)).rowcount)

    def all(self) -> dict[str, str]:
        return self._database.read(
            lambda c: {str(key): str(value) for key, value in c.execute("SELECT key, value FROM setting_value")}
        )
