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
from PySide6.QtGui import QBrush, QFont, QFontMetricsF, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextDocument

from app.ui.chat.rendering.decor import NOTHING, QUOTE_PX, Decorations, Lengths, Marker
from app.ui.chat.rendering.inline import LINE_BREAK, InlineWriter, Tone
from app.ui.chat.rendering.markdown import Item, Prose
from app.ui.chat.rendering.tables import write_simple_table
from app.ui.theme import Theme

INDENT_PX = 26.0
_TIGHT_PX = 5.0
_APART_PX = 9.0
_LINE_HEIGHT = 148.0
_HEADING_SCALE = {"h1": 1.42, "h2": 1.24, "h3": 1.1, "h4": 1.0, "h5": 0.92, "h6": 0.86}
_FORMULAS = ("math_inline", "math_inline_double")


@dataclass(frozen=True, slots=True)
class Mark:
    """A state of the document to come back to. Its last block's format is kept, because Qt gives an empty block
    the format of the one that is removed after it."""

    position: int
    is_fresh: bool
    decorations: Lengths
    block: QTextBlockFormat
    chars: QTextCharFormat


@dataclass(slots=True)
class _List:
    next_number: int
    """0 for bullets."""
    is_begun: bool = False


@dataclass(slots=True)
class _Place:
    """Where in the nesting the writer is."""

    lists: list[_List] = field(default_factory=list)
    opened_item: Token | None = None
    """The item whose first block is still to be written."""
    quote_depth: int = 0
    item: Item | None = None
    """What is written is this item of a list at the top level, and has no other list beside it."""
    is_in_note: bool = False
    note: str = ""
    """The number of the footnote whose first block is still to be written."""


class Writer:
    """Appends blocks to `document`; see `mark` and `take_back` for a growing text."""

    def __init__(self, document: QTextDocument, theme: Theme, *, tone: Tone = "text") -> None:
        self._document = document
        self._theme = theme
        self._tone = tone
        self._is_fresh = True
        self._place = _Place()
        self.decorations = Decorations()
        self.first_gap_px = 0.0
        """What would stand above the first block if it were not the first."""
        self._inline = InlineWriter(document, theme, self.decorations, tone=tone)
        self._cursor = self._inline.cursor
        document.setUndoRedoEnabled(False)
        document.setDocumentMargin(0)
        document.setIndentWidth(theme.px(INDENT_PX))
        document.setDefaultFont(self._inline.font)

    @property
    def has_links(self) -> bool:
        return self._inline.has_links

    @property
    def written_chars(self) -> int:
        return self._end()

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
        self.first_gap_px = 0.0
        self.take_back(Mark(0, True, NOTHING, QTextBlockFormat(), QTextCharFormat()))

    def write(self, prose: Prose) -> None:
        self._cursor.beginEditBlock()
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._place = _Place(item=prose.item)
        self._write(prose.tokens)
        self._cursor.endEditBlock()

    def write_plain(self, text: str) -> None:
        """A person's own words: every line as typed, no Markdown."""
        self._cursor.beginEditBlock()
        for line in text.split("\n"):
            self._start_block(self._block_format(top=0.0, line_height=128.0))
            self._cursor.insertText(line, self._inline.base())
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
            "footnote_open": self._open_note,
            "footnote_close": self._close_note,
            "footnote_reference_open": self._open_note,
            "footnote_reference_close": self._close_note,
            "math_block": self._write_formula,
            "hr": self._write_rule,
            "fence": self._write_nested_code,
            "code_block": self._write_nested_code,
        }

    def _write_table(self, tokens: Sequence[Token]) -> None:
        """One inside a list or a quote; those at the top level are cards of their own."""
        if not self._is_fresh:
            self._start_block(QTextBlockFormat())
        write_simple_table(self._inline, tokens, self._theme)
        self._is_fresh = True

    def _block_format(self, *, top: float, line_height: float = _LINE_HEIGHT) -> QTextBlockFormat:
        made = QTextBlockFormat()
        made.setTopMargin(top)
        made.setLineHeight(line_height, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        if self._place.quote_depth:
            made.setLeftMargin(QUOTE_PX * self._place.quote_depth)
        return made

    def _start_block(self, block_format: QTextBlockFormat, char_format: QTextCharFormat | None = None) -> None:
        chars = char_format if char_format is not None else QTextCharFormat()
        if self._end() == 0:
            self.first_gap_px = block_format.topMargin()
            block_format.setTopMargin(0.0)
        if self._is_fresh:
            self._cursor.setBlockFormat(block_format)
            self._cursor.setBlockCharFormat(chars)
        else:
            self._cursor.insertBlock(block_format, chars)
        self._cursor.setCharFormat(chars)
        self._is_fresh = False

    def _write_text_block(self, opener: Token, inline: Token) -> None:
        base = self._inline.base()
        top = 6.0 if self._place.is_in_note and not self._is_fresh else 12.0
        if opener.type == "heading_open":
            top = 22.0 if opener.tag < "h4" else 16.0
            font = QFont(self._inline.font)
            font.setPixelSize(round(font.pixelSize() * _HEADING_SCALE[opener.tag]))
            base.setFont(font)
            base.setFontWeight(QFont.Weight.DemiBold)
        is_muted = self._place.quote_depth > 0 or self._place.is_in_note or opener.tag in ("h5", "h6")
        if is_muted:
            base.setForeground(QBrush(self._theme.color("muted")))
        children = list(inline.children or [])
        block_format = self._block_format(top=top)
        if any(child.type in _FORMULAS for child in children):
            self._hold_line_height(block_format, base)
        self._enter(block_format, base)
        started = self._end()
        if self._place.note:
            self._write_note_number(base)
        self._inline.write(children, base)
        if self._place.quote_depth:
            self.decorations.quotes.append((started, self._place.quote_depth))

    def _hold_line_height(self, block_format: QTextBlockFormat, chars: QTextCharFormat) -> None:
        """Lines as high as elsewhere, and only the one with a tall formula as high as that needs."""
        font = chars.font() if chars.hasProperty(QTextCharFormat.Property.FontPixelSize) else self._inline.font
        leading = QFontMetricsF(font).height() * (_LINE_HEIGHT - 100) / 100
        block_format.setLineHeight(leading, QTextBlockFormat.LineHeightTypes.LineDistanceHeight.value)

    def _enter(self, block_format: QTextBlockFormat, chars: QTextCharFormat) -> None:
        """Starts a block, which may be the first of an item that was opened."""
        if not self._place.lists:
            self._start_block(block_format, chars)
            return
        here = self._place.lists[-1]
        opened = self._place.opened_item
        top = block_format.topMargin()
        if opened is not None and (here.is_begun or len(self._place.lists) > 1 or self._is_later_item()):
            top = min(top, _APART_PX if opened.meta.get("apart") or self._is_item_apart(opened) else _TIGHT_PX)
        elif opened is None:
            top = min(top, _APART_PX)
        block_format.setTopMargin(top)
        block_format.setIndent(len(self._place.lists))
        self._start_block(block_format, chars)
        if opened is not None:
            self._mark_item(opened)

    def _is_later_item(self) -> bool:
        return self._place.item is not None and not self._place.item.is_first

    def _is_item_apart(self, opened: Token) -> bool:
        return opened.level == 1 and self._place.item is not None and self._place.item.is_apart

    def _mark_item(self, opened: Token) -> None:
        """Notes the marker of the item that begins in this block."""
        here = self._place.lists[-1]
        task = opened.meta.get("task")
        label = f"[{task}]" if task else f"{here.next_number}." if here.next_number else ""
        self.decorations.markers.append(Marker(self._cursor.position(), len(self._place.lists), label))
        self._place.opened_item = None
        here.is_begun = True
        here.next_number += 1 if here.next_number else 0

    def _open_list(self, token: Token) -> None:
        is_ordered = token.type == "ordered_list_open"
        start = min(int(token.attrs.get("start", 1)), 999_999_999) if is_ordered else 0
        if self._place.item is not None and not self._place.lists and token.level == 0:
            start = self._place.item.number
        self._place.lists.append(_List(start))

    def _close_list(self, _token: Token) -> None:
        self._place.lists.pop()

    def _open_item(self, token: Token) -> None:
        self._place.opened_item = token

    def _close_item(self, _token: Token) -> None:
        if self._place.opened_item is not None:  # an item without words still shows its number
            self._enter(self._block_format(top=12.0), self._inline.base())

    def _open_quote(self, _token: Token) -> None:
        self._place.quote_depth += 1

    def _close_quote(self, _token: Token) -> None:
        self._place.quote_depth -= 1

    def _open_note(self, token: Token) -> None:
        if token.meta.get("is_first"):
            self._write_rule(token)
        self._place.note = str(token.meta.get("number") or token.meta["label"])
        self._place.is_in_note = True

    def _close_note(self, _token: Token) -> None:
        self._place.note = ""
        self._place.is_in_note = False

    def _write_note_number(self, base: QTextCharFormat) -> None:
        made = QTextCharFormat(base)
        made.setForeground(QBrush(self._theme.color("accent")))
        self._cursor.insertText(f"[{self._place.note}]\u2002", made)
        self._place.note = ""

    def _write_rule(self, _token: Token) -> None:
        self._enter(self._block_format(top=8.0), self._inline.base())
        self.decorations.rules.append(self._end())

    def _write_nested_code(self, token: Token) -> None:
        made = self._block_format(top=20.0, line_height=130.0)
        made.setBottomMargin(10.0)
        made.setLeftMargin(made.leftMargin() + 10.0)
        chars = self._inline.code_format()
        self._enter(made, chars)
        if self._place.quote_depth:
            self.decorations.quotes.append((self._end(), self._place.quote_depth))
        self.decorations.blocks.append(self._end())
        self._cursor.insertText(token.content.rstrip("\n").replace("\n", LINE_BREAK), chars)

    def _write_formula(self, token: Token) -> None:
        made = self._block_format(top=14.0, line_height=100.0)
        made.setBottomMargin(4.0)
        made.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        base = self._inline.base()
        if self._place.quote_depth:
            base.setForeground(QBrush(self._theme.color("muted")))
        self._enter(made, base)
        if self._place.quote_depth:
            self.decorations.quotes.append((self._end(), self._place.quote_depth))
        self._inline.write_formula(token.content, base, is_display=True)
