"""One question answered twice, side by side: by two models, or by one with two settings.

Both answers are versions of one message and are saved while they stream, like any other. Two models answer at the
same time only where both fit into memory; else the second one waits, and so does one that the first answers by. Both
are given from the same passages of documents: these are looked for once, by the first.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from app.chat.events import Event, Failed, Grounded, Loading
from app.chat.events import Started as Started
from app.chat.foreseeing import kept_grounds
from app.chat.manner import OPEN, Manner, Persona
from app.chat.session import AcquireEngine, ChatSession, Wishes, WishesFor
from app.chat.store import ChatStore
from app.chat.tree import Attachment, Message, title_from
from app.documents.grounds import Grounds, Strategy
from app.documents.records import NO_DOCUMENTS, Scope
from app.engine.client import Engine, Stop
from app.engine.protocol import LoadWish, Sampling
from app.errors import Cancelled, EngineFault, PaddockError
from app.settings import SAMPLING, SEED
from app.text import _

ANOTHER_TRY = (SEED.key, -1.0)
"""What makes a side differ by nothing but chance, where the person wants that."""

Reason = Literal["memory", "model"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Side:
    """What one answer is given by. No `model`: the chat's own, or the chosen one. `title` is the model's.

    What persona and sampling leave open is as in the chat. `sampling`: as in Manner.
    """

    model: Path | None
    title: str
    persona_id: str = ""
    sampling: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """This side begins when the other one is done: memory is short for both, or they share one model."""

    reason: Reason


SideEvent = Event | Waiting
OnSide = Callable[[int, SideEvent], None]
"""Told from two threads at once; what belongs to one side (0 or 1) comes in order."""


class Beside(Protocol):
    """Where a second engine comes from; the desk."""

    def path(self) -> Path: ...
    def wish_beside(self, path: Path) -> LoadWish | None: ...
    def beside(
        self, wish: LoadWish, on_progress: Callable[[float], None], stop: Stop
    ) -> AbstractContextManager[Engine]: ...


@dataclass(slots=True)
class _Lane:
    """One answer on its way."""

    number: int
    question: Message
    answer: Message
    wishes: Wishes
    fault: PaddockError | None  # why it cannot even begin
    on_event: OnSide
    wanted: Strategy | None = None
    grounds: Grounds | None = None
    """Of its documents: found by itself, or by the other one before."""
    on_grounded: Callable[[], None] = lambda: None
    is_over: bool = False
    """Whether it has had its turn."""

    @property
    def path(self) -> Path | None:
        return self.wishes.path

    def told(self, event: Event) -> None:
        if isinstance(event, Grounded):
            self.grounds = event.grounds
            self.on_grounded()
        if not isinstance(event, Started):  # both were told at once
            self.on_event(self.number, event)

    def wait(self, reason: Reason) -> None:
        self.on_event(self.number, Waiting(reason))


class Compare:
    """Over one room's store and session. Calls block and belong on a worker thread."""

    def __init__(
        self,
        store: ChatStore,
        session: ChatSession,
        wishes: WishesFor,
        acquire: AcquireEngine,
        desk: Beside,
        *,
        personas: Callable[[], Iterable[Persona]] = tuple,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._session = session
        self._wishes = wishes
        self._acquire = acquire
        self._desk = desk
        self._personas = personas
        self._now = now

    def run(
        self,
        conversation_id: str | None,
        text: str,
        *,
        parent_id: str | None,
        sides: tuple[Side, Side],
        on_event: OnSide,
        stop: Stop,
        attachments: Sequence[Attachment] = (),
        folder_id: str | None = None,
        manner: Manner = OPEN,
        scope: Scope = NO_DOCUMENTS,
        wanted: Strategy | None = None,
    ) -> None:
        """Ask `text` below `parent_id`, once, and have it answered by both sides.

        Each side ends with one Finished or Failed; Failed has no answer where not even the question could be saved.
        Folder, manner and the documents in `scope` are those of a new conversation. The tip is at the first answer.
        `wanted` says how much of its documents is read.
        """

        def begin() -> tuple[Message, Message]:
            question, answer = self._store.begin_turn(
                conversation_id,
                text,
                parent_id=parent_id,
                model=sides[0].title,
                title=title_from(text) or next((title_from(chip.name or chip.text) for chip in attachments), ""),
                now=self._now(),
                attachments=attachments,
                folder_id=folder_id,
                manner=manner,
            )
            self._session.attach(question.conversation_id, scope)
            return question, answer

        self._run(begin, sides, on_event, stop, wanted, ())

    def again(
        self,
        question: Message,
        *,
        sides: tuple[Side, Side],
        on_event: OnSide,
        stop: Stop,
        wanted: Strategy | None = None,
    ) -> None:
        """The same for a question that is there already: two more answers to it.

        They are given from the passages that its newest answer had, if it had some, unless others are `wanted`.
        """
        kept: list[Grounds] = []

        def begin() -> tuple[Message, Message]:
            if wanted is None:
                kept.extend(self._kept(question))
            return question, self._store.begin_answer(question, model=sides[0].title, now=self._now())

        self._run(begin, sides, on_event, stop, wanted, kept)

    def _kept(self, question: Message) -> Iterator[Grounds]:
        """Of the answers to a question, the newest first."""
        answers = self._store.tree(question.conversation_id).children(question.id)
        for answer in reversed(self._store.messages(answers)):
            grounds = kept_grounds(answer)
            if grounds is not None:
                yield grounds

    def _run(
        self,
        begin: Callable[[], tuple[Message, Message]],
        sides: tuple[Side, Side],
        on_event: OnSide,
        stop: Stop,
        wanted: Strategy | None,
        kept: Sequence[Grounds],
    ) -> None:
        try:
            require_different(sides)
            question, answer = begin()
        except PaddockError as error:
            for number in (0, 1):
                on_event(number, Failed(None, error))
            return
        lanes = [self._lane(0, question, answer, sides[0], on_event)]
        try:
            other = self._store.begin_answer(question, model=sides[1].title, now=self._now())
            lanes.append(self._lane(1, question, other, sides[1], on_event))
            self._store.move_tip(question.conversation_id, answer.id)
        except PaddockError as error:
            if len(lanes) == 1:
                on_event(1, Failed(None, error))
        for lane in lanes:
            lane.wanted, lane.grounds = wanted, next(iter(kept), None)
            on_event(lane.number, Started(question, lane.answer))
        lanes.sort(key=lambda lane: lane.path != self._chosen())  # what is probably loaded already goes first
        self._answer_all(lanes, stop)

    def _lane(self, number: int, question: Message, answer: Message, side: Side, on_event: OnSide) -> _Lane:
        fault: PaddockError | None = None
        try:
            wishes = self._wishes_of(question.conversation_id, side)
        except PaddockError as error:
            fault = error
            wishes = Wishes(Sampling(), None, side.title, path=side.model)
        return _Lane(number, question, replace(answer, model=wishes.model_title), wishes, fault, on_event)

    def _wishes_of(self, home: str, side: Side) -> Wishes:
        said = Manner(
            persona_id=side.persona_id or None,
            sampling=side.sampling,
            model=None if side.model is None else str(side.model),
        )
        found = self._wishes(home, None, said)
        note = described(side, self._personas())
        if side.model is not None:  # one that is gone fails, instead of another one answering under its name
            return replace(found, path=side.model, model_title=side.title, note=note)
        return replace(found, path=found.path or self._desk.path(), note=f"{found.note} {note}".strip())

    def _answer_all(self, lanes: list[_Lane], stop: Stop) -> None:
        first, *others = lanes
        is_shared = any(lane.path == first.path for lane in others)
        is_grounded = self._session.asks_documents(first.question.conversation_id)
        beside = threading.Thread(target=self._beside, args=(others, stop), name="paddock-compare", daemon=True)

        def begin_beside() -> None:
            for lane in others:
                lane.grounds = lane.grounds or first.grounds
            if others and not is_shared and beside.ident is None:
                beside.start()

        def acquire(on_progress: Callable[[float], None], stop: Stop, /, *, path: Path | None) -> Engine:
            engine = self._engine(on_progress, stop, path=path)
            if not is_grounded:
                begin_beside()  # only now is known how much memory is left
            return engine

        first.on_grounded = begin_beside

        for lane in others if is_shared else ():
            lane.wait("model")
        self._answer(first, acquire, stop)
        if beside.ident is not None:
            beside.join()
        for lane in others:
            if not lane.is_over:
                self._answer(lane, self._engine, stop)

    def _beside(self, lanes: list[_Lane], stop: Stop) -> None:
        """Have them answered by a second engine, where there is room for one."""
        for lane in lanes:
            try:
                wish = None if lane.fault is not None or lane.path is None else self._desk.wish_beside(lane.path)
                if wish is not None and not stop.is_set:
                    self._answer_beside(lane, wish, stop)
            except PaddockError as error:  # it is told if it happens again when this side's turn comes
                _log.info("no second model beside the first: %s", type(error).__name__)
            except Exception:  # the thread would die; the side has its turn later
                _log.exception("a second model could not be loaded beside the first")
            if not lane.is_over:
                lane.wait("memory")

    def _answer_beside(self, lane: _Lane, wish: LoadWish, stop: Stop) -> None:
        with self._desk.beside(wish, lambda fraction: lane.told(Loading(fraction)), stop) as engine:
            self._answer(lane, lambda _progress, _stop, /, *, path: engine, stop)

    def _answer(self, lane: _Lane, acquire: AcquireEngine, stop: Stop) -> None:
        lane.is_over = True

        def engine(on_progress: Callable[[float], None], stop: Stop, /, *, path: Path | None) -> Engine:
            if lane.fault is not None:
                raise lane.fault
            return acquire(on_progress, stop, path=path)

        self._session.answer(
            lane.question,
            lane.answer,
            lane.wishes,
            acquire=engine,
            on_event=lane.told,
            stop=stop,
            wanted=lane.wanted,
            grounds=lane.grounds,
        )

    def _engine(self, on_progress: Callable[[float], None], stop: Stop, /, *, path: Path | None) -> Engine:
        """The one that is loaded, or will be. Nothing is loaded for an answer that was stopped before it began."""
        if stop.is_set:
            raise Cancelled(_("Stopped."))
        return self._acquire(on_progress, stop, path=path)

    def _chosen(self) -> Path | None:
        try:
            return self._desk.path()
        except PaddockError:
            return None


def require_different(sides: tuple[Side, Side]) -> None:
    """Raises EngineFault where the sides could differ by chance only."""
    one, other = ((side.model, side.persona_id, dict(side.sampling)) for side in sides)
    if one == other:
        raise EngineFault(
            _("Both sides have the same model and the same settings, so the answers would differ by chance only."),
            _("Choose another model or other settings for one of them."),
        )


def described(side: Side, personas: Iterable[Persona] = ()) -> str:
    """What was set for this answer only, as a sentence; empty for nothing."""
    labels = {setting.key: setting.label for setting in SAMPLING}
    names = {persona.id: persona.name for persona in personas}
    said = [names.get(side.persona_id, "")]
    said += [f"{_(labels.get(key, key))} {value:g}" for key, value in side.sampling if (key, value) != ANOTHER_TRY]
    words = ", ".join(filter(None, said))
    if words:
        return _("Set for this answer: {settings}.").format(settings=words)
    return _("Another try with the same settings.") if ANOTHER_TRY in side.sampling else ""
