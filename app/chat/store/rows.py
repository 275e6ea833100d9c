"""What the parts of the store share: rows as values, values as rows, and where both meet the database."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any  # rows of the database adapter are untyped tuples

from app.chat.manner import OPEN, Manner
from app.chat.store.words import MAX_AT_ONCE
from app.chat.tree import Attachment, Conversation, Message, Stats
from app.documents.grounds import NOT_CITED, Cited, Grounds
from app.documents.packing import pack, pack_cited, unpack, unpack_cited
from app.errors import StorageFault
from app.storage.cipher import Connection
from app.storage.database import Database
from app.text import _
from app.words import words_of

CONVERSATION = (
    "id, title, title_source, tip_id, created_at, changed_at, folder_id, is_pinned, is_archived, deleted_at, manner"
)
MESSAGE = "number, id, conversation_id, parent_id, role, text, status, created_at, model, note, stats"
GIVEN = "(SELECT value FROM json_each(?))"
"""The ids of a parameter made by `listed`: any number of them in one statement."""


class Part:
    """What every part of the store stands on. `id_prefix` begins the ids of conversations that are made here."""

    def __init__(self, database: Database, *, id_prefix: str = "", now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._id_prefix = id_prefix
        self._now = now


def new_id() -> str:
    """128 random bits; ids carry no time and no order."""
    return secrets.token_hex(16)


def whole(text: str) -> str:
    """Without lone surrogates, which SQLite cannot hold: they are no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def listed(ids: Iterable[str]) -> str:
    """For GIVEN."""
    return json.dumps(list(ids))


def packed_manner(manner: Manner) -> str:
    """As it is stored; empty where it says nothing."""
    if manner == OPEN:
        return ""
    return whole(json.dumps(asdict(manner), ensure_ascii=False))


def manner_of(packed: str) -> Manner:
    if not packed:
        return OPEN
    fields = json.loads(packed)
    pairs = tuple((str(key), float(value)) for key, value in fields.get("sampling") or ())
    return Manner(fields.get("system_prompt"), fields.get("persona_id"), pairs, fields.get("model"))


def packed_stats(stats: Stats | None) -> str | None:
    return None if stats is None else json.dumps(asdict(stats))


def conversation_of(row: Any) -> Conversation:  # Any: a row of the adapter
    own, title, source, tip_id, created_at, changed_at, folder_id, is_pinned, is_archived, deleted_at, packed = row
    return Conversation(
        own,
        title,
        source,
        tip_id,
        created_at,
        changed_at,
        folder_id=folder_id,
        is_pinned=bool(is_pinned),
        is_archived=bool(is_archived),
        deleted_at=deleted_at,
        manner=manner_of(packed),
    )


def message_of(
    row: Any,  # of the adapter
    attachments: tuple[Attachment, ...] = (),
    grounds: Grounds | None = None,
    cited: Cited = NOT_CITED,
) -> Message:
    number, message_id, home, parent_id, role, text, status, created_at, model, note, packed = row
    return Message(
        number=number,
        id=message_id,
        conversation_id=home,
        parent_id=parent_id,
        role=role,
        text=text,
        status=status,
        created_at=created_at,
        model=model,
        note=note,
        stats=None if packed is None else Stats(**json.loads(packed)),
        attachments=attachments,
        grounds=grounds,
        cited=cited,
    )


def gone() -> StorageFault:
    """What a call raises whose message or conversation was purged meanwhile."""
    return StorageFault(_("This message or chat is not there any more."), _("It was deleted for good."))


def read_conversation(c: Connection, conversation_id: str) -> Conversation | None:
    row = c.execute(f"SELECT {CONVERSATION} FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
    return None if row is None else conversation_of(row)


def read_messages(c: Connection, where: str, parameters: Sequence[str | int]) -> list[Message]:
    """Those that are not deleted, oldest first, below the parents that they are seen below."""
    rows = c.execute(
        f"SELECT {MESSAGE} FROM messages WHERE deleted_batch IS NULL AND {where} ORDER BY number", parameters
    ).fetchall()
    ids = [row[1] for row in rows]
    attached, grounded = _attachments(c, ids), read_grounds(c, ids)
    moved: dict[str | None, str | None] = {}
    for home in {row[2] for row in rows}:
        moved |= parents_of_hidden(c, home)
    return [
        message_of(
            (*row[:3], moved.get(row[3], row[3]), *row[4:]), tuple(attached.get(row[1], ())), *grounded.get(row[1], ())
        )
        for row in rows
    ]


def parents_of_hidden(c: Connection, conversation_id: str) -> dict[str | None, str | None]:
    """By each hidden message of a conversation: the nearest message above it that stays. Its children move there."""
    rows = c.execute(
        "SELECT id, parent_id FROM messages WHERE conversation_id = ? AND deleted_batch IS NOT NULL ORDER BY number",
        (conversation_id,),
    )
    nearest: dict[str | None, str | None] = {}
    for message_id, parent_id in rows:  # a parent is older than its children, so it was here before
        nearest[message_id] = nearest.get(parent_id, parent_id)
    return nearest


def insert_conversation(c: Connection, made: Conversation) -> None:
    """A folder that is gone meanwhile is none."""
    c.execute(
        f"INSERT INTO conversations ({CONVERSATION})"
        " VALUES (?, ?, ?, ?, ?, ?, (SELECT id FROM folders WHERE id = ?), ?, ?, ?, ?)",
        (
            made.id,
            whole(made.title),
            made.title_source,
            made.tip_id,
            made.created_at,
            made.changed_at,
            made.folder_id,
            int(made.is_pinned),
            int(made.is_archived),
            made.deleted_at,
            packed_manner(made.manner),
        ),
    )


def insert_message(c: Connection, message: Message, *, is_indexed_now: bool = True) -> Message:
    """Write it as the newest of all; its `number` is given here. Words that are not final are indexed later."""
    text = whole(message.text)
    cursor = c.execute(
        "INSERT INTO messages"
        " (id, conversation_id, parent_id, role, status, created_at, size, model, note, stats, text)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            message.id,
            message.conversation_id,
            message.parent_id,
            message.role,
            message.status,
            message.created_at,
            len(text),
            whole(message.model),
            whole(message.note),
            packed_stats(message.stats),
            text,
        ),
    )
    number = cursor.lastrowid or 0
    attached = [(message.id, place, whole(one.name), whole(one.text)) for place, one in enumerate(message.attachments)]
    c.executemany("INSERT INTO attachments (message_id, place, name, text) VALUES (?, ?, ?, ?)", attached)
    if message.grounds is not None:
        insert_grounds(c, message.id, message.grounds, message.cited)
    texts = [text, *(part for row in attached for part in row[2:])]
    if is_indexed_now and message.status != "streaming" and sum(map(len, texts)) <= MAX_AT_ONCE:
        index(c, number, "\n".join(texts))
    else:
        c.execute("INSERT INTO unindexed VALUES (?)", (number,))
    row = c.execute(f"SELECT {MESSAGE} FROM messages WHERE number = ?", (number,)).fetchone()
    return message_of(
        row, tuple(Attachment(name, words) for _id, _place, name, words in attached), message.grounds, message.cited
    )


def insert_grounds(c: Connection, answer_id: str, grounds: Grounds, cited: Cited = NOT_CITED) -> None:
    """Replaces what an answer had."""
    c.execute(
        "INSERT INTO grounds (message_id, cited, packed) VALUES (?, ?, ?)"
        " ON CONFLICT (message_id) DO UPDATE SET packed = excluded.packed, cited = excluded.cited",
        (answer_id, "" if cited == NOT_CITED else pack_cited(cited), whole(pack(grounds))),
    )
    c.execute("DELETE FROM grounded_on WHERE message_id = ?", (answer_id,))
    # Where each part was read in turn, notes stand in the text about documents of which no passage does.
    shown = dict.fromkeys(passage.document_id for passage in (*grounds.passages, *grounds.near))
    read = shown | dict.fromkeys(grounds.documents if grounds.strategy in ("whole", "every_part") else ())
    c.executemany("INSERT INTO grounded_on VALUES (?, ?)", [(answer_id, one) for one in read])


def read_grounds(c: Connection, ids: Sequence[str]) -> dict[str, tuple[Grounds, Cited]]:
    """By answer."""
    rows = c.execute(f"SELECT message_id, packed, cited FROM grounds WHERE message_id IN {GIVEN}", (listed(ids),))
    return {row[0]: (unpack(row[1]), unpack_cited(row[2])) for row in rows}


def index(c: Connection, number: int, text: str) -> None:
    """Let a message be found by these words, and no longer by older ones."""
    c.execute("INSERT OR REPLACE INTO words (rowid, said) VALUES (?, ?)", (number, words_of(text)))
    c.execute("DELETE FROM unindexed WHERE number = ?", (number,))


def move_tip(c: Connection, conversation_id: str, message_id: str | None, now: float) -> None:
    c.execute("UPDATE conversations SET tip_id = ?, changed_at = ? WHERE id = ?", (message_id, now, conversation_id))


def _attachments(c: Connection, ids: Sequence[str]) -> dict[str, list[Attachment]]:
    found: dict[str, list[Attachment]] = {}
    sql = f"SELECT message_id, name, text FROM attachments WHERE message_id IN {GIVEN} ORDER BY message_id, place"
    for message_id, name, text in c.execute(sql, (listed(ids),)):
        found.setdefault(message_id, []).append(Attachment(name, text))
    return found
