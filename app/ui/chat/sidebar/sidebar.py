"""The list of chats and the way to everything else. It asks; the window and the library decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from app.text import _, plural
from app.ui import accessible
from app.ui.actions import Act, keys_text
from app.ui.breaking import breakable
from app.ui.chat.items import ChatEntry, FolderEntry
from app.ui.chat.sidebar import menus
from app.ui.chat.sidebar.asks import Asks, SearchRequested
from app.ui.chat.sidebar.chat_list import ChatList
from app.ui.chat.sidebar.privacy_card import PrivacyCard
from app.ui.chat.sidebar.rows import HitEntry
from app.ui.chat.sidebar.search_field import SearchField
from app.ui.chat.sidebar.selection_bar import SelectionBar
from app.ui.controls import Ground, IconButton, Logo, Text, TextButton
from app.ui.theme import Theme
from app.ui.tokens import SIDEBAR_PX

_NEW_CHAT_PX = 38
_BESIDE_PX = 34
"""Buttons at the end of a line: alike, so that fields end and icons stand in one column."""


class Sidebar(Ground):
    """`set_chats`, `show_hits` and `set_current` in. What is asked for in the list comes out of `asks`."""

    new_chat_requested = Signal()
    temporary_chat_requested = Signal()
    collapse_requested = Signal()
    documents_requested = Signal()
    models_requested = Signal()
    settings_requested = Signal()
    privacy_requested = Signal()
    chosen = Signal()
    """A chat was opened to be written in: with the mouse, or a new one. Keys leave the focus in the list."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, "sidebar", parent=parent, edge="right")
        self._theme = theme
        self.asks = Asks(self)
        self._is_read = False  # whether it is known what chats there are
        theme.fix(self, width=SIDEBAR_PX)
        self.collapse = IconButton(theme, "sidebar", _("Hide the list of chats"), parent=self)
        self.collapse.set_label(_("Hide the list of chats"), keys=keys_text(Act.TOGGLE_SIDEBAR))
        self.new_chat = TextButton(theme, _("New chat"), parent=self, icon="note-pencil")
        self.new_chat.align_left = True
        self.new_chat.height_px = _NEW_CHAT_PX
        self.new_chat.setToolTip(keys_text(Act.NEW_CHAT))
        self.temporary = IconButton(theme, "ghost", _("New temporary chat"), parent=self, size=_BESIDE_PX)
        label = _("New temporary chat, never written to disk")
        self.temporary.set_label(label, keys=keys_text(Act.NEW_TEMPORARY))
        self.filter = SearchField(theme, parent=self)
        label = _("Folders, selecting, deleted chats")
        self.more = IconButton(theme, "dots-three-bold", label, parent=self, size=_BESIDE_PX)
        self.list = ChatList(theme, self.asks, parent=self)
        self.selection = SelectionBar(theme, self.list, parent=self)
        self.documents = _nav(theme, "files", _("Documents"), self)
        self.models = _nav(theme, "cube", _("Models"), self)
        self.settings = _nav(theme, "gear-six", _("Settings"), self)
        self.privacy = PrivacyCard(theme, parent=self)
        self._empty = Text(theme, "", parent=self, color="hint").wrapped()
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self._empty.setContentsMargins(14, 28, 14, 0)
        self._lay_out()
        self._connect()
        self._refresh_empty()

    def set_chats(self, entries: Sequence[ChatEntry], today: date, folders: Sequence[FolderEntry] = ()) -> None:
        """All chats that are not in the bin, in any order, and all folders in theirs."""
        self._is_read = True
        self.list.set_chats(entries, today, folders)
        self._refresh_empty()

    def show_hits(self, words: str, hits: Sequence[HitEntry], *, has_more: bool = False) -> None:
        """All messages found so far for `words`, as `asks.search` had them; older words are ignored."""
        self.list.show_hits(words, hits, has_more=has_more)
        self._refresh_empty()
        if words == self.list.items.words:
            count = len([row for row in self.list.items.rows if isinstance(row, ChatEntry | HitEntry)])
            accessible.announce(self.list, self.empty_text or plural("{count} found", "{count} found", count))

    def set_current(self, id_: str, *, is_temporary: bool = False) -> None:
        """The open chat; "" for a new one that is not stored yet, or never will be."""
        self.list.set_current(id_)
        self.temporary.set_icon("ghost-fill" if is_temporary else "ghost")
        self.temporary.setAccessibleDescription(_("The open chat is temporary.") if is_temporary else "")

    @property
    def theme(self) -> Theme:
        """For the dialogs that belong to the list."""
        return self._theme

    @Slot()
    def focus_filter(self) -> None:
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    @property
    def empty_text(self) -> str:
        """What stands in place of an empty list, or nothing."""
        return self._empty.text() if self._stack.currentWidget() is self._empty else ""

    def _lay_out(self) -> None:
        self._stack = QStackedLayout()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 11, 12, 12)
        column.setSpacing(0)
        head = _row(9, Logo(self._theme, 22, parent=self))
        head.setContentsMargins(4, 0, 2, 0)
        head.addWidget(Text(self._theme, "Paddock", parent=self, font=self._theme.fonts.brand), 1)
        head.addWidget(self.collapse)
        column.addLayout(head)
        column.addSpacing(14)
        column.addLayout(_row(4, self.new_chat, self.temporary))
        column.addSpacing(8)
        column.addLayout(_row(4, self.filter, self.more))
        column.addSpacing(4)
        column.addLayout(self._stack, 1)
        column.addSpacing(8)
        column.addWidget(self.selection)
        column.addWidget(self.documents)
        column.addWidget(self.models)
        column.addWidget(self.settings)
        column.addSpacing(8)
        column.addWidget(self.privacy)

    def _connect(self) -> None:
        self.collapse.clicked.connect(self.collapse_requested)
        self.new_chat.clicked.connect(self.new_chat_requested)
        self.temporary.clicked.connect(self.temporary_chat_requested)
        self.documents.clicked.connect(self.documents_requested)
        self.models.clicked.connect(self.models_requested)
        self.settings.clicked.connect(self.settings_requested)
        self.privacy.clicked.connect(self.privacy_requested)
        self.more.clicked.connect(self._on_more)
        self.filter.textChanged.connect(self._on_filter)
        self.filter.rested.connect(self._on_rested)
        self.filter.list_requested.connect(self.list.enter)
        self.filter.first_requested.connect(self.list.open_first)
        self.list.left.connect(self._on_search_left)
        self.list.top_left.connect(self.focus_filter)
        self.list.chosen.connect(self.chosen)

    def _refresh_empty(self) -> None:
        items = self.list.items
        if items.rows:
            self._stack.setCurrentWidget(self.list)
            return
        if not items.is_filtered:
            self._empty.setText(_("Your chats will be listed here.") if self._is_read else "")
        elif items.is_waiting:
            self._empty.setText(_("Searching…"))
        else:
            self._empty.setText(_("No chat and no message has “{words}” in it.").format(words=breakable(items.words)))
        self._stack.setCurrentWidget(self._empty)

    @Slot(str)
    def _on_filter(self, words: str) -> None:
        self.list.set_filter(words)
        self._refresh_empty()

    @Slot()
    def _on_rested(self) -> None:
        self.asks.search.emit(SearchRequested(self.list.items.words))

    @Slot()
    def _on_search_left(self) -> None:
        self.filter.clear()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_more(self) -> None:
        menu = menus.of_list(menus.Menu(self._theme, self.asks, self), select=self.list.begin_selecting)
        menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height() + 4)))


def _row(spacing: int, *widgets: QWidget) -> QHBoxLayout:
    """The first of several takes what room there is."""
    row = QHBoxLayout()
    row.setSpacing(spacing)
    for number, widget in enumerate(widgets):
        row.addWidget(widget, int(len(widgets) > 1 and number == 0))
    return row


def _nav(theme: Theme, icon: str, label: str, parent: QWidget) -> TextButton:
    button = TextButton(theme, label, parent=parent, kind="quiet", icon=icon)
    button.align_left = True
    return button
