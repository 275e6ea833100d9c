"""A real read of a profile, and the statements that were asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from app.storage.cipher import Connection, Cursor, Value
from app.storage.database import Database

T = TypeVar("T")


class Overheard:
    """A Connection that notes what is asked of the real one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.statements: list[str] = []

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, sql: str, parameters: Sequence[Value] | Mapping[str, Value] = (), /) -> Cursor:
        self.statements.append(sql)
        return self._connection.execute(sql, parameters)

    def executemany(self, sql: str, rows: Iterable[Sequence[Value]], /) -> Cursor:
        self.statements.append(sql)
        return self._connection.executemany(sql, rows)

    def interrupt(self) -> None:
        self._connection.interrupt()

    def close(self) -> None:
        self._connection.close()


def overheard(database: Database, work: Callable[[Connection], T]) -> tuple[T, list[str]]:
    """What a read gives, and what it asked."""

    def read(c: Connection) -> tuple[T, list[str]]:
        heard = Overheard(c)
        return work(heard), heard.statements

    return database.read(read)
