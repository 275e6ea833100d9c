"""A row that leads to something else: what it is, a sentence about it, and the button."""

from __future__ import annotations

from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from app.ui import accessible
from app.ui.controls import Text, TextButton
from app.ui.settings.flow import set_stacked
from app.ui.theme import Theme


class ProfileRow(QWidget):
    def __init__(self, theme: Theme, label: str, help_text: str, button: TextButton) -> None:
        super().__init__(button.parentWidget())
        self.button = button
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Text(theme, label, parent=self))
        words.addWidget(Text(theme, help_text, parent=self, font=theme.fonts.small, color="muted").wrapped())
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(16)
        self._row.addLayout(words, 1)
        self._row.addWidget(button)
        accessible.name(button, button.accessibleName() or label, help_text)

    def set_narrow(self, is_narrow: bool) -> None:
        """The button goes below."""
        set_stacked(self._row, is_stacked=is_narrow)
