"""Chips that stand beside each other and wrap; they scroll where there are many."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStyle, QWidget

from app.ui import accessible
from app.ui.theme import Theme

_GAP = 8


class Strip(QScrollArea):
    """`content` is the parent of the chips, `_shown` are these; `height_for` says how high it would like to be."""

    def __init__(self, theme: Theme, label: str, *, chip_px: int, rows_shown: float, parent: QWidget) -> None:
        """`rows_shown`: with half a row, that says that there is more."""
        super().__init__(parent)
        self._theme = theme
        self._height_px = chip_px
        self._rows_shown = rows_shown
        self.content = QWidget(self)
        self.setWidget(self.content)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.content.setAutoFillBackground(False)
        accessible.name(self, label)

    def shown(self) -> Sequence[QWidget]:
        """The chips in their order."""
        raise NotImplementedError  # each strip has its own

    def height_for(self, width: int) -> int:
        """Of all rows, or of as many as are shown at once; 0 without chips."""
        rows = self._rows(width)
        if not rows:
            return 0
        shown = len(rows) if len(rows) < self._rows_shown else self._rows_shown
        return round(shown * (self._chip_px + _GAP)) - _GAP

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        rows = self._rows(self.width())
        bar = 10 if len(rows) > self._rows_shown else 0
        rows = self._rows(self.width() - bar) if bar else rows
        self.content.resize(self.width() - bar, max(1, len(rows) * (self._chip_px + _GAP) - _GAP))
        y = 0
        for row in rows:
            x = 0
            for chip, width in row:
                place = QRect(x, y, width, self._chip_px)
                chip.setGeometry(QStyle.visualRect(self.layoutDirection(), self.content.rect(), place))
                x += width + _GAP
            y += self._chip_px + _GAP

    @property
    def _chip_px(self) -> int:
        return self._theme.px(self._height_px)

    def _rows(self, width: int) -> list[list[tuple[QWidget, int]]]:
        """Which chips stand beside each other, and how wide they are."""
        rows: list[list[tuple[QWidget, int]]] = []
        room = 0
        for chip in self.shown():
            wanted = min(chip.sizeHint().width(), max(width, 40))
            if not rows or wanted > room:
                rows.append([])
                room = width
            rows[-1].append((chip, wanted))
            room -= wanted + _GAP
        return rows
