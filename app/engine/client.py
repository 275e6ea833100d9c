"""The engine as the rest of the app sees it: load a model, count, answer, stop, close.

The model runs in a child process. Everything that waits for it has a limit, pings go out while it is silent, and
what it sends is untrusted. Calls are made on worker threads and block; answers are taken one at a time.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.engine import faults, hardware
from app.engine.protocol import (
    AnswerEvent,
    Ask,
    Cancel,
    Count,
    Counted,
    Failed,
    Finished,
    Hello,
    Load,
    Loaded,
    LoadFailed,
    LoadProgress,
    LoadWish,
    Message,
    ModelFacts,
    Ping,
    Pong,
    Progressed,
    ProtocolError,
    Refused,
    Sampling,
    ToChild,
    ToParent,
    decode,
    encode,
)
from app.errors import Cancelled, EngineDied, EngineFault, EngineSilent
from app.models import gguf
from app.process import Child, ChildBusy, ChildGone
from app.sandbox import Guards
from app.text import _

DEFAULT_CONTEXT_TOKENS = 8192
LOOK_EVERY_S = 0.1
# Spinning OpenMP threads cost ten times the speed as soon as another program wants a core; and a failed
# assertion must not start a debugger.
ENVIRONMENT = {"GOMP_SPINCOUNT": "1000", "GGML_NO_BACKTRACE": "1"}


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the child may be silent, in seconds, before it is ended."""

    start: float = 60.0  # a cold disk and a virus scanner
    loading: float = 120.0
    answering: float = 15.0
    cancelling: float = 5.0
    ping_every: float = 1.0


@dataclass(frozen=True, slots=True)
class EngineBuild:
    """What the engine says about itself before any model is loaded."""

    build: str
    devices: tuple[str, ...]  # accelerators first
    guards: Guards


class Stop:
    """A request to stop, thread-safe and final. `set` may be called from a signal handler."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._callbacks: list[Callable[[], None]] = []
        self._set_at: float | None = None

    def set(self) -> None:
        with self._lock:
            if self._set_at is not None:
                return
            self._set_at = time.monotonic()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    @property
    def is_set(self) -> bool:
        return self._set_at is not None

    @property
    def age_s(self) -> float:
        """Seconds since it was set, 0 while it is not."""
        return 0.0 if self._set_at is None else time.monotonic() - self._set_at

    def on_set(self, callback: Callable[[], None]) -> None:
        """Calls `callback` when the stop is set, in that thread; at once if it is already."""
        with self._lock:
            if self._set_at is None:
                self._callbacks.append(callback)
                return
        callback()

    def forget(self, callback: Callable[[], None]) -> None:
        """Takes back `on_set`."""
        with self._lock:
            self._callbacks = [kept for kept in self._callbacks if kept != callback]


@contextlib.contextmanager
def turn(lock: threading.Lock, stop: Stop | None) -> Iterator[None]:
    """Holds `lock`. Raises Cancelled when `stop` is set while another has it: an answer can take minutes."""
    while not lock.acquire(timeout=LOOK_EVERY_S):
        if stop is not None and stop.is_set:
            raise Cancelled(_("Stopped before it began."))
    try:
        yield
    finally:
        lock.release()


class Engine(Protocol):
    """A loaded model. A second answer or count waits for the first one to end, or for its own stop (Cancelled)."""

    @property
    def facts(self) -> ModelFacts: ...

    @property
    def is_alive(self) -> bool: ...

    def count(self, messages: Sequence[Message], *, stop: Stop | None = None) -> int:
        """Tokens of the whole rendered prompt, with the header that the answer follows."""
        ...

    def answer(
        self,
        messages: Sequence[Message],
        *,
        sampling: Sampling,
        max_tokens: int | None,
        stop: Stop,
        stop_strings: Sequence[str] = (),
    ) -> Iterator[AnswerEvent]:
        """Prefilling, Delta and at last one Finished. Raises EngineDied, EngineSilent, ContextFull, EngineFault.

        Close the iterator to leave early; until then other answers wait.
        """
        ...

    def close(self) -> None: ...


def plan(wish: LoadWish, machine: hardware.Hardware, size_bytes: int) -> Load:
    """How to load. Repacked weights are faster, and take their size again in memory that cannot be paged out."""
    return Load(
        path=str(wish.path),
        context_tokens=wish.context_tokens or DEFAULT_CONTEXT_TOKENS,
        gpu_layers=wish.gpu_layers,
        threads=wish.threads or machine.cores_physical,
        repack=size_bytes * 2 <= machine.memory_available_bytes,
    )


def build(limits: Limits | None = None) -> EngineBuild:
    """Starts an engine child only to ask it. Raises EngineFault, EngineDied, EngineSilent."""
    link = _start((), limits or Limits())
    try:
        hello = _hello(link)
    finally:
        link.close()
    return EngineBuild(hello.build, hello.devices, hello.guards)


def load(
    wish: LoadWish, *, on_progress: Callable[[float], None], stop: Stop, limits: Limits | None = None
) -> ChildEngine:
    """A child process with this model in it. `on_progress` gets 0.0 to 1.0.

    Raises ModelFault (a sentence per cause), Cancelled, EngineDied, EngineSilent, EngineFault.
    """
    file = gguf.check(wish.path)
    if stop.is_set:
        raise Cancelled(_("Loading was cancelled."))
    wish = LoadWish(file.path, wish.context_tokens, wish.gpu_layers, wish.threads)
    link = _start(file.shards, limits or Limits())
    try:
        return ChildEngine(link, _load(link, plan(wish, hardware.probe(), file.size_bytes), on_progress, stop))
    except BaseException:
        link.close()
        raise


def _start(grants: Sequence[Path], limits: Limits) -> Link:
    try:
        return Link(Child("engine", grants=grants, environment=ENVIRONMENT), limits)
    except ChildGone as gone:
        raise faults.not_started(gone.reason) from gone


def _hello(link: Link) -> Hello:
    hello = link.receive(link.limits.start)
    if isinstance(hello, Refused):
        raise faults.of_refusal(hello.reason)
    if not isinstance(hello, Hello):
        raise link.nonsense("no hello")
    return hello


def _load(link: Link, request: Load, on_progress: Callable[[float], None], stop: Stop) -> ModelFacts:
    # A load is cancelled by ending the child: that works while the system reads the file ahead, too, and gives back
    # all memory for certain.
    stop.on_set(link.close_soon)
    try:
        _hello(link)
        link.send(request)
        while True:
            match link.receive(link.limits.loading):
                case LoadProgress(fraction):
                    on_progress(min(fraction, 1.0))
                case Loaded(facts):
                    break
                case LoadFailed() as failed:
                    raise faults.of_load(failed)
                case _:
                    raise link.nonsense("not about loading")
    except EngineFault:
        if stop.is_set:
            raise Cancelled(_("Loading was cancelled.")) from None
        raise
    finally:
        stop.forget(link.close_soon)
    if stop.is_set:
        raise Cancelled(_("Loading was cancelled."))
    return facts


class ChildEngine:
    """The Engine in a child process. Made by `load`."""

    def __init__(self, link: Link, facts: ModelFacts) -> None:
        self._link = link
        self._facts = facts
        self._turn = threading.Lock()
        self._jobs = itertools.count(1)

    @property
    def facts(self) -> ModelFacts:
        return self._facts

    @property
    def is_alive(self) -> bool:
        return self._link.is_alive

    @property
    def pid(self) -> int:
        return self._link.pid

    def count(self, messages: Sequence[Message], *, stop: Stop | None = None) -> int:
        with turn(self._turn, stop):
            job = next(self._jobs)
            self._link.send(Count(job, tuple(messages)))
            while True:
                match self._link.receive(self._link.limits.answering):
                    case Counted(number, tokens) if number == job:
                        return tokens
                    case Failed(number) as failed if number == job:
                        raise faults.of_job(failed)
                    case Counted() | Failed() | Progressed():
                        pass  # the end of an answer that its caller left early
                    case _:
                        raise self._link.nonsense("not about counting")

    def answer(
        self,
        messages: Sequence[Message],
        *,
        sampling: Sampling,
        max_tokens: int | None,
        stop: Stop,
        stop_strings: Sequence[str] = (),
    ) -> Iterator[AnswerEvent]:
        with turn(self._turn, stop):
            job = next(self._jobs)

            def cancel() -> None:
                self._link.send_soon(Cancel(job))

            self._link.send(Ask(job, tuple(messages), sampling, max_tokens, tuple(stop_strings)))
            stop.on_set(cancel)
            is_finished = False
            try:
                for event in self._events(job, stop):
                    is_finished = isinstance(event, Finished)
                    yield event
            finally:
                stop.forget(cancel)
                if not is_finished and self._link.is_alive:
                    cancel()

    def _events(self, job: int, stop: Stop) -> Iterator[AnswerEvent]:
        """What the child says about this job, up to Finished."""
        link = self._link
        while True:
            message = link.receive(link.limits.answering, stop)
            if isinstance(message, Progressed):
                if message.job == job:
                    yield message.event
                    if isinstance(message.event, Finished):
                        return
            elif isinstance(message, Failed):
                if message.job == job:
                    raise faults.of_job(message)
            elif not isinstance(message, Counted):
                raise link.nonsense("not about an answer")

    def close(self) -> None:
        """Ends the child. Idempotent; a running answer raises EngineFault."""
        self._link.close()


class Link:
    """Messages to and from the child; turns its death, silence and nonsense into errors."""

    def __init__(self, child: Child, limits: Limits) -> None:
        self._child = child
        self.limits = limits
        self._pings = itertools.count(1)
        self._is_closed = False

    @property
    def is_alive(self) -> bool:
        return not self._is_closed and self._child.is_alive

    @property
    def pid(self) -> int:
        return self._child.pid

    def send(self, message: ToChild) -> None:
        """Raises EngineDied, EngineSilent where the child takes nothing any more, EngineFault after `close`."""
        if self._is_closed:
            raise faults.closed()
        try:
            self._child.send(encode(message))
        except ChildGone as gone:
            raise self._death(gone) from None
        except ChildBusy:
            raise self._silence(1.0) from None

    def send_soon(self, message: ToChild) -> None:
        """`send` from a thread of its own, errors ignored: for signal handlers and the window's thread."""

        def send() -> None:
            # Whoever waits for the child finds out by itself.
            with contextlib.suppress(ChildGone, ChildBusy):
                if not self._is_closed:
                    self._child.send(encode(message))

        threading.Thread(target=send, name="paddock-engine-stop", daemon=True).start()

    def receive(self, silence_s: float, stop: Stop | None = None) -> ToParent:
        """The next message that is no Pong.

        Raises EngineDied, EngineSilent after `silence_s` without a frame or when a set `stop` was not obeyed in
        time, EngineFault after `close`.
        """
        heard = time.monotonic()
        step_s = min(self.limits.ping_every, silence_s / 3)
        while True:
            frame = self._next_frame(step_s)
            if frame is None:
                if time.monotonic() - heard > silence_s:
                    raise self._silence(silence_s)
                self._ping()
            else:
                heard = time.monotonic()
                message = self._decode(frame)
                if not isinstance(message, Pong):
                    return message
            if stop is not None and stop.age_s > self.limits.cancelling:
                raise self._silence(stop.age_s)

    def _ping(self) -> None:
        with contextlib.suppress(ChildGone, ChildBusy):  # the next receive, or the silence, tells
            self._child.send(encode(Ping(next(self._pings))))

    def _decode(self, untrusted_frame: bytes) -> ToParent:
        try:
            message = decode(untrusted_frame)
        except ProtocolError as error:
            raise self.nonsense(str(error)) from None
        if not isinstance(message, ToParent):
            raise self.nonsense("a message of ours")
        return message

    def _next_frame(self, timeout_s: float) -> bytes | None:
        if self._is_closed:
            raise faults.closed()
        try:
            return self._child.receive(timeout_s)
        except ChildGone as gone:
            raise self._death(gone) from None

    def _death(self, gone: ChildGone) -> EngineFault:
        self._child.stop(grace_s=0.2)
        if self._is_closed:
            return faults.closed()
        if gone.exit.how == "killed":  # by app/process.py, because it broke the framing
            return faults.of_nonsense(gone.reason)
        return faults.of_death(gone.exit)

    def _silence(self, waited_s: float) -> EngineSilent:
        self._child.stop()
        return faults.of_silence(waited_s)

    def nonsense(self, reason: str) -> EngineDied:
        self._child.stop()
        return faults.of_nonsense(reason)

    def close(self) -> None:
        self._is_closed = True
        self._child.stop()

    def close_soon(self) -> None:
        """`close` from a thread of its own."""
        self._is_closed = True
        threading.Thread(target=self._child.stop, name="paddock-engine-stop", daemon=True).start()


class LoadEngine(Protocol):
    """The shape of `load`, and of the fake's."""

    def __call__(self, wish: LoadWish, *, on_progress: Callable[[float], None], stop: Stop) -> Engine: ...
