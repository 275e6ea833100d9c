"""Where conversations are kept, and the only SQL of this room.

One call that changes something is one transaction. A deleted conversation is first hidden (so that it can be
brought back) and then purged for good by `purge_hidden`, at the latest when the profile is next opened.
"""

from __future__ import annotations

import json
import secrets
from concurrent.futures import Future
from dataclasses import asdict
from typing import Any  # rows of the database adapter are untyped tuples

from app.chat.tree import Conversation, Cut, Message, Role, Stats, Status, Tree
from app.storage.cipher import Connection
from app.storage.database import Database
from app.storage.migrate import Migration

MIGRATIONS = (
    Migration(
        2,
        "conversations and messages",
        (
            """CREATE TABLE conversations (
                id TEXT PRIMARY KEY,
                title TEXT NOT NULL,
                is_title_chosen INTEGER NOT NULL DEFAULT 0,
                tip_id TEXT,
                created_at REAL NOT NULL,
                changed_at REAL NOT NULL,
                is_hidden INTEGER NOT NULL DEFAULT 0
            ) STRICT""",
            """CREATE TABLE messages (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL UNIQUE,
                conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
                parent_id TEXT REFERENCES messages (id) ON DELETE CASCADE,
                role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
                text TEXT NOT NULL,
                status TEXT NOT NULL,
                created_at REAL NOT NULL,
                model TEXT NOT NULL DEFAULT '',
                note TEXT NOT NULL DEFAULT '',
                stats TEXT
            ) STRICT""",
            "CREATE INDEX messages_by_conversation ON messages (conversation_id)",
            "CREATE INDEX messages_by_parent ON messages (parent_id)",
            """CREATE TABLE drafts (
                conversation_id TEXT PRIMARY KEY,
                text TEXT NOT NULL
            ) STRICT""",
        ),
    ),
    Migration(
        3,
        "where the model's view of a branch begins",
        (
            """CREATE TABLE cuts (
                message_id TEXT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
                conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
                summary TEXT NOT NULL
            ) STRICT, WITHOUT ROWID""",
            "CREATE INDEX cuts_by_conversation ON cuts (conversation_id)",
        ),
    ),
)

_CONVERSATION = "id, title, is_title_chosen, tip_id, created_at, changed_at"
_MESSAGE = "number, id, conversation_id, parent_id, role, text, status, created_at, model, note, stats"


def new_id() -> str:
    """128 random bits; ids carry no time and no order."""
    return secrets.token_hex(16)


class ChatStore:
    """Conversations in the profile's database. Every call waits for its transaction unless it says otherwise."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def conversations(self) -> tuple[Conversation, ...]:
        """All that are not hidden, the last changed first."""
        rows = self._database.read(
            lambda c: c.execute(
                f"SELECT {_CONVERSATION} FROM conversations WHERE is_hidden = 0 ORDER BY changed_at DESC, rowid DESC"
            ).fetchall()
        )
        return tuple(_conversation(row) for row in rows)

    def conversation(self, conversation_id: str) -> Conversation | None:
        row = self._database.read(
            lambda c: c.execute(
                f"SELECT {_CONVERSATION} FROM conversations WHERE id = ?", (conversation_id,)
            ).fetchone()
        )
        return None if row is None else _conversation(row)

    def tree(self, conversation_id: str) -> Tree:
        """All messages of a conversation; an empty tree for one that is not there."""

        def read(c: Connection) -> Tree:
            tip = c.execute("SELECT tip_id FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
            rows = c.execute(
                f"SELECT {_MESSAGE} FROM messages WHERE conversation_id = ? ORDER BY number",
                (conversation_id,),
            ).fetchall()
            return Tree([_message(row) for row in rows], None if tip is None else tip[0])

        return self._database.read(read)

    def begin_turn(
        self,
        conversation_id: str | None,
        question: str,
        *,
        parent_id: str | None,
        model: str,
        title: str,
        now: float,
    ) -> tuple[Message, Message]:
        """Commit a question and an empty streaming answer below `parent_id`, and move the tip to the answer.

        With no conversation, one is made under `title`. Half a character (from an odd clipboard) becomes `?`.
        """

        def write(c: Connection) -> tuple[Message, Message]:
            home = conversation_id or new_id()
            if conversation_id is None:
                c.execute(
                    "INSERT INTO conversations (id, title, created_at, changed_at) VALUES (?, ?, ?, ?)",
                    (home, _whole(title), now, now),
                )
            asked = _insert(c, home, parent_id, role="user", text=_whole(question), status="done", now=now)
            answer = _insert(c, home, asked.id, role="assistant", text="", status="streaming", now=now, model=model)
            _move_tip(c, home, answer.id, now)
            return asked, answer

        return self._database.write(write)

    def begin_answer(self, question: Message, *, model: str, now: float) -> Message:
        """Commit another streaming answer to a question that is there already, and move the tip to it."""

        def write(c: Connection) -> Message:
            answer = _insert(
                c,
                question.conversation_id,
                question.id,
                role="assistant",
                text="",
                status="streaming",
                now=now,
                model=model,
            )
            _move_tip(c, question.conversation_id, answer.id, now)
            return answer

        return self._database.write(write)

    def save_text(self, message_id: str, text: str) -> None:
        """The words so far of a streaming answer."""
        self._database.write(lambda c: c.execute("UPDATE messages SET text = ? WHERE id = ?", (text, message_id)))

    def finish(
        self, message_id: str, text: str, status: Status, *, model: str, note: str, stats: Stats | None
    ) -> Message:
        """The final words and state of an answer."""
        packed = None if stats is None else json.dumps(asdict(stats))

        def write(c: Connection) -> Message:
            c.execute(
                "UPDATE messages SET text = ?, status = ?, model = ?, note = ?, stats = ? WHERE id = ?",
                (text, status, model, note, packed, message_id),
            )
            row = c.execute(f"SELECT {_MESSAGE} FROM messages WHERE id = ?", (message_id,)).fetchone()
            return _message(row)

        return self._database.write(write)

    def mark_interrupted(self) -> int:
        """Every answer that was being written when Paddock last ended; their words stay. Returns how many."""
        return self._database.write(
            lambda c: c.execute("UPDATE messages SET status = 'interrupted' WHERE status = 'streaming'").rowcount
        )

    def move_tip(self, conversation_id: str, message_id: str) -> None:
        """Show another branch."""
        self._database.write(
            lambda c: c.execute("UPDATE conversations SET tip_id = ? WHERE id = ?", (message_id, conversation_id))
        )

    def rename(self, conversation_id: str, title: str) -> None:
        """A title that the person chose; it is never replaced by an automatic one."""
        self._database.write(
            lambda c: c.execute(
                "UPDATE conversations SET title = ?, is_title_chosen = 1 WHERE id = ?",
                (_whole(title), conversation_id),
            )
        )

    def hide(self, conversation_id: str) -> None:
        """Delete, as long as it can be undone."""
        self._set_hidden(conversation_id, 1)

    def bring_back(self, conversation_id: str) -> None:
        """Undo of `hide`."""
        self._set_hidden(conversation_id, 0)

    def hidden_ids(self) -> tuple[str, ...]:
        """Conversations that were deleted and can still be brought back."""
        rows = self._database.read(lambda c: c.execute("SELECT id FROM conversations WHERE is_hidden = 1").fetchall())
        return tuple(str(row[0]) for row in rows)

    def purge_hidden(self, conversation_id: str | None = None) -> None:
        """Delete hidden conversations (or this one, if hidden) for good, with their drafts."""

        def write(c: Connection) -> None:
            which = "is_hidden = 1 AND (?1 IS NULL OR id = ?1)"
            c.execute(
                f"DELETE FROM drafts WHERE conversation_id IN (SELECT id FROM conversations WHERE {which})",
                (conversation_id,),
            )
            c.execute(f"DELETE FROM conversations WHERE {which}", (conversation_id,))

        self._database.write(write)
        self._database.forget_deleted()

    def cuts(self, conversation_id: str) -> dict[str, Cut]:
        """By message: where the model's view of a branch begins."""
        rows = self._database.read(
            lambda c: c.execute(
                "SELECT message_id, summary FROM cuts WHERE conversation_id = ?", (conversation_id,)
            ).fetchall()
        )
        return {row[0]: Cut(row[0], row[1]) for row in rows}

    def cut(self, conversation_id: str, cut: Cut) -> None:
        """Let the model's view of branches with this message begin there; replaces its summary."""
        sql = "INSERT INTO cuts VALUES (?, ?, ?) ON CONFLICT (message_id) DO UPDATE SET summary = excluded.summary"
        self._database.write(lambda c: c.execute(sql, (cut.message_id, conversation_id, _whole(cut.summary))).rowcount)

    def uncut(self, conversation_id: str) -> None:
        """Let the model see all again, as far as it fits: after the context was enlarged."""
        self._database.write(
            lambda c: c.execute("DELETE FROM cuts WHERE conversation_id = ?", (conversation_id,)).rowcount
        )

    def draft(self, conversation_id: str | None) -> str:
        """What was typed and not sent; None asks for the draft of a new chat."""
        row = self._database.read(
            lambda c: c.execute(
                "SELECT text FROM drafts WHERE conversation_id = ?", (conversation_id or "",)
            ).fetchone()
        )
        return "" if row is None else str(row[0])

    def save_draft(self, conversation_id: str | None, text: str) -> Future[None]:
        """Keep what is being typed; an empty text forgets it. Does not wait."""

        def write(c: Connection) -> None:
            c.execute("DELETE FROM drafts WHERE conversation_id = ?", (conversation_id or "",))
            if text:
                c.execute(
                    "INSERT INTO drafts (conversation_id, text) VALUES (?, ?)", (conversation_id or "", _whole(text))
                )

        return self._database.write_soon(write)

    def _set_hidden(self, conversation_id: str, is_hidden: int) -> None:
        self._database.write(
            lambda c: c.execute("UPDATE conversations SET is_hidden = ? WHERE id = ?", (is_hidden, conversation_id))
        )


def _insert(
    c: Connection,
    conversation_id: str,
    parent_id: str | None,
    *,
    role: Role,
    text: str,
    status: Status,
    now: float,
    model: str = "",
) -> Message:
    message_id = new_id()
    c.execute(
        "INSERT INTO messages (id, conversation_id, parent_id, role, text, status, created_at, model)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (message_id, conversation_id, parent_id, role, text, status, now, model),
    )
    row = c.execute(f"SELECT {_MESSAGE} FROM messages WHERE id = ?", (message_id,)).fetchone()
    return _message(row)


def _whole(text: str) -> str:
    """Without lone surrogates, which SQLite cannot hold: they are no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _move_tip(c: Connection, conversation_id: str, message_id: str, now: float) -> None:
    c.execute("UPDATE conversations SET tip_id = ?, changed_at = ? WHERE id = ?", (message_id, now, conversation_id))


def _conversation(row: Any) -> Conversation:  # Any: a row of the adapter
    return Conversation(row[0], row[1], bool(row[2]), row[3], row[4], row[5])


def _message(row: Any) -> Message:  # Any: a row of the adapter
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
    )
