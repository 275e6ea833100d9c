"""Where a model runs: the memory of each device as a bar, what is in it in figures, and why it was planned so."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import Card, ElidedText, Text
from app.ui.models.shown import BarShown, PartKind, PlanShown
from app.ui.theme import Theme

_BAR_PX = 12
_LEAST_PART_PX = 3.0
_CUT_PX = 1.5  # between parts
_DOT_PX = 8
_DOT_GAP_PX = 6
_ITEM_GAP_PX = 18
# Token and alpha: one hue from full to faint, so that the order can be seen without colours.
_INKS: dict[PartKind, tuple[str, float]] = {
    "weights": ("accent", 1.0),
    "kv": ("accent", 0.6),
    "working": ("accent", 0.32),
    "other": ("line_strong", 0.7),
}


class MemoryCard(Card):
    """Read only; `show_plan` as often as there is a new one."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 14, 16, 16)
        self._column.setSpacing(16)
        self._content: QWidget | None = None

    def show_plan(self, plan: PlanShown) -> None:
        if self._content is not None:
            self._column.removeWidget(self._content)
            self._content.hide()
            self._content.deleteLater()
        self._content = QWidget(self)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        if plan.reasons:
            column.addWidget(Text(self._theme, plan.reasons[0], parent=self._content).wrapped())
        for bar in plan.bars:
            column.addWidget(DeviceMemory(self._theme, bar, parent=self._content))
        if plan.reasons[1:]:
            why = QVBoxLayout()
            why.setSpacing(3)
            for reason in plan.reasons[1:]:
                why.addWidget(
                    Text(
                        self._theme, reason, parent=self._content, font=self._theme.fonts.small, color="muted"
                    ).wrapped()
                )
            column.addLayout(why)
        self._column.addWidget(self._content)


class DeviceMemory(QWidget):
    """One device: its name and size, the bar, the figures."""

    def __init__(self, theme: Theme, shown: BarShown, *, parent: QWidget) -> None:
        super().__init__(parent)
        used = sum(part.size_bytes for part in shown.parts)
        room = max(shown.total_bytes, used)
        size = _("{free} free of {total}").format(free=size_words(shown.free_bytes), total=size_words(room))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(7)
        title = QHBoxLayout()
        title.setSpacing(16)
        title.addWidget(ElidedText(theme, shown.device, parent=self, font=theme.fonts.ui_strong), 1)
        title.addWidget(Text(theme, size, parent=self, font=theme.fonts.small, color="muted"))
        column.addLayout(title)
        column.addWidget(MemoryBar(theme, shown, parent=self))
        legend = Legend(theme, shown, parent=self)
        column.addWidget(legend)
        accessible.name(self, f"{shown.device}: {size}", legend.words)


class MemoryBar(QWidget):
    def __init__(self, theme: Theme, shown: BarShown, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown = shown
        self.setFixedHeight(_BAR_PX)
        accessible.name(self, _("Memory of {device}").format(device=shown.device))
        theme.changed.connect(self.update)

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
        """Each part as wide as it is large, but never too thin to be seen."""
        used = sum(part.size_bytes for part in self._shown.parts)
        scale = whole.width() / max(1, self._shown.total_bytes, used)
        x = whole.left()
        for part in self._shown.parts:
            if part.size_bytes > 0:
                width = max(_LEAST_PART_PX, part.size_bytes * scale)
                yield QRectF(x, whole.top(), width - _CUT_PX, whole.height()), part_ink(self._theme, part.kind)
                x += width


class Legend(QWidget):
    """What the parts are and how large, in a line that goes on below where it is too long."""

    def __init__(self, theme: Theme, shown: BarShown, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._items = [
            (part.kind, f"{part_words(part.kind)} {size_words(part.size_bytes)}")
            for part in shown.parts
            if part.size_bytes > 0
        ]
        self.setFont(theme.fonts.small)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        accessible.name(self, self.words)
        theme.changed.connect(self.update)

    @property
    def words(self) -> str:
        return ", ".join(words for _kind, words in self._items)

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
        for (kind, words), rect in zip(self._items, self._places(self.width()), strict=True):
            dot = QRectF(rect.left(), rect.center().y() - _DOT_PX / 2, _DOT_PX, _DOT_PX)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(part_ink(self._theme, kind))
            painter.drawRoundedRect(dot, 2.5, 2.5)
            painter.setPen(self._theme.color("muted"))
            text = rect.adjusted(_DOT_PX + _DOT_GAP_PX, 0, 0, 0)
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, words)

    def _places(self, width: int) -> list[QRectF]:
        metrics, line = QFontMetricsF(self.font()), self._line_px()
        places: list[QRectF] = []
        x, y = 0.0, 0.0
        for _kind, words in self._items:
            item = _DOT_PX + _DOT_GAP_PX + metrics.horizontalAdvance(words) + 2
            if x > 0 and x + item > width:
                x, y = 0.0, y + line
            places.append(QRectF(x, y, item, line))
            x += item + _ITEM_GAP_PX
        return places

    def _line_px(self) -> float:
        return QFontMetricsF(self.font()).height() + 4


def part_ink(theme: Theme, kind: PartKind) -> QColor:
    token, alpha = _INKS[kind]
    return theme.color(token, alpha=alpha)


def part_words(kind: PartKind) -> str:
    return {
        "weights": _("Weights"),
        "kv": _("KV cache"),
        "working": _("Working memory"),
        "other": _("Other programs"),
    }[kind]


def size_words(size_bytes: int) -> str:
    """In GB, or in MB where that would be a fraction."""
    if size_bytes < 950_000_000:
        return _("{size:.0f} MB").format(size=max(min(size_bytes, 1), size_bytes / 1e6))
    return _("{size:.1f} GB").format(size=size_bytes / 1e9)
