"""The inside of a paragraph written into a document: words, bold, links, code, formulas, marks of footnotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from markdown_it.token import Token
from PySide6.QtCore import QUrl
from PySide6.QtGui import (
    QBrush,
    QFont,
    QFontMetrics,
    QImage,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextImageFormat,
)

from app.chat.formulas.frames import Formula, Wanted
from app.chat.formulas.guessing import height_of
from app.chat.markup import safe_url
from app.ui.accessible import plain_tooltip
from app.ui.chat.rendering.citing import CHIP, UNPROVEN, Placed
from app.ui.chat.rendering.decor import Chip, Decorations, Drawn, chip_size
from app.ui.chat.rendering.formulas import Formulas
from app.ui.theme import Theme
from app.ui.tokens import COLUMN_PX

Tone = Literal["text", "muted"]

LINE_BREAK = "\u2028"
OBJECT = "\ufffc"
FORMULAS_MAX = 100
"""In one view; more stay TeX, because each costs a picture and a place."""
_CODE_PAD = "\u202f"
"""Room for the rounded ground painted below inline code, and before a chip: thin, and of the spaces that Qt breaks no
line at."""
_FORMULA_SCALE = 1.08
"""The formulas' font looks smaller than the text's."""
_SHRUNK_MIN = 0.45
"""A formula wider than the column is made smaller, down to about this; beyond, its TeX is easier to read."""
_BLANK = QUrl("formula")
CHIP_SCHEME = "chip"
"""Of the address of a chip, which no link in a text can have: `safe_url` knows it not."""


class InlineWriter:
    """Writes at `cursor`, which the owner moves. What it cannot put into the document goes into `decorations`."""

    def __init__(self, document: QTextDocument, theme: Theme, decorations: Decorations, *, tone: Tone = "text") -> None:
        self._theme = theme
        self._formulas = Formulas.of(theme)
        self._decorations = decorations
        self._tone = tone
        self.cursor = QTextCursor(document)
        self.has_links = False
        # Formulas are painted by the view over a picture of nothing, which only keeps their place.
        blank = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
        blank.fill(0)
        document.addResource(QTextDocument.ResourceType.ImageResource.value, _BLANK, blank)

    def base(self) -> QTextCharFormat:
        made = QTextCharFormat()
        if self._tone == "muted":
            made.setFont(self.font)
            made.setForeground(QBrush(self._theme.color("muted")))
        return made

    @property
    def font(self) -> QFont:
        return self._theme.fonts.body if self._tone == "text" else self._theme.fonts.ui

    def code_format(self) -> QTextCharFormat:
        made = QTextCharFormat()
        made.setFont(self._theme.fonts.mono)
        return made

    def write(self, children: Sequence[Token], base: QTextCharFormat) -> None:
        stack = [base]
        for token in children:
            if token.type in ("text", "text_special"):
                self.cursor.insertText(token.content, self._doubted(stack[-1]) if UNPROVEN in token.meta else stack[-1])
            elif token.type in ("softbreak", "hardbreak"):
                self.cursor.insertText(LINE_BREAK, stack[-1])
            elif token.type == "code_inline":
                self._write_code(token.content, stack[-1])
            elif token.type in ("math_inline", "math_inline_double"):
                self.write_formula(token.content, stack[-1], is_display=token.type == "math_inline_double")
            elif token.type == "footnote_ref":
                self._write_mark(token, stack[-1])
            elif token.type == CHIP:
                self._write_chip(token.meta[CHIP], stack[-1])
            elif token.nesting == 1:
                stack.append(self._opened(token, stack[-1]))
            elif token.nesting == -1 and len(stack) > 1:
                stack.pop()

    def write_formula(self, tex: str, around: QTextCharFormat, *, is_display: bool) -> None:
        size = around.font().pixelSize() if around.hasProperty(QTextCharFormat.Property.FontPixelSize) else 0
        wanted = Wanted(tex, round((size or self.font.pixelSize()) * _FORMULA_SCALE, 1), is_display)
        if len(self._decorations.formulas) >= FORMULAS_MAX:
            self._write_code(tex.replace("\n", LINE_BREAK), around)
            return
        formula = self._formulas.find(wanted)
        if formula is not None and (not formula.is_drawn or formula.width > COLUMN_PX / _SHRUNK_MIN):
            self._write_code(tex.replace("\n", LINE_BREAK), around)
            return
        is_muted = around.foreground().color() == self._theme.color("muted")
        color = "muted" if is_muted else "text"
        drawn = Drawn(self.cursor.position(), wanted, color)
        self._decorations.formulas.append(drawn)
        self.cursor.insertText(OBJECT, place_for(formula, wanted, self.font))

    def _write_code(self, text: str, around: QTextCharFormat) -> None:
        chars = self.code_format()
        if around.isAnchor():
            chars.merge(around)
            chars.setFont(self._theme.fonts.mono)
        started = self.cursor.position()
        self.cursor.insertText(_CODE_PAD, around)
        self.cursor.insertText(text, chars)
        self.cursor.insertText(_CODE_PAD, around)
        self._decorations.code.append((started, self.cursor.position()))

    def _write_mark(self, token: Token, around: QTextCharFormat) -> None:
        made = QTextCharFormat(around)
        made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignSuperScript)
        made.setForeground(QBrush(self._theme.color("accent")))
        self.cursor.insertText(f"[{int(token.meta['id']) + 1}]", made)

    def _doubted(self, around: QTextCharFormat) -> QTextCharFormat:
        """A quotation whose words are not in the source."""
        made = QTextCharFormat(around)
        made.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        made.setUnderlineColor(self._theme.color("danger"))
        return made

    def _write_chip(self, chip: Placed, around: QTextCharFormat) -> None:
        before = QTextCharFormat(around)
        before.setUnderlineStyle(QTextCharFormat.UnderlineStyle.NoUnderline)
        before.clearProperty(QTextCharFormat.Property.AnchorHref)
        before.setAnchor(False)
        self.cursor.insertText(_CODE_PAD, before)
        shown = Chip(self.cursor.position(), chip.number, chip.is_proven, chip.tip)
        self._decorations.chips.append(shown)
        size = chip_size(self._theme, shown.label)
        made = QTextImageFormat()
        made.setName(_BLANK.toString())
        made.setWidth(size.width())
        made.setHeight(1)  # it is painted higher, and makes no line higher
        made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
        made.setAnchor(True)
        made.setAnchorHref(f"{CHIP_SCHEME}:{chip.place}")
        made.setToolTip(plain_tooltip(chip.tip))
        self.cursor.insertText(OBJECT, made)
        self.has_links = True

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


def place_for(formula: Formula | None, wanted: Wanted, font: QFont, *, room: float = 0.0) -> QTextImageFormat:
    """The room a formula takes in its line, at most `room` wide (0: any). Qt puts such an object half above and half
    below the middle of small letters, so it is made high enough for the larger half; `decor` paints accordingly."""
    made = QTextImageFormat()
    made.setName(_BLANK.toString())
    made.setFont(font)
    made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
    if formula is None or not formula.is_drawn:
        width = min(len(wanted.tex) * wanted.size_px * 0.4, 30 * wanted.size_px)
        made.setWidth(min(width, room) if room else width)
        made.setHeight(_height_for(*height_of(wanted), font))
        return made
    scale = shrunk(formula, room)
    made.setWidth(formula.width * scale + 2)
    made.setHeight(scale * _height_for(formula.ascent, formula.descent, font))
    return made


def _height_for(ascent: float, descent: float, font: QFont) -> float:
    return 2 * max(ascent - half_x(font), descent + half_x(font))


def shrunk(formula: Formula, room: float) -> float:
    """By how much a formula is made smaller to fit."""
    return min(1.0, (room - 2) / formula.width) if room > 2 and formula.width else 1.0


def half_x(font: QFont) -> float:
    """Half of half the height of small letters, Qt's measure for the middle of a line."""
    return QFontMetrics(font).xHeight() / 4
