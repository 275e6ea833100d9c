"""What Qt's text documents cannot draw well: rounded code, quote bars, rules, list markers with room beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QTextDocument

from app.chat.formulas.frames import Formula, Wanted
from app.ui.chat.rendering.formulas import Formulas
from app.ui.controls import paint_card, paint_ring
from app.ui.theme import Theme

Lengths = tuple[int, ...]
"""Of the lists of Decorations."""

QUOTE_PX = 18.0
NOTHING: Lengths = (0, 0, 0, 0, 0, 0, 0)
_MARKER_GAP = 13.0
_BLOCK_PAD = 10.0
CHIP_PX = 17
_CHIP_FONT = 0.88
"""Of the small font: a number beside words is no word."""


@dataclass(frozen=True, slots=True)
class Marker:
    """Beside the block at `position`: a number ("3."), a bullet (""), or a task ("[ ]", "[x]")."""

    position: int
    depth: int
    label: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A formula in the place of the one letter at `position`, in the colour of that name."""

    position: int
    wanted: Wanted
    color: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A citation in the place of the one letter at `position`; a space that no line breaks at stands before it."""

    position: int
    number: int
    is_proven: bool
    tip: str

    @property
    def label(self) -> str:
        return str(self.number) if self.is_proven else "!"


@dataclass(slots=True)
class Decorations:
    """Positions in the document, in its order: inline code (from, to), quotes (at, depth), rules, markers, blocks of
    code inside lists and quotes, formulas, chips."""

    code: list[tuple[int, int]] = field(default_factory=list)
    quotes: list[tuple[int, int]] = field(default_factory=list)
    rules: list[int] = field(default_factory=list)
    markers: list[Marker] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    formulas: list[Drawn] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)

    def lengths(self) -> Lengths:
        return tuple(len(listed) for listed in self._all())

    def cut(self, lengths: Lengths) -> None:
        for listed, length in zip(self._all(), lengths, strict=True):
            del listed[length:]

    def _all(self) -> tuple[list[Any], ...]:  # Any: all that matters here is their lengths
        return self.code, self.quotes, self.rules, self.markers, self.blocks, self.formulas, self.chips


def paint(painter: QPainter, document: QTextDocument, made: Decorations, theme: Theme, clip: QRectF) -> None:
    """Draws those that touch `clip`, below the text."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("code_ground"))
    for position in made.blocks:
        rect = _code_rect(document, position)
        if rect.intersects(clip):
            painter.drawRoundedRect(rect, 8, 8)
    painter.setBrush(theme.color("code_inline"))
    for start, end in made.code:
        for rect in _span_rects(document, start, end, clip, theme):
            painter.drawRoundedRect(rect, 4, 4)
    painter.setBrush(theme.color("line_strong", alpha=0.6))
    _paint_quotes(painter, document, made.quotes)
    for position in made.rules:
        rect = _block_rect(document, position)
        painter.fillRect(QRectF(0, rect.center().y(), document.textWidth(), 1), theme.color("line"))
    for marker in made.markers:
        _paint_marker(painter, document, marker, theme, clip)


def paint_formulas(
    painter: QPainter,
    document: QTextDocument,
    drawn: Sequence[tuple[Drawn, Formula]],
    formulas: Formulas,
    theme: Theme,
    clip: QRectF,
) -> None:
    """Above the text, whose selection would cover them. What is not drawn, or not yet, is seen as TeX."""
    for one, formula in drawn:
        block = document.findBlock(one.position)
        area = document.documentLayout().blockBoundingRect(block)
        line = block.layout().lineForTextPosition(one.position - block.position())
        if not line.isValid() or not _is_seen(line.rect().translated(area.topLeft()), clip):
            continue
        at = one.position - block.position()
        left, right = sorted((_x(line.cursorToX(at)), _x(line.cursorToX(at + 1))))
        baseline = area.top() + line.y() + line.ascent()
        if formula.is_drawn:
            scale = (right - left - 2) / formula.width
            height = (formula.ascent + formula.descent) * scale
            rect = QRectF(area.left() + left + 1, baseline - formula.ascent * scale, formula.width * scale, height)
            formulas.paint(painter, rect, formula, theme.color(one.color))
        else:
            painter.setFont(theme.fonts.mono)
            painter.setPen(theme.color(one.color))
            words = " ".join(one.wanted.tex.split())
            shown = QFontMetricsF(theme.fonts.mono).elidedText(words, Qt.TextElideMode.ElideRight, right - left)
            painter.drawText(QPointF(area.left() + left, baseline), shown)


def chip_font(theme: Theme) -> QFont:
    font = QFont(theme.fonts.small_strong)
    font.setPixelSize(max(1, round(font.pixelSize() * _CHIP_FONT)))
    return font


def chip_size(theme: Theme, label: str) -> QSizeF:
    height = theme.px(CHIP_PX)
    return QSizeF(max(height, QFontMetricsF(chip_font(theme)).horizontalAdvance(label) + theme.px(9)), height)


def paint_chips(
    painter: QPainter, document: QTextDocument, chips: Sequence[Chip], theme: Theme, clip: QRectF, *, focused: int
) -> None:
    """Above the text, as formulas are. The one at the position `focused` has the keyboard."""
    for chip in chips:
        block = document.findBlock(chip.position)
        area = document.documentLayout().blockBoundingRect(block)
        at = chip.position - block.position()
        line = block.layout().lineForTextPosition(at)
        if not line.isValid() or not _is_seen(line.rect().translated(area.topLeft()), clip):
            continue
        left = min(_x(line.cursorToX(at)), _x(line.cursorToX(at + 1)))
        size = chip_size(theme, chip.label)
        middle = area.top() + line.y() + line.ascent() - QFontMetricsF(theme.fonts.body).xHeight() / 2
        place = QRectF(QPointF(area.left() + left, middle - size.height() / 2), size)
        paint_chip(painter, place, chip, theme)
        if chip.position == focused:
            paint_ring(painter, place.adjusted(-2, -2, 2, 2), theme, place.height() * 0.36)


def paint_chip(painter: QPainter, rect: QRectF, chip: Chip, theme: Theme) -> None:
    tone = ("accent", "accent_ground") if chip.is_proven else ("danger", "danger_ground")
    color, ground = (theme.color(name) for name in tone)
    line = color if theme.tokens.is_high_contrast else None
    paint_card(painter, rect, ground=ground, line=line, radius=rect.height() * 0.36)
    painter.setFont(chip_font(theme))
    painter.setPen(color)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, chip.label)


def _is_seen(line: QRectF, clip: QRectF) -> bool:
    """Or nearly: what stands in it may be higher than the line."""
    return line.top() - line.height() <= clip.bottom() and line.bottom() + line.height() >= clip.top()


def _paint_quotes(painter: QPainter, document: QTextDocument, quotes: list[tuple[int, int]]) -> None:
    last_block, last_bottom = -2, 0.0
    for position, depth in quotes:
        block = document.findBlock(position)
        rect = document.documentLayout().blockBoundingRect(block)
        top = last_bottom if block.blockNumber() == last_block + 1 else rect.top()
        for level in range(depth):
            painter.drawRect(QRectF(level * QUOTE_PX, top, 3, rect.bottom() - top))
        last_block, last_bottom = block.blockNumber(), rect.bottom()


def _paint_marker(painter: QPainter, document: QTextDocument, marker: Marker, theme: Theme, clip: QRectF) -> None:
    block = document.findBlock(marker.position)
    area = document.documentLayout().blockBoundingRect(block)
    line = block.layout().lineAt(0)
    if not area.intersects(clip.adjusted(0, -4, 0, 4)) or not line.isValid():
        return
    size = theme.fonts.body.pixelSize()
    baseline = area.top() + line.y() + line.ascent()
    # On the side where the text begins.
    is_right_to_left = block.textDirection() == Qt.LayoutDirection.RightToLeft
    edge = area.left() + line.x() + (line.width() if is_right_to_left else 0.0)
    middle = QPointF(edge + (_MARKER_GAP if is_right_to_left else -_MARKER_GAP), baseline - size * 0.36)
    painter.save()
    if marker.label.startswith("["):
        icon, color = ("check-square-fill", "accent") if marker.label == "[x]" else ("square", "muted")
        box = QRectF(middle - QPointF(size * 0.62, size * 0.62), middle + QPointF(size * 0.62, size * 0.62))
        theme.icons.paint(painter, icon, box, theme.color(color))
    elif marker.label:
        painter.setFont(theme.fonts.body)
        painter.setPen(theme.color("muted"))
        width = QFontMetricsF(theme.fonts.body).horizontalAdvance(marker.label)
        painter.drawText(QPointF(edge + 8 if is_right_to_left else edge - width - 8, baseline), marker.label)
    elif marker.depth % 2:
        painter.setBrush(theme.color("muted"))
        painter.drawEllipse(middle, size * 0.17, size * 0.17)
    else:
        painter.setBrush(theme.color("muted"))
        painter.drawRoundedRect(QRectF(middle.x() - 4, middle.y() - 0.8, 8, 1.6), 0.8, 0.8)
    painter.restore()


def _block_rect(document: QTextDocument, position: int) -> QRectF:
    return document.documentLayout().blockBoundingRect(document.findBlock(position))


def _code_rect(document: QTextDocument, position: int) -> QRectF:
    """From where the text begins to the other side of the column."""
    block = document.findBlock(position)
    area = document.documentLayout().blockBoundingRect(block)
    line = block.layout().lineAt(0)
    if block.textDirection() == Qt.LayoutDirection.RightToLeft:
        area.setRight(area.left() + line.x() + line.width() + _BLOCK_PAD)
        area.setLeft(0)
    else:
        area.setLeft(area.left() + line.x() - _BLOCK_PAD)
        area.setRight(document.textWidth())
    return area.adjusted(0, 1 - _BLOCK_PAD, 0, _BLOCK_PAD - 5)


def _span_rects(document: QTextDocument, start: int, end: int, clip: QRectF, theme: Theme) -> Iterator[QRectF]:
    block = document.findBlock(start)
    area = document.documentLayout().blockBoundingRect(block)
    if not area.intersects(clip):
        return
    first, last = start - block.position(), end - block.position()
    layout = block.layout()
    size = theme.fonts.mono.pixelSize()
    line = layout.lineForTextPosition(first)
    while line.isValid() and line.textStart() < last:
        a, b = max(first, line.textStart()), min(last, line.textStart() + line.textLength())
        top = area.top() + line.y() + line.ascent() - size * 1.08
        if a < b and top < clip.bottom() and top + size * 1.46 > clip.top():
            left, right = sorted((_x(line.cursorToX(a)), _x(line.cursorToX(b))))
            yield QRectF(area.left() + left, top, right - left, size * 1.46)
        line = layout.lineAt(line.lineNumber() + 1)


def _x(value: object) -> float:
    """PySide6 returns (x, position) where C++ returns x."""
    first = value[0] if isinstance(value, tuple) else value
    return float(first) if isinstance(first, (int, float)) else 0.0
