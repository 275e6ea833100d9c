"""An answer that goes on in its own message: nothing is read twice, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.chat.manner import Manner
from app.chat.session import ChatSession, Failed, Started, Wishes
from app.chat.store import ChatStore
from app.chat.tree import Message
from app.engine import client, protocol
from app.engine.client import Engine, Stop
from app.engine.fake import FakeEngine, Script
from app.engine.protocol import LoadWish
from app.models import library
from tests.chat.talk import WISHES, Listening, Log, ask, chat, finished


def cut_short(store: ChatStore, engine: Engine, *, max_tokens: int = 3) -> Message:
    """An answer that ended at its length."""
    log = Log()
    chat(store, engine).send(None, "Why?", parent_id=None, on_event=log, stop=Stop(), max_tokens=max_tokens)
    return finished(log)


def continued(store: ChatStore, engine: Engine, answer: Message, *, stop: Stop | None = None) -> Log:
    log = Log(on_delta=lambda _text: stop.set() if stop is not None else None)
    chat(store, engine).continue_answer(
        answer.id, conversation_id=answer.conversation_id, on_event=log, stop=stop or Stop()
    )
    return log


def test_an_answer_goes_on_in_its_own_message_and_nothing_is_read_twice(store: ChatStore) -> None:
    engine = Listening(Script(answers=("one two three four five six",)))
    first = cut_short(store, engine)
    assert (first.text, first.status) == ("one two three", "length")
    log = continued(store, engine, first)
    assert isinstance(log.events[0], Started)
    assert log.events[0].answer.text == "one two three"
    assert log.events[0].answer.status == "streaming"
    assert log.text == " four five six", "only new words are told"
    whole = finished(log)
    assert (whole.id, whole.text, whole.status) == (first.id, "one two three four five six", "done")
    assert store.tree(first.conversation_id).path()[-1] == whole
    assert engine.timings[1].reused_tokens == engine.timings[1].prompt_tokens - 1
    assert first.stats is not None
    assert whole.stats is not None
    assert whole.stats.answer_tokens == 6
    assert whole.stats.prompt_tokens == first.stats.prompt_tokens


def test_an_answer_that_goes_on_and_is_stopped_keeps_old_and_new_words(store: ChatStore) -> None:
    engine = FakeEngine(Script(answers=("one two three four five six",)))
    again = finished(continued(store, engine, cut_short(store, engine), stop=Stop()))
    assert (again.text, again.status) == ("one two three four", "stopped")


def test_words_are_kept_where_the_engine_dies_before_it_can_go_on(store: ChatStore) -> None:
    first = cut_short(store, FakeEngine(Script(answers=("one two three four",))))
    log = continued(store, FakeEngine(Script(answers=("one two three four",), dies_after_tokens=0)), first)
    assert isinstance(log.last, Failed)
    assert log.last.answer is not None
    assert log.last.answer.text == "one two three"
    assert store.messages((first.id,))[0].text == "one two three"


def test_an_answer_without_a_word_is_answered_in_its_place(store: ChatStore) -> None:
    engine = FakeEngine(Script(answers=("", "fine")))
    empty = finished(ask(store, engine))
    assert finished(continued(store, engine, empty)).text == "fine"
    assert len(store.tree(empty.conversation_id)) == 2


def test_an_answer_that_fills_the_context_is_told_to_go_on_in_a_new_message(store: ChatStore) -> None:
    engine = FakeEngine(Script(answers=("word " * 200,), context_tokens=64))
    full = finished(ask(store, engine))
    assert full.status == "context"
    log = continued(store, engine, full)
    assert isinstance(log.last, Failed)
    assert "new message" in log.last.error.next_step
    assert log.last.answer is not None
    assert log.last.answer.text == full.text


def test_an_answer_whose_question_was_deleted_does_not_go_on(store: ChatStore) -> None:
    engine = FakeEngine(Script(answers=("one two three four",)))
    first = cut_short(store, engine)
    assert first.parent_id is not None
    store.delete_messages((first.parent_id,))
    log = continued(store, engine, first)
    assert isinstance(log.last, Failed)
    assert "deleted" in log.last.error.message


def test_another_model_that_goes_on_is_named(store: ChatStore) -> None:
    engine = FakeEngine(Script(answers=("one two three four",)))
    first = cut_short(store, engine)

    def other(_conversation_id: str | None, _folder_id: str | None, _manner: Manner) -> Wishes:
        return replace(WISHES, model_title="Other")

    log = Log()
    talk = ChatSession(store, lambda _progress, _stop, *, path: engine, other)
    talk.continue_answer(first.id, conversation_id=first.conversation_id, on_event=log, stop=Stop())
    assert finished(log).note == "Other went on with this answer."
    assert finished(log).model == first.model


def test_an_answer_goes_on_after_everything_that_was_remembered_is_gone(store: ChatStore) -> None:
    """As after a restart: the words alone are there."""
    first = cut_short(store, FakeEngine(Script(answers=("one two three four",))))
    engine = Listening(Script(answers=("one two three four",)))
    assert finished(continued(store, engine, first)).text == "one two three four"
    assert engine.timings[0].reused_tokens == 0


@pytest.mark.model
def test_a_real_model_goes_on_where_it_was_and_reads_nothing_twice(store: ChatStore) -> None:
    loaded = client.load(LoadWish(library.starter(), 1024), on_progress=lambda _fraction: None, stop=Stop())
    timings: list[protocol.Timings] = []
    wishes = replace(WISHES, sampling=protocol.Sampling(temperature=0.0), max_tokens=12)
    talk = ChatSession(
        store,
        lambda _progress, _stop, *, path: loaded,
        lambda *_where: wishes,
        learn=lambda _engine, told: timings.append(told),
    )
    try:
        log, again = Log(), Log()
        talk.send(None, "Tell me a story about a llama.", parent_id=None, on_event=log, stop=Stop())
        first = finished(log)
        talk.continue_answer(first.id, conversation_id=first.conversation_id, on_event=again, stop=Stop())
        whole = finished(again)
        assert whole.text == first.text + again.text
        assert again.text
        assert timings[1].reused_tokens == timings[1].prompt_tokens - 1
        assert timings[1].prompt_tokens == timings[0].prompt_tokens + timings[0].answer_tokens
        assert whole.stats is not None
        assert whole.stats.answer_tokens == 24
    finally:
        loaded.close()
