"""One side's answer as the window follows it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from app.chat import compare, session
from app.chat.tree import Message
from app.documents.citing.markers import growing
from app.errors import PaddockError
from app.text import _, decimal
from app.ui.chat import wording
from app.ui.chat.sourced import sourced
from app.ui.compare.shown import AnswerShown, State


@dataclass(frozen=True, slots=True)
class Told:
    """What happened on side `number` (0 or 1)."""

    number: int
    event: compare.SideEvent


TELL_EVERY_S = 0.5


@dataclass(slots=True)
class Pace:
    """How fast an answer comes, in tokens per second since its first words; 0.0 until that can be told.

    Told anew now and then only: a number that changes with every frame cannot be read.
    """

    tokens_per_s: float = 0.0
    _tokens: int = 0
    _began: float | None = None
    _told: float = 0.0

    def take(self, tokens: int, now: float) -> None:
        """`now` is in seconds of `time.monotonic`."""
        if self._began is None:  # how long the first ones took is not known
            self._began = self._told = now
            return
        self._tokens += tokens
        if now - self._told >= TELL_EVERY_S:
            self._told = now
            self.tokens_per_s = self._tokens / (now - self._began)


@dataclass(slots=True)
class Lane:
    """`answer` as last stored. It is made anew for each question."""

    answer: Message | None = None
    _state: State = "none"
    _text: str = ""
    _words: str = ""
    _next_step: str = ""
    _fraction: float | None = None
    _is_stopping: bool = False
    _passages: int = 0  # that the model reads, so that its own references to them are known
    _pace: Pace = field(default_factory=Pace)

    def begin(self) -> None:
        self._state = "waiting"
        self._words = wording.thinking()

    def take(self, event: compare.SideEvent) -> None:
        if isinstance(event, session.Finished):
            self._over(event.answer)
        elif isinstance(event, session.Failed):
            self._failed(event.answer, event.error)
        elif isinstance(event, session.Started):
            self.answer = event.answer
        elif isinstance(event, session.Grounded):
            self._passages, self._words = len(event.grounds.passages), wording.thinking()
        elif isinstance(event, session.Delta):
            self._pace.take(event.tokens, time.monotonic())
            self._state, self._words, self._fraction = "writing", _writing(self._pace.tokens_per_s), None
            self._text += event.text
        else:
            self._wait(event)
        if self._is_stopping and self._state in ("waiting", "writing"):
            self._words, self._fraction = wording.stopping(), None

    def ask_to_stop(self) -> None:
        if self._state in ("waiting", "writing"):
            self._is_stopping = True
            self._words, self._fraction = wording.stopping(), None

    def end(self) -> None:
        """Nothing more comes. It is over already, unless there is a bug, which is in the log."""
        if self._state in ("waiting", "writing"):
            self._state, self._words, self._fraction = "failed", _("Something went wrong inside Paddock."), None
            self._next_step = _("Try again; the log has the details.")

    def shown(self) -> AnswerShown:
        is_over = self._state in ("over", "failed")
        answer = self.answer if is_over else None
        return AnswerShown(
            state=self._state,
            text=self._text if is_over else growing(self._text, self._passages),
            words=self._words,
            fraction=self._fraction,
            next_step=self._next_step,
            can_keep=is_over and self.answer is not None and bool(self._text),
            id=answer.id if answer is not None else "",
            sourced=sourced(answer) if answer is not None and self._text else None,
        )

    def _wait(self, event: compare.SideEvent) -> None:
        if isinstance(event, compare.Waiting):
            self._words = _waiting(event)
        elif isinstance(event, session.Loading):
            self._words, self._fraction = wording.loading(event.fraction), event.fraction
        elif isinstance(event, session.Prefilling):
            is_reading = event.done < event.total
            self._words = wording.reading(event)
            self._fraction = event.done / event.total if is_reading else None
        elif isinstance(event, session.Summarising):
            self._words, self._fraction = wording.summarising(), None
        elif isinstance(event, session.DocumentsAwaited):
            self._words, self._fraction = wording.reading_documents(event), None
        elif isinstance(event, session.EachPart):
            self._words, self._fraction = wording.reading_parts(event), None
        elif isinstance(event, session.Searching):
            self._words, self._fraction = wording.searching(), None

    def _over(self, answer: Message) -> None:
        self.answer = answer
        self._state, self._text, self._fraction = "over", answer.text, None
        self._words = wording.cost(replace(answer, model="")) or wording.why_it_ended(answer.status)

    def _failed(self, answer: Message | None, error: PaddockError) -> None:
        self.answer = answer or self.answer
        self._state, self._fraction = "failed", None
        self._words, self._next_step = error.message, error.next_step


def _writing(tokens_per_s: float) -> str:
    speed = _("{speed} tokens/s").format(speed=decimal(tokens_per_s)) if tokens_per_s else ""
    return " ".join(filter(None, (_("Writing…"), speed)))


def _waiting(event: compare.Waiting) -> str:
    if event.reason == "model":
        return _("Begins when the other answer is done: both come from the same model.")
    return _("Begins when the other answer is done: there is no room for two models at once.")
