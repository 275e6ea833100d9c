"""A model's layers over two devices and the processor. The devices are llama.cpp's own RPC servers on the loopback,
compiled into the development build for this: the same splitting, buffers and copies as between GPUs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from app.engine import client, loading
from app.engine.client import ChildEngine, Limits, Stop
from app.engine.link import Link
from app.engine.protocol import Delta, Finished, LoadWish, Message, Sampling
from app.errors import EngineDied
from app.process import Child

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(sys.platform == "win32", reason="the servers are ended by signals"),
]

CHILDREN = Path(__file__).resolve().parents[2] / "children"
GREEDY = Sampling(temperature=0.0, repeat_penalty=1.0)
STORY = (Message("user", "Write about the sea."),)
TOKENS = 24


class Servers:
    """Two devices; `kill(0)` takes one away."""

    def __init__(self) -> None:
        self._processes = [
            subprocess.Popen(
                [sys.executable, str(CHILDREN / "rpc_server.py")],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            for _number in range(2)
        ]
        self.endpoints = [process.stdout.readline().strip() for process in self._processes if process.stdout]

    def kill(self, number: int) -> None:
        self._processes[number].kill()

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    """Every engine that is loaded from now on sees these two devices beside the processor."""
    found = Servers()

    def start(grants: Sequence[Path], limits: Limits) -> Link:
        argv = [sys.executable, str(CHILDREN / "rpc_engine.py"), *found.endpoints]
        return Link(Child("engine", grants=grants, environment=loading.ENVIRONMENT, argv=argv), limits)

    monkeypatch.setattr(loading, "start", start)
    yield found
    found.close()


def load(wish: LoadWish) -> ChildEngine:
    return client.load(wish, on_progress=lambda _fraction: None, stop=Stop())


def said(engine: ChildEngine, max_tokens: int = TOKENS) -> str:
    events = list(engine.answer(STORY, sampling=GREEDY, max_tokens=max_tokens, stop=Stop()))
    assert isinstance(events[-1], Finished)
    return "".join(event.text for event in events if isinstance(event, Delta))


@pytest.fixture(scope="module")
def expected(starter: Path) -> str:
    """What the processor alone says."""
    engine = load(LoadWish(starter, 1024, gpu_layers=0, threads=1, is_guessing=False))
    try:
        return said(engine)
    finally:
        engine.close()


def lose_a_device_on_the_way(engine: ChildEngine, servers: Servers) -> None:
    for event in engine.answer(STORY, sampling=GREEDY, max_tokens=400, stop=Stop()):
        if isinstance(event, Delta):
            servers.kill(1)


@pytest.mark.parametrize(("layers", "split"), [(31, (1.0, 3.0)), (15, (1.0, 1.0)), (31, (1.0, 0.0))])
def test_split_layers_say_the_same_as_the_processor_alone(
    servers: Servers, starter: Path, expected: str, layers: int, split: tuple[float, ...]
) -> None:
    engine = load(LoadWish(starter, 1024, gpu_layers=layers, threads=1, split=split, is_guessing=False))
    try:
        assert sum("RPC" in device for device in engine.facts.devices) == 2
        assert engine.plan.gpu_layers == layers
        assert sum(share.layers for share in engine.plan.shares) == 30
        assert said(engine) == expected
    finally:
        engine.close()


def test_the_planner_uses_the_devices_by_itself(servers: Servers, starter: Path, expected: str) -> None:
    engine = load(LoadWish(starter, 1024, threads=1, is_guessing=False))
    try:
        assert engine.plan.place == "gpu"
        assert said(engine) == expected
    finally:
        engine.close()


def test_a_device_lost_in_the_middle_of_an_answer_costs_that_answer_only(
    servers: Servers, starter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = load(LoadWish(starter, 1024, gpu_layers=31, threads=1, split=(1.0, 1.0), is_guessing=False))
    try:
        with pytest.raises(EngineDied):
            lose_a_device_on_the_way(engine, servers)
        assert not engine.is_alive
    finally:
        engine.close()
    monkeypatch.undo()
    again = load(LoadWish(starter, 1024, threads=1))  # this process is as well as before
    try:
        assert said(again)
    finally:
        again.close()
