"""What a look at folders notes: where files are, whether they are what was read, and which are not to be read.

A file is told by its size, the time of its change, and what its system says besides (`FileSeen.mark`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from app.documents.records import Ignored, Keeping, Status
from app.documents.store.rows import GIVEN, Shared, listed
from app.storage.cipher import Connection

FROM_FILE = "wanted = CASE WHEN keeping = 'inside' AND sha256 != '' AND wanted = '' THEN 'inside' ELSE wanted END"
"""Not from the copy that is kept inside; but that stays until its file was read."""
CHANGED = (
    "UPDATE documents SET size_bytes = ?, modified_ns = ?, changed_ns = ?, file_id = ?,"
    f" sha256 = CASE keeping WHEN 'inside' THEN sha256 ELSE '' END, {FROM_FILE},"
    " status = 'waiting', fault = '', next_step = '', fault_name = ''"
)
"""To be completed by WHERE; its parameters are `FileSeen.mark`."""


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A file as a look at its folder shows it. `path` is absolute.

    `changed_ns` is the time of the last change of content, name or rights (st_ctime), which no program can set; on
    Windows that of its creation. `file_id` is its number on a Windows drive, where it tells what that time does not:
    another file has come to this place. Elsewhere it is empty, because drives made for Windows number their files anew
    each time they are plugged in. `is_apart`: it is on another drive than the folder that was gone through.
    """

    path: str
    name: str
    size_bytes: int
    modified_ns: int
    changed_ns: int = 0
    file_id: str = ""
    is_apart: bool = False

    @property
    def mark(self) -> tuple[int, int, int, str]:
        return self.size_bytes, self.modified_ns, self.changed_ns, self.file_id


@dataclass(frozen=True, slots=True)
class Known:
    """A document as a look compares it. `changed_ns` is 0 for one from before that was noted."""

    id: str
    name: str
    path: str
    size_bytes: int
    modified_ns: int
    changed_ns: int
    file_id: str
    is_apart: bool
    sha256: str
    status: Status
    keeping: Keeping


class Following(Shared):
    """Nothing of this reads a file."""

    def known(self, collection_id: str | None) -> tuple[Known, ...]:
        """The documents of a collection; None: those whose files no folder's look sees, because they are in none."""
        where = "d.collection_id = ?"
        if collection_id is None:
            where = "? IS NULL AND d.keeping = 'reference' AND NOT EXISTS (SELECT 1 FROM collections k"
            where += " WHERE k.id = d.collection_id AND k.folder != '')"
        sql = (
            "SELECT d.id, d.name, d.path, d.size_bytes, d.modified_ns, d.changed_ns, d.file_id, d.is_apart, d.sha256,"
            f" d.status, d.keeping FROM documents d WHERE d.is_going = 0 AND {where} ORDER BY d.number"
        )

        def read(c: Connection) -> tuple[Known, ...]:
            rows = c.execute(sql, (collection_id,)).fetchall()
            return tuple(Known(*row) for row in rows)

        return self._database.read(read)

    def known_bytes(self) -> int:
        """Of all files that looks compare."""
        sql = "SELECT coalesce(sum(size_bytes), 0) FROM documents WHERE is_going = 0"
        return int((self._database.read(lambda c: c.execute(sql).fetchone()) or (0,))[0])

    def seen(self, files: Iterable[tuple[str, FileSeen]]) -> None:
        """Documents (ids) that are at these places now, with the same content as before."""
        told = "size_bytes = ?, modified_ns = ?, changed_ns = ?, file_id = ?, path = ?, name = ?, is_apart = ?"
        back = "status = CASE WHEN sha256 = '' OR parts = 0 THEN 'waiting' ELSE 'read' END"
        back += ", fault = '', next_step = '', fault_name = ''"
        given = [(*file.mark, file.path, file.name, file.is_apart, own) for own, file in files]

        def write(c: Connection) -> None:
            c.executemany(f"UPDATE documents SET {told} WHERE id = ?", given)
            here = listed(one[-1] for one in given)
            c.execute(f"UPDATE documents SET {back} WHERE status IN ('missing', 'away') AND id IN {GIVEN}", (here,))

        if given:
            self._database.write(write)

    def changed(self, document_id: str, file: FileSeen) -> None:
        """There is something else at its place now."""
        self._database.write(lambda c: c.execute(f"{CHANGED} WHERE id = ?", (*file.mark, document_id)).rowcount)

    def miss(self, ids: Sequence[str], status: Status = "missing") -> None:
        """Their files are gone, or `away` with all that was around them."""
        sql = f"UPDATE documents SET status = ? WHERE id IN {GIVEN} AND is_going = 0"
        self._database.write(lambda c: c.execute(sql, (status, listed(ids))).rowcount)

    # Files that the person removed out of a folder that is watched.

    def ignored(self, collection_id: str) -> tuple[Ignored, ...]:
        """By path."""
        sql = "SELECT path, ignored_at FROM ignored WHERE collection_id = ? ORDER BY path"
        rows = self._database.read(lambda c: c.execute(sql, (collection_id,)).fetchall())
        return tuple(Ignored(path, PurePath(path).name, at) for path, at in rows)

    def heed(self, collection_id: str, paths: Sequence[str]) -> None:
        """Let these be read again when they are seen."""
        self._database.write(lambda c: heeded(c, paths, collection_id))


def heeded(c: Connection, paths: Iterable[str], collection_id: str = "") -> None:
    """These are left out no more: of this collection, or of none."""
    where = f"(?1 = '' OR collection_id = ?1) AND path IN {GIVEN}"
    c.execute(f"DELETE FROM ignored WHERE {where}", (collection_id, listed(paths)))
