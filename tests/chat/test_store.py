"""Conversations in the real encrypted database."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.chat.store import ChatStore
from app.chat.tree import Cut, Message, Stats
from app.storage.database import Database

from .conftest import open_database


def turn(
    store: ChatStore, question: str = "Why?", *, home: str | None = None, parent: str | None = None
) -> tuple[Message, Message]:
    return store.begin_turn(home, question, parent_id=parent, model="fake", title="Why", now=1000.0)


def test_a_turn_makes_a_conversation_with_a_question_and_a_streaming_answer(store: ChatStore) -> None:
    question, answer = turn(store)
    (listed,) = store.conversations()
    assert (listed.title, listed.tip_id, listed.title_source) == ("Why", answer.id, "question")
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
def test_free_pages_are_overwritten(database: Database) -> None:
    """What a purge leaves in rows, index and log: tests/chat/store/test_removal.py."""
    assert database.write(lambda c: c.execute("PRAGMA secure_delete").fetchone()) == (1,)


def test_half_a_character_from_an_odd_clipboard_becomes_a_question_mark(store: ChatStore) -> None:
    question, _answer = store.begin_turn(None, "a\ud83e?", parent_id=None, model="fake", title="t\ud83e", now=1.0)
    home = question.conversation_id
    assert (question.text, store.conversations()[0].title) == ("a??", "t?")
    store.rename(home, "r\udd99")
    assert store.conversations()[0].title == "r?"


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
