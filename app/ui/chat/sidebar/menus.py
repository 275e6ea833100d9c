"""What can be done with a chat, with several, or with a folder. Menus delete themselves when they are closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtWidgets import QMenu, QWidget

from app.text import _
from app.ui.chat.items import ChatEntry, ChatRequested, ChatsMoved, ChatsRequested, FolderEntry
from app.ui.chat.sidebar.asks import Asks, ChatsMarked, FolderRequested
from app.ui.theme import Theme

_NAME_CHARACTERS_MAX = 40


class Menu(QMenu):
    """A menu whose entries each ask for one thing."""

    def __init__(self, theme: Theme, asks: Asks, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.asks = asks
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def add(self, icon: str, text: str, done: Callable[[], None]) -> None:
        """An entry that calls a method of an object that lives longer than the menu."""
        action = self.addAction(self._theme.icons.icon(icon, self._theme.color("muted")), text)
        action.triggered.connect(partial(_call, done))

    def ask(self, icon: str, text: str, signal: SignalInstance, value: object) -> None:
        """An entry that emits `signal` with `value`."""
        self.add(icon, text, partial(signal.emit, value))

    def add_move(self, folders: Sequence[FolderEntry], ids: tuple[str, ...], current_id: str) -> None:
        """Where the chats can go. `current_id`: the folder that all of them are in, which is not offered."""
        below = Menu(self._theme, self.asks, self)
        below.setTitle(_("Move to folder"))
        below.setIcon(self._theme.icons.icon("folder-simple", self._theme.color("muted")))
        fill_move(below, folders, ids, current_id)
        self.addMenu(below)


def fill_move(menu: Menu, folders: Sequence[FolderEntry], ids: tuple[str, ...], current_id: str) -> None:
    """The folders as entries of `menu`, then the way out of them and to a new one."""
    for folder in folders:
        if folder.id != current_id:
            menu.ask("folder", _shown(folder.name), menu.asks.move, ChatsMoved(ids, folder.id))
    if current_id:
        menu.ask("folder-minus", _("Out of its folder"), menu.asks.move, ChatsMoved(ids, ""))
    if menu.actions():
        menu.addSeparator()
    menu.ask("folder-plus", _("New folder…"), menu.asks.move_to_new_folder, ChatsRequested(ids))


def add_place(menu: Menu, entry: ChatEntry, folders: Sequence[FolderEntry]) -> None:
    """Where one chat stands in the list: pinned, in a folder, archived."""
    ids = (entry.id,)
    pin = (_("Unpin"), "push-pin-slash") if entry.is_pinned else (_("Pin"), "push-pin")
    menu.ask(pin[1], pin[0], menu.asks.pin, ChatsMarked(ids, not entry.is_pinned))
    menu.add_move(folders, ids, entry.folder_id)
    menu.ask("copy-simple", _("Duplicate"), menu.asks.duplicate, ChatRequested(entry.id))
    archive = _("Bring back from the archive") if entry.is_archived else _("Archive")
    menu.ask("archive", archive, menu.asks.archive, ChatsMarked(ids, not entry.is_archived))


def of_chat(
    menu: Menu,
    entry: ChatEntry,
    folders: Sequence[FolderEntry],
    *,
    rename: Callable[[], None],
    select: Callable[[], None],
) -> Menu:
    """Fills `menu` for one chat of the list."""
    menu.add("pencil-simple", _("Rename"), rename)
    add_place(menu, entry, folders)
    menu.ask("export", _("Save as a file…"), menu.asks.export, ChatsRequested((entry.id,)))
    menu.add("check-square", _("Select"), select)
    menu.addSeparator()
    menu.ask("trash", _("Delete"), menu.asks.delete, ChatsRequested((entry.id,)))
    return menu


def of_chats(menu: Menu, entries: Sequence[ChatEntry], folders: Sequence[FolderEntry]) -> Menu:
    """Fills `menu` for several chats."""
    ids = tuple(entry.id for entry in entries)
    are_pinned = all(entry.is_pinned for entry in entries)
    pin = (_("Unpin"), "push-pin-slash") if are_pinned else (_("Pin"), "push-pin")
    menu.ask(pin[1], pin[0], menu.asks.pin, ChatsMarked(ids, not are_pinned))
    menu.add_move(folders, ids, shared_folder(entries))
    are_archived = all(entry.is_archived for entry in entries)
    archive = _("Bring back from the archive") if are_archived else _("Archive")
    menu.ask("archive", archive, menu.asks.archive, ChatsMarked(ids, not are_archived))
    menu.ask("export", _("Save as files…"), menu.asks.export, ChatsRequested(ids))
    menu.addSeparator()
    menu.ask("trash", _("Delete"), menu.asks.delete, ChatsRequested(ids))
    return menu


def of_folder(menu: Menu, folder: FolderEntry, *, rename: Callable[[], None]) -> Menu:
    """Fills `menu` for a folder."""
    asked = FolderRequested(folder.id)
    menu.ask("note-pencil", _("New chat in this folder"), menu.asks.chat_in_folder, asked)
    menu.add("pencil-simple", _("Rename"), rename)
    menu.ask("user-gear", _("Instructions and model…"), menu.asks.folder_settings, asked)
    menu.addSeparator()
    menu.ask("trash", _("Delete the folder, keep its chats"), menu.asks.delete_folder, asked)
    return menu


def of_list(menu: Menu, *, select: Callable[[], None]) -> Menu:
    """Fills `menu` for the list as a whole."""
    menu.add("folder-plus", _("New folder"), menu.asks.new_folder.emit)
    menu.add("check-square", _("Select chats"), select)
    menu.addSeparator()
    menu.add("trash", _("Deleted chats…"), menu.asks.show_bin.emit)
    return menu


def shared_folder(entries: Sequence[ChatEntry]) -> str:
    """The folder that all of these are in; empty where there is none such."""
    found = {entry.folder_id for entry in entries}
    return found.pop() if len(found) == 1 else ""


def _shown(name: str) -> str:
    """A name as a menu takes it: "&" would underline the next letter."""
    cut = name if len(name) <= _NAME_CHARACTERS_MAX else f"{name[: _NAME_CHARACTERS_MAX - 1]}…"
    return cut.replace("&", "&&")


def _call(done: Callable[[], None], _is_checked: bool = False) -> None:
    done()
