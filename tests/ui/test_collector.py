"""Garbage with widgets in it is collected on the main thread, whatever the workers allocate meanwhile."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.ui.collector import Collector


@pytest.fixture
def collector(qapp: QApplication) -> Iterator[Collector]:
    owner = QObject()
    made = Collector(owner)
    yield made
    made.stop()


class Cycle:
    """Garbage that notes on which thread it went."""

    def __init__(self, gone_on: list[threading.Thread]) -> None:
        self.me = self
        self._gone_on = gone_on

    def __del__(self) -> None:
        self._gone_on.append(threading.current_thread())


def test_a_worker_that_allocates_collects_nothing(collector: Collector) -> None:
    gone_on: list[threading.Thread] = []
    Cycle(gone_on)

    def allocate() -> None:
        for _round in range(20_000):
            Cycle([])

    worker = threading.Thread(target=allocate)
    worker.start()
    worker.join()
    assert gone_on == []
    collector.collect()
    gc.collect()
    assert gone_on == [threading.main_thread()]


def test_python_collects_by_itself_again_afterwards(collector: Collector) -> None:
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled()
