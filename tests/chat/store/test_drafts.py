"""What was typed and not sent."""

from __future__ import annotations

from app.chat.store import ChatStore
from app.chat.tree import Attachment, Draft
from app.storage.database import Database

from .conftest import talk


def test_a_draft_is_kept_with_its_attachments_and_what_waits(store: ChatStore) -> None:
    draft = Draft("half a que", (Attachment("a.py", "print(1)\0"), Attachment("", "pasted")), ("next?", "and then?"))
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


def test_attachments_are_not_written_again_with_every_key(store: ChatStore, database: Database) -> None:
    attached = (Attachment("book.txt", "word " * 200_000),)
    store.save_draft(None, Draft("a", attached)).result(5)

    def number() -> object:
        return database.read(lambda c: c.execute("SELECT rowid FROM draft_attachments").fetchall())

    store.save_draft(None, Draft("x", (Attachment("other", "x"), *attached))).result(5)
    before = number()
    store.save_draft(None, Draft("xy", (Attachment("other", "x"), *attached))).result(5)
    assert number() == before
    assert store.draft(None).text == "xy"


def test_half_a_character_becomes_a_question_mark_everywhere(store: ChatStore) -> None:
    store.save_draft(None, Draft("d\udd99", (Attachment("n\udd99", "t\udd99"),), ("q\udd99",))).result(5)
    assert store.draft(None) == Draft("d?", (Attachment("n?", "t?"),), ("q?",))


def test_what_was_typed_in_a_chat_that_is_gone_is_not_kept(store: ChatStore, database: Database) -> None:
    home = talk(store, "Hello", "Yes")[0].conversation_id
    store.to_bin([home], 1.0)
    store.purge([home])
    store.save_draft(home, Draft("canary", (Attachment("n", "canary"),))).result(5)
    assert database.read(lambda c: c.execute("SELECT * FROM drafts").fetchall()) == []
    assert database.read(lambda c: c.execute("SELECT * FROM draft_attachments").fetchall()) == []
