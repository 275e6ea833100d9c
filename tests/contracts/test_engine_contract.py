"""What every Engine promises: the same tests run on the scripted engine and on the real one."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence

import pytest

from app.engine.client import Engine, Stop
from app.engine.protocol import AnswerEvent, Delta, Finished, Message, Prefilling, Sampling
from app.errors import Cancelled, ContextFull, EngineFault

HELLO = (Message("user", "Tell me a story about a llama."),)
LONG = (Message("user", "The llama walked over the hill. " * 85),)


def events_of(
    engine: Engine,
    messages: Sequence[Message] = HELLO,
    *,
    max_tokens: int | None = 16,
    stop: Stop | None = None,
    stop_strings: Sequence[str] = (),
) -> list[AnswerEvent]:
    sampling = Sampling(temperature=0.0)
    stop = stop or Stop()
    return list(engine.answer(messages, sampling=sampling, max_tokens=max_tokens, stop=stop, stop_strings=stop_strings))


def text_of(events: Sequence[AnswerEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


def finish_of(events: Sequence[AnswerEvent]) -> Finished:
    assert [event for event in events if isinstance(event, Finished)] == [events[-1]]
    last = events[-1]
    assert isinstance(last, Finished)
    return last


class TestEngine:
    def test_an_answer_is_prefill_then_text_then_one_end(self, engine: Engine) -> None:
        events = events_of(engine)
        kinds = [type(event) for event in events]
        assert kinds[0] is Prefilling
        assert kinds == sorted(kinds, key=[Prefilling, Delta, Finished].index)
        assert text_of(events)
        finish_of(events)

    def test_prefill_counts_up_to_the_whole_prompt(self, engine: Engine) -> None:
        paragraph = (Message("user", "The llama walked over the hill. " * 8),)
        events = events_of(engine, paragraph, max_tokens=1)
        steps = [event for event in events if isinstance(event, Prefilling)]
        assert [step.done for step in steps] == sorted(step.done for step in steps)
        assert {step.total for step in steps} == {engine.count(paragraph)}
        assert steps[-1].done == steps[-1].total == finish_of(events).timings.prompt_tokens

    def test_max_tokens_is_kept_and_named_as_the_reason(self, engine: Engine) -> None:
        events = events_of(engine, max_tokens=5)
        finished = finish_of(events)
        assert finished.stop_reason == "length"
        assert finished.timings.answer_tokens == 5
        assert sum(event.tokens for event in events if isinstance(event, Delta)) <= 5

    def test_every_delta_is_whole_characters(self, engine: Engine) -> None:
        for event in events_of(engine, (Message("user", "Say something with 🦙 and 日本語."),), max_tokens=40):
            if isinstance(event, Delta):
                assert event.text
                assert event.text.encode("utf-8").decode("utf-8") == event.text

    def test_stop_during_decode_keeps_what_was_said(self, engine: Engine) -> None:
        stop = Stop()
        seen: list[AnswerEvent] = []
        for event in engine.answer(HELLO, sampling=Sampling(temperature=0.0), max_tokens=None, stop=stop):
            seen.append(event)
            if len(text_of(seen)) > 10:
                stop.set()
        assert finish_of(seen).stop_reason == "stopped"
        assert text_of(seen)

    def test_stop_during_prefill_says_nothing(self, engine: Engine) -> None:
        events_of(engine, max_tokens=1)  # the long prompt is not in a cache after this
        stop = Stop()
        seen: list[AnswerEvent] = []
        for event in engine.answer(LONG, sampling=Sampling(temperature=0.0), max_tokens=None, stop=stop):
            seen.append(event)
            stop.set()
        assert finish_of(seen).stop_reason == "stopped"
        assert text_of(seen) == ""

    def test_a_stop_that_came_before_the_question_counts(self, engine: Engine) -> None:
        stop = Stop()
        stop.set()
        assert finish_of(events_of(engine, stop=stop)).stop_reason == "stopped"

    def test_it_answers_again_after_a_stop(self, engine: Engine) -> None:
        stop = Stop()
        stop.set()
        events_of(engine, stop=stop)
        assert text_of(events_of(engine))

    def test_two_answers_in_sequence(self, engine: Engine) -> None:
        first = events_of(engine)
        follow_up = (*HELLO, Message("assistant", text_of(first)), Message("user", "And then?"))
        second = events_of(engine, follow_up)
        assert text_of(second)
        assert finish_of(second).timings.prompt_tokens > finish_of(first).timings.prompt_tokens

    def test_answers_of_two_threads_come_one_after_the_other(self, engine: Engine) -> None:
        answers: list[list[AnswerEvent]] = []
        threads = [threading.Thread(target=lambda: answers.append(events_of(engine))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert [finish_of(events).stop_reason for events in answers] == ["length", "length"]

    def test_count_grows_with_what_is_said(self, engine: Engine) -> None:
        counts = [engine.count((Message("user", "llama " * words),)) for words in (0, 1, 10, 100)]
        assert counts == sorted(set(counts))
        assert engine.count((Message("system", "Be kind."), *HELLO)) > 0
        assert engine.count(HELLO) == finish_of(events_of(engine, max_tokens=1)).timings.prompt_tokens

    def test_a_stop_string_ends_the_answer_and_is_not_shown(self, engine: Engine) -> None:
        whole = text_of(events_of(engine))
        stop_string = whole[len(whole) // 2 :][:7]
        events = events_of(engine, stop_strings=(stop_string,))
        assert finish_of(events).stop_reason == "stop_string"
        assert text_of(events) == whole[: whole.index(stop_string)]

    def test_a_prompt_that_is_too_long_is_refused_and_the_next_is_answered(self, engine: Engine) -> None:
        with pytest.raises(ContextFull):
            events_of(engine, (Message("user", "word " * 3000),))
        assert text_of(events_of(engine))

    def test_who_waits_for_anothers_answer_can_stop_waiting(self, engine: Engine) -> None:
        answering = engine.answer(LONG, sampling=Sampling(temperature=0.0), max_tokens=None, stop=Stop())
        next(answering)
        stop = Stop()
        later = threading.Timer(0.2, stop.set)
        later.start()
        with pytest.raises(Cancelled):
            engine.count(HELLO, stop=stop)
        with pytest.raises(Cancelled):
            events_of(engine, stop=stop)
        later.join()
        assert isinstance(answering, Generator)
        answering.close()
        assert text_of(events_of(engine))

    def test_facts_are_filled_in(self, engine: Engine) -> None:
        assert engine.is_alive
        assert engine.facts.name
        assert engine.facts.context_tokens == 2048
        assert engine.facts.template_family

    def test_after_close_nothing_goes_and_closing_again_is_harmless(self, own_engine: Engine) -> None:
        own_engine.close()
        own_engine.close()
        assert not own_engine.is_alive
        with pytest.raises(EngineFault):
            own_engine.count(HELLO)
        with pytest.raises(EngineFault):
            events_of(own_engine)
