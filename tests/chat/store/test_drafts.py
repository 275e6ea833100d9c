"""What was typed and not sent."""

from __future__ import annotations

from app.chat.store import ChatStore
from app.chat.tree import Attachment, Draft, Edit, Queued
from app.storage.database import Database

from .conftest import talk

WAITING = (Queued("next?", (Attachment("b.py", "2"), Attachment("", "3"))), Queued("and then?"))


def test_a_draft_is_kept_with_its_attachments_and_what_waits(store: ChatStore) -> None:
    draft = Draft("half a que", (Attachment("a.py", "print(1)\0"), Attachment("", "pasted")), WAITING)
    store.save_draft(None, draft).result(5)
    assert store.draft(None) == draft
    shorter = Draft("half", draft.attachments[1:], ())
    store.save_draft(None, shorter).result(5)
    assert store.draft(None) == shorter
    store.save_draft(None, Draft("half", (Attachment("", "other!"),))).result(5)
    assert store.draft(None).attachments == (Attachment("", "other!"),)
    store.save_draft(None, Draft()).result(5)
    assert store.draft(None) == Draft()


def test_drafts_are_kept_per_conversation(store: ChatStore) -> None:
    home = talk(store, "Why?", "So.")[0].conversation_id
    store.save_draft(None, Draft("for a new chat")).result(5)
    store.save_draft(home, Draft("for this one")).result(5)
    assert store.draft(None).text == "for a new chat"
    assert store.draft(home).text == store.opened(home).draft.text == "for this one"
    store.save_draft(None, Draft()).result(5)
    assert store.draft(home).text == "for this one"


def changes(database: Database) -> int:
    """Rows that were written by everything so far."""
    return database.write(lambda c: int((c.execute("SELECT total_changes()").fetchone() or (0,))[0]))


def test_attachments_are_not_written_again_with_every_key(store: ChatStore, database: Database) -> None:
    question, _answer = talk(store, "Why?", "So.")
    home, attached = question.conversation_id, (Attachment("book.txt", "word " * 200_000),)

    def typed(key: int) -> None:
        store.save_draft(home, Draft(f"typed {key}", attached, (Queued("next", attached),))).result(5)
        store.save_edit(home, Edit(question.id, f"typed {key}", attached)).result(5)

    typed(1)
    before = changes(database)
    typed(2)
    assert changes(database) - before == 2  # the text of the draft, and that of the edit
    assert (store.draft(home).text, store.edits(home)[0].text) == ("typed 2", "typed 2")
    assert store.draft(home).queued[0].attachments == store.edits(home)[0].attachments == attached


def test_half_a_character_becomes_a_question_mark_everywhere(store: ChatStore) -> None:
    store.save_draft(None, Draft("d\udd99", (Attachment("n\udd99", "t\udd99"),), (Queued("q\udd99"),))).result(5)
    assert store.draft(None) == Draft("d?", (Attachment("n?", "t?"),), (Queued("q?"),))


def test_what_was_typed_in_a_chat_that_is_gone_is_not_kept(store: ChatStore, database: Database) -> None:
    home = talk(store, "Hello", "Yes")[0].conversation_id
    store.to_bin([home], 1.0)
    store.purge([home])
    store.save_draft(home, Draft("canary", (Attachment("n", "canary"),))).result(5)
    assert database.read(lambda c: c.execute("SELECT * FROM drafts").fetchall()) == []
    assert database.read(lambda c: c.execute("SELECT * FROM draft_attachments").fetchall()) == []


def test_what_is_typed_in_the_place_of_a_message_is_kept_with_its_attachments(store: ChatStore) -> None:
    question, answer = talk(store, "Why?", "So.")
    home = question.conversation_id
    edits = (Edit(answer.id, "So it is."), Edit(question.id, "Why not", (Attachment("a.py", "1"), Attachment("", "2"))))
    for edit in edits:
        store.save_edit(home, edit).result(5)
    assert store.edits(home) == store.opened(home).edits == edits
    fewer = Edit(question.id, "Why not?", edits[1].attachments[1:])
    store.save_edit(home, fewer).result(5)
    store.forget_edit(answer.id).result(5)
    assert store.edits(home) == (fewer,)


def test_what_is_typed_in_the_place_of_a_message_outlives_the_message_and_not_its_chat(
    store: ChatStore, database: Database
) -> None:
    question, answer = talk(store, "Why?", "So.")
    home = question.conversation_id
    store.save_edit(home, Edit(answer.id, "So it is.", (Attachment("n", "a"),))).result(5)
    store.purge_messages(store.delete_messages([answer.id]))
    assert store.edits(home) == (Edit(answer.id, "So it is.", (Attachment("n", "a"),)),)
    store.to_bin([home], 1.0)
    store.purge([home])
    store.save_edit(home, Edit(question.id, "late")).result(5)
    for table in ("edits", "edit_attachments"):
        assert database.read(lambda c, table=table: c.execute(f"SELECT * FROM {table}").fetchall()) == []  # type: ignore[misc]  # a default binds
