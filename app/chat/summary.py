"""Instead of leaving the oldest messages out, the model can be given a summary of them that it wrote itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from app.chat.prompt import Count, assemble, first_fitting, room_for_prompt
from app.chat.tree import Cut
from app.chat.tree import Message as Stored
from app.engine.client import Engine, Stop
from app.engine.protocol import Delta, Finished, Message, Preamble, Sampling
from app.errors import Cancelled, ContextFull
from app.text import _

MOST_WORDS = 250
MOST_TOKENS = 500
INSTRUCTION = (
    f"Summarise our conversation so far in at most {MOST_WORDS} words, for yourself, so that you can go on without "
    "reading it again. Keep names, numbers, dates, decisions, and what is still open. Write only the summary."
)
SAMPLING = Sampling(temperature=0.2, repeat_penalty=1.05)


def place_of_cut(path: Sequence[Stored], cuts: Mapping[str, Cut], count: Count, context_tokens: int) -> str:
    """The message before which a summary belongs: where the view begins already, or where half of the room is free.

    Empty where the conversation is too short for one.
    """
    view = assemble(path, cuts)
    if view.left_out and not cuts[path[view.left_out].id].summary:
        return path[view.left_out].id
    start = first_fitting(view.messages, count, min(room_for_prompt(context_tokens) // 2, count(view.messages) // 2))
    return "" if start is None else view.ids[start]


def write(
    engine: Engine,
    path: Sequence[Stored],
    cuts: Mapping[str, Cut],
    cut_id: str,
    *,
    preamble: Preamble,
    stop: Stop,
    on_text: Callable[[str], None] = lambda _text: None,
) -> Cut:
    """The summary of what stands before `cut_id`, as the cut that replaces it; empty where the model wrote none.

    `on_text` gets it as it grows. Raises Cancelled, ContextFull where a single exchange is too long to be read at
    once, and what the engine raises.
    """
    number = next(number for number, stored in enumerate(path) if stored.id == cut_id)
    view = assemble(path[:number], cuts)
    instruction = Message("user", INSTRUCTION)

    def count(messages: Sequence[Message]) -> int:
        return engine.count((*messages, instruction), preamble=preamble, stop=stop)

    most_tokens = min(MOST_TOKENS, engine.facts.context_tokens // 8)
    room = engine.facts.context_tokens - most_tokens
    messages = view.messages
    if count(messages) > room:  # only its newest part can be read at once
        start = first_fitting(messages, count, room)
        if start is None:
            raise ContextFull(
                _("The oldest messages are too long to be summarised."), _("Start a new chat, or let them be left out.")
            )
        messages = messages[start:]
    text = ""
    events = engine.answer(
        (*messages, instruction),
        sampling=SAMPLING,
        max_tokens=most_tokens,
        stop=stop,
        preamble=preamble,
    )
    for event in events:
        if isinstance(event, Delta):
            text += event.text
            on_text(text)
        elif isinstance(event, Finished) and event.stop_reason == "stopped":
            raise Cancelled(_("The summary was stopped."))
    return Cut(cut_id, text.strip())
