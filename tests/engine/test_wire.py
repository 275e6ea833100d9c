"""Frames come back as they went, and nothing else comes through."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.protocol import (
    ANY_SHAPE,
    MAX_CHUNK_BYTES,
    NO_PREAMBLE,
    Adapter,
    Ask,
    Cancel,
    Chunk,
    Count,
    Counted,
    Delta,
    Device,
    Dropped,
    Failed,
    Finished,
    Forget,
    Frame,
    Hello,
    Load,
    Loaded,
    LoadFailed,
    LoadProgress,
    Message,
    ModelFacts,
    Ping,
    Pong,
    Preamble,
    Prefilling,
    Progressed,
    ReadAhead,
    Refused,
    Restore,
    Restored,
    Sampling,
    Save,
    Saved,
    Shape,
    Timings,
    ToolCall,
)
from app.engine.wire import MAX_NUMBER, ProtocolError, decode, encode
from app.sandbox import Guards

GUARDS = Guards(seccomp=True, landlock=7, proven=("no-inet-socket",), failed=("no-exec",))
FACTS = ModelFacts("n", "llama", 1, 2, 3, 4, "Q4_1", "chatml", ("CPU (x)",), 0.5, GUARDS, "b")
TIMINGS = Timings(10, 4, 0.1, 5, 0.2, 0.15, 8, 6)
DEVICES = (Device("CUDA0", "RTX 4090", "gpu", 23 * 2**30, 24 * 2**30), Device("CPU", "x", "cpu", 2**34, 2**34))
MESSAGES = (
    Message("system", "Be kind."),
    Message("user", 'Quote " and \n and 🦙'),
    Message("assistant", "", ToolCall("weather", '{"place": "Köln"}')),
    Message("tool", "11 °C"),
)
PREAMBLE = Preamble("22 Nov 2026", ('{"name": "weather"}',))
LOAD = Load(
    path="/models/a b.gguf",
    context_tokens=8192,
    sequences=4,
    gpu_layers=None,
    devices=("CUDA0", "CUDA1"),
    split=(0.25, 0.75),
    threads=2,
    batch_threads=4,
    batch_tokens=2048,
    micro_batch_tokens=512,
    kv_type="q8_0",
    flash_attention="auto",
    repack=True,
    parked_bytes=2**30,
    resting_tokens=300,
    adapters=(Adapter("/models/lora.gguf", 0.5),),
    draft="",
    is_guessing=True,
)
ASK = Ask(3, MESSAGES, PREAMBLE, Sampling(seed=None), ANY_SHAPE, None, ("\nUser:",), "c1", "turn")
FRAMES: list[Frame] = [
    LOAD,
    ASK,
    Ask(3, (), NO_PREAMBLE, Sampling(temperature=0.0, seed=5), Shape("{}", "root ::= x"), 7, (), "", "side"),
    ReadAhead(5, MESSAGES, PREAMBLE, "c1"),
    Cancel(3),
    Count(4, MESSAGES, NO_PREAMBLE),
    Save(6, "c1"),
    Restore(7, "c1", 2**33),
    Forget("c1"),
    Chunk(7, b"\0\xff{}"),
    Ping(1),
    Hello(GUARDS, "build", DEVICES),
    Refused("another size"),
    LoadProgress(0.25),
    Loaded(FACTS),
    LoadFailed("truncated", "not within the file bounds"),
    Progressed(3, Prefilling(0, 9)),
    Progressed(3, Delta("日本", 2)),
    Progressed(3, Finished("stop_string", TIMINGS)),
    Counted(4, 99),
    Saved(6, 900, 2**33),
    Restored(7, 900),
    Dropped("c1"),
    Failed(3, "context_full", 9000, 8192, ""),
    Pong(1, 2**40, 2**33),
]
JSON_FRAMES = [message for message in FRAMES if not isinstance(message, Chunk)]


@pytest.mark.parametrize("message", FRAMES, ids=lambda message: type(message).__name__)
def test_every_message_comes_back_as_it_went(message: Frame) -> None:
    assert decode(encode(message)) == message


def changed(message: Frame, **fields: Any) -> bytes:  # Any: wrong types are the point
    return json.dumps({**json.loads(encode(message)), **fields}).encode()


@pytest.mark.parametrize(
    "untrusted",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"7",
        b"{}",
        b'{"is":"Nothing"}',
        b'{"is":["Ping"],"number":1}',
        b'{"is":"Ping"}',
        b'{"is":"Message","role":"user","text":"only inside others"}',
        b"[" * 100_000,
        changed(Ping(1), number=True),
        changed(Ping(1), number=-1),
        changed(Ping(1), number=1.5),
        changed(Ping(1), number="1"),
        changed(Ping(1), number=MAX_NUMBER),
        changed(Ping(1), more=1),
        changed(LoadProgress(0.5), fraction=-0.1),
        b'{"is":"LoadProgress","fraction":NaN}',
        b'{"is":"LoadProgress","fraction":Infinity}',
        b'{"is":"LoadProgress","fraction":1e999}',
        changed(LoadFailed("other", ""), fault="boredom"),
        changed(Hello(GUARDS, "b", ()), devices="CPU"),
        changed(Hello(GUARDS, "b", ()), devices=[1]),
        changed(Hello(GUARDS, "b", ()), guards=None),
        changed(Progressed(1, Prefilling(0, 1)), event={"is": "Ping", "number": 1}),
        changed(Progressed(1, Prefilling(0, 1)), event=None),
        b'{"is":"Refused","reason":"\\ud83e"}',
        changed(ASK, messages=[{"role": "root", "text": "", "call": None}]),
        changed(ASK, messages=[{"role": "assistant", "text": "", "call": {"name": "weather"}}]),
        changed(LOAD, kv_type="q2_K"),
        changed(LOAD, adapters=[{"path": "a"}]),
        changed(Hello(GUARDS, "b", DEVICES), devices=[{"name": "CUDA0"}]),
        b'{"is":"Chunk","job":1,"data":""}',
        b"\0",
        b"\0\1\0\0\0\0\0\0",
        encode(Chunk(1, b"")),
        encode(Chunk(1, bytes(MAX_CHUNK_BYTES + 1))),
    ],
)
def test_anything_else_is_refused(untrusted: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(untrusted)


def test_a_chunk_of_the_largest_size_passes() -> None:
    chunk = Chunk(2**64 - 1, bytes(MAX_CHUNK_BYTES))
    assert decode(encode(chunk)) == chunk


@given(st.binary(max_size=200))
def test_noise_is_refused_and_nothing_worse(untrusted: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        decode(untrusted)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_any_value_in_any_field_is_refused_or_fits(value: Any) -> None:  # Any: wrong types are the point
    for message in JSON_FRAMES:
        for name in json.loads(encode(message)):
            try:
                result = decode(changed(message, **{name: value}))
            except ProtocolError:
                continue
            assert decode(encode(result)) == result


def test_half_a_character_in_a_prompt_does_not_stop_it() -> None:
    frame = encode(Count(1, (Message("user", "a\ud83eb"),), NO_PREAMBLE))
    assert decode(frame) == Count(1, (Message("user", "a?b"),), NO_PREAMBLE)
