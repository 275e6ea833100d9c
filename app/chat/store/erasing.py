"""Erasing what chats keep of documents that go: what answers were given from, and if so wished the answers themselves.

What is hidden goes as well: older versions, other branches, what was deleted and could have been brought back. And what
repeats it: copies, versions of the person's own, later answers, and words that were typed and not sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from app.chat.quoting import Words
from app.chat.store import sources
from app.chat.store.removal import Removal, hide, name_anew, purge_hidden
from app.chat.store.rows import GIVEN, listed, new_id, read_grounds
from app.documents.grounds import NOWHERE, Cited, Grounds
from app.documents.packing import pack, pack_scope, unpack, unpack_scope
from app.storage.cipher import Connection

_ON = f"SELECT message_id FROM grounded_on WHERE document_id IN {GIVEN}"
_TYPED = ("drafts", "queued", "edits")
_ATTACHED = ("draft_attachments", "queued_attachments", "edit_attachments")


class Erasing(Removal):
    """Each call is one transaction; what it takes away cannot be brought back."""

    def asking(self, document_ids: Sequence[str]) -> tuple[str, ...]:
        """The conversations that ask these documents: the engine may have read them ahead."""
        return self._database.read(lambda c: sources.asking(c, document_ids))

    def remove_answers(self, document_ids: Sequence[str]) -> tuple[str, ...]:
        """Delete the answers given from these documents for good, with all that repeats what stands in them.

        The person's own questions stay. Returns the conversations in which something was. To compare takes as long as
        much was written: that is done before the transaction, which compares only what came or changed meanwhile.
        """
        gone = frozenset(document_ids)
        said, texts = self._database.read(lambda c: _to_compare(c, gone))
        ahead = Words(said)
        for text in texts:
            ahead.stand_in(text)

        def write(c: Connection) -> tuple[str, ...]:
            ids = _given_from(c, gone)
            if not ids:
                return ()
            homes = _homes_of(c, ids)
            now = tuple(_said(c, ids, gone))
            words = ahead if ahead.are_of(now) else Words(now)
            ids += list({copy_id for copy_id, text in _same(c, ids) if words.stand_in(text)})
            known = set(ids)
            ids += [own for own, text in _answers_in(c, homes) if own not in known and words.stand_in(text)]
            batch = new_id()
            hide(c, ids, batch)
            purged = purge_hidden(c, batch)
            c.execute(f"DELETE FROM edits WHERE message_id IN {GIVEN}", (listed(ids),))
            _forget_typed(c, words)
            for home in purged:
                name_anew(c, home, only_by_model=True)
            return tuple(dict.fromkeys((*homes, *purged)))

        homes = self._database.write(write)
        if homes:
            self._forget()
        return homes

    def forget_documents(self, document_ids: Sequence[str]) -> tuple[str, ...]:
        """Take the passages of these documents out of what answers were given from; the answers' own words stay.

        So do the chats, but not summaries in them, which the model made of passages, too, nor what it made of questions
        to search for. Returns the conversations that had some: what the engine read of them holds these passages, too.
        """
        gone = frozenset(document_ids)

        def write(c: Connection) -> tuple[str, ...]:
            ids = set(_given_from(c, gone))
            homes = _homes_of(c, ids)
            inside = f"SELECT id FROM messages WHERE conversation_id IN {GIVEN}"
            rows = c.execute(f"SELECT message_id, packed FROM grounds WHERE message_id IN ({inside})", (listed(homes),))
            for message_id, packed in rows.fetchall():
                grounds = replace(unpack(packed), query="")  # made of what was answered before, perhaps
                left = pack(_without(grounds, gone) if message_id in ids else grounds)
                c.execute("UPDATE grounds SET packed = ? WHERE message_id = ?", (left, message_id))
            c.execute(f"DELETE FROM grounded_on WHERE document_id IN {GIVEN}", (listed(gone),))
            c.execute(f"UPDATE cuts SET summary = '' WHERE conversation_id IN {GIVEN}", (listed(homes),))
            for home, scope in c.execute("SELECT conversation_id, scope FROM drafts WHERE scope != ''").fetchall():
                left = pack_scope(unpack_scope(scope).without(gone))
                c.execute("UPDATE drafts SET scope = ? WHERE conversation_id = ?", (left, home))
            return homes

        return self._database.write(write)


def _given_from(c: Connection, gone: frozenset[str]) -> list[str]:
    return [str(row[0]) for row in c.execute(_ON, (listed(gone),))]


def _to_compare(c: Connection, gone: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is not to be repeated, and all texts that might."""
    ids = _given_from(c, gone)
    if not ids:
        return (), ()
    answers = (*_same(c, ids), *_answers_in(c, _homes_of(c, ids)))
    typed = (text for table in (*_TYPED, *_ATTACHED) for _row_id, text in _texts(c, table))
    return tuple(_said(c, ids, gone)), (*(text for _own, text in answers), *typed)


def _homes_of(c: Connection, ids: Iterable[str]) -> tuple[str, ...]:
    sql = f"SELECT DISTINCT conversation_id FROM messages WHERE id IN {GIVEN}"
    return tuple(str(row[0]) for row in c.execute(sql, (listed(ids),)))


def _said(c: Connection, ids: Sequence[str], gone: frozenset[str]) -> Iterator[str]:
    """What stood in the documents, as far as these answers had it, and the sentences in them that rest on it."""
    rows: Iterable[tuple[str, str]] = c.execute(f"SELECT id, text FROM messages WHERE id IN {GIVEN}", (listed(ids),))
    texts = dict(rows)
    for message_id, (grounds, cited) in read_grounds(c, ids).items():
        for passage in (*grounds.passages, *grounds.near):
            if passage.document_id in gone:
                yield passage.text
        yield from _resting(texts[message_id], grounds, cited, gone)


def _resting(text: str, grounds: Grounds, cited: Cited, gone: frozenset[str]) -> Iterator[str]:
    for one in cited.citations:
        if one.passage != NOWHERE and grounds.passages[one.passage].document_id in gone:
            yield text[one.start : one.end]


def _same(c: Connection, ids: Sequence[str]) -> list[tuple[str, str]]:
    """Answers anywhere that say the very same, as where a chat was saved and brought in again.

    Not all of them repeat something: "It is not in your documents." is said of others, too.
    """
    sql = (
        "SELECT other.id, other.text FROM messages m JOIN messages other ON other.size = m.size"
        f" WHERE m.id IN {GIVEN} AND other.role = 'assistant' AND other.text = m.text AND other.id NOT IN {GIVEN}"
    )
    rows: list[tuple[str, str]] = c.execute(sql, (listed(ids), listed(ids))).fetchall()
    return rows


def _answers_in(c: Connection, homes: Sequence[str]) -> list[tuple[str, str]]:
    sql = f"SELECT id, text FROM messages WHERE role = 'assistant' AND conversation_id IN {GIVEN}"
    rows: list[tuple[str, str]] = c.execute(sql, (listed(homes),)).fetchall()
    return rows


def _texts(c: Connection, table: str) -> list[tuple[int, str]]:
    rows: list[tuple[int, str]] = c.execute(f"SELECT rowid, text FROM {table}").fetchall()
    return rows


def _forget_typed(c: Connection, words: Words) -> None:
    """Sentences that repeat them leave what was typed and not sent; what is attached to it goes whole."""
    for table in _TYPED:
        for row_id, text in _texts(c, table):
            if words.stand_in(text):
                c.execute(f"UPDATE {table} SET text = ? WHERE rowid = ?", (words.taken_from(text), row_id))
    for table in _ATTACHED:
        for row_id, text in _texts(c, table):
            if words.stand_in(text):
                c.execute(f"DELETE FROM {table} WHERE rowid = ?", (row_id,))
    has_some = "SELECT 1 FROM queued_attachments a WHERE a.conversation_id = q.conversation_id AND a.queued = q.place"
    c.execute(f"DELETE FROM queued AS q WHERE q.text = '' AND NOT EXISTS ({has_some})")


def _without(grounds: Grounds, gone: frozenset[str]) -> Grounds:
    """The places stay, so that other citations keep theirs; the words go."""
    emptied = tuple(
        replace(passage, text="", heading="", document_name="", part_label="")
        if passage.document_id in gone
        else passage
        for passage in grounds.passages
    )
    near = tuple(passage for passage in grounds.near if passage.document_id not in gone)
    return replace(grounds, passages=emptied, near=near, text="")
