"""A document stays as long as a collection, a chat or the person by itself has it; and how removals end in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.chat.store import ChatStore
from app.documents.embedding.fake import FakeEmbedder
from app.documents.records import Collection, Removing, Scope
from app.documents.store import removal
from app.engine.names import TEMPORARY
from app.engine.stop import Stop
from tests.documents import plainly
from tests.documents.plainly import Shelf

FERRY = "The ferry leaves at nine."


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    yield from plainly.shelf(tmp_path)


@pytest.fixture
def watched(shelf: Shelf) -> Collection:
    """A folder of three files, read."""
    for name in ("one", "two", "three"):
        shelf.write(f"watched/{name}.txt", f"The {name} ferry leaves.")
    made = shelf.library.add_collection("Watched", shelf.files / "watched")
    shelf.work()
    return made


def conversation(shelf: Shelf) -> str:
    chats = ChatStore(shelf.database)
    return chats.begin_turn(None, "Question", parent_id=None, model="", title="", now=1.0)[0].conversation_id


def id_of(shelf: Shelf, name: str) -> str:
    (own,) = [one.id for one in shelf.library.documents() if one.name == name]
    return own


def names(shelf: Shelf, collection_id: str | None = None) -> list[str]:
    return [one.name for one in shelf.library.documents(collection_id)]


def attached(shelf: Shelf, name: str) -> str:
    """A chat that the person gave a file of the watched folder."""
    home = conversation(shelf)
    (given,) = shelf.library.add_files([shelf.files / "watched" / name], is_for_chat=True)
    shelf.library.attach(home, Scope((given.id,)))
    return home


class TestBothHaveIt:
    def test_a_file_of_a_collection_that_a_chat_gets_is_one_document(self, shelf: Shelf, watched: Collection) -> None:
        own = id_of(shelf, "one.txt")
        home = attached(shelf, "one.txt")
        assert shelf.library.scope_of(home) == Scope((own,))
        assert len(shelf.library.documents()) == 3
        assert len(shelf.reader.read_names) == 3

    def test_a_file_of_a_chat_that_a_collection_gets_is_one_document(self, shelf: Shelf) -> None:
        home = conversation(shelf)
        (given,) = shelf.library.add_files([shelf.write("in/a.txt", FERRY)], is_for_chat=True)
        shelf.library.attach(home, Scope((given.id,)))
        shelf.work()
        made = shelf.library.add_collection("In", shelf.files / "in")
        shelf.work()
        assert [one.id for one in shelf.library.documents()] == [given.id]
        assert names(shelf, made.id) == ["a.txt"]
        assert shelf.library.scope_of(home) == Scope((given.id,))
        assert shelf.reader.read_names == ["a.txt"]

    def test_what_leaves_the_chat_stays_in_the_collection(self, shelf: Shelf, watched: Collection) -> None:
        home = attached(shelf, "one.txt")
        shelf.library.detach(home, shelf.library.scope_of(home))
        assert len(names(shelf, watched.id)) == 3

    def test_what_leaves_the_collection_stays_in_the_chat(self, shelf: Shelf, watched: Collection) -> None:
        home = attached(shelf, "one.txt")
        own, other = id_of(shelf, "one.txt"), id_of(shelf, "two.txt")
        receipt = shelf.library.take_out([own, other])
        assert (receipt.names, receipt.staying) == (("two.txt",), ("one.txt",))
        assert names(shelf, watched.id) == ["three.txt"]
        assert names(shelf, "") == ["one.txt"]
        assert shelf.library.scope_of(home) == Scope((own,))
        shelf.look()
        assert names(shelf, watched.id) == ["three.txt"], "both are left out"

    def test_a_removed_collection_leaves_the_chat_its_files(self, shelf: Shelf, watched: Collection) -> None:
        home = attached(shelf, "one.txt")
        mine = shelf.library.add_files([shelf.files / "watched" / "two.txt"])
        receipt = shelf.library.remove_collection(watched.id)
        assert (receipt.names, set(receipt.staying)) == (("three.txt",), {"one.txt", "two.txt"})
        assert shelf.library.collections() == ()
        assert names(shelf) == ["one.txt", "two.txt"]
        assert shelf.library.scope_of(home).document_ids == (id_of(shelf, "one.txt"),)
        assert [one.is_own for one in shelf.library.documents(ids=[mine[0].id])] == [True]

    def test_a_deleted_file_that_a_chat_has_only_leaves_the_collection(self, shelf: Shelf, watched: Collection) -> None:
        attached(shelf, "one.txt")
        (shelf.files / "watched" / "one.txt").unlink()
        shelf.look()
        shelf.look()
        assert "one.txt" not in names(shelf, watched.id)
        assert names(shelf, "") == ["one.txt"]
        assert "one.txt" in shelf.names("one ferry")
        shelf.write("watched/one.txt", "The one ferry leaves.")
        shelf.look()
        assert len(names(shelf, watched.id)) == 3
        assert len(names(shelf)) == 3

    def test_a_temporary_chat_keeps_its_file_of_a_removed_collection_to_its_end(
        self, shelf: Shelf, watched: Collection
    ) -> None:
        own = id_of(shelf, "one.txt")
        shelf.library.attach(f"{TEMPORARY}a", Scope((own,)))
        assert shelf.library.remove_collection(watched.id).staying == ("one.txt",)
        assert shelf.names("ferry") == ["one.txt"]
        shelf.library.forget_conversation(f"{TEMPORARY}a")
        assert shelf.library.documents() == ()

    def test_removing_a_document_removes_it_everywhere(self, shelf: Shelf, watched: Collection) -> None:
        home = attached(shelf, "one.txt")
        shelf.library.remove([id_of(shelf, "one.txt")])
        assert names(shelf) == ["three.txt", "two.txt"]
        assert shelf.library.scope_of(home) == Scope()


class TestLettingGo:
    def test_a_purged_chat_takes_the_files_that_only_it_had(self, shelf: Shelf, watched: Collection) -> None:
        home, other = attached(shelf, "one.txt"), conversation(shelf)
        paths = [shelf.write(name, FERRY) for name in ("mine.txt", "shared.txt")]
        mine, shared = shelf.library.add_files(paths, is_for_chat=True)
        (own,) = shelf.library.add_files([shelf.write("own.txt", FERRY)])
        shelf.library.attach(home, Scope((mine.id, shared.id, own.id)))
        shelf.library.attach(other, Scope((shared.id,)))
        had = shelf.library.scope_of(home).document_ids
        chats = ChatStore(shelf.database)
        chats.to_bin([home], 1.0)
        chats.purge()
        assert shelf.library.let_go(had).names == ("mine.txt",)
        assert names(shelf) == ["one.txt", "own.txt", "shared.txt", "three.txt", "two.txt"]

    def test_what_nothing_has_any_more_is_gone_at_the_next_start(self, shelf: Shelf) -> None:
        kept, lost = shelf.library.add_files(
            [shelf.write("kept.txt", FERRY), shelf.write("lost.txt", FERRY)], is_for_chat=True
        )
        shelf.library.attach(conversation(shelf), Scope((kept.id,)))
        shelf.work()
        assert names(shelf) == ["kept.txt", "lost.txt"], "whoever adds a file may yet ask it"
        shelf.close()
        shelf.open()
        shelf.work()
        assert names(shelf) == ["kept.txt"]
        assert lost.id not in [one.id for one in shelf.library.documents()]


class TestLeftOut:
    def test_a_file_removed_from_a_watched_folder_stays_away(self, shelf: Shelf, watched: Collection) -> None:
        shelf.library.remove([id_of(shelf, "one.txt")])
        shelf.look()
        shelf.look()
        assert names(shelf, watched.id) == ["three.txt", "two.txt"]
        (left_out,) = shelf.library.ignored(watched.id)
        assert (left_out.name, left_out.path) == ("one.txt", str(shelf.files / "watched" / "one.txt"))
        assert left_out.ignored_at > 0

    def test_it_is_read_again_when_it_is_heeded(self, shelf: Shelf, watched: Collection) -> None:
        shelf.library.remove([id_of(shelf, "one.txt"), id_of(shelf, "two.txt")])
        shelf.library.heed(watched.id, [str(shelf.files / "watched" / "one.txt")])
        shelf.work()
        assert names(shelf, watched.id) == ["one.txt", "three.txt"]
        assert [one.name for one in shelf.library.ignored(watched.id)] == ["two.txt"]

    def test_it_is_read_again_when_it_is_added_by_hand(self, shelf: Shelf, watched: Collection) -> None:
        shelf.library.remove([id_of(shelf, "one.txt")])
        shelf.library.add_files([shelf.files / "watched" / "one.txt"], collection_id=watched.id)
        shelf.look()
        assert len(names(shelf, watched.id)) == 3
        assert shelf.library.ignored(watched.id) == ()

    def test_one_that_is_deleted_from_the_disk_is_forgotten(self, shelf: Shelf, watched: Collection) -> None:
        shelf.library.remove([id_of(shelf, "one.txt")])
        (shelf.files / "watched" / "one.txt").unlink()
        shelf.look()
        assert shelf.library.ignored(watched.id) == ()

    def test_the_list_goes_with_its_collection(self, shelf: Shelf, watched: Collection) -> None:
        shelf.library.remove([id_of(shelf, "one.txt")])
        shelf.library.remove_collection(watched.id)
        assert shelf.library.ignored(watched.id) == ()
        again = shelf.library.add_collection("Watched", shelf.files / "watched")
        shelf.work()
        assert len(names(shelf, again.id)) == 3


class TestRemovingMany:
    def test_a_removal_says_how_far_it_is(self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(removal, "TELL_EVERY_S", 0.0)
        monkeypatch.setattr(removal, "STEP_S", 0.0)
        ids = shelf.add(**{f"n{number}": FERRY for number in range(5)})
        told: list[Removing] = []
        receipt = shelf.library.remove(ids, on_progress=told.append)
        assert (len(receipt.names), receipt.left) == (5, 0)
        assert sorted({one.done for one in told if one.name}) == [0, 1, 2, 3, 4]
        assert told[-1] == Removing(5, 5, is_forgetting=True)
        assert {one.of for one in told} == {5}

    def test_a_removal_is_stopped_between_documents(
        self, shelf: Shelf, watched: Collection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(removal, "TELL_EVERY_S", 0.0)
        monkeypatch.setattr(removal, "STEP_S", 0.0)
        shelf.embedder = FakeEmbedder()
        shelf.library.read_again([one.id for one in shelf.library.documents()])
        shelf.work()
        home, stop = attached(shelf, "two.txt"), Stop()
        ids = [id_of(shelf, name) for name in ("one.txt", "two.txt", "three.txt")]

        def tell(told: Removing) -> None:
            if told.done == 1:
                stop.set()

        receipt = shelf.library.remove(ids, on_progress=tell, stop=stop)
        assert (len(receipt.names), receipt.left) == (1, 2)
        shelf.look()
        left = shelf.library.documents(watched.id)
        assert len(left) == receipt.left
        assert {(one.status, one.embedded, one.chunks) for one in left} == {("read", 1, 1)}
        assert set(shelf.names("ferry")) == {one.name for one in left}
        assert {one.name for one in shelf.library.ignored(watched.id)} == set(receipt.names)
        assert shelf.library.scope_of(home).document_ids == (id_of(shelf, "two.txt"),)

    def test_a_collection_whose_removal_is_stopped_stays_with_the_rest(
        self, shelf: Shelf, watched: Collection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(removal, "STEP_S", 0.0)
        stop = Stop()

        def tell(told: Removing) -> None:
            if told.done == 1:
                stop.set()

        monkeypatch.setattr(removal, "TELL_EVERY_S", 0.0)
        receipt = shelf.library.remove_collection(watched.id, on_progress=tell, stop=stop)
        assert (len(receipt.names), receipt.left) == (1, 2)
        shelf.look()
        assert len(names(shelf, watched.id)) == 2
        assert shelf.library.remove_collection(watched.id).left == 0
        assert shelf.library.collections() == ()

    def test_a_removed_collection_is_gone_after_a_crash(
        self, shelf: Shelf, watched: Collection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mine = shelf.library.add_files([shelf.files / "watched" / "two.txt"])
        monkeypatch.setattr(removal, "STEP_S", 0.0)
        monkeypatch.setattr(removal, "TELL_EVERY_S", 0.0)

        def crash(told: Removing) -> None:
            if told.done == 1:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            shelf.library.remove_collection(watched.id, on_progress=crash)
        shelf.close()
        shelf.open()
        shelf.look()
        assert shelf.library.collections() == ()
        assert [(one.id, one.collection_id) for one in shelf.library.documents()] == [(mine[0].id, "")]
        assert shelf.names("ferry") == ["two.txt"]

    def test_a_removal_that_a_crash_cut_off_is_ended_at_the_next_start(self, shelf: Shelf) -> None:
        ids = shelf.add(a=FERRY, b=FERRY)
        shelf.close()
        shelf.open()
        shelf.library._store._hide([ids[0]], is_left_out=True)
        assert shelf.names("ferry") == ["b.txt"]
        shelf.work()
        assert names(shelf) == ["b.txt"]
        assert shelf.database.read(lambda c: c.execute("SELECT count(*) FROM chunks").fetchone()) == (1,)
