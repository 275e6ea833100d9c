"""What can be done with all selected chats, below the list while chats are being selected."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.text import _, plural
from app.ui import accessible
from app.ui.chat.items import ChatsRequested
from app.ui.chat.sidebar import menus
from app.ui.chat.sidebar.asks import ChatsMarked
from app.ui.chat.sidebar.chat_list import ChatList
from app.ui.controls import Card, ElidedText, IconButton
from app.ui.settings.flow import set_stacked
from app.ui.theme import Theme

_BUTTON_PX = 27
_NARROW_PX = 200


class SelectionBar(Card):
    """Shows itself while the list selects. Selecting ends with what was asked for."""

    def __init__(self, theme: Theme, chats: ChatList, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self._theme = theme
        self._chats = chats
        self.count = ElidedText(theme, "", parent=self, font=theme.fonts.small_strong)
        self.move_button = self._button("folder-simple", _("Move to folder"))
        self.archive_button = self._button("archive", _("Archive"))
        self.export_button = self._button("export", _("Save as files…"))
        self.delete_button = self._button("trash", _("Delete"))
        self.end_button = self._button("x", _("Stop selecting"))
        self.move_button.clicked.connect(self._on_move)
        self.archive_button.clicked.connect(self._on_archive)
        self.export_button.clicked.connect(self._on_export)
        self.delete_button.clicked.connect(self._on_delete)
        self.end_button.clicked.connect(chats.end_selecting)
        acts = QHBoxLayout()
        acts.setSpacing(0)
        acts.addStretch(1)
        for button in self.buttons:
            acts.addWidget(button)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 5, 5, 5)
        self._row.setSpacing(0)
        self._row.addWidget(self.count, 1)
        self._row.addLayout(acts)
        chats.selection_changed.connect(self.refresh)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        set_stacked(self._row, is_stacked=self.width() < self._theme.px(_NARROW_PX))

    @property
    def buttons(self) -> tuple[IconButton, ...]:
        return (self.move_button, self.archive_button, self.export_button, self.delete_button, self.end_button)

    @Slot()
    def refresh(self) -> None:
        self.setVisible(self._chats.is_selecting)
        if not self._chats.is_selecting:
            return
        count = len(self._chats.selected())
        words = plural("{count} selected", "{count} selected", count)
        if words != self.count.accessibleName():
            self.count.set_text(words)
            accessible.announce(self, words)
        are_archived = self._are_archived()
        self.archive_button.set_label(_("Bring back from the archive") if are_archived else _("Archive"))
        for button in self.buttons[:-1]:
            button.setEnabled(count > 0)

    def _button(self, icon: str, label: str) -> IconButton:
        return IconButton(self._theme, icon, label, parent=self, size=_BUTTON_PX)

    def _ids(self) -> tuple[str, ...]:
        return tuple(entry.id for entry in self._chats.selected())

    def _are_archived(self) -> bool:
        chosen = self._chats.selected()
        return bool(chosen) and all(entry.is_archived for entry in chosen)

    @Slot()
    def _on_move(self) -> None:
        menu = menus.Menu(self._theme, self._chats.asks, self)
        shared = menus.shared_folder(self._chats.selected())
        menus.fill_move(menu, self._chats.items.folders, self._ids(), shared)
        menu.popup(self.move_button.mapToGlobal(QPoint(0, -menu.sizeHint().height() - 4)))

    @Slot()
    def _on_archive(self) -> None:
        self._chats.asks.archive.emit(ChatsMarked(self._ids(), not self._are_archived()))

    @Slot()
    def _on_export(self) -> None:
        self._chats.asks.export.emit(ChatsRequested(self._ids()))

    @Slot()
    def _on_delete(self) -> None:
        self._chats.asks.delete.emit(ChatsRequested(self._ids()))
