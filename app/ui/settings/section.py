"""A part of the settings dialog: a heading, and its rows on a card. Rows that were not meant are hidden."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.ui.controls import Card, Text
from app.ui.palette.matching import folded
from app.ui.settings.flow import Flow
from app.ui.theme import Theme

CARD_PAD_PX = 16


@dataclass(frozen=True, slots=True)
class _Row:
    widget: QWidget
    found_by: str


class Section(QWidget):
    """`words` say what it is about, `beside` leads on."""

    def __init__(
        self, theme: Theme, title: str, *, parent: QWidget, words: str = "", beside: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._title = title
        self._rows: list[_Row] = []
        self.card = Card(theme, parent=self)
        self._column = QVBoxLayout(self.card)
        self._column.setContentsMargins(CARD_PAD_PX, 14, CARD_PAD_PX, 14)
        self._column.setSpacing(14)
        self._head = QWidget(self)
        head = QHBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        line = Flow(gap_px=10)
        line.addWidget(Text(theme, title, parent=self._head, font=theme.fonts.small_strong, color="muted"))
        if words:
            line.addWidget(Text(theme, words, parent=self._head, font=theme.fonts.small, color="hint"))
        head.addLayout(line, 1)
        if beside is not None:
            head.addWidget(beside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 10)
        outer.setSpacing(8)
        outer.addWidget(self._head)
        outer.addWidget(self.card)

    def add(self, row: QWidget, *words: str) -> None:
        """A row, found by any of these words and by the section's title."""
        self._column.addWidget(row)
        self._rows.append(_Row(row, folded(" ".join((self._title, *words)))))

    def narrow_down(self, words: list[str]) -> bool:
        """Leaves the rows that have all of these folded words; whether there are any."""
        shown = False
        for row in self._rows:
            is_meant = all(word in row.found_by for word in words)
            row.widget.setVisible(is_meant)
            shown = shown or is_meant
        self.setVisible(shown)
        return shown
