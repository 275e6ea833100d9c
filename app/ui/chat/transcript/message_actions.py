"""The row of actions under a message. It always has its place and its tab stops and is drawn only when revealed,
so nothing jumps, and the keyboard reaches what the mouse reveals."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui import accessible
from app.ui.chat.composer.pasted import is_large
from app.ui.chat.items import MessageItem
from app.ui.controls import ElidedText, IconButton, Text
from app.ui.theme import Theme

ROW_PX = 28
_COPIED_MS = 1_600


def can_edit(item: MessageItem) -> bool:
    return item.role == "user" and not is_large(item.text)


class MessageActions(QWidget):
    """Buttons only; the message connects their `clicked`."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_user = False
        self._has_stats = False
        self.copy = self._button(theme, "copy", _("Copy this message"))
        self.edit = self._button(theme, "pencil-simple", _("Change this question"))
        self.again = self._button(theme, "arrows-clockwise", _("Answer again"))
        self.older = self._button(theme, "caret-left", _("Previous version"))
        self.newer = self._button(theme, "caret-right", _("Next version"))
        self._versions = Text(theme, "", parent=self, font=theme.fonts.small, color="muted")
        self._versions.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stats = ElidedText(theme, "", parent=self, font=theme.fonts.small, color="hint")
        self.all = [self.older, self.newer, self.copy, self.edit, self.again]
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.setInterval(_COPIED_MS)
        self._copied.timeout.connect(self._on_copied_over)

    @property
    def shown(self) -> list[IconButton]:
        """The buttons that are there for this message, in reading order."""
        return [button for button in self.all if not button.isHidden()]

    def set_item(self, item: MessageItem, *, is_idle: bool) -> None:
        """`is_idle`: nothing is being answered, so the conversation may change."""
        is_writing = item.status == "streaming"
        can_change = is_idle and not is_writing
        self._is_user = item.role == "user"
        self.copy.setVisible(bool(item.text) and not is_writing)
        self.edit.setVisible(can_change and can_edit(item))
        self.again.setVisible(not self._is_user and can_change)
        for widget in (self.older, self.newer, self._versions):
            widget.setVisible(item.versions > 1)
        self.older.setEnabled(item.version > 1 and is_idle)
        self.newer.setEnabled(item.version < item.versions and is_idle)
        self._versions.setText(f"{item.version}/{item.versions}")
        accessible.name(self._versions, _("Version {a} of {b}").format(a=item.version, b=item.versions))
        self._has_stats = bool(item.stats)
        self._stats.set_text(item.stats)

    def reveal(self, is_revealed: bool) -> None:
        for button in self.all:
            button.set_revealed(is_revealed or button in (self.older, self.newer))
        self._stats.setVisible(is_revealed and self._has_stats)

    def arrange(self, width: int) -> int:
        shown: list[QWidget] = [self.copy, self.edit, self.again]
        if not self._versions.isHidden():
            shown = [self.older, self._versions, self.newer, *shown]
        shown = [widget for widget in shown if not widget.isHidden()]
        versions_px = round(QFontMetricsF(self._versions.font()).horizontalAdvance(self._versions.text())) + 6
        sizes = [versions_px if widget is self._versions else ROW_PX for widget in shown]
        x = width - sum(sizes) if self._is_user else 0
        for widget, size in zip(shown, sizes, strict=True):
            widget.setGeometry(x, 0, size, ROW_PX)
            x += size
        if not self._is_user:
            self._stats.setGeometry(x + 10, 0, max(0, width - x - 10), ROW_PX)
        return ROW_PX

    def show_copied(self) -> None:
        self.copy.set_icon("check")
        self._copied.start()
        accessible.announce(self, _("Copied"))

    def _button(self, theme: Theme, icon: str, label: str) -> IconButton:
        made = IconButton(theme, icon, label, parent=self, size=ROW_PX)
        made.icon_px = 16
        return made

    @Slot()
    def _on_copied_over(self) -> None:
        self.copy.set_icon("copy")
