"""One turn: a question is committed, the model answers, and every word is saved while it streams.

All calls block and belong on a worker thread; what happens is told through `on_event`, in order, ending with
exactly one `Finished` or `Failed` per turn. A `Failed` keeps what was said: its message holds the words so far.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from app.chat import outcome, prompt
from app.chat.events import Delta as Delta
from app.chat.events import DocumentsAwaited as DocumentsAwaited
from app.chat.events import EachPart as EachPart
from app.chat.events import Event as Event
from app.chat.events import Failed as Failed
from app.chat.events import Finished as Finished
from app.chat.events import Grounded as Grounded
from app.chat.events import Loading as Loading
from app.chat.events import OnEvent as OnEvent
from app.chat.events import Prefilling as Prefilling
from app.chat.events import RoomMade as RoomMade
from app.chat.events import Searching as Searching
from app.chat.events import Started as Started
from app.chat.events import Summarising as Summarising
from app.chat.foreseeing import Foreseeing, Prospect, kept_grounds
from app.chat.grounding import Grounding, Pace, citations
from app.chat.manner import OPEN, Manner
from app.chat.outcome import Outcome
from app.chat.prompt import MOST_CHARACTERS_PER_TOKEN, Fitted
from app.chat.saver import Saver
from app.chat.store import ChatStore
from app.chat.tree import Attachment, Message, Stats, Status, title_from
from app.chat.viewer import Viewer
from app.documents.answering.strategy import Plan
from app.documents.grounds import Grounds, Strategy
from app.documents.records import NO_DOCUMENTS, Scope
from app.engine import protocol
from app.engine.client import Engine, Stop
from app.errors import Bug, Cancelled, ContextFull, EngineFault, PaddockError, StorageFault
from app.text import _

_log = logging.getLogger(__name__)


class AcquireEngine(Protocol):
    """The loaded model: the one at `path`, or the one that is chosen."""

    def __call__(self, on_progress: Callable[[float], None], stop: Stop, /, *, path: Path | None) -> Engine: ...


Resume = Callable[[Engine, str, Stop], None]
"""Bring back what the engine once read of a conversation, if it was stored."""
Learn = Callable[[Engine, protocol.Timings], None]
"""Take note of how fast an answer was."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a conversation is to be answered, read from the settings when a turn begins.

    `path` is the model's, None for the chosen one. `note` is said at the answer: which wish could not be met.
    """

    sampling: protocol.Sampling
    max_tokens: int | None
    model_title: str
    system_prompt: str = ""
    path: Path | None = None
    note: str = ""


WishesFor = Callable[[str | None, str | None, Manner], Wishes]
"""Of a conversation, or of a new one in this folder; the manner is what goes before all that they say themselves."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """`answer` as it is when the turn begins: with words where it goes on."""

    question: Message
    answer: Message
    wishes: Wishes
    on_event: OnEvent
    stop: Stop
    acquire: AcquireEngine | None = None
    """Where its engine comes from, if not from where all others do."""
    wanted: Strategy | None = None
    """How much of the documents is to be read; None leaves it to Paddock."""
    grounds: Grounds | None = None
    """Those of another answer to the same question, which serve again."""

    @property
    def home(self) -> str:
        return self.question.conversation_id

    @property
    def is_continued(self) -> bool:
        return bool(self.answer.text)

    @property
    def last_id(self) -> str:
        """The last message that the model reads."""
        return self.answer.id if self.is_continued else self.question.id


class ChatSession:
    """Turns over one store and whatever engine `acquire` hands out; one turn per conversation at a time."""

    def __init__(
        self,
        store: ChatStore,
        acquire: AcquireEngine,
        wishes: WishesFor,
        *,
        resume: Resume = lambda _engine, _conversation, _stop: None,
        learn: Learn = lambda _engine, _timings: None,
        now: Callable[[], float] = time.time,
        unnamed: str = "",
        grounding: Grounding | None = None,
    ) -> None:
        """Without `grounding` no documents are asked. `unnamed` is what the engine knows a conversation as that does
        not exist yet, and is read ahead.
        """
        self._store = store
        self._acquire = acquire
        self._wishes = wishes
        self._resume = resume
        self._learn = learn
        self._now = now
        self._viewer = Viewer(store, now)
        self._unnamed = unnamed
        self._grounding = grounding
        self._foreseeing = Foreseeing(store, self._viewer, grounding)

    def attach(self, conversation_id: str, scope: Scope) -> None:
        """Let a conversation ask these documents, as far as they are there."""
        if scope and self._grounding is not None:
            self._grounding.attach(conversation_id, scope)

    def asks_documents(self, conversation_id: str) -> bool:
        return self._grounding is not None and bool(self._grounding.scope_of(conversation_id))

    def foresee(self, prospect: Prospect, pace: Pace) -> Plan | None:
        """What a question would have read of its documents, and how long that takes, before it is asked.

        None where nothing is read for it. Where the plan `is_long`, the person is asked how much is `wanted`: without
        that, only passages are read. Raises StorageFault.
        """
        return self._foreseeing.plan(prospect, pace)

    def send(
        self,
        conversation_id: str | None,
        text: str,
        *,
        parent_id: str | None,
        on_event: OnEvent,
        stop: Stop,
        max_tokens: int | None = None,
        attachments: Sequence[Attachment] = (),
        folder_id: str | None = None,
        manner: Manner = OPEN,
        scope: Scope = NO_DOCUMENTS,
        wanted: Strategy | None = None,
    ) -> None:
        """Ask `text` below `parent_id` (None: as a first message), in a new conversation if there is none yet.

        `max_tokens` bounds this one answer, instead of the setting. Folder, manner and the documents in `scope` are
        those of a new conversation. `wanted` says how much of its documents is read for this answer.
        """
        with _told(on_event):
            wishes = self._wishes(conversation_id, folder_id, manner)
            if max_tokens is not None:
                wishes = replace(wishes, max_tokens=max_tokens)
            question, answer = self._store.begin_turn(
                conversation_id,
                text,
                parent_id=parent_id,
                model=wishes.model_title,
                title=_title(text, attachments),
                now=self._now(),
                attachments=attachments,
                folder_id=folder_id,
                manner=manner,
            )
            self.attach(question.conversation_id, scope)
            self._answer(_Turn(question, answer, wishes, on_event, stop, wanted=wanted))

    def edit(
        self,
        message_id: str,
        text: str,
        *,
        conversation_id: str,
        on_event: OnEvent,
        stop: Stop,
        attachments: Sequence[Attachment] | None = None,
        wanted: Strategy | None = None,
    ) -> None:
        """Ask the question again with other words, beside the old one; the old branch stays reachable.

        `attachments` go with it; None: what was attached to it is attached again. `wanted` as of `send`.
        """
        with _told(on_event):
            old = self._message(message_id)
            self.send(
                conversation_id,
                text,
                parent_id=old.parent_id,
                on_event=on_event,
                stop=stop,
                attachments=old.attachments if attachments is None else attachments,
                wanted=wanted,
            )

    def regenerate(
        self,
        answer_id: str,
        *,
        conversation_id: str,
        on_event: OnEvent,
        stop: Stop,
        manner: Manner = OPEN,
        wanted: Strategy | None = None,
    ) -> None:
        """Another answer to the same question, beside the old one, and from the same passages where it had some.

        `manner` holds for this one answer; with `wanted` its documents are looked at anew.
        """
        with _told(on_event):
            old = self._message(answer_id)
            question = self._question_of(old)
            wishes = self._wishes(conversation_id, None, manner)
            answer = self._store.begin_answer(question, model=wishes.model_title, now=self._now())
            kept = kept_grounds(old) if wanted is None else None
            self._answer(_Turn(question, answer, wishes, on_event, stop, wanted=wanted, grounds=kept))

    def continue_answer(self, answer_id: str, *, conversation_id: str, on_event: OnEvent, stop: Stop) -> None:
        """The model goes on with the answer where it ends, in the same message; only new words are told."""
        with _told(on_event):
            question = self._question_of(self._message(answer_id))
            wishes = self._wishes(conversation_id, None, OPEN)
            answer = self._store.resume_answer(answer_id)
            if answer.text and answer.model != wishes.model_title:
                other = _("{model} went on with this answer.").format(model=wishes.model_title)
                wishes = replace(wishes, note=f"{wishes.note} {other}".strip())
            self._answer(_Turn(question, answer, wishes, on_event, stop))

    def answer(
        self,
        question: Message,
        answer: Message,
        wishes: Wishes,
        *,
        acquire: AcquireEngine,
        on_event: OnEvent,
        stop: Stop,
        wanted: Strategy | None = None,
        grounds: Grounds | None = None,
    ) -> None:
        """The engine's part of a turn that is committed already, by an engine from elsewhere: see `compare`.

        `grounds` are those of another answer to the same question, which serve again.
        """
        with _told(on_event):
            self._answer(_Turn(question, answer, wishes, on_event, stop, acquire, wanted, grounds))

    def _answer(self, turn: _Turn) -> None:
        turn.on_event(Started(turn.question, turn.answer))
        saver = Saver(self._store, turn.answer.id, turn.answer.text)
        status: Status = "failed"
        error: PaddockError | None = None
        result = Outcome(note=turn.wishes.note, stats=turn.answer.stats)
        try:
            self._hear(turn, result, saver)
            status = result.status
        except Cancelled:
            status = "stopped"
        except PaddockError as fault:
            error = fault
        except Exception:  # the last stop before a worker thread would die without a word to the person
            _log.exception("a turn failed")
            error = Bug(_("Something went wrong inside Paddock."), _("Try again; the log has the details."))
        finally:
            saver.close()
        if result.grounds is not None and saver.text:
            self._cite(turn.answer.id, saver.text, result.grounds)
        note = f"{error.message}\n{error.next_step}".strip() if error is not None else result.note
        done = self._finish(turn.answer, saver.text, status, note=note, stats=result.stats)
        turn.on_event(Finished(done) if error is None else Failed(done, error))

    def _hear(self, turn: _Turn, result: Outcome, saver: Saver) -> None:
        """Everything that the engine has to do with it."""
        wishes, stop = turn.wishes, turn.stop
        acquire = turn.acquire or self._acquire
        engine = acquire(lambda fraction: turn.on_event(Loading(fraction)), stop, path=wishes.path)
        result.grounds, fitted = self._grounded(engine, turn)
        if fitted.cut_id:
            result.add_note(outcome.left_out(fitted.view))
        self._resume(engine, turn.home, stop)
        events = engine.answer(
            fitted.view.messages,
            sampling=wishes.sampling,
            max_tokens=wishes.max_tokens,
            stop=stop,
            conversation=turn.home,
            preamble=self._viewer.preamble(turn.home),
            is_continued=turn.is_continued,
        )
        for event in events:
            result.take(event, fitted.view.left_out, saver, turn.on_event)
        if result.timings is not None and turn.acquire is None:  # two models at once are slower than each alone
            self._learn(engine, result.timings)

    def _grounded(self, engine: Engine, turn: _Turn) -> tuple[Grounds | None, Fitted]:
        """What the answer is given from, and the view in which that stands."""
        grounds = self._ground(engine, turn)
        try:
            fitted = self._fit(engine, turn, grounds)
        except ContextFull:
            if grounds is None or grounds.strategy == "passages" or turn.wanted is not None:
                raise
            fitting = replace(turn, wanted="passages", grounds=None)
            grounds = self._ground(engine, fitting)
            return grounds, self._fit(engine, fitting, grounds)
        if self._has_lost_sight(turn, grounds, fitted):
            grounds = self._ground(engine, turn, is_anew=True)
            fitted = replace(self._fit(engine, turn, grounds), cut_id=fitted.cut_id)
        return grounds, fitted

    def _ground(self, engine: Engine, turn: _Turn, *, is_anew: bool = False) -> Grounds | None:
        """What the answer is given from, and kept with it. One that goes on has its own already."""
        if turn.is_continued or self._grounding is None:
            return turn.answer.grounds
        system_prompt = turn.wishes.system_prompt
        before = self._viewer.before(turn.home, turn.question.parent_id, system_prompt)
        alone = (*prompt.head(system_prompt), protocol.Message("user", prompt.content(turn.question)))
        grounds = turn.grounds or self._grounding.ground(
            engine,
            before.view,
            turn.question.text,
            conversation_id=turn.home,
            earlier=() if is_anew else before.earlier,
            alone=alone,
            on_event=turn.on_event,
            stop=turn.stop,
            wanted=turn.wanted,
        )
        if grounds is not None:
            self._store.ground(turn.answer.id, grounds)
            turn.on_event(Grounded(grounds))
        return grounds

    def _has_lost_sight(self, turn: _Turn, grounds: Grounds | None, fitted: Fitted) -> bool:
        """Whether the documents that are said to be in view already are not in the view that fits."""
        if grounds is None or grounds.text or turn.is_continued:
            return False
        path = self._viewer.branch(turn.home, turn.question.parent_id).path
        seen = set(fitted.view.ids)
        return not any(one.id in seen and one.grounds is not None and one.grounds.text for one in path)

    def _cite(self, answer_id: str, text: str, grounds: Grounds) -> None:
        with suppress(StorageFault):  # `finish` meets it again, and tells
            self._store.cite(answer_id, citations(text, grounds))

    def _fit(self, engine: Engine, turn: _Turn, grounds: Grounds | None) -> Fitted:
        try:
            return self._viewer.fit(
                engine,
                turn.home,
                turn.last_id,
                turn.wishes.system_prompt,
                on_event=turn.on_event,
                stop=turn.stop,
                grounds="" if grounds is None else grounds.text,
            )
        except ContextFull:
            if turn.is_continued:
                raise _full_answer() from None
            raise

    def summarise(self, conversation_id: str, *, on_event: OnEvent, stop: Stop) -> None:
        """Replace the oldest part of the branch in the model's view by a summary that the model writes.

        Events: Loading, Summarising, and at the end RoomMade, or Failed without an answer.
        """
        with _told(on_event):
            wishes = self._wishes(conversation_id, None, OPEN)
            engine = self._acquire(lambda fraction: on_event(Loading(fraction)), stop, path=wishes.path)
            self._viewer.summarise(engine, conversation_id, wishes.system_prompt, on_event=on_event, stop=stop)

    def read_ahead(
        self,
        engine: Engine,
        conversation_id: str | None,
        text: str,
        *,
        parent_id: str | None,
        stop: Stop,
        attachments: Sequence[Attachment] = (),
        system_prompt: str = "",
        scope: Scope = NO_DOCUMENTS,
    ) -> bool:
        """Let the engine read what is certain of a question that is being typed, so that Enter is answered at once.

        Documents that are read whole for any question are certain, too. `scope` is of a new conversation. Whether all
        of the text was read. Silent: what goes wrong here goes wrong again, and is told, with the question.
        """
        with suppress(PaddockError):
            view, beginning, has_text = self._foreseeing.ahead(
                engine,
                conversation_id,
                text,
                parent_id=parent_id,
                system_prompt=system_prompt,
                attachments=attachments,
                scope=scope,
                stop=stop,
            )
            if view.characters > engine.facts.context_tokens * MOST_CHARACTERS_PER_TOKEN:
                return False
            if conversation_id is not None:
                self._resume(engine, conversation_id, stop)
            timings = engine.read_ahead(
                (*view.messages, protocol.Message("user", beginning)),
                conversation=conversation_id or self._unnamed,
                stop=stop,
                preamble=self._viewer.preamble(conversation_id),
            )
            return has_text and timings is not None
        return False

    def _message(self, message_id: str) -> Message:
        found = self._store.messages((message_id,))
        if not found:
            raise StorageFault(_("This message is no longer there."), _("It was deleted meanwhile."))
        return found[0]

    def _question_of(self, answer: Message) -> Message:
        """Raises EngineFault for an answer whose question was deleted."""
        found = self._store.messages((answer.parent_id,)) if answer.parent_id is not None else ()
        if not found or found[0].role != "user":
            raise EngineFault(_("The question of this answer was deleted."), _("Ask it again, as a new message."))
        return found[0]

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


def _title(text: str, attachments: Sequence[Attachment]) -> str:
    """From the first words; where only something is attached, its name or its first words."""
    sources = (text, *(attachment.name or attachment.text for attachment in attachments))
    return next((title for source in sources if (title := title_from(source))), "")


def _full_answer() -> ContextFull:
    return ContextFull(
        _("The answer is as long as what the model can keep in view, so it cannot go on in the same message."),
        _("Ask it to go on in a new message, or choose a model with a larger context."),
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
