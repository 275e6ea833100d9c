"""Sentences in place of a document, and a line above one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.ui import accessible
from app.ui.controls import Ground, Text
from app.ui.theme import Theme

_WIDTH_PX = 420


class Notice(Ground):
    """A sentence between the bar and the document; hidden while there is none."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, "accent_ground", parent=parent, edge="bottom")
        self.words = Text(theme, "", parent=self).wrapped()
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 9, 20, 10)
        row.addWidget(self.words, 1)
        self.hide()

    def say(self, words: str) -> None:
        """Nothing hides it. A screen reader says it too."""
        if words != self.words.text():
            self.words.setText(words)
            accessible.name(self.words, words)
            if words:
                accessible.announce(self, words)
        self.setVisible(bool(words))


class SaidPage(Ground):
    """What happened and what to do, in the middle of the empty place."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, "window", parent=parent)
        self.message = Text(theme, "", parent=self, font=theme.fonts.ui_strong).wrapped()
        self.next_step = Text(theme, "", parent=self, color="muted").wrapped()
        inside = QVBoxLayout()
        inside.setSpacing(6)
        for words in (self.message, self.next_step):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            words.setMaximumWidth(theme.px(_WIDTH_PX))
            inside.addWidget(words)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 20)
        column.addStretch(2)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addLayout(inside, 8)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(3)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def say(self, message: str, next_step: str = "") -> None:
        self.message.setText(message)
        self.next_step.setText(next_step)
        self.next_step.setVisible(bool(next_step))
        accessible.name(self, message, next_step)
        if message:
            accessible.announce(self, f"{message} {next_step}".strip())
