"""What is done to messages of the chat on screen besides asking: deleted with undo, branched off, copied as a whole."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.chat.deleting import goes_with
from app.chat.tree import Message, Tree
from app.core import Core
from app.text import _, plural
from app.ui import clipboard
from app.ui.bridge import Bridge
from app.ui.chat.conversation import Conversation
from app.ui.chat.items import ChatAt
from app.ui.toast import Toast


class Changes(QObject):
    failed = Signal(object)  # PaddockError

    def __init__(self, core: Core, bridge: Bridge, conversation: Conversation, toast: Toast) -> None:
        super().__init__(conversation)
        self._core = core
        self._bridge = bridge
        self._conversation = conversation
        self._toast = toast

    def delete(self, message_id: str) -> None:
        """At once, and to be undone as long as the toast stands."""
        home, room = self._conversation.conversation_id, self._conversation.room
        if self._conversation.is_busy or home is None or message_id not in self._conversation.tree:
            return
        ids = goes_with(self._conversation.tree, message_id)

        def undo(batch: str) -> None:
            self._bridge.run(lambda: room.chats.bring_back_messages(batch), self._reloaded, self.failed.emit)

        def purge(batch: str) -> None:
            self._bridge.run(lambda: self._core.purge_messages(batch), self._purged, self.failed.emit)

        def done(batch: str) -> None:
            self._conversation.reload()
            self._conversation.listed.emit()
            words = plural("{count} message was deleted.", "{count} messages were deleted.", len(ids))
            if room.is_temporary:
                self._toast.show_undo(words, lambda: undo(batch))
            else:
                self._toast.show_undo(words, lambda: undo(batch), lambda: purge(batch))

        self._bridge.run(lambda: room.chats.delete_messages(ids), done, self.failed.emit)

    def branch_off(self, message_id: str) -> None:
        """A new chat that begins with everything up to this message, and is on screen then."""
        home, room = self._conversation.conversation_id, self._conversation.room
        if home is None:
            return

        def work() -> str:
            chat = room.chats.conversation(home)
            title = _("{title} (branch)").format(title=chat.title if chat is not None else "")
            made = room.chats.branch_off(home, message_id, title=title.strip())
            self._core.documents.attach(made, self._core.documents.scope_of(home))
            return made

        def done(made: str) -> None:
            self._conversation.listed.emit()
            self._conversation.open(made, at=ChatAt(made, ""))
            self._toast.show_message(_("This is a chat of its own now; the other one stays as it is."))

        self._bridge.run(work, done, self.failed.emit)

    def copy_all(self) -> None:
        """The branch on screen as Markdown."""
        home, room = self._conversation.conversation_id, self._conversation.room
        if home is None:
            return
        tip = self._conversation.tree.tip_id

        def read() -> str:
            tree: Tree[Message] = room.chats.tree(home)
            return as_markdown(tree.path(tip))

        def done(text: str) -> None:
            clipboard.put(text)
            self._toast.show_message(_("The chat was copied as Markdown."))

        self._bridge.run(read, done, self.failed.emit)

    def _purged(self, _result: object) -> None:
        self._conversation.listed.emit()  # a title may have told what is gone

    def _reloaded(self, _result: object) -> None:
        self._conversation.reload()
        self._conversation.listed.emit()


def as_markdown(messages: tuple[Message, ...]) -> str:
    """The branch as one Markdown text, each message under its speaker's name."""
    names = {"user": _("You"), "assistant": _("Paddock")}
    return "\n\n".join(f"**{names[m.role]}**\n\n{m.text.strip()}" for m in messages if m.text.strip()) + "\n"
