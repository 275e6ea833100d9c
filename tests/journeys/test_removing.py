"""Many documents removed for good in steps, with what chats keep of them, on a real encrypted profile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.chat.store import ChatStore
from app.documents.grounds import Grounds
from app.documents.records import Removing, Scope
from app.engine.stop import Stop
from app.journeys import removing
from app.journeys.removing import Removal
from tests.documents import plainly
from tests.documents.plainly import Shelf
from tests.documents.test_removal import index_bytes

TEXTS = {f"n{number}": f"The ferry number{number} leaves." for number in range(4)}


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    yield from plainly.shelf(tmp_path)


@pytest.fixture
def chats(shelf: Shelf) -> ChatStore:
    return ChatStore(shelf.database)


@pytest.fixture
def removal(shelf: Shelf, chats: ChatStore, monkeypatch: pytest.MonkeyPatch) -> Removal:
    """One document a step, and all of it told."""
    monkeypatch.setattr(removing, "AT_ONCE", 1)
    monkeypatch.setattr(removing, "_TELL_EVERY_S", 0.0)
    return Removal(shelf.library, (chats,), forget=lambda _conversation: None)


def answer(shelf: Shelf, chats: ChatStore, query: str) -> tuple[str, str]:
    """An answer from what is found for it: the ids of its chat and of itself."""
    passages = shelf.library.search(query, limit=1)
    question, given = chats.begin_turn(None, query, parent_id=None, model="", title=query, now=1.0)
    ids = tuple(passage.document_id for passage in passages)
    chats.ground(given.id, Grounds("passages", query, passages, passages[0].text, 1, 1, ids))
    chats.finish(given.id, "At nine.", "done", model="m", note="", stats=None)
    return question.conversation_id, given.id


def grounds_text(chats: ChatStore, message_id: str) -> str:
    (message,) = chats.messages([message_id])
    return "" if message.grounds is None else message.grounds.text


def test_all_of_them_go_and_how_far_it_is_is_told(shelf: Shelf, chats: ChatStore, removal: Removal) -> None:
    ids = shelf.add(**TEXTS)
    _home, given = answer(shelf, chats, "number2")
    told: list[Removing] = []
    receipt = removal.remove(ids, with_answers=False, on_progress=told.append)
    assert sorted(receipt.names) == [f"{name}.txt" for name in TEXTS]
    assert (receipt.left, receipt.chunks, receipt.quoting) == (0, 4, (given,))
    assert [one.done for one in told] == [0, 1, 2, 3, 4]
    assert told[-1].is_forgetting
    assert grounds_text(chats, given) == ""
    assert b"erri" not in index_bytes(shelf.database)
    assert shelf.library.documents() == ()


def test_what_it_was_stopped_before_is_as_it_was_everywhere(shelf: Shelf, chats: ChatStore, removal: Removal) -> None:
    ids = shelf.add(**TEXTS)
    answers = [answer(shelf, chats, f"number{number}")[1] for number in range(4)]
    stop = Stop()

    def tell(told: Removing) -> None:
        if told.done == 1:
            stop.set()

    receipt = removal.remove(ids, with_answers=True, on_progress=tell, stop=stop)
    assert receipt.left == 3
    assert {one.name for one in shelf.library.documents()} == {"n1.txt", "n2.txt", "n3.txt"}
    assert receipt.quoting == (answers[0],)
    assert [grounds_text(chats, one) for one in answers[1:]] == [TEXTS["n1"], TEXTS["n2"], TEXTS["n3"]]
    assert chats.messages(answers[:1]) == ()


def test_a_collection_goes_with_its_documents_and_leaves_chats_theirs(
    shelf: Shelf, chats: ChatStore, removal: Removal
) -> None:
    for name, text in TEXTS.items():
        shelf.write(f"in/{name}.txt", text)
    made = shelf.library.add_collection("In", shelf.files / "in")
    shelf.work()
    home, given = answer(shelf, chats, "number2")
    (own,) = [one.id for one in shelf.library.documents() if one.name == "n2.txt"]
    shelf.library.attach(home, Scope((own,)))
    receipt = removal.remove_collection(made.id, with_answers=True)
    assert (len(receipt.names), receipt.staying, receipt.quoting) == (3, ("n2.txt",), ())
    assert grounds_text(chats, given) == TEXTS["n2"]
    assert shelf.library.collections() == ()
    assert [one.id for one in shelf.library.documents()] == [own]


def test_what_is_taken_out_of_a_collection_stays_where_a_chat_has_it(
    shelf: Shelf, chats: ChatStore, removal: Removal
) -> None:
    for name, text in TEXTS.items():
        shelf.write(f"in/{name}.txt", text)
    made = shelf.library.add_collection("In", shelf.files / "in")
    shelf.work()
    home, _given = answer(shelf, chats, "number2")
    two, three = (one.id for one in shelf.library.documents() if one.name in ("n2.txt", "n3.txt"))
    shelf.library.attach(home, Scope((two,)))
    receipt = removal.take_out([two, three], with_answers=False)
    assert (receipt.names, receipt.staying) == (("n3.txt",), ("n2.txt",))
    shelf.look()
    assert [one.name for one in shelf.library.documents(made.id)] == ["n0.txt", "n1.txt"]


def test_a_large_document_is_a_step_of_its_own(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removing, "CHUNKS_AT_ONCE", 3)
    ids = shelf.add(a="One.\n\nTwo.", b="One.\n\nTwo.\n\nThree.\n\nFour.", c="One.", d="One.\n\nTwo.")
    known = {one.id: one for one in shelf.library.documents()}
    a, b, c, d = ids
    assert list(removing._steps([a, b, c, d, "nobody"], known)) == [[a], [b], [c, d, "nobody"]]
