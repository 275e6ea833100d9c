"""The menu of the open chat."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui.actions import Act, Actions
from app.ui.chat.changes import Changes
from app.ui.chat.conversation import Conversation
from app.ui.chat.items import ChatsRequested
from app.ui.chat.sidebar import menus
from app.ui.chat.sidebar.library import ChatLibrary
from app.ui.theme import Theme


def chat_menu(
    parent: QWidget,
    conversation: Conversation,
    library: ChatLibrary,
    actions: Actions,
    theme: Theme,
    changes: Changes | None = None,
) -> menus.Menu:
    """What can be done with the chat on screen; deletes itself when closed. A chat that is not kept has no place."""
    menu = menus.Menu(theme, library.asks, parent)
    home = conversation.conversation_id
    entry = library.entry(home or "")
    if home is not None and changes is not None:
        menu.add("copy-simple", _("Copy chat as Markdown"), changes.copy_all)
    for act in (Act.COPY_LAST, Act.REGENERATE, Act.COMPARE, Act.FIND):
        menu.addAction(actions[act])
    menu.addSeparator()
    menu.addAction(actions[Act.INSTRUCTIONS])
    if entry is not None:
        menu.add("pencil-simple", _("Rename chat"), library.begin_rename)
        menus.add_place(menu, entry, library.folders)
        menu.addAction(actions[Act.EXPORT])
        menu.addSeparator()
        menu.ask("trash", _("Delete chat"), menu.asks.delete, ChatsRequested((entry.id,)))
    menu.addSeparator()
    menu.addAction(actions[Act.SHORTCUTS])
    menu.addAction(actions[Act.SETTINGS])
    return menu
