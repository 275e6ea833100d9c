"""What the actions of menus and the palette do with the place that the chat on screen has in the list."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from app.ui.actions import Act, Actions
from app.ui.chat.changes import Changes
from app.ui.chat.conversation import Conversation
from app.ui.chat.items import ChatEntry, ChatRequested
from app.ui.chat.sidebar.asks import ChatsMarked
from app.ui.chat.sidebar.library import ChatLibrary


class OpenChat(QObject):
    """Parented to the library. Each does nothing for a chat that is new or is not kept."""

    def __init__(self, conversation: Conversation, library: ChatLibrary, changes: Changes, actions: Actions) -> None:
        super().__init__(library)
        self._conversation = conversation
        self._library = library
        for act, slot in (
            (Act.RENAME_OPEN, self._on_rename),
            (Act.DUPLICATE, self._on_duplicate),
            (Act.ARCHIVE, self._on_archive),
            (Act.DELETE_OPEN, self._on_delete),
            (Act.COPY_CHAT, changes.copy_all),
        ):
            actions[act].triggered.connect(slot)

    def _entry(self) -> ChatEntry | None:
        return self._library.entry(self._conversation.conversation_id or "")

    @Slot()
    def _on_rename(self) -> None:
        if self._entry() is not None:
            self._library.begin_rename()

    @Slot()
    def _on_duplicate(self) -> None:
        entry = self._entry()
        if entry is not None:
            self._library.asks.duplicate.emit(ChatRequested(entry.id))

    @Slot()
    def _on_archive(self) -> None:
        entry = self._entry()
        if entry is not None:
            self._library.asks.archive.emit(ChatsMarked((entry.id,), not entry.is_archived))

    @Slot()
    def _on_delete(self) -> None:
        entry = self._entry()
        if entry is not None:
            self._library.delete(entry.id)
