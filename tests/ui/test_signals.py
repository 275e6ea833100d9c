from __future__ import annotations

import sys
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot


@dataclass(frozen=True, slots=True)
class Ticked:
    number: int


class Clock(QObject):
    ticked = Signal(object)
    is_on = Signal(bool)


class Listener(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.heard = 0

    @Slot(object)
    def on_ticked(self, tick: Ticked) -> None:
        self.heard += tick.number

    @Slot(bool)
    def on_is_on(self, is_on: bool) -> None:
        self.heard += is_on


def test_five_thousand_emits_leave_the_reference_counts_alone() -> None:
    # PySide6 6.12.0 lost one reference of True per emit on Python < 3.12 and killed the process after some hundred.
    clock, listener = Clock(), Listener()
    clock.ticked.connect(listener.on_ticked)
    clock.is_on.connect(listener.on_is_on)
    before = (sys.getrefcount(True), sys.getrefcount(None))
    for _number in range(5_000):
        clock.ticked.emit(Ticked(1))
        clock.is_on.emit(True)
    after = (sys.getrefcount(True), sys.getrefcount(None))
    assert listener.heard == 10_000
    assert all(abs(now - then) < 100 for then, now in zip(before, after, strict=True))


def test_a_frozen_dataclass_arrives_as_the_same_object() -> None:
    clock = Clock()
    heard: list[object] = []
    clock.ticked.connect(heard.append)
    tick = Ticked(2**40)
    clock.ticked.emit(tick)
    assert heard[0] is tick
