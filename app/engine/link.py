"""The line to one engine child: a thread that listens, and a mailbox for each request under way.

The thread hands out what the child says, and watches over it (`watch`), whether or not anybody waits. Whoever waits for
a child that is gone hears why, and so does everybody who asked to be told. What the child says is untrusted.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.engine import faults
from app.engine.mailbox import Job, is_last
from app.engine.protocol import (
    Cancel,
    Chunk,
    Counted,
    Dropped,
    Failed,
    Forget,
    Hello,
    Loaded,
    LoadFailed,
    LoadProgress,
    Ping,
    Pong,
    Prefilling,
    Progressed,
    Refused,
    Restored,
    Saved,
    ToChild,
    ToParent,
)
from app.engine.stop import Stop
from app.engine.watch import EndFault, Limits, Lost, Watch
from app.engine.wire import ProtocolError, decode, encode
from app.errors import EngineFault
from app.process import Child, ChildBusy, ChildGone, Exit

LOOK_EVERY_S = 0.25  # while something loads or stops
JOIN_S = 2.0

_log = logging.getLogger(__name__)


class Link:
    """One child's line. Any thread may use it; whoever makes one must `close` it."""

    def __init__(self, child: Child, limits: Limits) -> None:
        self.limits = limits
        self.load_job = Job(0, None, limits.start)
        self._child = child
        self._watch = Watch(child.pid, limits)  # only for the listening thread
        self._numbers = itertools.count(1)
        self._pings = itertools.count(1)
        self._lock = threading.Lock()  # for what stands below
        self._jobs: dict[int, Job] = {0: self.load_job}
        self._held: set[str] = set()
        self._idle_since = time.monotonic()
        self._fault: EndFault | None = None
        self._exit: Exit | None = None
        self._lost: EngineFault | None = None
        self._callbacks: list[Callable[[EngineFault], None]] = []
        self._thread = threading.Thread(target=self._run, name="paddock-engine-listener", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._fault is None and self._child.is_alive

    @property
    def exit(self) -> Exit | None:
        """How the child ended, if nobody ended it."""
        return self._exit

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def idle_s(self) -> float:
        """Seconds since it last read or answered, 0 while it does."""
        with self._lock:
            is_busy = any(job.is_reading for job in self._jobs.values())
            return 0.0 if is_busy else time.monotonic() - self._idle_since

    def holds(self, conversation: str) -> bool:
        """Whether the child has read something of the conversation and did not say that it dropped it."""
        with self._lock:
            return conversation in self._held

    def forget(self, conversation: str) -> None:
        """Nothing of the conversation may remain with the child."""
        with self._lock:
            self._held.discard(conversation)
        with contextlib.suppress(EngineFault):  # a child that is gone has forgotten everything
            self.send(Forget(conversation))

    def loaded(self) -> None:
        """Nothing more is to be heard about loading."""
        with self._lock:
            self._jobs.pop(self.load_job.number, None)
            self._idle_since = time.monotonic()

    @contextmanager
    def job(self, request: Callable[[int], ToChild], *, stop: Stop | None = None) -> Iterator[Job]:
        """Sends a request under a number of its own. With `stop`, a stop cancels it, and so does leaving too early.

        Raises what `send` raises. What is said about it after the caller left is dropped.
        """
        number = next(self._numbers)
        message = request(number)
        job = Job(number, message, self.limits.answering)
        with self._lock:
            self._jobs[number] = job
        try:
            self.send(message, stop)
        except BaseException:
            with self._lock:
                self._jobs.pop(number, None)
            raise
        cancel = functools.partial(self._cancel, job)
        if stop is not None:
            stop.on_set(cancel)
        try:
            yield job
        finally:
            job.leave()
            if stop is not None:
                stop.forget(cancel)
                cancel()

    def break_off(self, job: Job) -> None:
        """Cancels a job that the child does not know all of yet, and so owes no answer to."""
        with self._lock:
            self._jobs.pop(job.number, None)
        job.is_over = True
        self._send_soon(Cancel(job.number))

    def send(self, message: ToChild, stop: Stop | None = None) -> None:
        """Waits while the child takes nothing; how long that may be is for the listening thread to say.

        Raises EngineFault where the child is gone, Cancelled when `stop` is set while there is no room.
        """
        frame = encode(message)
        while True:
            if self._fault is not None:
                raise self._fault()
            try:
                self._child.send(frame)
                return
            except ChildBusy:
                if stop is not None and stop.is_set:
                    raise faults.stopped() from None
            except ChildGone as gone:
                raise self._blame(self._death(gone))() from None

    def nonsense(self, reason: str) -> EngineFault:
        """The error for a child that said what does not belong here; it is ended."""
        fault = self._blame(functools.partial(faults.of_nonsense, reason))
        self._child.stop()
        return fault()

    def on_lost(self, callback: Callable[[EngineFault], None]) -> None:
        """Calls `callback` on the listening thread when the child is lost (not closed); at once if it is already."""
        with self._lock:
            lost = self._lost
            if lost is None:
                self._callbacks.append(callback)
        if lost is not None:
            callback(lost)

    def close(self) -> None:
        """Ends the child and all waiting for it. Idempotent."""
        self._blame(faults.closed)
        self._child.stop()
        if threading.current_thread() is not self._thread:
            self._thread.join(JOIN_S)

    def close_soon(self) -> None:
        """`close` from a thread of its own."""
        self._blame(faults.closed)
        threading.Thread(target=self._child.stop, name="paddock-engine-stop", daemon=True).start()

    def _cancel(self, job: Job) -> None:
        if not job.is_over and not job.is_cancelled and self._fault is None:
            job.is_cancelled = True
            self._send_soon(Cancel(job.number))

    def _send_soon(self, message: ToChild) -> None:
        """From a thread of its own: this one may be the window's, or in a signal handler."""

        def send() -> None:
            with contextlib.suppress(EngineFault):  # whoever waits for the child finds out by itself
                self.send(message)

        threading.Thread(target=send, name="paddock-engine-stop", daemon=True).start()

    def _blame(self, fault: EndFault) -> EndFault:
        """Why the child ends: what was found first."""
        with self._lock:
            self._fault = self._fault or fault
            return self._fault

    def _death(self, gone: ChildGone) -> EndFault:
        if gone.exit.how == "killed":  # by app/process.py, because it broke the framing
            return functools.partial(faults.of_nonsense, gone.reason)
        if self._fault is None:
            self._exit = gone.exit
        return functools.partial(faults.of_death, gone.exit)

    # The listening thread.

    def _run(self) -> None:
        grace_s = 0.2
        try:
            self._listen()
        except ChildGone as gone:
            self._blame(self._death(gone))
        except Lost as lost:
            self._blame(lost.fault)
            grace_s = lost.grace_s
        except Exception as error:  # the thread would die, and everybody would wait for ever
            _log.exception("the engine's listener failed")
            self._blame(functools.partial(faults.of_nonsense, type(error).__name__))
        self._child.stop(grace_s=grace_s)
        self._tell()

    def _listen(self) -> None:
        looked = time.monotonic()
        while True:
            step_s = self._step_s()
            untrusted_frame = self._child.receive(step_s)
            if untrusted_frame is not None:
                self._watch.hear()
                self._hear(untrusted_frame)
            now = time.monotonic()
            if now - looked >= step_s:
                self._look(min(now - looked, 2 * step_s))
                looked = now

    def _step_s(self) -> float:
        with self._lock:
            is_hurried = any(job is self.load_job or job.is_cancelled for job in self._jobs.values())
        return min(self.limits.ping_every, LOOK_EVERY_S) if is_hurried else self.limits.ping_every

    def _hear(self, untrusted_frame: bytes) -> None:
        try:
            message = decode(untrusted_frame)
        except ProtocolError as error:
            raise Lost(functools.partial(faults.of_nonsense, str(error))) from None
        match message:
            case Dropped(conversation):
                with self._lock:
                    self._held.discard(conversation)
            case Hello() | Refused() | LoadProgress() | Loaded() | LoadFailed() | Pong():
                self._deliver(0, message, is_expected=not isinstance(message, Pong))
            case Progressed(number) | Counted(number) | Failed(number) | Saved(number) | Restored(number):
                self._deliver(number, message)
            case Chunk(number):
                self._deliver(number, message)
            case _:
                raise Lost(functools.partial(faults.of_nonsense, "a message of ours"))

    def _deliver(self, number: int, message: ToParent, *, is_expected: bool = False) -> None:
        with self._lock:
            job = self._jobs.get(number)
            if job is not None and number and is_last(message):
                del self._jobs[number]
                if job.is_reading:
                    self._idle_since = time.monotonic()
            if job is not None:
                self._note(job, message)
        if job is None:
            if is_expected:
                raise Lost(functools.partial(faults.of_nonsense, "about loading, out of turn"))
            return  # the end of something that its caller left
        while not job.put(message):
            if not isinstance(message, Chunk):
                raise Lost(functools.partial(faults.of_nonsense, "more than anybody can take"))
            self._wait_for_room(job)

    def _note(self, job: Job, message: ToParent) -> None:
        """What the message tells about the child's memory, and about whether it works on this job."""
        match message:
            case Progressed(_, Prefilling(done)):
                job.has_begun = True
                is_held = done > 0
            case Progressed():
                job.has_begun = True
                is_held = False
            case Restored(_, tokens):
                is_held = tokens > 0
            case _:
                return
        if is_held and job.conversation:
            self._held.add(job.conversation)

    def _wait_for_room(self, job: Job) -> None:
        """A slow disk takes the chunks: the child waits, too, and is watched meanwhile.

        It cannot answer pings then, so its silence counts for nothing.
        """
        if job.wait_for_room(LOOK_EVERY_S):
            return
        self._watch.hear()
        self._look(LOOK_EVERY_S)
        if not self._child.is_alive:
            job.leave()

    def _look(self, waited_s: float) -> None:
        with self._lock:
            jobs = tuple(self._jobs.values())
        self._watch.look(jobs, waited_s)
        if jobs:
            with contextlib.suppress(ChildGone, ChildBusy):  # the silence tells
                self._child.send(encode(Ping(next(self._pings))))

    def _tell(self) -> None:
        with self._lock:
            fault = self._fault or faults.closed
            jobs, self._jobs = tuple(self._jobs.values()), {}
            self._held.clear()
            if fault is not faults.closed:
                self._lost = fault()
            callbacks, self._callbacks = self._callbacks, []
        for job in jobs:
            job.fail(fault)
        if self._lost is not None:
            for callback in callbacks:
                callback(self._lost)
