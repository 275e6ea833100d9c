"""Between threads and Qt: results arrive on the main thread, in order, once per frame, and never after the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.errors import Bug, PaddockError, StorageFault
from app.ui.bridge import Bridge


@pytest.fixture
def bridge(qtbot: QtBot) -> Iterator[Bridge]:
    made = Bridge()
    yield made
    assert made.close(5.0)


def test_an_operation_works_elsewhere_and_answers_here(qtbot: QtBot, bridge: Bridge) -> None:
    seen: list[tuple[int, bool]] = []
    main = threading.current_thread()

    def work() -> int:
        assert threading.current_thread() is not main
        return 42

    bridge.run(work, lambda result: seen.append((result, threading.current_thread() is main)), _unexpected)
    qtbot.waitUntil(lambda: seen == [(42, True)])


def test_a_fault_arrives_as_itself_and_a_bug_as_a_sentence(qtbot: QtBot, bridge: Bridge) -> None:
    faults: list[PaddockError] = []

    def full() -> None:
        raise StorageFault("The disk is full.", "Make room.")

    def broken() -> None:
        raise KeyError("words of the person")

    bridge.run(full, _never, faults.append)
    qtbot.waitUntil(lambda: len(faults) == 1)
    bridge.run(broken, _never, faults.append)
    qtbot.waitUntil(lambda: len(faults) == 2)
    assert faults[0].message == "The disk is full."
    assert isinstance(faults[1], Bug)
    assert "words" not in str(faults[1])


def test_ten_thousand_events_come_in_order_and_in_few_batches(qtbot: QtBot, bridge: Bridge) -> None:
    batches: list[tuple[int, ...]] = []
    ended: list[bool] = []

    def work(put: Callable[[int], None]) -> None:
        for number in range(10_000):
            put(number)

    bridge.stream(work, batches.append, lambda: ended.append(True))
    qtbot.waitUntil(lambda: ended == [True])
    assert [number for batch in batches for number in batch] == list(range(10_000))
    assert len(batches) < 1000


def test_a_stream_that_breaks_still_ends(qtbot: QtBot, bridge: Bridge) -> None:
    ended: list[bool] = []

    def work(put: Callable[[int], None]) -> None:
        put(1)
        raise RuntimeError("ours")

    seen: list[int] = []
    bridge.stream(work, seen.extend, lambda: ended.append(True))
    qtbot.waitUntil(lambda: ended == [True])
    assert seen == [1]


def test_after_the_end_nothing_is_delivered(qtbot: QtBot) -> None:
    bridge = Bridge()
    go = threading.Event()
    seen: list[bool] = []
    bridge.run(lambda: go.wait(5), seen.append, _unexpected)
    go.set()
    assert bridge.close(5.0)
    qtbot.wait(60)
    assert seen == []


def test_a_worker_that_hangs_does_not_hold_the_end_back(qtbot: QtBot) -> None:
    bridge = Bridge()
    go = threading.Event()
    bridge.run(lambda: go.wait(30), _never, _unexpected)
    assert not bridge.close(0.05)
    go.set()
    assert bridge.close(5.0)


def _never(_result: object) -> None:
    pytest.fail("should not be called")


def _unexpected(error: PaddockError) -> None:
    pytest.fail(str(error))
