"""What the chat screen is given, and what it asks for: frozen values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Role = Literal["user", "assistant"]
Status = Literal["done", "streaming", "stopped", "interrupted", "failed", "length", "context"]


@dataclass(frozen=True, slots=True)
class AttachmentItem:
    """A chip on a question. `name` is empty for a pasted text; `text` is what the model reads."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class MessageItem:
    """One message of the branch on screen.

    `note`: while streaming, what happens before words come ("Reading… 42 %"); when failed, the sentence and, on
    a second line, the next step. `version` counts from 1. `stats` is the quiet line shown on hover. `is_asking`:
    the note says how long the model has been silent, and the person is asked whether to go on waiting.
    """

    id: str
    role: Role
    text: str
    status: Status = "done"
    version: int = 1
    versions: int = 1
    note: str = ""
    stats: str = ""
    is_asking: bool = False
    attachments: tuple[AttachmentItem, ...] = ()
    number: int = 0
    """Its place in the branch, from 1; 0 where nobody counts."""
    of: int = 0
    """How many messages the branch has."""
    is_here: bool = True
    """False while the words of an old message are still being read; `text` is empty then."""
    can_continue: bool = False
    """The last answer of the branch, which the model can go on with."""


class Rows(Protocol):
    """The branch on screen, oldest first. A row is made when it is asked for, so that ten thousand cost nothing."""

    def __len__(self) -> int: ...
    def __getitem__(self, row: int) -> MessageItem: ...
    def id_at(self, row: int) -> str: ...
    def row_of(self, id_: str) -> int:
        """-1 where it is not in the branch."""

    def size_at(self, row: int) -> int:
        """Characters of its text, for guessing its height."""

    def sizes(self) -> list[int]:
        """The same of every row, at once."""


@dataclass(frozen=True, slots=True)
class RowsWanted:
    """These rows are needed soon and are not here: from `first` up to `last`, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where the model's view of the branch begins: at `message_id`, with `left_out` messages of the branch above it.

    Of those it sees `summary`; empty: nothing.
    """

    message_id: str
    left_out: int
    summary: str = ""


@dataclass(frozen=True, slots=True)
class CopyRequested:
    """`html` is the same with its formatting, for programs that take that; empty for plain text."""

    text: str
    html: str = ""


@dataclass(frozen=True, slots=True)
class EditRequested:
    """Editing begins in place; nothing needs to be done."""

    id: str


@dataclass(frozen=True, slots=True)
class EditSubmitted:
    """A question is to be asked again with these words."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class RegenerateRequested:
    """An answer is to be written again."""

    id: str


@dataclass(frozen=True, slots=True)
class RetryRequested:
    """A failed answer is to be tried again."""

    id: str


@dataclass(frozen=True, slots=True)
class ContinueRequested:
    """Go on with the answer `id` where it stops."""

    id: str


@dataclass(frozen=True, slots=True)
class BranchRequested:
    """A new chat that begins with everything up to the message `id`."""

    id: str


@dataclass(frozen=True, slots=True)
class MessageDeleteRequested:
    """A message is to be deleted."""

    id: str


@dataclass(frozen=True, slots=True)
class ReadAloudRequested:
    """`text` without its markup. Asked for again while it is read, it stops."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class AttachmentRequested:
    """Show what is attached."""

    attachment: AttachmentItem


@dataclass(frozen=True, slots=True)
class SilenceAnswered:
    """Of the answer `id`, which has said nothing for long: go on waiting, or stop it."""

    id: str
    goes_on: bool


@dataclass(frozen=True, slots=True)
class VersionRequested:
    """The version before (-1) or after (+1) of a message is to be shown."""

    id: str
    step: int
    """+1 or -1."""


@dataclass(frozen=True, slots=True)
class LinkRequested:
    """A link was followed."""

    url: str


@dataclass(frozen=True, slots=True)
class SendRequested:
    """What stands in the composer is to be asked. `is_queued`: it waited there, and is not in its field."""

    text: str
    attachments: tuple[AttachmentItem, ...] = ()
    is_queued: bool = False


@dataclass(frozen=True, slots=True)
class ChatEntry:
    """One row of the list of chats. `changed` is in local time."""

    id: str
    title: str
    changed: datetime
    is_busy: bool = False
    folder_id: str = ""
    is_pinned: bool = False
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """A folder of the list of chats; `has_manner`: it has instructions or a model of its own."""

    id: str
    name: str
    has_manner: bool = False


@dataclass(frozen=True, slots=True)
class ChatsRequested:
    """Something is to be done with these chats, the ids in the order of the list."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChatsMoved:
    """Into the folder `folder_id`; empty: out of any."""

    ids: tuple[str, ...]
    folder_id: str


@dataclass(frozen=True, slots=True)
class ChatAt:
    """Open this chat with the message in view. `words` are marked in it."""

    id: str
    message_id: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class ChatRequested:
    """Open or delete this chat."""

    id: str


@dataclass(frozen=True, slots=True)
class RenameRequested:
    """A chat or folder is to have another name."""

    id: str
    title: str
