"""What is asked for in the list of chats. One object with all the signals, because the list, its menus and the bar
of a selection ask for the same things; the controller listens to it alone."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.frozen import dataclass


@dataclass(frozen=True, slots=True)
class ChatsMarked:
    """Pin or archive these chats, or take that back."""

    ids: tuple[str, ...]
    is_on: bool


@dataclass(frozen=True, slots=True)
class FolderRequested:
    """Something is to be done with this folder."""

    id: str


@dataclass(frozen=True, slots=True)
class SearchRequested:
    """Look for these words in everything; `before`: only older than the message with this number."""

    words: str
    before: int | None = None


class Asks(QObject):
    """Each signal carries one frozen value; its type stands beside it."""

    open_chat = Signal(object)  # ChatRequested
    open_at = Signal(object)  # ChatAt
    rename = Signal(object)  # RenameRequested
    duplicate = Signal(object)  # ChatRequested
    delete = Signal(object)  # ChatsRequested
    pin = Signal(object)  # ChatsMarked
    archive = Signal(object)  # ChatsMarked
    move = Signal(object)  # ChatsMoved
    move_to_new_folder = Signal(object)  # ChatsRequested
    export = Signal(object)  # ChatsRequested
    new_folder = Signal()
    show_bin = Signal()
    chat_in_folder = Signal(object)  # FolderRequested
    rename_folder = Signal(object)  # RenameRequested
    folder_settings = Signal(object)  # FolderRequested
    delete_folder = Signal(object)  # FolderRequested
    search = Signal(object)  # SearchRequested
