"""The row for the disk space that chats may take to be reopened at once: the limit, what is used now, clearing it."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.settings import STATES_LIMIT_GB
from app.text import _
from app.ui import accessible
from app.ui.controls import Text, TextButton
from app.ui.models.entries import ENTRY_HEIGHT_PX, entry_width
from app.ui.models.fields import GAP_PX
from app.ui.models.memory_card import size_words
from app.ui.settings.rows import NumberSetting
from app.ui.theme import Theme


class SpaceRow(NumberSetting):
    """`show_used` says what is used; until then nothing can be cleared."""

    clear_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, STATES_LIMIT_GB, STATES_LIMIT_GB.default, parent=parent)
        self._used = Text(theme, "", parent=self, font=theme.fonts.small, color="muted")
        self.clear = TextButton(theme, _("Clear"), parent=self)
        self.clear.height_px = ENTRY_HEIGHT_PX
        self.clear.setFixedWidth(entry_width(theme))
        accessible.name(self.clear, _("Clear what is kept for reopening chats at once"))
        self.clear.setEnabled(False)
        self.clear.clicked.connect(self._on_clear)
        below = QHBoxLayout()
        below.setSpacing(GAP_PX)
        below.addWidget(self._used, 1)
        below.addWidget(self.clear)
        self._put_below(below)

    def show_used(self, size_bytes: int) -> None:
        words = _("Used now: {size}").format(size=size_words(size_bytes)) if size_bytes else _("Used now: nothing")
        self._used.setText(words)
        self.clear.setEnabled(size_bytes > 0)

    @Slot()
    def _on_clear(self) -> None:
        self.edit.setFocus()
        self.clear.setEnabled(False)
        self.clear_requested.emit()
