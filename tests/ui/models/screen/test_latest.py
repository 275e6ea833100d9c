"""Readings that are overtaken by what they read."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.errors import Bug, PaddockError
from app.ui.bridge import Bridge
from app.ui.models.screen.latest import Latest


class Place:
    """Something that changes; the readings of it wait to be let go."""

    def __init__(self, bridge: Bridge) -> None:
        self.value = 0
        self.fault: PaddockError | None = None
        self.begun = 0
        self.may_go = threading.Semaphore(0)
        self.shown: list[int] = []
        self.faults: list[PaddockError] = []
        self.latest = Latest(bridge, self.read, self.shown.append, self.faults.append)

    def read(self) -> int:
        value, fault = self.value, self.fault
        self.begun += 1
        self.may_go.acquire(timeout=20)
        if fault is not None:
            raise fault
        return value


@pytest.fixture
def place(qtbot: QtBot) -> Iterator[Place]:
    bridge = Bridge()
    made = Place(bridge)
    yield made
    made.may_go.release(100)
    bridge.close(5.0)


def test_what_changes_under_way_is_read_once_more_and_shown_last(place: Place, qtbot: QtBot) -> None:
    place.latest.look()
    qtbot.waitUntil(lambda: place.begun == 1)
    place.value = 7
    for _news in range(5):
        place.latest.look()
    place.may_go.release(10)
    qtbot.waitUntil(lambda: place.shown == [0, 7])
    assert place.begun == 2, "five pieces of news are one reading"


def test_after_a_fault_it_looks_again(place: Place, qtbot: QtBot) -> None:
    place.fault = Bug("It broke.", "Try again.")
    place.may_go.release(10)
    place.latest.look()
    qtbot.waitUntil(lambda: len(place.faults) == 1)
    place.fault = None
    place.latest.look()
    qtbot.waitUntil(lambda: place.shown == [0])
