"""One thread for what would make the window wait: colouring long code, or waiting for formulas.

It is started by the first job, takes one after the other, and ends a moment after the last. What it made is handed
over on the main thread. Colouring is pure Python and holds the interpreter's lock, so jobs are kept short and the
thread steps aside between two of them.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

ASIDE_S = 0.002
LINGER_S = 0.25
"""Starting a thread makes the window wait for it."""

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    owner: QObject
    work: Callable[[], object]
    done: Callable[[object], None]


class _Bench:
    """What the thread and the main thread share. The thread knows nothing else, so that it keeps no widget alive."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.waiting: deque[_Job] = deque()
        self.made: deque[tuple[_Job, object]] = deque()
        self.has_thread = False
        self.is_working = False
        self.closed = threading.Event()

    def close(self) -> None:
        with self.changed:
            self.closed.set()
            self.waiting.clear()
            self.changed.notify_all()

    def next(self) -> _Job | None:
        """For the thread: the next job; None, and it ends."""
        with self.changed:
            self.is_working = False
            self.changed.wait_for(lambda: bool(self.waiting) or self.closed.is_set(), LINGER_S)
            self.is_working = self.has_thread = bool(self.waiting)
            return self.waiting.popleft() if self.waiting else None


class Workshop(QObject):
    """`do` from the main thread; `done` is called there too, unless the owner is gone by then."""

    _landed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._bench = _Bench()
        self._landed.connect(self._on_landed, Qt.ConnectionType.QueuedConnection)
        self.destroyed.connect(self._bench.close)

    @staticmethod
    def of(owner: QObject) -> Workshop:
        """The one workshop of `owner`, made when it is first wanted; it ends with it."""
        found = owner.findChild(Workshop, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return found if isinstance(found, Workshop) else Workshop(owner)

    @property
    def is_idle(self) -> bool:
        with self._bench.changed:
            return not self._bench.is_working and not self._bench.waiting and not self._bench.made

    def do(self, owner: QObject, work: Callable[[], T], done: Callable[[T], None]) -> None:
        bench = self._bench
        with bench.changed:
            bench.waiting.append(_Job(owner, work, done))  # type: ignore[arg-type]  # T is lost in the queue
            bench.changed.notify()
            if bench.has_thread:
                return
            bench.has_thread = True
        threading.Thread(target=_work, args=(bench, self._landed.emit), name="paddock-drawing", daemon=True).start()

    @Slot()
    def _on_landed(self) -> None:
        while self._bench.made:
            job, made = self._bench.made.popleft()
            if isValid(job.owner):
                job.done(made)


def _work(bench: _Bench, land: Callable[[], None]) -> None:
    while (job := bench.next()) is not None:
        _do(job, bench, land)
        del job  # while it waits, it keeps no owner alive
        bench.closed.wait(ASIDE_S)


def _do(job: _Job, bench: _Bench, land: Callable[[], None]) -> None:
    try:
        made = job.work()
        with bench.changed:  # whoever it is for cannot go while it is told
            if not bench.closed.is_set():
                bench.made.append((job, made))
                land()
    except Exception:  # the thread would die, and everything that waits with it
        _log.exception("a drawing job failed")
