"""The words of an answer on their way to the disk while it streams."""

from __future__ import annotations

import logging
import threading

from app.chat.store import ChatStore
from app.errors import StorageFault

SAVE_EVERY_S = 0.2

_log = logging.getLogger(__name__)


class Saver:
    """Writes the words of one answer to the store at most SAVE_EVERY_S after they came, on a thread of its own.

    A full disk does not end the answer: the words stay in memory and the next write has another try.
    """

    def __init__(self, store: ChatStore, message_id: str, text: str = "") -> None:
        """`text` is what the answer goes on from."""
        self._store = store
        self._message_id = message_id
        self._parts = [text]
        self._condition = threading.Condition()
        self._is_dirty = False
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="paddock-saver", daemon=True)
        self._thread.start()

    @property
    def text(self) -> str:
        with self._condition:
            return "".join(self._parts)

    def add(self, text: str) -> None:
        with self._condition:
            self._parts.append(text)
            if not self._is_dirty:
                self._is_dirty = True
                self._condition.notify()

    def close(self) -> None:
        with self._condition:
            self._is_closed = True
            self._condition.notify()
        self._thread.join()

    def _run(self) -> None:
        while (text := self._next()) is not None:
            try:
                self._store.save_text(self._message_id, text)
            except StorageFault as fault:
                _log.warning("an answer in progress could not be saved yet: %s", type(fault).__name__)
                with self._condition:
                    self._is_dirty = True

    def _next(self) -> str | None:
        """What to save, a moment after it came; None when the answer is over and its finish saves the rest."""
        with self._condition:
            self._condition.wait_for(lambda: self._is_dirty or self._is_closed)
            if self._condition.wait_for(lambda: self._is_closed, timeout=SAVE_EVERY_S):
                return None
            self._is_dirty = False
            return "".join(self._parts)
