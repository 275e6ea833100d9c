"""What is said about an answer: while it is on its way, and what it cost."""

from __future__ import annotations

from app.chat.events import DocumentsAwaited, EachPart, Prefilling
from app.chat.tree import Message, Status
from app.text import _, decimal, grouped, plural

_NAME_CHARACTERS = 48


def stopping() -> str:
    return _("Stopping…")


def thinking() -> str:
    return _("Thinking…")


def loading(fraction: float) -> str:
    return _("Loading the model… {percent} %").format(percent=int(100 * fraction))


def reading(event: Prefilling) -> str:
    if event.done >= event.total:
        return thinking()
    return _("Reading… {percent} %").format(percent=100 * event.done // max(1, event.total))


def reading_documents(event: DocumentsAwaited) -> str:
    """They were just added, and the question waits until they are read."""
    if not event.name:
        return _("Reading your documents first…")
    percent = int(100 * event.fraction)
    return _("Reading {name} first… {percent} %").format(name=_short(event.name), percent=percent)


def searching() -> str:
    return _("Searching your documents…")


def reading_parts(event: EachPart) -> str:
    done = _("Reading part {number} of {count}").format(
        number=grouped(min(event.done + 1, event.total)), count=grouped(event.total)
    )
    if event.left_s is None:
        return f"{done}…"
    return _("{done}, {time} left").format(done=done, time=about(event.left_s))


def about(seconds: float) -> str:
    """Such as "about 14 minutes"."""
    if seconds < 50:
        return plural("about {count} second", "about {count} seconds", max(5, 5 * round(seconds / 5)))
    if seconds < 5400:
        return plural("about {count} minute", "about {count} minutes", max(1, round(seconds / 60)))
    return plural("about {count} hour", "about {count} hours", round(seconds / 3600))


def _short(name: str) -> str:
    """The beginning and the end of a long file name."""
    return name if len(name) <= _NAME_CHARACTERS else f"{name[: _NAME_CHARACTERS - 13]}…{name[-12:]}"


def summarising() -> str:
    return _("Writing a summary of what no longer fits…")


def silent(seconds: float) -> str:
    return plural(
        "The model has said nothing for 1 minute.",
        "The model has said nothing for {count} minutes.",
        max(1, int(seconds // 60)),
    )


def cost(message: Message) -> str:
    """The quiet line of an answer: who gave it, how fast, why it ended, and how much of the prompt was known."""
    stats = message.stats
    if stats is None:
        return message.model
    speed = stats.answer_tokens / stats.decode_s if stats.decode_s > 0 else 0.0
    known = _("{known} of {all} tokens were known already").format(
        known=grouped(stats.reused_tokens), all=grouped(stats.prompt_tokens)
    )
    parts = [
        message.model,
        _("{tokens} tokens").format(tokens=grouped(stats.answer_tokens)),
        _("{speed} tokens/s").format(speed=decimal(speed)),
        _("first word after {seconds} s").format(seconds=decimal(stats.first_token_s)),
        why_it_ended(message.status),
        known if stats.reused_tokens else "",  # the least asked for: what is cut off where there is little room
    ]
    return " · ".join(part for part in parts if part)


def why_it_ended(status: Status) -> str:
    """Of an answer; empty while it is written, and where the message itself says it."""
    return {
        "done": _("finished by itself"),
        "stopped": _("stopped by you"),
        "length": _("reached the longest answer allowed"),
        "context": _("filled the context"),
    }.get(status, "")
