"""The list of chats, and the bin."""

from __future__ import annotations

from app.chat.manner import Manner
from app.chat.store import ChatStore
from app.chat.tree import Conversation, Folder

from .conftest import talk


def one(store: ChatStore, conversation_id: str) -> Conversation:
    found = store.conversation(conversation_id)
    assert found is not None
    return found


def test_what_is_done_to_several_is_undone_by_the_opposite_call(store: ChatStore) -> None:
    ids = [talk(store, f"Question {n}", "Answer")[0].conversation_id for n in range(3)]
    store.save_folder(Folder("f", "Work"))
    before = store.conversations()
    store.pin(ids[:2], True)
    store.archive(ids[1:], True)
    store.move(ids, "f")
    assert [(c.is_pinned, c.is_archived, c.folder_id) for c in (one(store, own) for own in ids)] == [
        (True, False, "f"),
        (True, True, "f"),
        (False, True, "f"),
    ]
    store.pin(ids[:2], False)
    store.archive(ids[1:], False)
    store.move(ids, None)
    assert store.conversations() == before


def test_what_lies_in_the_bin_is_listed_there_alone_and_comes_back_as_it_was(store: ChatStore) -> None:
    first, second = (talk(store, text, "Yes.")[0].conversation_id for text in ("One?", "Two?"))
    before = store.conversations()
    store.to_bin([first], 5.0)
    store.to_bin([second, first], 6.0)
    assert store.conversations() == ()
    assert [(c.id, c.deleted_at) for c in store.binned()] == [(second, 6.0), (first, 5.0)], "the last deleted first"
    store.bring_back([first, second])
    assert store.binned() == ()
    assert store.conversations() == before


def test_a_title_of_the_model_never_replaces_the_persons_own(store: ChatStore) -> None:
    home = talk(store, "Why?", "So.")[0].conversation_id
    assert one(store, home).title_source == "question"
    store.set_title(home, "Reasons")
    assert (one(store, home).title, one(store, home).title_source) == ("Reasons", "model")
    store.rename(home, "Mine")
    store.set_title(home, "Reasons again")
    assert (one(store, home).title, one(store, home).title_source) == ("Mine", "person")


def test_a_chat_that_is_moved_to_a_folder_that_is_gone_is_in_none(store: ChatStore) -> None:
    home = talk(store, "Why?", "So.")[0].conversation_id
    store.move([home], "gone")
    assert one(store, home).folder_id is None


def test_a_manner_is_kept_with_all_that_it_says_and_leaves_open(store: ChatStore) -> None:
    home = talk(store, "Why?", "So.")[0].conversation_id
    for manner in (
        Manner("", None, (), None),
        Manner("Be brief. 🦙", "built-in/editor", (("answer.temperature", 0.3), ("answer.top_k", 40.0)), "/m.gguf"),
        Manner(),
    ):
        store.set_manner(home, manner)
        assert one(store, home).manner == manner


def test_a_new_chat_begins_in_its_folder_with_its_manner(store: ChatStore) -> None:
    store.save_folder(Folder("f", "Work"))
    manner = Manner("Be brief.")
    begin = {"parent_id": None, "model": "", "title": "T", "now": 1.0}
    question, _answer = store.begin_turn(None, "Q", **begin, folder_id="f", manner=manner)  # type: ignore[arg-type]  # of several types
    assert (one(store, question.conversation_id).folder_id, one(store, question.conversation_id).manner) == (
        "f",
        manner,
    )
    question, _answer = store.begin_turn(None, "Q", **begin, folder_id="gone")  # type: ignore[arg-type]  # as above
    assert one(store, question.conversation_id).folder_id is None


def test_ids_of_new_chats_begin_as_the_room_wishes(store: ChatStore) -> None:
    room = ChatStore(store._database, id_prefix="temporary/")
    home = talk(room, "Why?", "So.")[0].conversation_id
    copy = room.duplicate(home, title="Copy")
    assert home.startswith("temporary/")
    assert copy.startswith("temporary/")
