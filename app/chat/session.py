"""One turn: a question is committed, the model answers, and every word is saved while it streams.

All calls block and belong on a worker thread; what happens is told through `on_event`, in order, ending with
exactly one `Finished` or `Failed` per turn. A `Failed` keeps what was said: its message holds the words so far.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from app.chat.prompt import assemble, fit
from app.chat.store import ChatStore
from app.chat.tree import Message, Stats, Status, title_from
from app.engine import protocol
from app.engine.client import Engine, Stop
from app.errors import Bug, Cancelled, PaddockError, StorageFault
from app.text import _, plural

SAVE_EVERY_S = 0.2

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Started:
    """Question and empty answer are committed; the conversation exists from here on."""

    question: Message
    answer: Message


@dataclass(frozen=True, slots=True)
class Loading:
    """The model is being loaded; `fraction` is between 0 and 1."""

    fraction: float


@dataclass(frozen=True, slots=True)
class Prefilling:
    """The prompt is being read, in tokens. `left_out` older messages did not fit into the context."""

    done: int
    total: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Delta:
    """More words of the answer; whole characters only."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer as stored."""

    answer: Message


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer so far, and why it goes no further. `answer` is None when the question could not be saved."""

    answer: Message | None
    error: PaddockError


Event = Started | Loading | Prefilling | Delta | Finished | Failed
OnEvent = Callable[[Event], None]
AcquireEngine = Callable[[Callable[[float], None], Stop], Engine]


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the person wants to be answered, read from the settings when a turn begins."""

    sampling: protocol.Sampling
    max_tokens: int | None
    model_title: str


class ChatSession:
    """Turns over one store and whatever engine `acquire` hands out; one turn per conversation at a time."""

    def __init__(
        self,
        store: ChatStore,
        acquire: AcquireEngine,
        wishes: Callable[[], Wishes],
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._acquire = acquire
        self._wishes = wishes
        self._now = now

    def send(
        self,
        conversation_id: str | None,
        text: str,
        *,
        parent_id: str | None,
        on_event: OnEvent,
        stop: Stop,
        max_tokens: int | None = None,
    ) -> None:
        """Ask `text` below `parent_id` (None: as a first message), in a new conversation if there is none yet.

        `max_tokens` bounds this one answer, instead of the setting.
        """
        with _told(on_event):
            wishes = self._wishes()
            if max_tokens is not None:
                wishes = replace(wishes, max_tokens=max_tokens)
            question, answer = self._store.begin_turn(
                conversation_id,
                text,
                parent_id=parent_id,
                model=wishes.model_title,
                title=title_from(text),
                now=self._now(),
            )
            self._answer(question, answer, wishes, on_event, stop)

    def edit(self, message_id: str, text: str, *, conversation_id: str, on_event: OnEvent, stop: Stop) -> None:
        """Ask the question again with other words, beside the old one; the old branch stays reachable."""
        with _told(on_event):
            parent_id = self._store.tree(conversation_id).message(message_id).parent_id
            self.send(conversation_id, text, parent_id=parent_id, on_event=on_event, stop=stop)

    def regenerate(self, answer_id: str, *, conversation_id: str, on_event: OnEvent, stop: Stop) -> None:
        """Another answer to the same question, beside the old one."""
        with _told(on_event):
            tree = self._store.tree(conversation_id)
            parent_id = tree.message(answer_id).parent_id
            if parent_id is None:
                raise ValueError("an answer without a question")
            question = tree.message(parent_id)
            wishes = self._wishes()
            answer = self._store.begin_answer(question, model=wishes.model_title, now=self._now())
            self._answer(question, answer, wishes, on_event, stop)

    def _answer(self, question: Message, answer: Message, wishes: Wishes, on_event: OnEvent, stop: Stop) -> None:
        on_event(Started(question, answer))
        saver = _Saver(self._store, answer.id)
        status: Status = "failed"
        error: PaddockError | None = None
        outcome: _Outcome = _Outcome()
        try:
            path = self._store.tree(question.conversation_id).path(question.id)
            engine = self._acquire(lambda fraction: on_event(Loading(fraction)), stop)
            count = partial(engine.count, stop=stop)
            fitted = fit(assemble(path), count, engine.facts.context_tokens)
            outcome.note = _left_out(fitted.left_out)
            events = engine.answer(fitted.messages, sampling=wishes.sampling, max_tokens=wishes.max_tokens, stop=stop)
            for event in events:
                outcome.take(event, fitted.left_out, saver, on_event)
            status = outcome.status
        except Cancelled:
            status = "stopped"
        except PaddockError as fault:
            error = fault
        except Exception:  # the last stop before a worker thread would die without a word to the person
            _log.exception("a turn failed")
            error = Bug(_("Something went wrong inside Paddock."), _("Try again; the log has the details."))
        finally:
            saver.close()
        note = f"{error.message}\n{error.next_step}".strip() if error is not None else outcome.note
        done = self._finish(answer, saver.text, status, note=note, stats=outcome.stats)
        on_event(Finished(done) if error is None else Failed(done, error))

    def _finish(self, answer: Message, text: str, status: Status, *, note: str, stats: Stats | None) -> Message:
        try:
            return self._store.finish(answer.id, text, status, model=answer.model, note=note, stats=stats)
        except StorageFault as fault:
            unsaved = replace(answer, text=text, status="failed", note=str(fault))
            raise _Unsaved(unsaved, fault) from fault


class _Unsaved(Exception):
    """The words are on screen and could not be written down."""

    def __init__(self, answer: Message, fault: StorageFault) -> None:
        super().__init__()
        self.answer = answer
        self.fault = fault


@dataclass(slots=True)
class _Outcome:
    status: Status = "failed"
    stats: Stats | None = None
    note: str = ""

    def take(
        self,
        event: protocol.Prefilling | protocol.Delta | protocol.Finished,
        left_out: int,
        saver: _Saver,
        on_event: OnEvent,
    ) -> None:
        if isinstance(event, protocol.Prefilling):
            on_event(Prefilling(event.done, event.total, left_out))
        elif isinstance(event, protocol.Delta):
            saver.add(event.text)
            on_event(Delta(event.text))
        else:
            self.status = _STATUS[event.stop_reason]
            timings = event.timings
            self.stats = Stats(
                timings.prompt_tokens,
                timings.reused_tokens,
                timings.answer_tokens,
                timings.first_token_s,
                timings.decode_s,
            )


_STATUS: dict[protocol.StopReason, Status] = {
    "end": "done",
    "stop_string": "done",
    "length": "length",
    "stopped": "stopped",
    "context": "context",
}


def _left_out(count: int) -> str:
    if not count:
        return ""
    return plural(
        "The oldest message no longer fits what the model keeps in view and was left out.",
        "The {count} oldest messages no longer fit what the model keeps in view and were left out.",
        count,
    )


@contextmanager
def _told(on_event: OnEvent) -> Iterator[None]:
    """Turn what goes wrong outside of an answer (the disk, a bug) into its `Failed`."""
    try:
        yield
    except _Unsaved as unsaved:
        on_event(Failed(unsaved.answer, unsaved.fault))
    except PaddockError as error:
        on_event(Failed(None, error))
    except Exception:  # the last stop before a worker thread would die without a word to the person
        _log.exception("a turn could not begin")
        on_event(Failed(None, Bug(_("Something went wrong inside Paddock."), _("Try again."))))


class _Saver:
    """Writes the words of one answer to the store at most SAVE_EVERY_S after they came, on a thread of its own.

    A full disk does not end the answer: the words stay in memory and the next write has another try.
    """

    def __init__(self, store: ChatStore, message_id: str) -> None:
        self._store = store
        self._message_id = message_id
        self._parts: list[str] = []
        self._condition = threading.Condition()
        self._is_dirty = False
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="paddock-saver", daemon=True)
        self._thread.start()

    @property
    def text(self) -> str:
        with self._condition:
            return "".join(self._parts)

    def add(self, text: str) -> None:
        with self._condition:
            self._parts.append(text)
            if not self._is_dirty:
                self._is_dirty = True
                self._condition.notify()

    def close(self) -> None:
        with self._condition:
            self._is_closed = True
            self._condition.notify()
        self._thread.join()

    def _run(self) -> None:
        while (text := self._next()) is not None:
            try:
                self._store.save_text(self._message_id, text)
            except StorageFault as fault:
                _log.warning("an answer in progress could not be saved yet: %s", type(fault).__name__)
                with self._condition:
                    self._is_dirty = True

    def _next(self) -> str | None:
        """What to save, a moment after it came; None when the answer is over and its finish saves the rest."""
        with self._condition:
            self._condition.wait_for(lambda: self._is_dirty or self._is_closed)
            if self._condition.wait_for(lambda: self._is_closed, timeout=SAVE_EVERY_S):
                return None
            self._is_dirty = False
            return "".join(self._parts)
