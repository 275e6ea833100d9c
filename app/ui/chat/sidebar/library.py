"""The list of chats and what is done to its entries: open, rename, delete with undo."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QObject, Signal, Slot

from app.chat.tree import Conversation as Row
from app.core import Core
from app.text import _
from app.ui.bridge import Bridge, nothing
from app.ui.chat.conversation import Conversation
from app.ui.chat.items import ChatEntry, ChatRequested, RenameRequested
from app.ui.chat.sidebar.sidebar import Sidebar
from app.ui.toast import Toast

TITLE_CHARACTERS_MAX = 200


class ChatLibrary(QObject):
    """Controller of the sidebar's list. A deleted chat is purged when its Undo is gone."""

    failed = Signal(object)  # PaddockError

    def __init__(self, core: Core, bridge: Bridge, sidebar: Sidebar, conversation: Conversation, toast: Toast) -> None:
        super().__init__(sidebar)
        self._core = core
        self._bridge = bridge
        self._sidebar = sidebar
        self._conversation = conversation
        self._toast = toast
        self._rows: tuple[Row, ...] = ()
        self._deleted: str | None = None
        sidebar.open_requested.connect(self._on_open)
        sidebar.rename_requested.connect(self._on_rename)
        sidebar.delete_requested.connect(self._on_delete)
        conversation.listed.connect(self.refresh)
        conversation.busy_changed.connect(self._draw)
        toast.action_requested.connect(self.undo_delete)
        toast.gone.connect(self._on_undo_gone)

    def title(self, conversation_id: str) -> str:
        """Of a listed conversation; empty for one that is not listed."""
        return next((row.title for row in self._rows if row.id == conversation_id), "")

    @Slot()
    def refresh(self) -> None:
        """Read the list again."""
        self._bridge.run(self._core.chats.conversations, self._take, self.failed.emit)

    def delete(self, conversation_id: str) -> None:
        """Take a chat off the list; the toast offers to bring it back."""
        self._conversation.stop_in(conversation_id)
        if self._conversation.conversation_id == conversation_id:
            self._conversation.open(None)
        title = self.title(conversation_id)
        store = self._core.chats

        def done(_result: None) -> None:
            self.refresh()
            # Only after the toast of an earlier deletion has gone: its end lets go of what is remembered here.
            self._toast.show_message(_("“{title}” was deleted.").format(title=title), _("Undo"))
            self._deleted = conversation_id

        self._bridge.run(lambda: store.hide(conversation_id), done, self.failed.emit)

    def begin_rename(self) -> None:
        """Open the inline editor on the chat that is on screen."""
        self._sidebar.show()
        self._sidebar.list.rename_focused()

    @Slot()
    def undo_delete(self) -> None:
        """Bring back what was deleted last, while that can be done."""
        deleted, self._deleted = self._deleted, None
        if deleted is None:
            return
        self._toast.dismiss()

        def done(_result: None) -> None:
            self.refresh()
            self._conversation.open(deleted)

        self._bridge.run(lambda: self._core.chats.bring_back(deleted), done, self.failed.emit)

    @Slot(object)
    def _on_open(self, request: ChatRequested) -> None:
        if request.id != self._conversation.conversation_id:
            self._conversation.open(request.id)

    @Slot(object)
    def _on_rename(self, request: RenameRequested) -> None:
        title = " ".join(request.title.split())[:TITLE_CHARACTERS_MAX]
        if not title or title == self.title(request.id):
            return
        self._bridge.run(lambda: self._core.chats.rename(request.id, title), self._refreshed, self.failed.emit)

    @Slot(object)
    def _on_delete(self, request: ChatRequested) -> None:
        self.delete(request.id)

    @Slot()
    def _on_undo_gone(self) -> None:
        deleted, self._deleted = self._deleted, None
        if deleted is not None:
            self._bridge.run(lambda: self._core.purge_hidden(deleted), nothing, self.failed.emit)

    def _refreshed(self, _result: None) -> None:
        self.refresh()

    def _take(self, rows: tuple[Row, ...]) -> None:
        self._rows = rows
        self._draw()

    @Slot()
    def _draw(self) -> None:
        busy = self._conversation.busy_ids
        entries = [
            ChatEntry(row.id, row.title, datetime.fromtimestamp(row.changed_at), row.id in busy)  # noqa: DTZ006 - local
            for row in self._rows
        ]
        self._sidebar.set_chats(entries, datetime.now().date())  # noqa: DTZ005 - days are the person's own
        self._sidebar.set_current(self._conversation.conversation_id or "")
