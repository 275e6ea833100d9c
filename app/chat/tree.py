"""A conversation is a tree of parent-linked messages and a movable tip.

The path from the root to the tip is what is read and what the model sees. Editing a question, regenerating an
answer and branching are one operation: a new child of an older message, and the tip moves. Order among siblings
is the order of writing (`number`), never the clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Role = Literal["user", "assistant"]
Status = Literal["done", "streaming", "stopped", "interrupted", "failed", "length", "context"]

TITLE_CHARACTERS = 48


@dataclass(frozen=True, slots=True)
class Conversation:
    """A row of the list of chats. `changed_at` is in Unix seconds and only for showing."""

    id: str
    title: str
    is_title_chosen: bool
    tip_id: str | None
    created_at: float
    changed_at: float


@dataclass(frozen=True, slots=True)
class Stats:
    """What an answer cost: tokens and seconds. `reused_tokens` of the prompt were still in the KV cache."""

    prompt_tokens: int
    reused_tokens: int
    answer_tokens: int
    first_token_s: float
    decode_s: float


@dataclass(frozen=True, slots=True)
class Message:
    """One message, as stored.

    `note` goes with `status`: why it failed and, on a second line, the next step; or what was left out.
    """

    number: int
    id: str
    conversation_id: str
    parent_id: str | None
    role: Role
    text: str
    status: Status
    created_at: float
    model: str = ""
    note: str = ""
    stats: Stats | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """From this message on the model sees the branch, and of what stands before only `summary` (empty: nothing)."""

    message_id: str
    summary: str = ""


class Tree:
    """The messages of one conversation, linked. Built from rows, never changed afterwards."""

    def __init__(self, messages: Iterable[Message], tip_id: str | None) -> None:
        self._by_id = {message.id: message for message in sorted(messages, key=lambda m: m.number)}
        self._children: dict[str | None, list[str]] = {}
        for message in self._by_id.values():
            self._children.setdefault(message.parent_id, []).append(message.id)
        self.tip_id = tip_id if tip_id in self._by_id else None

    def __len__(self) -> int:
        return len(self._by_id)

    def message(self, message_id: str) -> Message:
        return self._by_id[message_id]

    def with_message(self, message: Message) -> Tree:
        """The same tree with this message added, or replaced by its newer state."""
        return Tree((*(m for m in self._by_id.values() if m.id != message.id), message), self.tip_id)

    def with_tip(self, tip_id: str) -> Tree:
        """The same messages, another branch."""
        return Tree(self._by_id.values(), tip_id)

    def path(self, tip_id: str | None = None) -> tuple[Message, ...]:
        """From the first message to `tip_id` (default: the tip), oldest first."""
        found: list[Message] = []
        at = self.tip_id if tip_id is None else tip_id
        while at is not None and at in self._by_id:
            found.append(self._by_id[at])
            at = self._by_id[at].parent_id
        return tuple(reversed(found))

    def versions(self, message_id: str) -> tuple[str, ...]:
        """The ids of all versions of this message: its siblings and itself, oldest first."""
        return tuple(self._children[self._by_id[message_id].parent_id])

    def newest_leaf(self, message_id: str) -> str:
        """Where the newest branch below this message ends."""
        at = message_id
        while self._children.get(at):
            at = self._children[at][-1]
        return at


def title_from(question: str) -> str:
    """A title for a conversation from its first question: its first line of words, cut at a word."""
    words = " ".join(next((line for line in question.splitlines() if line.strip()), "").split())
    words = words.lstrip("#>*-` ").rstrip("`* ")
    if len(words) <= TITLE_CHARACTERS:
        return words.rstrip("?.!:,; ") if len(words.rstrip("?.!:,; ")) > 0 else words
    cut = words[: TITLE_CHARACTERS + 1]
    head = cut[: cut.rfind(" ")] if " " in cut[TITLE_CHARACTERS // 2 :] else cut[:TITLE_CHARACTERS]
    return head.rstrip("?.!:,; ") + "…"
