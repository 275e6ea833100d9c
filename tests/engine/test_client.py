"""The client against children that misbehave on purpose, and the pure parts of loading."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from app.engine import client
from app.engine.client import ChildEngine, Limits, Link, Stop
from app.engine.hardware import Hardware
from app.engine.protocol import LoadWish, Message, ModelFacts, Sampling
from app.errors import EngineDied, EngineFault, EngineSilent
from app.process import Child
from app.sandbox import Guards

FACTS = ModelFacts("n", "llama", 1, 2, 64, 64, "Q4_1", "chatml", (), 0.5, Guards(), "b")
HELLO = (Message("user", "Hello"),)
SHORT = Limits(start=2, loading=2, answering=0.6, cancelling=0.4, ping_every=0.1)
# A child in plain Python: reads frames for ever, and says what the test wants it to.
CHILD = """
import json, os, struct, sys, time
def say(**message):
    data = json.dumps(message).encode()
    os.write(1, struct.pack("<I", len(data)) + data)
def hear():
    head = os.read(0, 4)
    if not head: os._exit(0)
    return json.loads(os.read(0, struct.unpack("<I", head)[0]))
"""
PONGS_ONLY = """
while True:
    heard = hear()
    if heard["is"] == "Ping": say(**{"is": "Pong", "number": heard["number"]})
"""


Spawn = Callable[[str], AbstractContextManager[ChildEngine]]


@pytest.fixture
def spawn() -> Spawn:
    @contextmanager
    def engine(behaviour: str) -> Iterator[ChildEngine]:
        child = Child("test", argv=[sys.executable, "-I", "-c", CHILD + behaviour])
        engine = ChildEngine(Link(child, SHORT), FACTS)
        try:
            yield engine
        finally:
            engine.close()

    return engine


def answer(engine: ChildEngine, stop: Stop | None = None) -> list[object]:
    return list(engine.answer(HELLO, sampling=Sampling(), max_tokens=5, stop=stop or Stop()))


@pytest.mark.parametrize(
    "behaviour",
    [
        "hear(); os.write(1, b'\\x05\\0\\0\\0hello'); hear()",
        "hear(); say(**{'is': 'Progressed', 'job': 1}); hear()",
        "hear(); say(**{'is': 'Loaded'}); hear()",
        "hear(); say(**{'is': 'Ping', 'number': 1}); hear()",
        "hear(); say(**{'is': 'Refused', 'reason': 'late'}); hear()",
        "hear(); os.write(1, b'\\xff\\xff\\xff\\xff'); time.sleep(9)",
    ],
)
def test_nonsense_ends_the_child(spawn: Spawn, behaviour: str) -> None:
    with spawn(behaviour) as engine:
        with pytest.raises(EngineDied, match="does not understand"):
            answer(engine)
        assert not engine.is_alive


def test_a_child_that_says_nothing_is_ended(spawn: Spawn) -> None:
    with spawn("time.sleep(60)") as engine, pytest.raises(EngineSilent):
        answer(engine)


def test_a_child_that_only_answers_pings_is_working(spawn: Spawn) -> None:
    with spawn(PONGS_ONLY) as engine:
        stop = Stop()
        timer = threading.Timer(SHORT.answering * 2, stop.set)
        timer.start()
        began = time.monotonic()
        with pytest.raises(EngineSilent):
            answer(engine, stop)
        timer.join()
        waited = time.monotonic() - began
        assert waited > SHORT.answering * 2 + SHORT.cancelling, "pings kept it alive until it ignored Stop"


def test_a_child_that_ends_is_noticed_at_once(spawn: Spawn) -> None:
    with spawn("hear(); os._exit(1)") as engine:
        began = time.monotonic()
        with pytest.raises(EngineDied, match="ended unexpectedly"):
            answer(engine)
        assert time.monotonic() - began < 1
        with pytest.raises(EngineDied):
            engine.count(HELLO)


def test_frames_of_an_earlier_job_are_skipped(spawn: Spawn) -> None:
    late = "{'is': 'Progressed', 'job': 77, 'event': {'is': 'Prefilling', 'done': 0, 'total': 1}}"
    with spawn(f"hear(); say(**{late}); say(**{{'is': 'Counted', 'job': 1, 'tokens': 42}}); hear()") as engine:
        assert engine.count(HELLO) == 42


def test_close_ends_an_answer_in_another_thread(spawn: Spawn) -> None:
    with spawn(PONGS_ONLY) as engine:
        timer = threading.Timer(0.3, engine.close)
        timer.start()
        with pytest.raises(EngineFault, match="no longer loaded"):
            answer(engine)
        timer.join()


def machine(available_bytes: int) -> Hardware:
    return Hardware("cpu", 6, 12, (), 2**40, available_bytes, (), has_battery=False, is_on_battery=False)


def test_the_plan_repacks_only_where_memory_allows(tmp_path: Path) -> None:
    wish = LoadWish(tmp_path / "a.gguf")
    assert client.plan(wish, machine(200), 100).repack
    assert not client.plan(wish, machine(199), 100).repack


def test_the_plan_takes_wishes_first(tmp_path: Path) -> None:
    default = client.plan(LoadWish(tmp_path), machine(1), 1)
    assert (default.context_tokens, default.threads, default.gpu_layers) == (8192, 6, None)
    wished = client.plan(LoadWish(tmp_path, 512, 3, 2), machine(1), 1)
    assert (wished.context_tokens, wished.threads, wished.gpu_layers) == (512, 2, 3)


def test_stop_calls_back_once_and_at_once_when_late() -> None:
    stop = Stop()
    calls: list[str] = []
    forgotten = calls.append
    stop.on_set(lambda: calls.append("before"))
    taken_back = stop.is_set
    stop.set()
    stop.set()
    stop.on_set(lambda: calls.append("after"))
    assert calls == ["before", "after"]
    assert stop.is_set
    assert not taken_back
    assert forgotten is not None


def test_stop_forgets_what_is_taken_back() -> None:
    stop, inner = Stop(), Stop()
    stop.on_set(inner.set)
    stop.forget(inner.set)
    stop.set()
    assert not inner.is_set
