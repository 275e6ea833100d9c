"""What a look at a folder must not take for deleted, and what is wished while one is under way."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.documents.faults import DocumentFault
from app.documents.ingest import walking, watching
from app.documents.reader import FileSource
from app.documents.records import Collection
from tests.documents import plainly
from tests.documents.plainly import Shelf

CLOSED = pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root opens everything")
NOBODY_S = 10.0


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    yield from plainly.shelf(tmp_path)


@pytest.fixture
def watched(shelf: Shelf) -> Collection:
    """A folder of three files, read."""
    for name in ("one", "two", "in/three"):
        shelf.write(f"watched/{name}.txt", f"The {name} ferry leaves.")
    made = shelf.library.add_collection("Watched", shelf.files / "watched")
    shelf.work()
    return made


@pytest.fixture
def folder(shelf: Shelf, watched: Collection) -> Path:
    return shelf.files / "watched"


def ids(shelf: Shelf) -> dict[str, str]:
    return {document.name: document.id for document in shelf.library.documents()}


def statuses(shelf: Shelf) -> dict[str, str]:
    return {document.name: document.status for document in shelf.library.documents()}


class TestTheFolderIsADrive:
    def test_another_drive_in_its_place_deletes_nothing(self, shelf: Shelf, folder: Path) -> None:
        drive = folder.rename(shelf.folder / "drive")
        shelf.write("watched/holiday.txt", "A beach.")
        for _look in range(3):
            shelf.look()
        assert statuses(shelf) == {"holiday.txt": "read", "one.txt": "away", "two.txt": "away", "three.txt": "away"}
        folder.rename(shelf.folder / "other")
        drive.rename(folder)
        shelf.look()
        assert [statuses(shelf)[name] for name in ("one.txt", "two.txt", "three.txt")] == ["read"] * 3
        assert len(shelf.reader.read_names) == 4

    def test_a_hidden_file_in_the_place_of_an_unplugged_one_deletes_nothing(self, shelf: Shelf, folder: Path) -> None:
        folder.rename(shelf.folder / "drive")
        shelf.write("watched/.directory", "")
        for _look in range(3):
            shelf.look()
        assert set(statuses(shelf).values()) == {"away"}

    def test_where_all_moved_but_a_few_those_were_deleted(self, shelf: Shelf, folder: Path) -> None:
        (folder / "new").mkdir()
        (folder / "one.txt").rename(folder / "new" / "one.txt")
        (folder / "two.txt").unlink()
        (folder / "in" / "three.txt").unlink()
        shelf.look()
        shelf.look()
        assert statuses(shelf) == {"one.txt": "read"}

    def test_the_last_file_can_be_deleted(self, shelf: Shelf) -> None:
        only = shelf.write("watched/one.txt", "A ferry.")
        shelf.library.add_collection("Watched", shelf.files / "watched")
        shelf.work()
        only.unlink()
        shelf.write("watched/.directory", "")
        shelf.look()
        shelf.look()
        assert statuses(shelf) == {}


@pytest.mark.skipif(os.name == "nt", reason="links ask for rights there")
class TestLinks:
    def test_to_an_unplugged_drive_stay(self, shelf: Shelf, folder: Path) -> None:
        for name in ("four", "five"):
            target = shelf.write(f"drive/{name}.txt", f"Number {name}.")
            (folder / f"{name}.txt").symlink_to(target)
        shelf.look()
        drive = (shelf.files / "drive").rename(shelf.folder / "unplugged")
        for _look in range(3):
            shelf.look()
        assert (len(statuses(shelf)), set(statuses(shelf).values())) == (5, {"read"})
        drive.rename(shelf.files / "drive")
        shelf.look()
        assert len(shelf.reader.read_names) == 5

    def test_that_are_deleted_leave(self, shelf: Shelf, folder: Path) -> None:
        (folder / "four.txt").symlink_to(shelf.write("drive/four.txt", "A bus."))
        shelf.look()
        (folder / "four.txt").unlink()
        shelf.look()
        shelf.look()
        assert "four.txt" not in statuses(shelf)


class TestMoves:
    def test_a_look_that_is_broken_off_while_it_compares_loses_nothing(
        self, shelf: Shelf, watched: Collection, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = ids(shelf)["one.txt"]
        (folder / "one.txt").rename(folder / "first.txt")
        is_stopped = threading.Event()
        pieces = FileSource.pieces

        def breaks_off(source: FileSource) -> Iterator[bytes]:
            is_stopped.set()
            return pieces(source)

        with monkeypatch.context() as patched:
            patched.setattr(FileSource, "pieces", breaks_off)
            watching.keep_in_step(shelf.library._store, watched, stop=is_stopped.is_set)
        assert is_stopped.is_set()
        assert ids(shelf)["one.txt"] == before
        shelf.look()
        assert ids(shelf)["first.txt"] == before
        assert len(shelf.reader.read_names) == 3

    @CLOSED
    def test_a_moved_file_that_cannot_be_opened_is_left_for_the_next_look(self, shelf: Shelf, folder: Path) -> None:
        before = ids(shelf)["one.txt"]
        moved = (folder / "one.txt").rename(folder / "first.txt")
        moved.chmod(0)
        for _look in range(3):
            shelf.look()
        assert ids(shelf)["one.txt"] == before
        assert statuses(shelf) == {"one.txt": "read", "two.txt": "read", "three.txt": "read"}
        moved.chmod(0o600)
        shelf.look()
        assert ids(shelf)["first.txt"] == before
        assert len(shelf.reader.read_names) == 3

    def test_each_new_file_is_compared_once_and_none_after_a_stop(
        self, shelf: Shelf, watched: Collection, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(10, 30):
            shelf.write(f"watched/old{number}.txt", f"Letter {number}.")
        shelf.look()
        for number in range(10, 30):
            (folder / f"old{number}.txt").unlink()
            shelf.write(f"watched/new{number}.txt", f"Parcel {number}.")
        opened: list[str] = []
        pieces = FileSource.pieces

        def counted(source: FileSource) -> Iterator[bytes]:
            opened.append(source.name)
            return pieces(source)

        monkeypatch.setattr(FileSource, "pieces", counted)
        store = shelf.library._store
        watching.keep_in_step(store, watched, stop=lambda: len(opened) >= 3)
        assert len(opened) == 3
        watching.keep_in_step(store, watched, stop=lambda: False)
        assert sorted(opened[3:]) == [f"new{number}.txt" for number in range(10, 30)]

    def test_a_file_left_out_does_not_take_the_place_of_one_alike_that_is_deleted(
        self, shelf: Shelf, watched: Collection, folder: Path
    ) -> None:
        shelf.write("watched/alike.txt", "The one ferry leaves.")
        shelf.look()
        shelf.library.remove([ids(shelf)["one.txt"]])
        (folder / "alike.txt").unlink()
        shelf.look()
        shelf.look()
        assert sorted(statuses(shelf)) == ["three.txt", "two.txt"]
        assert [one.name for one in shelf.library.ignored(watched.id)] == ["one.txt"]


class TestWishesDuringALook:
    @pytest.fixture
    def under_way(self, shelf: Shelf, watched: Collection, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
        """A look that has seen the folder, and ends when this is set."""
        walk, is_in, end = walking.walk, threading.Event(), threading.Event()

        def waits(folder: Path, *, stop: Callable[[], bool]) -> walking.Walked | None:
            walked = walk(folder, stop=stop)
            is_in.set()
            assert end.wait(NOBODY_S)
            return walked

        monkeypatch.setattr(watching, "walk", waits)
        shelf.library.look_now()
        assert is_in.wait(NOBODY_S)
        return end

    def test_a_folder_that_is_added_is_read(self, shelf: Shelf, under_way: threading.Event) -> None:
        shelf.write("other/four.txt", "A bus.")
        shelf.library.add_collection("Other", shelf.files / "other")
        under_way.set()
        shelf.work()
        assert statuses(shelf)["four.txt"] == "read"

    def test_every_file_is_checked(self, shelf: Shelf, under_way: threading.Event) -> None:
        shelf.library.look_again(is_thorough=True)
        under_way.set()
        shelf.work()
        assert shelf.library.progress().checking is None

    def test_a_look_that_fails_is_not_the_last(
        self, shelf: Shelf, watched: Collection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(shelf.library._store, "collections", lambda: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                shelf.library._worker._scan()
        assert shelf.library._worker._until_due() == 0


class TestClosed:
    def test_a_folder_by_a_longer_way_is_the_same_one(self, shelf: Shelf, watched: Collection) -> None:
        again = shelf.library.add_collection("Again", shelf.files / "watched" / "in" / "..")
        shelf.work()
        assert again.id == watched.id
        assert len(shelf.library.documents()) == 3

    def test_a_place_that_no_system_has_is_a_sentence(self, shelf: Shelf) -> None:
        nowhere = shelf.files / ("long" * 100)
        with pytest.raises(DocumentFault):
            shelf.library.add_collection("Nowhere", nowhere)
        assert shelf.library.add_files([nowhere]) == ()

    @CLOSED
    def test_a_folder_in_one_that_may_not_be_entered_is_a_sentence(self, shelf: Shelf) -> None:
        inner = shelf.write("closed/in/one.txt", "A ferry.").parent
        inner.parent.chmod(0)
        try:
            with pytest.raises(DocumentFault):
                shelf.library.add_collection("In", inner)
            assert shelf.library.add_files([inner, inner / "one.txt"]) == ()
        finally:
            inner.parent.chmod(0o700)

    @CLOSED
    def test_what_may_not_be_entered_any_more_is_away_and_back_with_its_rights(
        self, shelf: Shelf, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        shelf.files.chmod(0)
        try:
            for _look in range(3):
                shelf.look()
            assert set(statuses(shelf).values()) == {"away"}
        finally:
            shelf.files.chmod(0o700)
        shelf.look()
        assert set(statuses(shelf).values()) == {"read"}
        assert caplog.text == ""

    def test_the_log_of_a_look_that_failed_names_no_file(
        self, shelf: Shelf, watched: Collection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fails(folder: Path, *, stop: Callable[[], bool]) -> walking.Walked | None:
            raise PermissionError(13, "Permission denied", str(folder))

        monkeypatch.setattr(watching, "walk", fails)
        shelf.look()
        assert "PermissionError" in caplog.text
        assert "watched" not in caplog.text
        caplog.clear()


class TestLeftOut:
    def test_a_file_added_by_hand_to_no_collection_is_left_out_no_more(
        self, shelf: Shelf, watched: Collection, folder: Path
    ) -> None:
        shelf.library.remove([ids(shelf)["one.txt"]])
        shelf.library.add_files([folder / "one.txt"])
        assert shelf.library.ignored(watched.id) == ()
        shelf.look()
        assert len(shelf.library.documents(watched.id)) == 3
        assert len(shelf.library.documents()) == 3

    def test_a_file_added_for_a_chat_stays_left_out(self, shelf: Shelf, watched: Collection, folder: Path) -> None:
        shelf.library.remove([ids(shelf)["one.txt"]])
        shelf.library.add_files([folder / "one.txt"], is_for_chat=True)
        assert [one.name for one in shelf.library.ignored(watched.id)] == ["one.txt"]
        shelf.look()
        assert len(shelf.library.documents(watched.id)) == 2
