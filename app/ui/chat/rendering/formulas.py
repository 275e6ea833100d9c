"""TeX drawn: ziamath makes SVG on the workshop's thread, Qt paints it in whatever colour and size is needed.

ziamath takes 0.3 s to import and 8 to 80 ms for a formula, so a formula that was not drawn yet has no picture at
first; `made` says when to look again. The SVG has no colour of its own, so light and dark share it.
"""

from __future__ import annotations

import functools
import time
import warnings
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from app.chat.markup_rules import FORMULA_MAX_CHARS
from app.ui.chat.rendering.workshop import Workshop
from app.ui.theme import Theme

KEPT_MAX = 600
ASKED_MAX = 300
"""Formulas that wait to be drawn; a text with more shows the rest as TeX."""
_PICTURES_MAX = 200
_BATCH_S = 0.04
_SIDE_MAX_PX = 6_000


@dataclass(frozen=True, slots=True)
class Wanted:
    tex: str
    size_px: float
    """Of the text around it."""
    is_display: bool


@dataclass(frozen=True, slots=True)
class Formula:
    """Measures in px; `svg` is empty where the TeX cannot be drawn."""

    svg: bytes
    width: float = 0.0
    ascent: float = 0.0
    descent: float = 0.0

    @property
    def is_drawn(self) -> bool:
        return bool(self.svg)


UNDRAWN = Formula(b"")


class Formulas(QObject):
    """`find` a formula; None: it is being drawn, and `made` will tell."""

    made = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._workshop = Workshop.of(theme)
        self._kept: OrderedDict[Wanted, Formula] = OrderedDict()
        self._pictures: OrderedDict[tuple[bytes, int, int, int], QImage] = OrderedDict()
        self._asked: dict[Wanted, None] = {}
        self._is_drawing = False

    @staticmethod
    def of(theme: Theme) -> Formulas:
        """The one of this theme, made when it is first wanted; it ends with it."""
        found = theme.findChild(Formulas, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return found if isinstance(found, Formulas) else Formulas(theme)

    def find(self, wanted: Wanted) -> Formula | None:
        found = self._kept.get(wanted)
        if found is not None:
            self._kept.move_to_end(wanted)
            return found
        if len(self._asked) >= ASKED_MAX and wanted not in self._asked:
            return UNDRAWN
        self._asked[wanted] = None
        self._draw_next()
        return None

    def paint(self, painter: QPainter, rect: QRectF, formula: Formula, color: QColor) -> None:
        """Fills `rect`, whose shape is the formula's."""
        if rect.isEmpty():
            return
        ratio = painter.device().devicePixelRatioF() if painter.device() is not None else 1.0
        size = QSize(max(1, round(rect.width() * ratio)), max(1, round(rect.height() * ratio)))
        key = (formula.svg, size.width(), size.height(), color.rgba())
        picture = self._pictures.get(key)
        if picture is None:
            picture = _tinted(formula.svg, size, color)
            self._pictures[key] = picture
            while len(self._pictures) > _PICTURES_MAX:
                self._pictures.popitem(last=False)
        # On whole pixels, or it would be blurred.
        left, top = round(rect.left() * ratio) / ratio, round(rect.top() * ratio) / ratio
        painter.drawImage(QRectF(left, top, size.width() / ratio, size.height() / ratio), picture)

    def _draw_next(self) -> None:
        if self._is_drawing or not self._asked:
            return
        self._is_drawing = True
        self._workshop.do(self, functools.partial(_draw_some, tuple(self._asked)), self._on_drawn)

    def _on_drawn(self, drawn: Sequence[tuple[Wanted, Formula]]) -> None:
        self._is_drawing = False
        for wanted, formula in drawn:
            self._asked.pop(wanted, None)
            self._kept[wanted] = formula
        while len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        self._draw_next()
        self.made.emit()


def _tinted(svg: bytes, size: QSize, color: QColor) -> QImage:
    picture = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg)).render(painter)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(picture.rect(), color)
    painter.end()
    return picture


def _draw_some(wanted: Sequence[Wanted]) -> list[tuple[Wanted, Formula]]:
    """On the workshop's thread: as many as fit into a short while, at least one."""
    begun = time.monotonic()
    drawn: list[tuple[Wanted, Formula]] = []
    for one in wanted:
        drawn.append((one, _draw(one)))
        if time.monotonic() - begun > _BATCH_S:
            break
    return drawn


# Any: ziamath has no types.
def _ziamath() -> Any:
    # WORKAROUND(ziamath 0.13): it finds its font by a deprecated way, which a strict interpreter takes for an error;
    # remove when it does not warn on import any more.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import ziamath  # 0.3 s, which only a formula pays
    ziamath.config.svg2 = False  # Qt's SVG knows no <symbol>: only the bars would be seen
    return ziamath


def _draw(wanted: Wanted) -> Formula:
    if len(wanted.tex) > FORMULA_MAX_CHARS:
        return UNDRAWN
    try:
        ziamath = _ziamath()
        made = ziamath.Latex(wanted.tex, size=wanted.size_px, inline=not wanted.is_display, margin=0)
        svg = made.svg().encode()
        box = made.node.bbox
    except Exception:  # TeX is a language of its own, and its reader fails in any way it likes
        return UNDRAWN
    width, height = box.xmax - box.xmin, box.ymax - box.ymin
    if not 0 < width < _SIDE_MAX_PX or not 0 < height < _SIDE_MAX_PX:
        return UNDRAWN
    return Formula(svg, float(width), float(max(0.0, box.ymax)), float(max(0.0, -box.ymin)))
