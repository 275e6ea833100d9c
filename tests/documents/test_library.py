"""Documents through their own API, on a real encrypted profile."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.chat.store import ChatStore
from app.chat.tree import Draft
from app.documents.embedding.fake import FAKE_MODEL, FakeEmbedder
from app.documents.faults import DocumentFault
from app.documents.index import keyword
from app.documents.index.counts import Counts
from app.documents.parts import Span
from app.documents.records import Scope
from app.documents.store.words import ALL
from app.engine.names import TEMPORARY
from app.errors import StorageFault
from tests.documents import plainly
from tests.documents.plainly import Shelf

FERRY = "The ferry leaves at nine.\n\nTickets are sold on board."
HOUSE = (
    "# Rent\n\nThe rent is due on the third.\n\n# Repairs\n\nSmall repairs are paid by the tenant.\fPets are allowed."
)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    yield from plainly.shelf(tmp_path)


def conversation(shelf: Shelf) -> str:
    chats = ChatStore(shelf.database)
    return chats.begin_turn(None, "Question", parent_id=None, model="", title="", now=1.0)[0].conversation_id


def given(shelf: Shelf, **texts: str) -> tuple[str, ...]:
    """As `Shelf.add`, but to a chat."""
    paths = [shelf.write(f"{name}.txt", text) for name, text in texts.items()]
    added = shelf.library.add_files(paths, is_for_chat=True)
    shelf.work()
    return tuple(document.id for document in added)


class TestAdding:
    def test_an_added_file_waits_and_is_then_read(self, shelf: Shelf) -> None:
        path = shelf.write("house.txt", HOUSE)
        (waiting,) = shelf.library.add_files([path])
        assert (waiting.status, waiting.name, waiting.path) == ("waiting", "house.txt", str(path))
        shelf.work()
        (read,) = shelf.library.documents(ids=[waiting.id])
        assert (read.status, read.parts, read.chunks, read.title) == ("read", 2, 3, "Rent")
        assert (read.characters, read.kind, read.part_name) == (len(HOUSE), "text", "page")
        assert len(read.sha256) == 64

    def test_the_same_file_is_not_added_twice(self, shelf: Shelf) -> None:
        path = shelf.write("a.txt", FERRY)
        first = shelf.library.add_files([path, path])
        again = shelf.library.add_files([path])
        shelf.work()
        assert [one.id for one in first] == [one.id for one in again]
        assert shelf.reader.read_names == ["a.txt"]
        assert len(shelf.library.documents()) == 1

    def test_a_file_that_changed_is_read_again_when_it_is_added_again(self, shelf: Shelf) -> None:
        (own,) = shelf.add(a=FERRY)
        path = shelf.write("a.txt", "The bus leaves at ten past eleven.")
        assert [one.id for one in shelf.library.add_files([path])] == [own]
        shelf.work()
        assert shelf.names("bus") == ["a.txt"]
        assert shelf.names("ferry") == []

    def test_folders_among_the_files_are_gone_through(self, shelf: Shelf) -> None:
        shelf.write("in/deep/a.txt", FERRY)
        shelf.write("in/.hidden/b.txt", FERRY)
        shelf.write("in/picture.raw", "no document")
        assert [one.name for one in shelf.library.add_files([shelf.files / "in"])] == ["a.txt"]

    def test_one_failing_file_says_why_and_does_not_stop_the_rest(self, shelf: Shelf) -> None:
        shelf.add(a=FERRY, b="FAIL", c=HOUSE)
        by_name = {one.name: one for one in shelf.library.documents()}
        assert [by_name[name].status for name in ("a.txt", "b.txt", "c.txt")] == ["read", "failed", "read"]
        assert "damaged" in by_name["b.txt"].fault
        assert by_name["b.txt"].next_step

    def test_a_file_that_fails_when_it_is_read_again_counts_no_more(self, shelf: Shelf) -> None:
        kept, own = shelf.add(kept=FERRY, own=HOUSE)
        shelf.add(own="FAIL")
        (failed,) = shelf.library.documents(ids=[own])
        assert (failed.status, failed.parts, failed.characters, failed.chunks) == ("failed", 0, 0, 0)
        size = shelf.library.size_of(Scope((kept, own)))
        assert (size.parts, size.characters) == (1, len(FERRY))

    def test_a_file_that_cannot_even_be_opened_again_counts_no_more(self, shelf: Shelf) -> None:
        (own,) = shelf.add(own=HOUSE)
        (shelf.files / "own.txt").unlink()
        (shelf.files / "own.txt").mkdir()
        shelf.library.read_again([own])
        shelf.work()
        (failed,) = shelf.library.documents(ids=[own])
        assert (failed.status, failed.parts, failed.characters, failed.chunks) == ("failed", 0, 0, 0)
        assert shelf.library.size_of(Scope((own,))).parts == 0

    def test_a_mistake_of_ours_fails_one_file_only(
        self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr("tests.documents.plainly.About", None)
        shelf.add(a=FERRY)
        assert shelf.library.documents()[0].status == "failed"
        assert "reading a document failed" in caplog.text
        monkeypatch.undo()
        shelf.library.read_again([shelf.library.documents()[0].id])
        shelf.work()
        assert shelf.library.documents()[0].status == "read"

    def test_a_file_that_is_gone_when_its_turn_comes_is_missing(self, shelf: Shelf) -> None:
        path = shelf.write("a.txt", FERRY)
        shelf.library.add_files([path])
        path.unlink()
        shelf.work()
        (document,) = shelf.library.documents()
        assert document.status == "missing"
        assert document.fault

    def test_a_document_that_failed_is_read_when_its_file_is_right(self, shelf: Shelf) -> None:
        (own,) = shelf.add(a="FAIL")
        shelf.write("a.txt", FERRY)
        shelf.library.read_again([own])
        shelf.work()
        (document,) = shelf.library.documents()
        assert (document.status, document.fault) == ("read", "")


class TestOriginals:
    def test_an_original_kept_inside_outlives_its_file(self, shelf: Shelf) -> None:
        path = shelf.write("a.txt", HOUSE)
        (added,) = shelf.library.add_files([path], keeping="inside")
        shelf.work()
        path.unlink()
        source = shelf.library.source(added.id)
        assert b"".join(source.pieces()) == HOUSE.encode()
        assert (source.name, source.size_bytes) == ("a.txt", len(HOUSE))
        shelf.library.read_again([added.id])
        shelf.work()
        assert shelf.library.documents()[0].status == "read"
        assert shelf.names("repairs") == ["a.txt"]

    def test_a_file_that_is_gone_or_changed_is_not_shown_as_what_was_read(self, shelf: Shelf) -> None:
        (own,) = shelf.add(a=FERRY)
        assert b"".join(shelf.library.source(own).pieces()) == FERRY.encode()
        path = shelf.write("a.txt", FERRY + "!")
        with pytest.raises(DocumentFault, match="changed"):
            shelf.library.source(own)
        path.unlink()
        with pytest.raises(DocumentFault):
            shelf.library.source(own)
        assert shelf.library.part(own, 0).text == FERRY, "its words are there"

    def test_parts_come_in_order_and_one_by_one(self, shelf: Shelf) -> None:
        (own,) = shelf.add(house=HOUSE)
        assert [part.text for part in shelf.library.parts_of(own)] == HOUSE.split("\f")
        assert shelf.library.part(own, 1).label == "2"
        with pytest.raises(DocumentFault):
            shelf.library.part(own, 2)
        with pytest.raises(StorageFault):
            shelf.library.part("nobody", 0)


class TestSearching:
    def test_a_passage_knows_where_it_stands(self, shelf: Shelf) -> None:
        (own,) = shelf.add(house=HOUSE, ferry=FERRY)[:1]
        passage = shelf.library.search("Who pays for repairs?")[0]
        assert (passage.document_id, passage.document_name) == (own, "house.txt")
        assert (passage.part_label, passage.heading) == ("1", "Repairs")
        assert passage.text == "Small repairs are paid by the tenant."
        start = HOUSE.index(passage.text)
        assert passage.span == Span(0, start, 0, start + len(passage.text))
        assert passage.ranks == (1, 0)

    def test_the_name_the_title_and_the_headings_lead_to_a_chunk(self, shelf: Shelf) -> None:
        shelf.add(lease=HOUSE, other=FERRY)
        assert set(shelf.names("lease")) == {"lease.txt"}
        assert shelf.library.search("repairs")[0].heading == "Repairs"

    def test_the_title_leads_to_every_chunk_of_a_file_of_many_batches(self, shelf: Shelf) -> None:
        pages = [f"Page {number}. " + f"word{number} " * 3_000 for number in range(40)]
        shelf.add(a="TITLE Lighthouses\n\n" + "\f".join(pages), b=FERRY)
        found = shelf.library.search("lighthouses", limit=100)
        assert {passage.part_label for passage in found} == {str(number) for number in range(1, 41)}

    def test_the_scope_says_what_is_asked(self, shelf: Shelf) -> None:
        one, two = shelf.add(one="The ferry is white.", two="The ferry is blue.")
        collection = shelf.library.add_collection("Ships")
        shelf.library.add_files([shelf.write("three.txt", "The ferry is green.")], collection_id=collection.id)
        shelf.work()
        assert set(shelf.names("ferry")) == {"one.txt", "two.txt", "three.txt"}
        assert shelf.names("ferry", scope=Scope((two,))) == ["two.txt"]
        assert set(shelf.names("ferry", scope=Scope((one, two)))) == {"one.txt", "two.txt"}
        assert shelf.names("ferry", scope=Scope((), (collection.id,))) == ["three.txt"]
        assert set(shelf.names("ferry", scope=Scope((one,), (collection.id,)))) == {"one.txt", "three.txt"}
        assert shelf.names("ferry", scope=Scope()) == []
        assert shelf.names("ferry", scope=Scope(("nobody",))) == []

    def test_one_ranking_over_all_documents(self, shelf: Shelf) -> None:
        ships = ("brig", "cutter", "dhow", "galleon", "yawl")
        shelf.add(**{ship: f"The {ship} waits for a pilot off the {ship}'s harbour." for ship in ships}, off="Nothing.")
        found = shelf.library.search("pilot", limit=3)
        assert len(found) == 3
        assert [passage.score for passage in found] == sorted((passage.score for passage in found), reverse=True)
        assert sorted(shelf.names("pilot", limit=99)) == [f"{ship}.txt" for ship in ships]

    def test_neighbours_are_one_passage(self, shelf: Shelf) -> None:
        shelf.add(a="The anchor is heavy.\n\nThe anchor is old.\n\nNothing here.\n\nAn anchor again.")
        texts = [passage.text for passage in shelf.library.search("anchor")]
        assert sorted(texts) == ["An anchor again.", "The anchor is heavy.\n\nThe anchor is old."]

    def test_repetitions_are_shown_once(self, shelf: Shelf) -> None:
        letter = "The tenant pays the rent on the third day of each month to the account named below. "
        shelf.add(a=letter, copy=letter, other=letter.replace("tenant pays the rent", "owner sends a bill by letter"))
        assert len(shelf.library.search("account month")) == 2

    @pytest.mark.parametrize(
        ("text", "query"),
        [
            ("第五条 本契約は解除できる。", "契約の解除"),
            ("Die Kündigung des Mietvertrags ist möglich.", "kundigung"),
            ("Die Kündigung des Mietvertrags ist möglich.", "KÜNDIGUNG"),
            ("Der Mietvertrag endet am Freitag.", "Mietvertragsende"),
            ("Die Miete des Jahres", "Wie hoch ist die Miete?"),
            ("Der Mietvertrag endet.", "Miete"),
            ("Le congé est donné à temps.", "conge"),
            ("She pays the in\u00adsur\u00adance.", "insurance"),
            ("She pays the insur-\nance now.", "insurance"),
            ("The of\ufb01ce is closed.", "office"),
            ("Договор аренды", "договор"),
            ("สัญญาเช่าบ้าน", "เช่า"),
            ("It is running.", "run"),
        ],
    )
    def test_words_are_found_as_people_write_them(self, shelf: Shelf, text: str, query: str) -> None:
        shelf.add(a=text, b="Something else altogether, 別の話。")
        assert shelf.names(query)[:1] == ["a.txt"]

    @pytest.mark.parametrize(
        "query",
        ['"', '""', "AND", "NOT ferry", "ferry NEAR/3 nine", 'said:"x', "ferry*", "(", "ferry) OR (", "-", "^", "\0",
         "' OR 1=1 --", "💥", "{}", "a" * 100_000, '"ferry leaves" "nine', "\ud800"],
    )  # fmt: skip # read by columns
    def test_operators_and_quotes_of_a_query_are_harmless(self, shelf: Shelf, query: str) -> None:
        shelf.add(a=FERRY)
        assert set(shelf.names(query)) <= {"a.txt"}

    def test_a_query_of_stop_words_alone_is_searched_as_it_is(self, shelf: Shelf) -> None:
        shelf.add(a="The Who were a band.", b="Music")
        assert shelf.names("the who") == ["a.txt"]

    def test_of_common_words_only_the_rarest_are_ranked(self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(keyword, "MOST_MATCHES", 5)
        ids = shelf.add(**{f"d{n}": f"The harbour has ship{n}." for n in range(9)})
        terms = keyword.terms_of("harbour ship4")
        (chosen,) = shelf.database.read(lambda c: keyword.choose(c, terms, ALL, Counts()))
        assert chosen.tokens == ("ship4",)
        assert shelf.names("harbour ship4") == ["d4.txt"]
        assert len(shelf.names("harbour")) == 9, "where there is no rarer one, a common one serves"
        assert shelf.names("harbour ship4") == ["d4.txt"]
        shelf.library.remove(ids[5:])
        shelf.library.remove(ids[:2])
        assert shelf.names("harbour ship4")[0] == "d4.txt"
        assert len(shelf.names("harbour ship4")) == 3, "what is rare now is counted anew"

    def test_an_empty_index_finds_nothing(self, shelf: Shelf) -> None:
        shelf.embedder = FakeEmbedder()
        assert shelf.library.search("ferry") == ()
        assert shelf.library.search("  ") == ()
        assert shelf.library.search("ferry", Scope(("nobody",))) == ()


class TestMeaning:
    def test_every_chunk_gets_a_vector_and_is_found_by_it(self, shelf: Shelf) -> None:
        shelf.embedder = FakeEmbedder()
        own, *_rest = shelf.add(house=HOUSE, ferry=FERRY)
        (document,) = shelf.library.documents(ids=[own])
        assert (document.chunks, document.embedded) == (3, 3)
        passage = shelf.library.search("Small repairs are paid by the tenant")[0]
        assert passage.ranks == (1, 1)
        assert shelf.library.progress().chunks_left == 0

    def test_the_scope_holds_for_meaning_too(self, shelf: Shelf) -> None:
        shelf.embedder = FakeEmbedder()
        one, two = shelf.add(one="ferry blue", two="ferry green")
        assert shelf.names("ferry", scope=Scope((two,))) == ["two.txt"]
        assert shelf.names("ferry", scope=Scope((one,))) == ["one.txt"]

    def test_words_alone_serve_while_there_are_no_vectors(self, shelf: Shelf) -> None:
        shelf.add(ferry=FERRY)
        shelf.embedder = FakeEmbedder()
        assert shelf.names("ferry") == ["ferry.txt"]

    def test_a_dead_engine_leaves_the_search_by_words(self, shelf: Shelf) -> None:
        shelf.embedder = FakeEmbedder()
        shelf.add(ferry=FERRY)
        shelf.embedder = FakeEmbedder(deaths=99)
        assert shelf.names("ferry") == ["ferry.txt"]

    def test_vectors_of_an_older_model_serve_while_new_ones_are_made(self, shelf: Shelf) -> None:
        older = shelf.embedder = FakeEmbedder()
        shelf.add(ferry=FERRY, house=HOUSE)
        shelf.library.pause("person")
        newer = FakeEmbedder(dataclasses.replace(FAKE_MODEL, id="newer-000000000000", dims=32))
        shelf.embedder, shelf.older = newer, older
        asked = len(older.calls)
        assert shelf.library.search("ferry nine leaves")[0].ranks == (1, 1)
        assert len(older.calls) == asked + 1
        assert shelf.library.documents()[0].embedded == 0, "of the new model"
        shelf.library.resume("person")
        shelf.work()
        assert {document.embedded for document in shelf.library.documents()} == {2, 3}
        assert shelf.library.search("ferry nine leaves")[0].ranks == (1, 1)
        assert len(older.calls) == asked + 1, "no longer asked"
        models = shelf.database.read(lambda c: c.execute("SELECT DISTINCT model FROM vectors").fetchall())
        assert models == [(newer.model.id,)]

    def test_vectors_follow_what_is_added_changed_and_deleted(self, shelf: Shelf) -> None:
        shelf.embedder = FakeEmbedder()
        one, _two = shelf.add(one="ferry blue sky", two="ferry green grass")
        assert shelf.library.search("green grass")[0].ranks == (1, 1)
        shelf.add(three="ferry red rose")
        assert shelf.library.search("red rose")[0].ranks == (1, 1)
        shelf.library.remove([one])
        assert "one.txt" not in shelf.names("blue sky ferry")
        shelf.library.add_files([shelf.write("two.txt", "ferry yellow sun")])
        shelf.work()
        assert shelf.library.search("yellow sun")[0].ranks == (1, 1)
        assert shelf.library.search("green grass")[0].ranks[0] == 0, "by words it is gone"


class TestChats:
    def test_a_chat_asks_what_was_attached_to_it(self, shelf: Shelf) -> None:
        one, two = shelf.add(one=FERRY, two=HOUSE)
        collection = shelf.library.add_collection("Papers")
        home = conversation(shelf)
        shelf.library.attach(home, Scope((one, two), (collection.id,)))
        shelf.library.attach(home, Scope((one,)))
        assert shelf.library.scope_of(home) == Scope((one, two), (collection.id,))
        shelf.library.detach(home, Scope((one,)))
        assert shelf.library.scope_of(home) == Scope((two,), (collection.id,))
        shelf.library.remove([two])
        shelf.library.remove_collection(collection.id)
        assert shelf.library.scope_of(home) == Scope()

    def test_a_purged_chat_is_forgotten(self, shelf: Shelf) -> None:
        (one,) = shelf.add(one=FERRY)
        home = conversation(shelf)
        shelf.library.attach(home, Scope((one,)))
        chats = ChatStore(shelf.database)
        chats.to_bin([home], 1.0)
        chats.purge()
        assert shelf.library.scope_of(home) == Scope()
        assert len(shelf.library.documents()) == 1

    def test_what_is_gone_cannot_be_attached(self, shelf: Shelf) -> None:
        (one,) = shelf.add(one=FERRY)
        with pytest.raises(StorageFault):
            shelf.library.attach("nobody", Scope((one,)))
        with pytest.raises(StorageFault):
            shelf.library.attach(conversation(shelf), Scope(("nobody",)))

    def test_files_that_only_a_temporary_chat_asked_go_with_it(self, shelf: Shelf) -> None:
        mine, asked, drafted, other = given(shelf, mine=FERRY, asked=HOUSE, drafted="A bus.", other="A tram.")
        collection = shelf.library.add_collection("Papers")
        (shelved,) = shelf.library.add_files([shelf.write("shelved.txt", HOUSE)], collection_id=collection.id)
        shelf.library.attach(f"{TEMPORARY}a", Scope((mine, asked, drafted, other, shelved.id), (collection.id,)))
        shelf.library.attach(f"{TEMPORARY}b", Scope((other,)))
        shelf.library.attach(conversation(shelf), Scope((asked,)))
        ChatStore(shelf.database).save_draft(None, Draft("Hm", scope=Scope((drafted,)))).result()
        shelf.library.forget_conversation(f"{TEMPORARY}a")
        assert {one.name for one in shelf.library.documents()} == {
            "asked.txt",
            "drafted.txt",
            "other.txt",
            "shelved.txt",
        }
        assert shelf.names("ferry") == []
        assert shelf.library.scope_of(f"{TEMPORARY}a") == Scope()
        shelf.library.forget_conversation()
        assert "other.txt" not in {one.name for one in shelf.library.documents()}
        assert len(shelf.library.collections()) == 1

    def test_files_that_were_here_before_stay_when_a_temporary_chat_ends(self, shelf: Shelf) -> None:
        (mine,) = shelf.add(mine=FERRY)
        shelf.close()
        shelf.open()
        shelf.library.attach(f"{TEMPORARY}a", Scope((mine,)))
        shelf.library.forget_conversation()
        assert [one.id for one in shelf.library.documents()] == [mine]

    def test_files_of_temporary_chats_go_at_the_latest_with_the_program(self, shelf: Shelf) -> None:
        (mine,) = given(shelf, mine=FERRY)
        shelf.library.attach(f"{TEMPORARY}a", Scope((mine,)))
        shelf.close()
        shelf.open()
        assert shelf.library.documents() == ()

    def test_a_file_that_a_temporary_chat_asks_no_more_goes_with_it_all_the_same(self, shelf: Shelf) -> None:
        (mine,) = given(shelf, mine=FERRY)
        shelf.library.attach(f"{TEMPORARY}a", Scope((mine,)))
        shelf.library.detach(f"{TEMPORARY}a", Scope((mine,)))
        shelf.library.forget_conversation(f"{TEMPORARY}a")
        assert shelf.library.documents() == ()

    def test_of_a_temporary_chat_nothing_is_written(self, shelf: Shelf) -> None:
        one, two = shelf.add(one=FERRY, two=HOUSE)
        shelf.library.attach("temporary/x", Scope((one, two)))
        shelf.library.detach("temporary/x", Scope((one,)))
        assert shelf.library.scope_of("temporary/x") == Scope((two,))
        assert shelf.database.read(lambda c: c.execute("SELECT count(*) FROM chat_sources").fetchone()) == (0,)

    def test_the_size_of_a_scope_is_what_there_is_to_read(self, shelf: Shelf) -> None:
        (own,) = shelf.add(house=HOUSE, ferry=FERRY)[:1]
        size = shelf.library.size_of(Scope((own,)))
        assert (size.documents, size.parts, size.characters) == (1, 2, len(HOUSE))
        assert 10 < size.tokens < 40
        assert shelf.library.size_of(Scope()).documents == 0


class TestCollections:
    def test_collections_are_made_named_and_counted(self, shelf: Shelf) -> None:
        made = shelf.library.add_collection("Papers")
        shelf.library.add_files([shelf.write("a.txt", HOUSE)], collection_id=made.id)
        shelf.work()
        shelf.library.rename_collection(made.id, "Leases")
        (found,) = shelf.library.collections()
        assert (found.name, found.documents, found.parts) == ("Leases", 1, 2)
        assert [one.name for one in shelf.library.documents(made.id)] == ["a.txt"]
        assert shelf.library.documents("") == ()

    def test_a_collection_that_is_gone_is_said_to_be(self, shelf: Shelf) -> None:
        with pytest.raises(StorageFault):
            shelf.library.collection("nobody")

    def test_a_folder_must_be_there(self, shelf: Shelf) -> None:
        with pytest.raises(DocumentFault):
            shelf.library.add_collection("Papers", shelf.files / "nowhere")
