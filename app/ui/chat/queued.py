"""Messages that wait in a chat for the answer under way. None leaves its place before it is stored as a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.chat.events import Event, OnEvent, Started
from app.chat.store import ChatStore
from app.chat.temporary import Room
from app.chat.tree import Queued
from app.engine.stop import Stop
from app.ui.chat.turn import Turn


def ask_first(room: Room, home: str, put: OnEvent, stop: Stop) -> None:
    """Send the first message that waits in a chat, if there is one. Blocks."""
    draft, chat = room.chats.draft(home), room.chats.conversation(home)
    if not draft.queued or chat is None:
        return

    def told(event: Event) -> None:
        if isinstance(event, Started):
            room.chats.save_draft(home, replace(draft, queued=draft.queued[1:]))
        put(event)

    first = draft.queued[0]
    room.session.send(home, first.text, parent_id=chat.tip_id, on_event=told, stop=stop, attachments=first.attachments)


def first_of(room: Room, home: str) -> Callable[[Turn, OnEvent], None]:
    """The same, as the work of a turn."""

    def work(turn: Turn, put: OnEvent) -> None:
        ask_first(room, home, put, turn.stop)

    return work


def wait_again(chats: ChatStore, home: str | None, messages: Sequence[Queued]) -> None:
    """They could not be stored: they wait, first of all. Blocks."""
    draft = chats.draft(home)
    chats.save_draft(home, replace(draft, queued=(*messages, *draft.queued))).result()
