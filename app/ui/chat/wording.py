"""What is said about an answer: while it is on its way, and what it cost."""

from __future__ import annotations

from app.chat.session import Prefilling
from app.chat.tree import Message
from app.text import _, plural


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


def summarising() -> str:
    return _("Writing a summary of what no longer fits…")


def silent(seconds: float) -> str:
    return plural(
        "The model has said nothing for 1 minute.",
        "The model has said nothing for {count} minutes.",
        max(1, int(seconds // 60)),
    )


def cost(message: Message) -> str:
    """The quiet line of an answer: who gave it, how fast, and how much of the prompt needed no reading."""
    stats = message.stats
    if stats is None:
        return message.model
    speed = stats.answer_tokens / stats.decode_s if stats.decode_s > 0 else 0.0
    known = _("{known} of {all} tokens were known already").format(
        known=f"{stats.reused_tokens:,}", all=f"{stats.prompt_tokens:,}"
    )
    parts = [
        message.model,
        _("{tokens} tokens").format(tokens=stats.answer_tokens),
        _("{speed:.1f} tokens/s").format(speed=speed),
        _("first word after {seconds:.1f} s").format(seconds=stats.first_token_s),
        known if stats.reused_tokens else "",
    ]
    return " · ".join(part for part in parts if part)
