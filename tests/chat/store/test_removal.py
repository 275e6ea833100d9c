"""Deleting messages and chats: undone by the opposite call, and gone for good once it is purged."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.chat.carried import Carried
from app.chat.store import ChatStore, new_id
from app.chat.tree import Attachment, Conversation, Cut, Draft, Edit, Message, Node, Queued, Tree
from app.storage.database import Database

from .conftest import talk, texts


def tip(store: ChatStore, home: str) -> str | None:
    found = store.conversation(home)
    assert found is not None
    return found.tip_id


class TestMessages:
    def test_what_hangs_on_a_deleted_one_moves_up_and_back_again(self, store: ChatStore) -> None:
        said = talk(store, "One?", "1", "Two?", "2", "Three?", "3")
        home = said[0].conversation_id
        batch = store.delete_messages([said[2].id, said[3].id])
        assert texts(store.tree(home).path()) == ["One?", "1", "Three?", "3"]
        assert texts(store.opened(home).messages) == ["One?", "1", "Three?", "3"]
        assert texts(store.branch(home, None, {})[0]) == ["One?", "1", "Three?", "3"]
        assert store.opened(home).tree.message(said[4].id).parent_id == said[1].id
        assert store.messages([said[4].id])[0].parent_id == said[1].id
        assert store.messages([said[2].id]) == ()
        store.bring_back_messages(batch)
        assert store.tree(home).path() == said

    def test_the_tip_moves_to_what_is_shown_and_goes_back(self, store: ChatStore) -> None:
        said = talk(store, "One?", "1", "Two?", "2")
        home = said[0].conversation_id
        second = store.begin_answer(said[2], model="m", now=2.0)
        store.finish(second.id, "II", "done", model="m", note="", stats=None)
        first = store.delete_messages([second.id])
        assert tip(store, home) == said[3].id, "the other version"
        second_batch = store.delete_messages([said[3].id])
        assert tip(store, home) == said[2].id, "the question"
        store.bring_back_messages(second_batch)
        store.bring_back_messages(first)
        assert tip(store, home) == second.id

    def test_undone_in_the_order_of_deleting_the_tip_is_at_an_end(self, store: ChatStore) -> None:
        said = talk(store, "One?", "1")
        home = said[0].conversation_id
        first, second = store.delete_messages([said[1].id]), store.delete_messages([said[0].id])
        assert tip(store, home) is None
        store.bring_back_messages(first)
        assert tip(store, home) == said[1].id
        store.bring_back_messages(second)
        assert tip(store, home) == said[1].id
        assert store.tree(home).path() == said

    def test_a_branch_that_was_chosen_meanwhile_stays_chosen(self, store: ChatStore) -> None:
        said = talk(store, "One?", "1")
        home = said[0].conversation_id
        batch = store.delete_messages([said[1].id])
        other = talk(store, "Other?", "o", home=home)
        store.bring_back_messages(batch)
        assert tip(store, home) == other[1].id

    def test_new_words_below_a_place_stay_there_when_it_comes_back(self, store: ChatStore) -> None:
        said = talk(store, "One?", "1", "Two?", "2")
        home = said[0].conversation_id
        batch = store.delete_messages([said[2].id])
        store.add_version(said[3].id, "two", now=3.0)
        store.bring_back_messages(batch)
        assert texts(store.tree(home).path()) == ["One?", "1", "Two?", "two"]

    @pytest.mark.parametrize("source", ["question", "model"])
    def test_a_title_made_of_a_purged_question_goes_with_it(self, store: ChatStore, source: str) -> None:
        said = talk(store, "My secret canary?", "1", "Two?", "2")
        home = said[0].conversation_id
        if source == "model":
            store.set_title(home, "A canary")
        batch = store.delete_messages([said[0].id, said[1].id])
        store.purge_messages(batch)
        found = store.conversation(home)
        assert found is not None
        assert (found.title, found.title_source) == ("Two", "question")
        store.purge_messages(store.delete_messages([said[2].id, said[3].id]))
        emptied = store.conversation(home)
        assert emptied is not None
        assert emptied.title == ""

    def test_a_title_of_the_persons_own_and_one_of_a_question_that_stays_stay(self, store: ChatStore) -> None:
        said = talk(store, "One?", "1", "Two?", "2")
        home = said[0].conversation_id
        store.set_title(home, "Numbers")
        store.purge_messages(store.delete_messages([said[2].id, said[3].id]))
        later = store.conversation(home)
        store.rename(home, "My title")
        store.purge_messages(store.delete_messages([said[0].id, said[1].id]))
        own = store.conversation(home)
        assert later is not None
        assert own is not None
        assert (later.title, own.title) == ("Numbers", "My title")

    def test_deleted_ones_are_found_by_nobody_and_found_again_when_back(self, store: ChatStore) -> None:
        said = talk(store, "One llama?", "1")
        batch = store.delete_messages([said[0].id])
        assert [hit.message_id for hit in store.search("llama")] == [""], "only the title"
        store.bring_back_messages(batch)
        assert [hit.message_id for hit in store.search("llama")] == ["", said[0].id]

    def test_purged_ones_are_gone_and_the_rest_is_as_it_was_shown(self, store: ChatStore, database: Database) -> None:
        said = talk(store, "One?", "canary", "Two?", "2", "Three?", "3")
        home = said[0].conversation_id
        kept, gone = store.delete_messages([said[2].id]), store.delete_messages([said[1].id, said[3].id])
        assert store.purge_messages(gone) == (home,)
        assert texts(store.tree(home).path()) == ["One?", "Three?", "3"]
        store.bring_back_messages(gone)
        store.bring_back_messages(kept)
        assert texts(store.tree(home).path()) == ["One?", "Two?", "Three?", "3"]
        assert store.purge_messages() == ()
        store.delete_messages([said[0].id])
        assert store.purge_messages() == (home,)
        assert texts(store.tree(home).path()) == ["Two?", "Three?", "3"]
        assert database.read(lambda c: c.execute("SELECT count(*) FROM deletions").fetchone()) == (0,)

    def test_a_summary_that_may_tell_of_purged_ones_goes_with_them(self, store: ChatStore) -> None:
        said = talk(store, "One?", "1", "Two?", "2")
        home = said[0].conversation_id
        store.cut(home, Cut(said[1].id, "About nothing."))
        store.cut(home, Cut(said[3].id, "About two."))
        store.cut(home, Cut(said[2].id, "About one."))
        store.purge_messages(store.delete_messages([said[2].id]))
        assert store.cuts(home) == {said[1].id: Cut(said[1].id, "About nothing.")}

    def test_a_long_chain_is_deleted_at_once(self, store: ChatStore) -> None:
        """SQLite gives up a cascade of 1,000 levels, and Python a recursion."""
        home = chain(store, 1400)
        said = store.tree(home).path()
        store.delete_messages([message.id for message in said[1:-1]])
        assert texts(store.tree(home).path()) == ["text 0", "text 1399"]
        store.purge_messages()
        assert texts(store.tree(home).path()) == ["text 0", "text 1399"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), count=st.integers(1, 14))
def test_any_tree_with_any_deletions_reads_as_a_plain_model_says(store: ChatStore, seed: int, count: int) -> None:
    dice = random.Random(seed)
    first, *_rest = talk(store, "root", "0")
    home = first.conversation_id
    parents: dict[str, str | None] = {message.id: message.parent_id for message in store.tree(home).path()}
    for n in range(count):
        parent = dice.choice([None, *parents])
        asked, answer = store.begin_turn(home, f"q{n}", parent_id=parent, model="", title="", now=1.0)
        parents |= {asked.id: parent, answer.id: asked.id}
    hidden: dict[str, str] = {}
    for _step in range(6):
        act = dice.random()
        if act < 0.6 and parents:
            chosen = dice.sample(list(parents), min(4, len(parents)))
            batch = store.delete_messages(chosen)
            hidden |= {message_id: batch for message_id in chosen if message_id not in hidden}
        elif hidden:
            batch = dice.choice(list(hidden.values()))
            gone = [message_id for message_id, own in hidden.items() if own == batch]
            hidden = {message_id: own for message_id, own in hidden.items() if own != batch}
            if act < 0.8:
                store.bring_back_messages(batch)
            else:
                store.purge_messages(batch)
                parents = {own: _above(parents, set(gone), above) for own, above in parents.items() if own not in gone}
        shown = {own: _above(parents, set(hidden), above) for own, above in parents.items() if own not in hidden}
        for tree in (store.tree(home), store.opened(home).tree):
            found = {own: tree.message(own).parent_id for own in _all(tree)}  # type: ignore[arg-type]  # either kind
            assert found == shown
        assert (tip(store, home) is None) == (not shown)
        assert tip(store, home) in {None, *shown}


def _above(parents: dict[str, str | None], gone: set[str], at: str | None) -> str | None:
    while at in gone:
        at = parents[at]
    return at


def _all(tree: Tree[Node]) -> list[str]:
    return [own for root in tree.children(None) for own in tree.below(root)]


class TestChats:
    def test_only_what_lies_in_the_bin_is_purged(self, store: ChatStore) -> None:
        homes = [talk(store, f"Question {n}", "Answer")[0].conversation_id for n in range(4)]
        assert store.purge() == ()
        store.to_bin(homes[:3], 100.0)
        store.to_bin(homes[1:2], 200.0)
        store.bring_back(homes[1:2])
        store.to_bin(homes[1:2], 200.0)
        assert store.purge(older_than=100.0) == ()
        assert store.purge(homes[2:]) == (homes[2],)
        assert store.purge(older_than=150.0) == (homes[0],)
        assert store.purge() == (homes[1],)
        assert [c.id for c in store.conversations()] == [homes[3]]

    @pytest.mark.trust
    def test_a_purged_chat_leaves_no_row_and_no_word_behind(
        self, store: ChatStore, database: Database, tmp_path: Path
    ) -> None:
        talk(store, "Another question of another chat", "stays")
        kept = rows(database)
        begin = {"parent_id": None, "model": "", "title": "canarytitle", "now": 1.0}
        attached = [Attachment("canaryname", "canaryfile " * 99)]
        asked, answer = store.begin_turn(None, "canaryquestion " * 99, attachments=attached, **begin)  # type: ignore[arg-type]  # of several types
        home = asked.conversation_id
        store.finish(answer.id, "canaryanswer", "done", model="m", note="", stats=None)
        store.begin_answer(asked, model="m", now=2.0)
        store.cut(home, Cut(answer.id, "canarysummary"))
        files = (Attachment("canary", "canary"),)
        store.save_draft(home, Draft("canarydraft", files, (Queued("canary", files),))).result(5)
        store.save_edit(home, Edit(store.tree(home).path()[0].id, "canary", files)).result(5)
        store.delete_messages([answer.id])
        assert b"canaryfile" in index_bytes(database)
        store.to_bin([home], 1.0)
        assert store.purge([home]) == (home,)
        assert rows(database) == kept
        assert b"anary" not in index_bytes(database)
        assert (tmp_path / "profile" / "paddock.db-wal").stat().st_size == 0, "the log would still hold it, encrypted"

    @pytest.mark.trust
    @pytest.mark.parametrize("count", [2, 1500])
    def test_purged_messages_leave_no_word_in_the_index(self, store: ChatStore, database: Database, count: int) -> None:
        """Also in an index of several segments, and when it was written together before."""
        chain(store, count)
        store.index_missing(stop=lambda: False, batch=100)
        for word in ("zqxcanary", "jkwcanary"):
            said = talk(store, "One?", word)
            talk(store, "And then?", "More.")
            assert word[2:].encode() in index_bytes(database)
            store.purge_messages(store.delete_messages([said[1].id]))
            assert word[2:].encode() not in index_bytes(database)
        assert len(store.search("then")) == 4, "two titles, two messages"
        assert len(store.search(f'"text {count - 1}"')) == 1

    def test_a_chat_of_thousands_of_messages_is_purged(self, store: ChatStore, database: Database) -> None:
        home = chain(store, 2200)
        store.to_bin([home], 1.0)
        assert store.purge() == (home,)
        assert set(rows(database).values()) == {0}


def chain(store: ChatStore, count: int) -> str:
    """A chat of so many messages, one below the other."""
    messages = [
        Message(0, f"m{n}", "", f"m{n - 1}" if n else None, "user", f"text {n}", "done", 1.0) for n in range(count)
    ]
    home = new_id()
    conversation = Conversation(home, "Chain", "person", f"m{count - 1}", 1.0, 1.0)
    return store.bring_in([Carried(conversation, tuple(messages))])[0]


def rows(database: Database) -> dict[str, int]:
    """How many rows each table of the chats has; the index's own tables are looked at by their words."""
    tables = [
        "conversations",
        "messages",
        "attachments",
        "drafts",
        "draft_attachments",
        "cuts",
        "deletions",
        "unindexed",
    ]

    def count(table: str) -> int:
        return int((database.read(lambda c: c.execute(f"SELECT count(*) FROM {table}").fetchone()) or (0,))[0])

    return {table: count(table) for table in tables}


def index_bytes(database: Database) -> bytes:
    """All that the index holds, of whatever message. It writes a word without the letters that the one before has."""
    rows = database.read(lambda c: c.execute("SELECT block FROM words_data").fetchall())
    return b"\n".join(bytes(row[0]) for row in rows)
