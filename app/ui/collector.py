"""Python's cyclic garbage collection, on the main thread only.

Left alone it runs on whichever thread allocates next; when that is a worker and the garbage holds a widget, Qt
destroys it off the main thread and the process dies. So it is switched off and done by a timer, in small steps.

A full collection looks at everything there is and holds the window up meanwhile: half a second with all that Paddock
imports. What is there once it has started stays for ever, so it is set aside (`gc.freeze`) and not looked at again.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

EVERY_MS = 1000
SET_ASIDE_MS = (4_000, 20_000)
"""After the start: what is there by then, and what was imported in the background since."""


class Collector(QObject):
    """Lives as long as the application; `stop` gives Python its own collection back."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()
        for after_ms in SET_ASIDE_MS:
            QTimer.singleShot(after_ms, self, self.set_aside)

    @Slot()
    def collect(self) -> None:
        """Collect the oldest generation that is due, as Python would have."""
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > self._thresholds[generation]:
                gc.collect(generation)
                return

    @Slot()
    def set_aside(self) -> None:
        """Never look again at what is there now. It still goes once nobody uses it, unless it is in a cycle."""
        if self._timer.isActive():
            gc.freeze()

    def stop(self) -> None:
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
