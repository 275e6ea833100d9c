"""The row of actions under a message, or beside a question. It always has its place and its tab stops and is drawn only
when revealed, so nothing jumps, and the keyboard reaches what the mouse reveals. What has no button here is in the
menu."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui import accessible
from app.ui.chat.items import MessageItem
from app.ui.chat.transcript.deeds import ICONS, Deed
from app.ui.controls import ElidedText, IconButton, Text
from app.ui.theme import Theme

ROW_PX = 28
_NARROW_PX = 380
"""In a column narrower than this only Copy and More have buttons."""
_MOST_BESIDE = 4
"""Buttons that find room beside a question, whichever of them are offered just now."""
_COPIED_MS = 1_600


class MessageActions(QWidget):
    """`set_item` says what is offered, `arrange(width)` places it."""

    deed_chosen = Signal(object)
    """A Deed."""
    more_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_user = False
        self._has_stats = False
        self._offered: frozenset[Deed] = frozenset()
        self.older = self._button(_("Previous version"), Deed.OLDER)
        self.newer = self._button(_("Next version"), Deed.NEWER)
        self.copy = self._button(_("Copy this message"), Deed.COPY)
        self.edit = self._button(_("Change this question"), Deed.EDIT)
        self.again = self._button(_("Answer again"), Deed.AGAIN)
        self.more = self._button(_("More actions"), None)
        self.more.clicked.connect(self.more_requested)
        self._versions = Text(theme, "", parent=self, font=theme.fonts.small, color="muted")
        self._versions.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stats = ElidedText(theme, "", parent=self, font=theme.fonts.small, color="hint")
        self.all = [self.older, self.newer, self.copy, self.edit, self.again, self.more]
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.setInterval(_COPIED_MS)
        self._copied.timeout.connect(self._on_copied_over)

    @property
    def shown(self) -> list[IconButton]:
        """The buttons that are there for this message, in reading order."""
        return [button for button in self.all if not button.isHidden()]

    @property
    def stats_line(self) -> QWidget:
        return self._stats

    def set_item(self, item: MessageItem, offered: tuple[Deed, ...]) -> None:
        self._offered = frozenset(offered)
        self._is_user = item.role == "user"
        for widget in (self.older, self.newer, self._versions):
            widget.setVisible(item.versions > 1)
        self.older.setEnabled(Deed.OLDER in offered)
        self.newer.setEnabled(Deed.NEWER in offered)
        self._versions.setText(f"{item.version}/{item.versions}")
        accessible.name(self._versions, _("Version {a} of {b}").format(a=item.version, b=item.versions))
        self._has_stats = bool(item.stats) and not self._is_user
        self._stats.set_text(item.stats)
        self._show_buttons(is_narrow=False)

    def reveal(self, is_revealed: bool) -> None:
        for button in self.all:
            button.set_revealed(is_revealed or button in (self.older, self.newer))
        self._stats.setVisible(is_revealed and self._has_stats)

    def fits_beside(self, room: int) -> bool:
        """Whether the row may stand in `room` px beside a question. Versions, always seen, keep a line of their own."""
        return self._versions.isHidden() and room >= _MOST_BESIDE * self._theme.px(ROW_PX)

    def arrange(self, width: int, *, is_beside: bool = False) -> int:
        height = self._theme.px(ROW_PX)
        self._show_buttons(is_narrow=width < self._theme.px(_NARROW_PX) and not is_beside)
        shown: list[QWidget] = [self.copy, self.edit, self.again, self.more]
        if not self._versions.isHidden():
            shown = [self.older, self._versions, self.newer, *shown]
        shown = [widget for widget in shown if not widget.isHidden()]
        versions_px = round(QFontMetricsF(self._versions.font()).horizontalAdvance(self._versions.text())) + 6
        sizes = [versions_px if widget is self._versions else height for widget in shown]
        is_rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self.older.set_icon("caret-right" if is_rtl else "caret-left")
        self.newer.set_icon("caret-left" if is_rtl else "caret-right")
        x = width - sum(sizes) if self._is_user else 0
        for widget, size in zip(shown, sizes, strict=True):
            widget.setGeometry(width - x - size if is_rtl else x, 0, size, height)
            x += size
        room = max(0, width - x - 10)
        if not self._is_user:
            self._stats.setGeometry(0 if is_rtl else x + 10, 0, room, height)
        return height

    def show_copied(self) -> None:
        self.copy.set_icon("check")
        self._copied.start()
        accessible.announce(self, _("Copied"))

    def _show_buttons(self, *, is_narrow: bool) -> None:
        self.copy.setVisible(Deed.COPY in self._offered)
        self.edit.setVisible(Deed.EDIT in self._offered and self._is_user and not is_narrow)
        self.again.setVisible(Deed.AGAIN in self._offered and not is_narrow)
        self.more.setVisible(bool(self._offered))

    def _button(self, label: str, deed: Deed | None) -> IconButton:
        icon = ICONS[deed] if deed is not None else "dots-three"
        made = IconButton(self._theme, icon, label, parent=self, size=ROW_PX)
        made.icon_px = 16
        if deed is not None:
            made.clicked.connect(partial(self._choose, deed))
        return made

    def _choose(self, deed: Deed, _is_checked: bool = False) -> None:
        self.deed_chosen.emit(deed)

    @Slot()
    def _on_copied_over(self) -> None:
        self.copy.set_icon("copy")
