"""Readings that go out of date while they are under way: they are then taken once more, so the last state is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from app.errors import PaddockError
from app.ui.bridge import Bridge

T = TypeVar("T")


class Latest(Generic[T]):
    """For the main thread. However often `look` is called, one reading is under way, and none is shown out of order."""

    def __init__(
        self,
        bridge: Bridge,
        read: Callable[[], T],
        show: Callable[[T], None],
        failed: Callable[[PaddockError], None],
    ) -> None:
        self._bridge = bridge
        self._read = read
        self._show = show
        self._failed = failed
        self._is_under_way = False
        self._is_stale = False

    def look(self) -> None:
        """Read on a worker thread, then show; what changes from now on is in what is shown last."""
        self._is_stale = self._is_under_way
        if not self._is_under_way:
            self._is_under_way = True
            self._bridge.run(self._read, self._have_read, self._have_failed)

    def _have_read(self, found: T) -> None:
        self._over()
        self._show(found)

    def _have_failed(self, error: PaddockError) -> None:
        self._over()
        self._failed(error)

    def _over(self) -> None:
        self._is_under_way = False
        if self._is_stale:
            self.look()
