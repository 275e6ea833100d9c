"""Chats that are never written anywhere: a database in memory, and ids by which the engine knows to keep no state.

They are gone when they are ended, at the latest with the program.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.chat.store import ChatStore
from app.engine.names import TEMPORARY
from app.frozen import dataclass
from app.storage.database import Database

if TYPE_CHECKING:
    from app.chat.session import ChatSession

UNNAMED = f"{TEMPORARY}unnamed"
"""What the engine knows a temporary chat as until its first question is asked."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where conversations are kept and go on: that of the profile, or the one that is never written."""

    chats: ChatStore
    converse: Callable[[], ChatSession]  # called for each turn, because a start has none
    is_temporary: bool

    @property
    def session(self) -> ChatSession:
        return self.converse()


class TemporaryRoom:
    """The room of temporary chats: made when first asked for, and again after each end. Any thread may use it."""

    def __init__(
        self,
        open_database: Callable[[], Database],
        converse: Callable[[ChatStore], ChatSession],
        forget: Callable[[str], None],
    ) -> None:
        """`open_database` makes one in memory. `forget` is the engine's; an empty name is all that belongs to none."""
        self._open_database = open_database
        self._converse = converse
        self._forget = forget
        self._lock = threading.Lock()
        self._database: Database | None = None
        self._room: Room | None = None

    def room(self) -> Room:
        with self._lock:
            if self._room is None:
                self._database = self._open_database()
                chats = ChatStore(self._database, id_prefix=TEMPORARY)
                session = self._converse(chats)
                self._room = Room(chats, lambda: session, is_temporary=True)
            return self._room

    def end_one(self, conversation_id: str) -> None:
        """Forget one conversation, here and in the engine; the others go on. Its turn should have been stopped."""
        with self._lock:
            room = self._room
        if room is None:
            return
        room.chats.to_bin((conversation_id,), 0.0)
        room.chats.purge((conversation_id,))
        for name in (conversation_id, UNNAMED):
            self._forget(name)

    def end(self) -> None:
        """Forget all of it, here and in the engine. Turns under way should have been stopped; they fail."""
        with self._lock:
            room, database = self._room, self._database
            self._room = self._database = None
        if room is None or database is None:
            return
        kept = (*room.chats.conversations(), *room.chats.binned())
        database.close()
        for name in (*(conversation.id for conversation in kept), UNNAMED, ""):
            self._forget(name)
