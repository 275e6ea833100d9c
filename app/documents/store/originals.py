"""Copies of originals inside the profile.

A copy that takes another's place is made beside it, in the other half of the places that a document's pieces can have.
It counts from the transaction on that says so: what is there is never given up for what is still on its way.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from app.documents.store.contents import PIECES_AT_ONCE, count_from, cut, require_here
from app.documents.store.rows import HALF, MARK, Shared, key, keys_of, number_of
from app.storage.cipher import Connection


@dataclass(frozen=True, slots=True)
class Room:
    """What can still be written: `free_bytes` of the disk, and `spare_bytes` that the database has and does not use."""

    free_bytes: int
    spare_bytes: int


class Originals(Shared):
    """A copy counts where its document is kept inside and has the copy's `sha256`."""

    def begin_copy(self, number: int) -> int:
        """The place of the first piece of a new copy: beside the one that counts, if there is one."""
        return self._database.read(lambda c: HALF if _counts(c, number) and _start(c, number) == 0 else 0)

    def keep_piece(self, number: int, place: int, piece: bytes) -> Future[None]:
        """Of a copy of the file, in order."""

        def write(c: Connection) -> None:
            require_here(c, number)
            c.execute("INSERT OR REPLACE INTO originals VALUES (?, ?)", (key(number, place), piece))

        return self._database.write_soon(write)

    def kept_whole(self, number: int, start: int, size_bytes: int, sha256: str) -> None:
        """All pieces of the copy that begins there are there: from now on it is the document's file."""

        def write(c: Connection) -> None:
            count_from(c, number, start)
            given = (size_bytes, sha256, number)
            c.execute("UPDATE documents SET size_bytes = ?, sha256 = ? WHERE number = ?", given)

        self._database.write(write)

    def clear_spare(self, number: int, *, stop: Callable[[], bool] = lambda: False) -> None:
        """Take away all pieces but those of the copy that counts, in small transactions."""
        while not stop() and self._database.write(
            lambda c: cut(c, "originals", "1", _spare(c, number), PIECES_AT_ONCE)
        ):
            pass

    def kept_bytes(self, document_id: str) -> int:
        """Of the copy kept inside."""
        sql = "SELECT coalesce(sum(length(piece)), 0) FROM originals WHERE key BETWEEN ? AND ?"

        def read(c: Connection) -> int:
            number = number_of(c, document_id)
            return int((c.execute(sql, _half(number, _start(c, number))).fetchone() or (0,))[0])

        return self._database.read(read)

    def pieces(self, document_id: str, start: int | None = None) -> Iterator[bytes]:
        """Of the copy that counts, or the one that begins there, each read when it is asked for.

        Raises StorageFault where the document is gone.
        """
        sql = "SELECT piece FROM originals WHERE key = ?"
        done = 0

        def read(c: Connection) -> bytes | None:
            number = number_of(c, document_id)
            first = _start(c, number) if start is None else start
            row = c.execute(sql, (key(number, first + done),)).fetchone()
            return None if row is None else bytes(row[0])

        while (piece := self._database.read(read)) is not None:
            yield piece
            done += 1

    def room(self) -> Room | None:
        """None where the system does not say."""

        def read(c: Connection) -> tuple[str, int]:
            path = str((c.execute("PRAGMA database_list").fetchone() or (0, "", ""))[2] or "")
            spare, page_bytes = (c.execute(f"PRAGMA {one}").fetchone() for one in ("freelist_count", "page_size"))
            return path, int((spare or (0,))[0]) * int((page_bytes or (0,))[0])  # SQLCipher says numbers as text

        path, spare_bytes = self._database.read(read)
        try:
            return Room(shutil.disk_usage(Path(path).parent).free, spare_bytes) if path else None
        except OSError:
            return None


def _counts(c: Connection, number: int) -> bool:
    """Whether there is a copy that does."""
    sql = "SELECT 1 FROM documents WHERE number = ? AND keeping = 'inside' AND sha256 != ''"
    return c.execute(sql, (number,)).fetchone() is not None


def _start(c: Connection, number: int) -> int:
    """Of the copy that counts."""
    return 0 if c.execute("SELECT 1 FROM originals WHERE key = ?", (key(number, MARK),)).fetchone() is None else HALF


def _half(number: int, start: int) -> tuple[int, int]:
    """The first and the last key of a copy that begins there."""
    return key(number, start), key(number, min(start + HALF, MARK) - 1)


def _spare(c: Connection, number: int) -> tuple[int, int]:
    return _half(number, HALF - _start(c, number)) if _counts(c, number) else keys_of(number)
