"""One of several choices side by side; the chosen one is filled."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from app.ui.controls import TextButton
from app.ui.theme import Theme


class Segment(TextButton):
    """Checkable; put several into an exclusive QButtonGroup."""

    def __init__(self, theme: Theme, text: str, *, parent: QWidget) -> None:
        super().__init__(theme, text, parent=parent, kind="quiet")
        self.setCheckable(True)
        self.setAutoDefault(False)

    def _colours(self) -> tuple[QColor | None, QColor | None, QColor]:
        if self.isChecked():
            line = self._theme.color("line_strong") if self._theme.tokens.is_high_contrast else None
            return self._theme.color("selected"), line, self._theme.color("text")
        return super()._colours()
