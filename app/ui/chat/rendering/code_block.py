"""Code as a card with its language and Copy. A growing text is appended and re-coloured from its last calm line on."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import QMimeData, QPoint, QRect, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QBrush,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextLayout,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from app.text import _, grouped
from app.ui import accessible
from app.ui.chat.items import CopyRequested
from app.ui.chat.rendering.highlight import Span, highlight, stable_line
from app.ui.chat.rendering.marks import Marks
from app.ui.chat.rendering.workshop import Workshop
from app.ui.controls import IconButton, Text, TextButton, paint_card
from app.ui.theme import Theme

HEAD_PX = 44
PAD_PX = 15
PREVIEW_CHARS = 3_000
_LINE_CHARS_MAX = 1_000
_OPEN_HEIGHT_MAX = 460
_COPIED_MS = 1_600
_LINE_HEIGHT = 128.0
_BAR_PX = 14
_HEAD_LINE_PX = 28
_AT_ONCE_MAX_CHARS = 2_000


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
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # the message has one
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

    def set_wrapped(self, is_wrapped: bool) -> None:
        modes = QTextEdit.LineWrapMode
        self.setLineWrapMode(modes.WidgetWidth if is_wrapped else modes.NoWrap)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)

    def colour(self, lines: Sequence[Sequence[Span]], *, first_line: int = 0) -> None:
        """Colours the lines from `first_line` on, as formats of the layout: the document itself stays plain."""
        block = self.document().findBlockByNumber(first_line)
        changes = QTextCursor(self.document())
        changes.beginEditBlock()  # or the layout would be looked at again for each line
        for spans in lines:
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
            block = block.next()
        changes.endEditBlock()
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
        self._is_wrapped = False
        self._is_colouring = False
        self._wants_colour = False
        self._known_language = ""
        """Of which the first piece was coloured: its lexer is imported."""
        self._title = Text(theme, "", parent=self, font=theme.fonts.small, color="muted")
        self._copy = TextButton(theme, _("Copy"), parent=self, kind="quiet", icon="copy")
        self._copy.setFont(theme.fonts.small)
        self._copy.height_px = _HEAD_LINE_PX
        self._text = CodeText(theme, _("Code"), parent=self)
        self._marks = Marks(self._text, theme)
        self._wrap = IconButton(theme, "arrow-elbow-down-left", _("Wrap long lines"), parent=self, size=_HEAD_LINE_PX)
        self._wrap.icon_px = 16.0
        self._wrap.setCheckable(True)
        self._wrap.hide()
        self._wrap.toggled.connect(self._on_wrap)
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

    @property
    def wrap_button(self) -> IconButton:
        """Shown where lines are longer than the card is wide."""
        return self._wrap

    def tab_stops(self) -> list[QWidget]:
        return [self._wrap, self._copy, *([self._more] if not self._more.isHidden() else [])]

    def matches(self, words: str) -> int:
        return self._marks.count(words)

    def mark_words(self, words: str, current: int | None) -> None:
        self._marks.show(words, current)

    def clear_marks(self) -> None:
        self._marks.clear()

    def current_rect(self) -> QRect | None:
        found = self._marks.current_rect()
        if found is None:
            return None
        bar = self._text.verticalScrollBar()
        bar.setValue(bar.value() + max(0, found.bottom() - self._text.viewport().height()) + min(0, found.top()))
        found = self._marks.current_rect() or found
        return found.translated(self._text.viewport().mapTo(self, QPoint(0, 0)))

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
        self._colour(stable_line(before) if is_growth and not is_final else 0)

    def set_plain(self, text: str, title: str) -> None:
        """A text too large to lay out: its beginning, and a button for the rest."""
        if text == self._full and self._is_plain:
            return
        self._full, self._language, self._is_plain = text, "", True
        self._title.setText(title)
        self._show_part()

    def arrange(self, width: int) -> int:
        is_long = self._has_long_lines(width)
        text_height = self._text_height(width, is_long=is_long)
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft

        line, head = self._theme.px(_HEAD_LINE_PX), self._theme.px(HEAD_PX)

        def place(widget: QWidget, left: int, part_width: int) -> None:
            x = width - left - part_width if is_mirrored else left
            widget.setGeometry(x, (head - 2 - line) // 2, part_width, line)

        hint = self._copy.sizeHint().width()
        place(self._title, PAD_PX, max(40, width - hint - line - 2 * PAD_PX - 12))
        place(self._copy, width - hint - 6, hint)
        place(self._wrap, width - hint - 10 - line, line)
        self._wrap.setVisible(is_long)
        self._text.setGeometry(PAD_PX, head, width - 2 * PAD_PX, text_height)
        bottom = head + text_height
        if not self._more.isHidden():
            more = self._more.sizeHint()
            left = width - PAD_PX - more.width() if is_mirrored else PAD_PX
            self._more.setGeometry(left, bottom + 8, more.width(), more.height())
            bottom += more.height() + 12
        return bottom + PAD_PX - 5

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        paint_card(painter, QRectF(self.rect()), ground=color("code_ground"), line=color("line"))

    def _has_long_lines(self, width: int) -> bool:
        longest = max((len(line) for line in self._shown.split("\n")), default=0)
        return longest * QFontMetricsF(self._text.font()).horizontalAdvance("0") > width - 2 * PAD_PX

    def _text_height(self, width: int, *, is_long: bool) -> int:
        if self._is_wrapped:
            self._text.document().setTextWidth(width - 2 * PAD_PX)
        height = self._text.text_height()
        self._text.scrolls = self._is_open and height > _OPEN_HEIGHT_MAX
        if self._text.scrolls:
            height = _OPEN_HEIGHT_MAX
        policy = Qt.ScrollBarPolicy
        self._text.setVerticalScrollBarPolicy(
            policy.ScrollBarAsNeeded if self._text.scrolls else policy.ScrollBarAlwaysOff
        )
        return height + (_BAR_PX if is_long and not self._is_wrapped else 0)

    def _colour(self, first_line: int) -> None:
        """Short pieces at once; longer ones, and the first of a language, on the workshop's thread."""
        rest = "\n".join(self._shown.split("\n")[first_line:])
        if len(rest) <= _AT_ONCE_MAX_CHARS and self._known_language == self._language:
            self._text.colour(highlight(rest, self._language), first_line=first_line)
        elif self._is_colouring:
            self._wants_colour = True
        elif self._language:
            self._is_colouring = True
            work = functools.partial(highlight, self._shown, self._language)
            Workshop.of(self._theme).do(self, work, functools.partial(self._on_coloured, self._shown, self._language))

    def _on_coloured(self, text: str, language: str, lines: Sequence[Sequence[Span]]) -> None:
        """What has come since is coloured next; what is already there is the same text still, or nothing fits."""
        self._is_colouring = False
        self._known_language = language
        if not self._is_plain and self._shown.startswith(text):
            self._text.colour(lines)
            if self._wants_colour or self._shown != text:
                self._wants_colour = False
                self._colour(stable_line(text))
        elif not self._is_plain:
            self._wants_colour = False
            self._colour(0)

    def _show_part(self) -> None:
        text = self._full if self._is_open else self._full[:PREVIEW_CHARS]
        shown = _broken(text)
        if shown != self._shown:  # a text that grows is still the same at its beginning
            self._shown = shown
            self._text.show_text(shown)
        is_cut = len(self._full) > PREVIEW_CHARS
        self._more.setVisible(is_cut)
        count = grouped(max(1, round(len(self._full) / 1000)))
        self._more.set_text(_("Show less") if self._is_open else _("Show all ({count} kB)").format(count=count))

    @Slot(bool)
    def _on_wrap(self, is_wrapped: bool) -> None:
        self._is_wrapped = is_wrapped
        self._text.set_wrapped(is_wrapped)
        self._wrap.set_icon("arrow-line-right" if is_wrapped else "arrow-elbow-down-left")
        self._wrap.set_label(_("Do not wrap lines") if is_wrapped else _("Wrap long lines"))
        self.height_changed.emit()

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
