"""The words of a message, a bubble or Markdown, with one face: they are set, placed, searched and marked alike."""

from __future__ import annotations

from PySide6.QtCore import QRect, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.ui.chat.items import MessageItem, ReadRequested, Role
from app.ui.chat.rendering.markdown import Parser
from app.ui.chat.rendering.message_body import MessageBody
from app.ui.chat.rendering.prose import ProseView
from app.ui.chat.transcript.bubble import Bubble
from app.ui.chat.transcript.deeds import citation
from app.ui.theme import Theme


class MessageWords(QWidget):
    """`set_item` makes what shows it, so that a message whose words are not here costs nothing of this."""

    requested = Signal(object)
    height_changed = Signal()

    def __init__(self, theme: Theme, parser: Parser, role: Role, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parser = parser
        self._role = role
        self._body: MessageBody | None = None
        self._bubble: Bubble | None = None
        self._item: MessageItem | None = None

    @property
    def body(self) -> MessageBody | None:
        return self._body

    @property
    def bubble(self) -> Bubble | None:
        return self._bubble

    def tab_stops(self) -> list[QWidget]:
        words = self._body or self._bubble
        return words.tab_stops() if words is not None else []

    def set_item(self, item: MessageItem) -> None:
        self._item = item
        if self._body is None and self._bubble is None:
            self._make()
        if self._body is not None:
            self._body.set_source(item.text, is_live=item.status == "streaming", sourced=item.sourced)
        if self._bubble is not None:
            self._bubble.set_text(item.text, item.attachments)

    def arrange(self, width: int) -> int:
        words = self._body or self._bubble
        if words is None:
            return 0
        height = words.arrange(width)
        words.setGeometry(0, 0, width, height)
        return height

    def matches(self, words: str) -> int:
        """How often `words` stand in what is shown."""
        text = self._text
        return text.matches(words) if text is not None else 0

    def mark(self, words: str, current: int | None) -> None:
        """Marks where `words` stand, the match number `current` (from 0) more strongly; shows all of a long question
        that was cut before it."""
        text = self._text
        if text is None:
            return
        if self._bubble is not None and self._bubble.is_cut and current is not None and current >= text.matches(words):
            self._bubble.show_whole()
            text = self._text
        if text is not None:
            text.mark_words(words, current)

    def clear_marks(self) -> None:
        text = self._text
        if text is not None:
            text.clear_marks()

    def current_rect(self) -> QRect:
        """Where the current match is, in this widget; empty where there is none."""
        text = self._text
        found = text.current_rect() if text is not None else None
        if text is None or found is None:
            return QRect()
        return found if text is self._body else found.translated(text.pos())

    @property
    def _text(self) -> MessageBody | ProseView | None:
        return self._body if self._body is not None else self._bubble.prose if self._bubble is not None else None

    @Slot(object)
    def _on_chip(self, place: int) -> None:
        """To its place in the document; one that stands nowhere leads to all that was read."""
        item = self._item
        if item is not None and item.sourced is not None and place < len(item.sourced.chips):
            self.requested.emit(citation(item, place) or ReadRequested(item.id))

    def _make(self) -> None:
        if self._role == "assistant":
            self._body = MessageBody(self._theme, self._parser, parent=self)
            self._body.copy_requested.connect(self.requested)
            self._body.link_requested.connect(self.requested)
            self._body.chip_pressed.connect(self._on_chip)
            self._body.height_changed.connect(self.height_changed)
            self._body.show()
        else:
            self._bubble = Bubble(self._theme, parent=self)
            self._bubble.attachment_requested.connect(self.requested)
            self._bubble.height_changed.connect(self.height_changed)
            self._bubble.show()
