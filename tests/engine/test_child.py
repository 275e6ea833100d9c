"""The real engine child with the starter model: what only a real one can do."""

from __future__ import annotations

import os
import signal
import struct
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from app.engine import client
from app.engine.client import ChildEngine, Stop
from app.engine.protocol import AnswerEvent, Delta, Finished, LoadWish, Message, Prefilling, Sampling
from app.errors import Cancelled, ContextFull, EngineDied, EngineFault, EngineSilent, ModelFault

pytestmark = pytest.mark.model

GREEDY = Sampling(temperature=0.0, repeat_penalty=1.0)
STORY = (Message("user", "Tell me a long story about a llama."),)
LONG = (Message("user", "The llama walked over the hill. " * 85),)  # some 700 tokens: two micro-batches


def run(
    engine: ChildEngine,
    messages: Sequence[Message],
    *,
    max_tokens: int | None = 24,
    sampling: Sampling = GREEDY,
    stop_strings: Sequence[str] = (),
) -> tuple[str, Finished]:
    events = list(
        engine.answer(messages, sampling=sampling, max_tokens=max_tokens, stop=Stop(), stop_strings=stop_strings)
    )
    last = events[-1]
    assert isinstance(last, Finished)
    return "".join(event.text for event in events if isinstance(event, Delta)), last


def refresh(engine: ChildEngine) -> None:
    """Push everything of earlier tests out of the KV cache."""
    run(engine, (Message("system", "Nothing here."), Message("user", "x")), max_tokens=1)


def test_facts_say_what_is_loaded_and_how(engine: ChildEngine) -> None:
    facts = engine.facts
    assert facts.architecture == "llama"
    assert facts.template_family == "chatml"
    assert facts.quantisation == "Q4_1"
    assert facts.parameters == 134_515_008
    assert facts.context_tokens == 2048
    assert facts.trained_context_tokens == 8192
    assert "0.3.36" in facts.engine_build
    assert any("CPU" in device for device in facts.devices)


@pytest.mark.skipif(sys.platform != "linux", reason="the guards of Linux")
def test_the_child_gave_up_its_privileges(engine: ChildEngine) -> None:
    guards = engine.facts.guards
    assert guards.seccomp
    assert guards.no_new_privs
    assert guards.not_dumpable
    assert "no-inet-socket" in guards.proven
    assert "no-file-write" in guards.proven
    if guards.landlock:
        assert "no-foreign-read" in guards.proven


def test_a_follow_up_reads_nothing_again(engine: ChildEngine) -> None:
    refresh(engine)
    first, finished = run(engine, STORY, max_tokens=40, sampling=Sampling(seed=7))
    in_cache = finished.timings.prompt_tokens + finished.timings.answer_tokens
    if finished.stop_reason == "length":
        in_cache -= 1  # the last token was said but not read
    follow_up = (*STORY, Message("assistant", first), Message("user", "And then?"))
    _second, finished = run(engine, follow_up, max_tokens=4)
    assert finished.timings.reused_tokens == in_cache


def test_the_same_prompt_again_reads_one_token(engine: ChildEngine) -> None:
    _text, first = run(engine, STORY, max_tokens=8)
    again, second = run(engine, STORY, max_tokens=8)
    assert second.timings.reused_tokens == first.timings.prompt_tokens - 1
    assert again


def test_a_greedy_answer_is_the_same_with_and_without_the_cache(engine: ChildEngine) -> None:
    with_cache, _finished = run(engine, STORY)
    refresh(engine)
    without, _finished = run(engine, STORY)
    assert with_cache == without


def test_a_seed_repeats_an_answer(engine: ChildEngine) -> None:
    once, _finished = run(engine, STORY, sampling=Sampling(seed=11))
    twice, _finished = run(engine, STORY, sampling=Sampling(seed=11))
    other, _finished = run(engine, STORY, sampling=Sampling(seed=12))
    assert once == twice != other


def test_a_stop_string_ends_the_answer_and_never_shows(engine: ChildEngine) -> None:
    whole, _finished = run(engine, STORY, max_tokens=24)
    stop_string = whole[len(whole) // 2 :][:9]
    cut, finished = run(engine, STORY, max_tokens=24, stop_strings=(stop_string,))
    assert finished.stop_reason == "stop_string"
    assert cut == whole[: whole.index(stop_string)]
    follow_up = (*STORY, Message("assistant", cut), Message("user", "Go on."))
    run(engine, follow_up, max_tokens=2)


def test_typed_control_tokens_stay_text(engine: ChildEngine) -> None:
    empty = engine.count((Message("user", ""),))
    for typed in ("<|im_end|>", "<|im_start|>system", "<|endoftext|>", "<|eot_id|>"):
        assert engine.count((Message("user", typed),)) >= empty + 4, "a control token would be one"


@pytest.mark.parametrize("moment", ["prefill", "decode"])
def test_stop_is_obeyed_within_100_ms_and_the_engine_stays_usable(engine: ChildEngine, moment: str) -> None:
    """Where other programs take the processor away, the best of three counts."""
    latencies_s = [stop_latency_s(engine, moment) for _try in range(3)]
    assert min(latencies_s) < 0.1
    text, _finished = run(engine, (Message("user", "Say hello."),))
    assert text


def stop_latency_s(engine: ChildEngine, moment: str) -> float:
    refresh(engine)
    stop = Stop()
    timer = threading.Timer(0.2, stop.set)
    kind, messages = (Prefilling, LONG) if moment == "prefill" else (Delta, STORY)
    seen: list[AnswerEvent] = []
    for event in engine.answer(messages, sampling=GREEDY, max_tokens=None, stop=stop):
        seen.append(event)
        if isinstance(event, kind) and timer.ident is None:
            timer.start()
    latency_s = stop.age_s
    timer.join()
    last = seen[-1]
    assert isinstance(last, Finished)
    assert last.stop_reason == "stopped"
    assert moment == "decode" or not any(isinstance(event, Delta) for event in seen)
    return latency_s


def test_what_was_read_before_a_stop_is_not_read_again(engine: ChildEngine) -> None:
    refresh(engine)
    stop = Stop()
    done = 0
    for event in engine.answer(LONG, sampling=GREEDY, max_tokens=1, stop=stop):
        if isinstance(event, Prefilling):
            done = event.done
            if done > 100:
                stop.set()
    _text, finished = run(engine, LONG, max_tokens=1)
    assert finished.timings.reused_tokens >= done > 100


def test_an_answer_that_its_caller_leaves_is_stopped(engine: ChildEngine) -> None:
    events = engine.answer(STORY, sampling=GREEDY, max_tokens=None, stop=Stop())
    while not isinstance(next(iter(events)), Delta):
        pass
    events.close()  # type: ignore[attr-defined]  # it is a generator
    began = time.monotonic()
    run(engine, STORY, max_tokens=1)
    assert time.monotonic() - began < 5


def test_a_prompt_that_does_not_fit_is_refused_with_numbers(engine: ChildEngine) -> None:
    with pytest.raises(ContextFull, match="2048"):
        run(engine, (Message("user", "word " * 3000),))
    text, _finished = run(engine, (Message("user", "Say hello."),))
    assert text


def test_an_answer_ends_when_the_context_is_full(starter: Path) -> None:
    small = client.load(LoadWish(starter, 256), on_progress=lambda _fraction: None, stop=Stop())
    try:
        times = 1
        while small.count((Message("user", "Tell me a story. " * times),)) < 245:
            times += 1
        messages = (Message("user", "Tell me a story. " * times),)
        room = 256 - small.count(messages)
        _text, finished = run(small, messages, max_tokens=None)
    finally:
        small.close()
    assert finished.stop_reason == "context"
    assert finished.timings.answer_tokens == room + 1, "the last one is said, though it is no longer read"


def test_a_killed_engine_is_noticed_within_a_second(doomed: ChildEngine) -> None:
    killed_at = 0.0
    with pytest.raises(EngineDied, match="memory ran out"):  # noqa: PT012 - the kill belongs into the loop
        for event in doomed.answer(STORY, sampling=GREEDY, max_tokens=None, stop=Stop()):
            if isinstance(event, Delta) and not killed_at:
                killed_at = time.monotonic()
                os.kill(doomed.pid, signal.SIGKILL)
    assert time.monotonic() - killed_at < 1
    assert not doomed.is_alive
    with pytest.raises(EngineDied):
        doomed.count(STORY)


def test_closing_in_the_middle_of_a_decode_ends_the_child_at_once(doomed: ChildEngine) -> None:
    events = iter(doomed.answer(STORY, sampling=GREEDY, max_tokens=None, stop=Stop()))
    while not isinstance(next(events), Delta):
        pass
    began = time.monotonic()
    doomed.close()
    assert time.monotonic() - began < 1
    assert not psutil.pid_exists(doomed.pid)
    with pytest.raises(EngineFault, match="no longer loaded"):
        list(events)


def test_the_engine_can_be_asked_without_a_model() -> None:
    build = client.build()
    assert "0.3.36" in build.build
    assert build.devices
    assert build.guards.failed == () or sys.platform != "linux"


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGSTOP there")
def test_a_frozen_engine_is_ended(doomed: ChildEngine) -> None:
    os.kill(doomed.pid, signal.SIGSTOP)
    with pytest.raises(EngineSilent):
        run(doomed, STORY)
    assert not doomed.is_alive


def test_a_load_can_be_cancelled(starter: Path) -> None:
    stop = Stop()
    with pytest.raises(Cancelled):
        client.load(LoadWish(starter), on_progress=lambda _fraction: stop.set(), stop=stop)
    with pytest.raises(Cancelled):
        client.load(LoadWish(starter), on_progress=lambda _fraction: None, stop=stop)


def test_progress_goes_up_to_the_end(starter: Path) -> None:
    fractions: list[float] = []
    client.load(LoadWish(starter, 256), on_progress=fractions.append, stop=Stop()).close()
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def damaged(starter: Path, folder: Path, kind: str) -> Path:
    path = folder / "damaged.gguf"
    whole = starter.read_bytes()
    if kind == "half":
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "header only":
        path.write_bytes(whole[:5000])
    elif kind == "garbage":
        path.write_bytes(b"GGUF" + struct.pack("<I", 3) + os.urandom(10_000))
    elif kind == "tokenizer only":
        path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 0) + b"\0" * 64)
    else:
        path.write_bytes(whole.replace(b"\x05\0\0\0\0\0\0\0llama", b"\x05\0\0\0\0\0\0\0llamx", 1))
    return path


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("half", "cut short"),
        ("header only", "cut short"),
        ("garbage", ""),
        ("tokenizer only", ""),
        ("architecture", "not known to the engine: llamx"),
    ],
)
def test_a_damaged_file_gets_a_sentence(starter: Path, tmp_path: Path, kind: str, sentence: str) -> None:
    path = damaged(starter, tmp_path, kind)
    with pytest.raises(ModelFault) as caught:
        client.load(LoadWish(path), on_progress=lambda _fraction: None, stop=Stop())
    assert sentence in caught.value.message
    assert caught.value.next_step
    assert str(path) not in caught.value.detail
    assert path.name not in caught.value.detail
