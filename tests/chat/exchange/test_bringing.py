"""Chats into a profile: once, into the folder that was wished for, and what came before a stop stays."""

from __future__ import annotations

import threading
from pathlib import Path

from app.chat.exchange import bringing, reading
from app.chat.store import ChatStore

from .asking import as_file
from .samples import chatgpt, openwebui


def test_a_chat_that_is_here_already_is_left_alone_unless_wished(store: ChatStore, tmp_path: Path) -> None:
    path = as_file(tmp_path, [chatgpt(), chatgpt(conversation_id="c-9")])
    first = bringing.bring(store, [path])
    (found,) = reading.look([path])
    assert bringing.already_here(found, bringing.known_ids(store)) == 2
    again = bringing.bring(store, [path, path])
    assert (len(first.ids), again.ids, again.known) == (2, (), 4)
    assert len(bringing.bring(store, [path], with_known=True).ids) == 2
    assert len(store.conversations()) == 4


def test_a_chat_in_the_bin_is_here_and_one_that_was_deleted_for_good_is_not(store: ChatStore, tmp_path: Path) -> None:
    path = as_file(tmp_path, [chatgpt()])
    (id_,) = bringing.bring(store, [path]).ids
    store.to_bin([id_], 1.0)
    assert bringing.bring(store, [path]).known == 1
    store.purge([id_])
    assert bringing.bring(store, [path]).ids == (id_,)


def test_chats_keep_their_folder_or_go_where_the_person_wants_them(store: ChatStore, tmp_path: Path) -> None:
    path = as_file(tmp_path, [openwebui(folder={"name": "School"})])
    for wished, name in ((None, "School"), ("Old", "Old"), ("", "")):
        (id_,) = bringing.bring(store, [path], folder_name=wished, with_known=True).ids
        assert store.carried(id_).folder_name == name


def test_what_was_brought_in_before_a_stop_stays(store: ChatStore, tmp_path: Path) -> None:
    stop = threading.Event()
    paths = [as_file(tmp_path, [chatgpt(conversation_id=f"c-{number}")], f"{number}.json") for number in range(3)]

    def on_progress(_done: int, _total: int) -> None:
        if store.conversations():
            stop.set()

    brought = bringing.bring(store, paths, on_progress=on_progress, stop=stop)
    assert (brought.is_whole, len(brought.ids), len(store.conversations())) == (False, 1, 1)


def test_an_imported_chat_is_found_and_goes_on(store: ChatStore, tmp_path: Path) -> None:
    (id_,) = bringing.bring(store, [as_file(tmp_path, [chatgpt()])]).ids
    store.index_missing(stop=lambda: False)
    assert [hit.conversation_id for hit in store.search("Rayleigh")] == [id_]
    tip = store.carried(id_).conversation.tip_id
    question, _answer = store.begin_turn(id_, "And red?", parent_id=tip, model="", title="", now=2.0)
    assert [message.text for message in store.tree(id_).path()][-3:] == ["Rayleigh.", "And red?", ""]
    assert question.parent_id == tip
