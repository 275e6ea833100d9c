"""Long work behind a dialog: how far it is, its end, and every way to stop it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.errors import Bug, Cancelled, PaddockError
from app.ui import progress_dialog
from app.ui.bridge import Bridge
from app.ui.controls import Progress
from app.ui.progress_dialog import ProgressDialog, Steps
from app.ui.theme import Theme


@pytest.fixture
def bridge(qtbot: QtBot) -> Iterator[Bridge]:
    made = Bridge()
    yield made
    made.close(5.0)


class Running:
    """Work that goes on until it is told to end, or is stopped."""

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        self.may_end = threading.Event()
        self.fault: PaddockError | None = None
        self.told: Callable[[int, int], None] | None = None
        self.ends: list[object] = []
        self.dialog = ProgressDialog(theme, "Exporting", "It is copied.", parent=parent)
        progress_dialog.run(bridge, self.dialog, self.work, self.ends.append, self.ends.append)

    def work(self, told: Callable[[int, int], None], stop: threading.Event) -> str:
        told(50, 200)
        self.told = told
        while not self.may_end.wait(0.005):
            told(50, 200)
            if stop.is_set():
                raise Cancelled("Stopped.")
        if self.fault is not None:
            raise self.fault
        return "done"


@pytest.fixture
def running(bridge: Bridge, theme: Theme, qtbot: QtBot) -> Iterator[Running]:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    made = Running(bridge, theme, parent)
    made.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    yield made
    made.may_end.set()
    parent.close()


def share(dialog: ProgressDialog) -> float:
    return dialog.findChildren(Progress)[0].share


def test_it_shows_how_far_it_is_and_goes_when_it_is_done(running: Running, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: share(running.dialog) == 0.25)
    running.may_end.set()
    qtbot.waitUntil(lambda: running.ends == ["done"])
    assert not running.dialog.isVisible()


def press(dialog: ProgressDialog) -> None:
    dialog.accept_button.click()


def escape(dialog: ProgressDialog) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def close(dialog: ProgressDialog) -> None:
    dialog.close()


@pytest.mark.parametrize("stop", [press, escape, close])
def test_every_way_to_stop_it_waits_for_its_end_and_says_nothing(
    running: Running, qtbot: QtBot, stop: Callable[[ProgressDialog], None]
) -> None:
    stop(running.dialog)
    assert running.dialog.isVisible(), "it is still under way"
    assert running.dialog.accept_button.text() == "Stopping…"
    stop(running.dialog)
    qtbot.waitUntil(lambda: not running.dialog.isVisible())
    assert running.ends == []


def test_a_fault_is_handed_on_when_the_dialog_is_gone(running: Running, qtbot: QtBot) -> None:
    fault = running.fault = Bug("It broke.", "Try again.")
    running.may_end.set()
    qtbot.waitUntil(lambda: running.ends == [fault])
    assert not running.dialog.isVisible()


def test_a_bridge_that_closes_stops_the_work(running: Running, bridge: Bridge, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: running.told is not None)
    assert bridge.close(5.0)
    assert running.ends == []


def test_only_hundredths_are_shown(bridge: Bridge, qtbot: QtBot) -> None:
    shown: list[float] = []
    steps = Steps(bridge, threading.Event(), shown.append)
    for done in range(100_001):
        steps(done, 100_000)
    steps(0, 0)
    qtbot.waitUntil(lambda: len(shown) == 101)
    assert shown[:3] == [0.01, 0.02, 0.03]
    assert shown[-2:] == [1.0, 0.0]
