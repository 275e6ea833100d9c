"""A part's text, to read, select and copy, with a passage marked: for files that have no pages to show, and for pages
whose words are wanted.
"""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFont, QResizeEvent, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from app.documents.parts import Kind, Part, Span
from app.ui import accessible
from app.ui.documents.viewer.lines import is_mono, styled
from app.ui.theme import Theme
from app.ui.tokens import COLUMN_PX

MOST_SHOWN_CHARACTERS: Final = 200_000
"""Of one part, around the marked words: more takes Qt seconds to lay out."""
_SIDE_PX, _NARROW_SIDE_PX, _NARROW_PX = 28, 12, 520
_ENDS_PX = 20
_LINE_PERCENT = 130
_MARK_AT = 0.3  # of the height
# One character for one: offsets must hold. Qt makes one block end of CR LF and takes two characters for its own; what
# PDFium puts for a hyphen at the end of a line has no shape.
_SHAPED: Final = str.maketrans(
    {"\r": " ", "\0": " ", "\ufdd0": " ", "\ufdd1": " ", "\u2028": "\n", "\u2029": "\n", "\x02": "-", "\ufffe": "-"}
)


class TextView(QTextEdit):
    """`show_part`, then `mark`."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._part: Part | None = None
        self._kind: Kind | Literal[""] = ""
        self._marks: tuple[tuple[int, int], ...] = ()
        self._offset = 0  # of the first character shown
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.viewport().setAutoFillBackground(False)
        self.setFont(theme.fonts.body)
        theme.changed.connect(self._on_theme)
        theme.resized.connect(self._on_resized)

    @property
    def part(self) -> Part | None:
        return self._part

    def show_part(self, part: Part, kind: Kind | Literal[""], label: str, *, around: int = 0) -> None:
        """`label` says which it is. Of a very long one, what is around this character."""
        self._part, self._kind = part, kind
        self._offset = 0
        if len(part.text) > MOST_SHOWN_CHARACTERS:
            self._offset = max(0, min(around - MOST_SHOWN_CHARACTERS // 2, len(part.text) - MOST_SHOWN_CHARACTERS))
        accessible.name(self, label)
        self._fill()

    def clear_part(self) -> None:
        self._part = None
        self._marks = ()
        self.clear()

    def mark(self, span: Span | None) -> None:
        """The span's words in this part, brought into sight."""
        self._marks = ()
        part = self._part
        if part is not None and span is not None and span.first <= part.number <= span.last:
            start = span.start if part.number == span.first else 0
            end = span.end if part.number == span.last else len(part.text)
            if not self._offset <= start < self._offset + MOST_SHOWN_CHARACTERS:
                self.show_part(part, self._kind, self.accessibleName(), around=start)
            self._marks = ((start, end),)
        self._draw_marks()
        if self._marks:
            self._bring(self._marks[0][0])

    @property
    def selected(self) -> str:
        return self.textCursor().selection().toPlainText()

    def marked_words(self) -> str:
        """What is drawn as marked."""
        return "".join(selection.cursor.selection().toPlainText() for selection in self.extraSelections())

    @property
    def is_cut(self) -> bool:
        """Whether this is not all of the part."""
        return self._part is not None and len(self._part.text) > MOST_SHOWN_CHARACTERS

    def _fill(self) -> None:
        part = self._part
        if part is None:
            return
        text = part.text[self._offset : self._offset + MOST_SHOWN_CHARACTERS].translate(_SHAPED)
        self.setFont(self._usual_font)
        self.setPlainText(text)
        writer = QTextCursor(self.document())
        writer.beginEditBlock()
        spaced = QTextBlockFormat()
        spaced.setLineHeight(_LINE_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        writer.select(QTextCursor.SelectionType.Document)
        writer.mergeBlockFormat(spaced)
        for line in styled(text, self._kind):
            self._select(writer, line.start, line.end)
            writer.mergeCharFormat(self._format(self._font_of(line.role)))
        for hidden in part.hidden:
            self._select(writer, hidden.start - self._offset, hidden.end - self._offset)
            writer.mergeCharFormat(self._hidden_format())
        writer.endEditBlock()
        self._draw_marks()

    @property
    def _usual_font(self) -> QFont:
        fonts = self._theme.fonts
        if is_mono(self._kind):
            return fonts.mono
        return fonts.ui if self._kind == "pdf" else fonts.body  # whose lines end where those of the paper do

    def _font_of(self, role: str) -> QFont:
        if role == "mono":
            return self._theme.fonts.mono
        bold = QFont(self._usual_font)
        bold.setWeight(QFont.Weight.DemiBold)
        return bold

    def _format(self, font: QFont) -> QTextCharFormat:
        made = QTextCharFormat()
        made.setFont(font, QTextCharFormat.FontPropertiesInheritanceBehavior.FontPropertiesAll)
        return made

    def _hidden_format(self) -> QTextCharFormat:
        made = QTextCharFormat()
        made.setForeground(self._theme.color("hint"))
        made.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        made.setUnderlineColor(self._theme.color("danger"))
        return made

    def _select(self, writer: QTextCursor, start: int, end: int) -> None:
        """Characters of what is shown, as Python counts them; Qt counts those beyond the first plane twice."""
        last = self.document().characterCount() - 1
        writer.setPosition(min(last, self._place(start)))
        writer.setPosition(min(last, self._place(end)), QTextCursor.MoveMode.KeepAnchor)

    def _place(self, shown: int) -> int:
        part = self._part
        before = "" if part is None else part.text[self._offset : self._offset + max(0, shown)]
        return len(before) + (0 if before.isascii() else sum(character > "\uffff" for character in before))

    def _draw_marks(self) -> None:
        selections = []
        for start, end in self._marks:
            cursor = QTextCursor(self.document())
            self._select(cursor, start - self._offset, end - self._offset)
            drawn = QTextEdit.ExtraSelection()
            drawn.cursor = cursor
            chars = drawn.format
            chars.setBackground(self._theme.color("mark"))
            chars.setForeground(self._theme.color("text"))
            drawn.format = chars
            selections.append(drawn)
        self.setExtraSelections(selections)

    def _bring(self, start: int) -> None:
        """So that these words stand in the upper part of the view; the caret, where they begin."""
        caret = QTextCursor(self.document())
        caret.setPosition(min(self.document().characterCount() - 1, self._place(start - self._offset)))
        self.setTextCursor(caret)
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + self.cursorRect(caret).top() - round(self.viewport().height() * _MARK_AT))

    @Slot()
    def _on_theme(self) -> None:
        self._draw_marks()
        self.viewport().update()

    @Slot()
    def _on_resized(self) -> None:
        self._fit()
        self._fill()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        """A line is no longer than one of an answer."""
        least = _NARROW_SIDE_PX if self.width() < _NARROW_PX else _SIDE_PX
        side = max(least, (self.width() - self._theme.px(COLUMN_PX)) // 2)
        self.setViewportMargins(side, _ENDS_PX, side - self.verticalScrollBar().sizeHint().width(), 0)
