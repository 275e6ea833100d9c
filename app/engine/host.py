"""Who owns the loaded model: at most one at a time, because two would not fit into memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from app.engine import client
from app.engine.client import LOOK_EVERY_S, Engine, LoadEngine, Stop
from app.engine.protocol import LoadWish
from app.errors import Cancelled
from app.text import _

_Key: TypeAlias = tuple[LoadWish, int, int]


class EngineHost:
    """Hands out the one engine. Whoever waits for a load that another thread began sees its progress, too."""

    def __init__(self, load: LoadEngine = client.load) -> None:
        self._load = load
        self._turn = threading.Lock()  # one load at a time
        self._engine: Engine | None = None
        self._key: _Key | None = None
        self._loading: Stop | None = None
        self._fraction = 0.0
        self._is_closed = False

    @property
    def current(self) -> Engine | None:
        """The loaded engine, while it lives."""
        engine = self._engine
        return engine if engine is not None and engine.is_alive else None

    def acquire(self, wish: LoadWish, *, on_progress: Callable[[float], None], stop: Stop) -> Engine:
        """The engine for this wish: the loaded one if it is the same unchanged file, else a new one.

        Raises what `load` raises; a load that `close` interrupts raises Cancelled.
        """
        with self._waiting(on_progress, stop):
            key = _key(wish)
            engine = self.current
            if engine is not None and key == self._key:
                return engine
            self._drop()
            engine = self._load_now(wish, on_progress, stop)
            self._engine, self._key = engine, key
            return engine

    def close(self) -> None:
        """Ends the engine, and a load under way. Idempotent."""
        self._is_closed = True
        loading = self._loading
        if loading is not None:
            loading.set()
        with self._turn:
            self._drop()

    @contextmanager
    def _waiting(self, on_progress: Callable[[float], None], stop: Stop) -> Iterator[None]:
        """The turn to load; a stop is obeyed while waiting for it, not only after."""
        while not self._turn.acquire(timeout=LOOK_EVERY_S):
            if stop.is_set:
                raise Cancelled(_("Loading was cancelled."))
            if self._loading is not None:
                on_progress(self._fraction)
        try:
            yield
        finally:
            self._turn.release()

    def _load_now(self, wish: LoadWish, on_progress: Callable[[float], None], stop: Stop) -> Engine:
        def progressed(fraction: float) -> None:
            self._fraction = fraction
            on_progress(fraction)

        loading = Stop()
        stop.on_set(loading.set)
        self._fraction = 0.0
        self._loading = loading
        if self._is_closed:
            loading.set()
        try:
            return self._load(wish, on_progress=progressed, stop=loading)
        finally:
            self._loading = None
            stop.forget(loading.set)

    def _drop(self) -> None:
        engine, self._engine, self._key = self._engine, None, None
        if engine is not None:
            engine.close()


def _key(wish: LoadWish) -> _Key:
    """The wish with the file's size and time of change; zeros where there is no such file, as with a fake."""
    try:
        status = wish.path.stat()
    except OSError:
        return wish, 0, 0
    return wish, status.st_size, status.st_mtime_ns
