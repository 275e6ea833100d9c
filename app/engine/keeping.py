"""KV states between a loaded engine and the disk: out when it has nothing else to do, back before they are needed.

All of it only spares reading again. So what goes wrong here ends with a line in the log, and never as a sentence.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from pathlib import Path

from app.engine.client import Engine, Stop
from app.engine.names import is_temporary
from app.engine.protocol import LoadWish
from app.engine.states import StateDamaged, StateInfo, StateKey, StateRefused, StateStore
from app.errors import EngineFault, PaddockError
from app.models import gguf

RESTORED_BYTES_PER_S = 250e6  # from the disk, opened, through the pipe: measured on two busy cores
STATE_MARGIN_BYTES = 2**24  # beyond the KV cache itself: the tokens, and what llama.cpp notes per cell

_log = logging.getLogger(__name__)


def key_of(wish: LoadWish, engine: Engine) -> StateKey:
    """What a state of this engine fits to. Raises ModelFault where a file is gone.

    The rope settings are the model file's own and so part of its fingerprint; adapters change every key and value.
    """
    adapters = [f"{gguf.fingerprint(Path(adapter.path))}*{adapter.strength}" for adapter in wish.adapters]
    place = (engine.facts.engine_build, engine.plan.kv_type, engine.plan.flash_attention, *adapters)
    return StateKey(gguf.fingerprint(wish.path), " ".join(place))


class Keeping:
    """The states of one engine's conversations. Any thread may use it."""

    def __init__(self, store: StateStore, key: StateKey, engine: Engine) -> None:
        self._store = store
        self._key = key
        self._engine = engine
        self._saves = threading.Lock()  # one at a time
        self._lock = threading.Lock()  # for the three below
        self._unsaved: dict[str, None] = {}  # in the order of their use
        self._forgotten: set[str] = set()
        self._saving: Stop | None = None

    @property
    def has_unsaved(self) -> bool:
        with self._lock:
            return bool(self._unsaved)

    def resume(self, conversation: str, stop: Stop) -> None:
        """Bring back what was kept, if that is faster than reading it again. What is being saved makes room.

        Of a temporary conversation nothing is kept: it waits in the engine's memory only.
        """
        is_kept = not is_temporary(conversation)
        with self._lock:
            if is_kept:
                self._forgotten.discard(conversation)
                self._unsaved.pop(conversation, None)
                self._unsaved[conversation] = None
            saving = self._saving
        if saving is not None:
            saving.set()
        if not is_kept:
            return
        try:
            self._bring_back(conversation, stop)
        except StateDamaged:
            pass  # the store said so, and removed it
        except PaddockError as fault:
            _log.warning("a kept state could not be brought back: %s", type(fault).__name__)

    def save_next(self) -> None:
        """The one that was used last: it is the likeliest to be wanted again."""
        stop = Stop()
        with self._saves:
            with self._lock:
                conversation = next(reversed(self._unsaved), None)
                self._saving = stop
            if conversation is None:
                return
            try:
                self._save(conversation, stop)
            except (StateRefused, PaddockError) as fault:
                _log.info("a state is not kept: %s", type(fault).__name__)
            with self._lock:
                self._saving = None
                if not stop.is_set:
                    self._unsaved.pop(conversation, None)

    def save_all(self, bound_s: float) -> None:
        """Whatever is not saved after `bound_s` is given up, together with the engine: it is closed then."""
        if self._engine.idle_s == 0 or not self._can_save():
            return
        bound = threading.Timer(bound_s, self._engine.close)
        bound.name = "paddock-engine-bound"
        bound.start()
        while self._can_save():
            self.save_next()
        bound.cancel()
        bound.join()

    def break_off(self) -> None:
        """Whoever saves just now is asked to leave off."""
        with self._lock:
            saving = self._saving
        if saving is not None:
            saving.set()

    def forget(self, conversation: str) -> None:
        """It is deleted, and nothing more of it is kept. The store's own copy is for the caller to remove."""
        with self._lock:
            self._forgotten.add(conversation)
            self._unsaved.pop(conversation, None)
        self._engine.forget(conversation)

    def _save(self, conversation: str, stop: Stop) -> None:
        if not self._engine.holds(conversation):
            return
        limit_bytes = sum(share.kv_bytes for share in self._engine.plan.shares) + STATE_MARGIN_BYTES
        with self._store.writer(conversation, self._key) as writer:
            tokens = self._engine.save(conversation, writer.add, limit_bytes=limit_bytes, stop=stop)
            if tokens and not self._is_forgotten(conversation):
                writer.commit(tokens)

    def _can_save(self) -> bool:
        return self.has_unsaved and self._engine.is_alive

    def _is_forgotten(self, conversation: str) -> bool:
        with self._lock:
            return conversation in self._forgotten

    def _bring_back(self, conversation: str, stop: Stop) -> None:
        if self._engine.holds(conversation):
            return
        info = self._store.info(conversation, self._key)
        if info is None or not _is_faster(info, self._engine.prefill_tokens_per_s):
            return
        try:
            with contextlib.closing(self._store.read(conversation, self._key)) as chunks:
                tokens = self._engine.restore(conversation, chunks, info.plain_bytes, stop=stop)
        except EngineFault:
            self._store.forget(conversation)  # if it was the state that the engine died of, the next try must not be
            raise
        if not tokens and not stop.is_set:
            self._store.forget(conversation)


def _is_faster(info: StateInfo, prefill_tokens_per_s: float) -> bool:
    """Whether bringing it back takes less time than reading its tokens again. An unknown speed counts as a slow one."""
    return info.plain_bytes / RESTORED_BYTES_PER_S * prefill_tokens_per_s < info.tokens
