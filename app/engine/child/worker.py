"""The engine child: gives up its privileges, loads one model, and works on jobs.

The main thread steps the most urgent job (`jobs`), the line's thread takes the frames (`line`). Counting, which needs
no context, has a thread of its own. A more urgent job aborts the decode of a lesser one, which goes on later from where
it was.
"""

from __future__ import annotations

import contextlib
import os
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from app.engine.child.jobs import Jobs
from app.engine.child.line import EXIT_PROTOCOL, EXIT_REFUSED, Line, opened, start_thread
from app.engine.protocol import (
    MAX_CHUNK_BYTES,
    AnswerEvent,
    Ask,
    Cancel,
    Chunk,
    Count,
    Counted,
    Dropped,
    Failed,
    Forget,
    Frame,
    Load,
    ModelFacts,
    Progressed,
    ReadAhead,
    Restore,
    Restored,
    Save,
    Saved,
    ToParent,
)
from app.engine.wire import ProtocolError

if TYPE_CHECKING:
    from app.engine.child.answering import Answering, MakeGuesser, Steps
    from app.engine.child.guessing import DraftModel
    from app.engine.child.kvcache import KvCache
    from app.engine.child.llama.context import Context
    from app.engine.child.llama.model import Model

Task: TypeAlias = Load | Ask | ReadAhead | Save | Restore | Forget
_URGENCY = {"turn": 0, "ahead": 1, "side": 2}


@dataclass(slots=True, eq=False)
class _Job:
    task: Task
    urgency: int
    number: int = 0
    steps: Steps | None = None
    is_cancelled: bool = False
    received: bytearray = field(default_factory=bytearray)  # of a state on its way in


def main() -> int:
    """`--worker engine`."""
    line = opened()
    return EXIT_REFUSED if line is None else Worker(line).run()


class Worker:
    """One child's state: at most one model, many jobs, one of them running."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._send = line.send
        self._jobs: Jobs[_Job] = Jobs()
        self._incoming: dict[int, tuple[Restore, _Job]] = {}  # the line's thread's own: states on their way in
        self._counts: queue.SimpleQueue[Count] = queue.SimpleQueue()
        self._answering: Answering | None = None
        self._cache: KvCache | None = None

    def run(self) -> NoReturn:
        start_thread("counter", self._count)
        self._line.greet(self._take)
        while True:
            self._work_on(self._jobs.next())

    # The line's thread.

    def _take(self, message: Frame) -> None:
        match message:
            case Cancel(job):
                self._incoming.pop(job, None)
                self._jobs.cancel(job)
            case Chunk():
                self._take_chunk(message)
            case Restore():
                self._incoming[message.job] = (message, _Job(message, 0, message.job))
                self._take_state(message.job)
            case Ask():
                self._jobs.add(_Job(message, _URGENCY[message.priority], message.job))
            case ReadAhead():
                self._jobs.add(_Job(message, _URGENCY["ahead"], message.job))
            case Save():
                self._jobs.add(_Job(message, _URGENCY["side"], message.job))
            case Count():
                self._counts.put(message)
            case Forget(conversation):
                self._refuse_states(conversation)
                self._jobs.add(_Job(message, 0))
            case Load():
                self._jobs.add(_Job(message, 0))
            case _:
                raise ProtocolError("not for the engine")

    def _take_chunk(self, chunk: Chunk) -> None:
        if chunk.job in self._incoming:  # else it was cancelled
            self._incoming[chunk.job][1].received += chunk.data
            self._take_state(chunk.job)

    def _take_state(self, number: int) -> None:
        """A state becomes a job when all of it is here."""
        restore, job = self._incoming[number]
        if len(job.received) >= restore.size_bytes:
            del self._incoming[number]
            self._jobs.add(job)

    def _refuse_states(self, conversation: str) -> None:
        """What is still on its way of a forgotten conversation must not bring it back."""
        for restore, job in self._incoming.values():
            if restore.conversation == conversation:
                job.is_cancelled = True

    # The counting thread.

    def _count(self) -> None:
        while True:
            count = self._counts.get()
            answering = self._answering
            if answering is None:
                os._exit(EXIT_PROTOCOL)
            try:
                self._send(Counted(count.job, len(answering.prompt(count.messages, count.preamble).tokens)))
            except Exception as fault:
                self._send(_failed(count.job, fault))

    # The main thread.

    def _work_on(self, job: _Job) -> None:
        """Until it is done, or until something more urgent is there: then it waits at the front of its kind."""
        try:
            steps = self._begin(job) if job.steps is None else job.steps
            if steps is not None:
                job.steps = steps
                for _step in steps:
                    if self._jobs.is_outranked(job) and self._gives_way(job):
                        return
        except Exception as fault:
            self._send(_failed(job.number, fault))
        finally:
            self._jobs.ended()

    def _gives_way(self, job: _Job) -> bool:
        if isinstance(job.task, ReadAhead):
            job.is_cancelled = True  # what was read stays; the question itself goes on from there
            return False
        self._jobs.put_back(job)
        return True

    def _begin(self, job: _Job) -> Steps | None:
        """Does a job that takes no steps; returns the steps of one that does."""
        task = job.task
        if isinstance(task, Load):
            self._line.tell_load(lambda: self._load(task))
            return None
        answering, cache = self._answering, self._cache
        if answering is None or cache is None:
            os._exit(EXIT_PROTOCOL)
        match task:
            case Ask():
                return answering.answer(task, self._emitter(task.job), lambda: job.is_cancelled)
            case ReadAhead():
                return answering.read_ahead(task, self._emitter(task.job), lambda: job.is_cancelled)
            case Save():
                return self._save(cache, task, job)
            case Restore():
                self._restore(answering, cache, task, job)
            case Forget(conversation):
                cache.forget(conversation)
                answering.forget(conversation)
        return None

    def _emitter(self, job: int) -> Callable[[AnswerEvent], None]:
        return lambda event: self._send(Progressed(job, event))

    # Loading.

    def _load(self, load: Load) -> ModelFacts:
        from app.engine.child.answering import Answering
        from app.engine.child.kvcache import AnswerMemory, KvCache
        from app.engine.child.llama.context import Context
        from app.engine.child.llama.model import Model

        started = time.perf_counter()
        path = Path(load.path)
        model = Model(
            self._line.library,
            path,
            on_progress=self._line.in_steps(),
            gpu_layers=load.gpu_layers,
            repack=load.repack,
            devices=load.devices,
            split=load.split,
        )
        trained = model.trained_context_tokens
        context_tokens = min(trained, load.context_tokens) if trained > 0 else load.context_tokens
        context = Context(model, self._line.library, load, context_tokens=context_tokens)
        context.mix_in(load.adapters)
        self._jobs.are_computed_with(context.abort)
        self._cache = KvCache(
            context,
            parked_bytes=load.parked_bytes,
            resting_tokens=load.resting_tokens,
            dropped=lambda conversation: self._send(Dropped(conversation)),
        )
        guessers = self._guessers(load, model, context)
        self._answering = Answering(model, context, self._cache, guessers=guessers, memory=AnswerMemory())
        return self._line.facts(
            model,
            path,
            context_tokens=context.limit_tokens,
            template_family=self._answering.template.family,
            load_s=time.perf_counter() - started,
        )

    def _guessers(self, load: Load, model: Model, context: Context) -> list[MakeGuesser]:
        from app.engine.child.guessing import PromptLookup

        if not load.is_guessing or not context.can_cut:  # what was guessed wrong is cut off again
            return []
        if not load.draft:
            return [PromptLookup]
        draft = self._draft(load, model, context.limit_tokens)
        return [PromptLookup, lambda: draft]

    def _draft(self, load: Load, model: Model, context_tokens: int) -> DraftModel:
        """Raises LoadError; for lack of memory as such, because then a smaller plan may do."""
        from app.engine.child.guessing import DraftModel
        from app.engine.child.llama.context import Context
        from app.engine.child.llama.library import LoadError
        from app.engine.child.llama.model import Model

        path = Path(load.draft)
        try:
            draft = Model(
                self._line.library,
                path,
                on_progress=lambda _fraction: None,
                gpu_layers=load.gpu_layers,
                repack=load.repack,
            )
        except LoadError as error:
            raise error if error.fault == "memory" else LoadError("draft", error.detail) from error
        if not draft.has_same_vocabulary(model):
            raise LoadError("draft", path.name)
        wish = replace(load, sequences=1, adapters=())
        return DraftModel(draft, Context(draft, self._line.library, wish, context_tokens=context_tokens))

    # KV states on their way out and in.

    def _save(self, cache: KvCache, save: Save, job: _Job) -> Steps:
        from app.engine.child.kvcache import pack

        try:
            parked = cache.find(save.conversation)
        except MemoryError:
            parked = None
        size_bytes = 0
        for piece in () if parked is None else pack(parked):
            view = memoryview(piece)
            for at in range(0, len(view), MAX_CHUNK_BYTES):
                if job.is_cancelled:
                    self._send(Saved(save.job, 0, 0))
                    return
                chunk = bytes(view[at : at + MAX_CHUNK_BYTES])
                size_bytes += len(chunk)
                self._send(Chunk(save.job, chunk))
                yield
        self._send(Saved(save.job, 0 if parked is None else len(parked.tokens), size_bytes))

    def _restore(self, answering: Answering, cache: KvCache, restore: Restore, job: _Job) -> None:
        from app.engine.child.kvcache import unpack

        tokens = 0
        with contextlib.suppress(ValueError):
            parked = unpack(restore.conversation, job.received, vocabulary_tokens=answering.vocabulary_tokens)
            if not job.is_cancelled and cache.put(parked):
                answering.restored(parked.conversation, parked.tokens, parked.answers)
                tokens = len(parked.tokens)
        self._send(Restored(restore.job, tokens))


def _failed(job: int, fault: Exception) -> ToParent:
    """What a job's fault means to whoever waits for it. Faults that nobody foresaw end the child."""
    from app.engine.child.answering import PromptTooLong
    from app.engine.child.kvcache import AllBusy
    from app.engine.child.llama.context import CacheFull, DecodeError
    from app.engine.child.llama.grammar import ShapeError
    from app.engine.child.template import TemplateRefused

    match fault:
        case PromptTooLong():
            return Failed(job, "context_full", fault.tokens, fault.limit, "")
        case ShapeError():
            return Failed(job, "shape", 0, 0, str(fault))
        case TemplateRefused():
            return Failed(job, "template", 0, 0, str(fault))
        case DecodeError() | CacheFull() | AllBusy():
            return Failed(job, "decode", 0, 0, f"{type(fault).__name__} {fault}")
    raise fault
