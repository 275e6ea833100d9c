"""The owner of the loaded model, over the scripted engine: one at a time, shared, replaced, stopped, kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.engine import host as host_module
from app.engine.client import Engine, LoadEngine, Stop
from app.engine.fake import FakeEngine, Script, fake_load
from app.engine.host import EngineHost
from app.engine.protocol import Adapter, Delta, LoadWish, Message, Sampling
from app.engine.states import StateStore
from app.errors import Cancelled, EngineDied, EngineFault, EngineSilent

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


def test_a_released_engine_is_gone_and_the_next_question_loads_again(tmp_path: Path) -> None:
    host = EngineHost(fake_load())
    first = acquire(host, LoadWish(tmp_path / "a"))
    host.release()
    host.release()
    assert host.current is None
    assert not first.is_alive
    assert acquire(host, LoadWish(tmp_path / "a")) is not first
    host.close()


def test_a_release_interrupts_a_load(tmp_path: Path) -> None:
    host = EngineHost(fake_load(Script(load_s=60)))
    begun = threading.Event()
    cancelled = threading.Event()

    def work() -> None:
        with pytest.raises(Cancelled):
            host.acquire(LoadWish(tmp_path / "a"), on_progress=lambda _fraction: begun.set(), stop=Stop())
        cancelled.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(5)
    host.release()
    assert cancelled.wait(5)
    thread.join(5)
    host.close()


def test_a_lost_engine_is_told_of_and_a_closed_one_is_not(tmp_path: Path) -> None:
    host = EngineHost(fake_load())
    told: list[EngineFault] = []
    host.on_lost(told.append)
    lost = acquire(host, LoadWish(tmp_path / "a"))
    assert isinstance(lost, FakeEngine)
    fault = lost.die()
    assert told == [fault]
    acquire(host, LoadWish(tmp_path / "a"))
    host.release()
    host.close()
    assert told == [fault]


def test_an_engine_that_had_to_be_ended_for_a_stop_is_told_of_and_replaced(tmp_path: Path) -> None:
    host = EngineHost(fake_load(Script(hangs_after_tokens=1, is_deaf=True)))
    told: list[EngineFault] = []
    host.on_lost(told.append)
    stop = Stop()
    engine = acquire(host, LoadWish(tmp_path / "a"))
    events = engine.answer(HELLO, sampling=Sampling(), max_tokens=None, stop=stop)
    while not isinstance(next(events), Delta):
        pass
    stop.set()
    with pytest.raises(Cancelled):
        list(events)
    assert isinstance(told[0], EngineSilent)
    assert acquire(host, LoadWish(tmp_path / "a")) is not engine
    host.close()


def test_an_engine_that_nobody_uses_is_unloaded_after_a_while(tmp_path: Path) -> None:
    host = EngineHost(fake_load(), idle_unload_s=lambda: 0.05)
    unloaded = threading.Event()
    host.on_unloaded(unloaded.set)
    engine = acquire(host, LoadWish(tmp_path / "a"))
    assert unloaded.wait(5)
    assert host.current is None
    assert not engine.is_alive
    host.close()


def test_an_engine_that_answers_is_not_unloaded(tmp_path: Path) -> None:
    host = EngineHost(fake_load(Script(hangs_after_tokens=1)), idle_unload_s=lambda: 0.05)
    unloaded = threading.Event()
    host.on_unloaded(unloaded.set)
    stop = Stop()
    events = acquire(host, LoadWish(tmp_path / "a")).answer(HELLO, sampling=Sampling(), max_tokens=None, stop=stop)
    next(events)
    assert not unloaded.wait(0.5)
    stop.set()
    list(events)
    assert unloaded.wait(5)
    host.close()


# KV states.

FOLLOW_UP = (*HELLO, Message("assistant", "Hello! How can I help you today?"), Message("user", "And then?"))
KEPT_SOON, KEPT_AT_THE_END = 0.1, 1000.0


@pytest.fixture
def states(tmp_path: Path) -> Iterator[StateStore]:
    store = StateStore(tmp_path / "states", bytes(32), limit_bytes=lambda: 2**30)
    yield store
    store.close()


@pytest.fixture
def wish(tmp_path: Path) -> LoadWish:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF\x03\0\0\0" + bytes(1000))
    return LoadWish(path)


def ask(host: EngineHost, wish: LoadWish, messages: Iterable[Message] = HELLO, conversation: str = "c1") -> int:
    """How many tokens of a turn in this conversation were not read again."""
    engine = acquire(host, wish)
    host.resume(engine, conversation, Stop())
    events = list(
        engine.answer(tuple(messages), sampling=Sampling(), max_tokens=None, stop=Stop(), conversation=conversation)
    )
    return events[-1].timings.reused_tokens  # type: ignore[union-attr]  # the last one is Finished


def until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def kept(states: StateStore, wish: LoadWish, script: Script | None = None, conversation: str = "c1") -> int:
    """How many tokens a new program with this store need not read again."""
    host = EngineHost(fake_load(script), states=states, save_after_s=KEPT_AT_THE_END)
    try:
        return ask(host, wish, FOLLOW_UP, conversation)
    finally:
        host.close()
        states.forget(conversation)


def test_a_conversation_is_kept_a_moment_after_its_answer_and_goes_on_in_another_engine(
    states: StateStore, wish: LoadWish
) -> None:
    host = EngineHost(fake_load(), states=states, save_after_s=KEPT_SOON)
    assert ask(host, wish) == 0
    until(lambda: states.used_bytes() > 0)
    host.close()
    assert kept(states, wish) > 10


@pytest.mark.parametrize("end", [EngineHost.close, EngineHost.release])
def test_what_is_not_kept_yet_is_kept_before_the_engine_goes(
    states: StateStore, wish: LoadWish, end: Callable[[EngineHost], None]
) -> None:
    host = EngineHost(fake_load(), states=states, save_after_s=KEPT_AT_THE_END)
    ask(host, wish)
    assert states.used_bytes() == 0
    end(host)
    assert states.used_bytes() > 0
    host.close()


def test_a_state_never_comes_back_into_another_place(states: StateStore, wish: LoadWish, tmp_path: Path) -> None:
    def fill() -> None:
        host = EngineHost(fake_load(), states=states, save_after_s=KEPT_AT_THE_END)
        ask(host, wish)
        host.close()

    fill()
    assert kept(states, wish) > 0, "the same place"
    fill()
    adapter = tmp_path / "adapter.gguf"
    adapter.write_bytes(wish.path.read_bytes())
    assert kept(states, replace(wish, adapters=(Adapter(str(adapter), 0.5),))) == 0
    fill()
    quantised = Script(plan=replace(FakeEngine().plan, kv_type="q8_0"))
    assert kept(states, wish, quantised) == 0
    fill()
    wish.path.write_bytes(wish.path.read_bytes() + b"other weights")
    assert kept(states, wish) == 0


def test_a_state_that_is_slower_to_bring_back_than_to_read_again_stays_where_it_is(
    states: StateStore, wish: LoadWish
) -> None:
    host = EngineHost(fake_load(), states=states, save_after_s=KEPT_AT_THE_END)
    ask(host, wish)
    host.close()
    assert kept(states, wish, Script(prefill_tokens_per_s=1e15)) == 0


def test_a_damaged_state_is_as_good_as_none(states: StateStore, wish: LoadWish, tmp_path: Path) -> None:
    host = EngineHost(fake_load(), states=states, save_after_s=KEPT_AT_THE_END)
    ask(host, wish)
    host.close()
    (file,) = (tmp_path / "states").glob("*.state")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert kept(states, wish) == 0


def test_nothing_remains_of_a_deleted_conversation(states: StateStore, wish: LoadWish) -> None:
    host = EngineHost(fake_load(), states=states, save_after_s=KEPT_AT_THE_END)
    ask(host, wish)
    ask(host, wish, conversation="c2")
    host.forget("c1")
    engine = host.current
    assert engine is not None
    assert not engine.holds("c1")
    host.close()
    assert kept(states, wish) == 0
    assert states.used_bytes() > 0, "the other one stays"
    states.forget("c2")
    assert states.used_bytes() == 0


def test_a_conversation_that_is_deleted_while_it_is_answered_is_not_kept(states: StateStore, wish: LoadWish) -> None:
    host = EngineHost(fake_load(), states=states, save_after_s=KEPT_AT_THE_END)
    engine = acquire(host, wish)
    host.resume(engine, "c1", Stop())
    events = engine.answer(HELLO, sampling=Sampling(), max_tokens=None, stop=Stop(), conversation="c1")
    next(events)
    host.forget("c1")
    list(events)
    host.close()
    assert states.used_bytes() == 0


def load_one(kind: type[FakeEngine]) -> LoadEngine:
    def load(wish: LoadWish, *, on_progress: Callable[[float], None], stop: Stop) -> FakeEngine:
        return kind(name=wish.path.stem)

    return load


def test_a_state_that_an_engine_died_of_is_not_tried_again(states: StateStore, wish: LoadWish) -> None:
    class Fragile(FakeEngine):
        def restore(self, conversation: str, chunks: Iterable[bytes], size_bytes: int, *, stop: Stop) -> int:
            raise self.die()

    host = EngineHost(fake_load(), states=states, save_after_s=KEPT_AT_THE_END)
    ask(host, wish)
    host.close()
    host = EngineHost(load_one(Fragile), states=states, save_after_s=KEPT_AT_THE_END)
    with pytest.raises(EngineDied):
        ask(host, wish)
    host.close()
    assert states.used_bytes() == 0


class Slow(FakeEngine):
    """Its first state never comes to an end by itself."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.saving = threading.Event()
        self.stopped = threading.Event()

    def save(self, conversation: str, take: Callable[[bytes], None], *, limit_bytes: int, stop: Stop) -> int:
        if self.saving.is_set():
            return super().save(conversation, take, limit_bytes=limit_bytes, stop=stop)
        self.saving.set()
        stop.on_set(self.stopped.set)
        self._closed.on_set(self.stopped.set)
        assert self.stopped.wait(30)
        return 0


def test_a_question_breaks_off_what_is_being_kept_and_it_is_kept_later(states: StateStore, wish: LoadWish) -> None:
    host = EngineHost(load_one(Slow), states=states, save_after_s=KEPT_SOON)
    ask(host, wish)
    engine = host.current
    assert isinstance(engine, Slow)
    assert engine.saving.wait(5)
    ask(host, wish, FOLLOW_UP)
    assert engine.stopped.is_set()
    until(lambda: states.used_bytes() > 0)
    host.close()


def test_keeping_does_not_hold_up_the_end(states: StateStore, wish: LoadWish, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "SAVE_AT_END_S", 0.1)
    host = EngineHost(load_one(Slow), states=states, save_after_s=KEPT_AT_THE_END)
    ask(host, wish)
    host.close()
    assert host.current is None
    assert states.used_bytes() == 0
