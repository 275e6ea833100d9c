"""Whole conversations going in and out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.chat.carried import Carried
from app.chat.manner import Manner
from app.chat.store import ChatStore
from app.chat.tree import Attachment, Conversation, Cut, Folder, Message, Stats
from app.errors import StorageFault

from .conftest import talk, texts


@pytest.fixture
def home(store: ChatStore) -> str:
    """Two versions of an answer, an attachment, a cut, a folder, a manner."""
    asked, answer = store.begin_turn(
        None, "One?", parent_id=None, model="m", title="T", now=1.0, attachments=[Attachment("a.txt", "attached")]
    )
    store.finish(answer.id, "1", "done", model="m", note="", stats=Stats(1, 2, 3, 0.5, 0.25))
    other = store.begin_answer(asked, model="n", now=2.0)
    store.finish(other.id, "I", "length", model="n", note="cut", stats=None)
    talk(store, "Two?", "2", home=asked.conversation_id, parent=other.id)
    store.cut(asked.conversation_id, Cut(other.id, "One."))
    store.save_folder(Folder("f", "Work"))
    store.move([asked.conversation_id], "f")
    store.set_manner(asked.conversation_id, Manner("Be brief."))
    return asked.conversation_id


def bare(carried: Carried) -> object:
    """Without ids and places in the table."""
    names: dict[str | None, int | None] = {message.id: place for place, message in enumerate(carried.messages)}
    messages = [
        (replace(message, number=0, id="", conversation_id="", parent_id=None), names.get(message.parent_id))
        for message in carried.messages
    ]
    cuts = [(names[cut.message_id], cut.summary) for cut in carried.cuts]
    return messages, cuts, names.get(carried.conversation.tip_id), carried.folder_name, carried.conversation.manner


def test_a_duplicate_has_everything_under_new_ids(store: ChatStore, home: str) -> None:
    before = store.carried(home)
    copy = store.carried(store.duplicate(home, title="T (copy)"))
    assert bare(copy) == bare(before)
    assert copy.conversation.title == "T (copy)"
    assert copy.conversation.created_at == before.conversation.created_at, "the model is told the day of the first"
    assert not {message.id for message in copy.messages} & {message.id for message in before.messages}
    assert store.conversations()[0].id == copy.conversation.id, "the last changed"
    assert store.carried(home) == before
    assert len(store.search('"attached"')) == 2


def test_a_branch_begins_a_chat_of_its_own_with_its_path_alone(store: ChatStore, home: str) -> None:
    path = store.tree(home).path()
    made = store.carried(store.branch_off(home, path[1].id, title="Branch"))
    assert texts(made.messages) == ["One?", "I"]
    assert [cut.summary for cut in made.cuts] == ["One."]
    assert made.conversation.tip_id == made.messages[-1].id
    assert (made.conversation.folder_id, made.conversation.manner) == ("f", Manner("Be brief."))
    with pytest.raises(StorageFault):
        store.branch_off(home, "gone", title="Branch")
    with pytest.raises(StorageFault):
        store.duplicate("gone", title="T")


def test_what_was_deleted_is_not_copied_and_not_carried(store: ChatStore, home: str) -> None:
    path = store.tree(home).path()
    store.delete_messages([path[1].id, path[3].id])
    copy = store.carried(store.duplicate(home, title="C"))
    assert texts(copy.messages) == texts(store.carried(home).messages) == ["One?", "1", "Two?"]
    assert copy.cuts == ()


def test_what_is_carried_out_and_in_again_is_the_same(store: ChatStore, home: str) -> None:
    carried = store.carried(home)
    (again,) = store.bring_in([carried])
    assert again != home, "its id is taken"
    assert bare(store.carried(again)) == bare(carried)
    store.to_bin([home, again], 1.0)
    store.purge()
    store.delete_folder("f")
    assert store.bring_in([carried]) == (home,), "its id is free"
    back = store.carried(home)
    assert [replace(message, number=0) for message in back.messages] == [
        replace(message, number=0) for message in carried.messages
    ]
    assert back.conversation == replace(carried.conversation, folder_id=back.conversation.folder_id)
    assert [folder.name for folder in store.folders()] == ["Work"]


def test_what_comes_in_is_found_after_it_was_indexed(store: ChatStore) -> None:
    store.bring_in([given(said("a", None, "llama"))])
    assert store.search("llama") == ()
    assert store.index_missing(stop=lambda: True) == 0
    assert store.index_missing(stop=lambda: False, batch=1) == 1
    assert [hit.message_id for hit in store.search("llama")] == ["a"]
    assert store.index_missing(stop=lambda: False) == 0


def test_one_folder_is_made_for_all_that_name_it(store: ChatStore) -> None:
    ids = store.bring_in(
        replace(given(said(f"m{n}", None, "x"), name=f"c{n}"), folder_name="New\ud83e") for n in range(3)
    )
    (folder,) = store.folders()
    assert (folder.name, {c.folder_id for c in store.conversations()}) == ("New?", {folder.id})
    assert ids == ("c0", "c1", "c2")


def test_odd_links_from_elsewhere_become_first_messages(store: ChatStore) -> None:
    (home,) = store.bring_in(
        [
            given(
                said("b", "a", "child before its parent"),
                said("a", "gone", "below nothing"),
                said("a", None, "twice"),
                replace(said("s", "a", "half"), status="streaming"),
                tip="gone",
            )
        ]
    )
    tree = store.tree(home)
    assert [tree.message(own).parent_id for own in ("b", "a", "s")] == [None, None, "a"]
    assert (tree.message("s").status, tree.tip_id) == ("interrupted", "s")
    assert store.mark_interrupted() == 0


def test_a_conversation_without_messages_comes_in_too(store: ChatStore) -> None:
    (home,) = store.bring_in([given()])
    assert len(store.tree(home)) == 0
    assert store.opened(home).messages == ()


def said(own: str, parent: str | None, text: str) -> Message:
    return Message(0, own, "elsewhere", parent, "user", text, "done", 5.0)


def given(*messages: Message, name: str = "c", tip: str | None = None) -> Carried:
    return Carried(Conversation(name, "T", "person", tip, 1.0, 2.0, folder_id="elsewhere"), messages)
