"""What every Engine promises: the same tests run on the scripted engine and on the real one."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence

import pytest

from app.engine.client import Engine, Stop
from app.engine.protocol import AnswerEvent, Delta, Finished, Message, Prefilling, Priority, Sampling, Timings
from app.errors import Cancelled, ContextFull, DiskFull, EngineFault

HELLO = (Message("user", "Tell me a story about a llama."),)
LONG = (Message("user", "The llama walked over the hill. " * 32),)  # over 300 tokens: two micro-batches


def events_of(
    engine: Engine,
    messages: Sequence[Message] = HELLO,
    *,
    max_tokens: int | None = 16,
    stop: Stop | None = None,
    stop_strings: Sequence[str] = (),
    conversation: str = "",
    priority: Priority = "turn",
    is_continued: bool = False,
) -> list[AnswerEvent]:
    return list(
        engine.answer(
            messages,
            sampling=Sampling(temperature=0.0),
            max_tokens=max_tokens,
            stop=stop or Stop(),
            stop_strings=stop_strings,
            conversation=conversation,
            priority=priority,
            is_continued=is_continued,
        )
    )


def is_stopped(engine: Engine, stop: Stop) -> bool:
    """Whether an answer with this stop ends by it: as Cancelled, where the engine still had something else to do."""
    try:
        return finish_of(events_of(engine, max_tokens=None, stop=stop)).stop_reason == "stopped"
    except Cancelled:
        return True


def saved(engine: Engine, conversation: str, *, limit_bytes: int = 2**30) -> tuple[int, list[bytes]]:
    chunks: list[bytes] = []
    return engine.save(conversation, chunks.append, limit_bytes=limit_bytes, stop=Stop()), chunks


def restored(engine: Engine, conversation: str, chunks: Sequence[bytes]) -> int:
    return engine.restore(conversation, chunks, sum(len(chunk) for chunk in chunks), stop=Stop())


def follow_up(events: Sequence[AnswerEvent], question: str = "And then?") -> tuple[Message, ...]:
    return (*HELLO, Message("assistant", text_of(events)), Message("user", question))


def begun(text: str, question: Sequence[Message] = HELLO) -> tuple[Message, ...]:
    """A question and an answer that goes on after `text`."""
    return (*question, Message("assistant", text))


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
        assert is_stopped(engine, stop)

    def test_it_answers_again_after_a_stop(self, engine: Engine) -> None:
        stop = Stop()
        stop.set()
        assert is_stopped(engine, stop)
        assert text_of(events_of(engine))

    def test_two_answers_in_sequence(self, engine: Engine) -> None:
        first = events_of(engine)
        second = events_of(engine, follow_up(first))
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

    def test_an_answer_goes_on_where_it_was_cut_and_nothing_is_read_twice(self, engine: Engine) -> None:
        whole = text_of(events_of(engine, max_tokens=24))
        first = events_of(engine, max_tokens=8, conversation="cut")
        rest = events_of(engine, begun(text_of(first)), max_tokens=16, conversation="cut", is_continued=True)
        assert text_of(first) + text_of(rest) == whole
        timings = finish_of(rest).timings
        before = finish_of(first).timings
        assert timings.prompt_tokens == before.prompt_tokens + before.answer_tokens
        assert timings.reused_tokens >= timings.prompt_tokens - 1
        assert timings.answer_tokens == 16

    def test_an_answer_in_many_pieces_is_the_same_answer(self, engine: Engine) -> None:
        """Characters of several tokens are cut in two here, and whole again in the next piece."""
        question = (Message("user", "Repeat exactly this: 🦙🌍🦙🌍日本語🦙🌍🦙🌍日本語🦙🌍"),)
        text = text_of(events_of(engine, question, max_tokens=4, conversation="pieces"))
        # From the same beginning: the first token of all is nearly a toss-up, and rounding may decide it.
        whole = text + text_of(events_of(engine, begun(text, question), max_tokens=20, is_continued=True))
        for _piece in range(20):
            piece = events_of(engine, begun(text, question), max_tokens=1, conversation="pieces", is_continued=True)
            timings = finish_of(piece).timings
            assert timings.reused_tokens >= timings.prompt_tokens - 1
            text += text_of(piece)
            if timings.answer_tokens == 0:
                break
        assert text == whole

    def test_an_answer_that_went_on_is_known_as_one(self, engine: Engine) -> None:
        first = events_of(engine, max_tokens=8, conversation="one")
        rest = events_of(engine, begun(text_of(first)), max_tokens=8, conversation="one", is_continued=True)
        talk = (*begun(text_of(first) + text_of(rest)), Message("user", "And then?"))
        after = finish_of(events_of(engine, talk, max_tokens=1, conversation="one")).timings
        spoken = finish_of(rest).timings
        assert after.reused_tokens >= spoken.prompt_tokens + spoken.answer_tokens - 1

    def test_an_answer_goes_on_that_the_engine_has_never_seen(self, engine: Engine) -> None:
        question = (Message("user", "Name a bird."),)
        rest = events_of(engine, begun("One that everybody knows is the ", question), is_continued=True)
        assert text_of(rest)
        assert not text_of(rest).startswith(" "), "the space is there already"
        timings = finish_of(rest).timings
        assert timings.prompt_tokens < engine.count(begun("One that everybody knows is the ", question))

    def test_an_answer_without_a_word_begins_anew(self, engine: Engine) -> None:
        anew = finish_of(events_of(engine, begun(""), max_tokens=4, is_continued=True)).timings
        assert anew.prompt_tokens == engine.count(HELLO)

    def test_a_side_job_leaves_every_conversation_as_it_was(self, engine: Engine) -> None:
        first = events_of(engine, conversation="kept")
        assert text_of(events_of(engine, LONG, priority="side"))
        second = finish_of(events_of(engine, follow_up(first), max_tokens=1, conversation="kept")).timings
        spoken = finish_of(first).timings
        assert second.reused_tokens >= spoken.prompt_tokens + spoken.answer_tokens - 1

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
        endless = Sampling(temperature=0.0, ignores_end=True)
        answering = engine.answer(LONG, sampling=endless, max_tokens=None, stop=Stop())
        next(answering)
        stop = Stop()
        later = threading.Timer(0.2, stop.set)
        later.start()
        assert is_stopped(engine, stop)
        later.join()
        assert isinstance(answering, Generator)
        answering.close()
        assert text_of(events_of(engine))

    def test_counting_does_not_wait_for_an_answer(self, engine: Engine) -> None:
        tokens = engine.count(HELLO)
        endless = Sampling(temperature=0.0, ignores_end=True)
        answering = engine.answer(LONG, sampling=endless, max_tokens=None, stop=Stop())
        next(answering)
        assert engine.count(HELLO) == tokens
        assert engine.idle_s == 0, "the answer still goes on"
        assert isinstance(answering, Generator)
        answering.close()

    def test_a_turn_goes_before_an_answer_that_nobody_waits_for_and_spoils_nothing(self, engine: Engine) -> None:
        alone = text_of(events_of(engine, LONG, priority="side"))
        side = engine.answer(LONG, sampling=Sampling(temperature=0.0), max_tokens=16, stop=Stop(), priority="side")
        seen = [next(side)]
        assert text_of(events_of(engine))
        seen += side
        assert text_of(seen) == alone

    def test_a_conversation_goes_on_where_it_was(self, engine: Engine) -> None:
        first = events_of(engine, conversation="a")
        second = events_of(engine, follow_up(first), conversation="a")
        assert finish_of(second).timings.reused_tokens >= finish_of(first).timings.prompt_tokens

    def test_two_conversations_do_not_cost_each_other_anything(self, engine: Engine) -> None:
        first = events_of(engine, conversation="a")
        events_of(engine, LONG, max_tokens=1, conversation="b")
        second = events_of(engine, follow_up(first), max_tokens=1, conversation="a")
        assert finish_of(second).timings.reused_tokens >= finish_of(first).timings.prompt_tokens

    def test_a_forgotten_conversation_leaves_nothing(self, engine: Engine) -> None:
        question = (Message("user", "What is the secret of the blue llama?"),)
        events_of(engine, question, conversation="secret")
        assert engine.holds("secret")
        engine.forget("secret")
        assert not engine.holds("secret")
        assert saved(engine, "secret") == (0, [])
        again = finish_of(events_of(engine, question)).timings
        assert again.reused_tokens < again.prompt_tokens - 5

    def test_a_state_goes_out_and_comes_back(self, engine: Engine) -> None:
        first = events_of(engine, conversation="out")
        tokens, chunks = saved(engine, "out")
        assert tokens >= finish_of(first).timings.prompt_tokens
        engine.forget("out")
        assert restored(engine, "out", chunks) == tokens
        assert engine.holds("out")
        second = events_of(engine, follow_up(first), conversation="out")
        assert finish_of(second).timings.reused_tokens >= tokens

    def test_what_is_no_state_is_refused_and_costs_nothing(self, engine: Engine) -> None:
        events_of(engine, conversation="a")
        _tokens, chunks = saved(engine, "a")
        cut = b"".join(chunks)[:-100]
        for nonsense in ([b"nonsense"], [bytes(5000)], [cut]):
            assert restored(engine, "never", nonsense) == 0
        assert engine.restore("never", chunks, 10**6 + sum(map(len, chunks)), stop=Stop()) == 0
        assert not engine.holds("never")
        assert text_of(events_of(engine, conversation="a"))

    def test_there_may_be_nothing_to_save_or_too_much_of_it(self, engine: Engine) -> None:
        assert saved(engine, "never") == (0, [])
        events_of(engine, conversation="a")
        assert saved(engine, "a", limit_bytes=100)[0] == 0
        assert saved(engine, "a")[0] > 0

    def test_a_fault_of_the_disk_reaches_who_saves(self, engine: Engine) -> None:
        def fail(_chunk: bytes) -> None:
            raise DiskFull("The disk is full.")

        events_of(engine, conversation="a")
        with pytest.raises(DiskFull):
            engine.save("a", fail, limit_bytes=2**30, stop=Stop())
        assert text_of(events_of(engine))

    def test_what_was_read_ahead_need_not_be_read_again(self, engine: Engine) -> None:
        engine.forget("ahead")
        asked = (Message("user", "Which colour has the seventh hill behind the river, and why is that so?"),)
        read = engine.read_ahead(asked, conversation="ahead", stop=Stop())
        assert read is not None
        assert engine.holds("ahead")
        answered = finish_of(events_of(engine, asked, conversation="ahead")).timings
        assert read.prompt_tokens <= answered.reused_tokens < answered.prompt_tokens

    def test_reading_ahead_stops_for_who_asks_and_when_told_to(self, engine: Engine) -> None:
        typed = (Message("user", "The goat ate the paper. " * 180),)
        results: list[Timings | None] = []
        reading = threading.Thread(
            target=lambda: results.append(engine.read_ahead(typed, conversation="typed", stop=Stop()))
        )
        reading.start()
        while not engine.holds("typed") and reading.is_alive():
            reading.join(0.001)
        assert text_of(events_of(engine, max_tokens=2))
        reading.join(30)
        stop = Stop()
        stop.set()
        results.append(engine.read_ahead(typed, conversation="typed", stop=stop))
        assert results == [None, None]

    def test_it_is_idle_between_answers(self, engine: Engine) -> None:
        events = engine.answer(HELLO, sampling=Sampling(temperature=0.0), max_tokens=2, stop=Stop())
        next(events)
        assert engine.idle_s == 0
        list(events)
        assert 0 < engine.idle_s < 60

    def test_facts_are_filled_in(self, engine: Engine) -> None:
        assert engine.is_alive
        assert engine.facts.name
        assert engine.facts.context_tokens == engine.plan.context_tokens == 2048
        assert engine.plan.reasons
        assert engine.facts.template_family

    def test_after_close_nothing_goes_and_closing_again_is_harmless(self, own_engine: Engine) -> None:
        lost: list[EngineFault] = []
        own_engine.on_lost(lost.append)
        own_engine.close()
        own_engine.close()
        assert not own_engine.is_alive
        with pytest.raises(EngineFault):
            own_engine.count(HELLO)
        with pytest.raises(EngineFault):
            events_of(own_engine)
        own_engine.forget("a")
        assert lost == [], "it was not lost, it was closed"
