"""What the model gets to see: the newest part of a branch that fits its context, whole exchanges only.

Room is made in one step: where a branch has outgrown the context, the model's view of it begins so much later that
half of the context is free again, and it stays there. Dropping just enough each time would change the beginning of
the prompt with every turn, and the model would have to read everything again every time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.chat import moments
from app.chat.tree import Attachment, Cut
from app.chat.tree import Message as Stored
from app.engine.protocol import Message, Preamble
from app.errors import ContextFull
from app.text import _

RESERVED_FOR_ANSWER = 512
MOST_CHARACTERS_PER_TOKEN = 32  # of a whole branch: more is not even counted, because it cannot fit
MOST_NAME_CHARACTERS = 200
SUMMARY_HEADING = "Summary of the earlier part of this conversation:"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Count = Callable[[Sequence[Message]], int]


@dataclass(frozen=True, slots=True)
class View:
    """What of a branch the model sees: the system prompt with a summary, where there are such, and then messages.

    `ids` name the stored message of each of `messages`, "" for the first of these.
    """

    messages: tuple[Message, ...]
    ids: tuple[str, ...]
    left_out: int  # messages of the branch that stand before it
    has_summary: bool = False

    @property
    def characters(self) -> int:
        return sum(len(message.text) for message in self.messages)


@dataclass(frozen=True, slots=True)
class Fitted:
    """The view to send. `cut_id` is the message at which it newly begins, "" where nothing had to be cut off."""

    view: View
    cut_id: str


def preamble(created_at: float) -> Preamble:
    """Of a conversation: the day it began, as Llama 3.1 is told it. Today's would void the KV cache at midnight."""
    day = moments.local(created_at)
    return Preamble(date=f"{day.day:02d} {_MONTHS[day.month - 1]} {day.year}")


def content(message: Stored, grounds: str = "") -> str:
    """A message as the model reads it, what is certain first: attachments are read ahead while the question is typed.

    `grounds` of a question are what its answer was given from: documents, fenced already. They say that the question
    follows, so it stands behind them.
    """
    return content_of(message.text, message.attachments, grounds)


def content_of(text: str, attachments: Sequence[Attachment], grounds: str = "") -> str:
    """`content` of what is not stored yet."""
    fenced = [*(_fenced(attachment) for attachment in attachments), *([grounds] if grounds else [])]
    return "\n\n".join([*fenced, text] if text or not fenced else fenced)


def _fenced(attachment: Attachment) -> str:
    """Between fences that are longer than any in the text, so that nothing in it can pass for what stands around it."""
    runs = re.findall("`+", attachment.text)
    fence = "`" * max(3, 1 + max(map(len, runs), default=0))
    name = "".join(c if c.isprintable() else " " for c in attachment.name).replace('"', "'").replace("`", "'")
    heading = f'Attached file "{" ".join(name.split())[:MOST_NAME_CHARACTERS]}":' if name.strip() else "Attached text:"
    body = attachment.text if attachment.text.endswith("\n") else f"{attachment.text}\n"
    return f"{heading}\n{fence}\n{body}{fence}"


def assemble(
    path: Sequence[Stored],
    cuts: Mapping[str, Cut] | None = None,
    *,
    before: int = 0,
    system: str = "",
    grounds: str = "",
) -> View:
    """The branch from its last cut on; answers without a word (failed, stopped at once) are skipped.

    `path` may begin at a cut, with `before` messages of the branch in front of it. `system` is the system prompt,
    `grounds` what the last question is about to be answered from.
    """
    cuts = cuts or {}
    start = max((number for number, stored in enumerate(path) if stored.id in cuts), default=0)
    summary = cuts[path[start].id].summary if path and path[start].id in cuts else ""
    messages = list(head(system, summary))
    ids = [""] * len(messages)
    for place, stored in enumerate(path[start:], start):
        if stored.role == "assistant" and not stored.text:
            if messages and messages[-1].role == "user":
                messages.pop()
                ids.pop()
            continue
        messages.append(Message(stored.role, content(stored, _grounds_of(path, place, grounds))))
        ids.append(stored.id)
    return View(tuple(messages), tuple(ids), before + start, bool(summary))


def _grounds_of(path: Sequence[Stored], place: int, ahead: str) -> str:
    """Of the question at this place: those of the answer that follows it, `ahead` for one that is asked now."""
    if path[place].role != "user":
        return ""
    if place + 1 == len(path):
        return ahead
    answered = path[place + 1].grounds
    return "" if answered is None else answered.text


def head(system: str, summary: str = "") -> tuple[Message, ...]:
    """What stands before the messages: at most one, because templates know no second system message."""
    told = (system.strip(), f"{SUMMARY_HEADING}\n\n{summary}" if summary else "")
    text = "\n\n".join(part for part in told if part)
    return (Message("system", text),) if text else ()


def fit(
    path: Sequence[Stored],
    cuts: Mapping[str, Cut],
    count: Count,
    context_tokens: int,
    *,
    before: int = 0,
    system: str = "",
    grounds: str = "",
) -> Fitted:
    """The view of a branch that leaves room for an answer: RESERVED_FOR_ANSWER tokens, or a quarter of a small context.

    Raises ContextFull when the last question alone does not fit.
    """
    view = assemble(path, cuts, before=before, system=system, grounds=grounds)
    room = room_for_prompt(context_tokens)
    skipped = _far_too_old(view.messages, context_tokens * MOST_CHARACTERS_PER_TOKEN)
    if not skipped and count(view.messages) <= room:
        return Fitted(view, "")
    fixed = head(system)

    def counted(messages: Sequence[Message]) -> int:
        return count((*fixed, *messages))

    newest = view.messages[skipped:]
    start = first_fitting(newest, counted, room // 2) or first_fitting(newest, counted, room)
    if start is None:
        raise ContextFull(
            _("This message is longer than what the model can keep in view ({tokens} tokens).").format(
                tokens=context_tokens
            ),
            _("Shorten it, or choose a model with a larger context."),
        )
    start += skipped
    cut_id = view.ids[start]
    left_out = before + next(number for number, stored in enumerate(path) if stored.id == cut_id)
    messages = (*fixed, *view.messages[start:])
    return Fitted(View(messages, (*("" for _message in fixed), *view.ids[start:]), left_out), cut_id)


def _far_too_old(messages: Sequence[Message], most_characters: int) -> int:
    """How many of the oldest are out of the question, by their length alone; never those from the last question on."""
    last = max((number for number, message in enumerate(messages) if message.role == "user"), default=0)
    characters = 0
    for number in range(len(messages) - 1, -1, -1):
        characters += len(messages[number].text)
        if characters > most_characters and number < last:
            return number
    return 0


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
