"""A question to the model that belongs to no conversation: asked, waited for, and taken as text."""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.client import Engine, Stop
from app.engine.protocol import Delta, Finished, Message, Sampling
from app.errors import Cancelled
from app.text import _

SAMPLING = Sampling(temperature=0.2, repeat_penalty=1.05)


def told(
    engine: Engine, messages: Sequence[Message], *, most_tokens: int, stop: Stop, stop_strings: Sequence[str] = ()
) -> str:
    """What it answers; conversations go first. With an answer begun as the last message, what follows it.

    Raises Cancelled, ContextFull and what the engine raises.
    """
    text = ""
    events = engine.answer(
        messages,
        sampling=SAMPLING,
        max_tokens=most_tokens,
        stop=stop,
        stop_strings=stop_strings,
        priority="side",
        is_continued=messages[-1].role == "assistant",
    )
    for event in events:
        if isinstance(event, Delta):
            text += event.text
        elif isinstance(event, Finished) and event.stop_reason == "stopped":
            raise Cancelled(_("Reading the documents was stopped."))
    return text.strip()
