"""Find in this document: the same bar as in a chat, and steps from place to place. Where the words are nowhere, what
comes nearest to them in meaning is offered.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.documents.parts import Span
from app.text import _
from app.ui import accessible
from app.ui.chat.transcript.find_bar import FindBar
from app.ui.chat.transcript.finder import Found
from app.ui.documents.viewer.looking import MOST_HITS, Hits, Looking
from app.ui.theme import Theme

_WAIT_MS = 250  # after the last key
_EDGE_PX = 8


class Finding(QObject):
    """Over `place`; tell it with `set_document` where to look, and with `set_page` from where on."""

    place_wanted = Signal(object)  # Span
    said = Signal(object)  # str, a sentence about what was found; empty for none
    closed = Signal()

    def __init__(self, theme: Theme, looking: Looking, place: QWidget) -> None:
        super().__init__(place)
        self._looking = looking
        self._place = place
        self._document_id = ""
        self._page = 0
        self._hits = Hits("", ())
        self._at = 0
        self.bar = FindBar(theme, parent=place)
        self.bar.field.setPlaceholderText(_("Find in this document"))
        accessible.name(self.bar.field, _("Find in this document"))
        self.bar.words_changed.connect(self._on_words)
        self.bar.stepped.connect(self._on_stepped)
        self.bar.closed.connect(self.close)
        looking.found.connect(self._on_found)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_WAIT_MS)
        self._wait.timeout.connect(self._look)

    def set_document(self, document_id: str) -> None:
        self._document_id = document_id
        self._hits = Hits("", ())

    def set_page(self, page: int) -> None:
        self._page = page

    @property
    def is_open(self) -> bool:
        return not self.bar.isHidden()

    def open(self, words: str = "") -> None:
        self.bar.open(words)
        self.arrange()

    @Slot()
    def close(self) -> None:
        self._wait.stop()
        if self.is_open:
            self.bar.hide()
            self.said.emit("")
            self.closed.emit()

    def step(self, step: int) -> None:
        """To the next place (+1) or the one before (-1), round the end."""
        if not self.is_open:
            self.open()
        elif self._hits.spans and self._hits.words == self.bar.field.text():
            self._at = (self._at + step) % len(self._hits.spans)
            self._show()
        else:
            self._look()

    def arrange(self) -> None:
        """At the upper edge, where lines end."""
        hint = self.bar.sizeHint()
        width = min(hint.width(), self._place.width() - 2 * _EDGE_PX)
        x = _EDGE_PX if self._place.isRightToLeft() else self._place.width() - width - _EDGE_PX
        self.bar.setGeometry(QRect(x, _EDGE_PX, width, hint.height()))

    @Slot(object)
    def _on_words(self, words: str) -> None:
        self._hits = Hits("", ())
        self.said.emit("")
        self.bar.show_found(Found(is_complete=not words.strip()))
        if words.strip():
            self._wait.start()
        else:
            self._wait.stop()

    @Slot(object)
    def _on_stepped(self, step: int) -> None:
        self.step(step)

    @Slot()
    def _look(self) -> None:
        self._wait.stop()
        words = self.bar.field.text()
        if words.strip() and self._document_id:
            self._looking.find(self._document_id, words)

    @Slot(object)
    def _on_found(self, hits: Hits) -> None:
        if hits.words != self.bar.field.text() or not self.is_open:
            return
        self._hits = hits
        later = (at for at, span in enumerate(hits.spans) if span.first >= self._page)
        self._at = 0 if hits.is_near else next(later, 0)
        if hits.is_near:
            near = _("These words are not in this document. The nearest passages are shown.")
            self.said.emit(near if hits.spans else _("Nothing like this is in this document."))
        self._show()

    def _show(self) -> None:
        spans = self._hits.spans
        number = self._at + 1 if spans else 0
        self.bar.show_found(Found(len(spans), number, is_complete=len(spans) < MOST_HITS))
        if spans:
            self.place_wanted.emit(spans[self._at])


def covers(span: Span | None, number: int) -> bool:
    """Whether something of it is in this part."""
    return span is not None and span.first <= number <= span.last
