"""The engine child: gives up its privileges, loads one model, and works on jobs.

The main thread steps the most urgent job; a reader thread takes the frames, so that a Ping is answered and a Cancel
obeyed in the middle of a decode (llama.cpp runs without the interpreter's lock). Counting, which needs no context, has
a thread of its own. A more urgent job aborts the decode of a lesser one, which goes on later from where it was. When
the pipe ends, so does the child, at once.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from app import sandbox
from app.engine.child.starting import (
    EXIT_PROTOCOL,
    EXIT_REFUSED,
    EXIT_WELL,
    in_steps,
    or_end,
    own_memory,
    skip_package_imports,
    tell_load,
)
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
    Hello,
    Load,
    ModelFacts,
    Ping,
    Pong,
    Progressed,
    ReadAhead,
    Refused,
    Restore,
    Restored,
    Save,
    Saved,
    ToParent,
)
from app.engine.wire import ProtocolError, decode, encode
from app.process import Pipe, granted_paths

if TYPE_CHECKING:
    from app.engine.child.answering import Answering, MakeGuesser, Steps
    from app.engine.child.guessing import DraftModel
    from app.engine.child.kvcache import KvCache
    from app.engine.child.llama.context import Context
    from app.engine.child.llama.library import Library
    from app.engine.child.llama.model import Model

LEAST_URGENT = 9

Task: TypeAlias = Load | Ask | ReadAhead | Save | Restore | Forget
_URGENCY = {"turn": 0, "ahead": 1, "side": 2}


@dataclass(slots=True, eq=False)
class _Job:
    """`urgency` 0 goes first. `number` is the parent's, 0 for what nobody cancels."""

    task: Task
    urgency: int
    number: int = 0
    steps: Steps | None = None
    is_cancelled: bool = False
    received: bytearray = field(default_factory=bytearray)  # of a state on its way in


def main() -> int:
    """`--worker engine`. The late imports are the point: nothing native is loaded before the privileges are gone."""
    pipe = Pipe()
    guards = sandbox.give_up("engine", read_only=granted_paths())
    skip_package_imports()
    from app.engine.child.llama import library

    faults = library.mismatches()
    if faults:
        pipe.send(encode(Refused("; ".join(faults))))
        return EXIT_REFUSED
    return Worker(pipe, guards, library.Library()).run()


class Worker:
    """One child's state: at most one model, many jobs, one of them running."""

    def __init__(self, pipe: Pipe, guards: sandbox.Guards, library: Library) -> None:
        self._pipe = pipe
        self._guards = guards
        self._library = library
        self._changed = threading.Condition()  # guards the four below, shared with the reader thread
        self._jobs: list[_Job] = []
        self._running: _Job | None = None
        self._context: Context | None = None
        self._most_urgent = LEAST_URGENT  # among those that wait
        self._incoming: dict[int, tuple[Restore, _Job]] = {}  # the reader thread's own: states on their way in
        self._counts: queue.SimpleQueue[Count] = queue.SimpleQueue()
        self._answering: Answering | None = None
        self._cache: KvCache | None = None

    def run(self) -> NoReturn:
        for name, work in (("reader", self._read), ("counter", self._count)):
            threading.Thread(target=or_end, args=(work,), name=name, daemon=True).start()
        self._send(Hello(self._guards, self._library.build(), self._library.devices()))
        while True:
            self._work_on(self._next())

    def _send(self, message: ToParent) -> None:
        self._pipe.send(encode(message))

    # The reader thread.

    def _read(self) -> None:
        while (frame := self._pipe.recv()) is not None:
            try:
                message = decode(frame)
            except ProtocolError:
                os._exit(EXIT_PROTOCOL)
            match message:
                case Ping(number):
                    self._send(Pong(number, *own_memory()))
                case Cancel(job):
                    self._cancel(job)
                case Chunk():
                    self._take_chunk(message)
                case Restore():
                    self._incoming[message.job] = (message, _Job(message, 0, message.job))
                    self._take_state(message.job)
                case Ask():
                    self._add(_Job(message, _URGENCY[message.priority], message.job))
                case ReadAhead():
                    self._add(_Job(message, _URGENCY["ahead"], message.job))
                case Save():
                    self._add(_Job(message, _URGENCY["side"], message.job))
                case Count():
                    self._counts.put(message)
                case Forget(conversation):
                    self._refuse_states(conversation)
                    self._add(_Job(message, 0))
                case Load():
                    self._add(_Job(message, 0))
                case _:
                    os._exit(EXIT_PROTOCOL)
        os._exit(EXIT_WELL)  # nobody is there any more; a decode that still runs must not hold us

    def _take_chunk(self, chunk: Chunk) -> None:
        if chunk.job in self._incoming:  # else it was cancelled
            self._incoming[chunk.job][1].received += chunk.data
            self._take_state(chunk.job)

    def _take_state(self, number: int) -> None:
        """A state becomes a job when all of it is here."""
        restore, job = self._incoming[number]
        if len(job.received) >= restore.size_bytes:
            del self._incoming[number]
            self._add(job)

    def _refuse_states(self, conversation: str) -> None:
        """What is still on its way of a forgotten conversation must not bring it back."""
        for restore, job in self._incoming.values():
            if restore.conversation == conversation:
                job.is_cancelled = True

    def _add(self, job: _Job) -> None:
        with self._changed:
            self._jobs.append(job)
            self._most_urgent = min(self._most_urgent, job.urgency)
            running = self._running
            if running is not None and job.urgency < running.urgency and self._context is not None:
                self._context.request_abort()
            self._changed.notify()

    def _cancel(self, number: int) -> None:
        self._incoming.pop(number, None)
        with self._changed:
            for job in (*self._jobs, *([self._running] if self._running else [])):
                if job.number == number:
                    job.is_cancelled = True
                    if job is self._running and self._context is not None:
                        self._context.request_abort()

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

    def _next(self) -> _Job:
        """The most urgent job, the oldest first; it is running from now on."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs)
            job = min(self._jobs, key=lambda job: job.urgency)
            self._jobs.remove(job)
            self._most_urgent = min((other.urgency for other in self._jobs), default=LEAST_URGENT)
            self._running = job
            if self._context is not None:
                self._context.clear_abort()
                if job.is_cancelled:
                    self._context.request_abort()
        return job

    def _work_on(self, job: _Job) -> None:
        """Until it is done, or until something more urgent is there: then it waits at the front of its kind."""
        try:
            steps = self._begin(job) if job.steps is None else job.steps
            if steps is not None:
                job.steps = steps
                for _step in steps:
                    if self._most_urgent < job.urgency and self._give_way(job):
                        return
        except Exception as fault:
            self._send(_failed(job.number, fault))
        finally:
            with self._changed:
                self._running = None

    def _give_way(self, job: _Job) -> bool:
        if isinstance(job.task, ReadAhead):
            job.is_cancelled = True  # what was read stays; the question itself goes on from there
            return False
        with self._changed:
            self._jobs.insert(0, job)
            self._most_urgent = min(self._most_urgent, job.urgency)
        return True

    def _begin(self, job: _Job) -> Steps | None:
        """Does a job that takes no steps; returns the steps of one that does."""
        task = job.task
        if isinstance(task, Load):
            self._load(task)
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

    def _load(self, load: Load) -> None:
        tell_load(self._send, lambda: self._load_model(load))

    def _load_model(self, load: Load) -> ModelFacts:
        from app.engine.child.answering import Answering
        from app.engine.child.kvcache import AnswerMemory, KvCache
        from app.engine.child.llama.context import Context
        from app.engine.child.llama.model import Model

        started = time.perf_counter()
        path = Path(load.path)
        model = Model(
            self._library,
            path,
            on_progress=in_steps(self._send),
            gpu_layers=load.gpu_layers,
            repack=load.repack,
            devices=load.devices,
            split=load.split,
        )
        trained = model.trained_context_tokens
        context_tokens = min(trained, load.context_tokens) if trained > 0 else load.context_tokens
        context = Context(model, self._library, load, context_tokens=context_tokens)
        context.mix_in(load.adapters)
        with self._changed:
            self._context = context
        self._cache = KvCache(
            context,
            parked_bytes=load.parked_bytes,
            resting_tokens=load.resting_tokens,
            dropped=lambda conversation: self._send(Dropped(conversation)),
        )
        guessers = self._guessers(load, model, context)
        self._answering = Answering(model, context, self._cache, guessers=guessers, memory=AnswerMemory())
        return ModelFacts(
            name=model.meta("general.name") or path.stem,
            architecture=model.meta("general.architecture"),
            parameters=model.parameters,
            size_bytes=model.size_bytes,
            context_tokens=context.limit_tokens,
            trained_context_tokens=trained,
            quantisation=model.quantisation,
            template_family=self._answering.template.family,
            devices=tuple(f"{device.name} ({device.description})" for device in self._library.devices()),
            load_s=time.perf_counter() - started,
            guards=self._guards,
            engine_build=self._library.build(),
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
                self._library,
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
        return DraftModel(draft, Context(draft, self._library, wish, context_tokens=context_tokens))

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
