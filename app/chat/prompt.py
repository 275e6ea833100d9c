"""What the model gets to see: the newest part of a branch that fits its context, whole exchanges only.

Nothing is left out in silence: the number of messages that did not fit travels with the result to the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.chat.tree import Message as Stored
from app.engine.protocol import Message
from app.errors import ContextFull
from app.text import _

RESERVED_FOR_ANSWER = 512


@dataclass(frozen=True, slots=True)
class Fitted:
    """The messages to send, oldest first, and how many older ones were left out."""

    messages: tuple[Message, ...]
    left_out: int


def assemble(path: Sequence[Stored]) -> tuple[Message, ...]:
    """The branch as the engine's messages; answers without a word (failed, stopped at once) are skipped."""
    found: list[Message] = []
    for stored in path:
        if stored.role == "assistant" and not stored.text:
            if found and found[-1].role == "user":
                found.pop()
            continue
        found.append(Message(stored.role, stored.text))
    return tuple(found)


def fit(messages: Sequence[Message], count: Callable[[Sequence[Message]], int], context_tokens: int) -> Fitted:
    """Drop the oldest exchanges until the rest leaves room for an answer.

    The room is RESERVED_FOR_ANSWER tokens, or a quarter of a small context. Raises ContextFull when the last
    question alone does not fit.
    """
    room = context_tokens - min(RESERVED_FOR_ANSWER, context_tokens // 4)
    starts = [i for i, message in enumerate(messages) if message.role == "user"] or [0]
    if count(messages) <= room:
        return Fitted(tuple(messages), 0)
    low, high = 1, len(starts) - 1
    best: int | None = None
    while low <= high:
        middle = (low + high) // 2
        if count(messages[starts[middle] :]) <= room:
            best, high = middle, middle - 1
        else:
            low = middle + 1
    if best is None:
        raise ContextFull(
            _("This message is longer than what the model can keep in view ({tokens} tokens).").format(
                tokens=context_tokens
            ),
            _("Shorten it, or choose a model with a larger context."),
        )
    return Fitted(tuple(messages[starts[best] :]), starts[best])
