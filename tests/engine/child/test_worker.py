"""The engine child by itself, spoken to in frames: many jobs at once, and what it keeps of conversations."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.engine.child.line import EXIT_PROTOCOL, EXIT_WELL
from app.engine.protocol import (
    MAX_CHUNK_BYTES,
    NO_PREAMBLE,
    Adapter,
    Chunk,
    Count,
    Counted,
    Delta,
    Finished,
    Forget,
    KvType,
    Load,
    Loaded,
    LoadFailed,
    LoadFault,
    Message,
    Ping,
    Pong,
    Prefilling,
    Progressed,
    Restore,
    Restored,
    Sampling,
    Save,
    Saved,
    Shape,
    ToParent,
)
from app.process import ChildGone
from tests.engine.child.raw import GREEDY, LOAD, RawChild, assistant, user, words

pytestmark = pytest.mark.model

ENDLESS = replace(GREEDY, ignores_end=True)
LONG = 1000


@pytest.fixture(scope="module")
def child(llama31_file: Path) -> Iterator[RawChild]:
    """Shared by tests that use conversations of their own."""
    with RawChild(llama31_file, load=replace(LOAD, context_tokens=4096)) as started:
        started.loaded()
        yield started


@pytest.fixture
def start(llama31_file: Path) -> Iterator[Callable[..., RawChild]]:
    """Children of a test's own."""
    children: list[RawChild] = []

    def start_one(path: Path = llama31_file, **changes: Any) -> RawChild:  # Any: fields of Load
        children.append(RawChild(path, load=replace(LOAD, **changes)))
        children[-1].loaded()
        return children[-1]

    yield start_one
    for started in children:
        started.child.stop()


def is_event(job: int, kind: type[Any]) -> Callable[[ToParent], bool]:
    """Whether a message is such an event of the job. Any: the class of an event."""
    return lambda message: isinstance(message, Progressed) and message.job == job and isinstance(message.event, kind)


def jobs_in_order(said: list[ToParent]) -> list[int]:
    """Whose events came, without repetitions."""
    jobs = [message.job for message in said if isinstance(message, Progressed)]
    return [job for number, job in enumerate(jobs) if number == 0 or jobs[number - 1] != job]


# What need not be read again.


def test_a_follow_up_reads_only_what_is_new(child: RawChild) -> None:
    question = user(words(1, 50))
    first = child.ask([question], "follow")
    timings = first.finished.timings
    second = child.ask([question, assistant(first.text), user("And then?")], "follow")
    assert second.reused == timings.prompt_tokens + timings.answer_tokens - 1  # the last one was said, not read


def test_an_edited_question_and_another_answer_reuse_everything_before(child: RawChild) -> None:
    talk = [user(words(2, 100))]
    talk += [assistant(child.ask(talk, "edit").text), user(words(3, 60))]
    whole = child.ask(talk, "edit").finished.timings
    again = child.ask(talk, "edit")
    assert again.read == 1
    edited = child.ask([*talk[:2], user(words(4, 60))], "edit")
    assert edited.reused > whole.prompt_tokens - 80
    back = child.ask(talk, "edit")
    assert back.read == 1, "the branch before the edit was kept"


def test_switching_between_two_long_conversations_reads_neither_again(start: Callable[..., RawChild]) -> None:
    child = start(context_tokens=1536)  # too few cells for both
    talks = {name: [user(words(seed, LONG))] for seed, name in enumerate("ab", 5)}
    first = {name: child.ask(talk, name) for name, talk in talks.items()}
    for name in "abab":
        again = child.ask(talks[name], name)
        assert again.finished.timings.prompt_tokens >= LONG
        assert again.read == 1
        assert again.text == first[name].text
    assert child.dropped == []


def test_a_title_leaves_the_conversation_where_it_was(child: RawChild) -> None:
    talk = [user(words(7, 80))]
    answer = child.ask(talk, "titled")
    child.ask([*talk, assistant(answer.text), user("A title, please.")], priority="side")
    _state, saved = child.save("titled")
    assert saved.tokens == answer.finished.timings.prompt_tokens + answer.finished.timings.answer_tokens - 1


def test_without_memory_for_parking_a_conversation_that_leaves_the_cache_is_dropped(
    start: Callable[..., RawChild],
) -> None:
    child = start(parked_bytes=0)
    child.ask([user(words(8, 200))], "a")
    child.ask([user(words(9, 200))], "b")
    assert child.dropped == ["a"]
    assert child.save("a")[1].tokens == 0
    assert child.ask([user(words(8, 200))], "a").reused < 20


def test_a_full_context_makes_room_for_whoever_is_asked(start: Callable[..., RawChild]) -> None:
    child = start(context_tokens=1024, resting_tokens=2000)
    for seed in range(10, 16):
        said = child.ask([user(words(seed, 300))], f"talk {seed}", sampling=ENDLESS, max_tokens=100)
        assert said.finished.stop_reason == "length"
    last = child.ask([user(words(16, 900))], "long", sampling=ENDLESS, max_tokens=None)
    assert last.finished.stop_reason == "context"
    assert last.finished.timings.prompt_tokens + last.finished.timings.answer_tokens == 1025


def test_a_question_larger_than_the_context_is_told_with_numbers(child: RawChild) -> None:
    failed = child.failure(child.start([user(words(17, 5000))]))
    assert (failed.fault, failed.limit) == ("context_full", 4096)
    assert failed.tokens > 5000


# States.


@pytest.mark.parametrize("kv_type", ["f16", "q8_0"])
def test_a_state_goes_on_in_another_child_as_if_nothing_had_happened(
    start: Callable[..., RawChild], kv_type: KvType
) -> None:
    first, second = start(kv_type=kv_type), start(kv_type=kv_type)
    talk = [user(words(20, 300))]
    talk += [assistant(first.ask(talk, "a").text), user("Go on.")]
    state, saved = first.save("a")
    assert saved.size_bytes == len(state)
    assert second.restore("a", state) == saved.tokens
    there, here = second.ask(talk, "a"), first.ask(talk, "a")
    assert there.text == here.text
    assert there.reused == here.reused == saved.tokens, "also the answer's own tokens"


def test_a_large_state_travels_in_pieces(starter: Path) -> None:
    with RawChild(starter) as child:
        child.loaded()
        said = child.ask([user(words(21, 200))], "a", max_tokens=1)
        state, saved = child.save("a")
        assert len(state) > MAX_CHUNK_BYTES
        child.send(Forget("a"))
        assert child.restore("a", state) == saved.tokens == said.finished.timings.prompt_tokens
        assert child.ask([user(words(21, 200))], "a", max_tokens=1).read == 1


def test_a_state_of_another_kind_is_refused_and_the_conversation_is_read_again(
    start: Callable[..., RawChild], starter: Path
) -> None:
    talk = [user(words(22, 100))]
    child = start()
    for other in (start(kv_type="q8_0"), start(starter)):
        other.ask(talk, "a", max_tokens=1)
        state, saved = other.save("a")
        assert saved.tokens > 100
        assert child.restore("a", state) == 0
        assert child.save("a")[1].tokens == 0
    assert child.ask(talk, "a").reused == 0


@pytest.mark.parametrize("state", [b"", b"\0", b"nonsense" * 100], ids=["empty", "tiny", "nonsense"])
def test_what_is_no_state_is_refused(child: RawChild, state: bytes) -> None:
    assert child.restore("none", state) == 0
    assert child.save("none")[1] == Saved(child.number() - 1, 0, 0)


def test_what_is_forgotten_is_read_again(child: RawChild) -> None:
    talk = [user(words(23, 100))]
    answer = child.ask(talk, "secret")
    child.send(Forget("secret"))
    assert child.save("secret")[1].tokens == 0
    again = child.ask([*talk, assistant(answer.text), user("And?")], "secret")
    assert again.reused < 20  # what every prompt begins with


def test_what_is_forgotten_while_its_state_is_on_its_way_does_not_come_back(start: Callable[..., RawChild]) -> None:
    child = start()
    child.ask([user(words(24, 100))], "a")
    state, _saved = child.save("a")
    job = child.number()
    child.send(Restore(job, "a", len(state)))
    child.send(Chunk(job, state[:1000]))
    child.send(Forget("a"))
    child.send(Chunk(job, state[1000:]))
    assert child.wait_for(Restored, job).tokens == 0
    assert child.save("a")[1].tokens == 0


def test_a_restore_that_is_broken_off_is_forgotten(child: RawChild) -> None:
    job = child.number()
    child.send(Restore(job, "broken", 5000))
    child.send(Chunk(job, bytes(1000)))
    child.cancel(job)
    child.send(Chunk(job, bytes(4000)))
    child.ask([user("Hello")], max_tokens=1)
    assert not any(isinstance(message, Restored) and message.job == job for message in child.heard)


def test_a_chunk_of_nothing_is_ignored(child: RawChild) -> None:
    child.send(Chunk(999_999, b"x"))
    assert child.ask([user("Hello")], max_tokens=1).text


# Who goes first.


def test_a_turn_overtakes_a_side_answer_which_then_goes_on_as_if_undisturbed(start: Callable[..., RawChild]) -> None:
    child = start()
    side, turn = [user(words(30, 100))], [user(words(31, 100))]
    undisturbed = child.ask(side, "side", sampling=ENDLESS, max_tokens=200)
    child.send(Forget("side"))
    lesser = child.start(side, "side", sampling=ENDLESS, max_tokens=200, priority="side")
    child.wait_for_event(lesser, Delta)
    urgent = child.start(turn, "turn")
    said = child.listen(is_event(lesser, Finished))
    assert jobs_in_order(said) in ([lesser, urgent, lesser], [urgent, lesser])
    texts = [m.event.text for m in said if isinstance(m, Progressed) and isinstance(m.event, Delta) and m.job == lesser]
    assert undisturbed.text.endswith("".join(texts))
    assert isinstance(said[-1], Progressed)
    assert isinstance(said[-1].event, Finished)
    assert said[-1].event.timings.answer_tokens == 200


def test_a_turn_waits_for_the_turn_before_it(child: RawChild) -> None:
    first = child.start([user(words(32, 50))], "a", sampling=ENDLESS, max_tokens=100)
    second = child.start([user(words(33, 50))], "b")
    said = child.listen(is_event(second, Finished))
    assert jobs_in_order(said) == [first, second]


def test_reading_ahead_goes_before_a_side_answer_and_after_a_turn(child: RawChild) -> None:
    busy = child.start([user(words(34, 50))], sampling=ENDLESS, max_tokens=100)
    child.wait_for_event(busy, Prefilling)
    side = child.start([user(words(35, 50))], priority="side")
    ahead = child.start_reading([user(words(36, 50) + " and")], "ahead")
    turn = child.start([user(words(37, 50))])
    said = child.listen(is_event(side, Finished))
    assert jobs_in_order(said) == [busy, turn, ahead, side]


def test_reading_ahead_that_is_overtaken_spares_the_question_what_it_read(start: Callable[..., RawChild]) -> None:
    child = start(micro_batch_tokens=16)
    typed = words(38, 1500)
    ahead = child.start_reading([user(typed)], "a")
    child.wait_until_read(ahead, 200)
    asked = child.start([user(typed + " and that is all")], "a", max_tokens=4)
    read = child.finish(ahead)
    answer = child.finish(asked)
    assert read.finished.stop_reason == "stopped"
    last = [event.done for event in read.events if isinstance(event, Prefilling)]
    assert answer.reused >= max(last, default=200) >= 200
    assert answer.finished.stop_reason == "length"


def test_a_job_that_waits_can_be_cancelled(child: RawChild) -> None:
    running = child.start([user(words(40, 50))], sampling=ENDLESS, max_tokens=None)
    waiting = child.start([user(words(41, 50))], "never")
    child.wait_for_event(running, Delta)
    child.cancel(waiting)
    child.cancel(running)
    assert child.finish(running).finished.stop_reason == "stopped"
    said = child.finish(waiting)
    assert (said.finished.stop_reason, said.text) == ("stopped", "")
    assert child.save("never")[1].tokens == 0


def test_a_job_that_was_overtaken_can_be_cancelled(child: RawChild) -> None:
    lesser = child.start([user(words(42, 50))], sampling=ENDLESS, max_tokens=None, priority="side")
    child.wait_for_event(lesser, Delta)
    urgent = child.start([user(words(43, 50))], sampling=ENDLESS, max_tokens=100)
    child.wait_for_event(urgent, Delta)
    child.cancel(lesser)
    assert child.finish(urgent).finished.timings.answer_tokens == 100
    assert child.finish(lesser).finished.stop_reason == "stopped"


def test_a_job_is_cancelled_while_it_reads(start: Callable[..., RawChild]) -> None:
    child = start(micro_batch_tokens=16)
    running = child.start([user(words(44, 1500))], "a")
    child.wait_until_read(running, 100)
    child.cancel(running)
    said = child.finish(running)
    assert (said.finished.stop_reason, said.text) == ("stopped", "")
    again = child.ask([user(words(44, 1500))], "a", max_tokens=1)
    assert again.reused >= 100
    assert again.reused % 16 == 0, "whole micro-batches stayed"


def test_counting_does_not_wait_for_an_answer(child: RawChild) -> None:
    running = child.start([user(words(45, 50))], sampling=ENDLESS, max_tokens=None)
    child.wait_for_event(running, Delta)
    messages = (user(words(46, 50)),)
    job = child.number()
    child.send(Count(job, messages, NO_PREAMBLE))
    counted = child.wait_for(Counted, job)
    assert not any(is_event(running, Finished)(message) for message in child.heard)
    child.cancel(running)
    child.finish(running)
    assert child.ask(messages, max_tokens=1).finished.timings.prompt_tokens == counted.tokens


def test_saving_gives_way_to_a_turn_and_goes_on(start: Callable[..., RawChild], starter: Path) -> None:
    child = start(starter)
    child.ask([user(words(47, 400))], "a", max_tokens=1)
    undisturbed, _saved = child.save("a")
    state = child.number()
    child.send(Save(state, "a"))
    turn = child.start([user("Hello")], "b", max_tokens=4)
    said = child.listen(lambda message: isinstance(message, Saved))
    assert any(is_event(turn, Finished)(message) for message in said)
    assert b"".join(message.data for message in said if isinstance(message, Chunk)) == undisturbed


# Faults.


NOWHERE = Shape(grammar='root ::= "a" [^\\x00-\\U7FFFFFFF]')


@pytest.mark.parametrize("shape", [Shape(grammar="nonsense"), Shape(json_schema="{"), NOWHERE])
def test_a_form_that_cannot_be_used_costs_one_answer(child: RawChild, shape: Shape) -> None:
    failed = child.failure(child.start([user("Hello")], shape=shape))
    assert failed.fault == "shape"
    assert child.ask([user("Hello")], max_tokens=1).text


def test_an_answer_as_json_is_json(child: RawChild) -> None:
    shape = Shape(json_schema='{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]}')
    said = child.ask([user("Is it?")], shape=shape, sampling=Sampling(seed=1), max_tokens=50)
    assert said.text.replace(" ", "") in ('{"ok":true}', '{"ok":false}')


@pytest.mark.parametrize(
    "untrusted", [b"", b"nonsense", b"{}", b'{"is":"Hello"}', b"\0", b'{"is":"Ping","number":-1}', b"\xff" * 100]
)
def test_what_the_protocol_does_not_know_ends_the_child(start: Callable[..., RawChild], untrusted: bytes) -> None:
    child = start()
    child.child.send(untrusted)
    with pytest.raises(ChildGone) as gone:
        child.wait_for(Finished)  # type: ignore[type-var]  # never said
    assert gone.value.exit.code == EXIT_PROTOCOL


def test_a_question_before_the_model_is_there_ends_the_child(llama31_file: Path) -> None:
    with RawChild(llama31_file) as child:
        child.loaded()
    with RawChild(llama31_file.with_name("missing.gguf")) as child:
        assert isinstance(child.wait(lambda message: isinstance(message, LoadFailed)), LoadFailed)
        child.send(Count(1, (user("Hello"),), NO_PREAMBLE))
        with pytest.raises(ChildGone) as gone:
            child.wait_for(Counted)
        assert gone.value.exit.code == EXIT_PROTOCOL


def test_the_child_ends_when_its_input_does_whatever_it_does(start: Callable[..., RawChild]) -> None:
    child = start()
    job = child.start([user(words(48, 50))], sampling=ENDLESS, max_tokens=None)
    child.wait_for_event(job, Delta)
    ended = child.child.stop(grace_s=10.0)
    assert (ended.code, ended.how) == (EXIT_WELL, "asked")


@pytest.mark.parametrize(
    ("wish", "fault"),
    [
        (lambda other: {"adapters": (Adapter(str(other), 1.0),)}, "adapter"),
        (lambda other: {"draft": str(other), "is_guessing": True}, "draft"),
        (lambda other: {"draft": str(other.with_name("missing.gguf")), "is_guessing": True}, "draft"),
        (lambda _other: {"devices": ("CUDA7",)}, "device"),
    ],
    ids=["adapter", "draft", "missing draft", "device"],
)
def test_a_load_that_cannot_be_carried_out_says_why(
    llama31_file: Path, starter: Path, wish: Callable[[Path], dict[str, Any]], fault: LoadFault
) -> None:
    load: Load = replace(LOAD, **wish(starter))
    with RawChild(llama31_file, grants=(starter,), load=load) as child:
        failed = child.wait(lambda message: isinstance(message, Loaded | LoadFailed))
        assert isinstance(failed, LoadFailed)
        assert failed.fault == fault
        assert str(starter.parent) not in failed.detail


def test_a_draft_of_the_same_vocabulary_guesses(start: Callable[..., RawChild], llama31_file: Path) -> None:
    child = start(draft=str(llama31_file), is_guessing=True)
    said = child.ask([user(words(49, 50))], sampling=ENDLESS, max_tokens=60)
    assert said.finished.timings.accepted_tokens > 0


@pytest.mark.skipif(sys.platform != "linux", reason="what /proc says")
def test_a_ping_is_answered_while_the_model_loads_and_while_it_answers(starter: Path) -> None:
    with RawChild(starter) as child:
        child.send(Ping(1))
        early = child.listen(lambda message: isinstance(message, Loaded))
        (first,) = [message for message in early if isinstance(message, Pong)]
        job = child.start([user(words(50, 100))], sampling=ENDLESS, max_tokens=None)
        child.wait_for_event(job, Delta)
        child.send(Ping(2))
        second = child.wait_for(Pong)
        assert not any(is_event(job, Finished)(message) for message in child.heard)
        assert (first.number, second.number) == (1, 2)
        model_bytes = starter.stat().st_size
        assert 2**20 < first.resident_bytes < second.resident_bytes < 2**34
        assert second.resident_bytes > model_bytes // 2
        assert first.read_bytes <= second.read_bytes


def test_a_conversation_of_messages_of_every_kind_is_counted(child: RawChild) -> None:
    messages = (Message("system", "Be brief."), user("Hi"), assistant("Hello."), user("🦙\n\t日本語"))
    job = child.number()
    child.send(Count(job, messages, NO_PREAMBLE))
    tokens = child.wait_for(Counted, job).tokens
    assert tokens == child.ask(messages, max_tokens=1).finished.timings.prompt_tokens
