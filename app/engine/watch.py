"""How an engine child is doing, judged at every look: is it silent, halted from outside, or deaf to a stop?

What is counted is the time that the looker itself waited. So a machine that slept, or a debugger in this process, does
not put the blame on the child.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import psutil

from app.engine import faults
from app.engine.mailbox import Job
from app.errors import EngineFault

LEAVE_AFTER_S = 0.5

EndFault: TypeAlias = Callable[[], EngineFault]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the child may be silent (or halted, or go on after a stop), in seconds, before it is ended."""

    start: float = 60.0  # a cold disk and a virus scanner
    loading: float = 120.0
    answering: float = 15.0
    cancelling: float = 5.0
    halted: float = 3.0  # found out a second late, and ended before the fifth
    ping_every: float = 1.0


class Lost(Exception):
    """The child has to go, at the latest `grace_s` after it was asked to."""

    def __init__(self, fault: EndFault, *, grace_s: float = 1.0) -> None:
        super().__init__()
        self.fault = fault
        self.grace_s = grace_s


class Watch:
    """For one thread."""

    def __init__(self, pid: int, limits: Limits) -> None:
        self._limits = limits
        self._process = _process(pid)
        self._has_heard = False
        self._silent_s = 0.0
        self._halted_s = 0.0

    def hear(self) -> None:
        """The child said something."""
        self._has_heard = True

    def look(self, jobs: Sequence[Job], waited_s: float) -> None:
        """`waited_s` went by since the last look. Who waits for a job that goes on after a stop may leave it here.

        Raises Lost.
        """
        self._halted_s = self._halted_s + waited_s if _is_halted(self._process) else 0.0
        if self._halted_s > self._limits.halted:
            raise Lost(faults.of_halt, grace_s=0.1)  # it hears nothing but the last signal
        self._silent_s = self._silent_s + waited_s if jobs and not self._has_heard else 0.0
        self._has_heard = False
        if jobs and self._silent_s > min(job.silence_s for job in jobs):
            raise Lost(functools.partial(faults.of_silence, self._silent_s))
        self._enforce_stops(jobs, waited_s)

    def _enforce_stops(self, jobs: Sequence[Job], waited_s: float) -> None:
        """A stop that is not obeyed in time ends the child, unless somebody else's answer would be lost by that."""
        cancelled = [job for job in jobs if job.is_cancelled]
        for job in cancelled:
            job.ignored_s += waited_s
            if job.ignored_s > (self._limits.cancelling if job.has_begun else LEAVE_AFTER_S):
                job.fail(faults.stopped)
        is_ignored = any(job.is_reading and job.ignored_s > self._limits.cancelling for job in cancelled)
        if is_ignored and all(job.is_cancelled for job in jobs if job.has_begun):
            raise Lost(faults.of_deafness)


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.Error:
        return None


def _is_halted(process: psutil.Process | None) -> bool:
    """Whether a signal stopped it. Windows has no such signal."""
    if process is None or sys.platform == "win32":
        return False
    try:
        return process.status() == psutil.STATUS_STOPPED
    except psutil.Error:
        return False
