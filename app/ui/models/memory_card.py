"""Where a model runs: the memory of each device as a bar, what is in it in figures, and why it was planned so."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.text import _, decimal
from app.ui import accessible
from app.ui.controls import Card, ElidedText, Text
from app.ui.folding import FoldingRow
from app.ui.models.parted import PartedBar, PartedLegend, Portion
from app.ui.models.shown import BarShown, PartKind, PlanShown
from app.ui.theme import Theme

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
        title = FoldingRow()
        title.setSpacing(16)
        title.addWidget(ElidedText(theme, shown.device, parent=self, font=theme.fonts.ui_strong), 1)
        title.addWidget(Text(theme, size, parent=self, font=theme.fonts.small, color="muted").wrapped())
        column.addLayout(title)
        column.addWidget(MemoryBar(theme, shown, parent=self))
        legend = Legend(theme, shown, parent=self)
        column.addWidget(legend)
        accessible.name(self, f"{shown.device}: {size}", legend.words)


class MemoryBar(PartedBar):
    def __init__(self, theme: Theme, shown: BarShown, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        name = _("Memory of {device}").format(device=shown.device)
        self.show_portions(name, _portions(shown), shown.total_bytes)


class Legend(PartedLegend):
    def __init__(self, theme: Theme, shown: BarShown, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self.show_portions(_portions(shown))


def _portions(shown: BarShown) -> tuple[Portion, ...]:
    return tuple(
        Portion(part.size_bytes, f"{part_words(part.kind)} {size_words(part.size_bytes)}", _INKS[part.kind])
        for part in shown.parts
    )


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
    return _("{size} GB").format(size=decimal(size_bytes / 1e9))
