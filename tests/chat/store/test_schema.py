"""Profiles of older versions of Paddock open with all that is in them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.chat.store import ChatStore
from app.chat.tree import Attachment, Cut, Draft, Queued
from app.core import MIGRATIONS
from app.storage.database import Database, update_backup_path

from ..conftest import KEY, open_database

CONVERSATION = (
    "INSERT INTO conversations (id, title, is_title_chosen, tip_id, created_at, changed_at, is_hidden)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
MESSAGE = (
    "INSERT INTO messages (id, conversation_id, parent_id, role, text, status, created_at, model, note, stats)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
STATS = '{"prompt_tokens": 1, "reused_tokens": 2, "answer_tokens": 3, "first_token_s": 0.5, "decode_s": 0.25}'


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Database]:
    """A profile at version 5, written by the statements of that time, opened by this one."""
    path = tmp_path / "paddock.db"
    old = Database.open(path, KEY, migrations=[step for step in MIGRATIONS if step.number <= 5])
    for statement, rows in (
        (CONVERSATION, [("kept", "Why", 0, "a2", 1.0, 3.0, 0), ("mine", "Mine", 1, None, 1.0, 2.0, 0)]),
        (CONVERSATION, [("hidden", "Hidden", 0, "h", 1.0, 4.0, 1)]),
        (MESSAGE, [("q", "kept", None, "user", "Wieso Lamas?", "done", 1.0, "", "", None)]),
        (MESSAGE, [("gone", "kept", "q", "assistant", "to be deleted", "done", 1.0, "", "", None)]),
        (MESSAGE, [("a1", "kept", "q", "assistant", "Darum.", "done", 1.0, "m", "n", STATS)]),
        (MESSAGE, [("a2", "kept", "q", "assistant", "Alpakas! 🦙", "stopped", 2.0, "m", "", None)]),
        (MESSAGE, [("h", "hidden", None, "user", "hidden lamas", "done", 1.0, "", "", None)]),
        ("INSERT INTO cuts VALUES (?, ?, ?)", [("a1", "kept", "Summary.")]),
        ("INSERT INTO drafts (conversation_id, text) VALUES (?, ?)", [("", "new"), ("kept", "typed")]),
        ("DELETE FROM messages WHERE id = ?", [("gone",)]),
    ):
        old.write(lambda c, statement=statement, rows=rows: c.executemany(statement, rows).rowcount)  # type: ignore[misc]  # defaults bind
    old.close()
    database = open_database(path)
    yield database
    database.close()


def test_all_that_was_in_it_is_in_it(upgraded: Database) -> None:
    store = ChatStore(upgraded)
    assert [(c.id, c.title, c.title_source) for c in store.conversations()] == [
        ("kept", "Why", "question"),
        ("mine", "Mine", "person"),
    ]
    opened = store.opened("kept")
    assert [message.text for message in opened.messages] == ["Wieso Lamas?", "Alpakas! 🦙"]
    assert opened.tree.versions("a2") == ("a1", "a2")
    assert opened.tree.message("a2").size == len("Alpakas! 🦙")
    assert opened.cuts == {"a1": Cut("a1", "Summary.")}
    assert (opened.draft.text, store.draft(None).text) == ("typed", "new")
    (first,) = store.messages(["a1"])
    assert (first.model, first.note, first.stats is not None and first.stats.answer_tokens) == ("m", "n", 3)
    assert [message.number for message in store.messages(["q", "a1", "a2", "h"])] == [1, 3, 4, 5]


def test_what_was_hidden_lies_in_the_bin_since_now(upgraded: Database) -> None:
    store = ChatStore(upgraded)
    (binned,) = store.binned()
    assert binned.id == "hidden"
    assert binned.deleted_at is not None
    assert 0 <= time.time() - binned.deleted_at < 600
    store.bring_back(["hidden"])
    assert store.opened("hidden").messages[0].text == "hidden lamas"


def test_old_words_are_found_once_they_are_indexed(upgraded: Database) -> None:
    store = ChatStore(upgraded)
    assert store.search("lamas") == ()
    assert store.index_missing(stop=lambda: False) == 4
    assert [hit.message_id for hit in store.search("lamas")] == ["q"]


def test_chats_go_on_and_can_be_purged(upgraded: Database) -> None:
    store = ChatStore(upgraded)
    question, _answer = store.begin_turn("kept", "Und?", parent_id="a2", model="m", title="", now=5.0)
    assert question.number == 6, "numbers only grow"
    store.to_bin(["kept"], 5.0)
    assert set(store.purge()) == {"kept", "hidden"}
    assert upgraded.read(lambda c: c.execute("SELECT count(*) FROM messages").fetchone()) == (0,)
    assert upgraded.find_damage() == ()


def test_a_copy_is_kept_of_what_was_before(upgraded: Database, tmp_path: Path) -> None:
    assert update_backup_path(tmp_path / "paddock.db").exists()


def test_a_copy_of_the_profile_is_searched_like_the_profile(tmp_path: Path) -> None:
    database = open_database(tmp_path / "paddock.db")
    ChatStore(database).begin_turn(None, "llamas", parent_id=None, model="", title="T", now=1.0)
    database.vacuum_into(tmp_path / "copy.db")
    database.close()
    copy = open_database(tmp_path / "copy.db")
    assert len(ChatStore(copy).search("llamas")) == 1
    assert copy.find_damage() == ()
    copy.close()


def test_what_waited_in_version_6_waits_still(tmp_path: Path) -> None:
    path = tmp_path / "paddock.db"
    old = Database.open(path, KEY, migrations=[step for step in MIGRATIONS if step.number <= 6])
    for statement, rows in (
        ("INSERT INTO drafts VALUES (?, ?, ?)", [("", "new", ""), ("home", "typed", '["first", "se\\"cond 🦙"]')]),
        ("INSERT INTO draft_attachments VALUES (?, ?, ?, ?)", [("home", 0, "a.txt", "a")]),
    ):
        old.write(lambda c, statement=statement, rows=rows: c.executemany(statement, rows).rowcount)  # type: ignore[misc]  # defaults bind
    old.close()
    database = open_database(path)
    store = ChatStore(database)
    attached = (Attachment("a.txt", "a"),)
    assert store.draft("home") == Draft("typed", attached, (Queued("first"), Queued('se"cond 🦙')))
    assert store.draft(None) == Draft("new")
    database.close()
