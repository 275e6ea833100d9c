"""What is known of a question before it is asked: how long its documents take, and what is read ahead of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from app.chat.compare import Compare, Side
from app.chat.foreseeing import Prospect
from app.chat.grounding import Grounding, Pace
from app.chat.session import ChatSession, Failed, Finished
from app.chat.store import ChatStore
from app.chat.tree import Attachment, Message
from app.documents.answering.answerer import Answerer
from app.documents.answering.strategy import ASK_ABOVE_S, Speed
from app.documents.records import Scope
from app.engine.client import Engine, Stop
from app.engine.fake import FakeEngine, Script
from tests.chat.talk import Listening, Log, finished, wished
from tests.documents.plainly import Shelf, shelf

SLOW, FAST = Pace(4_096, Speed(20, 2)), Pace(4_096, Speed(20_000, 2_000))
SHORT = "The rent of 930 euros is due on the third working day of each month."
LONG = "\f".join(
    f"Clause {number} says that party {number} pays {number}00 euros. " + "The usual terms hold here, too. " * 30
    for number in range(1, 40)
)
ALL = "Summarise this document."


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Shelf]:
    yield from shelf(tmp_path)


def converse(library: Shelf, engine: Engine) -> ChatSession:
    asked = Grounding(library.library, Answerer(library.library))
    store = ChatStore(library.database)
    return ChatSession(store, lambda _progress, _stop, *, path: engine, wished, grounding=asked, unnamed="unnamed")


def ask(library: Shelf, engine: Engine, text: str, scope: Scope, home: str | None = None) -> Message:
    log, session = Log(), converse(library, engine)
    tip = None if home is None else ChatStore(library.database).tree(home).tip_id
    session.send(home, text, parent_id=tip, on_event=log, stop=Stop(), scope=scope)
    return finished(log)


# How long it takes.


def test_a_question_about_all_of_a_long_document_is_long_and_one_about_a_place_in_it_is_not(library: Shelf) -> None:
    (long,) = library.add(long=LONG)
    session = converse(library, FakeEngine())
    plan = session.foresee(Prospect(ALL, scope=Scope((long,))), SLOW)
    assert plan is not None
    assert plan.is_long
    assert plan.forecast_s > ASK_ABOVE_S
    place = session.foresee(Prospect("What does party 17 pay?", scope=Scope((long,))), SLOW)
    assert place is not None
    assert not place.is_long
    assert session.foresee(Prospect(ALL), SLOW) is None, "it asks nothing"


def test_what_is_wished_explicitly_is_as_long(library: Shelf) -> None:
    (long,) = library.add(long=LONG)
    session = converse(library, FakeEngine())
    wished_for = session.foresee(Prospect("What is due?", scope=Scope((long,)), wanted="every_part"), SLOW)
    assert wished_for is not None
    assert wished_for.is_long
    assert not wished_for.needs_asking, "the turn itself does not ask a second time"
    quick = session.foresee(Prospect("What is due?", scope=Scope((long,)), wanted="every_part"), FAST)
    assert quick is not None
    assert not quick.is_long


def test_another_answer_from_the_same_passages_reads_nothing_and_from_all_of_it_does(library: Shelf) -> None:
    (long,) = library.add(long=LONG)
    engine = FakeEngine(Script(answers=("It is 1700 euros.",), context_tokens=4_096))
    first = ask(library, engine, "What does party 17 pay?", Scope((long,)))
    session = converse(library, engine)
    again = Prospect("", first.conversation_id, answer_id=first.id)
    assert session.foresee(again, SLOW) is None
    everything = session.foresee(Prospect("", first.conversation_id, answer_id=first.id, wanted="every_part"), SLOW)
    assert everything is not None
    assert everything.is_long


def test_a_changed_question_is_foreseen_where_it_stands(library: Shelf) -> None:
    (long,) = library.add(long=LONG)
    engine = FakeEngine(Script(answers=("It is 1700 euros.",), context_tokens=4_096))
    first = ask(library, engine, "What does party 17 pay?", Scope((long,)))
    session = converse(library, engine)
    plan = session.foresee(Prospect(ALL, first.conversation_id, None), SLOW)
    assert plan is not None
    assert plan.is_long
    log = Log()
    question = first.parent_id or ""
    session.edit(question, ALL, conversation_id=first.conversation_id, on_event=log, stop=Stop(), wanted="passages")
    grounds = finished(log).grounds
    assert grounds is not None
    assert (grounds.strategy, grounds.note) == ("passages", "")


def test_documents_that_the_model_has_in_view_are_not_read_again(library: Shelf) -> None:
    (short,) = library.add(short=SHORT)
    first = ask(library, FakeEngine(), "What is due?", Scope((short,)))
    session = converse(library, FakeEngine())
    assert session.foresee(Prospect(ALL, first.conversation_id, first.id), SLOW) is None


# What is read ahead.


def test_a_document_that_is_read_whole_is_read_while_the_first_question_is_typed(library: Shelf) -> None:
    (short,) = library.add(short=SHORT)
    engine = FakeEngine(Script(answers=("On the third.",)))
    session = converse(library, engine)
    typed = "When is the rent that is named there due in each month"
    assert session.read_ahead(engine, None, typed, parent_id=None, stop=Stop(), scope=Scope((short,)))
    stats = ask(library, engine, f"{typed} of the year?", Scope((short,))).stats
    assert stats is not None
    unread = stats.prompt_tokens - stats.reused_tokens
    assert unread < 12, "the last words of the question"
    cold = ask(library, FakeEngine(Script(answers=("On the third.",))), f"{typed} of the year?", Scope((short,))).stats
    assert cold is not None
    assert cold.prompt_tokens - cold.reused_tokens > 8 * unread


def test_behind_passages_that_have_yet_to_be_found_only_what_is_attached_is_read(library: Shelf) -> None:
    (long,) = library.add(long=LONG)
    engine = FakeEngine(Script(answers=("1700 euros.",), context_tokens=4_096))
    session = converse(library, engine)
    attached = (Attachment("notes.txt", "Some notes of mine about this. " * 40),)
    typed = "What does party 17 pay according to clause 17"
    is_read = session.read_ahead(
        engine, None, typed, parent_id=None, stop=Stop(), scope=Scope((long,)), attachments=attached
    )
    assert not is_read, "the words of the question stand behind what has yet to be found"
    log = Log()
    session.send(
        None, f"{typed}?", parent_id=None, on_event=log, stop=Stop(), scope=Scope((long,)), attachments=attached
    )
    stats = finished(log).stats
    assert stats is not None
    assert stats.reused_tokens > 240, "what is attached"


def test_with_the_documents_in_view_the_next_question_is_read_ahead_as_anywhere(library: Shelf) -> None:
    (short,) = library.add(short=SHORT)
    engine = FakeEngine(Script(answers=("On the third.",)))
    first = ask(library, engine, "When is it due?", Scope((short,)))
    session, home = converse(library, engine), first.conversation_id
    typed = "And how much is it that has to be paid on that day by whoever lives there"
    assert session.read_ahead(engine, home, typed, parent_id=first.id, stop=Stop())
    stats = ask(library, engine, f"{typed}, please?", Scope(), home).stats
    assert stats is not None
    assert stats.prompt_tokens - stats.reused_tokens < 8


# Both of two answers side by side.


class Both:
    """One model with two settings, or two; all answers come from one scripted engine."""

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine

    def path(self) -> Path:
        return Path("one.gguf")

    def wish_beside(self, _path: Path) -> None:
        return None

    def beside(self, *_wish: object) -> object:
        raise AssertionError("there is no room")


class Counting(Listening):
    """How often notes were asked for."""

    @property
    def notes(self) -> int:
        return sum("Write short notes" in heard[-1].text for heard in self.heard)


def compared(library: Shelf, engine: FakeEngine) -> tuple[Compare, list[object]]:
    session, store = converse(library, engine), ChatStore(library.database)
    made = Compare(store, session, wished, lambda _progress, _stop, *, path: engine, Both(engine))  # type: ignore[arg-type] # never beside
    return made, []


SIDES = (Side(Path("one.gguf"), "One"), Side(Path("other.gguf"), "Other"))


def ended(store: ChatStore, events: Sequence[object]) -> list[Message]:
    answers = [event.answer for event in events if isinstance(event, Finished)]
    assert not [event for event in events if isinstance(event, Failed)]
    return list(store.messages([one.id for one in answers]))


def test_two_answers_side_by_side_are_given_from_what_was_read_once(library: Shelf) -> None:
    (long,) = library.add(long=LONG)
    engine = Counting(Script(answers=("Party 3 pays 300 euros.",), context_tokens=4_096))
    compare, events = compared(library, engine)
    compare.run(
        None,
        ALL,
        parent_id=None,
        sides=SIDES,
        on_event=lambda _side, event: events.append(event),
        stop=Stop(),
        scope=Scope((long,)),
        wanted="every_part",
    )
    first, second = ended(ChatStore(library.database), events)
    assert first.grounds is not None
    assert first.grounds.strategy == "every_part"
    assert second.grounds == first.grounds
    read = engine.notes
    assert read > 2
    events.clear()
    question = ChatStore(library.database).messages([first.parent_id or ""])[0]
    compare.again(question, sides=SIDES, on_event=lambda _side, event: events.append(event), stop=Stop())
    assert {one.grounds for one in ended(ChatStore(library.database), events)} == {first.grounds}
    assert engine.notes == read, "nothing was read a second time"


def test_a_copy_of_a_chat_asks_the_same_documents(library: Shelf) -> None:
    (short,) = library.add(short=SHORT)
    first = ask(library, FakeEngine(), "What is due?", Scope((short,)))
    store = ChatStore(library.database)
    copies = (
        store.duplicate(first.conversation_id, title="Copy"),
        store.branch_off(first.conversation_id, first.id, title="Side"),
        *store.bring_in([store.carried(first.conversation_id)]),
    )
    assert [library.library.scope_of(home) for home in copies] == [Scope((short,))] * 3
    library.library.remove((short,))
    (later,) = store.bring_in([store.carried(first.conversation_id)])
    assert not library.library.scope_of(later)
