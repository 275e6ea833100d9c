"""Tables in text documents: cells written, and columns measured so that no word is ever broken.

A table inside a list or a quote is written as it comes. One at the top level has a document of its own (table_card),
whose columns get what they would like where there is room, and never less than their longest word.
"""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token
from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QFont,
    QFontMetricsF,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
    QTextTableCellFormat,
    QTextTableFormat,
)

from app.chat.markup import inline_text
from app.ui.chat.rendering.citing import CHIP
from app.ui.chat.rendering.decor import CHIP_PX
from app.ui.chat.rendering.inline import InlineWriter
from app.ui.chat.rendering.markdown import Cell
from app.ui.theme import Theme

CELL_PAD_PX = 8
COMFORT_PX = 300
"""A column that would like to be wider than this is wrapped before the table is made to scroll."""

# Without "absolute" Qt turns right and left round in text that reads from right to left.
_ALIGN = {
    "left": Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute,
    "right": Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute,
    "center": Qt.AlignmentFlag.AlignHCenter,
}


def table_format() -> QTextTableFormat:
    made = QTextTableFormat()
    made.setBorder(0)
    made.setBorderCollapse(True)
    made.setCellPadding(CELL_PAD_PX)
    made.setCellSpacing(0)
    return made


def write_simple_table(inline: InlineWriter, tokens: Sequence[Token], theme: Theme) -> None:
    rows: list[list[tuple[Token, Token]]] = []
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append((token, tokens[index + 1]))
    made = table_format()
    made.setTopMargin(10.0)
    made.setBottomMargin(12.0)
    made.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    cursor = QTextCursor(inline.cursor)
    table = cursor.insertTable(len(rows), max(len(row) for row in rows), made)
    for number, row in enumerate(rows):
        for column, (opener, words) in enumerate(row):
            align = str(opener.attrs.get("style", "")).removeprefix("text-align:")
            is_head = opener.type == "th_open"
            write_cell(inline, table, (number, column), words.children or (), align, theme, is_head=is_head)
    inline.cursor.movePosition(QTextCursor.MoveOperation.End)


def write_cell(
    inline: InlineWriter,
    table: QTextTable,
    place: tuple[int, int],
    children: Sequence[Token],
    align: str,
    theme: Theme,
    *,
    is_head: bool,
) -> None:
    """`place` is row and column."""
    cell = table.cellAt(*place)
    cell_format = QTextTableCellFormat()
    cell_format.setBottomBorder(1)
    cell_format.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    cell_format.setBottomBorderBrush(QBrush(theme.color("line_strong" if is_head else "line")))
    cell.setFormat(cell_format)
    inline.cursor.setPosition(cell.firstPosition())
    block_format = QTextBlockFormat()
    block_format.setLineHeight(125.0, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    if align in _ALIGN:
        block_format.setAlignment(_ALIGN[align])
    inline.cursor.setBlockFormat(block_format)
    base = QTextCharFormat()
    if is_head:
        base.setFont(theme.fonts.ui_strong)
        base.setForeground(QBrush(theme.color("muted")))
    inline.write(children, base)


class Columns:
    """What the columns of a growing table need, in px without their padding."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._metrics: dict[str, QFontMetricsF] = {
            "text": QFontMetricsF(theme.fonts.body),
            "strong": QFontMetricsF(_bold(theme.fonts.body)),
            "head": QFontMetricsF(theme.fonts.ui_strong),
            "code": QFontMetricsF(theme.fonts.mono),
        }
        self.longest_words: list[float] = []
        self.longest_lines: list[float] = []

    def add(self, row: Sequence[Cell], *, is_head: bool = False) -> None:
        if not self.longest_words:
            self.longest_words = [0.0] * len(row)
            self.longest_lines = [0.0] * len(row)
        for column, cell in enumerate(row):
            word, line = self._measure(cell, is_head=is_head)
            self.longest_words[column] = max(self.longest_words[column], word)
            self.longest_lines[column] = max(self.longest_lines[column], line)

    def widths(self, room: float) -> list[float]:
        """With padding, filling `room` px, or more than that where the words need more."""
        padding = 2.0 * CELL_PAD_PX + 2
        most = [line + padding for line in self.longest_lines]
        least = [word + padding for word in self.longest_words]
        if sum(most) <= room:
            spare = (room - sum(most)) / len(most)
            return [width + spare for width in most]
        comfort = [max(low, min(high, COMFORT_PX)) for low, high in zip(least, most, strict=True)]
        if sum(least) > room:
            return comfort
        wish = [high - low for low, high in zip(least, most, strict=True)]
        share = (room - sum(least)) / (sum(wish) or 1.0)
        return [low + wished * share for low, wished in zip(least, wish, strict=True)]

    def _measure(self, cell: Cell, *, is_head: bool) -> tuple[float, float]:
        """Longest word and longest line of a cell; a little too wide rather than too narrow."""
        kinds = {token.type for token in cell.tokens}
        face = "head" if is_head else "strong" if "strong_open" in kinds else "text"
        text = inline_text(cell.tokens)
        metrics = self._metrics[face]
        chips = sum(token.type == CHIP for token in cell.tokens)
        extra = 1.6 * chips * self._theme.px(CHIP_PX)
        if "code_inline" in kinds:
            if self._metrics["code"].averageCharWidth() > metrics.averageCharWidth():
                metrics = self._metrics["code"]
            extra += 2 * self._metrics["text"].horizontalAdvance("\u202f") + 2
        if len(text) <= 3:
            width = metrics.horizontalAdvance(text) + extra
            return width, width
        line = max((metrics.horizontalAdvance(part) for part in text.split("\n")), default=0.0)
        words = sorted(text.split(), key=len, reverse=True)[:4]
        word = max((metrics.horizontalAdvance(part) for part in words if not _breaks_anywhere(part)), default=0.0)
        return max(word, 24.0) + extra, line + extra


def _breaks_anywhere(word: str) -> bool:
    """Scripts without spaces between words (CJK, Thai) may be broken between their letters."""
    free = sum("\u0e00" <= letter <= "\u0eff" or letter >= "\u2e80" for letter in word)
    return len(word) > 4 and free * 2 > len(word)


def _bold(font: QFont) -> QFont:
    made = QFont(font)
    made.setWeight(QFont.Weight.DemiBold)
    return made
