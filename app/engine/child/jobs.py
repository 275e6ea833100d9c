"""Jobs that wait, and the one that runs: shared by the thread that takes them in and the thread that computes.

What is more urgent aborts the computation of what is less so, and so does the cancelling of what runs.
"""

from __future__ import annotations

import threading
from typing import Generic, Protocol, TypeVar

LEAST_URGENT = 9


class Job(Protocol):
    """`number` is the parent's, 0 for what nobody cancels. `urgency` 0 goes first."""

    number: int
    is_cancelled: bool

    @property
    def urgency(self) -> int: ...


class Abort(Protocol):
    """Ends a running computation, and those that begin before it is cleared."""

    def set(self) -> None: ...

    def clear(self) -> None: ...


J = TypeVar("J", bound=Job)


class Jobs(Generic[J]):
    """The most urgent job first, the oldest of them; one at a time."""

    def __init__(self) -> None:
        self._changed = threading.Condition()  # guards what stands below
        self._waiting: list[J] = []
        self._running: J | None = None
        self._abort: Abort | None = None
        self._most_urgent = LEAST_URGENT  # among those that wait

    def add(self, job: J) -> None:
        with self._changed:
            self._waiting.append(job)
            self._most_urgent = min(self._most_urgent, job.urgency)
            if self._running is not None and job.urgency < self._running.urgency:
                self._stop_computing()
            self._changed.notify()

    def cancel(self, number: int) -> None:
        with self._changed:
            for job in (*self._waiting, *([self._running] if self._running else [])):
                if job.number == number:
                    job.is_cancelled = True
                    if job is self._running:
                        self._stop_computing()

    def _stop_computing(self) -> None:
        if self._abort is not None:
            self._abort.set()

    # The thread that computes.

    def are_computed_with(self, abort: Abort) -> None:
        """From now on this ends what runs."""
        with self._changed:
            self._abort = abort

    def next(self) -> J:
        """Waits for one. It is running until `ended`."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting)
            job = min(self._waiting, key=lambda job: job.urgency)
            self._waiting.remove(job)
            self._most_urgent = min((other.urgency for other in self._waiting), default=LEAST_URGENT)
            self._running = job
            if self._abort is not None:
                self._abort.clear()
                if job.is_cancelled:
                    self._abort.set()
        return job

    def is_outranked(self, job: J) -> bool:
        """Whether a more urgent one waits."""
        return self._most_urgent < job.urgency

    def put_back(self, job: J) -> None:
        """It waits at the front of its kind."""
        with self._changed:
            self._waiting.insert(0, job)
            self._most_urgent = min(self._most_urgent, job.urgency)

    def ended(self) -> None:
        """Nothing runs."""
        with self._changed:
            self._running = None
