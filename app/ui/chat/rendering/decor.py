"""What Qt's text documents cannot draw well: rounded code, quote bars, rules, list markers with room beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QTextDocument

from app.ui.theme import Theme

QUOTE_PX = 18.0
_MARKER_GAP = 13.0


@dataclass(frozen=True, slots=True)
class Marker:
    """Beside the block at `position`: a number ("3."), a bullet (""), or a task ("[ ]", "[x]")."""

    position: int
    depth: int
    label: str


@dataclass(slots=True)
class Decorations:
    """Positions in the document, in its order: inline code (from, to), quotes (at, depth), rules, markers."""

    code: list[tuple[int, int]] = field(default_factory=list)
    quotes: list[tuple[int, int]] = field(default_factory=list)
    rules: list[int] = field(default_factory=list)
    markers: list[Marker] = field(default_factory=list)

    def lengths(self) -> tuple[int, int, int, int]:
        return len(self.code), len(self.quotes), len(self.rules), len(self.markers)

    def cut(self, lengths: tuple[int, int, int, int]) -> None:
        code, quotes, rules, markers = lengths
        del self.code[code:], self.quotes[quotes:], self.rules[rules:], self.markers[markers:]


def paint(painter: QPainter, document: QTextDocument, made: Decorations, theme: Theme, clip: QRectF) -> None:
    """Draws those that touch `clip`, below the text."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
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


def _span_rects(document: QTextDocument, start: int, end: int, clip: QRectF, theme: Theme) -> Iterator[QRectF]:
    block = document.findBlock(start)
    area = document.documentLayout().blockBoundingRect(block)
    if not area.intersects(clip):
        return
    first, last = start - block.position(), end - block.position()
    layout = block.layout()
    size = theme.fonts.mono.pixelSize()
    for number in range(layout.lineCount()):
        line = layout.lineAt(number)
        a, b = max(first, line.textStart()), min(last, line.textStart() + line.textLength())
        if a < b:
            left, right = sorted((_x(line.cursorToX(a)), _x(line.cursorToX(b))))
            top = area.top() + line.y() + line.ascent() - size * 1.08
            yield QRectF(area.left() + left, top, right - left, size * 1.46)


def _x(value: object) -> float:
    """PySide6 returns (x, position) where C++ returns x."""
    first = value[0] if isinstance(value, tuple) else value
    return float(first) if isinstance(first, (int, float)) else 0.0
