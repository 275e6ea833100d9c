"""A conversation is a tree of parent-linked messages and a movable tip.

The path from the root to the tip is what is read and what the model sees. Editing a question, regenerating an
answer and branching are one operation: a new child of an older message, and the tip moves. Order among siblings
is the order of writing (`number`), never the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Generic, Literal, NamedTuple, Protocol, TypeVar

from app.chat.manner import OPEN, Manner
from app.documents.grounds import NOT_CITED, Cited, Grounds
from app.documents.records import NO_DOCUMENTS, Scope
from app.frozen import dataclass

Role = Literal["user", "assistant"]
Status = Literal["done", "streaming", "stopped", "interrupted", "failed", "length", "context"]
TitleSource = Literal["question", "model", "person"]

TITLE_CHARACTERS = 48


@dataclass(frozen=True, slots=True)
class Conversation:
    """A row of the list of chats. Times are in Unix seconds and only for showing.

    `deleted_at` is set while it lies in the bin. `title_source`: who wrote the title; a person's is never replaced.
    """

    id: str
    title: str
    title_source: TitleSource
    tip_id: str | None
    created_at: float
    changed_at: float
    folder_id: str | None = None
    is_pinned: bool = False
    is_archived: bool = False
    deleted_at: float | None = None
    manner: Manner = OPEN


@dataclass(frozen=True, slots=True)
class Folder:
    """A group of chats with a manner of its own. Folders are shown by `position`, then by name."""

    id: str
    name: str
    position: int = 0
    manner: Manner = OPEN


@dataclass(frozen=True, slots=True)
class Attachment:
    """A text that goes with a question and is shown as a chip. `name` is a file's name, or empty for a pasted text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that waits for the answer under way."""

    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """What stands in the place of a message while it is being changed there, and is not saved."""

    message_id: str
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed and not sent, what is attached to it, and the messages that wait for the answer under way.

    `scope` are the documents that a chat is to ask which does not exist yet; one that does keeps them itself.
    """

    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    queued: tuple[Queued, ...] = ()
    scope: Scope = NO_DOCUMENTS

    def __bool__(self) -> bool:
        return bool(self.text or self.attachments or self.queued or self.scope)


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

    `note` goes with `status`: why it failed and, on a second line, the next step; or what was left out. An answer from
    documents has `grounds`: what it was given from, and which of its sentences stands where in them.
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
    attachments: tuple[Attachment, ...] = ()
    grounds: Grounds | None = None
    cited: Cited = NOT_CITED

    @property
    def size(self) -> int:
        """Of its text, in characters."""
        return len(self.text)


class Node(NamedTuple):
    """A message without its words, of which a long conversation has thousands. `size` is its text's, in characters."""

    number: int
    id: str
    parent_id: str | None
    role: Role
    size: int


@dataclass(frozen=True, slots=True)
class Cut:
    """From this message on the model sees the branch, and of what stands before only `summary` (empty: nothing)."""

    message_id: str
    summary: str = ""


class Linked(Protocol):
    """What a tree is made of."""

    @property
    def number(self) -> int: ...
    @property
    def id(self) -> str: ...
    @property
    def parent_id(self) -> str | None: ...


L = TypeVar("L", bound=Linked)


class Tree(Generic[L]):
    """The messages of one conversation (`Message`, or only `Node`), linked. Never changed once it is made."""

    def __init__(self, messages: Iterable[L], tip_id: str | None) -> None:
        self._by_id = {message.id: message for message in sorted(messages, key=attrgetter("number"))}
        self._children: dict[str | None, tuple[str, ...]] = {}
        several: dict[str | None, list[str]] = {}
        for message_id, message in self._by_id.items():
            parent_id = message.parent_id
            if parent_id not in self._children:
                self._children[parent_id] = (message_id,)
            else:
                several.setdefault(parent_id, list(self._children[parent_id])).append(message_id)
        self._children |= {parent_id: tuple(ids) for parent_id, ids in several.items()}
        self.tip_id = tip_id if tip_id in self._by_id else None

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, message_id: object) -> bool:
        return message_id in self._by_id

    def message(self, message_id: str) -> L:
        return self._by_id[message_id]

    def with_message(self, message: L) -> Tree[L]:
        """The same tree with this message added, or replaced by its newer state: its links stay as they were."""
        made = self._copy(self.tip_id)
        is_new = message.id not in made._by_id
        made._by_id[message.id] = message
        if is_new:  # the newest of all: numbers only grow
            made._children[message.parent_id] = (*made._children.get(message.parent_id, ()), message.id)
        return made

    def with_tip(self, tip_id: str) -> Tree[L]:
        """The same messages, another branch."""
        return self._copy(tip_id if tip_id in self._by_id else None)

    def path(self, tip_id: str | None = None) -> tuple[L, ...]:
        """From the first message to `tip_id` (default: the tip), oldest first."""
        found: list[L] = []
        at = self.tip_id if tip_id is None else tip_id
        while at is not None and at in self._by_id:
            found.append(self._by_id[at])
            at = self._by_id[at].parent_id
        return tuple(reversed(found))

    def versions(self, message_id: str) -> Sequence[str]:
        """The ids of all versions of this message: its siblings and itself, oldest first."""
        return self._children[self._by_id[message_id].parent_id]

    def children(self, message_id: str | None) -> Sequence[str]:
        """The ids of what directly follows a message, oldest first; None asks for the first messages."""
        return self._children.get(message_id, ())

    def newest_leaf(self, message_id: str) -> str:
        """Where the newest branch below this message ends."""
        at = message_id
        while below := self._children.get(at):
            at = below[-1]
        return at

    def below(self, message_id: str) -> tuple[str, ...]:
        """This message and everything that hangs on it, parents first."""
        found = [message_id]
        for at in found:
            found += self._children.get(at, ())
        return tuple(found)

    def _copy(self, tip_id: str | None) -> Tree[L]:
        made: Tree[L] = Tree((), None)
        made._by_id = dict(self._by_id)
        made._children = dict(self._children)
        made.tip_id = tip_id
        return made


def title_from(question: str) -> str:
    """A title for a conversation from its first question: its first line of words, cut at a word."""
    words = " ".join(next((line for line in question.splitlines() if line.strip()), "").split())
    words = words.lstrip("#>*-` ").rstrip("`* ")
    if len(words) <= TITLE_CHARACTERS:
        return words.rstrip("?.!:,; ") if len(words.rstrip("?.!:,; ")) > 0 else words
    cut = words[: TITLE_CHARACTERS + 1]
    head = cut[: cut.rfind(" ")] if " " in cut[TITLE_CHARACTERS // 2 :] else cut[:TITLE_CHARACTERS]
    return head.rstrip("?.!:,; ") + "…"
