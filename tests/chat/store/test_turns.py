"""Reading a conversation, and writing its turns."""

from __future__ import annotations

import pytest

from app.chat.store import ChatStore
from app.chat.tree import Attachment, Cut, Draft
from app.errors import StorageFault
from app.storage.database import Database

from .conftest import talk


def test_an_opened_conversation_has_all_nodes_and_the_words_of_its_end(store: ChatStore) -> None:
    said = talk(store, "One?", "1", "Two?", "22", "Three?", "333")
    home = said[0].conversation_id
    store.cut(home, Cut(said[2].id, "One is 1."))
    opened = store.opened(home, tail=3)
    assert opened.conversation == store.conversation(home)
    assert opened.messages == said[-3:]
    assert [(node.id, node.parent_id, node.role, node.size) for node in opened.tree.path()] == [
        (message.id, message.parent_id, message.role, len(message.text)) for message in said
    ]
    assert opened.cuts == {said[2].id: Cut(said[2].id, "One is 1.")}
    assert store.opened(home, tail=0).messages == ()


def test_a_conversation_that_is_not_there_opens_empty(store: ChatStore) -> None:
    opened = store.opened("gone")
    assert (opened.conversation, len(opened.tree), opened.messages, opened.cuts) == (None, 0, (), {})
    assert opened.draft == Draft()
    assert store.branch("gone", None, {}) == ((), 0)


def test_nodes_are_read_without_a_page_of_their_texts(store: ChatStore, database: Database) -> None:
    home = talk(store, "Why?", "So.")[0].conversation_id
    plan = database.read(
        lambda c: c.execute(
            "EXPLAIN QUERY PLAN SELECT number, id, parent_id, role, size FROM messages"
            " WHERE conversation_id = ? AND deleted_batch IS NULL ORDER BY number",
            (home,),
        ).fetchall()
    )
    assert [row[3] for row in plan] == [
        "SEARCH messages USING COVERING INDEX messages_by_conversation (conversation_id=?)"
    ]


def test_messages_come_in_the_order_in_which_they_are_asked_for(store: ChatStore) -> None:
    said = talk(store, "One?", "1", "Two?", "2")
    assert store.messages([said[3].id, "gone", said[0].id]) == (said[3], said[0])
    assert store.messages([]) == ()


def test_a_branch_begins_at_its_last_cut_and_says_how_much_stands_before(store: ChatStore) -> None:
    said = talk(store, "One?", "1", "Two?", "2", "Three?", "3")
    home = said[0].conversation_id
    other = talk(store, "Other?", "o", home=home, parent=said[1].id)
    assert store.branch(home, said[5].id, {}) == (said, 0)
    assert store.branch(home, said[5].id, {said[1].id, said[2].id, other[0].id}) == (said[2:], 2)
    assert store.branch(home, said[4].id, {said[5].id}) == (said[:5], 0), "a cut below does not count"
    assert store.branch(home, None, {}) == ((*said[:2], *other), 0), "None is the tip"


def test_attachments_go_with_their_question_wherever_it_is_read(store: ChatStore) -> None:
    attached = (Attachment("a.py", "print('\0')"), Attachment("", "pasted\udd99"))
    question, answer = store.begin_turn(
        None, "Why?", parent_id=None, model="", title="T", now=1.0, attachments=attached
    )
    assert question.attachments == (Attachment("a.py", "print('\0')"), Attachment("", "pasted?"))
    home = question.conversation_id
    assert store.messages([question.id]) == store.opened(home).messages[:1] == (question,)
    assert store.tree(home).path() == (question, answer) == store.branch(home, None, {})[0]


def test_an_answer_goes_on_with_its_words_and_is_found_by_all_of_them(store: ChatStore) -> None:
    _question, answer = talk(store, "Why?", "Because of llamas")
    resumed = store.resume_answer(answer.id)
    assert (resumed.text, resumed.status) == ("Because of llamas", "streaming")
    assert len(store.search("llamas")) == 1, "it is found while it is being written on, too"
    store.finish(answer.id, "Because of llamas and alpacas.", "done", model="m", note="", stats=None)
    assert [hit.message_id for hit in store.search("llamas alpacas")] == [answer.id]
    with pytest.raises(StorageFault):
        store.resume_answer("gone")


def test_a_version_in_the_persons_own_words_stands_beside_the_first(store: ChatStore) -> None:
    said = talk(store, "Why?", "So.")
    made = store.add_version(said[1].id, "Because.", now=2000.0)
    assert (made.role, made.status, made.model, made.text) == ("assistant", "done", "", "Because.")
    tree = store.tree(made.conversation_id)
    assert (tree.versions(made.id), tree.tip_id) == ((said[1].id, made.id), made.id)
    assert store.search("because")[0].message_id == made.id


def test_roles_need_not_alternate(store: ChatStore) -> None:
    said = talk(store, "One?", "1")
    again, _answer = store.begin_turn(
        said[0].conversation_id, "And?", parent_id=said[0].id, model="", title="", now=1.0
    )
    assert [message.role for message in store.tree(said[0].conversation_id).path()] == ["user", "user", "assistant"]
    assert store.tree(said[0].conversation_id).versions(again.id) == (said[1].id, again.id)


def test_texts_of_any_kind_come_back_as_they_were(store: ChatStore) -> None:
    odd = "NUL \0 in it, \ufeff, 👩‍👩‍👧, \u202eטקסט, 5 MB: " + "Zeichen " * 650_000
    (question, answer) = talk(store, odd, odd)
    home = question.conversation_id
    assert store.tree(home).path()[1].text == odd
    assert store.opened(home).tree.message(answer.id).size == len(odd)
    assert store.search("zeichen") == (), "so much is indexed when nobody waits"
    assert store.index_missing(stop=lambda: False) == 2
    assert [hit.message_id for hit in store.search("zeichen")] == [answer.id, question.id]


def test_an_answer_that_is_deleted_while_it_is_written_comes_back_with_its_words(store: ChatStore) -> None:
    question, answer = store.begin_turn(None, "Why?", parent_id=None, model="", title="T", now=1.0)
    batch = store.delete_messages([answer.id])
    done = store.finish(answer.id, "So.", "stopped", model="", note="", stats=None)
    assert (done.id, done.text) == (answer.id, "So.")
    store.bring_back_messages(batch)
    assert store.tree(question.conversation_id).path()[-1] == done
    store.purge_messages(store.delete_messages([answer.id]))
    with pytest.raises(StorageFault, match="not there any more"):
        store.finish(answer.id, "So.", "stopped", model="", note="", stats=None)
