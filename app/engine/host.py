"""Who owns the loaded model: one at a time, and a second one beside it only while two answers are compared.

A thread keeps house while nobody asks for anything: it saves KV states, and unloads a model that was not used for long.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from app.engine import client, keeping
from app.engine.client import Engine, LoadEngine, Stop
from app.engine.keeping import Keeping
from app.engine.names import is_temporary
from app.engine.protocol import LoadWish
from app.engine.states import StateStore
from app.errors import Cancelled, EngineFault, ModelFault
from app.text import _

LOOK_EVERY_S = 0.1
SAVE_AFTER_S = 10.0
SAVE_AT_END_S = 2.0
HOUSEKEEPING_S = 60.0  # a changed setting is noticed so late
JOIN_S = 5.0

_Key: TypeAlias = tuple[LoadWish, int, int]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Loaded:
    engine: Engine
    key: _Key
    keeping: Keeping | None  # None where nothing is kept


class EngineHost:
    """Hands out the one engine. Whoever waits for a load that another thread began sees its progress, too."""

    def __init__(
        self,
        load: LoadEngine = client.load,
        *,
        states: StateStore | None = None,
        idle_unload_s: Callable[[], float] = lambda: 0.0,
        save_after_s: float = SAVE_AFTER_S,
    ) -> None:
        """`states` keeps KV states, None nothing. `idle_unload_s` is asked again and again; 0 is never.

        A conversation is saved `save_after_s` after the engine last had something to do.
        """
        self._load = load
        self._states = states
        self._idle_unload_s = idle_unload_s
        self._save_after_s = save_after_s
        self._turn = threading.Lock()  # one load at a time
        self._loaded: _Loaded | None = None
        self._loading: Stop | None = None
        self._beside: list[Stop] = []  # of engines beside the loaded one
        self._fraction = 0.0
        self._used_at = 0.0
        self._is_closed = False
        self._lost_callbacks: list[Callable[[EngineFault], None]] = []
        self._unloaded_callbacks: list[Callable[[], None]] = []
        self._woken = threading.Event()
        self._housekeeper: threading.Thread | None = None

    @property
    def current(self) -> Engine | None:
        """The loaded engine, while it lives."""
        loaded = self._loaded
        return loaded.engine if loaded is not None and loaded.engine.is_alive else None

    def path_of(self, engine: Engine) -> Path | None:
        """The model file that it was loaded from; None for one that is no longer the loaded one."""
        loaded = self._loaded
        return loaded.key[0].path if loaded is not None and loaded.engine is engine else None

    def acquire(self, wish: LoadWish, *, on_progress: Callable[[float], None], stop: Stop) -> Engine:
        """The engine for this wish: the loaded one if it is the same unchanged file, else a new one.

        Raises what `load` raises; a load that `close` or `release` interrupts raises Cancelled.
        """
        with self._waiting(on_progress, stop):
            key = _key(wish)
            loaded = self._loaded
            if loaded is not None and loaded.engine.is_alive and loaded.key == key:
                self._use()
                return loaded.engine
            self._unload()
            engine = self._load_now(wish, on_progress, stop)
            self._loaded = _Loaded(engine, key, self._keeping(wish, engine, key))
            engine.on_lost(self._tell_lost)
            self._use()
            self._start_housekeeping()
            return engine

    @contextmanager
    def beside(self, wish: LoadWish, *, on_progress: Callable[[float], None], stop: Stop) -> Iterator[Engine]:
        """A second engine beside the loaded one, only for as long as this lasts; nothing of it is kept.

        Whether there is memory for it is for the caller to know. `close` and `release` end it, too. Raises what
        `load` raises.
        """
        loading, ending = Stop(), Stop()
        stop.on_set(loading.set)
        ending.on_set(loading.set)
        self._beside.append(ending)
        if self._is_closed:
            ending.set()
        try:
            engine = self._load(wish, on_progress=on_progress, stop=loading)
            try:
                ending.on_set(engine.close)
                yield engine
            finally:
                engine.close()
        finally:
            stop.forget(loading.set)
            self._beside.remove(ending)

    def resume(self, engine: Engine, conversation: str, stop: Stop) -> None:
        """Call it before anything is asked of `engine` for a conversation: what was kept of it comes back.

        It is kept again a while after the engine's last work. Raises nothing.
        """
        loaded = self._loaded
        if conversation and loaded is not None and loaded.engine is engine and loaded.keeping is not None:
            self._use()
            loaded.keeping.resume(conversation, stop)
            self._woken.set()

    def forget(self, conversation: str) -> None:
        """The conversation was deleted: its KV state goes, from memory and from the disk. Raises StorageFault.

        An empty one stands for everything that belongs to no conversation.
        """
        loaded = self._loaded
        if loaded is not None and loaded.keeping is not None:
            loaded.keeping.forget(conversation)
        elif loaded is not None:
            loaded.engine.forget(conversation)
        if self._states is not None and conversation and not is_temporary(conversation):
            self._states.forget(conversation)

    def on_lost(self, callback: Callable[[EngineFault], None]) -> None:
        """Calls `callback`, on a thread of the engine's, whenever a loaded engine ended without being asked to."""
        self._lost_callbacks.append(callback)

    def on_unloaded(self, callback: Callable[[], None]) -> None:
        """Calls `callback`, on the housekeeping thread, whenever a model was unloaded because nobody used it."""
        self._unloaded_callbacks.append(callback)

    def release(self) -> None:
        """Give all memory back now; a load or an answer under way ends. The next `acquire` loads again."""
        self._break_off()
        with self._turn:
            self._unload()

    def close(self) -> None:
        """Ends the engine, and a load under way. Idempotent."""
        self._is_closed = True
        self._break_off()
        with self._turn:
            self._unload()
        self._woken.set()
        if self._housekeeper is not None:
            self._housekeeper.join(JOIN_S)

    def _break_off(self) -> None:
        loading, loaded = self._loading, self._loaded
        if loading is not None:
            loading.set()
        if loaded is not None and loaded.keeping is not None:
            loaded.keeping.break_off()
        for ending in tuple(self._beside):
            ending.set()

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

    def _keeping(self, wish: LoadWish, engine: Engine, key: _Key) -> Keeping | None:
        """None, too, where the file changed while it was loaded: nobody knows what the states belong to."""
        if self._states is None:
            return None
        try:
            state_key = keeping.key_of(wish, engine)
        except ModelFault:
            return None
        return Keeping(self._states, state_key, engine) if _key(wish) == key else None

    def _use(self) -> None:
        """Somebody is about to ask for something."""
        self._used_at = time.monotonic()

    def _unload(self) -> None:
        """Whoever calls it has the turn."""
        loaded = self._loaded
        if loaded is not None:
            if loaded.keeping is not None:
                loaded.keeping.save_all(SAVE_AT_END_S)
            self._loaded = None
            loaded.engine.close()

    def _tell_lost(self, fault: EngineFault) -> None:
        for callback in tuple(self._lost_callbacks):
            callback(fault)

    # The housekeeping thread.

    def _start_housekeeping(self) -> None:
        """Whoever calls it has the turn."""
        if self._housekeeper is None:
            self._housekeeper = threading.Thread(target=self._keep_house, name="paddock-engine-keeper", daemon=True)
            self._housekeeper.start()
        self._woken.set()

    def _keep_house(self) -> None:
        while not self._is_closed:
            self._woken.clear()
            try:
                wait_s = self._do_next()
            except Exception:  # the thread would die, and nothing would be kept or unloaded any more
                _log.exception("housekeeping failed")
                wait_s = HOUSEKEEPING_S
            self._woken.wait(wait_s)

    def _do_next(self) -> float:
        """Do what is due; how long until something else may be, in seconds."""
        loaded = self._loaded
        if loaded is None or not loaded.engine.is_alive:
            return HOUSEKEEPING_S
        idle_s = min(loaded.engine.idle_s, time.monotonic() - self._used_at)
        wait_s = HOUSEKEEPING_S
        idle_unload_s = self._idle_unload_s()
        if loaded.keeping is not None and loaded.keeping.has_unsaved:
            if idle_s > 0 and idle_s >= self._save_after_s:
                loaded.keeping.save_next()
                return 0.0
            wait_s = min(wait_s, self._save_after_s - idle_s)
        if idle_unload_s > 0:
            if idle_s >= idle_unload_s:
                self._unload_idle(loaded)
                return LOOK_EVERY_S
            wait_s = min(wait_s, idle_unload_s - idle_s)
        return wait_s

    def _unload_idle(self, loaded: _Loaded) -> None:
        if not self._turn.acquire(blocking=False):
            return  # somebody is just asking for an engine
        try:
            if self._loaded is not loaded or time.monotonic() - self._used_at < LOOK_EVERY_S:
                return
            self._unload()
        finally:
            self._turn.release()
        for callback in tuple(self._unloaded_callbacks):
            callback()


def _key(wish: LoadWish) -> _Key:
    """The wish with the file's size and time of change; zeros where there is no such file, as with a fake."""
    try:
        status = wish.path.stat()
    except OSError:
        return wish, 0, 0
    return wish, status.st_size, status.st_mtime_ns
