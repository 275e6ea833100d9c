"""How an answer went: gathered while it streams, kept with it at the end."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.chat.events import Delta, OnEvent, Prefilling
from app.chat.prompt import View
from app.chat.saver import Saver
from app.chat.tree import Stats, Status
from app.documents.grounds import Grounds
from app.engine import protocol
from app.text import plural


@dataclass(slots=True)
class Outcome:
    """`stats` are at first those of an answer that goes on."""

    note: str = ""
    stats: Stats | None = None
    status: Status = "failed"
    timings: protocol.Timings | None = None
    grounds: Grounds | None = None

    def take(self, event: protocol.AnswerEvent, left_out: int, saver: Saver, on_event: OnEvent) -> None:
        if isinstance(event, protocol.Prefilling):
            on_event(Prefilling(event.done, event.total, left_out))
        elif isinstance(event, protocol.Delta):
            saver.add(event.text)
            on_event(Delta(event.text, event.tokens))
        else:
            self.status = _STATUS[event.stop_reason]
            self.timings = event.timings
            self.stats = _stats(event.timings, self.stats)

    def add_note(self, note: str) -> None:
        """One sentence more, on the same line: a second line would be a next step."""
        self.note = f"{self.note} {note}".strip()


_STATUS: dict[protocol.StopReason, Status] = {
    "end": "done",
    "stop_string": "done",
    "length": "length",
    "stopped": "stopped",
    "context": "context",
}


def _stats(timings: protocol.Timings, before: Stats | None) -> Stats:
    """Of the whole answer: where it went on, its words and seconds come on top of what it cost until then."""
    if before is not None:
        return replace(
            before,
            answer_tokens=before.answer_tokens + timings.answer_tokens,
            decode_s=before.decode_s + timings.decode_s,
        )
    return Stats(
        timings.prompt_tokens,
        timings.reused_tokens,
        timings.answer_tokens,
        timings.first_token_s,
        timings.decode_s,
    )


def left_out(view: View) -> str:
    """What is said at the answer from which on the model sees less; empty where it sees all."""
    if not view.left_out:
        return ""
    if view.has_summary:
        return plural(
            "Of the oldest message, which no longer fits, the model sees a summary.",
            "Of the {count} oldest messages, which no longer fit, the model sees a summary.",
            view.left_out,
        )
    return plural(
        "The oldest message no longer fits what the model keeps in view and was left out.",
        "The {count} oldest messages no longer fit what the model keeps in view and were left out.",
        view.left_out,
    )
