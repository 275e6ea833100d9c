"""What the chat screen is given, and what it asks for: frozen values only."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from app.documents.grounds import Strategy
from app.documents.parts import Span
from app.documents.records import Scope
from app.frozen import dataclass

Role = Literal["user", "assistant"]
Status = Literal["done", "streaming", "stopped", "interrupted", "failed", "length", "context"]
Wanted = Strategy | None
"""How much of the documents is to be read for one answer; None leaves it to Paddock."""


@dataclass(frozen=True, slots=True)
class AttachmentItem:
    """A chip on a question. `name` is empty for a pasted text; `text` is what the model reads."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ChipItem:
    """A numbered chip in an answer, where the sentence ends that it bears out: after `end` characters of its text.

    `source` is its place in `Sourced.sources`, -1 for none. `is_literal` is None for the model's own words, and for a
    quotation (from `start` to `end`) whether it stands in the source word for word.
    """

    start: int
    end: int
    number: int
    source: int
    span: Span
    is_literal: bool | None = None


@dataclass(frozen=True, slots=True)
class SourceItem:
    """A passage below an answer: "policy.pdf, page 21". `number` is that of its chips, 0 for one that is only near."""

    number: int
    document_id: str
    words: str
    span: Span


@dataclass(frozen=True, slots=True)
class Sourced:
    """What an answer was given from. `said`: how much was read; `note`: what was not, and why.

    `hidden` are the stretches of the text that are not shown: the model's own references.
    """

    said: str
    strategy: Strategy
    note: str = ""
    sources: tuple[SourceItem, ...] = ()
    near: tuple[SourceItem, ...] = ()
    chips: tuple[ChipItem, ...] = ()
    hidden: tuple[tuple[int, int], ...] = ()


AskedState = Literal["waiting", "reading", "read", "failed"]
AskedDeed = Literal["", "unlock", "scans"]
"""What a document needs before all of it can be asked: its password, or that its scanned pages are read."""


@dataclass(frozen=True, slots=True)
class AskedItem:
    """A document or a collection that the chat asks, as a chip of the composer; `scope` is that one alone.

    `words` say how far it is, or how much it is; `fraction` is of reading it, and `fault` why it cannot be read, or
    why not all of it can be found. With a `deed` that is what a press does.
    """

    scope: Scope
    name: str
    words: str
    state: AskedState = "read"
    fraction: float = 0.0
    fault: str = ""
    deed: AskedDeed = ""

    @property
    def is_collection(self) -> bool:
        return bool(self.scope.collection_ids)


@dataclass(frozen=True, slots=True)
class AskedRequested:
    """Open this document or collection, or ask it no more."""

    asked: AskedItem


@dataclass(frozen=True, slots=True)
class FilesChosen:
    """These files are to be asked as documents."""

    paths: tuple[Path, ...]


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
    sourced: Sourced | None = None
    """Of an answer from documents."""


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
class RegenerateRequested:
    """An answer is to be written again; `wanted` says how much of the documents is to be read for it."""

    id: str
    wanted: Wanted = None


@dataclass(frozen=True, slots=True)
class CitationRequested:
    """Show where a sentence of the answer `id` stands in a document; `words` is a quotation that stands there."""

    id: str
    number: int
    document_id: str
    span: Span
    words: str = ""


@dataclass(frozen=True, slots=True)
class ReadRequested:
    """Show what was read for the answer `id`."""

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
    """What stands in the composer is to be asked. `is_queued`: it waited there, and is not in its field.

    `wanted` is how much of the documents the person chose to have read for it.
    """

    text: str
    attachments: tuple[AttachmentItem, ...] = ()
    is_queued: bool = False
    wanted: Wanted = None


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
