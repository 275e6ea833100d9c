"""Finding words in all chats."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.chat.store import ChatStore
from app.chat.tree import Attachment
from app.storage.database import Database

from .conftest import talk


def found(store: ChatStore, words: str) -> list[str]:
    return [hit.message_id for hit in store.search(words) if hit.message_id]


def test_every_word_must_occur_and_the_newest_comes_first(store: ChatStore) -> None:
    old = talk(store, "Where do llamas live?", "Llamas live in Peru.")
    new = talk(store, "And alpacas?", "Alpacas live in Peru, too; llamas know them.")
    assert found(store, "llamas peru") == [new[1].id, old[1].id]
    assert found(store, "llam") == [new[1].id, old[1].id, old[0].id]
    assert found(store, '"live in peru"') == [new[1].id, old[1].id]
    assert found(store, '"peru in live"') == []
    assert found(store, "llama bears") == []


def test_a_hit_says_where_it_is_and_shows_what_was_found(store: ChatStore) -> None:
    _question, answer = talk(store, "Wo?", "Die Lamas leben in den schönen Anden.")
    (hit,) = store.search("SCHON")
    assert (hit.conversation_id, hit.title, hit.message_id) == (answer.conversation_id, "Wo?", answer.id)
    assert (hit.number, hit.role, hit.created_at) == (answer.number, "assistant", 1000.0)
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["schön"]


def test_titles_are_found_too_and_come_first(store: ChatStore) -> None:
    said = talk(store, "Why?", "Because of llamas")
    store.rename(said[0].conversation_id, "Llamas, of all things")
    title, message = store.search("llama")
    assert (title.message_id, title.number, title.role, title.snippet) == ("", 0, "", "Llamas, of all things")
    assert [title.snippet[start:end] for start, end in title.marks] == ["Llama"]
    assert message.message_id == said[1].id
    assert [hit.message_id for hit in store.search("all things llamas")] == [""]


def test_pages_follow_each_other_without_a_gap(store: ChatStore) -> None:
    said = [talk(store, f"{n} llamas", "Yes")[0].id for n in range(7)]
    pages: list[str] = []
    before = None
    while page := store.search("llamas", limit=4, before=before):
        pages += [hit.message_id for hit in page if hit.message_id]
        before = page[-1].number
    assert pages == said[::-1]
    assert store.search("llamas", limit=0) == ()


def test_what_lies_in_the_bin_is_found_by_nobody(store: ChatStore) -> None:
    home = talk(store, "A llama?", "Yes")[0].conversation_id
    store.to_bin([home], 1.0)
    assert store.search("llama") == ()
    store.bring_back([home])
    assert len(store.search("llama")) == 2


def test_words_of_attachments_lead_to_their_question(store: ChatStore) -> None:
    attached = [Attachment("report.txt", "word " * 100 + "quarterly figures")]
    question, _answer = store.begin_turn(
        None, "Sum it up", parent_id=None, model="", title="T", now=1.0, attachments=attached
    )
    for words, shown in (("figures", "quarterly figures"), ("report", "report.txt"), ("sum figures", "Sum it up")):
        (hit,) = store.search(words)
        assert hit.message_id == question.id
        assert shown in hit.snippet


def test_an_answer_cut_off_by_a_crash_is_indexed_later(store: ChatStore) -> None:
    _question, answer = store.begin_turn(None, "Why?", parent_id=None, model="", title="T", now=1.0)
    store.save_text(answer.id, "because of lla")
    assert store.index_missing(stop=lambda: False) == 0, "it is still being written"
    store.mark_interrupted()
    assert store.index_missing(stop=lambda: False) == 1
    assert found(store, "because") == [answer.id]


def test_indexing_can_be_stopped_and_goes_on_later(store: ChatStore, database: Database) -> None:
    talk(store, *(f"text {n}" for n in range(10)))
    database.write(lambda c: c.execute("INSERT INTO unindexed SELECT number FROM messages").rowcount)
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 2

    assert store.index_missing(stop=stop, batch=3) == 6
    assert store.index_missing(stop=lambda: False, batch=3) == 4
    assert len(found(store, "text")) == 10, "an entry that is written again stands there once"


@pytest.mark.parametrize(
    "words", ['"', "AND", "x AND", "*", "NOT x", "(", "said:x", "^x", "x*y", "{x}", "a\0b", "\udd99"]
)
def test_signs_of_the_indexs_language_are_harmless(store: ChatStore, words: str) -> None:
    talk(store, 'said: x AND (y) NOT "z"', "*")
    assert isinstance(store.search(words), tuple)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(max_size=30))
def test_any_search_is_answered_and_finds_the_text_that_it_was_typed_from(store: ChatStore, words: str) -> None:
    hits = store.search(words)
    if any(letter.isascii() and letter.isalnum() for letter in words):
        asked, _answer = store.begin_turn(None, words, parent_id=None, model="", title="", now=1.0)
        assert asked.id in {hit.message_id for hit in store.search(words, limit=400)}
    assert isinstance(hits, tuple)


def test_the_index_gives_its_matches_in_order_so_that_none_is_sorted(store: ChatStore, database: Database) -> None:
    plan = database.read(
        lambda c: c.execute(
            "EXPLAIN QUERY PLAN SELECT m.text FROM words CROSS JOIN messages m ON m.number = words.rowid"
            " WHERE words MATCH 'x' AND words.rowid < 9 ORDER BY words.rowid DESC LIMIT 5"
        ).fetchall()
    )
    assert not [row for row in plan if "TEMP B-TREE" in str(row[3])]
