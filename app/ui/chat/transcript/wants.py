"""Asks for rows that are in view and not here: once for a stretch, and again only when it was out of view meanwhile."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.ui.chat.items import RowsWanted

_PAUSE_MS = 30
"""While the scroll bar is dragged through ten thousand rows, only now and then is a stretch asked for."""


class Wants(QObject):
    rows_wanted = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._asked: list[RowsWanted] = []
        self._missing: RowsWanted | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._on_pause_over)

    def forget(self) -> None:
        """Other rows are shown."""
        self._asked = []
        self._missing = None
        self._pause.stop()

    def note(self, visible: range, missing: RowsWanted | None) -> None:
        """What is in view now, and the stretch of it that is not here."""
        self._asked = [asked for asked in self._asked if asked.last >= visible.start and asked.first < visible.stop]
        self._missing = missing
        if missing is not None and not self._pause.isActive() and not self._is_asked(missing):
            # Never from within: whoever is asked may answer at once.
            self._pause.start(_PAUSE_MS if self._asked else 0)

    def _is_asked(self, missing: RowsWanted) -> bool:
        return any(asked.first <= missing.first and missing.last <= asked.last for asked in self._asked)

    @Slot()
    def _on_pause_over(self) -> None:
        missing = self._missing
        if missing is not None and not self._is_asked(missing):
            self._asked.append(missing)
            self.rows_wanted.emit(missing)
