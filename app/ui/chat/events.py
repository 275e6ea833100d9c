"""What the open conversation tells the screen: frozen values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.chat.manner import OPEN, Manner
from app.chat.tree import Draft, Edit, Message
from app.errors import PaddockError
from app.ui.chat.branch import Branch
from app.ui.chat.items import Boundary, ChatAt


@dataclass(frozen=True, slots=True)
class Shown:
    """The branch on screen changed as a whole; `draft` is what was typed there and not sent."""

    conversation_id: str | None
    rows: Branch
    draft: Draft
    boundary: Boundary | None = None
    at: ChatAt | None = None
    """What is to be in view; None: as it was, or the end."""
    is_temporary: bool = False
    edits: Mapping[str, Edit] = field(default_factory=dict)
    """Messages that are being changed, as they stand at any time."""


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """A turn is over. `error` is set when it failed."""

    conversation_id: str
    answer: Message
    error: PaddockError | None


@dataclass(frozen=True, slots=True)
class SummaryShown:
    """A summary of the chat on screen is being written; `text` is what there is of it."""

    text: str
    is_stopping: bool


@dataclass(frozen=True, slots=True)
class RoomMade:
    """A chat had outgrown the model's context, or was summarised."""

    conversation_id: str
    is_summarised: bool


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a chat will begin that does not exist yet: it does with its first question."""

    folder_id: str | None = None
    manner: Manner = OPEN
