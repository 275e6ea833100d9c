"""One run of text in a message: a read-only text view that never scrolls."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QTextCursor, QTextOption
from PySide6.QtWidgets import QTextEdit, QWidget

from app.ui.chat.rendering.inline import Tone
from app.ui.chat.rendering.markdown import Prose
from app.ui.chat.rendering.rich_text import RichText
from app.ui.chat.rendering.writer import Mark, Writer
from app.ui.theme import Theme


class ProseView(RichText):
    """`write` appends, `mark`/`take_back` undo for streaming, `arrange(width)` says how high it is."""

    def __init__(self, theme: Theme, label: str, *, parent: QWidget, tone: Tone = "text") -> None:
        super().__init__(theme, label, parent=parent)
        self._has_caret = False
        self._writer = Writer(self.document(), theme, tone=tone)
        self.decorations = self._writer.decorations
        self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)

    @property
    def first_gap_px(self) -> float:
        """The room its first block would like above it."""
        return self._writer.first_gap_px

    @property
    def written_chars(self) -> int:
        return self._writer.written_chars

    def tab_stops(self) -> list[QWidget]:
        return [self]

    def write(self, prose: Prose) -> None:
        self._writer.write(prose)
        self._note_written()

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
        if self.decorations.formulas:
            self.fit_formulas(width - 8)
        return int(self.document().size().height() + 0.999)

    def ideal_width(self, width: int) -> int:
        """How wide the text would like to be, at most `width`."""
        self.arrange(width)
        return min(width, int(self.document().idealWidth() + 1.999))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._has_caret:
            self._paint_caret()

    def _note_written(self) -> None:
        self.note_written()
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
