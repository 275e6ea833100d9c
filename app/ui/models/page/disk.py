"""Where models lie: each folder with what it holds, and what is left on its drive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import Text
from app.ui.models.page import wording
from app.ui.models.page.parts import PAD_PX, MiddleElided, Row
from app.ui.models.page.shown import DiskShown
from app.ui.theme import Theme

_BAR_PX = 12
_LEAST_PART_PX = 3.0
_CUT_PX = 1.5  # between parts
_DOT_PX, _DOT_GAP_PX, _ITEM_GAP_PX = 8, 6, 18
_Part = Literal["models", "unfinished", "other"]
# Token and alpha, as the bars of a model's memory have them.
_INKS: dict[_Part, tuple[str, float]] = {
    "models": ("accent", 1.0),
    "unfinished": ("accent", 0.45),
    "other": ("line_strong", 0.7),
}


class DiskRow(Row):
    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self.folder = MiddleElided(theme, "", parent=self, font=theme.fonts.ui_strong)
        self.free = Text(theme, "", parent=self, font=theme.fonts.small, color="muted")
        self.bar = DiskBar(theme, parent=self)
        self.legend = DiskLegend(theme, parent=self)
        self.note = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(self.folder, 1)
        head.addWidget(self.free)
        column = QVBoxLayout(self)
        column.setContentsMargins(PAD_PX, 14, PAD_PX, 14)
        column.setSpacing(7)
        column.addLayout(head)
        for part in (self.bar, self.legend, self.note):
            column.addWidget(part)

    def show_disk(self, shown: DiskShown) -> None:
        self.folder.set_text(shown.folder)
        self.free.setText(_("{size} free").format(size=wording.size(shown.free_bytes) or _("nothing")))
        self.bar.show_disk(shown)
        self.legend.show_disk(shown)
        self.note.setText(_note(shown))
        self.note.setVisible(bool(self.note.text()))
        accessible.name(self, f"{shown.folder}: {self.free.text()}. {self.legend.words}. {self.note.text()}".strip())


class DiskBar(QWidget):
    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: DiskShown | None = None
        self.setFixedHeight(_BAR_PX)
        theme.changed.connect(self.update)

    def show_disk(self, shown: DiskShown) -> None:
        self._shown = shown
        accessible.name(self, _("What {folder} holds").format(folder=shown.folder))
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
        """Each part as wide as it is large, but never too thin to be seen."""
        if self._shown is None:
            return
        sizes = _sizes(self._shown)
        scale = whole.width() / max(1, sum(sizes.values()) + self._shown.free_bytes)
        x = whole.left()
        for part, size_bytes in sizes.items():
            width = max(_LEAST_PART_PX, size_bytes * scale)
            yield QRectF(x, whole.top(), width - _CUT_PX, whole.height()), _ink(self._theme, part)
            x += width


class DiskLegend(QWidget):
    """What the parts are and how large, in a line that goes on below where it is too long."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._items: list[tuple[_Part, str]] = []
        self.setFont(theme.fonts.small)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.update)

    @property
    def words(self) -> str:
        return ", ".join(words for _part, words in self._items)

    def show_disk(self, shown: DiskShown) -> None:
        self._items = [(part, f"{_words(part)} {wording.size(size)}") for part, size in _sizes(shown).items()]
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
        for (part, words), rect in zip(self._items, self._places(self.width()), strict=True):
            dot = QRectF(rect.left(), rect.center().y() - _DOT_PX / 2, _DOT_PX, _DOT_PX)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_ink(self._theme, part))
            painter.drawRoundedRect(dot, 2.5, 2.5)
            painter.setPen(self._theme.color("muted"))
            text = rect.adjusted(_DOT_PX + _DOT_GAP_PX, 0, 0, 0)
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, words)

    def _places(self, width: int) -> list[QRectF]:
        metrics, line = QFontMetricsF(self.font()), self._line_px()
        places: list[QRectF] = []
        x, y = 0.0, 0.0
        for _part, words in self._items:
            item = _DOT_PX + _DOT_GAP_PX + metrics.horizontalAdvance(words) + 2
            if x > 0 and x + item > width:
                x, y = 0.0, y + line
            places.append(QRectF(x, y, item, line))
            x += item + _ITEM_GAP_PX
        return places

    def _line_px(self) -> float:
        return QFontMetricsF(self.font()).height() + 4


def _sizes(shown: DiskShown) -> dict[_Part, int]:
    """Those that are there, in the order of the bar."""
    sizes: dict[_Part, int] = {
        "models": shown.models_bytes,
        "unfinished": shown.unfinished_bytes,
        "other": shown.other_bytes,
    }
    return {part: size for part, size in sizes.items() if size > 0}


def _ink(theme: Theme, part: _Part) -> QColor:
    token, alpha = _INKS[part]
    return theme.color(token, alpha=alpha)


def _words(part: _Part) -> str:
    return {"models": _("Models"), "unfinished": _("Unfinished"), "other": _("Everything else")}[part]


def _note(shown: DiskShown) -> str:
    if shown.is_read_only:
        return _("Shared by everyone on this computer; Paddock only reads here.")
    return "" if shown.is_current else _("Chosen earlier; what is here is still used, new models go elsewhere.")
