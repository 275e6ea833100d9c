"""Chats to do something with. The store is the real one, in the real encrypted database."""

from __future__ import annotations

from app.chat.store import ChatStore
from app.chat.tree import Message


def talk(store: ChatStore, *texts: str, home: str | None = None, parent: str | None = None) -> tuple[Message, ...]:
    """Questions and finished answers in turn, one below the other."""
    said: list[Message] = []
    for question, answer in zip(texts[::2], texts[1::2], strict=True):
        asked, begun = store.begin_turn(home, question, parent_id=parent, model="fake", title=question[:20], now=1000.0)
        done = store.finish(begun.id, answer, "done", model="fake", note="", stats=None)
        said += [asked, done]
        home, parent = asked.conversation_id, done.id
    return tuple(said)


def texts(messages: tuple[Message, ...]) -> list[str]:
    return [message.text for message in messages]
