"""From an answer to what it was given from: a citation's place in its document, and all that was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.documents.grounds import Grounds
from app.ui.chat.conversation import Conversation
from app.ui.chat.items import CitationRequested, ReadRequested
from app.ui.chat.page import ChatPage
from app.ui.documents.items import PassageRequested
from app.ui.theme import Theme

if TYPE_CHECKING:
    from app.ui.documents.read_dialog import ReadDialog


class Reading(QObject):
    """Controller; parented to the page. The document itself is shown elsewhere."""

    passage_requested = Signal(object)
    """A PassageRequested."""

    def __init__(self, page: ChatPage, conversation: Conversation, theme: Theme) -> None:
        super().__init__(page)
        self._page = page
        self._conversation = conversation
        self._theme = theme
        page.transcript.citation_requested.connect(self._on_citation)
        page.transcript.read_requested.connect(self._on_read)

    @Slot(object)
    def _on_citation(self, wanted: CitationRequested) -> None:
        self.passage_requested.emit(passage_of(wanted))

    @Slot(object)
    def _on_read(self, wanted: ReadRequested) -> None:
        answer = self._conversation.message(wanted.id)
        if answer is None or answer.grounds is None:
            return
        question = self._conversation.message(answer.parent_id) if answer.parent_id is not None else None
        words = question.text if question is not None else answer.grounds.query
        dialog = open_read(self._theme, self._page.window(), answer.grounds, words)
        dialog.passage_requested.connect(self.passage_requested)


def passage_of(wanted: CitationRequested) -> PassageRequested:
    return PassageRequested(wanted.document_id, wanted.span, wanted.words)


def open_read(theme: Theme, window: QWidget, grounds: Grounds, question: str) -> ReadDialog:
    """Show over `window` all that an answer was given from."""
    from app.ui.documents.read_dialog import ReadDialog  # late: few look

    dialog = ReadDialog(theme, window)
    dialog.finished.connect(dialog.deleteLater)
    dialog.show_grounds(grounds, question)
    return dialog
