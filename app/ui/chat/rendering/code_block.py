"""Code as a card with its language and Copy. A growing text is appended and re-coloured from its last calm line on."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QMimeData, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QBrush,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextLayout,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from app.text import _
from app.ui import accessible
from app.ui.chat.items import CopyRequested
from app.ui.chat.rendering.highlight import highlight, stable_line
from app.ui.controls import Text, TextButton, paint_card
from app.ui.theme import Theme

HEAD_PX = 44
PAD_PX = 15
PREVIEW_CHARS = 3_000
_LINE_CHARS_MAX = 1_000
_OPEN_HEIGHT_MAX = 460
_COPIED_MS = 1_600
_LINE_HEIGHT = 128.0


class CodeText(QTextEdit):
    """Read-only code, scrolling sideways itself and leaving up and down to the transcript unless `scrolls`."""

    def __init__(self, theme: Theme, label: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.scrolls = False
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFont(theme.fonts.mono)
        self.document().setDocumentMargin(0)
        self.document().setUndoRedoEnabled(False)
        self.viewport().setAutoFillBackground(False)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        accessible.name(self, label)

    def show_text(self, text: str) -> None:
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.removeSelectedText()
        self.append_text(text)

    def append_text(self, text: str) -> None:
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        spacing = QTextBlockFormat()
        spacing.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.setBlockFormat(spacing)
        cursor.insertText(text)
        self._stay_left()

    def _stay_left(self) -> None:
        """The view's own cursor was carried along by the new text and would scroll to the end of its line."""
        own = self.textCursor()
        if not own.hasSelection():
            aside = self.horizontalScrollBar().value()
            own.setPosition(0)
            self.setTextCursor(own)
            self.horizontalScrollBar().setValue(aside)

    def text_height(self) -> int:
        return ceil(self.document().size().height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.scrolls or abs(event.angleDelta().x()) > abs(event.angleDelta().y()):
            super().wheelEvent(event)
        else:
            event.ignore()

    def createMimeDataFromSelection(self) -> QMimeData:
        data = QMimeData()
        data.setText(self.textCursor().selection().toPlainText())
        return data

    def colour(self, text: str, language: str, *, first_line: int = 0) -> None:
        """Colours the lines from `first_line` on, as formats of the layout: the document itself stays plain."""
        rest = "\n".join(text.split("\n")[first_line:])
        block = self.document().findBlockByNumber(first_line)
        for spans in highlight(rest, language):
            if not block.isValid():
                break
            ranges = []
            for span in spans:
                made = QTextLayout.FormatRange()
                made.start, made.length = span.start, span.length
                chars = QTextCharFormat()
                chars.setForeground(QBrush(self._theme.color(span.color)))
                made.format = chars
                ranges.append(made)
            block.layout().setFormats(ranges)
            self.document().markContentsDirty(block.position(), block.length())
            block = block.next()
        self.viewport().update()


class CodeCard(QWidget):
    """`set_code` may be called for every frame of a stream; `is_final` colours the whole of it once more."""

    copy_requested = Signal(object)
    height_changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._full = ""
        self._shown = ""
        self._language = ""
        self._is_final = False
        self._is_open = False
        self._is_plain = False
        self._title = Text(theme, "", parent=self, font=theme.fonts.small, color="muted")
        self._copy = TextButton(theme, _("Copy"), parent=self, kind="quiet", icon="copy")
        self._copy.setFont(theme.fonts.small)
        self._copy.height_px = 28
        self._text = CodeText(theme, _("Code"), parent=self)
        self._more = TextButton(theme, "", parent=self, kind="plain")
        self._more.hide()
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.setInterval(_COPIED_MS)
        self._copied.timeout.connect(self._on_copied_over)
        self._copy.clicked.connect(self._on_copy)
        self._more.clicked.connect(self._on_more)

    @property
    def copy_button(self) -> TextButton:
        return self._copy

    @property
    def more_button(self) -> TextButton:
        return self._more

    def set_code(self, text: str, language: str, *, is_final: bool) -> None:
        if text == self._full and language == self._language and is_final == self._is_final and not self._is_plain:
            return
        is_growth = text.startswith(self._shown) and language == self._language and bool(self._shown)
        before = self._shown
        self._full, self._language, self._is_final, self._is_plain = text, language, is_final, False
        self._title.setText(language or _("code"))
        accessible.name(self._text, _("Code, {language}").format(language=language or _("no language")))
        if is_growth:
            self._text.append_text(text[len(before) :])
        else:
            self._text.show_text(text)
        self._shown = text
        self._text.colour(text, language, first_line=stable_line(before) if is_growth and not is_final else 0)

    def set_plain(self, text: str, title: str) -> None:
        """A text too large to lay out: its beginning, and a button for the rest."""
        if text == self._full and self._is_plain:
            return
        self._full, self._language, self._is_plain = text, "", True
        self._title.setText(title)
        self._show_part()

    def arrange(self, width: int) -> int:
        text_height = self._text_height(width)
        self._title.setGeometry(PAD_PX, 7, max(40, width - 140), 28)
        hint = self._copy.sizeHint()
        self._copy.setGeometry(width - hint.width() - 6, 7, hint.width(), 28)
        self._text.setGeometry(PAD_PX, HEAD_PX, width - 2 * PAD_PX, text_height)
        bottom = HEAD_PX + text_height
        if not self._more.isHidden():
            self._more.setGeometry(PAD_PX, bottom + 8, self._more.sizeHint().width(), 32)
            bottom += 44
        return bottom + PAD_PX - 5

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        paint_card(painter, QRectF(self.rect()), ground=color("code_ground"), line=color("line"))

    def _text_height(self, width: int) -> int:
        metrics = QFontMetricsF(self._text.font())
        height = self._text.text_height()
        self._text.scrolls = self._is_open and height > _OPEN_HEIGHT_MAX
        if self._text.scrolls:
            height = _OPEN_HEIGHT_MAX
        policy = Qt.ScrollBarPolicy
        self._text.setVerticalScrollBarPolicy(
            policy.ScrollBarAsNeeded if self._text.scrolls else policy.ScrollBarAlwaysOff
        )
        longest = max((len(line) for line in self._shown.split("\n")), default=0)
        if longest * metrics.horizontalAdvance("0") > width - 2 * PAD_PX:
            height += 14
        return height

    def _show_part(self) -> None:
        text = self._full if self._is_open else self._full[:PREVIEW_CHARS]
        self._shown = _broken(text)
        self._text.show_text(self._shown)
        is_cut = len(self._full) > PREVIEW_CHARS
        self._more.setVisible(is_cut)
        count = f"{max(1, round(len(self._full) / 1000)):,}"
        self._more.set_text(_("Show less") if self._is_open else _("Show all ({count} kB)").format(count=count))

    @Slot()
    def _on_more(self) -> None:
        self._is_open = not self._is_open
        self._show_part()
        self.height_changed.emit()

    @Slot()
    def _on_copy(self) -> None:
        self.copy_requested.emit(CopyRequested(self._full))
        self._copy.set_text(_("Copied"), icon="check")
        self._copied.start()
        accessible.announce(self, _("Copied"))

    @Slot()
    def _on_copied_over(self) -> None:
        self._copy.set_text(_("Copy"), icon="copy")


def _broken(text: str) -> str:
    """`text` with very long lines broken, for the eye only: a single line of 200 KB would take Qt seconds."""
    lines: list[str] = []
    for line in text.split("\n"):
        lines.extend(line[i : i + _LINE_CHARS_MAX] for i in range(0, max(1, len(line)), _LINE_CHARS_MAX))
    return "\n".join(lines)
