"""What happens in a turn, as it is told: in order, and ending with exactly one `Finished` or `Failed`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.chat.tree import Cut, Message
from app.documents.answering.events import EachPart as EachPart
from app.documents.answering.events import Searching as Searching
from app.documents.grounds import Grounds
from app.errors import PaddockError


@dataclass(frozen=True, slots=True)
class Started:
    """Question and answer are committed; the conversation exists from here on.

    The answer is empty, except where one goes on: then it has the words that it goes on from.
    """

    question: Message
    answer: Message


@dataclass(frozen=True, slots=True)
class Loading:
    """The model is being loaded; `fraction` is between 0 and 1."""

    fraction: float


@dataclass(frozen=True, slots=True)
class DocumentsAwaited:
    """The documents that are asked are still being read: `name` just now, of which `fraction` is done."""

    name: str
    fraction: float


@dataclass(frozen=True, slots=True)
class Grounded:
    """What the answer will be given from."""

    grounds: Grounds


@dataclass(frozen=True, slots=True)
class Prefilling:
    """The prompt is being read, in tokens. `left_out` older messages did not fit into the context."""

    done: int
    total: int
    left_out: int


@dataclass(frozen=True, slots=True)
class RoomMade:
    """The branch had outgrown the context: from this turn on, the model's view of it begins at `cut`."""

    cut: Cut
    left_out: int


@dataclass(frozen=True, slots=True)
class Summarising:
    """The model writes a summary of what it will not see any more; `text` is what there is of it."""

    text: str


@dataclass(frozen=True, slots=True)
class Delta:
    """More words of the answer; whole characters only. `tokens` were sampled for them."""

    text: str
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer as stored."""

    answer: Message


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer so far, and why it goes no further. `answer` is None when the question could not be saved."""

    answer: Message | None
    error: PaddockError


Event = (
    Started
    | Loading
    | DocumentsAwaited
    | Searching
    | EachPart
    | Grounded
    | Prefilling
    | RoomMade
    | Summarising
    | Delta
    | Finished
    | Failed
)
OnEvent = Callable[[Event], None]
