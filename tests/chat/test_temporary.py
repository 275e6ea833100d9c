"""Chats in memory only: the same store and turns, names of their own, and gone when they end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import pytest

from app.chat.session import ChatSession
from app.chat.store import ChatStore
from app.chat.temporary import UNNAMED, TemporaryRoom
from app.core import MIGRATIONS
from app.engine.client import Stop
from app.engine.fake import FakeEngine, Script
from app.engine.names import TEMPORARY
from app.errors import StorageFault
from app.storage.database import Database
from tests.chat.talk import Log, finished, wished


class Kept:
    """A room over a scripted engine, and what that was told to forget."""

    def __init__(self) -> None:
        self.engine = FakeEngine(Script(answers=("fine",)))
        self.forgotten: list[str] = []
        self.room = TemporaryRoom(partial(Database.in_memory, migrations=MIGRATIONS), self._converse, self._forget)

    def _converse(self, chats: ChatStore) -> ChatSession:
        return ChatSession(chats, lambda _progress, _stop, *, path: self.engine, wished, unnamed=UNNAMED)

    def _forget(self, conversation: str) -> None:
        self.forgotten.append(conversation)
        self.engine.forget(conversation)

    def ask(self, text: str) -> Log:
        log = Log()
        self.room.room().session.send(None, text, parent_id=None, on_event=log, stop=Stop())
        return log


@pytest.fixture
def kept() -> Iterator[Kept]:
    made = Kept()
    yield made
    made.room.end()


def test_a_temporary_chat_goes_like_any_other_and_has_a_name_that_says_so(kept: Kept) -> None:
    log = kept.ask("Why?")
    assert finished(log).text == "fine"
    assert log.home.startswith(TEMPORARY)
    room = kept.room.room()
    assert room.is_temporary
    assert [conversation.id for conversation in room.chats.conversations()] == [log.home]
    assert room.chats.search("why")[0].conversation_id == log.home
    assert kept.engine.holds(log.home)


def test_when_it_ends_nothing_of_it_is_left(kept: Kept) -> None:
    first, binned = kept.ask("Why?"), kept.ask("And that?")
    room = kept.room.room()
    room.chats.to_bin((binned.home,), 5.0)
    assert room.session.read_ahead(kept.engine, None, "what is typed now", parent_id=None, stop=Stop())
    assert kept.engine.holds(UNNAMED)
    kept.room.end()
    assert {first.home, binned.home, UNNAMED, ""} == set(kept.forgotten)
    assert not any(map(kept.engine.holds, kept.forgotten))
    with pytest.raises(StorageFault):
        room.chats.conversations()
    assert kept.room.room().chats.conversations() == ()


def test_ending_what_never_began_is_harmless(kept: Kept) -> None:
    kept.room.end()
    kept.room.end()
    assert kept.forgotten == []
    assert not any("database" in thread.name for thread in threading.enumerate())


def test_threads_share_one_room(kept: Kept) -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(id(kept.room.room()))) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8
    assert len(set(found)) == 1
