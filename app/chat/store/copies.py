"""Whole conversations going in and out: copies within the profile, and what comes from or goes to a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

from app.chat.carried import Carried
from app.chat.store import sources
from app.chat.store.rows import (
    GIVEN,
    Part,
    gone,
    insert_conversation,
    insert_message,
    listed,
    new_id,
    read_conversation,
    read_messages,
    whole,
)
from app.chat.store.turns import insert_cut, read_cuts
from app.chat.tree import Cut, Tree
from app.documents.grounds import Grounds
from app.documents.records import Passage
from app.documents.store.vouching import belied
from app.storage.cipher import Connection


class Copies(Part):
    """Every one is one transaction."""

    def duplicate(self, conversation_id: str, *, title: str) -> str:
        """All versions, cuts and attachments under new ids; the new conversation's. Raises StorageFault without one."""
        return self._copied(conversation_id, title, None)

    def branch_off(self, conversation_id: str, message_id: str, *, title: str) -> str:
        """A new chat of the path up to this message alone; its id. Raises StorageFault without one."""
        return self._copied(conversation_id, title, message_id)

    def carried(self, conversation_id: str) -> Carried:
        """All that is known of a conversation. Raises StorageFault without one."""
        return self._database.read(lambda c: _carried(c, conversation_id))

    def bring_in(self, conversations: Iterable[Carried]) -> tuple[str, ...]:
        """Conversations from elsewhere, each in a transaction of its own; their ids, new ones where theirs are taken.

        A folder is found by its name, or made. Their words are found after the next `index_missing`. Passages that a
        document here does not bear out become those of a document that nobody knows: they open as words.
        """
        return tuple([self._database.write(partial(self._bring_in, one)) for one in conversations])

    def _copied(self, conversation_id: str, title: str, up_to: str | None) -> str:
        def write(c: Connection) -> str:
            found = _carried(c, conversation_id)
            if up_to is not None:
                messages = Tree(found.messages, None).path(up_to)
                if not messages:
                    raise gone()
                on_path = {message.id for message in messages}
                cuts = tuple(cut for cut in found.cuts if cut.message_id in on_path)
                found = replace(found, messages=messages, cuts=cuts)
                found = replace(found, conversation=replace(found.conversation, tip_id=up_to))
            now = self._now()
            home = self._id_prefix + new_id()
            copied = replace(
                found.conversation,
                id=home,
                title=title,
                changed_at=now,
                is_pinned=False,
                is_archived=False,
                deleted_at=None,
            )
            names = {message.id: new_id() for message in found.messages}
            _insert(c, replace(found, conversation=copied), names, is_indexed_now=True)
            return home

        return self._database.write(write)

    def _bring_in(self, one: Carried, c: Connection) -> str:
        given = one.conversation
        is_free = given.id.startswith(self._id_prefix) and not _taken(c, "conversations", [given.id])
        home = given.id if is_free and given.id else self._id_prefix + new_id()
        taken = _taken(c, "messages", [message.id for message in one.messages])
        names: dict[str, str] = {}
        for message in one.messages:
            names[message.id] = new_id() if message.id in taken or not message.id else message.id
        folder_id = self._folder(c, one.folder_name)
        made = replace(given, id=home, folder_id=folder_id, deleted_at=None)
        _insert(c, replace(_borne_out(c, one), conversation=made), names, is_indexed_now=False)
        return home

    @staticmethod
    def _folder(c: Connection, name: str) -> str | None:
        if not name:
            return None
        found = c.execute("SELECT id FROM folders WHERE name = ? ORDER BY position LIMIT 1", (whole(name),)).fetchone()
        if found is not None:
            return str(found[0])
        folder_id = new_id()
        place = "(SELECT coalesce(max(position) + 1, 0) FROM folders)"
        c.execute(
            f"INSERT INTO folders (id, name, position, manner) VALUES (?, ?, {place}, '')", (folder_id, whole(name))
        )
        return folder_id


def _carried(c: Connection, conversation_id: str) -> Carried:
    conversation = read_conversation(c, conversation_id)
    if conversation is None:
        raise gone()
    messages = read_messages(c, "conversation_id = ?", (conversation_id,))
    here = {message.id for message in messages}
    cuts = tuple(cut for cut in read_cuts(c, conversation_id).values() if cut.message_id in here)
    folder = c.execute("SELECT name FROM folders WHERE id = ?", (conversation.folder_id,)).fetchone()
    scope = sources.read_scope(c, conversation_id)
    return Carried(conversation, tuple(messages), cuts, "" if folder is None else str(folder[0]), scope)


def _borne_out(c: Connection, carried: Carried) -> Carried:
    """With other ids for documents that are here and say something else: nothing of the chat leads to those then."""
    grounds = [message.grounds for message in carried.messages if message.grounds is not None]
    passages = [passage for one in grounds for passage in (*one.passages, *one.near)]
    strangers = {document_id: new_id() for document_id in belied(c, passages)}
    if not strangers:
        return carried
    messages = tuple(
        message if message.grounds is None else replace(message, grounds=_renamed(message.grounds, strangers))
        for message in carried.messages
    )
    return replace(carried, messages=messages, scope=carried.scope.without(frozenset(strangers)))


def _renamed(grounds: Grounds, names: Mapping[str, str]) -> Grounds:
    def other(passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
        return tuple(replace(one, document_id=names.get(one.document_id, one.document_id)) for one in passages)

    return replace(
        grounds,
        passages=other(grounds.passages),
        near=other(grounds.near),
        documents=tuple(names.get(one, one) for one in grounds.documents),
    )


def _insert(c: Connection, carried: Carried, names: dict[str, str], *, is_indexed_now: bool) -> None:
    """Write a conversation whose messages get new ids by `names`.

    A parent that did not come before its child is none; an answer that was being written is an interrupted one.
    """
    conversation = carried.conversation
    insert_conversation(c, replace(conversation, tip_id=None))
    written: set[str] = set()
    last: str | None = None
    for message in carried.messages:
        if message.id in written:
            continue
        last = names[message.id]
        made = replace(
            message,
            id=last,
            conversation_id=conversation.id,
            parent_id=names[message.parent_id] if message.parent_id in written else None,
            status="interrupted" if message.status == "streaming" else message.status,
        )
        insert_message(c, made, is_indexed_now=is_indexed_now)
        written.add(message.id)
    for cut in carried.cuts:
        if cut.message_id in written:
            insert_cut(c, conversation.id, Cut(names[cut.message_id], cut.summary))
    sources.insert_scope(c, conversation.id, carried.scope)
    tip_id = names[conversation.tip_id] if conversation.tip_id in written else last
    c.execute("UPDATE conversations SET tip_id = ? WHERE id = ?", (tip_id, conversation.id))


def _taken(c: Connection, table: str, ids: Iterable[str]) -> set[str]:
    return {row[0] for row in c.execute(f"SELECT id FROM {table} WHERE id IN {GIVEN}", (listed(ids),))}
