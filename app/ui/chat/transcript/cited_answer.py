"""An answer outside of the transcript: its words with their chips, and below them what was read for it.

The quick question and the comparison show answers with it, so that a chip is the same thing everywhere.
"""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from app.ui.chat.items import ReadRequested, Sourced
from app.ui.chat.rendering.markdown import Parser
from app.ui.chat.rendering.message_body import MessageBody
from app.ui.chat.sourced import place_of
from app.ui.chat.transcript.source_line import OUTDENT_PX, SourceLine
from app.ui.theme import Theme

_ABOVE_SOURCES_PX = 12


class CitedAnswer(QWidget):
    """`set_answer`, then `arrange(width)` says how high it is. The widget itself begins OUTDENT_PX before its words."""

    copy_requested = Signal(object)  # CopyRequested
    link_requested = Signal(object)  # LinkRequested
    requested = Signal(object)
    """A CitationRequested or a ReadRequested."""
    height_changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._id = ""
        self._text = ""
        self._sourced: Sourced | None = None
        self.body = MessageBody(theme, Parser(), parent=self)
        self.body.copy_requested.connect(self.copy_requested)
        self.body.link_requested.connect(self.link_requested)
        self.body.chip_pressed.connect(self._on_chip)
        self.body.height_changed.connect(self.height_changed)
        self.sources: SourceLine | None = None

    def tab_stops(self) -> list[QWidget]:
        is_shown = self.sources is not None and not self.sources.isHidden()
        sources = self.sources.tab_stops() if self.sources is not None and is_shown else []
        return [*self.body.tab_stops(), *(one for one in sources if not one.isHidden())]

    def set_answer(self, text: str, *, is_live: bool, sourced: Sourced | None = None, id_: str = "") -> None:
        """`sourced` is of the answer `id_` once it is whole; None for one that no documents were asked for."""
        self._id, self._text, self._sourced = id_, text, None if is_live else sourced
        self.body.set_source(text, is_live=is_live, sourced=self._sourced)
        if self._sourced is not None:
            self._source_line().set_sourced(id_, self._sourced)
        if self.sources is not None:
            self.sources.setVisible(self._sourced is not None)

    def arrange(self, width: int) -> int:
        height = self.body.arrange(width)
        before = 0 if self.isRightToLeft() else OUTDENT_PX
        self.body.setGeometry(before, 0, width, height)
        if self.sources is None or self.sources.isHidden():
            return height
        top = height + _ABOVE_SOURCES_PX if height else 0
        line = self.sources.arrange(width)
        self.sources.setGeometry(0, top, width + OUTDENT_PX, line)
        return top + line

    def _source_line(self) -> SourceLine:
        """Made for the first answer from documents: most are none."""
        if self.sources is None:
            self.sources = SourceLine(self._theme, parent=self)
            self.sources.requested.connect(self.requested)
            self.sources.height_changed.connect(self.height_changed)
        return self.sources

    @Slot(object)
    def _on_chip(self, place: int) -> None:
        """To its place in the document; one that stands nowhere leads to all that was read."""
        if self._sourced is not None and place < len(self._sourced.chips):
            self.requested.emit(place_of(self._id, self._text, self._sourced, place) or ReadRequested(self._id))
