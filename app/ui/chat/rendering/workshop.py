"""One thread for what would make the window wait: drawing formulas, colouring long code.

It is started by the first job, takes one after the other, and ends when none is left. What it made is handed over on
the main thread. Both kinds of work are pure Python and hold the interpreter's lock, so jobs are kept short and the
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
        self.lock = threading.Lock()
        self.waiting: deque[_Job] = deque()
        self.made: deque[tuple[_Job, object]] = deque()
        self.is_working = False
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()
        with self.lock:
            self.waiting.clear()


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
        with self._bench.lock:
            return not self._bench.is_working and not self._bench.waiting and not self._bench.made

    def do(self, owner: QObject, work: Callable[[], T], done: Callable[[T], None]) -> None:
        bench = self._bench
        with bench.lock:
            bench.waiting.append(_Job(owner, work, done))  # type: ignore[arg-type]  # T is lost in the queue
            if bench.is_working:
                return
            bench.is_working = True
        threading.Thread(target=_work, args=(bench, self._landed.emit), name="paddock-drawing", daemon=True).start()

    @Slot()
    def _on_landed(self) -> None:
        while self._bench.made:
            job, made = self._bench.made.popleft()
            if isValid(job.owner):
                job.done(made)


def _work(bench: _Bench, land: Callable[[], None]) -> None:
    while True:
        with bench.lock:
            if not bench.waiting:
                bench.is_working = False
                return
            job = bench.waiting.popleft()
        try:
            bench.made.append((job, job.work()))
            land()
        except Exception:  # the thread would die, and everything that waits with it
            _log.exception("a drawing job failed")
        bench.closed.wait(ASIDE_S)
