"""Where conversations are kept, and the only SQL of this room.

One call that changes something is one transaction, and what a person may regret is undone by the opposite call.
Deleting has two steps: what lies in the bin (chats) or is hidden (messages) can be brought back, what is purged is
gone: rows, index entries, attachments, drafts and what the log still holds of them.
"""

from app.chat.store.rows import new_id
from app.chat.store.schema import MIGRATIONS
from app.chat.store.search import Hit
from app.chat.store.store import ChatStore
from app.chat.store.turns import Opened

__all__ = ["MIGRATIONS", "ChatStore", "Hit", "Opened", "new_id"]
