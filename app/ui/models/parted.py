"""What something holds, drawn: a bar of portions, and below it what they are and how large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui import accessible
from app.ui.theme import Theme

_BAR_PX = 12
_LEAST_PART_PX = 3.0
_CUT_PX = 1.5  # between portions
_DOT_PX, _DOT_GAP_PX, _ITEM_GAP_PX = 8, 6, 18


@dataclass(frozen=True, slots=True)
class Portion:
    """`words` name it with its size; `ink` is a token of the theme and an alpha."""

    size_bytes: int
    words: str
    ink: tuple[str, float]


class PartedBar(QWidget):
    """Empty until `show_portions`."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._portions: tuple[Portion, ...] = ()
        self._total_bytes = 0
        self.setFixedHeight(_BAR_PX)
        theme.changed.connect(self.update)

    def show_portions(self, name: str, portions: Sequence[Portion], total_bytes: int) -> None:
        """`total_bytes` is the whole width, unless the portions come to more."""
        self._portions, self._total_bytes = tuple(portions), total_bytes
        accessible.name(self, name)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect())
        outline = QPainterPath()
        outline.addRoundedRect(whole, _BAR_PX / 2, _BAR_PX / 2)
        painter.fillPath(outline, self._theme.color("pressed"))
        painter.setClipPath(outline)
        for rect, ink in self._parts(whole):
            painter.fillRect(rect, ink)

    def _parts(self, whole: QRectF) -> Iterator[tuple[QRectF, QColor]]:
        """Each as wide as it is large, but never too thin to be seen."""
        used = sum(portion.size_bytes for portion in self._portions)
        scale = whole.width() / max(1, self._total_bytes, used)
        x = whole.left()
        for portion in self._portions:
            if portion.size_bytes > 0:
                width = max(_LEAST_PART_PX, portion.size_bytes * scale)
                yield QRectF(x, whole.top(), width - _CUT_PX, whole.height()), _color(self._theme, portion)
                x += width


class PartedLegend(QWidget):
    """In a line that goes on below where it is too long. Portions of no size are left out."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._portions: tuple[Portion, ...] = ()
        self.setFont(theme.fonts.small)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.update)

    @property
    def words(self) -> str:
        return ", ".join(portion.words for portion in self._portions)

    def show_portions(self, portions: Sequence[Portion]) -> None:
        self._portions = tuple(portion for portion in portions if portion.size_bytes > 0)
        accessible.name(self, self.words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(200))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, round(self._line_px()))

    def heightForWidth(self, width: int) -> int:
        return round(max((rect.bottom() for rect in self._places(width)), default=0.0))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        for portion, rect in zip(self._portions, self._places(self.width()), strict=True):
            dot = QRectF(rect.left(), rect.center().y() - _DOT_PX / 2, _DOT_PX, _DOT_PX)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_color(self._theme, portion))
            painter.drawRoundedRect(dot, 2.5, 2.5)
            painter.setPen(self._theme.color("muted"))
            text = rect.adjusted(_DOT_PX + _DOT_GAP_PX, 0, 0, 0)
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, portion.words)

    def _places(self, width: int) -> list[QRectF]:
        metrics, line = QFontMetricsF(self.font()), self._line_px()
        places: list[QRectF] = []
        x, y = 0.0, 0.0
        for portion in self._portions:
            item = _DOT_PX + _DOT_GAP_PX + metrics.horizontalAdvance(portion.words) + 2
            if x > 0 and x + item > width:
                x, y = 0.0, y + line
            places.append(QRectF(x, y, item, line))
            x += item + _ITEM_GAP_PX
        return places

    def _line_px(self) -> float:
        return QFontMetricsF(self.font()).height() + 4


def _color(theme: Theme, portion: Portion) -> QColor:
    token, alpha = portion.ink
    return theme.color(token, alpha=alpha)
