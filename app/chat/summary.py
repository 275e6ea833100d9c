"""Instead of leaving the oldest messages out, the model can be given a summary of them that it wrote itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from app.chat.prompt import Count, assemble, first_fitting, head, room_for_prompt
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


def place_of_cut(
    path: Sequence[Stored],
    cuts: Mapping[str, Cut],
    count: Count,
    context_tokens: int,
    *,
    before: int = 0,
    system: str = "",
) -> str:
    """The message before which a summary belongs: where the view begins already, or where half of the room is free.

    Empty where the conversation is too short for one. `before` and `system` are as for `assemble`.
    """
    view = assemble(path, cuts, before=before, system=system)
    if view.left_out and not view.has_summary:
        return path[view.left_out - before].id
    fixed = head(system)
    fixed_tokens = count(fixed) if fixed else 0
    half = fixed_tokens + (count(view.messages) - fixed_tokens) // 2
    room = min(room_for_prompt(context_tokens) // 2, half)
    start = first_fitting(view.messages, lambda messages: count((*fixed, *messages)), room)
    return "" if start is None else view.ids[start]


def write(
    engine: Engine,
    earlier: Sequence[Stored],
    cuts: Mapping[str, Cut],
    cut_id: str,
    *,
    preamble: Preamble,
    stop: Stop,
    system: str = "",
    on_text: Callable[[str], None] = lambda _text: None,
) -> Cut:
    """The summary of `earlier`, which stands before `cut_id`, as the cut there; empty where the model wrote none.

    `on_text` gets it as it grows. Raises Cancelled, ContextFull where a single exchange is too long to be read at
    once, and what the engine raises.
    """
    view = assemble(earlier, cuts, system=system)
    instruction = Message("user", INSTRUCTION)
    fixed = head(system)

    def count(messages: Sequence[Message]) -> int:
        return engine.count((*fixed, *messages, instruction), preamble=preamble, stop=stop)

    most_tokens = min(MOST_TOKENS, engine.facts.context_tokens // 8)
    room = engine.facts.context_tokens - most_tokens
    messages = view.messages
    if engine.count((*messages, instruction), preamble=preamble, stop=stop) > room:  # only its newest part can be read
        start = first_fitting(messages, count, room)
        if start is None:
            raise ContextFull(
                _("The oldest messages are too long to be summarised."), _("Start a new chat, or let them be left out.")
            )
        messages = (*fixed, *messages[start:])
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
