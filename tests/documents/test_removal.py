"""What is removed leaves no word, no vector and no byte of its original in the profile."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.documents.embedding.fake import FakeEmbedder
from app.storage.cipher import connect
from app.storage.database import Database
from tests.documents import plainly
from tests.documents.plainly import Shelf

pytestmark = pytest.mark.trust
TABLES = ("collections", "documents", "parts", "chunks", "originals", "vectors", "chat_sources", "unforgotten")


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    yield from plainly.shelf(tmp_path)


def secret(word: str, pages: int = 3) -> str:
    """A text in which only one word is known to nobody else."""
    return "\f".join(f"# {word}heading\n\nThe {word} is on page {page}.\n\nOther words." for page in range(pages))


def rows(database: Database) -> dict[str, int]:
    def count(table: str) -> int:
        return int((database.read(lambda c: c.execute(f"SELECT count(*) FROM {table}").fetchone()) or (0,))[0])

    return {table: count(table) for table in TABLES}


def index_bytes(database: Database) -> bytes:
    """All that the index holds, of whatever chunk. It writes a word without the letters that the one before has."""
    found = database.read(lambda c: c.execute("SELECT block FROM chunk_words_data").fetchall())
    return b"\n".join(bytes(row[0]) for row in found)


def plain_bytes(shelf: Shelf, folder: Path) -> bytes:
    """The whole profile without its encryption, index and all."""
    twin = folder / "twin.db"
    twin.unlink(missing_ok=True)

    shelf.close()
    with closing(connect(shelf.folder / "profile" / "paddock.db", plainly.KEY)) as c:
        c.execute("ATTACH DATABASE ? AS twin KEY ''", (str(twin),))
        c.execute("SELECT sqlcipher_export('twin')")
        c.execute("DETACH DATABASE twin")
    shelf.open()
    with sqlite3.connect(twin) as check:
        assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()
    return twin.read_bytes()


def test_a_removed_document_leaves_no_row_and_no_word_behind(shelf: Shelf, tmp_path: Path) -> None:
    shelf.embedder = FakeEmbedder()
    shelf.add(kept="# Stays\n\nAnother text that stays.")
    kept = rows(shelf.database)
    path = shelf.write("zqxname.txt", secret("zqxcanary"))
    (added,) = shelf.library.add_files([path], keeping="inside")
    shelf.work()
    assert b"zqxcanari" in index_bytes(shelf.database), "stemmed"
    assert b"zqxcanary" in plain_bytes(shelf, tmp_path)
    receipt = shelf.library.remove([added.id])
    assert receipt.names == ("zqxname.txt",)
    assert (receipt.parts, receipt.chunks, receipt.vectors) == (3, 6, 6)
    assert receipt.original_bytes == path.stat().st_size
    assert rows(shelf.database) == kept
    assert b"qxcanar" not in index_bytes(shelf.database)
    assert (tmp_path / "profile" / "paddock.db-wal").stat().st_size == 0, "the log would still hold it, encrypted"
    assert b"zqx" not in plain_bytes(shelf, tmp_path)
    assert shelf.names("stays") == ["kept.txt"]
    assert path.exists()


def test_a_removed_collection_leaves_nothing_behind(shelf: Shelf, tmp_path: Path) -> None:
    kept = rows(shelf.database)
    for number in range(5):
        shelf.write(f"watched/zqx{number}.txt", secret(f"zqxcanary{number}"))
    made = shelf.library.add_collection("zqxcollection", shelf.files / "watched", keeping="inside")
    shelf.work()
    receipt = shelf.library.remove_collection(made.id)
    assert len(receipt.names) == 5
    assert rows(shelf.database) == kept
    assert b"zqx" not in plain_bytes(shelf, tmp_path)
    shelf.look()
    assert shelf.library.documents() == ()


@pytest.mark.parametrize("count", [1, 60])
def test_the_index_forgets_also_in_several_segments(shelf: Shelf, count: int) -> None:
    for number in range(count):
        shelf.add(**{f"d{number}": f"Text number{number}.\n\nMore of it."})
    for word in ("zqxcanary", "jkwcanary"):
        (own,) = shelf.add(secret=secret(word))
        assert word[2:-1].encode() in index_bytes(shelf.database)
        shelf.library.remove([own])
        assert word[2:-1].encode() not in index_bytes(shelf.database)
    assert len(shelf.library.search("text", limit=99)) == count


def test_what_a_changed_file_said_before_is_forgotten_too(shelf: Shelf, tmp_path: Path) -> None:
    shelf.embedder = FakeEmbedder()
    shelf.add(a=secret("zqxcanary", pages=9))
    shelf.add(a="Harmless words.")
    assert b"qxcanar" not in index_bytes(shelf.database)
    assert b"zqx" not in plain_bytes(shelf, tmp_path)
    assert rows(shelf.database)["unforgotten"] == 0


def test_a_file_that_failed_halfway_leaves_no_half(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.documents.ingest.filling.BATCH_CHARACTERS", 10)
    monkeypatch.setattr("tests.documents.plainly.About", None)  # it breaks at the very end
    shelf.add(a=secret("zqxcanary"))
    assert shelf.library.documents()[0].status == "failed"
    found = rows(shelf.database)
    assert (found["parts"], found["chunks"]) == (0, 0)
    assert b"qxcanar" not in index_bytes(shelf.database)


def test_a_document_of_thousands_of_chunks_is_removed_in_small_steps(shelf: Shelf) -> None:
    (own,) = shelf.add(long="\n\n".join(f"Line{number} of the list." for number in range(5_000)))
    receipt = shelf.library.remove([own])
    assert receipt.chunks == 5_000
    assert set(rows(shelf.database).values()) == {0}


def test_removing_what_is_not_there_removes_nothing(shelf: Shelf) -> None:
    shelf.add(a="The ferry.")
    receipt = shelf.library.remove(["nobody"])
    assert (receipt.names, receipt.chunks) == ((), 0)
    assert len(shelf.library.documents()) == 1
