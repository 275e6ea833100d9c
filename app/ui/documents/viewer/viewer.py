"""The window that shows a document, beside the chat.

It keeps nothing: when it is closed, the child that draws the pages ends and their pictures are gone. What happens to
the document meanwhile is seen here, too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from app.documents.library import Library
from app.documents.parts import Span
from app.ui.bridge import Bridge
from app.ui.documents.items import PassageRequested
from app.ui.documents.viewer.pane import Pane
from app.ui.documents.viewer.pictures import Opener
from app.ui.scrolling import room_height, room_width
from app.ui.theme import Theme

_WIDTH_PX, _HEIGHT_PX = 880, 1000
_LEAST_WIDTH_PX, _LEAST_HEIGHT_PX = 300, 260
_CHANGE_MS = 400  # the library changes often while many files are being read


class Viewer(QDialog):
    """One for the window that it belongs to: `show_span` or `show_document`, and it is there. Never modal."""

    _library_changed = Signal()

    def __init__(
        self, theme: Theme, bridge: Bridge, library: Library, parent: QWidget | None, *, opener: Opener | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._library = library
        self._end_watch: Callable[[], None] | None = None
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setMinimumSize(_LEAST_WIDTH_PX, _LEAST_HEIGHT_PX)
        self.pane = Pane(theme, bridge, library, parent=self, opener=opener)
        self.pane.named.connect(self._on_named)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pane)
        self._change = QTimer(self)
        self._change.setSingleShot(True)
        self._change.setInterval(_CHANGE_MS)
        self._change.timeout.connect(self.pane.look_again)
        self._library_changed.connect(self._change_soon, Qt.ConnectionType.QueuedConnection)
        self._add_keys()

    def show_span(self, document_id: str, span: Span, *, words: str = "") -> None:
        """The place with its words marked: those of `words` that stand in the span, else all of it."""
        self.pane.open(document_id, span, words)
        self._come()

    def show_document(self, document_id: str) -> None:
        """From its beginning."""
        self.pane.open(document_id)
        self._come()

    @Slot(object)
    def show_passage(self, request: PassageRequested) -> None:
        self.show_span(request.document_id, request.span, words=request.words)

    @property
    def document_id(self) -> str:
        """Which is shown, or about to be; empty while it is closed."""
        return self.pane.document_id

    def _come(self) -> None:
        if not self.testAttribute(Qt.WidgetAttribute.WA_Resized):
            px = self._theme.px
            self.resize(room_width(self, px(_WIDTH_PX)), min(px(_HEIGHT_PX), room_height(self)))
        self.show()
        self.raise_()
        self.activateWindow()

    def _add_keys(self) -> None:
        pane = self.pane
        deeds = {
            "Ctrl+F": pane.find_words,
            "F3": partial(pane.finding.step, 1),
            "Shift+F3": partial(pane.finding.step, -1),
            "Ctrl+PgDown": partial(pane.step, 1),
            "Ctrl+PgUp": partial(pane.step, -1),
            "Ctrl++": partial(pane.zoom, 1),
            "Ctrl+=": partial(pane.zoom, 1),
            "Ctrl+-": partial(pane.zoom, -1),
            "Ctrl+0": partial(pane.zoom, 0),
            "Ctrl+G": pane.bar.field.setFocus,
            "Ctrl+C": pane.deeds.copy,
            "Ctrl+Shift+C": pane.deeds.copy_with_source,
        }
        for keys, deed in deeds.items():
            QShortcut(QKeySequence(keys), self).activated.connect(deed)

    @Slot(object)
    def _on_named(self, name: str) -> None:
        self.setWindowTitle(name)

    @Slot()
    def _change_soon(self) -> None:
        if not self._change.isActive() and self.isVisible():
            self._change.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._end_watch is None:
            self._end_watch = self._library.on_change(self._library_changed.emit)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if event.spontaneous():  # minimised
            return
        if self._end_watch is not None:
            self._end_watch()
            self._end_watch = None
        self._change.stop()
        self.pane.leave()
