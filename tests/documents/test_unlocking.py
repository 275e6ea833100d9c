"""Documents that are locked with a password: real files, the real parser child, and a profile that keeps the word."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.documents import reader
from app.documents.faults import DocumentFault
from app.documents.records import Document
from app.errors import StorageFault
from tests.documents import plainly
from tests.documents.pdfs import Sheet, pdf
from tests.documents.plainly import Shelf
from tests.documents.test_removal import plain_bytes, rows

WORD = "zqxpassword-41"
pytestmark = pytest.mark.trust


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    for made in plainly.shelf(tmp_path):
        made.close()
        made.reader = reader.read  # type: ignore[assignment]  # the real one
        made.open()
        yield made
        made.reader = plainly.PlainReader()


def locked(shelf: Shelf, text: str = "The lease ends in May.", *, password: str = WORD) -> Path:
    path = shelf.files / "lease.pdf"
    path.write_bytes(pdf([Sheet().text(60, 700, text)], password=password))
    return path


def only(shelf: Shelf) -> Document:
    (document,) = shelf.library.documents()
    return document


def add_locked(shelf: Shelf) -> Document:
    shelf.library.add_files([locked(shelf)])
    shelf.work()
    return only(shelf)


def passwords(shelf: Shelf) -> list[str]:
    return [row[0] for row in shelf.database.read(lambda c: c.execute("SELECT password FROM passwords").fetchall())]


def test_a_locked_file_says_so_and_is_read_with_its_password(shelf: Shelf) -> None:
    document = add_locked(shelf)
    assert (document.status, document.fault_name) == ("failed", "encrypted")
    assert shelf.library.can_unlock(document)
    shelf.library.unlock(document.id, WORD)
    shelf.work()
    assert (only(shelf).status, only(shelf).fault_name, only(shelf).fault) == ("read", "", "")
    assert not shelf.library.can_unlock(only(shelf))
    assert shelf.names("lease") == ["lease.pdf"]


def test_a_wrong_password_is_said_at_once_and_not_kept(shelf: Shelf) -> None:
    document = add_locked(shelf)
    with pytest.raises(DocumentFault) as raised:
        shelf.library.unlock(document.id, "another")
    assert raised.value.name == "password"
    assert (only(shelf).status, only(shelf).fault_name) == ("failed", "password")
    assert passwords(shelf) == []
    with pytest.raises(DocumentFault) as raised:
        shelf.library.unlock(document.id, "")
    assert raised.value.name == "encrypted"
    shelf.library.unlock(document.id, WORD)
    shelf.work()
    assert only(shelf).status == "read"


def test_the_password_opens_the_file_for_whoever_looks_at_it(shelf: Shelf) -> None:
    document = add_locked(shelf)
    with pytest.raises(DocumentFault):
        shelf.library.pages(document.id)
    shelf.library.unlock(document.id, WORD)
    shelf.work()
    shelf.library.pages(document.id).close()


def test_a_file_that_changed_is_read_with_the_password_that_was_given(shelf: Shelf) -> None:
    document = add_locked(shelf)
    shelf.library.unlock(document.id, WORD)
    shelf.work()
    locked(shelf, "The lease ends in September.")
    shelf.library.add_files([shelf.files / "lease.pdf"])
    shelf.work()
    assert shelf.names("september") == ["lease.pdf"]


def test_a_password_that_fits_no_more_is_forgotten(shelf: Shelf) -> None:
    document = add_locked(shelf)
    shelf.library.unlock(document.id, WORD)
    shelf.work()
    locked(shelf, password="another")
    shelf.library.add_files([shelf.files / "lease.pdf"])
    shelf.work()
    assert (only(shelf).status, only(shelf).fault_name) == ("failed", "password")
    assert passwords(shelf) == []


def test_a_password_is_forgotten_where_an_unlocked_file_has_come(shelf: Shelf) -> None:
    document = add_locked(shelf)
    shelf.library.unlock(document.id, WORD)
    shelf.work()
    locked(shelf, "The lease ends in September.", password="")
    shelf.library.add_files([shelf.files / "lease.pdf"])
    shelf.work()
    assert only(shelf).status == "read"
    assert shelf.names("september") == ["lease.pdf"]
    assert passwords(shelf) == []


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_locked_file_that_is_kept_inside_is_read_with_its_password(shelf: Shelf, is_gone: bool) -> None:
    path = locked(shelf)
    shelf.library.add_files([path], keeping="inside")
    shelf.work()
    assert only(shelf).fault_name == "encrypted"
    if is_gone:
        path.unlink()
    shelf.library.unlock(only(shelf).id, WORD)
    shelf.work()
    assert (only(shelf).status, only(shelf).fault, only(shelf).wanted) == ("read", "", "")
    assert shelf.names("lease") == ["lease.pdf"]


def test_a_damaged_file_that_is_kept_inside_is_read_once_it_is_repaired(shelf: Shelf) -> None:
    path = locked(shelf, password="")
    whole = path.read_bytes()
    path.write_bytes(whole[:300])
    (document,) = shelf.library.add_files([path], keeping="inside")
    shelf.work()
    assert only(shelf).fault_name == "damaged"
    path.write_bytes(whole)
    shelf.library.read_again([document.id])
    shelf.work()
    assert (only(shelf).status, only(shelf).fault) == ("read", "")
    assert b"".join(shelf.library.source(document.id).pieces()) == whole


def test_an_unlocked_file_needs_no_password_and_none_is_kept(shelf: Shelf) -> None:
    path = shelf.files / "open.pdf"
    path.write_bytes(pdf([Sheet().text(60, 700, "Open.")]))
    (document,) = shelf.library.add_files([path])
    shelf.work()
    shelf.library.unlock(document.id, WORD)
    assert passwords(shelf) == []


def test_what_no_password_opens_is_said_to_be_so(shelf: Shelf) -> None:
    (document,) = shelf.library.add_files([shelf.write("plain.txt", "The ferry.")])
    shelf.work()
    with pytest.raises(DocumentFault) as raised:
        shelf.library.unlock(document.id, WORD)
    assert raised.value.name == "not_locked"
    assert only(shelf).status == "read"
    with pytest.raises(StorageFault):
        shelf.library.unlock("nobody", WORD)


def test_the_password_goes_with_its_document_and_is_written_nowhere_else(
    shelf: Shelf, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    before = rows(shelf.database)
    document = add_locked(shelf)
    with pytest.raises(DocumentFault) as raised:
        shelf.library.unlock(document.id, f"{WORD}x")
    shelf.library.unlock(document.id, WORD)
    shelf.work()
    told = [repr(raised.value), str(raised.value), raised.value.detail, repr(only(shelf)), caplog.text]
    told += [repr(shelf.library.progress()), repr(reader.ReadWish(password=WORD))]
    assert [text for text in told if WORD in text] == []
    assert WORD.encode() in plain_bytes(shelf, tmp_path), "inside the encryption"
    (tmp_path / "twin.db").unlink()
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.suffix != ".pdf":
            assert WORD.encode() not in path.read_bytes(), path.name
    shelf.library.remove([document.id])
    assert rows(shelf.database) == before
    assert passwords(shelf) == []
    assert WORD.encode() not in plain_bytes(shelf, tmp_path)
