"""A summary in place of what the model no longer sees: where it is put, and what can go wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from app.chat import session
from app.chat.session import ChatSession, Failed, RoomMade, Summarising, Wishes
from app.chat.store import ChatStore
from app.chat.summary import INSTRUCTION, place_of_cut, write
from app.chat.tree import Cut, Message
from app.engine.client import Stop
from app.engine.fake import FakeEngine, Script
from app.engine.protocol import NO_PREAMBLE, Sampling
from app.engine.protocol import Message as Said
from app.errors import Cancelled, ContextFull

WISHES = Wishes(Sampling(), None, "fake")
SUMMARY = "They talk about words, and nothing is open."


def words(messages: Sequence[Said]) -> int:
    return sum(len(message.text.split()) for message in messages)


def branch(exchanges: int, length: int = 30) -> list[Message]:
    return [
        Message(n, f"m{n}", "c", None, "user" if n % 2 == 0 else "assistant", f"w{n} " * length, "done", 0.0)
        for n in range(2 * exchanges)
    ]


def chat(store: ChatStore, engine: FakeEngine) -> ChatSession:
    return ChatSession(store, lambda _progress, _stop, *, path: engine, lambda *_where: WISHES)


def talk(store: ChatStore, engine: FakeEngine, turns: int) -> str:
    """A conversation of so many turns."""
    told: list[session.Event] = []
    home: str | None = None
    for _turn in range(turns):
        tip = None if home is None else store.tree(home).tip_id
        chat(store, engine).send(home, "And then?", parent_id=tip, on_event=told.append, stop=Stop())
        home = next(e for e in told if isinstance(e, session.Started)).question.conversation_id
    assert home is not None
    return home


def test_it_stands_where_half_of_what_there_is_lies_behind() -> None:
    path = branch(8)
    cut_id = place_of_cut(path, {}, words, 8192)
    assert cut_id == "m8"
    assert place_of_cut(branch(1), {}, words, 8192) == "", "a single exchange is left alone"


def test_it_stands_where_the_view_begins_already_when_that_has_none() -> None:
    path = branch(8)
    assert place_of_cut(path, {"m6": Cut("m6")}, words, 8192) == "m6"
    later = place_of_cut(path, {"m6": Cut("m6", SUMMARY)}, words, 8192)
    assert int(later[1:]) > 6, "asked for again, more is summarised"


def test_the_next_one_is_made_from_the_last_one_and_what_came_since() -> None:
    class Listening(FakeEngine):
        asked: Sequence[Said] = ()

        def _reply(self, messages: Sequence[Said]) -> str:
            self.asked = messages
            return SUMMARY

    engine = Listening()
    made = write(engine, branch(3), {"m2": Cut("m2", "Before.")}, "m6", preamble=NO_PREAMBLE, stop=Stop())
    assert made == Cut("m6", SUMMARY)
    assert "Before." in engine.asked[0].text
    assert [message.text[:2] for message in engine.asked[1:-1]] == ["w2", "w3", "w4", "w5"]
    assert engine.asked[-1].text == INSTRUCTION


def test_what_is_too_long_is_summarised_from_its_newest_part() -> None:
    engine = FakeEngine(Script(replies={INSTRUCTION: SUMMARY}, context_tokens=256))
    made = write(engine, branch(7), {}, "m14", preamble=NO_PREAMBLE, stop=Stop())
    assert made.summary == SUMMARY
    with pytest.raises(ContextFull, match="too long"):
        write(engine, branch(1, 300), {}, "m2", preamble=NO_PREAMBLE, stop=Stop())


def test_it_is_told_as_it_grows_and_kept_at_the_end(store: ChatStore) -> None:
    engine = FakeEngine(Script(answers=("word " * 20,), replies={INSTRUCTION: SUMMARY}))
    home = talk(store, engine, 4)
    told: list[session.Event] = []
    chat(store, engine).summarise(home, on_event=told.append, stop=Stop())
    texts = [event.text for event in told if isinstance(event, Summarising)]
    assert texts[0] == ""
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))
    made = told[-1]
    assert isinstance(made, RoomMade)
    assert made.cut.summary == SUMMARY
    assert store.cuts(home) == {made.cut.message_id: made.cut}
    assert store.tree(home).path()[made.left_out].id == made.cut.message_id


def test_a_stop_leaves_the_view_as_it_was(store: ChatStore) -> None:
    engine = FakeEngine(Script(answers=("word " * 20,), replies={INSTRUCTION: "sum " * 200}))
    home = talk(store, engine, 4)
    stop = Stop()
    told: list[session.Event] = []

    def hear(event: session.Event) -> None:
        told.append(event)
        if isinstance(event, Summarising) and event.text:
            stop.set()

    chat(store, engine).summarise(home, on_event=hear, stop=stop)
    assert isinstance(told[-1], Failed)
    assert isinstance(told[-1].error, Cancelled)
    assert store.cuts(home) == {}


@pytest.mark.parametrize(("turns", "reply", "reason"), [(1, SUMMARY, "nothing to summarise"), (4, "", "not write")])
def test_where_there_is_none_the_person_is_told(store: ChatStore, turns: int, reply: str, reason: str) -> None:
    engine = FakeEngine(Script(answers=("word " * 20,), replies={INSTRUCTION: reply}))
    home = talk(store, engine, turns)
    told: list[session.Event] = []
    chat(store, engine).summarise(home, on_event=told.append, stop=Stop())
    assert isinstance(told[-1], Failed)
    assert reason in told[-1].error.message
    assert told[-1].error.next_step
    assert store.cuts(home) == {}
