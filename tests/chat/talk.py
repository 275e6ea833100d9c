"""Turns over the real database and the scripted engine, for tests: asked, heard, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from app.chat import session
from app.chat.manner import Manner
from app.chat.session import ChatSession, Delta, Finished, Started, Wishes
from app.chat.store import ChatStore
from app.chat.tree import Message
from app.engine import protocol
from app.engine.client import Engine, Stop
from app.engine.fake import FakeEngine, Script
from app.engine.protocol import AnswerEvent, Sampling

WISHES = Wishes(Sampling(), None, "fake")


def wished(_conversation_id: str | None, _folder_id: str | None, _manner: Manner) -> Wishes:
    return WISHES


def chat(store: ChatStore, engine: Engine) -> ChatSession:
    return ChatSession(store, lambda _progress, _stop, *, path: engine, wished, now=lambda: 1000.0)


class Log:
    """Events in the order they came; `wait_for` blocks until one of a kind was seen."""

    def __init__(self, on_delta: Callable[[str], None] = lambda text: None) -> None:
        self.events: list[session.Event] = []
        self._on_delta = on_delta

    def __call__(self, event: session.Event) -> None:
        self.events.append(event)
        if isinstance(event, Delta):
            self._on_delta(self.text)

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, Delta))

    @property
    def last(self) -> session.Event:
        return self.events[-1]

    @property
    def home(self) -> str:
        (started,) = [event for event in self.events if isinstance(event, Started)]
        return started.question.conversation_id


def ask(store: ChatStore, engine: Engine, text: str = "Why?") -> Log:
    log = Log()
    chat(store, engine).send(None, text, parent_id=None, on_event=log, stop=Stop())
    return log


def go_on(
    store: ChatStore,
    engine: Engine,
    home: str,
    text: str = "And then?",
    *,
    stop: Stop | None = None,
    on_event: Callable[[session.Event], None] = lambda _event: None,
) -> Log:
    """The next question of a conversation."""
    log = Log()

    def hear(event: session.Event) -> None:
        log(event)
        on_event(event)

    chat(store, engine).send(home, text, parent_id=store.tree(home).tip_id, on_event=hear, stop=stop or Stop())
    return log


def talk(store: ChatStore, engine: Engine, *, turns: int) -> list[Log]:
    first = ask(store, engine)
    return [first, *(go_on(store, engine, first.home) for _turn in range(turns - 1))]


def finished(log: Log) -> Message:
    assert isinstance(log.last, Finished)
    return log.last.answer


class Listening(FakeEngine):
    """Remembers what it was asked, and what each answer cost."""

    def __init__(self, script: Script | None = None) -> None:
        super().__init__(script)
        self.heard: list[tuple[protocol.Message, ...]] = []
        self.timings: list[protocol.Timings] = []

    def answer(self, messages: Sequence[protocol.Message], **wishes: Any) -> Iterator[AnswerEvent]:  # as it was asked
        self.heard.append(tuple(messages))
        for event in super().answer(messages, **wishes):
            if isinstance(event, protocol.Finished):
                self.timings.append(event.timings)
            yield event
