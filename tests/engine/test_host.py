"""The owner of the loaded model, over the scripted engine: one at a time, shared, replaced, stopped."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app.engine.client import Engine, Stop
from app.engine.fake import Script, fake_load
from app.engine.host import EngineHost
from app.engine.protocol import LoadWish, Message, Sampling
from app.errors import Cancelled, EngineDied

HELLO = (Message("user", "Hello"),)


def acquire(host: EngineHost, wish: LoadWish, stop: Stop | None = None) -> Engine:
    return host.acquire(wish, on_progress=lambda _fraction: None, stop=stop or Stop())


def test_the_host_keeps_an_engine_and_changes_it_for_another_file_or_wish(tmp_path: Path) -> None:
    host = EngineHost(fake_load())
    first = acquire(host, LoadWish(tmp_path / "a"))
    assert acquire(host, LoadWish(tmp_path / "a")) is first
    assert host.current is first
    second = acquire(host, LoadWish(tmp_path / "b"))
    assert second is not first
    assert not first.is_alive
    assert acquire(host, LoadWish(tmp_path / "b", context_tokens=512)) is not second
    host.close()
    host.close()
    assert host.current is None


def test_the_host_loads_a_changed_file_again(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"1")
    host = EngineHost(fake_load())
    first = acquire(host, LoadWish(path))
    path.write_bytes(b"22")
    assert acquire(host, LoadWish(path)) is not first
    host.close()


def test_the_host_replaces_a_dead_engine(tmp_path: Path) -> None:
    host = EngineHost(fake_load(Script(answers=("one two three",), dies_after_tokens=1)))
    first = acquire(host, LoadWish(tmp_path / "a"))
    with pytest.raises(EngineDied):
        list(first.answer(HELLO, sampling=Sampling(), max_tokens=None, stop=Stop()))
    assert host.current is None
    second = acquire(host, LoadWish(tmp_path / "a"))
    assert len(list(second.answer(HELLO, sampling=Sampling(), max_tokens=None, stop=Stop()))) > 3
    host.close()


def test_closing_the_host_interrupts_a_load(tmp_path: Path) -> None:
    host = EngineHost(fake_load(Script(load_s=60)))
    progress = threading.Event()
    faults: list[BaseException] = []

    def work() -> None:
        try:
            host.acquire(LoadWish(tmp_path / "a"), on_progress=lambda _fraction: progress.set(), stop=Stop())
        except Cancelled as fault:
            faults.append(fault)

    thread = threading.Thread(target=work)
    thread.start()
    assert progress.wait(5)
    host.close()
    thread.join(5)
    assert not thread.is_alive()
    assert len(faults) == 1
    with pytest.raises(Cancelled):
        acquire(host, LoadWish(tmp_path / "a"))


def test_who_waits_for_anothers_load_sees_its_progress_and_shares_its_engine(tmp_path: Path) -> None:
    host = EngineHost(fake_load(Script(load_s=1.0)))
    wish = LoadWish(tmp_path / "a")
    begun = threading.Event()
    first: list[Engine] = []

    def work() -> None:
        first.append(host.acquire(wish, on_progress=lambda _fraction: begun.set(), stop=Stop()))

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(5)
    seen: list[float] = []
    second = host.acquire(wish, on_progress=seen.append, stop=Stop())
    thread.join(5)
    assert first == [second]
    assert seen
    assert seen == sorted(seen)
    host.close()


def test_a_stop_is_obeyed_while_waiting_for_anothers_load(tmp_path: Path) -> None:
    host = EngineHost(fake_load(Script(load_s=60)))
    begun = threading.Event()

    def work() -> None:
        with pytest.raises(Cancelled):
            host.acquire(LoadWish(tmp_path / "a"), on_progress=lambda _fraction: begun.set(), stop=Stop())

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(5)
    stop = Stop()
    stop.set()
    with pytest.raises(Cancelled):
        host.acquire(LoadWish(tmp_path / "a"), on_progress=lambda _fraction: None, stop=stop)
    assert thread.is_alive(), "the other load goes on"
    host.close()
    thread.join(5)
