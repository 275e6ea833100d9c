"""Asked before long work where there is no composer: on the page for comparing, and in the window of a quick question.

The open chat has more to hold back, and does it itself (asking.py).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from app.documents.answering.strategy import Plan
from app.documents.grounds import Strategy
from app.errors import PaddockError
from app.ui.bridge import Bridge
from app.ui.chat.composer.long_work import LongWorkBar

Look = Callable[[], Plan | None]
Go = Callable[[Strategy | None], None]


class Weighing(QObject):
    """Holds one question at a time, until it is known to be short or the person has chosen."""

    left = Signal()  # the strip has gone, and with it the focus

    def __init__(self, bridge: Bridge, make_bar: Callable[[], LongWorkBar], *, parent: QObject) -> None:
        """`make_bar` gives the strip, when the first question takes long."""
        super().__init__(parent)
        self._bridge = bridge
        self._make_bar = make_bar
        self._bar: LongWorkBar | None = None
        self._go: Go | None = None
        self._number = 0

    def ask(self, look: Look, go: Go) -> None:
        """`look` says on a worker how the question would be answered; then `go`, with what the person has chosen."""
        self.give_up()
        self._go = go
        number = self._number
        self._bridge.run(look, partial(self._on_plan, number), partial(self._on_failed, number))

    @Slot()
    def give_up(self) -> None:
        """The question is another one now, or asks other documents."""
        self._number += 1
        self._go = None
        if self._bar is not None and self._bar.plan is not None:
            self._bar.set_plan(None)

    def _on_plan(self, number: int, plan: Plan | None) -> None:
        if number != self._number:
            return
        if plan is None or not plan.is_long:
            self._agree(None)
            return
        if self._bar is None:
            self._bar = self._make_bar()
            self._bar.all_chosen.connect(self._on_all)
            self._bar.search_chosen.connect(self._on_search)
            self._bar.cancelled.connect(self._on_cancelled)
        self._bar.set_plan(plan)

    def _on_failed(self, number: int, _error: PaddockError) -> None:
        """Told with the answer, if it is still true then."""
        if number == self._number:
            self._agree(None)

    def _agree(self, wanted: Strategy | None) -> None:
        go = self._go
        self.give_up()
        if go is not None:
            go(wanted)

    @Slot()
    def _on_all(self) -> None:
        plan = None if self._bar is None else self._bar.plan
        if plan is not None:
            self._agree(plan.strategy)

    @Slot()
    def _on_search(self) -> None:
        self._agree("passages")

    @Slot()
    def _on_cancelled(self) -> None:
        """Also told by the strip itself, where it went with the focus in it."""
        self.give_up()
        self.left.emit()
