"""The engine as the rest of the app sees it: load a model, count, answer, read ahead, keep KV states, close.

The model runs in a child process; `link` watches over it. Calls are made on worker threads and block; many may be
under way at once, and the child does the most urgent first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.engine import faults, loading
from app.engine.link import Link
from app.engine.mailbox import Job
from app.engine.planning.planner import Plan
from app.engine.protocol import (
    ANY_SHAPE,
    MAX_CHUNK_BYTES,
    NO_PREAMBLE,
    AnswerEvent,
    Ask,
    Chunk,
    Count,
    Counted,
    Device,
    Failed,
    Finished,
    LoadWish,
    Message,
    ModelFacts,
    Preamble,
    Priority,
    Progressed,
    ReadAhead,
    Restore,
    Restored,
    Sampling,
    Save,
    Saved,
    Shape,
    Timings,
    ToChild,
)
from app.engine.stop import Stop as Stop
from app.engine.watch import Limits as Limits
from app.errors import Cancelled, EngineFault
from app.sandbox import Guards

LEAST_READ_TOKENS = 64  # fewer say little about how fast reading is


@dataclass(frozen=True, slots=True)
class EngineBuild:
    """What the engine says about itself before any model is loaded."""

    build: str
    devices: tuple[Device, ...]  # accelerators first
    guards: Guards


class Engine(Protocol):
    """A loaded model. Everything raises EngineDied, EngineSilent or EngineFault once it is gone.

    `conversation` names whose KV state a call goes on with; an empty one is not kept.
    """

    @property
    def facts(self) -> ModelFacts: ...

    @property
    def plan(self) -> Plan:
        """How it was placed; `refusal` says why not better, where that was tried."""
        ...

    @property
    def is_alive(self) -> bool: ...

    @property
    def idle_s(self) -> float:
        """Seconds since it last read or answered, 0 while it does."""
        ...

    @property
    def prefill_tokens_per_s(self) -> float:
        """As measured by the answers so far, 0 while unknown."""
        ...

    def count(self, messages: Sequence[Message], *, preamble: Preamble = NO_PREAMBLE, stop: Stop | None = None) -> int:
        """Tokens of the whole rendered prompt, with the header that the answer follows. Raises Cancelled."""
        ...

    def answer(
        self,
        messages: Sequence[Message],
        *,
        sampling: Sampling,
        max_tokens: int | None,
        stop: Stop,
        stop_strings: Sequence[str] = (),
        conversation: str = "",
        preamble: Preamble = NO_PREAMBLE,
        shape: Shape = ANY_SHAPE,
        priority: Priority = "turn",
        is_continued: bool = False,
    ) -> Iterator[AnswerEvent]:
        """Prefilling, Delta and at last one Finished; close the iterator to leave early. Raises ContextFull, too.

        With `is_continued` the last message is an answer, and only what comes after it is told.
        Cancelled is raised for a stop while others are answered first, and for one that the engine had to be ended for.
        """
        ...

    def read_ahead(
        self, messages: Sequence[Message], *, conversation: str, stop: Stop, preamble: Preamble = NO_PREAMBLE
    ) -> Timings | None:
        """Reads what somebody is about to ask; the last message may still grow. None when it was not read to the end:
        stopped, or overtaken by an answer. Raises ContextFull and Cancelled, too.
        """
        ...

    def holds(self, conversation: str) -> bool:
        """Whether something of it is in the engine's memory, and need not be read again."""
        ...

    def save(self, conversation: str, take: Callable[[bytes], None], *, limit_bytes: int, stop: Stop) -> int:
        """Hands the KV state out in pieces, on this thread. Its tokens, or 0: none there, stopped, over the limit.

        What was taken is worth nothing then. Other answers may wait while `take` is slow. Raises what `take` raises.
        """
        ...

    def restore(self, conversation: str, chunks: Iterable[bytes], size_bytes: int, *, stop: Stop) -> int:
        """Gives a state back that `save` handed out. Its tokens, or 0: it does not fit this engine, or was stopped.

        Raises what `chunks` raises.
        """
        ...

    def forget(self, conversation: str) -> None:
        """It is deleted: nothing of it remains in the engine's memory. Raises nothing."""
        ...

    def on_lost(self, callback: Callable[[EngineFault], None]) -> None:
        """Calls `callback`, on a thread of the engine's, when it is gone without `close`; at once if it is already."""
        ...

    def close(self) -> None:
        """Idempotent. What is under way raises EngineFault."""
        ...


class LoadEngine(Protocol):
    """The shape of `load`, and of the fake's."""

    def __call__(self, wish: LoadWish, *, on_progress: Callable[[float], None], stop: Stop) -> Engine: ...


def build(limits: Limits | None = None) -> EngineBuild:
    """Starts an engine child only to ask it. Raises EngineFault, EngineDied, EngineSilent."""
    link = loading.start((), limits or Limits())
    try:
        hello = loading.hello(link)
    finally:
        link.close()
    return EngineBuild(hello.build, hello.devices, hello.guards)


def load(
    wish: LoadWish, *, on_progress: Callable[[float], None], stop: Stop, limits: Limits | None = None
) -> ChildEngine:
    """A child process with this model in it. `on_progress` gets 0.0 to 1.0, and begins anew with a smaller plan.

    Raises ModelFault (a sentence per cause), Cancelled, EngineDied, EngineSilent, EngineFault.
    """
    running = loading.load(wish, on_progress=on_progress, stop=stop, limits=limits or Limits())
    return ChildEngine(running.link, running.facts, running.plan)


class ChildEngine:
    """The Engine in a child process. Made by `load`."""

    def __init__(self, link: Link, facts: ModelFacts, plan: Plan) -> None:
        self._link = link
        self._facts = facts
        self._plan = plan
        self._prefill_tokens_per_s = 0.0
        link.loaded()

    @property
    def facts(self) -> ModelFacts:
        return self._facts

    @property
    def plan(self) -> Plan:
        return self._plan

    @property
    def is_alive(self) -> bool:
        return self._link.is_alive

    @property
    def pid(self) -> int:
        return self._link.pid

    @property
    def idle_s(self) -> float:
        return self._link.idle_s

    @property
    def prefill_tokens_per_s(self) -> float:
        return self._prefill_tokens_per_s

    def count(self, messages: Sequence[Message], *, preamble: Preamble = NO_PREAMBLE, stop: Stop | None = None) -> int:
        stop = stop or Stop()
        with self._link.job(lambda job: Count(job, tuple(messages), preamble)) as job:

            def leave() -> None:
                job.fail(faults.stopped)

            stop.on_set(leave)
            try:
                match job.receive():
                    case Counted(_, tokens):
                        return tokens
                    case Failed() as failed:
                        raise faults.of_job(failed)
                    case _:
                        raise self._link.nonsense("not about counting")
            finally:
                stop.forget(leave)

    def answer(
        self,
        messages: Sequence[Message],
        *,
        sampling: Sampling,
        max_tokens: int | None,
        stop: Stop,
        stop_strings: Sequence[str] = (),
        conversation: str = "",
        preamble: Preamble = NO_PREAMBLE,
        shape: Shape = ANY_SHAPE,
        priority: Priority = "turn",
        is_continued: bool = False,
    ) -> Iterator[AnswerEvent]:
        def request(job: int) -> ToChild:
            return Ask(
                job=job,
                messages=tuple(messages),
                is_continued=is_continued,
                preamble=preamble,
                sampling=sampling,
                shape=shape,
                max_tokens=max_tokens,
                stop_strings=tuple(stop_strings),
                conversation=conversation,
                priority=priority,
            )

        return self._events(request, stop)

    def read_ahead(
        self, messages: Sequence[Message], *, conversation: str, stop: Stop, preamble: Preamble = NO_PREAMBLE
    ) -> Timings | None:
        def request(job: int) -> ToChild:
            return ReadAhead(job, tuple(messages), preamble, conversation)

        for event in self._events(request, stop):
            if isinstance(event, Finished) and event.stop_reason == "end":
                return event.timings
        return None

    def _events(self, request: Callable[[int], ToChild], stop: Stop) -> Iterator[AnswerEvent]:
        """What the child says about the request, up to Finished."""
        with self._link.job(request, stop=stop) as job:
            while True:
                match job.receive():
                    case Progressed(_, Finished(_, timings) as finished):
                        self._learn(timings)
                        yield finished
                        return
                    case Progressed(_, event):
                        yield event
                    case Failed() as failed:
                        raise faults.of_job(failed)
                    case _:
                        raise self._link.nonsense("not about an answer")

    def _learn(self, timings: Timings) -> None:
        read = timings.prompt_tokens - timings.reused_tokens
        if read >= LEAST_READ_TOKENS and timings.prefill_s > 0:
            self._prefill_tokens_per_s = read / timings.prefill_s

    def holds(self, conversation: str) -> bool:
        return self._link.holds(conversation)

    def save(self, conversation: str, take: Callable[[bytes], None], *, limit_bytes: int, stop: Stop) -> int:
        size_bytes = 0
        with self._link.job(lambda job: Save(job, conversation), stop=stop) as job:
            while True:
                match job.receive():
                    case Chunk(_, data):
                        size_bytes += len(data)
                        if stop.is_set or size_bytes > limit_bytes:
                            return 0
                        take(data)
                    case Saved(_, tokens, told_bytes):
                        if tokens and told_bytes != size_bytes:
                            raise self._link.nonsense("a state of another size")
                        return tokens
                    case Failed() as failed:
                        raise faults.of_job(failed)
                    case _:
                        raise self._link.nonsense("not about a state")

    def restore(self, conversation: str, chunks: Iterable[bytes], size_bytes: int, *, stop: Stop) -> int:
        with self._link.job(lambda job: Restore(job, conversation, size_bytes), stop=stop) as job:
            is_sent = False
            try:
                is_sent = self._send_state(job, chunks, size_bytes, stop)
            finally:
                if not is_sent:
                    self._link.break_off(job)
            if not is_sent:
                return 0
            match job.receive():
                case Restored(_, tokens):
                    return tokens
                case Failed() as failed:
                    raise faults.of_job(failed)
                case _:
                    raise self._link.nonsense("not about a state")

    def _send_state(self, job: Job, chunks: Iterable[bytes], size_bytes: int, stop: Stop) -> bool:
        """False when it was stopped, refused or of another size: then the child does not have all of it."""
        left_bytes = size_bytes
        for piece in _pieces(chunks):
            left_bytes -= len(piece)
            if stop.is_set or left_bytes < 0 or job.has_message:
                return False
            try:
                self._link.send(Chunk(job.number, piece), stop)
            except Cancelled:
                return False
        return left_bytes == 0

    def forget(self, conversation: str) -> None:
        self._link.forget(conversation)

    def on_lost(self, callback: Callable[[EngineFault], None]) -> None:
        self._link.on_lost(callback)

    def close(self) -> None:
        """Ends the child. Idempotent; what is under way raises EngineFault."""
        self._link.close()


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in frames that the protocol allows."""
    for chunk in chunks:
        for at in range(0, len(chunk), MAX_CHUNK_BYTES):
            yield chunk[at : at + MAX_CHUNK_BYTES]
