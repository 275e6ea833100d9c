"""Between Qt's main thread and everything that may take time: the only file that knows both threads and Qt.

There are two ways across and no third. `run` does one operation and hands its result to a slot. `stream` runs a
turn whose events are gathered and handed over once per frame, so that a thousand tokens a second cost thirty
updates. Callbacks are called on the main thread, in order, and not at all once the bridge is closed.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.errors import Bug, PaddockError
from app.text import _

FRAME_MS = 33

T = TypeVar("T")
E = TypeVar("E")

_log = logging.getLogger(__name__)


class _Stream(Generic[E]):
    """Events on their way from a worker to the main thread."""

    def __init__(self, on_events: Callable[[tuple[E, ...]], None], done: Callable[[], None]) -> None:
        self._on_events = on_events
        self._done = done
        self._waiting: deque[E] = deque()
        self._is_over = False

    def put(self, event: E) -> None:
        self._waiting.append(event)

    def end(self) -> None:
        self._is_over = True

    def deliver(self) -> bool:
        """Hand over what came since the last frame; true when nothing more will come."""
        is_over = self._is_over  # read before the events: nothing is put after the end
        events = tuple(self._waiting.popleft() for _count in range(len(self._waiting)))
        if events:
            self._on_events(events)
        if is_over:
            self._done()
        return is_over


class Bridge(QObject):
    """Owns the worker threads of the window. Make it on the main thread, close it before the core."""

    _arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._calls: deque[Callable[[], None]] = deque()
        self._streams: list[_Stream[object]] = []
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._is_closed = False
        self.stopping = threading.Event()  # set when the window closes: long work looks at it
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._frame)
        self._arrived.connect(self._drain, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[PaddockError], None],
    ) -> None:
        """Do `work` off the main thread; then `done(result)` or `failed(error)` on it."""

        def body() -> None:
            try:
                result = work()
            except PaddockError as error:
                fault = error
                self._call(lambda: failed(fault))
            except Exception:  # a worker thread would otherwise die without a word to the person
                _log.exception("an operation failed")
                self._call(lambda: failed(_bug()))
            else:
                self._call(lambda: done(result))

        self._start(body)

    def stream(
        self,
        work: Callable[[Callable[[E], None]], None],
        on_events: Callable[[tuple[E, ...]], None],
        done: Callable[[], None],
    ) -> None:
        """Do `work(put)` off the main thread; what it puts arrives in batches, once per frame, then `done`."""
        stream: _Stream[E] = _Stream(on_events, done)
        self._streams.append(stream)  # type: ignore[arg-type] # the list only ever calls deliver()

        def body() -> None:
            try:
                work(stream.put)
            except Exception:  # a worker thread would otherwise die without a word; sessions report by events
                _log.exception("a stream failed")
            finally:
                stream.end()

        self._start(body)
        self._timer.start()

    def post(self, call: Callable[[], None]) -> None:
        """Run `call` on the main thread soon; may be used from any thread."""
        self._call(call)

    def close(self, timeout_s: float) -> bool:
        """Deliver nothing more and wait for the workers; false when some are still busy after `timeout_s` each."""
        self._is_closed = True
        self.stopping.set()
        self._timer.stop()
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(timeout_s)
        return not any(thread.is_alive() for thread in threads)

    def _start(self, body: Callable[[], None]) -> None:
        def run() -> None:
            try:
                body()
            finally:
                with self._lock:
                    self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=run, name="paddock-bridge", daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()

    def _call(self, call: Callable[[], None]) -> None:
        if self._is_closed:
            return
        self._calls.append(call)
        self._arrived.emit()

    @Slot()
    def _drain(self) -> None:
        while self._calls and not self._is_closed:
            self._calls.popleft()()

    @Slot()
    def _frame(self) -> None:
        over = [stream for stream in list(self._streams) if stream.deliver()]
        self._streams = [stream for stream in self._streams if stream not in over]
        if not self._streams:
            self._timer.stop()


def _bug() -> Bug:
    return Bug(_("Something went wrong inside Paddock."), _("Try again; the log has the details."))


def nothing(_result: object = None) -> None:
    """The `done` of an operation or stream whose success needs no word."""
