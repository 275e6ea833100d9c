"""One turn: a question is committed, the model answers, and every word is saved while it streams.

All calls block and belong on a worker thread; what happens is told through `on_event`, in order, ending with
exactly one `Finished` or `Failed` per turn. A `Failed` keeps what was said: its message holds the words so far.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial

from app.chat import summary
from app.chat.prompt import Fitted, View, assemble, fit, preamble, room_for_prompt
from app.chat.store import ChatStore
from app.chat.tree import Cut, Message, Stats, Status, title_from
from app.engine import protocol
from app.engine.client import Engine, Stop
from app.errors import Bug, Cancelled, ContextFull, EngineFault, PaddockError, StorageFault
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
class RoomMade:
    """The branch had outgrown the context: from this turn on, the model's view of it begins at `cut`."""

    cut: Cut
    left_out: int


@dataclass(frozen=True, slots=True)
class Summarising:
    """The model writes a summary of what it will not see any more; `text` is what there is of it."""

    text: str


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


Event = Started | Loading | Prefilling | RoomMade | Summarising | Delta | Finished | Failed
OnEvent = Callable[[Event], None]
AcquireEngine = Callable[[Callable[[float], None], Stop], Engine]
Resume = Callable[[Engine, str, Stop], None]
"""Bring back what the engine once read of a conversation, if it was stored."""
Learn = Callable[[Engine, protocol.Timings], None]
"""Take note of how fast an answer was."""


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
        resume: Resume = lambda _engine, _conversation, _stop: None,
        learn: Learn = lambda _engine, _timings: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._acquire = acquire
        self._wishes = wishes
        self._resume = resume
        self._learn = learn
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
            home = question.conversation_id
            engine = self._acquire(lambda fraction: on_event(Loading(fraction)), stop)
            fitted = self._fit(engine, question, on_event, stop)
            outcome.note = _left_out(fitted.view) if fitted.cut_id else ""
            self._resume(engine, home, stop)
            events = engine.answer(
                fitted.view.messages,
                sampling=wishes.sampling,
                max_tokens=wishes.max_tokens,
                stop=stop,
                conversation=home,
                preamble=self._preamble(home),
            )
            for event in events:
                outcome.take(event, fitted.view.left_out, saver, on_event)
            if outcome.timings is not None:
                self._learn(engine, outcome.timings)
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

    def _fit(self, engine: Engine, question: Message, on_event: OnEvent, stop: Stop) -> Fitted:
        """The model's view of the branch. A new beginning of it is written down, with a summary where there was one."""
        home = question.conversation_id
        path = self._store.tree(home).path(question.id)
        cuts = self._store.cuts(home)
        said = self._preamble(home)
        count = partial(engine.count, preamble=said, stop=stop)
        fitted = fit(path, cuts, count, engine.facts.context_tokens)
        if not fitted.cut_id:
            return fitted
        cut = Cut(fitted.cut_id)
        if _last_summary(path, cuts):
            on_event(Summarising(""))
            with suppress(ContextFull):  # too long for one: then it is left out, like that of who wants none
                cut = summary.write(engine, path, cuts, cut.message_id, preamble=said, stop=stop)
            view = assemble(path, {**cuts, cut.message_id: cut})
            if count(view.messages) <= room_for_prompt(engine.facts.context_tokens):
                fitted = Fitted(view, fitted.cut_id)
            else:
                cut = Cut(fitted.cut_id)
        self._store.cut(home, cut)
        on_event(RoomMade(cut, fitted.view.left_out))
        return fitted

    def summarise(self, conversation_id: str, *, on_event: OnEvent, stop: Stop) -> None:
        """Replace the oldest part of the branch in the model's view by a summary that the model writes.

        Events: Loading, Summarising, and at the end RoomMade, or Failed without an answer.
        """
        with _told(on_event):
            engine = self._acquire(lambda fraction: on_event(Loading(fraction)), stop)
            path = self._store.tree(conversation_id).path()
            cuts = self._store.cuts(conversation_id)
            said = self._preamble(conversation_id)
            count = partial(engine.count, preamble=said, stop=stop)
            cut_id = summary.place_of_cut(path, cuts, count, engine.facts.context_tokens)
            if not cut_id:
                raise EngineFault(_("There is nothing to summarise yet."), _("The model still sees the whole chat."))
            on_event(Summarising(""))
            cut = summary.write(
                engine, path, cuts, cut_id, preamble=said, stop=stop, on_text=lambda text: on_event(Summarising(text))
            )
            if not cut.summary:
                raise EngineFault(_("The model did not write a summary."), _("Try again, or start a new chat."))
            self._store.cut(conversation_id, cut)
            left_out = next(number for number, stored in enumerate(path) if stored.id == cut_id)
            on_event(RoomMade(cut, left_out))

    def _preamble(self, conversation_id: str | None) -> protocol.Preamble:
        conversation = None if conversation_id is None else self._store.conversation(conversation_id)
        return preamble(self._now() if conversation is None else conversation.created_at)

    def read_ahead(
        self, engine: Engine, conversation_id: str | None, text: str, *, parent_id: str | None, stop: Stop
    ) -> bool:
        """Let the engine read what is certain of a question that is being typed, so that Enter is answered at once.

        Whether all of that was read. Silent: what goes wrong here goes wrong again, and is told, with the question.
        """
        with suppress(PaddockError):
            path = () if conversation_id is None else self._store.tree(conversation_id).path(parent_id)
            cuts = {} if conversation_id is None else self._store.cuts(conversation_id)
            messages = (*assemble(path, cuts).messages, protocol.Message("user", text))
            if conversation_id is not None:
                self._resume(engine, conversation_id, stop)
            timings = engine.read_ahead(
                messages,
                conversation=conversation_id or "",
                stop=stop,
                preamble=self._preamble(conversation_id),
            )
            return timings is not None
        return False

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
    timings: protocol.Timings | None = None
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
            timings = self.timings = event.timings
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


def _last_summary(path: Sequence[Message], cuts: Mapping[str, Cut]) -> str:
    """The summary that the model sees now: who chose one wants the next one, too."""
    return next((cuts[stored.id].summary for stored in reversed(path) if stored.id in cuts), "")


def _left_out(view: View) -> str:
    if not view.left_out:
        return ""
    if not view.ids[0]:
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
