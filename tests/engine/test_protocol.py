"""Frames come back as they went, and nothing else comes through."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.protocol import (
    MAX_NUMBER,
    Ask,
    Cancel,
    Count,
    Counted,
    Delta,
    Failed,
    Finished,
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
    Prefilling,
    Progressed,
    ProtocolError,
    Refused,
    Sampling,
    Timings,
    decode,
    encode,
)
from app.sandbox import Guards

GUARDS = Guards(seccomp=True, landlock=7, proven=("no-inet-socket",), failed=("no-exec",))
FACTS = ModelFacts("n", "llama", 1, 2, 3, 4, "Q4_1", "chatml", ("CPU (x)",), 0.5, GUARDS, "b")
TIMINGS = Timings(10, 4, 0.1, 5, 0.2, 0.15)
MESSAGES = (Message("system", "Be kind."), Message("user", 'Quote " and \n and 🦙'), Message("assistant", ""))
FRAMES: list[Frame] = [
    Load("/models/a b.gguf", 8192, None, 2, True),
    Ask(3, MESSAGES, Sampling(seed=None), None, ("\nUser:",)),
    Ask(3, (), Sampling(temperature=0.0, seed=5), 7, ()),
    Cancel(3),
    Count(4, MESSAGES),
    Ping(1),
    Hello(GUARDS, "build", ("CPU (x)",)),
    Refused("another size"),
    LoadProgress(0.25),
    Loaded(FACTS),
    LoadFailed("truncated", "not within the file bounds"),
    Progressed(3, Prefilling(0, 9)),
    Progressed(3, Delta("日本", 2)),
    Progressed(3, Finished("stop_string", TIMINGS)),
    Counted(4, 99),
    Failed(3, "context_full", 9000, 8192, ""),
    Pong(1),
]


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
        changed(Ask(1, MESSAGES, Sampling(), None, ()), messages=[{"role": "root", "text": ""}]),
    ],
)
def test_anything_else_is_refused(untrusted: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(untrusted)


@given(st.binary(max_size=200))
def test_noise_is_refused_and_nothing_worse(untrusted: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        decode(untrusted)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_any_value_in_any_field_is_refused_or_fits(value: Any) -> None:  # Any: wrong types are the point
    for message in FRAMES:
        for name in json.loads(encode(message)):
            try:
                result = decode(changed(message, **{name: value}))
            except ProtocolError:
                continue
            assert decode(encode(result)) == result


def test_half_a_character_in_a_prompt_does_not_stop_it() -> None:
    frame = encode(Count(1, (Message("user", "a\ud83eb"),)))
    assert decode(frame) == Count(1, (Message("user", "a?b"),))
