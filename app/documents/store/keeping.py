"""Originals inside the profile, on their way in or out, and the passwords that open them.

A change of keeping is wanted first and done later (ingest.keeping): `wanted` stays until all of it is done, so that one
that was broken off begins anew. Of what is kept inside already, `inside` is wanted where its file is to be copied anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.documents.records import Document, Keeping
from app.documents.store.rows import DOCUMENT, GIVEN, Shared, document_of, listed, number_of, whole
from app.storage.cipher import Connection

_DUE = "d.wanted != '' AND d.status NOT IN ('waiting', 'reading')"


class Keepings(Shared):
    """Nothing of this reads a file."""

    def want_keeping(self, ids: Sequence[str], keeping: Keeping) -> None:
        """Of these documents, as soon as there is time."""
        self._database.write(lambda c: want(c, f"id IN {GIVEN}", listed(ids), keeping))

    def next_to_keep(self) -> tuple[int, Document] | None:
        """The next document, with its number, whose keeping is wanted otherwise."""
        sql = f"{DOCUMENT} AND {_DUE} ORDER BY d.number LIMIT 1"
        row = self._database.read(lambda c: c.execute(sql).fetchone())
        return None if row is None else (row[0], document_of(row))

    def to_keep(self, count: int) -> tuple[tuple[str, str, int], ...]:
        """The next ones that wait for that: id, name and bytes."""
        sql = f"SELECT d.id, d.name, d.size_bytes FROM documents d WHERE d.is_going = 0 AND {_DUE}"
        rows = self._database.read(lambda c: c.execute(f"{sql} ORDER BY d.number LIMIT ?", (count,)).fetchall())
        return tuple((own, name, size_bytes) for own, name, size_bytes in rows)

    def keep(self, number: int, keeping: Keeping, *, is_done: bool) -> bool:
        """From now on it is kept so, if that is still wanted; whether it is. Not `is_done` while a copy that is let go
        of is still to be cleared.
        """
        kept = "keeping = ?1, wanted = CASE WHEN ?2 THEN '' ELSE wanted END"
        sql = f"UPDATE documents SET {kept} WHERE number = ?3 AND wanted = ?1"
        return self._database.write(lambda c: c.execute(sql, (keeping, is_done, number)).rowcount) > 0

    def keep_anew(self, number: int, keeping: Keeping) -> None:
        """Its file is another one now: it is kept so, if that is still wanted, and read from the beginning."""
        anew = "keeping = ?1, wanted = '', sha256 = '', status = 'waiting', fault = '', next_step = '', fault_name = ''"
        sql = f"UPDATE documents SET {anew} WHERE number = ?2 AND wanted = ?1"
        self._database.write(lambda c: c.execute(sql, (keeping, number)).rowcount)

    def say_fault(self, document_id: str, fault_name: str, fault: str, next_step: str) -> None:
        """What was found out about one that failed."""
        sql = "UPDATE documents SET fault_name = ?, fault = ?, next_step = ? WHERE id = ? AND status = 'failed'"
        given = (fault_name, whole(fault), whole(next_step), document_id)
        self._database.write(lambda c: c.execute(sql, given).rowcount)

    def stay_read(self, number: int, fault_name: str, fault: str, next_step: str) -> bool:
        """What was read of its copy serves on, if it is still there; whether it is."""
        left = "status = 'read', wanted = '', fault_name = ?, fault = ?, next_step = ?"
        sql = f"UPDATE documents SET {left} WHERE number = ? AND status = 'waiting' AND parts > 0"
        given = (fault_name, whole(fault), whole(next_step), number)
        return self._database.write(lambda c: c.execute(sql, given).rowcount) > 0

    def leave_kept(self, number: int, fault_name: str, fault: str, next_step: str) -> None:
        """It could not be kept otherwise."""
        sql = "UPDATE documents SET wanted = '', fault_name = ?, fault = ?, next_step = ? WHERE number = ?"
        given = (fault_name, whole(fault), whole(next_step), number)
        self._database.write(lambda c: c.execute(sql, given).rowcount)

    # Passwords. They leave with the document's row, and are read by nobody but the reader of its file.

    def set_password(self, document_id: str, password: str) -> None:
        """Empty: forget it. Raises StorageFault where the document is gone."""

        def write(c: Connection) -> None:
            number = number_of(c, document_id)
            if password:
                c.execute("INSERT OR REPLACE INTO passwords VALUES (?, ?)", (number, password))
            else:
                c.execute("DELETE FROM passwords WHERE document = ?", (number,))

        self._database.write(write)

    def password(self, document_id: str) -> str:
        """Empty where there is none."""
        sql = "SELECT p.password FROM passwords p JOIN documents d ON d.number = p.document WHERE d.id = ?"
        row = self._database.read(lambda c: c.execute(sql, (document_id,)).fetchone())
        return "" if row is None else str(row[0])


def want(c: Connection, which: str, given: str, keeping: Keeping) -> None:
    """`which` is a condition with one parameter. What was not read yet is kept so at once: reading makes the copy.

    What is on its way to another keeping is wanted even where it is kept so now: there are pieces to be cleared.
    """
    unread = "sha256 = '' AND status != 'reading'"
    c.execute(f"UPDATE documents SET keeping = ?, wanted = '' WHERE {unread} AND {which}", (keeping, given))
    wanted = "wanted = CASE WHEN keeping = ? AND wanted = '' THEN '' ELSE ? END"
    c.execute(f"UPDATE documents SET {wanted} WHERE NOT ({unread}) AND {which}", (keeping, keeping, given))
