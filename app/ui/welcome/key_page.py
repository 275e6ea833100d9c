"""The frame that the key pages share: a narrow card in the middle, a sentence for what went wrong, a busy state."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.ui import accessible
from app.ui.controls import Card, Ground, Logo, Text
from app.ui.folding import FoldingRow
from app.ui.scrolling import ScrolledPage, scroll_area
from app.ui.theme import Theme

_WIDTH = 480
_EDGE_PX = 12


class KeyPage(Ground):
    """Subclasses fill `body` and put their buttons into `buttons`."""

    def __init__(self, theme: Theme, title: str, words: str, *, parent: QWidget | None) -> None:
        super().__init__(theme, "window", parent=parent)
        self.theme = theme
        self._area = scroll_area(self)
        self._sheet = ScrolledPage(theme, "window", parent=None)
        self.card = Card(theme, parent=self._sheet)
        self.title = Text(theme, title, parent=self.card, font=theme.fonts.heading).wrapped()
        self.words = Text(theme, words, parent=self.card, color="muted").wrapped()
        self.fault = Text(theme, "", parent=self.card, color="danger").wrapped()
        self.fault.hide()
        self._busy = Text(theme, "", parent=self.card, color="muted")
        self._busy.hide()
        self.body = QVBoxLayout()
        self.body.setSpacing(10)
        self.buttons = FoldingRow()
        self.buttons.setSpacing(8)
        self._lay_out()
        accessible.name(self, title, words)
        theme.resized.connect(self._fit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def show_fault(self, sentence: str) -> None:
        """What went wrong, beside the fields; nothing to take it back."""
        self.fault.setText(sentence)
        self.fault.setVisible(bool(sentence))
        if sentence:
            accessible.announce(self, sentence, is_urgent=True)

    def set_busy(self, sentence: str) -> None:
        """What is being waited for ("Opening…"); nothing to end the wait. Fields and buttons rest meanwhile."""
        self._busy.setText(sentence)
        self._busy.setVisible(bool(sentence))
        for control in self.controls():
            control.setEnabled(not sentence)
        if not sentence:
            self.refresh()

    def controls(self) -> list[QWidget]:
        """What rests while busy."""
        return []

    def refresh(self) -> None:
        """Brings buttons in line with the fields."""

    def _lay_out(self) -> None:
        inside = self._inside = QVBoxLayout(self.card)
        inside.setSpacing(0)
        inside.addWidget(Logo(self.theme, 34, parent=self.card))
        inside.addSpacing(16)
        inside.addWidget(self.title)
        inside.addSpacing(6)
        inside.addWidget(self.words)
        inside.addSpacing(18)
        inside.addLayout(self.body)
        inside.addSpacing(8)
        inside.addWidget(self.fault)
        inside.addWidget(self._busy)
        inside.addSpacing(14)
        inside.addLayout(self.buttons)
        self._area.setWidget(self._sheet)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._area)
        outside = QVBoxLayout(self._sheet)
        outside.setContentsMargins(_EDGE_PX, _EDGE_PX, _EDGE_PX, _EDGE_PX)
        outside.addStretch(1)
        # A row and not an alignment: only then does the card get the height its wrapped texts need.
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.card)
        row.addStretch(1)
        outside.addLayout(row)
        outside.addStretch(1)

    @Slot()
    def _fit(self) -> None:
        width = min(self.theme.px(_WIDTH), self.width() - 2 * _EDGE_PX)
        side = 30 if width >= _WIDTH else 20
        self._inside.setContentsMargins(side, 28, side, 24)
        self.card.setFixedWidth(max(0, width))
