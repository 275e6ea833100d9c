"""Documents removed for good, with what chats and the engine kept of them, on a real encrypted profile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from app.chat.quoting import Words
from app.chat.store import ChatStore
from app.chat.tree import Attachment, Draft, Edit, Queued
from app.core import MIGRATIONS
from app.documents.grounds import Citation, Cited, Grounds
from app.documents.records import Receipt, Scope
from app.journeys.erasing import OF_NO_CHAT, erase
from app.storage.cipher import Connection
from app.storage.database import Database
from tests.documents import plainly
from tests.documents.plainly import Shelf

FERRY, RENT = "The ferry leaves at nine from the old harbour.", "The rent is due on the third of each month."


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    yield from plainly.shelf(tmp_path)


@pytest.fixture
def temporary() -> Iterator[ChatStore]:
    database = Database.in_memory(migrations=MIGRATIONS)
    yield ChatStore(database)
    database.close()


class Desk:
    """Chats that were answered from a shelf's documents. `forgotten` is what the engine was told to forget."""

    def __init__(self, shelf: Shelf, temporary: ChatStore) -> None:
        self.shelf = shelf
        self.chats = ChatStore(shelf.database)
        self.temporary = temporary
        self.forgotten: list[str] = []

    def answer(self, chats: ChatStore, query: str, words: str) -> tuple[str, str]:
        """A question answered from what is found for it. The ids of the chat and of the answer."""
        passages = self.shelf.library.search(query)
        ids = tuple(dict.fromkeys(passage.document_id for passage in passages))
        text = "\n".join(passage.text for passage in passages)
        question, answer = chats.begin_turn(None, query, parent_id=None, model="", title=query, now=1.0)
        chats.ground(answer.id, Grounds("passages", query, passages, text, 1, 1, ids))
        chats.finish(answer.id, words, "done", model="m", note="", stats=None)
        return question.conversation_id, answer.id

    def erase(self, *ids: str, with_answers: bool = False) -> Receipt:
        return erase(
            ids,
            partial(self.shelf.library.remove, ids),
            with_answers=with_answers,
            stores=(self.chats, self.temporary),
            forget=self.forgotten.append,
        )


@pytest.fixture
def desk(shelf: Shelf, temporary: ChatStore) -> Desk:
    return Desk(shelf, temporary)


def test_the_receipt_counts_what_went_and_names_the_answers_that_quoted_it(desk: Desk) -> None:
    ferry, _rent = desk.shelf.add(ferry=FERRY, rent=RENT)
    _home, answer = desk.answer(desk.chats, "ferry", "At nine.")
    receipt = desk.erase(ferry)
    assert (receipt.names, receipt.parts, receipt.chunks) == (("ferry.txt",), 1, 1)
    assert receipt.quoting == (answer,)
    assert [document.name for document in desk.shelf.library.documents()] == ["rent.txt"]


def test_an_answer_that_stays_keeps_its_words_and_loses_what_it_was_given_from(desk: Desk) -> None:
    (ferry,) = desk.shelf.add(ferry=FERRY)
    home, answer = desk.answer(desk.chats, "ferry", "At nine.")
    desk.erase(ferry)
    (message,) = desk.chats.messages([answer])
    assert message.text == "At nine."
    assert message.grounds is not None
    assert "harbour" not in repr(message.grounds)
    assert home in desk.forgotten
    assert set(OF_NO_CHAT) <= set(desk.forgotten), "notes on it, and what was read ahead for a new chat"


def test_answers_that_quote_it_go_with_it_when_that_is_wished(desk: Desk) -> None:
    (ferry,) = desk.shelf.add(ferry=FERRY)
    home, answer = desk.answer(desk.chats, "ferry", "At nine.")
    receipt = desk.erase(ferry, with_answers=True)
    assert receipt.quoting == (answer,)
    assert [one.role for one in desk.chats.tree(home).path()] == ["user"]
    assert desk.chats.search("nine") == ()
    assert home in desk.forgotten


def test_answers_from_other_documents_stay_as_they_are(desk: Desk) -> None:
    ferry, _rent = desk.shelf.add(ferry=FERRY, rent=RENT)
    _home, answer = desk.answer(desk.chats, "rent", "On the third.")
    receipt = desk.erase(ferry, with_answers=True)
    (message,) = desk.chats.messages([answer])
    assert receipt.quoting == ()
    assert message.grounds is not None
    assert "third" in message.grounds.text
    assert set(desk.forgotten) == set(OF_NO_CHAT)


def test_a_temporary_chat_forgets_it_as_well(desk: Desk) -> None:
    (ferry,) = desk.shelf.add(ferry=FERRY)
    home, answer = desk.answer(desk.temporary, "ferry", "At nine.")
    receipt = desk.erase(ferry)
    assert receipt.quoting == (answer,)
    assert home in desk.forgotten
    (message,) = desk.temporary.messages([answer])
    assert "harbour" not in repr(message.grounds)


CANARY = "The zebraquartz vault opens at midnight with seven copper keys."
SAID = f"As the paper says: {CANARY} [1] Is there anything else?"


def everywhere(shelf: Shelf, word: str) -> list[str]:
    """The tables of the profile in which a word still stands, decrypted, the full-text indexes' own lists included."""
    found = []

    def read(c: Connection) -> None:
        assert c.execute("PRAGMA secure_delete").fetchone() in ((1,), (2,)), "freed pages are written over"
        tables = c.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        for name, sql in tables:
            if "fts5" in (sql or "") and "vocab" not in sql:
                c.execute(f"CREATE VIRTUAL TABLE temp.listed USING fts5vocab('main', '{name}', 'row')")
                rows = c.execute("SELECT term FROM temp.listed").fetchall()
                c.execute("DROP TABLE temp.listed")
            else:
                rows = c.execute(f'SELECT * FROM "{name}"').fetchall()
            if any(word in _plain(value) for row in rows for value in row):
                found.append(str(name))

    shelf.database.write(read)
    return found


def _plain(value: object) -> str:
    return value.decode("latin-1").lower() if isinstance(value, bytes) else str(value).lower()


def quoted(desk: Desk, question: str, parent: str | None = None, home: str | None = None) -> tuple[str, str]:
    """An answer given from the vault's paper that quotes it, cited. The ids of its chat and of itself."""
    passages = desk.shelf.library.search("zebraquartz")
    ids = tuple(dict.fromkeys(passage.document_id for passage in passages))
    asked, answer = desk.chats.begin_turn(home, question, parent_id=parent, model="", title=question, now=1.0)
    text = "\n".join(passage.text for passage in passages)
    desk.chats.ground(answer.id, Grounds("passages", "zebraquartz opening hours", passages, text, 1, 1, ids))
    start = SAID.index(CANARY)
    span = passages[0].span
    desk.chats.cite(answer.id, Cited((Citation(start, start + len(CANARY), 1, 0, span),)))
    desk.chats.finish(answer.id, SAID, "done", model="m", note="", stats=None)
    return asked.conversation_id, answer.id


def test_with_its_answers_no_word_of_a_document_is_left_in_any_table(desk: Desk) -> None:
    (vault,) = desk.shelf.add(vault=CANARY)
    chats = desk.chats
    home, first = quoted(desk, "When does it open?")
    question = chats.messages([first])[0].parent_id
    assert question is not None
    older = chats.begin_answer(chats.messages([question])[0], model="", now=2.0)  # another version, without grounds
    chats.finish(older.id, f"It reads “{CANARY[:-1]}”, I think.", "done", model="m", note="", stats=None)
    own = chats.add_version(first, f"My own words: {CANARY}", now=3.0)
    _same, later = quoted(desk, "And who says so?", parent=first, home=home)
    hidden = chats.delete_messages([later])
    copy = chats.duplicate(home, title="Copy")
    side = chats.branch_off(home, first, title="Side")
    chats.set_title(home, "Zebraquartz vault hours")
    chats.save_edit(home, Edit(own.id, f"{CANARY} Changed.")).result()
    chats.save_edit(home, Edit(question, "When does it open at all?")).result()
    waiting = Queued(f"Note this. {CANARY}", (Attachment("", CANARY), Attachment("b", "Harmless words stay here.")))
    chats.save_draft(
        home, Draft(f"Mine stays. {CANARY} So does this.", (Attachment("a", CANARY),), (waiting,))
    ).result()
    binned, _answer = quoted(desk, "In the bin?")
    chats.to_bin([binned], 4.0)
    chats.index_missing(stop=lambda: False)
    assert {"messages", "grounds", "words", "drafts", "queued", "edits", "draft_attachments"} <= set(
        everywhere(desk.shelf, "zebraquartz")
    )

    desk.erase(vault, with_answers=True)

    assert everywhere(desk.shelf, "zebraquartz") == []
    assert {home, copy, side, binned} <= set(desk.forgotten)
    draft = chats.draft(home)
    assert (draft.text, draft.attachments) == ("Mine stays. So does this.", ())
    assert [(one.text, one.attachments) for one in draft.queued] == [
        ("Note this.", (Attachment("b", "Harmless words stay here."),))
    ]
    assert chats.edits(home) == (Edit(question, "When does it open at all?"),)
    assert [one.text for one in chats.messages([question])] == ["When does it open?"], "questions are the person's own"
    chats.bring_back_messages(hidden)
    assert everywhere(desk.shelf, "zebraquartz") == [], "an undo that is still offered brings back no word of it"


def test_an_answer_from_elsewhere_in_the_same_chat_stays(desk: Desk) -> None:
    (vault, _rent) = desk.shelf.add(vault=CANARY, rent=RENT)
    home, first = quoted(desk, "When does it open?")
    asked, answer = desk.chats.begin_turn(home, "And the rent?", parent_id=first, model="", title="", now=2.0)
    passages = desk.shelf.library.search("rent")
    desk.chats.ground(answer.id, Grounds("passages", "rent", passages, RENT, 1, 1, (passages[0].document_id, vault)))
    desk.chats.finish(answer.id, "On the third. Is there anything else?", "done", model="m", note="", stats=None)
    desk.erase(vault, with_answers=True)
    path = desk.chats.tree(home).path()
    assert [one.id for one in path][-2:] == [asked.id, answer.id]
    (kept,) = desk.chats.messages([answer.id])
    assert kept.grounds is not None
    assert kept.grounds.text == RENT


def test_an_answer_under_way_goes_as_well(desk: Desk) -> None:
    (vault,) = desk.shelf.add(vault=CANARY)

    def remove() -> Receipt:
        quoted(desk, "Asked meanwhile?")
        return desk.shelf.library.remove((vault,))

    erase((vault,), remove, with_answers=True, stores=(desk.chats,), forget=desk.forgotten.append)
    assert everywhere(desk.shelf, "zebraquartz") == []


def test_a_chat_that_only_asks_it_is_forgotten_by_the_engine_which_may_have_read_it_ahead(desk: Desk) -> None:
    (vault,) = desk.shelf.add(vault=CANARY)
    question, _answer = desk.chats.begin_turn(None, "Hello?", parent_id=None, model="", title="", now=1.0)
    desk.shelf.library.attach(question.conversation_id, Scope((vault,)))
    desk.erase(vault)
    assert question.conversation_id in desk.forgotten


def test_an_answer_that_found_nothing_takes_no_others_along_that_say_the_same(desk: Desk) -> None:
    (vault,) = desk.shelf.add(vault=CANARY)
    said = "This is not in your documents, as far as I can see."
    near = desk.shelf.library.search("zebraquartz")
    asked, lost = desk.chats.begin_turn(None, "Which horse?", parent_id=None, model="", title="", now=1.0)
    desk.chats.ground(lost.id, Grounds("nothing", "horse", (), "…", 0, 1, (vault,), near=near))
    desk.chats.finish(lost.id, said, "done", model="m", note="", stats=None)
    _other, kept = desk.chats.begin_turn(None, "And elsewhere?", parent_id=None, model="", title="", now=2.0)
    desk.chats.finish(kept.id, said, "done", model="m", note="", stats=None)
    desk.erase(vault, with_answers=True)
    assert [one.id for one in desk.chats.tree(asked.conversation_id).path()] == [asked.id]
    assert [one.text for one in desk.chats.messages([kept.id])] == [said]


def test_a_copy_that_came_from_a_file_goes_wherever_it_is(desk: Desk) -> None:
    (vault,) = desk.shelf.add(vault=CANARY)
    _home, answer = quoted(desk, "When does it open?")
    _asked, copy = desk.chats.begin_turn(None, "When does it open?", parent_id=None, model="", title="", now=2.0)
    desk.chats.finish(copy.id, SAID, "done", model="m", note="", stats=None)
    desk.erase(vault, with_answers=True)
    assert desk.chats.messages([answer, copy.id]) == ()
    assert everywhere(desk.shelf, "zebraquartz") == []


def comparing(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object]) -> list[str]:
    """In which threads texts are compared from now on; `meanwhile` happens once, as the first one is."""
    threads: list[str] = []
    compare = Words._is_repeated_in

    def seen(words: Words, text: str) -> bool:
        threads.append(threading.current_thread().name)
        if len(threads) == 1:
            meanwhile()
        return compare(words, text)

    monkeypatch.setattr(Words, "_is_repeated_in", seen)
    return threads


def test_chats_can_write_while_all_that_they_hold_is_compared(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (vault,) = desk.shelf.add(vault=CANARY)
    home, first = quoted(desk, "When does it open?")
    desk.chats.begin_turn(home, "And then?", parent_id=first, model="", title="", now=2.0)
    desk.chats.save_draft(home, Draft("A thought.", attachments=(Attachment("a", "Its own words. " * 9),))).result()
    threads = comparing(monkeypatch, lambda: None)
    desk.erase(vault, with_answers=True)
    assert len(threads) >= 3
    assert set(threads) == {threading.current_thread().name}, "none while the database's one writer waits for it"
    assert everywhere(desk.shelf, "zebraquartz") == []


def test_what_is_written_while_texts_are_compared_goes_as_well(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (vault,) = desk.shelf.add(vault=CANARY)
    home, first = quoted(desk, "When does it open?")

    def write() -> None:
        desk.chats.save_draft(home, Draft(f"Note this. {CANARY}")).result()
        _asked, later = desk.chats.begin_turn(home, "Again?", parent_id=first, model="", title="", now=2.0)
        desk.chats.finish(later.id, SAID, "done", model="m", note="", stats=None)

    comparing(monkeypatch, write)
    assert desk.chats.remove_answers([vault]) == (home,)
    desk.chats.forget_documents([vault])
    assert desk.chats.draft(home).text == "Note this."
    assert [one.role for one in desk.chats.tree(home).path()] == ["user", "user"]
