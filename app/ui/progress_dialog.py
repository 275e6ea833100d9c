"""A long piece of work with a bar and a way to stop it, for what has no place of its own in the window."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from app.errors import Cancelled, PaddockError
from app.text import _
from app.ui.bridge import Bridge
from app.ui.controls import ElidedText, Progress
from app.ui.dialogs import SentenceDialog
from app.ui.theme import Theme

T = TypeVar("T")

Work = Callable[[Callable[[int, int], None], threading.Event], T]
"""Told how far it is in bytes (done, of how many), and whether to stop."""


class ProgressDialog(SentenceDialog):
    """Stays until the work is over: `show_share`, `finish`; `stop_requested` once, by button, Esc or close."""

    stop_requested = Signal()

    def __init__(self, theme: Theme, title: str, message: str, *, parent: QWidget) -> None:
        super().__init__(theme, title, message, parent=parent, accept=_("Stop"), kind="plain")
        self.accept_button.clicked.disconnect()
        self.accept_button.clicked.connect(self._on_stop)

    def show_share(self, share: float) -> None:
        """How far it is, from 0 to 1."""
        self._bar.set_share(share)
        self.show_words(_("{percent} %").format(percent=int(100 * share)))

    def show_words(self, words: str) -> None:
        """In place of the percentage: what is at work, and how much is done."""
        self._words.set_text(words)

    def finish(self) -> None:
        self.done(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._on_stop()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self._on_stop()

    def _add_more(self) -> None:
        self._bar = Progress(self._theme, self.windowTitle(), parent=self)
        self._words = ElidedText(self._theme, "", parent=self, font=self._theme.fonts.small, color="muted")
        self.column.addSpacing(4)
        self.column.addWidget(self._bar)
        self.column.addWidget(self._words)

    @Slot()
    def _on_stop(self) -> None:
        if self.accept_button.isEnabled():
            self.accept_button.setEnabled(False)
            self.accept_button.set_text(_("Stopping…"))
            self.stop_requested.emit()


class Steps:
    """Called on a worker thread with the bytes done and those there are; shows each hundredth on the main thread.

    A window that closes ends the work, as `stop` does.
    """

    def __init__(self, bridge: Bridge, stop: threading.Event, show: Callable[[float], None]) -> None:
        self._bridge = bridge
        self._stop = stop
        self._show = show
        self._percent = 0

    def __call__(self, done_bytes: int, total_bytes: int) -> None:
        if self._bridge.stopping.is_set():
            self._stop.set()
        percent = 100 * done_bytes // total_bytes if total_bytes else 0
        if percent != self._percent:
            self._percent = percent
            self._bridge.post(partial(self._show, percent / 100))


def run(
    bridge: Bridge,
    dialog: ProgressDialog,
    work: Work[T],
    done: Callable[[T], None],
    failed: Callable[[PaddockError], None],
) -> None:
    """Do `work` off the main thread behind the dialog; a stop is an end without a word."""
    stop = threading.Event()
    steps = Steps(bridge, stop, dialog.show_share)
    dialog.stop_requested.connect(stop.set)

    def is_done(result: T) -> None:
        dialog.finish()
        done(result)

    def has_failed(error: PaddockError) -> None:
        dialog.finish()
        if not isinstance(error, Cancelled):
            failed(error)

    bridge.run(partial(work, steps, stop), is_done, has_failed)
    dialog.open()
