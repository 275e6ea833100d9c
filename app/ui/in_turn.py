"""Operations that must not overtake each other: on worker threads like all others, but one at a time and in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from app.errors import PaddockError
from app.ui.bridge import Bridge

T = TypeVar("T")


class InTurn:
    """For the main thread. An operation that failed holds up none after it."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_busy = False

    def run(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[PaddockError], None]) -> None:
        """As Bridge.run, once all that was asked for before has been handed over."""
        self._waiting.append(partial(self._start, work, done, failed))
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting and not self._is_busy:
            self._is_busy = True
            self._waiting.popleft()()

    def _start(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[PaddockError], None]) -> None:
        def is_done(result: T) -> None:
            self._hand_over(partial(done, result))

        def has_failed(error: PaddockError) -> None:
            self._hand_over(partial(failed, error))

        self._bridge.run(work, is_done, has_failed)

    def _hand_over(self, call: Callable[[], None]) -> None:
        try:
            call()
        finally:
            self._is_busy = False
            self._go_on()
