"""Whoever wants formulas drawn asks here: owns the child that draws them, starts it for the first, ends it when told.

The child is given a few formulas ahead, so that it never waits for the window. One that it does not finish in time, or
that ends it, is said to be undrawable; a new child draws the rest.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Final

from app.chat.formulas.frames import READY, UNDRAWN, Formula, FrameError, Wanted, decode_formula, encode_wanted
from app.chat.markup_rules import FORMULA_MAX_CHARS
from app.process import Child, ChildBusy, ChildGone

AHEAD_MAX: Final = 8
BATCH_S: Final = 0.06
"""Two frames: text is laid out anew once for all that was drawn meanwhile."""
START_MAX_S: Final = 20.0
DRAW_MAX_S: Final = 3.0
START_FAULTS_MAX: Final = 3
"""In a row; then this machine draws no formulas until the next start."""
_GRACE_S: Final = 0.3

_log = logging.getLogger(__name__)

Drawn = tuple[Wanted, Formula]


class Draughtsman:
    """`draw` on one thread that may wait; `rest` and `close` on any, at any time."""

    def __init__(self, *, argv: Sequence[str] | None = None, draw_max_s: float = DRAW_MAX_S) -> None:
        """`argv` replaces the child in tests."""
        self._argv = argv
        self._draw_max_s = draw_max_s
        self._lock = threading.Lock()  # for the child; the rest is the drawing thread's own
        self._child: Child | None = None
        self._is_closed = False
        self._turn = 0
        self._known: Child | None = None  # whom `_sent` was sent to
        self._sent: deque[Wanted] = deque()
        self._start_faults = 0

    @property
    def pid(self) -> int | None:
        """The child's."""
        with self._lock:
            return self._child.pid if self._child is not None else None

    @property
    def turn(self) -> int:
        """Another after each rest."""
        return self._turn

    def draw(self, wanted: Sequence[Wanted], turn: int) -> list[Drawn]:
        """Of `wanted`, from its front, as many as come in BATCH_S and at least one; none where `turn` is over.

        A later call takes up what an earlier one left, so `wanted` begins with that.
        """
        too_long = [one for one in wanted if len(one.tex) > FORMULA_MAX_CHARS]
        if too_long:
            return [(one, UNDRAWN) for one in too_long]
        if self._start_faults >= START_FAULTS_MAX:
            return [(one, UNDRAWN) for one in wanted]
        drawn: list[Drawn] = []
        try:
            self._draw(deque(wanted), turn, drawn)
        except (ChildGone, ChildBusy, FrameError, TimeoutError) as error:
            drawn += self._failed(error, turn)
        return drawn

    def rest(self) -> None:
        """Ends the child, if there is one; the next `draw` starts another. Takes a moment, 2 s where it hangs."""
        with self._lock:
            self._turn += 1
            child, self._child = self._child, None
        if child is not None:
            child.stop(grace_s=_GRACE_S)

    def close(self) -> None:
        """For good."""
        with self._lock:
            self._is_closed = True
        self.rest()

    def _draw(self, waiting: deque[Wanted], turn: int, drawn: list[Drawn]) -> None:
        child = self._ready(turn)
        if child is None:
            return
        if child is not self._known:
            self._known, self._sent = child, deque()
        for _one in self._sent:
            waiting.popleft()
        deadline = time.monotonic() + BATCH_S
        while self._sent or waiting:
            while waiting and len(self._sent) < AHEAD_MAX:
                child.send(encode_wanted(waiting[0]))
                self._sent.append(waiting.popleft())
            rest_s = deadline - time.monotonic()
            if drawn and rest_s <= 0:
                return
            frame = child.receive(rest_s if drawn else self._draw_max_s)
            if frame is None and drawn:
                return
            if frame is None:
                raise TimeoutError
            formula = decode_formula(frame)
            drawn.append((self._sent.popleft(), formula))

    def _ready(self, turn: int) -> Child | None:
        """The child, started where there is none. None where it was told to rest since."""
        with self._lock:
            if self._turn != turn or self._is_closed:
                return None
            if self._child is not None:
                return self._child
            self._start_faults += 1  # until it proves able
            child = self._child = Child("formulas", argv=self._argv)
        if child.receive(START_MAX_S) != READY:
            raise TimeoutError
        self._start_faults = 0
        return child

    def _failed(self, error: Exception, turn: int) -> list[Drawn]:
        """Whatever it was drawing is at fault, unless it was only told to rest."""
        with self._lock:
            is_resting = self._turn != turn
            child, self._child = self._child, None
        at_fault = self._sent[0] if self._sent and not is_resting else None
        self._known, self._sent = None, deque()
        if is_resting:
            self._start_faults = 0
            return []
        _log.warning("the child that draws formulas ended: %s", type(error).__name__)
        if child is not None:
            with contextlib.suppress(ChildGone):
                child.stop(grace_s=_GRACE_S)
        return [(at_fault, UNDRAWN)] if at_fault is not None else []
