"""Originals that go into the profile later on, or out of it, and files that belong to more than one thing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.documents.ingest import worker
from app.documents.records import Document, Progress
from tests.documents import plainly
from tests.documents.plainly import Shelf

FERRY = "The ferry leaves at nine.\n\nTickets are sold on board."


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    yield from plainly.shelf(tmp_path)


def only(shelf: Shelf) -> Document:
    (document,) = shelf.library.documents()
    return document


def original(shelf: Shelf) -> bytes:
    return b"".join(shelf.library.source(only(shelf).id).pieces())


def copies(shelf: Shelf) -> int:
    return int((shelf.database.read(lambda c: c.execute("SELECT count(*) FROM originals").fetchone()) or (0,))[0])


def kept_in_folder(shelf: Shelf) -> Path:
    path = shelf.write("in/a.txt", FERRY)
    shelf.library.add_collection("In", shelf.files / "in", "inside")
    shelf.work()
    assert copies(shelf) == 1
    return path


def test_a_file_is_kept_inside_later_on(shelf: Shelf) -> None:
    (own,) = shelf.add(a=FERRY)
    shelf.library.keep_inside([own])
    assert only(shelf).wanted == "inside"
    shelf.work()
    assert (only(shelf).keeping, only(shelf).wanted, only(shelf).status) == ("inside", "", "read")
    (shelf.files / "a.txt").unlink()
    assert original(shelf) == FERRY.encode()
    assert shelf.reader.read_names == ["a.txt"], "it is not read again for that"


def test_a_large_file_is_kept_inside_with_progress(shelf: Shelf) -> None:
    (own,) = shelf.add(a=FERRY * 100_000)
    told: list[Progress] = []
    shelf.library.on_change(lambda: told.append(shelf.library.progress()))
    shelf.library.keep_inside([own])
    shelf.work()
    keeping = [one for progress in told for one in progress.files if one.step == "keeping"]
    assert {(one.document_id, one.name, one.unit) for one in keeping} == {(own, "a.txt", "bytes")}
    assert copies(shelf) > 3
    assert original(shelf) == (FERRY * 100_000).encode()


def test_a_file_that_is_gone_cannot_be_kept_and_says_so(shelf: Shelf) -> None:
    lost, here = shelf.add(lost=FERRY, here="A bus.")
    (shelf.files / "lost.txt").unlink()
    shelf.library.keep_inside([lost, here])
    shelf.work()
    by_name = {one.name: one for one in shelf.library.documents()}
    assert (by_name["lost.txt"].keeping, by_name["lost.txt"].wanted) == ("reference", "")
    assert by_name["lost.txt"].fault_name == "gone"
    assert by_name["lost.txt"].fault
    assert by_name["here.txt"].keeping == "inside"
    assert shelf.names("ferry") == ["lost.txt"]


def test_a_file_that_changed_is_read_anew_when_it_is_kept(shelf: Shelf) -> None:
    (own,) = shelf.add(a=FERRY)
    shelf.write("a.txt", "The bus leaves.")
    shelf.library.keep_inside([own])
    shelf.work()
    assert only(shelf).keeping == "inside"
    assert original(shelf) == b"The bus leaves."
    assert shelf.names("bus") == ["a.txt"]


def test_a_copy_that_was_broken_off_is_made_from_the_beginning(shelf: Shelf) -> None:
    (own,) = shelf.add(a=FERRY)
    shelf.library.pause("person")
    shelf.library.keep_inside([own])
    shelf.database.write(
        lambda c: c.execute("INSERT INTO originals VALUES (1048576, x'00'), (1048579, x'00')").rowcount
    )
    shelf.close()
    shelf.open()
    shelf.work()
    assert only(shelf).keeping == "inside"
    assert original(shelf) == FERRY.encode()
    assert copies(shelf) == 1


def test_what_waits_to_be_read_is_kept_with_that(shelf: Shelf) -> None:
    (added,) = shelf.library.add_files([shelf.write("a.txt", FERRY)])
    shelf.library.keep_inside([added.id])
    shelf.work()
    assert (only(shelf).keeping, copies(shelf)) == ("inside", 1)


def test_a_file_that_is_added_again_is_kept_as_is_said_now(shelf: Shelf) -> None:
    shelf.add(a=FERRY)
    path = shelf.files / "a.txt"
    shelf.library.add_files([path], keeping="inside")
    shelf.work()
    assert (only(shelf).keeping, copies(shelf)) == ("inside", 1)
    shelf.library.add_files([path])
    shelf.work()
    assert only(shelf).keeping == "inside", "where nothing is said, nothing changes"
    shelf.library.add_files([path], keeping="reference")
    shelf.work()
    assert (only(shelf).keeping, only(shelf).wanted, copies(shelf)) == ("reference", "", 0)
    assert original(shelf) == FERRY.encode()


def test_a_copy_stays_where_its_file_says_something_else(shelf: Shelf) -> None:
    path = shelf.write("a.txt", FERRY)
    (added,) = shelf.library.add_files([path], keeping="inside")
    shelf.work()
    shelf.library._store.want_keeping([added.id], "reference")
    path.write_text("Not that.", "utf-8")
    shelf.library.look_now()
    shelf.work()
    assert (only(shelf).keeping, only(shelf).fault_name) == ("inside", "changed")
    assert original(shelf) == FERRY.encode()


def test_a_copy_that_was_cleared_in_part_is_cleared_at_the_next_start(shelf: Shelf) -> None:
    path = shelf.write("a.txt", FERRY)
    (added,) = shelf.library.add_files([path], keeping="inside")
    shelf.work()
    shelf.library.pause("person")
    shelf.library.add_files([path], keeping="reference")
    shelf.database.write(lambda c: c.execute("UPDATE documents SET keeping = 'reference'").rowcount)  # then it ended
    assert copies(shelf) == 1
    shelf.close()
    shelf.open()
    shelf.work()
    assert (only(shelf).keeping, only(shelf).wanted, copies(shelf)) == ("reference", "", 0)
    assert shelf.library.documents(ids=[added.id])[0].status == "read"


def test_a_folder_that_is_added_again_is_kept_as_is_said_now(shelf: Shelf) -> None:
    shelf.write("in/a.txt", FERRY)
    made = shelf.library.add_collection("In", shelf.files / "in")
    shelf.work()
    again = shelf.library.add_collection("In", shelf.files / "in", "inside")
    shelf.write("in/b.txt", "A bus.")
    shelf.look()
    assert (again.id, again.keeping) == (made.id, "inside")
    assert {one.keeping for one in shelf.library.documents()} == {"inside"}
    assert shelf.library.add_collection("In", shelf.files / "in").keeping == "inside"


def test_a_chat_does_not_take_the_copy_that_a_collection_keeps(shelf: Shelf) -> None:
    path = shelf.write("in/a.txt", FERRY)
    shelf.library.add_collection("In", shelf.files / "in", "inside")
    shelf.work()
    shelf.library.add_files([path], keeping="reference", is_for_chat=True)
    shelf.work()
    assert only(shelf).keeping == "inside"


def test_what_waits_to_be_kept_says_so_file_by_file(shelf: Shelf) -> None:
    ids = shelf.add(a=FERRY, b="A bus.")
    shelf.library.pause("person")
    shelf.library.keep_inside(ids)
    files = shelf.library.progress().files
    assert [(one.document_id, one.step, one.done, one.of) for one in files] == [
        (ids[0], "keeping", 0, len(FERRY)),
        (ids[1], "keeping", 0, 6),
    ]


def grown(path: Path) -> None:
    """To more than is free on the disk, of which it takes nothing."""
    os.truncate(path, shutil.disk_usage(path.parent).free)


def test_a_file_that_there_is_no_room_for_is_not_kept_and_says_so(shelf: Shelf) -> None:
    path = shelf.write("a.txt", FERRY)
    grown(path)
    shelf.library.add_files([path], keeping="inside")
    shelf.work()
    assert (only(shelf).status, only(shelf).fault_name, copies(shelf)) == ("failed", "no_room", 0)
    assert only(shelf).next_step
    path.write_text(FERRY, "utf-8")
    shelf.library.read_again([only(shelf).id])
    shelf.work()
    assert (only(shelf).status, only(shelf).fault, original(shelf)) == ("read", "", FERRY.encode())


def test_a_copy_that_there_is_no_room_for_later_on_is_not_tried_again(shelf: Shelf) -> None:
    (own,) = shelf.add(a=FERRY)
    grown(shelf.files / "a.txt")
    shelf.library.keep_inside([own])
    shelf.work()
    assert (only(shelf).keeping, only(shelf).wanted, only(shelf).fault_name) == ("reference", "", "no_room")
    assert (only(shelf).status, copies(shelf)) == ("read", 0)


def test_a_copy_stays_where_there_is_no_room_for_a_new_one(shelf: Shelf) -> None:
    path = kept_in_folder(shelf)
    grown(path)
    shelf.look()
    assert (only(shelf).status, only(shelf).fault_name, only(shelf).keeping) == ("read", "no_room", "inside")
    assert original(shelf) == FERRY.encode()
    assert shelf.names("ferry") == ["a.txt"]
    assert len(shelf.reader.read_names) == 1


@pytest.mark.parametrize(("text", "fault"), [("FAIL", "damaged"), ("", "empty")])
def test_a_copy_stays_where_its_file_cannot_be_read_any_more(shelf: Shelf, text: str, fault: str) -> None:
    path = kept_in_folder(shelf)
    path.write_text(text, "utf-8")
    shelf.look()
    times = len(shelf.reader.read_names)
    shelf.look()
    assert len(shelf.reader.read_names) == times, "it is not tried again until it is another file"
    assert (only(shelf).status, only(shelf).fault_name, only(shelf).keeping) == ("read", fault, "inside")
    assert (original(shelf), copies(shelf)) == (FERRY.encode(), 1)
    assert shelf.names("ferry") == ["a.txt"]
    path.write_text("The bus leaves.", "utf-8")
    shelf.look()
    assert (only(shelf).status, only(shelf).fault, only(shelf).wanted) == ("read", "", "")
    assert original(shelf) == b"The bus leaves."
    assert shelf.names("bus") == ["a.txt"]


def test_a_copy_serves_on_where_its_file_changed_and_went_before_it_was_read(shelf: Shelf) -> None:
    path = kept_in_folder(shelf)
    shelf.library.pause("person")
    path.write_text("Not that.", "utf-8")
    shelf.library.add_files([path])
    path.unlink()
    assert original(shelf) == FERRY.encode(), "also while it waits"
    shelf.library.resume("person")
    shelf.work()
    assert (only(shelf).status, only(shelf).fault, only(shelf).wanted) == ("read", "", "")
    assert original(shelf) == FERRY.encode()
    assert shelf.names("ferry") == ["a.txt"]


def test_a_copy_is_replaced_as_often_as_its_file_changes(shelf: Shelf) -> None:
    path = kept_in_folder(shelf)
    for text in ("The bus leaves." * 100_000, "The tram.", "The plane." * 200_000):
        path.write_text(text, "utf-8")
        shelf.look()
        assert (only(shelf).status, only(shelf).wanted) == ("read", "")
        assert original(shelf) == text.encode()
        kept = shelf.database.read(lambda c: c.execute("SELECT sum(length(piece)) FROM originals").fetchone())
        assert kept == (len(text),), "and the older one is gone"
    shelf.library.add_collection("In", shelf.files / "in", "reference")
    shelf.work()
    assert copies(shelf) == 0


def test_a_copy_stays_while_its_file_is_read_anew_and_that_is_broken_off(shelf: Shelf) -> None:
    path = kept_in_folder(shelf)
    path.write_text("HOLD", "utf-8")
    shelf.library.look_now()
    assert shelf.reader.is_holding.wait(plainly.IDLE_S)
    shelf.close()
    shelf.open()
    assert original(shelf) == FERRY.encode()
    path.write_text("The bus leaves.", "utf-8")
    shelf.look()
    assert original(shelf) == b"The bus leaves."
    assert only(shelf).wanted == ""


def test_a_keeping_that_is_wanted_otherwise_while_the_copy_is_made_is_heard(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "TELL_EVERY_S", 0.0)
    (own,) = shelf.add(a=FERRY * 100_000)
    wished: list[str] = []

    def change_mind() -> None:
        if not wished and any(one.step == "keeping" and one.done for one in shelf.library.progress().files):
            wished.append(own)
            shelf.library.add_files([shelf.files / "a.txt"], keeping="reference")

    shelf.library.on_change(change_mind)
    shelf.library.keep_inside([own])
    shelf.work()
    assert wished
    assert (only(shelf).keeping, only(shelf).wanted, copies(shelf)) == ("reference", "", 0)
