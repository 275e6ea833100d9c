"""Where models lie: each folder with what it holds, and what is left on its drive."""

from __future__ import annotations

from typing import Literal

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import Text
from app.ui.models.page import wording
from app.ui.models.page.shown import DiskShown
from app.ui.models.parted import PartedBar, PartedLegend, Portion
from app.ui.pages.parts import PAD_PX, MiddleElided, Row
from app.ui.theme import Theme

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
        self.bar = PartedBar(theme, parent=self)
        self.legend = PartedLegend(theme, parent=self)
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
        portions = _portions(shown)
        total_bytes = sum(portion.size_bytes for portion in portions) + shown.free_bytes
        self.bar.show_portions(_("What {folder} holds").format(folder=shown.folder), portions, total_bytes)
        self.legend.show_portions(portions)
        self.note.setText(_note(shown))
        self.note.setVisible(bool(self.note.text()))
        accessible.name(self, f"{shown.folder}: {self.free.text()}. {self.legend.words}. {self.note.text()}".strip())


def _portions(shown: DiskShown) -> tuple[Portion, ...]:
    """In the order of the bar."""
    sizes: dict[_Part, int] = {
        "models": shown.models_bytes,
        "unfinished": shown.unfinished_bytes,
        "other": shown.other_bytes,
    }
    return tuple(Portion(size, f"{_words(part)} {wording.size(size)}", _INKS[part]) for part, size in sizes.items())


def _words(part: _Part) -> str:
    return {"models": _("Models"), "unfinished": _("Unfinished"), "other": _("Everything else")}[part]


def _note(shown: DiskShown) -> str:
    if shown.is_read_only:
        return _("Shared by everyone on this computer; Paddock only reads here.")
    return "" if shown.is_current else _("Chosen earlier; what is here is still used, new models go elsewhere.")
