"""Folders that are kept in step: what was added, changed, moved or deleted there, and what only looks like it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.documents.embedding.fake import FAKE_MODEL, FakeEmbedder
from app.documents.ingest import absence, walking, watching
from app.documents.records import Collection, Document
from tests.documents import plainly
from tests.documents.plainly import Shelf


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


def by_name(shelf: Shelf) -> dict[str, Document]:
    return {document.name: document for document in shelf.library.documents()}


def statuses(shelf: Shelf) -> dict[str, str]:
    return {name: document.status for name, document in by_name(shelf).items()}


def test_what_a_folder_holds_is_read(shelf: Shelf, watched: Collection) -> None:
    assert statuses(shelf) == {"one.txt": "read", "two.txt": "read", "three.txt": "read"}
    assert {document.collection_id for document in shelf.library.documents()} == {watched.id}
    shelf.look()
    assert len(shelf.reader.read_names) == 3, "nothing is read twice"


def test_an_added_file_is_read(shelf: Shelf, watched: Collection) -> None:
    shelf.write("watched/in/four.txt", "A bus.")
    shelf.look()
    assert statuses(shelf)["four.txt"] == "read"
    assert shelf.names("bus") == ["four.txt"]


def test_a_folder_is_looked_at_again_and_again_by_itself(tmp_path: Path, shelf: Shelf, watched: Collection) -> None:
    shelf.close()
    library = shelf.open(scan_every_s=0.05)
    shelf.work()
    shelf.write("watched/four.txt", "A bus.")
    deadline = plainly.IDLE_S
    while "four.txt" not in shelf.names("bus") and deadline > 0:
        library.wait_until_idle(0.05)
        deadline -= 0.05
    assert shelf.names("bus") == ["four.txt"]


def test_a_changed_file_is_read_again(shelf: Shelf, watched: Collection) -> None:
    before = by_name(shelf)["one.txt"]
    shelf.write("watched/one.txt", "The pilot boards now.")
    shelf.look()
    after = by_name(shelf)["one.txt"]
    assert (after.id, after.status) == (before.id, "read")
    assert after.sha256 != before.sha256
    assert shelf.names("pilot") == ["one.txt"]
    assert "one.txt" not in shelf.names("ferry")


def test_a_file_that_was_only_touched_is_not_read_again(shelf: Shelf, watched: Collection) -> None:
    os.utime(shelf.files / "watched" / "one.txt", ns=(1, 1))
    shelf.look()
    assert by_name(shelf)["one.txt"].modified_ns == 1
    assert len(shelf.reader.read_names) == 3


def test_a_moved_and_renamed_file_keeps_what_was_read(shelf: Shelf, watched: Collection) -> None:
    before = by_name(shelf)["one.txt"]
    (shelf.files / "watched" / "new").mkdir()
    (shelf.files / "watched" / "one.txt").rename(shelf.files / "watched" / "new" / "first.txt")
    shelf.look()
    after = by_name(shelf)["first.txt"]
    assert (after.id, after.status) == (before.id, "read")
    assert after.path.endswith("first.txt")
    assert len(shelf.reader.read_names) == 3
    assert len(shelf.library.documents()) == 3
    assert shelf.library.search("one ferry")[0].document_name == "first.txt"
    assert shelf.names("first") == ["first.txt"], "by its new name"


def test_two_files_that_change_their_names_are_told_apart(shelf: Shelf, watched: Collection) -> None:
    folder = shelf.files / "watched"
    (folder / "one.txt").rename(folder / "x.txt")
    (folder / "two.txt").rename(folder / "one.txt")
    (folder / "x.txt").rename(folder / "two.txt")
    shelf.look()
    assert set(statuses(shelf).values()) == {"read"}
    assert shelf.library.part(by_name(shelf)["one.txt"].id, 0).text == "The two ferry leaves."
    assert shelf.library.part(by_name(shelf)["two.txt"].id, 0).text == "The one ferry leaves."


def test_a_deleted_file_is_missing_first_and_gone_with_the_next_look(shelf: Shelf, watched: Collection) -> None:
    (shelf.files / "watched" / "one.txt").unlink()
    shelf.look()
    assert statuses(shelf) == {"one.txt": "missing", "two.txt": "read", "three.txt": "read"}
    shelf.look()
    assert statuses(shelf) == {"two.txt": "read", "three.txt": "read"}
    assert "one.txt" not in shelf.names("ferry")


def test_a_missing_file_that_comes_back_is_as_before(shelf: Shelf, watched: Collection) -> None:
    path = shelf.files / "watched" / "one.txt"
    elsewhere = path.rename(shelf.folder / "elsewhere.txt")
    shelf.look()
    assert statuses(shelf)["one.txt"] == "missing"
    elsewhere.rename(path)
    shelf.look()
    assert statuses(shelf)["one.txt"] == "read"
    assert len(shelf.reader.read_names) == 3


@pytest.mark.parametrize("status", ["away", "missing"])
def test_what_is_not_here_is_found_by_a_new_search_model_too(shelf: Shelf, watched: Collection, status: str) -> None:
    older = shelf.embedder = FakeEmbedder()
    shelf.look()
    gone = shelf.files / "watched" / ("" if status == "away" else "one.txt")
    gone.rename(shelf.folder / "elsewhere")
    shelf.look()
    assert statuses(shelf)["one.txt"] == status
    newer = FakeEmbedder(replace(FAKE_MODEL, id="newer-000000000000"))
    shelf.older, shelf.embedder = older, newer
    shelf.library.pause("person")
    progress = shelf.library.progress()
    assert {one.name for one in progress.files} == {"one.txt", "two.txt", "three.txt"}
    assert progress.chunks_left == sum(one.chunks for one in shelf.library.documents())
    shelf.library.resume("person")
    shelf.work()
    assert [one.embedded for one in shelf.library.documents()] == [one.chunks for one in shelf.library.documents()]
    assert shelf.library.progress().chunks_left == 0
    assert {passage.ranks[1] > 0 for passage in shelf.library.search("ferry")} == {True}


def test_an_unmounted_folder_deletes_nothing(shelf: Shelf, watched: Collection) -> None:
    folder = shelf.files / "watched"
    away = folder.rename(shelf.folder / "away")
    for _look in range(3):
        shelf.look()
    assert set(statuses(shelf).values()) == {"away"}
    folder.mkdir()
    for _look in range(3):
        shelf.look()
    assert set(statuses(shelf).values()) == {"away"}, "an empty place is where a drive was"
    assert len(shelf.names("ferry")) == 3
    folder.rmdir()
    away.rename(folder)
    shelf.look()
    assert set(statuses(shelf).values()) == {"read"}
    assert len(shelf.reader.read_names) == 3


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_deletes_nothing(shelf: Shelf, watched: Collection) -> None:
    inside = shelf.files / "watched" / "in"
    inside.chmod(0)
    try:
        for _look in range(3):
            shelf.look()
    finally:
        inside.chmod(0o700)
    assert statuses(shelf)["three.txt"] == "read"


def test_what_a_look_could_not_see_is_not_deleted(
    shelf: Shelf, watched: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.scandir

    def refuses(where: str) -> Iterator[os.DirEntry[str]]:
        if str(where).endswith("in"):
            raise PermissionError
        return real(where)

    monkeypatch.setattr("app.documents.ingest.walking.os.scandir", refuses)
    for _look in range(3):
        shelf.look()
    assert set(statuses(shelf).values()) == {"read"}


def test_a_folder_of_too_many_files_deletes_nothing(
    shelf: Shelf, watched: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "MOST_FILES", 1)
    for _look in range(3):
        shelf.look()
    assert set(statuses(shelf).values()) == {"read"}


def test_originals_kept_inside_stay_when_their_files_are_deleted(shelf: Shelf) -> None:
    path = shelf.write("watched/one.txt", "The one ferry leaves.")
    shelf.write("watched/two.txt", "The two ferry leaves.")
    shelf.library.add_collection("Inside", shelf.files / "watched", keeping="inside")
    shelf.work()
    path.unlink()
    for _look in range(3):
        shelf.look()
    assert statuses(shelf) == {"one.txt": "read", "two.txt": "read"}
    assert b"".join(shelf.library.source(by_name(shelf)["one.txt"].id).pieces()) == b"The one ferry leaves."


def test_a_removed_collection_leaves_its_folder_alone(shelf: Shelf, watched: Collection) -> None:
    receipt = shelf.library.remove_collection(watched.id)
    assert sorted(receipt.names) == ["one.txt", "three.txt", "two.txt"]
    shelf.look()
    assert shelf.library.collections() == ()
    assert shelf.library.documents() == ()
    assert (shelf.files / "watched" / "one.txt").exists()


def test_links_to_folders_are_not_followed(shelf: Shelf, watched: Collection) -> None:
    (shelf.files / "watched" / "loop").symlink_to(shelf.files / "watched", target_is_directory=True)
    shelf.look()
    assert len(shelf.library.documents()) == 3


def test_thousands_of_small_files_are_read_embedded_and_found(shelf: Shelf) -> None:
    """Scaled down from 10,000; the work is the same for each."""
    count = 1_000
    for number in range(count):
        shelf.write(f"many/{number % 10}/n{number}.txt", f"Letter number{number} of the archive.")
    shelf.embedder = FakeEmbedder()
    shelf.library.add_collection("Many", shelf.files / "many")
    shelf.work()
    documents = shelf.library.documents()
    assert len(documents) == count
    assert {(document.status, document.embedded) for document in documents} == {("read", 1)}
    assert len(shelf.embedder.calls) < count / 20, "many small documents are one batch"
    assert shelf.names("number777", limit=1) == ["n777.txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes there alone")
def test_a_name_that_is_no_text_stops_the_reading_of_nothing_else(shelf: Shelf, watched: Collection) -> None:
    odd = os.fsencode(shelf.files / "watched") + b"/odd\xff.txt"
    with open(odd, "wb") as file:  # noqa: PTH123 - a Path has no such name
        file.write(b"A tram.")
    shelf.write("watched/four.txt", "A bus.")
    (mine,) = shelf.library.add_files([shelf.write("mine.txt", "A train.")])
    shelf.look()
    assert shelf.library.documents(ids=[mine.id])[0].status == "read"
    assert shelf.names("bus") == ["four.txt"]
    assert len(shelf.library.documents(watched.id)) == 4


def test_a_file_of_a_far_future_stops_the_reading_of_nothing_else(shelf: Shelf, watched: Collection) -> None:
    late = shelf.write("watched/late.txt", "A tram.")
    os.utime(late, (2**34, 2**34))  # the year 2514, whose nanoseconds no column holds
    if late.stat().st_mtime_ns < 2**63:
        pytest.skip("this file system has no such dates")
    shelf.write("watched/four.txt", "A bus.")
    shelf.look()
    assert statuses(shelf) | {"late.txt": "read", "four.txt": "read"} == statuses(shelf)
    shelf.look()
    assert shelf.reader.read_names.count("late.txt") == 1


def test_a_folder_that_cannot_be_kept_in_step_holds_nothing_up(
    shelf: Shelf, watched: Collection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = walking.walk

    def breaks(folder: Path, *, stop: Callable[[], bool]) -> walking.Walked | None:
        if folder.name == "watched":
            raise ValueError
        return real(folder, stop=stop)

    monkeypatch.setattr(watching, "walk", breaks)
    shelf.write("other/four.txt", "A bus.")
    shelf.library.add_collection("Other", shelf.files / "other")
    shelf.work()
    assert statuses(shelf)["four.txt"] == "read"
    assert "a folder could not be kept in step" in caplog.text


def test_a_collection_removed_while_its_folder_is_looked_at_leaves_nothing(
    shelf: Shelf, watched: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = walking.walk

    def removed_meanwhile(folder: Path, *, stop: Callable[[], bool]) -> walking.Walked | None:
        walked = real(folder, stop=stop)
        is_going = "UPDATE collections SET is_going = 1 WHERE id = ?"  # as a removal begins
        shelf.database.write(lambda c: c.execute(is_going, (watched.id,)).rowcount)
        return walked

    shelf.write("watched/four.txt", "A bus.")
    monkeypatch.setattr(watching, "walk", removed_meanwhile)
    shelf.look()
    assert "four.txt" not in {document.name for document in shelf.library.documents()}
    shelf.library.remove_collection(watched.id)
    assert shelf.library.collections() == ()
    assert shelf.library.documents() == ()


def test_a_folder_is_one_collection_however_often_it_is_added(shelf: Shelf, watched: Collection) -> None:
    again = shelf.library.add_collection("Another name", shelf.files / "watched")
    shelf.work()
    assert (again.id, again.name) == (watched.id, "Watched")
    assert len(shelf.library.documents()) == 3


def test_a_few_deleted_files_of_a_folder_leave_with_it(shelf: Shelf, watched: Collection) -> None:
    shutil.rmtree(shelf.files / "watched" / "in")
    shelf.look()
    shelf.look()
    assert statuses(shelf) == {"one.txt": "read", "two.txt": "read"}


@pytest.mark.parametrize("is_emptied", [True, False])
def test_many_files_that_vanish_with_their_folder_are_away_until_they_are_back(
    shelf: Shelf, watched: Collection, is_emptied: bool
) -> None:
    drive = shelf.files / "watched" / "drive"
    for number in range(absence.MANY):
        shelf.write(f"watched/drive/{number % 3}/n{number}.txt", f"Letter number{number}.")
    shelf.look()
    elsewhere = drive.rename(shelf.folder / "elsewhere")
    if is_emptied:
        drive.mkdir()
    for _look in range(3):
        shelf.look()
    found = statuses(shelf)
    assert sorted(found.values()) == ["away"] * absence.MANY + ["read"] * 3
    assert shelf.names("number7") == ["n7.txt"], "it answers as before"
    if is_emptied:
        drive.rmdir()
    elsewhere.rename(drive)
    shelf.look()
    assert set(statuses(shelf).values()) == {"read"}
    assert len(shelf.reader.read_names) == 3 + absence.MANY


def test_what_is_away_can_be_removed(shelf: Shelf, watched: Collection) -> None:
    for number in range(absence.MANY):
        shelf.write(f"watched/drive/n{number}.txt", f"Letter number{number}.")
    shelf.look()
    shutil.rmtree(shelf.files / "watched" / "drive")
    shelf.look()
    shelf.library.remove([one.id for one in shelf.library.documents() if one.status == "away"])
    shelf.look()
    assert len(shelf.library.documents()) == 3


def test_many_files_deleted_out_of_a_folder_that_holds_others_leave(shelf: Shelf, watched: Collection) -> None:
    for number in range(absence.MANY):
        shelf.write(f"watched/in/n{number}.txt", f"Letter number{number}.")
    shelf.look()
    for number in range(absence.MANY):
        (shelf.files / "watched" / "in" / f"n{number}.txt").unlink()
    shelf.look()
    shelf.look()
    assert len(shelf.library.documents()) == 3


def test_a_drive_that_is_unplugged_takes_nothing_with_it_however_little_it_holds(
    shelf: Shelf, watched: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = str(shelf.files / "watched" / "in")
    real = walking._drive
    monkeypatch.setattr(walking, "_drive", lambda folder: -1 if folder.startswith(inside) else real(folder))
    shelf.write("watched/in/four.txt", "A bus.")
    shelf.look()
    kept = (shelf.files / "watched" / "in" / "three.txt").rename(shelf.folder / "three.txt")
    shelf.look()
    assert statuses(shelf)["three.txt"] == "missing", "the drive is there, so it was deleted"
    kept.rename(shelf.files / "watched" / "in" / "three.txt")
    shelf.look()
    away = (shelf.files / "watched" / "in").rename(shelf.folder / "away")
    monkeypatch.undo()
    (shelf.files / "watched" / "in").mkdir()
    for _look in range(3):
        shelf.look()
    assert statuses(shelf) == {"one.txt": "read", "two.txt": "read", "three.txt": "away", "four.txt": "away"}
    (shelf.files / "watched" / "in").rmdir()
    away.rename(shelf.files / "watched" / "in")
    shelf.look()
    assert set(statuses(shelf).values()) == {"read"}


def rewrite_unnoticed(path: Path, text: str) -> None:
    """As a program does that sets the time back; the system's own time of the change it cannot set."""
    facts = path.stat()
    path.write_text(text, "utf-8")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (facts.st_size, facts.st_mtime_ns)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such time")
def test_another_content_of_the_same_size_and_time_is_noticed(shelf: Shelf, watched: Collection) -> None:
    rewrite_unnoticed(shelf.files / "watched" / "one.txt", "The six train leaves.")
    shelf.look()
    assert shelf.names("train") == ["one.txt"]


def test_a_file_whose_rights_alone_changed_is_not_read_again(shelf: Shelf, watched: Collection) -> None:
    (shelf.files / "watched" / "one.txt").chmod(0o600)
    shelf.look()
    shelf.look()
    assert len(shelf.reader.read_names) == 3


def test_checking_every_file_finds_what_facts_do_not_tell(shelf: Shelf, watched: Collection) -> None:
    (mine,) = shelf.library.add_files([shelf.write("mine.txt", "Mine, a ferry.")])
    shelf.work()
    for name, text in (("watched/one.txt", "The six train leaves."), ("mine.txt", "Mine, a tram!!")):
        rewrite_unnoticed(shelf.files / name, text)
        path = shelf.files / name
        facts = path.stat()
        noted = f"UPDATE documents SET changed_ns = {facts.st_ctime_ns} WHERE name = '{path.name}'"
        shelf.database.write(lambda c, noted=noted: c.execute(noted).rowcount)  # type: ignore[misc]  # as without one
    shelf.look()
    assert shelf.names("train tram") == []
    told: list[float | None] = []
    shelf.library.on_change(lambda: told.append(shelf.library.progress().checking))
    shelf.library.look_again(is_thorough=True)
    shelf.work()
    assert sorted(shelf.names("train tram")) == ["mine.txt", "one.txt"]
    assert shelf.library.documents(ids=[mine.id])[0].status == "read"
    assert any(fraction is not None for fraction in told)
    assert shelf.library.progress().checking is None
    assert len(shelf.reader.read_names) == 6, "what is the same is not read again"


def test_a_check_that_was_paused_is_begun_again(shelf: Shelf, watched: Collection) -> None:
    rewrite_unnoticed(shelf.files / "watched" / "one.txt", "The six train leaves.")
    shelf.library.pause("person")
    shelf.library.look_again(is_thorough=True)
    shelf.work()
    assert shelf.library.progress().checking is not None
    shelf.library.resume("person")
    shelf.work()
    assert shelf.library.progress().checking is None
    assert shelf.names("train") == ["one.txt"]


def test_a_file_from_before_its_marks_were_noted_is_not_read_again(shelf: Shelf, watched: Collection) -> None:
    shelf.database.write(lambda c: c.execute("UPDATE documents SET changed_ns = 0").rowcount)
    shelf.look()
    assert len(shelf.reader.read_names) == 3
    noted = shelf.database.read(lambda c: c.execute("SELECT min(changed_ns) FROM documents").fetchone())
    assert noted is not None
    assert noted[0] > 0


def test_another_drive_at_the_same_place_deletes_nothing(
    shelf: Shelf, watched: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = str(shelf.files / "watched" / "in")
    real = walking._drive
    monkeypatch.setattr(walking, "_drive", lambda folder: -1 if folder.startswith(inside) else real(folder))
    shelf.look()
    (shelf.files / "watched" / "in").rename(shelf.folder / "away")
    shelf.write("watched/in/other.txt", "A bus.")
    for _look in range(3):
        shelf.look()
    assert statuses(shelf)["three.txt"] == "away"


def test_what_was_deleted_while_its_drive_was_away_goes_when_the_others_are_back(
    shelf: Shelf, watched: Collection
) -> None:
    folder = shelf.files / "watched"
    elsewhere = folder.rename(shelf.folder / "elsewhere")
    shelf.look()
    (elsewhere / "one.txt").unlink()
    elsewhere.rename(folder)
    shelf.look()
    assert statuses(shelf) == {"one.txt": "missing", "two.txt": "read", "three.txt": "read"}
    shelf.look()
    assert statuses(shelf) == {"two.txt": "read", "three.txt": "read"}


def test_a_folder_that_vanishes_while_it_is_looked_at_is_away_as_a_whole(shelf: Shelf, watched: Collection) -> None:
    for number in range(absence.MANY):
        shelf.write(f"watched/drive/n{number}.txt", f"Letter number{number}.")
    shelf.look()
    for number in range(5):
        (shelf.files / "watched" / "drive" / f"n{number}.txt").unlink()
    shelf.look()
    assert sum(status == "missing" for status in statuses(shelf).values()) == 5
    shutil.rmtree(shelf.files / "watched" / "drive")
    shelf.look()
    assert sum(status == "away" for status in statuses(shelf).values()) == absence.MANY
