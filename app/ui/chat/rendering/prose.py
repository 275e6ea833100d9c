"""One run of text in a message: a read-only text view that never scrolls, never loads and never opens anything."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token
from PySide6.QtCore import QMimeData, QRectF, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QTextCursor, QTextOption, QWheelEvent
from PySide6.QtWidgets import QFrame, QTextBrowser, QTextEdit, QWidget

from app.ui import accessible
from app.ui.chat.items import LinkRequested
from app.ui.chat.rendering import decor
from app.ui.chat.rendering.markdown import safe_url
from app.ui.chat.rendering.writer import Mark, Writer
from app.ui.theme import Theme


class ProseView(QTextBrowser):
    """`write` appends, `mark`/`take_back` undo for streaming, `arrange(width)` says how high it is."""

    link_requested = Signal(object)

    def __init__(self, theme: Theme, label: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._has_caret = False
        self.refused_loads = 0
        self._writer = Writer(self.document(), theme)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setOpenLinks(False)
        self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.viewport().setAutoFillBackground(False)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.DefaultContextMenu)
        self.anchorClicked.connect(self._on_anchor)
        accessible.name(self, label)

    @property
    def decorations(self) -> decor.Decorations:
        return self._writer.decorations

    def write(self, tokens: Sequence[Token]) -> None:
        self._writer.write(tokens)
        self._note_links()

    def write_plain(self, text: str) -> None:
        self._writer.write_plain(text)

    def mark(self) -> Mark:
        return self._writer.mark()

    def take_back(self, mark: Mark) -> None:
        self._writer.take_back(mark)

    def take_all_back(self) -> None:
        self._writer.take_all_back()

    def set_caret(self, has_caret: bool) -> None:
        if has_caret != self._has_caret:
            self._has_caret = has_caret
            self.viewport().update()

    def arrange(self, width: int) -> int:
        """Lays out for `width` px and returns the height needed."""
        if self.lineWrapColumnOrWidth() != width:
            self.setLineWrapColumnOrWidth(width)
        return int(self.document().size().height() + 0.999)

    def ideal_width(self, width: int) -> int:
        """How wide the text would like to be, at most `width`."""
        self.arrange(width)
        return min(width, int(self.document().idealWidth() + 1.999))

    def loadResource(self, kind: int, url: QUrl | str) -> object:
        """Nothing is ever loaded, whatever a text names."""
        self.refused_loads += 1
        return None

    def createMimeDataFromSelection(self) -> QMimeData:
        """Plain text with the list markers, which are not part of the document."""
        cursor = self.textCursor()
        labels = {marker.position: marker for marker in self._writer.decorations.markers}
        lines = []
        block = self.document().findBlock(cursor.selectionStart())
        while block.isValid() and block.position() <= cursor.selectionEnd():
            start = max(cursor.selectionStart(), block.position())
            end = min(cursor.selectionEnd(), block.position() + block.length() - 1)
            marker = labels.get(start)
            prefix = "  " * (marker.depth - 1) + (marker.label or "-") + " " if marker is not None else ""
            lines.append(prefix + self._text(start, end).replace("\u2028", "\n"))
            block = block.next()
        data = QMimeData()
        data.setText("\n".join(lines))
        return data

    def _text(self, start: int, end: int) -> str:
        """The text between two positions of one block, without the room around inline code. Read by a cursor,
        because Qt counts an emoji as two positions and Python as one letter."""
        cursor = QTextCursor(self.document())
        pads = (pad for first, after in self._writer.decorations.code for pad in (first, after - 1))
        pieces = []
        for stop in (*(pad for pad in pads if start <= pad < end), end):
            cursor.setPosition(start)
            cursor.setPosition(stop, QTextCursor.MoveMode.KeepAnchor)
            pieces.append(cursor.selectedText())
            start = stop + 1
        return "".join(pieces)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.verticalScrollBar().setValue(0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        decor.paint(painter, self.document(), self._writer.decorations, self._theme, QRectF(event.rect()))
        painter.end()
        super().paintEvent(event)
        if self._has_caret:
            self._paint_caret()

    @Slot(QUrl)
    def _on_anchor(self, url: QUrl) -> None:
        address = safe_url(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))
        if address:
            self.link_requested.emit(LinkRequested(address))

    def _note_links(self) -> None:
        """Only a text with links is a tab stop of its own: Tab then goes from link to link."""
        if self._writer.has_links:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _paint_caret(self) -> None:
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        rect = QRectF(self.cursorRect(cursor))
        size = self._theme.fonts.body.pixelSize()
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("accent"))
        x = min(rect.left() + 4, self.width() - 9.0)
        painter.drawEllipse(QRectF(x, rect.top() + size * 0.36, size * 0.6, size * 0.6))
