"""What a page is drawn with. Paper stays white in the dark, too, as it is a picture of the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from app.documents.parts import Rectangle
from app.ui.controls import paint_shadow
from app.ui.theme import Theme
from app.ui.tokens import LIGHT

PAPER: Final = LIGHT.window
INK: Final = LIGHT.muted
_ROUND_PX: Final = 2.0


def paint_sheet(painter: QPainter, theme: Theme, place: QRectF, image: QImage | None, ratio: float) -> None:
    """A page where it lies, empty while there is no picture of it. `ratio`: the screen's pixels by logical ones."""
    paint_shadow(painter, place, 2, theme.color("shadow"), depth=8)
    painter.fillRect(place, QColor(PAPER))
    if image is not None:
        is_exact = abs(image.width() - place.width() * ratio) < 1
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_exact)
        painter.drawImage(place, image, QRectF(image.rect()))
    if theme.tokens.is_high_contrast:
        painter.setPen(QPen(theme.color("line_strong"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place)


def paint_marks(painter: QPainter, theme: Theme, place: QRectF, marks: Iterable[Rectangle]) -> None:
    """What a citation speaks of."""
    path = _paint_ink(painter, theme.color("paper_mark"), place, marks)
    if theme.tokens.is_high_contrast and not path.isEmpty():
        painter.strokePath(path.simplified(), QPen(theme.color("paper_line"), 1.5))


def paint_selection(painter: QPainter, theme: Theme, place: QRectF, selected: Iterable[Rectangle]) -> None:
    """What the person has selected."""
    _paint_ink(painter, theme.color("paper_selection"), place, selected)


def _paint_ink(painter: QPainter, ink: QColor, place: QRectF, marks: Iterable[Rectangle]) -> QPainterPath:
    """Over the page, letting what is below through. Where two overlap it does not become darker."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for mark in marks:
        path.addRoundedRect(mark_rect(place, mark), _ROUND_PX, _ROUND_PX)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
    painter.fillPath(path, ink)
    painter.restore()
    return path


def mark_rect(place: QRectF, mark: Rectangle) -> QRectF:
    """Where a mark is on a page that lies at `place`."""
    width, height = place.width(), place.height()
    left, top = place.left() + mark.left * width, place.top() + mark.top * height
    return QRectF(left, top, (mark.right - mark.left) * width, (mark.bottom - mark.top) * height)
