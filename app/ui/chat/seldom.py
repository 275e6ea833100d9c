"""How often a growing answer is drawn: on few cores each drawing is paid for by the answer itself."""

from __future__ import annotations

import os

from PySide6.QtCore import QObject, QTimer, Signal, Slot

FEW_CORES = 2
DRAW_EVERY_MS = 120  # there


class Seldom(QObject):
    """`is_time` is asked whenever there is something new; where it said no, `due` tells when to draw after all."""

    due = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._is_undrawn = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(DRAW_EVERY_MS)
        self._pause.timeout.connect(self.now)

    def is_time(self) -> bool:
        """Whether to draw at once."""
        if (os.cpu_count() or 1) > FEW_CORES:
            return True
        if self._pause.isActive():
            self._is_undrawn = True
            return False
        self._pause.start()
        return True

    @Slot()
    def now(self) -> None:
        """Draw what was held back."""
        if self._is_undrawn:
            self._is_undrawn = False
            self.due.emit()
