"""Reading a conversation, and writing its turns. What a long one costs is what is shown or asked of it."""

from __future__ import annotations

import json
from collections.abc import Container, Sequence
from dataclasses import replace

from app.chat.manner import OPEN, Manner
from app.chat.store.drafts import read_draft, read_edits
from app.chat.store.rows import (
    GIVEN,
    MESSAGE,
    Part,
    gone,
    index,
    insert_conversation,
    insert_message,
    listed,
    message_of,
    move_tip,
    new_id,
    packed_stats,
    parents_of_hidden,
    read_conversation,
    read_messages,
    whole,
)
from app.chat.store.words import MAX_AT_ONCE
from app.chat.tree import Attachment, Conversation, Cut, Draft, Edit, Message, Node, Role, Stats, Status, Tree
from app.frozen import dataclass
from app.storage.cipher import Connection


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation as it is shown: all of it without its words, and the words of the end of its branch.

    `conversation` is None where there is none; then the rest is empty.
    """

    conversation: Conversation | None
    tree: Tree[Node]
    messages: tuple[Message, ...]
    cuts: dict[str, Cut]
    draft: Draft
    edits: tuple[Edit, ...] = ()


class Turns(Part):
    """Messages and tips, and where the model's view begins."""

    def opened(self, conversation_id: str, *, tail: int = 40) -> Opened:
        """What a window needs to show it. `messages`: the last `tail` of the path to the tip, oldest first."""

        def read(c: Connection) -> Opened:
            conversation = read_conversation(c, conversation_id)
            tree = Tree(read_nodes(c, conversation_id), None if conversation is None else conversation.tip_id)
            shown = [node.id for node in tree.path()[-tail:]] if tail > 0 else []
            messages = read_messages(c, f"id IN {GIVEN}", (listed(shown),))
            return Opened(
                conversation,
                tree,
                tuple(messages),
                read_cuts(c, conversation_id),
                read_draft(c, conversation_id),
                read_edits(c, conversation_id),
            )

        return self._database.read(read)

    def messages(self, ids: Sequence[str]) -> tuple[Message, ...]:
        """Those of these that are there, in this order."""
        found = {
            message.id: message
            for message in self._database.read(lambda c: read_messages(c, f"id IN {GIVEN}", (listed(ids),)))
        }
        return tuple(found[message_id] for message_id in ids if message_id in found)

    def tree(self, conversation_id: str) -> Tree[Message]:
        """All messages of a conversation with their words; an empty tree for one that is not there."""

        def read(c: Connection) -> Tree[Message]:
            tip = c.execute("SELECT tip_id FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
            messages = read_messages(c, "conversation_id = ?", (conversation_id,))
            return Tree(messages, None if tip is None else tip[0])

        return self._database.read(read)

    def branch(self, conversation_id: str, tip_id: str | None, cuts: Container[str]) -> tuple[tuple[Message, ...], int]:
        """The path to `tip_id` (None: to the conversation's tip) from its last message in `cuts` on, oldest first.

        And how many messages stand before. All of the path where none of it is in `cuts`.
        """

        def read(c: Connection) -> tuple[tuple[Message, ...], int]:
            tip = c.execute("SELECT tip_id FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
            at = tip_id if tip_id is not None or tip is None else tip[0]
            path = Tree(read_nodes(c, conversation_id), None).path(at) if at is not None else ()
            begins = max((place for place, node in enumerate(path) if node.id in cuts), default=0)
            seen = [node.id for node in path[begins:]]
            return tuple(read_messages(c, f"id IN {GIVEN}", (listed(seen),))), begins

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
        attachments: Sequence[Attachment] = (),
        folder_id: str | None = None,
        manner: Manner = OPEN,
    ) -> tuple[Message, Message]:
        """Commit a question and an empty streaming answer below `parent_id`, and move the tip to the answer.

        With no conversation, one is made under `title`, in this folder, with this manner. Half a character (from an
        odd clipboard) becomes `?`.
        """
        home = conversation_id or self._id_prefix + new_id()

        def write(c: Connection) -> tuple[Message, Message]:
            if conversation_id is None:
                made = Conversation(home, title, "question", None, now, now, folder_id=folder_id, manner=manner)
                insert_conversation(c, made)
            said = _new(home, parent_id, "user", question, now=now)
            asked = insert_message(c, replace(said, attachments=tuple(attachments)))
            answer = insert_message(c, _streaming(home, asked.id, model=model, now=now))
            move_tip(c, home, answer.id, now)
            return asked, answer

        return self._database.write(write)

    def begin_answer(self, question: Message, *, model: str, now: float) -> Message:
        """Commit another streaming answer to a question that is there already, and move the tip to it."""
        home = question.conversation_id

        def write(c: Connection) -> Message:
            answer = insert_message(c, _streaming(home, question.id, model=model, now=now))
            move_tip(c, home, answer.id, now)
            return answer

        return self._database.write(write)

    def resume_answer(self, message_id: str) -> Message:
        """Let an answer be written on: it is streaming again, and its words stay. Raises StorageFault without one."""

        def write(c: Connection) -> Message:
            c.execute("UPDATE messages SET status = 'streaming', note = '' WHERE id = ?", (message_id,))
            answer = _one(c, message_id)
            c.execute("INSERT OR IGNORE INTO unindexed VALUES (?)", (answer.number,))
            move_tip(c, answer.conversation_id, answer.id, self._now())
            return answer

        return self._database.write(write)

    def add_version(self, message_id: str, text: str, *, now: float) -> Message:
        """Another version of a message, in the person's own words; the tip moves to it.

        Raises StorageFault where the message is gone.
        """

        def write(c: Connection) -> Message:
            old = _one(c, message_id)
            parent_id = (c.execute("SELECT parent_id FROM messages WHERE id = ?", (message_id,)).fetchone() or (None,))[
                0
            ]
            said = _new(old.conversation_id, parent_id, old.role, text, now=now)
            made = insert_message(c, replace(said, attachments=old.attachments))
            move_tip(c, made.conversation_id, made.id, now)
            return _one(c, made.id)

        return self._database.write(write)

    def save_text(self, message_id: str, text: str) -> None:
        """The words so far of a streaming answer."""
        said = whole(text)
        self._database.write(
            lambda c: c.execute("UPDATE messages SET text = ?, size = ? WHERE id = ?", (said, len(said), message_id))
        )

    def finish(
        self, message_id: str, text: str, status: Status, *, model: str, note: str, stats: Stats | None
    ) -> Message:
        """The final words and state of an answer, which is found by them from now on.

        Raises StorageFault where it is gone.
        """
        said = whole(text)

        def write(c: Connection) -> Message:
            c.execute(
                "UPDATE messages SET text = ?, size = ?, status = ?, model = ?, note = ?, stats = ? WHERE id = ?",
                (said, len(said), status, model, whole(note), packed_stats(stats), message_id),
            )
            row = c.execute(f"SELECT {MESSAGE} FROM messages WHERE id = ?", (message_id,)).fetchone()
            if row is None:
                raise gone()
            if len(said) <= MAX_AT_ONCE:
                index(c, row[0], said)
            shown = read_messages(c, "number = ?", (row[0],))
            return shown[0] if shown else message_of(row)  # it may have been deleted while it was being written

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

    def cuts(self, conversation_id: str) -> dict[str, Cut]:
        """By message: where the model's view of a branch begins."""
        return self._database.read(lambda c: read_cuts(c, conversation_id))

    def cut(self, conversation_id: str, cut: Cut) -> None:
        """Let the model's view of branches with this message begin there; replaces its summary."""
        self._database.write(lambda c: insert_cut(c, conversation_id, cut))

    def uncut(self, conversation_id: str) -> None:
        """Let the model see all again, as far as it fits: after the context was enlarged."""
        self._database.write(
            lambda c: c.execute("DELETE FROM cuts WHERE conversation_id = ?", (conversation_id,)).rowcount
        )


def read_nodes(c: Connection, conversation_id: str) -> list[Node]:
    """All messages that are not deleted, without their words. Answered by one index alone.

    A column comes as one list: for 10,000 messages that takes half of what a row each takes.
    """
    columns = c.execute(
        "SELECT json_group_array(number), json_group_array(id), json_group_array(parent_id), json_group_array(role),"
        " json_group_array(size) FROM (SELECT number, id, parent_id, role, size FROM messages"
        " INDEXED BY messages_by_conversation WHERE conversation_id = ? AND deleted_batch IS NULL ORDER BY number)",
        (conversation_id,),
    ).fetchone()
    nodes = map(Node._make, zip(*map(json.loads, columns or ()), strict=True))
    moved = parents_of_hidden(c, conversation_id)
    return (
        [node._replace(parent_id=moved.get(node.parent_id, node.parent_id)) for node in nodes] if moved else list(nodes)
    )


def read_cuts(c: Connection, conversation_id: str) -> dict[str, Cut]:
    rows = c.execute("SELECT message_id, summary FROM cuts WHERE conversation_id = ?", (conversation_id,))
    return {row[0]: Cut(row[0], row[1]) for row in rows}


def insert_cut(c: Connection, conversation_id: str, cut: Cut) -> None:
    sql = "INSERT INTO cuts VALUES (?, ?, ?) ON CONFLICT (message_id) DO UPDATE SET summary = excluded.summary"
    c.execute(sql, (cut.message_id, conversation_id, whole(cut.summary)))


def _one(c: Connection, message_id: str) -> Message:
    found = read_messages(c, "id = ?", (message_id,))
    if not found:
        raise gone()
    return found[0]


def _new(home: str, parent_id: str | None, role: Role, text: str, *, now: float) -> Message:
    return Message(0, new_id(), home, parent_id, role, text, "done", now)


def _streaming(home: str, parent_id: str, *, model: str, now: float) -> Message:
    return Message(0, new_id(), home, parent_id, "assistant", "", "streaming", now, model=model)
