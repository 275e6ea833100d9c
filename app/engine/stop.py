"""A request to stop, from whoever waits to whatever works: thread-safe, and final."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Stop:
    """Not set until somebody calls `set`, which a signal handler may do, too."""

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
