"""When a person is asked whether to go on waiting for a model that says nothing. No Qt, and no clock of its own."""

from __future__ import annotations


class Silence:
    """Of one answer. `now` is in seconds of any one clock that goes only forward."""

    def __init__(self, now: float) -> None:
        self._since = now
        self._waited_from = now
        self._factor = 1
        self.is_asking = False

    def heard(self, now: float) -> None:
        """A word, or progress: the model is at work."""
        self._since = self._waited_from = now
        self.is_asking = False

    def keep_waiting(self, now: float) -> None:
        """The person would rather wait; they are asked again after twice as long."""
        self._waited_from = now
        self._factor *= 2
        self.is_asking = False

    def look(self, now: float, patience_s: float) -> bool:
        """Whether to ask now. `patience_s` is how long this model may take for a token on this machine."""
        self.is_asking = now - self._waited_from >= patience_s * self._factor
        return self.is_asking

    def lasts_s(self, now: float) -> float:
        """Since the last sign of life."""
        return now - self._since
