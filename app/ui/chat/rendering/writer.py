"""markdown-it tokens written into a QTextDocument through a cursor, always at its end.

Writing and taking back from a mark are the only two operations, so a text that streams in ends as the same
document as one written at once. Decorations that Qt's documents cannot draw (rounded code, quote bars, rules)
are kept as positions for the widget to paint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token
from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
    QTextTableCellFormat,
    QTextTableFormat,
)

from app.ui.accessible import plain_tooltip
from app.ui.chat.rendering.decor import QUOTE_PX, Decorations, Marker
from app.ui.chat.rendering.markdown import safe_url
from app.ui.theme import Theme

INDENT_PX = 26.0
_LINE_HEIGHT = 148.0
_HEADING_SCALE = {"h1": 1.42, "h2": 1.24, "h3": 1.1}
_LINE_BREAK = "\u2028"
_TASKS = ("[ ] ", "[x] ")
_CODE_PAD = "\u202f"
"""Room for the rounded ground painted below inline code: thin, and of the spaces that Qt breaks no line at."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A state of the document to come back to. Its last block's format is kept, because Qt gives an empty block
    the format of the one that is removed after it."""

    position: int
    is_fresh: bool
    decorations: tuple[int, int, int, int]
    block: QTextBlockFormat
    chars: QTextCharFormat


@dataclass(slots=True)
class _List:
    next_number: int
    """0 for bullets."""
    has_item: bool = False


@dataclass(slots=True)
class _Place:
    """Where in the nesting the writer is."""

    lists: list[_List] = field(default_factory=list)
    is_item_start: bool = False
    is_tight: bool = False
    quote_depth: int = 0


class Writer:
    """Appends blocks to `document`; see `mark` and `take_back` for a growing text."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        self._document = document
        self._theme = theme
        self._cursor = QTextCursor(document)
        self._is_fresh = True
        self._place = _Place()
        self.decorations = Decorations()
        self.has_links = False
        document.setUndoRedoEnabled(False)
        document.setDocumentMargin(0)
        document.setIndentWidth(INDENT_PX)
        document.setDefaultFont(theme.fonts.body)

    def mark(self) -> Mark:
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        block, chars = self._cursor.blockFormat(), self._cursor.blockCharFormat()
        return Mark(self._end(), self._is_fresh, self.decorations.lengths(), block, chars)

    def take_back(self, mark: Mark) -> None:
        """Removes everything written since `mark`."""
        self._cursor.setPosition(mark.position)
        self._cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        self._cursor.removeSelectedText()
        self._cursor.setBlockFormat(mark.block)
        self._cursor.setBlockCharFormat(mark.chars)
        self._is_fresh = mark.is_fresh
        self.decorations.cut(mark.decorations)

    def take_all_back(self) -> None:
        self.take_back(Mark(0, True, (0, 0, 0, 0), QTextBlockFormat(), QTextCharFormat()))

    def write(self, tokens: Sequence[Token]) -> None:
        self._cursor.beginEditBlock()
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._place = _Place()
        self._write(tokens)
        self._cursor.endEditBlock()

    def write_plain(self, text: str) -> None:
        """A person's own words: every line as typed, no Markdown."""
        self._cursor.beginEditBlock()
        for line in text.split("\n"):
            self._start_block(self._block_format(top=0.0, line_height=128.0))
            self._cursor.insertText(line, QTextCharFormat())
            self._is_fresh = False
        self._cursor.endEditBlock()

    def close_gap(self) -> None:
        """After a table Qt keeps an empty line; at the end of a document it must not be seen."""
        block = self._cursor.block()
        if self._is_fresh and block.position() > 0 and block.length() == 1:
            thin = QTextBlockFormat()
            thin.setLineHeight(1, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
            self._cursor.setBlockFormat(thin)

    def _end(self) -> int:
        return self._document.characterCount() - 1

    def _write(self, tokens: Sequence[Token]) -> None:
        index = 0
        handlers = self._handlers()
        while index < len(tokens):
            token = tokens[index]
            if token.type == "table_open":
                end = next(i for i in range(index, len(tokens)) if tokens[i].type == "table_close")
                self._write_table(tokens[index : end + 1])
                index = end + 1
                continue
            handler = handlers.get(token.type)
            if handler is not None:
                handler(token)
            elif token.type == "inline":
                self._write_text_block(tokens[index - 1], token)
            index += 1

    def _handlers(self) -> dict[str, Callable[[Token], None]]:
        return {
            "bullet_list_open": self._open_list,
            "ordered_list_open": self._open_list,
            "bullet_list_close": self._close_list,
            "ordered_list_close": self._close_list,
            "list_item_open": self._open_item,
            "list_item_close": self._close_item,
            "blockquote_open": self._open_quote,
            "blockquote_close": self._close_quote,
            "hr": self._write_rule,
            "fence": self._write_nested_code,
            "code_block": self._write_nested_code,
        }

    def _block_format(self, *, top: float, line_height: float = _LINE_HEIGHT) -> QTextBlockFormat:
        made = QTextBlockFormat()
        made.setTopMargin(0.0 if self._end() == 0 else top)
        made.setLineHeight(line_height, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        if self._place.quote_depth:
            made.setLeftMargin(QUOTE_PX * self._place.quote_depth)
        return made

    def _start_block(self, block_format: QTextBlockFormat, char_format: QTextCharFormat | None = None) -> None:
        chars = char_format if char_format is not None else QTextCharFormat()
        if self._is_fresh:
            self._cursor.setBlockFormat(block_format)
            self._cursor.setBlockCharFormat(chars)
        else:
            self._cursor.insertBlock(block_format, chars)
        self._cursor.setCharFormat(chars)
        self._is_fresh = False

    def _write_text_block(self, opener: Token, inline: Token) -> None:
        base = QTextCharFormat()
        top = 12.0
        if opener.type == "heading_open":
            top = 22.0
            font = QFont(self._theme.fonts.body)
            font.setPixelSize(round(font.pixelSize() * _HEADING_SCALE.get(opener.tag, 1.0)))
            base.setFont(font)
            base.setFontWeight(QFont.Weight.DemiBold)
        if self._place.quote_depth:
            base.setForeground(QBrush(self._theme.color("muted")))
        children = list(inline.children or [])
        block_format = self._block_format(top=top)
        if self._place.lists:
            self._place.is_tight = opener.hidden
            self._enter_item(block_format, children)
        else:
            self._start_block(block_format, base)
        started = self._end()
        self._write_inline(children, base)
        if self._place.quote_depth:
            self.decorations.quotes.append((started, self._place.quote_depth))

    def _enter_item(self, block_format: QTextBlockFormat, children: list[Token]) -> None:
        here = self._place.lists[-1]
        is_first = len(self._place.lists) == 1 and not here.has_item
        if not is_first:
            block_format.setTopMargin(min(block_format.topMargin(), 5.0 if self._place.is_tight else 9.0))
        block_format.setIndent(len(self._place.lists))
        self._start_block(block_format)
        if self._place.is_item_start:
            self._mark_item(children)

    def _mark_item(self, children: list[Token]) -> None:
        """Notes the marker of the item that begins in this block, and takes a task's box out of its text."""
        here = self._place.lists[-1]
        label = f"{here.next_number}." if here.next_number else ""
        if children and children[0].type == "text" and children[0].content[:4].lower() in _TASKS:
            label = children[0].content[:3].lower()
            children[0] = children[0].copy(content=children[0].content[4:])
        self.decorations.markers.append(Marker(self._cursor.position(), len(self._place.lists), label))
        self._place.is_item_start = False
        here.has_item = True
        here.next_number += 1 if here.next_number else 0

    def _open_list(self, token: Token) -> None:
        is_ordered = token.type == "ordered_list_open"
        start = min(int(token.attrs.get("start", 1)), 999_999_999) if is_ordered else 0
        self._place.lists.append(_List(start))

    def _close_list(self, _token: Token) -> None:
        self._place.lists.pop()

    def _open_item(self, _token: Token) -> None:
        self._place.is_item_start = True

    def _close_item(self, _token: Token) -> None:
        if self._place.is_item_start:  # an item without words still shows its number
            self._enter_item(self._block_format(top=5.0), [])

    def _open_quote(self, _token: Token) -> None:
        self._place.quote_depth += 1

    def _close_quote(self, _token: Token) -> None:
        self._place.quote_depth -= 1

    def _write_rule(self, _token: Token) -> None:
        self._start_block(self._block_format(top=8.0))
        self.decorations.rules.append(self._end())

    def _write_nested_code(self, token: Token) -> None:
        made = self._block_format(top=8.0, line_height=130.0)
        made.setIndent(len(self._place.lists))
        made.setBackground(QBrush(self._theme.color("code_ground")))
        chars = self._code_format()
        self._start_block(made, chars)
        if self._place.is_item_start:
            self._mark_item([])
        self._cursor.insertText(token.content.rstrip("\n").replace("\n", _LINE_BREAK), chars)

    def _code_format(self) -> QTextCharFormat:
        made = QTextCharFormat()
        made.setFont(self._theme.fonts.mono)
        return made

    def _write_inline(self, children: Sequence[Token], base: QTextCharFormat) -> None:
        stack = [base]
        for token in children:
            if token.type in ("text", "text_special"):
                self._cursor.insertText(token.content, stack[-1])
            elif token.type in ("softbreak", "hardbreak"):
                self._cursor.insertText(_LINE_BREAK, stack[-1])
            elif token.type == "code_inline":
                self._write_code_span(token.content, stack[-1])
            elif token.nesting == 1:
                stack.append(self._opened(token, stack[-1]))
            elif token.nesting == -1 and len(stack) > 1:
                stack.pop()

    def _write_code_span(self, text: str, around: QTextCharFormat) -> None:
        chars = self._code_format()
        if around.isAnchor():
            chars.merge(around)
            chars.setFont(self._theme.fonts.mono)
        started = self._cursor.position()
        self._cursor.insertText(_CODE_PAD, around)
        self._cursor.insertText(text, chars)
        self._cursor.insertText(_CODE_PAD, around)
        self.decorations.code.append((started, self._cursor.position()))

    def _opened(self, token: Token, around: QTextCharFormat) -> QTextCharFormat:
        made = QTextCharFormat(around)
        if token.type == "strong_open":
            made.setFontWeight(QFont.Weight.DemiBold)
        elif token.type == "em_open":
            made.setFontItalic(True)
        elif token.type == "s_open":
            made.setFontStrikeOut(True)
        elif token.type == "link_open":
            url = safe_url(str(token.attrs.get("href", "")))
            if url:
                self.has_links = True
                made.setAnchor(True)
                made.setAnchorHref(url)
                made.setToolTip(plain_tooltip(url))
                made.setForeground(QBrush(self._theme.color("accent")))
                made.setFontUnderline(True)
        return made

    def _write_table(self, tokens: Sequence[Token]) -> None:
        rows = _table_rows(tokens)
        columns = max(len(row) for row in rows)
        made = QTextTableFormat()
        made.setBorder(0)
        made.setBorderCollapse(True)
        made.setCellPadding(8)
        made.setCellSpacing(0)
        made.setTopMargin(0.0 if self._end() == 0 else 10.0)
        made.setBottomMargin(12.0)
        made.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        if not self._is_fresh:
            self._start_block(QTextBlockFormat())
        table = self._cursor.insertTable(len(rows), columns, made)
        for row_number, row in enumerate(rows):
            for column, (opener, inline) in enumerate(row):
                self._write_cell(table, row_number, column, opener, inline)
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._is_fresh = True

    def _write_cell(self, table: QTextTable, row: int, column: int, opener: Token, inline: Token) -> None:
        cell = table.cellAt(row, column)
        is_head = opener.type == "th_open"
        cell_format = QTextTableCellFormat()
        cell_format.setBottomBorder(1)
        cell_format.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        cell_format.setBottomBorderBrush(QBrush(self._theme.color("line_strong" if is_head else "line")))
        cell.setFormat(cell_format)
        self._cursor = cell.firstCursorPosition()
        block_format = QTextBlockFormat()
        block_format.setLineHeight(125.0, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        align = str(opener.attrs.get("style", ""))
        if "right" in align:
            block_format.setAlignment(Qt.AlignmentFlag.AlignRight)
        elif "center" in align:
            block_format.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._cursor.setBlockFormat(block_format)
        base = QTextCharFormat()
        if is_head:
            base.setFont(self._theme.fonts.ui_strong)
            base.setForeground(QBrush(self._theme.color("muted")))
        self._write_inline(inline.children or [], base)


def _table_rows(tokens: Sequence[Token]) -> list[list[tuple[Token, Token]]]:
    rows: list[list[tuple[Token, Token]]] = []
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append((token, tokens[index + 1]))
    return rows
