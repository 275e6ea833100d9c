"""A place in a document that is not in this profile, as of a chat from another one: its words are shown instead."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.core import Core
from app.documents.parts import Span
from app.documents.places import passage_words
from app.documents.records import Passage
from app.text import _
from app.ui.bridge import Bridge
from app.ui.chat.conversation import Conversation
from app.ui.chat.page import ChatPage
from app.ui.documents.items import PassageRequested
from app.ui.theme import Theme


class Absent(QObject):
    """Controller; parented to the page. What is here is passed on."""

    passage_requested = Signal(object)
    """A PassageRequested."""
    failed = Signal(object)  # PaddockError

    def __init__(self, core: Core, bridge: Bridge, page: ChatPage, conversation: Conversation, theme: Theme) -> None:
        super().__init__(page)
        self._core = core
        self._bridge = bridge
        self._page = page
        self._conversation = conversation
        self._theme = theme

    @Slot(object)
    def look(self, wanted: PassageRequested) -> None:
        """Show it in its document, or else its words as they were read."""

        def show(is_here: bool) -> None:
            passage = None if is_here else self._passage(wanted)
            if passage is None or not passage.text:
                self.passage_requested.emit(wanted)
            else:
                self._show(passage)

        self._bridge.run(
            lambda: bool(self._core.documents.documents(ids=(wanted.document_id,))), show, self.failed.emit
        )

    def _passage(self, wanted: PassageRequested) -> Passage | None:
        """Out of what answers of the chat on screen were given from, the newest first."""
        for node in reversed(self._conversation.nodes()):
            message = self._conversation.message(node.id)
            grounds = None if message is None else message.grounds
            for passage in () if grounds is None else (*grounds.passages, *grounds.near):
                if passage.document_id == wanted.document_id and _is_within(wanted.span, passage.span):
                    return passage
        return None

    def _show(self, passage: Passage) -> None:
        from app.ui.reading_dialog import ReadingDialog  # late: few look

        words = _(
            "This document is not in your profile. These are the words that the answer was given from, as they were "
            "saved with the chat. Add the document to see the whole of it."
        )
        title = passage_words(passage)
        ReadingDialog(self._theme, title, words, passage.text, label=title, parent=self._page.window()).open()


def _is_within(span: Span, whole: Span) -> bool:
    is_after = (whole.first, whole.start) <= (span.first, span.start)
    return is_after and (span.last, span.end) <= (whole.last, whole.end)
