"""The menu of the open chat, and a chat as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.chat.tree import Message
from app.text import _
from app.ui import clipboard
from app.ui.actions import Act, Actions
from app.ui.chat.conversation import Conversation
from app.ui.chat.sidebar.library import ChatLibrary
from app.ui.theme import Theme


def chat_menu(
    parent: QWidget, conversation: Conversation, library: ChatLibrary, actions: Actions, theme: Theme
) -> QMenu:
    """What can be done with the chat on screen; deletes itself when closed."""
    menu = QMenu(parent)
    menu.aboutToHide.connect(menu.deleteLater)
    home = conversation.conversation_id
    icon, color = theme.icons.icon, theme.color("muted")
    copy = QAction(icon("copy-simple", color), _("Copy chat as Markdown"), menu)
    copy.setEnabled(home is not None)
    copy.triggered.connect(partial(_copy, conversation))
    menu.addAction(copy)
    menu.addAction(actions[Act.COPY_LAST])
    menu.addAction(actions[Act.REGENERATE])
    menu.addSeparator()
    rename = QAction(icon("pencil-simple", color), _("Rename chat"), menu)
    rename.setEnabled(home is not None)
    rename.triggered.connect(library.begin_rename)
    menu.addAction(rename)
    delete = QAction(icon("trash", color), _("Delete chat"), menu)
    delete.setEnabled(home is not None)
    if home is not None:
        delete.triggered.connect(partial(_delete, library, home))
    menu.addAction(delete)
    menu.addSeparator()
    menu.addAction(actions[Act.SHORTCUTS])
    menu.addAction(actions[Act.SETTINGS])
    return menu


def as_markdown(messages: Sequence[Message]) -> str:
    """The branch as one Markdown text, each message under its speaker's name."""
    names = {"user": _("You"), "assistant": _("Paddock")}
    return "\n\n".join(f"**{names[m.role]}**\n\n{m.text.strip()}" for m in messages if m.text.strip()) + "\n"


def _copy(conversation: Conversation, _is_checked: bool = False) -> None:
    clipboard.put(as_markdown(conversation.branch()))


def _delete(library: ChatLibrary, conversation_id: str, _is_checked: bool = False) -> None:
    library.delete(conversation_id)
