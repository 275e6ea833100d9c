"""The chat screen put together: header, transcript or greeting, what is said about the context, composer. The window
wires its parts."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from app.text import _
from app.ui.chat.composer.composer import Composer
from app.ui.chat.context.context_popup import ContextPopup, ContextShown
from app.ui.chat.context.room import RoomBanner
from app.ui.chat.header import Header
from app.ui.chat.transcript.transcript import Transcript
from app.ui.controls import Ground, Logo, Text
from app.ui.theme import Theme


class ChatPage(Ground):
    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, "window", parent=parent)
        self._theme = theme
        self.header = Header(theme, parent=self)
        self.transcript = Transcript(theme, parent=self)
        self.room = RoomBanner(theme, parent=self)
        self.composer = Composer(theme, parent=self)
        self._greeting = _Greeting(theme, parent=self)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._greeting)
        self._stack.addWidget(self.transcript)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addLayout(self._stack, 1)
        column.addWidget(self.room)
        column.addWidget(self.composer)

    def show_greeting(self, sentence: str = "") -> None:
        """An empty chat: a greeting instead of the transcript."""
        self._greeting.set_sentence(sentence)
        self._stack.setCurrentWidget(self._greeting)

    def show_transcript(self) -> None:
        self._stack.setCurrentWidget(self.transcript)

    def open_context(self, shown: ContextShown) -> ContextPopup:
        """What fills the context, below its gauge."""
        gauge = self.header.gauge
        popup = ContextPopup(self._theme, shown, parent=self)
        popup.open_below(gauge.mapToGlobal(QPoint(gauge.width(), gauge.height() + 6)))
        return popup

    @property
    def is_greeting(self) -> bool:
        return self._stack.currentWidget() is self._greeting


class _Greeting(QWidget):
    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._logo = Logo(theme, 44, parent=self)
        self._title = Text(theme, _("What is on your mind?"), parent=self, font=theme.fonts.title)
        self._sentence = Text(theme, "", parent=self, font=theme.fonts.body, color="muted").wrapped()
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._sentence.setMaximumWidth(440)
        column = QVBoxLayout(self)
        column.setSpacing(14)
        column.addStretch(3)
        column.addWidget(self._logo, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._title, 0, Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._sentence, 100)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(4)

    def set_sentence(self, sentence: str) -> None:
        self._sentence.setText(sentence or _("Questions and answers stay on this computer."))
