"""Profiles of older versions of Paddock open with all their documents."""

from __future__ import annotations

from pathlib import Path

from app.core import MIGRATIONS
from app.storage.database import Database
from tests.documents import plainly
from tests.documents.plainly import Shelf

DOCUMENT = (
    "INSERT INTO documents (id, collection_id, name, path, size_bytes, modified_ns, sha256, status, keeping, parts,"
    " characters, chunks, added_at) VALUES (?, ?, ?, ?, 17, 1, ?, 'read', ?, 1, 17, 1, 1.0)"
)


def at_9(folder: Path) -> None:
    """A profile at version 9, written by the statements of that time."""
    old = Database.open(
        folder / "profile" / "paddock.db", plainly.KEY, migrations=[step for step in MIGRATIONS if step.number <= 9]
    )
    conversation = "INSERT INTO conversations (id, title, title_source, created_at, changed_at) VALUES (?, ?, ?, 1, 1)"
    for statement, rows in (
        ("INSERT INTO collections VALUES (1, ?, ?, ?, 'reference', 1.0, 0)", [("c", "Papers", str(folder / "in"))]),
        (conversation, [("h", "Chat", "question")]),
        (DOCUMENT, [("watched", "c", "w.txt", str(folder / "in" / "w.txt"), "ab", "reference")]),
        (DOCUMENT, [(own, None, f"{own}.txt", str(folder / own), "ab", "reference") for own in ("alone", "asked")]),
        (DOCUMENT, [("inside", None, "inside.txt", str(folder / "inside"), "ab", "inside")]),
        ("INSERT INTO chat_sources VALUES ('h', ?, NULL)", [("asked",), ("inside",)]),
        ("INSERT INTO parts VALUES (?, '1', 0, '', ?)", [(1 << 20, "The ferry leaves.")]),
        ("INSERT INTO chunks VALUES (?, 0, 0, 0, 17, 4, '')", [(1 << 20,)]),
        ("INSERT INTO chunk_words (rowid, said) VALUES (?, ?)", [(1 << 20, "the ferry leaves")]),
        ("INSERT INTO originals VALUES (?, x'61')", [(4 << 20,)]),
    ):
        old.write(lambda c, statement=statement, rows=rows: c.executemany(statement, rows).rowcount)  # type: ignore[misc]  # defaults bind
    old.close()


def test_documents_of_version_9_are_all_there_and_belong_to_whom_they_belonged(tmp_path: Path) -> None:
    at_9(tmp_path)
    shelf = Shelf(tmp_path)
    found = {one.id: one for one in shelf.library.documents()}
    assert {own: one.is_own for own, one in found.items()} == {
        "watched": False,
        "alone": True,
        "asked": False,
        "inside": True,
    }, "what only a chat has may go with it, but never an only copy"
    assert {(one.status, one.fault_name, one.wanted) for one in found.values()} == {("read", "", "")}
    assert shelf.library.part("watched", 0).places == b""
    assert shelf.names("ferry") == ["w.txt"]
    assert b"".join(shelf.library.source("inside").pieces()) == b"a"
    (shelf.folder / "in").mkdir()
    shelf.look()
    assert {one.id for one in shelf.library.documents()} == set(found)
    shelf.close()
