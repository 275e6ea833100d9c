"""Conversations in the real encrypted database."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.chat import store as chat_store
from app.chat.store import ChatStore
from app.chat.tree import Cut, Message, Stats
from app.storage import values
from app.storage.database import Database

from .conftest import KEY, open_database


def turn(
    store: ChatStore, question: str = "Why?", *, home: str | None = None, parent: str | None = None
) -> tuple[Message, Message]:
    return store.begin_turn(home, question, parent_id=parent, model="fake", title="Why", now=1000.0)


def test_a_turn_makes_a_conversation_with_a_question_and_a_streaming_answer(store: ChatStore) -> None:
    question, answer = turn(store)
    (listed,) = store.conversations()
    assert (listed.title, listed.tip_id, listed.is_title_chosen) == ("Why", answer.id, False)
    path = store.tree(listed.id).path()
    assert [(m.role, m.text, m.status) for m in path] == [("user", "Why?", "done"), ("assistant", "", "streaming")]
    assert answer.parent_id == question.id


def test_an_answer_keeps_its_words_status_and_cost(store: ChatStore) -> None:
    _question, answer = turn(store)
    stats = Stats(prompt_tokens=12, reused_tokens=3, answer_tokens=2, first_token_s=0.5, decode_s=0.1)
    store.save_text(answer.id, "Beca")
    done = store.finish(answer.id, "Because 🦙.", "done", model="fake", note="", stats=stats)
    assert store.tree(done.conversation_id).message(answer.id) == done
    assert (done.text, done.stats) == ("Because 🦙.", stats)


def test_another_answer_is_a_sibling_and_becomes_the_tip(store: ChatStore) -> None:
    question, first = turn(store)
    second = store.begin_answer(question, model="fake", now=1001.0)
    tree = store.tree(question.conversation_id)
    assert tree.versions(second.id) == (first.id, second.id)
    assert tree.tip_id == second.id
    store.move_tip(question.conversation_id, first.id)
    assert store.tree(question.conversation_id).path()[-1].id == first.id


def test_another_first_question_is_a_sibling_root(store: ChatStore) -> None:
    question, _answer = turn(store)
    other, _other_answer = turn(store, "What?", home=question.conversation_id)
    assert store.tree(question.conversation_id).versions(other.id) == (question.id, other.id)
    assert len(store.conversations()) == 1


def test_a_hidden_conversation_can_be_brought_back_until_it_is_purged(store: ChatStore) -> None:
    question, _answer = turn(store)
    home = question.conversation_id
    store.hide(home)
    assert store.conversations() == ()
    store.bring_back(home)
    assert len(store.conversations()) == 1
    store.purge_hidden()
    assert len(store.conversations()) == 1, "what is shown is never purged"
    store.save_draft(home, "not yet sent").result(5)
    store.hide(home)
    store.purge_hidden(home)
    store.bring_back(home)
    assert store.conversations() == ()
    assert len(store.tree(home)) == 0
    assert store.draft(home) == ""


def test_a_chosen_title_is_marked_as_chosen(store: ChatStore) -> None:
    question, _answer = turn(store)
    store.rename(question.conversation_id, "Mine")
    conversation = store.conversation(question.conversation_id)
    assert conversation is not None
    assert (conversation.title, conversation.is_title_chosen) == ("Mine", True)


def test_drafts_are_kept_per_conversation_and_for_the_new_chat(store: ChatStore) -> None:
    question, _answer = turn(store)
    store.save_draft(None, "for a new chat").result(5)
    store.save_draft(question.conversation_id, "for this one").result(5)
    assert store.draft(None) == "for a new chat"
    assert store.draft(question.conversation_id) == "for this one"
    store.save_draft(None, "").result(5)
    assert store.draft(None) == ""


def test_answers_cut_off_by_a_crash_are_marked_and_keep_their_words(tmp_path: Path) -> None:
    path = tmp_path / "paddock.db"
    first = open_database(path)
    question, answer = turn(ChatStore(first))
    ChatStore(first).save_text(answer.id, "half an ans")
    first.close()
    second = open_database(path)
    try:
        assert ChatStore(second).mark_interrupted() == 1
        last = ChatStore(second).tree(question.conversation_id).path()[-1]
        assert (last.status, last.text) == ("interrupted", "half an ans")
    finally:
        second.close()


@pytest.mark.trust
def test_a_purged_conversation_is_gone_from_the_file(database: Database, tmp_path: Path) -> None:
    store = ChatStore(database)
    question, _answer = turn(store, "canary " * 100)
    log = tmp_path / "profile" / "paddock.db-wal"
    assert log.stat().st_size > 0
    store.hide(question.conversation_id)
    store.purge_hidden()
    left = database.read(lambda c: c.execute("SELECT count(*) FROM messages").fetchone())
    assert left == (0,)
    assert log.stat().st_size == 0, "the log would still hold it, encrypted"
    overwrites = database.write(lambda c: c.execute("PRAGMA secure_delete").fetchone())
    assert overwrites == (1,), "free pages would still hold it, encrypted"


def test_half_a_character_from_an_odd_clipboard_becomes_a_question_mark(store: ChatStore) -> None:
    question, _answer = store.begin_turn(None, "a\ud83e?", parent_id=None, model="fake", title="t\ud83e", now=1.0)
    home = question.conversation_id
    assert (question.text, store.conversations()[0].title) == ("a??", "t?")
    store.rename(home, "r\udd99")
    store.save_draft(home, "d\udd99").result(5)
    assert (store.conversations()[0].title, store.draft(home)) == ("r?", "d?")


def test_where_the_models_view_begins_is_kept_with_its_summary(store: ChatStore) -> None:
    question, answer = turn(store)
    home = question.conversation_id
    store.cut(home, Cut(question.id))
    store.cut(home, Cut(answer.id, "They said why. 🦙\ud83e"))
    store.cut(home, Cut(question.id, "Nothing yet."))
    assert store.cuts(home) == {
        question.id: Cut(question.id, "Nothing yet."),
        answer.id: Cut(answer.id, "They said why. 🦙?"),
    }
    other, _answer = turn(store)
    assert store.cuts(other.conversation_id) == {}
    store.uncut(home)
    assert store.cuts(home) == {}


@pytest.mark.trust
def test_a_summary_goes_with_its_purged_conversation(database: Database) -> None:
    store = ChatStore(database)
    question, _answer = turn(store)
    store.cut(question.conversation_id, Cut(question.id, "canary"))
    store.hide(question.conversation_id)
    assert store.hidden_ids() == (question.conversation_id,)
    store.purge_hidden()
    assert database.read(lambda c: c.execute("SELECT count(*) FROM cuts").fetchone()) == (0,)
    assert store.hidden_ids() == ()


def test_a_profile_from_before_there_were_cuts_opens_with_all_that_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "paddock.db"
    before = tuple(migration for migration in chat_store.MIGRATIONS if migration.number < 3)
    old = Database.open(path, KEY, migrations=values.MIGRATIONS + before)
    question, answer = turn(ChatStore(old))
    ChatStore(old).finish(answer.id, "Because.", "done", model="fake", note="", stats=None)
    old.close()
    database = open_database(path)
    try:
        store = ChatStore(database)
        home = question.conversation_id
        assert [m.text for m in store.tree(home).path()] == ["Why?", "Because."]
        assert store.cuts(home) == {}
        store.cut(home, Cut(question.id, "Nothing."))
        assert store.cuts(home) == {question.id: Cut(question.id, "Nothing.")}
    finally:
        database.close()
