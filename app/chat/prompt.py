"""What the model gets to see: the newest part of a branch that fits its context, whole exchanges only.

Room is made in one step: where a branch has outgrown the context, the model's view of it begins so much later that
half of the context is free again, and it stays there. Dropping just enough each time would change the beginning of
the prompt with every turn, and the model would have to read everything again every time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.chat.tree import Cut
from app.chat.tree import Message as Stored
from app.engine.protocol import Message, Preamble
from app.errors import ContextFull
from app.text import _

RESERVED_FOR_ANSWER = 512
SUMMARY_HEADING = "Summary of the earlier part of this conversation:"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Count = Callable[[Sequence[Message]], int]


@dataclass(frozen=True, slots=True)
class View:
    """What of a branch the model sees. `ids` name the stored message of each of `messages`, "" for a summary."""

    messages: tuple[Message, ...]
    ids: tuple[str, ...]
    left_out: int  # messages of the branch that stand before it


@dataclass(frozen=True, slots=True)
class Fitted:
    """The view to send. `cut_id` is the message at which it newly begins, "" where nothing had to be cut off."""

    view: View
    cut_id: str


def preamble(created_at: float) -> Preamble:
    """Of a conversation: the day it began, as Llama 3.1 is told it. Today's would void the KV cache at midnight."""
    day = datetime.fromtimestamp(created_at).astimezone()
    return Preamble(date=f"{day.day:02d} {_MONTHS[day.month - 1]} {day.year}")


def assemble(path: Sequence[Stored], cuts: Mapping[str, Cut] | None = None) -> View:
    """The branch from its last cut on; answers without a word (failed, stopped at once) are skipped."""
    cuts = cuts or {}
    start = max((number for number, stored in enumerate(path) if stored.id in cuts), default=0)
    messages: list[Message] = []
    ids: list[str] = []
    summary = cuts[path[start].id].summary if path and path[start].id in cuts else ""
    if summary:
        messages.append(Message("system", f"{SUMMARY_HEADING}\n\n{summary}"))
        ids.append("")
    for stored in path[start:]:
        if stored.role == "assistant" and not stored.text:
            if messages and messages[-1].role == "user":
                messages.pop()
                ids.pop()
            continue
        messages.append(Message(stored.role, stored.text))
        ids.append(stored.id)
    return View(tuple(messages), tuple(ids), start)


def fit(path: Sequence[Stored], cuts: Mapping[str, Cut], count: Count, context_tokens: int) -> Fitted:
    """The view of a branch that leaves room for an answer: RESERVED_FOR_ANSWER tokens, or a quarter of a small context.

    Raises ContextFull when the last question alone does not fit.
    """
    view = assemble(path, cuts)
    room = room_for_prompt(context_tokens)
    if count(view.messages) <= room:
        return Fitted(view, "")
    start = first_fitting(view.messages, count, room // 2) or first_fitting(view.messages, count, room)
    if start is None:
        raise ContextFull(
            _("This message is longer than what the model can keep in view ({tokens} tokens).").format(
                tokens=context_tokens
            ),
            _("Shorten it, or choose a model with a larger context."),
        )
    cut_id = view.ids[start]
    before = next(number for number, stored in enumerate(path) if stored.id == cut_id)
    return Fitted(View(view.messages[start:], view.ids[start:], before), cut_id)


def room_for_prompt(context_tokens: int) -> int:
    return context_tokens - min(RESERVED_FOR_ANSWER, context_tokens // 4)


def first_fitting(messages: Sequence[Message], count: Count, room: int) -> int | None:
    """Where to begin, later than now and at a question, for the rest to take at most `room` tokens."""
    starts = [number for number, message in enumerate(messages) if number and message.role == "user"]
    low, high = 0, len(starts) - 1
    best: int | None = None
    while low <= high:
        middle = (low + high) // 2
        if count(messages[starts[middle] :]) <= room:
            best, high = starts[middle], middle - 1
        else:
            low = middle + 1
    return best
