"""What is read of a chat to show it: its tree, and the words of its newest messages."""

from __future__ import annotations

from app.chat.store import Opened
from app.chat.temporary import Room
from app.chat.tree import Tree
from app.ui.chat.items import ChatAt

NEWEST = 40
"""Messages that come with a chat when it is opened: more than any screen holds."""


def opened(room: Room, conversation_id: str | None, at: ChatAt | None) -> Opened:
    """With the message of `at` in the branch on screen, wherever in the tree it is. None: a new chat's draft."""
    if conversation_id is None:
        return Opened(None, Tree((), None), (), {}, room.chats.draft(None))
    found = room.chats.opened(conversation_id, tail=NEWEST)
    tree = found.tree
    if at is None or found.conversation is None or at.message_id not in tree:
        return found
    if any(node.id == at.message_id for node in tree.path()):
        return found
    leaf = tree.newest_leaf(at.message_id)
    room.chats.move_tip(conversation_id, leaf)
    return room.chats.opened(conversation_id, tail=NEWEST)
