"""Documents removed for good, with what chats and the engine kept of them, on a real encrypted profile."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from app.chat.store import ChatStore
from app.core import MIGRATIONS
from app.documents.grounds import Grounds
from app.documents.records import Receipt
from app.journeys.erasing import erase
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
    assert desk.forgotten == [home]


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
    assert desk.forgotten == []


def test_a_temporary_chat_forgets_it_as_well(desk: Desk) -> None:
    (ferry,) = desk.shelf.add(ferry=FERRY)
    home, answer = desk.answer(desk.temporary, "ferry", "At nine.")
    receipt = desk.erase(ferry)
    assert receipt.quoting == (answer,)
    assert desk.forgotten == [home]
    (message,) = desk.temporary.messages([answer])
    assert "harbour" not in repr(message.grounds)
