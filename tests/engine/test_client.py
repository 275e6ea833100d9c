"""The client and its line against children that misbehave on purpose."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace

import psutil
import pytest

from app.engine.client import ChildEngine, Limits, Stop
from app.engine.fake import FakeEngine
from app.engine.link import Link
from app.engine.protocol import (
    AnswerEvent,
    Delta,
    Finished,
    Message,
    Prefilling,
    Sampling,
)
from app.engine.states import StateDamaged
from app.errors import Cancelled, DiskFull, EngineDied, EngineFault, EngineSilent
from app.process import Child
from tests.engine.scripted_child import CHILD, FACTS

HELLO = (Message("user", "Hello"),)
SHORT = Limits(start=2, loading=2, answering=0.6, cancelling=0.4, halted=0.2, ping_every=0.1)
LISTENS = "while True: hear()"
ANSWERS_NOTHING = "prefilling(hear()['job'], 1, 2)\n" + LISTENS

Spawn = Callable[[str], AbstractContextManager[ChildEngine]]


@pytest.fixture
def spawn() -> Spawn:
    @contextmanager
    def engine(behaviour: str) -> Iterator[ChildEngine]:
        child = Child("test", argv=[sys.executable, "-I", "-c", CHILD + behaviour])
        engine = ChildEngine(Link(child, SHORT), FACTS, FakeEngine().plan)
        try:
            yield engine
        finally:
            engine.close()

    return engine


def asked(engine: ChildEngine, stop: Stop | None = None, conversation: str = "") -> Generator[AnswerEvent, None, None]:
    events = engine.answer(HELLO, sampling=Sampling(), max_tokens=5, stop=stop or Stop(), conversation=conversation)
    assert isinstance(events, Generator)
    return events


def answer(engine: ChildEngine, stop: Stop | None = None) -> list[AnswerEvent]:
    return list(asked(engine, stop))


class Lost:
    """What `on_lost` told."""

    def __init__(self, engine: ChildEngine) -> None:
        self.fault: EngineFault | None = None
        self._told = threading.Event()
        engine.on_lost(self._take)

    def _take(self, fault: EngineFault) -> None:
        self.fault = fault
        self._told.set()

    def wait(self, timeout_s: float) -> EngineFault:
        assert self._told.wait(timeout_s)
        assert self.fault is not None
        return self.fault


# What the child says.


@pytest.mark.parametrize(
    "behaviour",
    [
        "frame(b'hello')",
        "say(**{'is': 'Progressed', 'job': 1})",
        "say(**{'is': 'Loaded'})",
        "say(**{'is': 'LoadProgress', 'fraction': 0.5})",
        "say(**{'is': 'Ping', 'number': 1})",
        "say(**{'is': 'Refused', 'reason': 'late'})",
        "say(**{'is': 'Counted', 'job': 1, 'tokens': 3})",
        "chunk(1, b'x')",
        "os.write(1, b'\\xff\\xff\\xff\\xff')",
    ],
)
def test_nonsense_ends_the_child(spawn: Spawn, behaviour: str) -> None:
    with spawn(f"hear(); {behaviour}; hear()") as engine:
        with pytest.raises(EngineDied, match="does not understand"):
            answer(engine)
        assert not engine.is_alive


def test_nonsense_while_nobody_asks_ends_the_child_too(spawn: Spawn) -> None:
    with spawn("say(**{'is': 'Loaded'}); hear()") as engine:
        assert "does not understand" in str(Lost(engine).wait(5))
        assert not engine.is_alive


def test_frames_of_an_earlier_job_are_skipped(spawn: Spawn) -> None:
    with spawn("hear(); prefilling(77, 0, 1); say(**{'is': 'Counted', 'job': 1, 'tokens': 42}); hear()") as engine:
        assert engine.count(HELLO) == 42


def test_answers_of_two_jobs_reach_those_who_asked(spawn: Spawn) -> None:
    crossed = (
        "one, two = hear()['job'], hear()['job']\n"
        "for text in 'abc': delta(one, f'{one}{text}'); delta(two, f'{two}{text}')\n"
        "finished(two); finished(one); hear()"
    )
    answers: list[list[AnswerEvent]] = []
    with spawn(crossed) as engine:
        threads = [threading.Thread(target=lambda: answers.append(answer(engine))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    texts = {"".join(event.text for event in events if isinstance(event, Delta)) for events in answers}
    assert texts == {"1a1b1c", "2a2b2c"}


def test_an_answer_that_nobody_takes_for_a_while_loses_nothing_and_holds_up_nothing(spawn: Spawn) -> None:
    flood = "job = hear()['job']\nfor n in range(3000): delta(job, f'{n} ')\nfinished(job)\n"
    with spawn(flood + "say(**{'is': 'Counted', 'job': hear()['job'], 'tokens': 7}); hear()") as engine:
        events = asked(engine)
        first = next(events)
        assert engine.count(HELLO) == 7
        rest = list(events)
    deltas = [event for event in (first, *rest) if isinstance(event, Delta)]
    assert "".join(event.text for event in deltas) == "".join(f"{n} " for n in range(3000))
    assert sum(event.tokens for event in deltas) == 3000
    assert len(deltas) < 3000
    assert isinstance(rest[-1], Finished)


def test_what_came_before_a_death_is_still_told(spawn: Spawn) -> None:
    with spawn("job = hear()['job']; delta(job, 'a'); delta(job, 'b'); os._exit(1)") as engine:
        lost = Lost(engine)
        events = asked(engine)
        assert next(events) == Delta("a", 1)
        lost.wait(5)
        assert next(events) == Delta("b", 1)
        with pytest.raises(EngineDied):
            next(events)


# Silence, halts and deaths.


def test_a_child_that_says_nothing_is_ended(spawn: Spawn) -> None:
    with spawn("time.sleep(60)") as engine:
        lost = Lost(engine)
        with pytest.raises(EngineSilent):
            answer(engine)
        assert isinstance(lost.wait(1), EngineSilent)


def test_a_child_that_answers_pings_may_take_its_time(spawn: Spawn) -> None:
    more_than_the_limit = 2 * round(SHORT.answering / SHORT.ping_every)
    with spawn(f"job = hear()['job']; pings({more_than_the_limit}); finished(job); hear()") as engine:
        assert isinstance(answer(engine)[-1], Finished)


def test_a_child_that_ends_is_noticed_at_once(spawn: Spawn) -> None:
    with spawn("hear(); os._exit(1)") as engine:
        began = time.monotonic()
        with pytest.raises(EngineDied, match="ended unexpectedly"):
            answer(engine)
        assert time.monotonic() - began < 1
        with pytest.raises(EngineDied):
            engine.count(HELLO)


def test_a_death_while_nobody_asks_is_told_within_a_second_and_to_who_comes_late(spawn: Spawn) -> None:
    with spawn(LISTENS) as engine:
        lost = Lost(engine)
        os.kill(engine.pid, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
        assert isinstance(lost.wait(1), EngineDied)
        assert not engine.is_alive
        assert isinstance(Lost(engine).wait(0), EngineDied)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGSTOP there")
@pytest.mark.parametrize("is_asked", [False, True])
def test_a_child_that_was_halted_is_ended(spawn: Spawn, is_asked: bool) -> None:
    with spawn(ANSWERS_NOTHING) as engine:
        lost = Lost(engine)
        events = asked(engine)
        if is_asked:
            next(events)
        os.kill(engine.pid, signal.SIGSTOP)
        assert "halted" in lost.wait(5).message
        assert not psutil.pid_exists(engine.pid)
        if is_asked:
            with pytest.raises(EngineSilent, match="halted"):
                next(events)


def test_a_parent_that_slept_does_not_blame_the_child(spawn: Spawn, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if an hour went by between any two looks at the clock."""
    hours = itertools.count()
    monkeypatch.setattr("app.engine.link.time", SimpleNamespace(monotonic=lambda: 3600.0 * next(hours)))
    with spawn("job = hear()['job']; pings(5); finished(job); hear()") as engine:
        assert isinstance(answer(engine)[-1], Finished)


def test_close_ends_an_answer_in_another_thread_and_is_no_loss(spawn: Spawn) -> None:
    with spawn(LISTENS) as engine:
        lost = Lost(engine)
        timer = threading.Timer(0.3, engine.close)
        timer.start()
        with pytest.raises(EngineFault, match="no longer loaded"):
            answer(engine)
        timer.join()
        engine.close()
        assert lost.fault is None


def test_an_engine_may_be_closed_by_who_is_told_of_its_loss(spawn: Spawn) -> None:
    with spawn("hear(); os._exit(1)") as engine:
        closed = threading.Event()

        def close(_fault: EngineFault) -> None:
            engine.close()
            closed.set()

        engine.on_lost(close)
        with pytest.raises(EngineDied):
            answer(engine)
        assert closed.wait(5)


# Stops.


def test_a_stop_is_passed_on_and_what_was_said_is_kept(spawn: Spawn) -> None:
    obedient = (
        "job = hear()['job']; delta(job, 'a')\nwhile hear()['is'] != 'Cancel': pass\nfinished(job, 'stopped'); hear()"
    )
    with spawn(obedient) as engine:
        stop = Stop()
        events = asked(engine, stop)
        assert isinstance(next(events), Delta)
        stop.set()
        (finished,) = events
        assert isinstance(finished, Finished)
        assert finished.stop_reason == "stopped"


def test_a_child_that_does_not_obey_a_stop_is_ended_and_the_answer_counts_as_stopped(spawn: Spawn) -> None:
    with spawn(ANSWERS_NOTHING) as engine:
        lost = Lost(engine)
        stop = Stop()
        events = asked(engine, stop)
        assert isinstance(next(events), Prefilling)
        stop.set()
        with pytest.raises(Cancelled):
            next(events)
        assert "could not stop" in lost.wait(5).message
        assert not engine.is_alive


def test_leaving_an_answer_early_counts_as_a_stop(spawn: Spawn) -> None:
    with spawn(ANSWERS_NOTHING) as engine:
        lost = Lost(engine)
        events = asked(engine)
        next(events)
        events.close()
        assert "could not stop" in lost.wait(5).message


def test_a_stop_while_others_are_answered_first_ends_the_waiting_and_nobodys_answer(spawn: Spawn) -> None:
    more_than_the_limit = 2 * round(SHORT.cancelling / SHORT.ping_every)
    behaviour = f"while hear()['is'] != 'Cancel': pass\npings({more_than_the_limit}); finished(job); hear()"
    with spawn("job = hear()['job']; prefilling(job, 1, 2)\n" + behaviour) as engine:
        others = asked(engine)
        next(others)
        stop, counting = Stop(), Stop()
        counting.set()
        with pytest.raises(Cancelled):
            engine.count(HELLO, stop=counting)
        stop.set()
        with pytest.raises(Cancelled):
            answer(engine, stop)
        assert isinstance(next(others), Finished)


def test_an_engine_is_idle_from_the_end_of_its_last_answer_on(spawn: Spawn) -> None:
    with spawn("job = hear()['job']; prefilling(job, 0, 1); hear(); finished(job); hear()") as engine:
        assert engine.idle_s >= 0
        stop = Stop()
        events = asked(engine, stop)
        next(events)
        assert engine.idle_s == 0
        stop.set()
        list(events)
        assert 0 < engine.idle_s < 5


# KV states.


def test_who_holds_what_is_learnt_from_what_the_child_says(spawn: Spawn) -> None:
    behaviour = (
        "job = hear()['job']; prefilling(job, 0, 2); hear(); prefilling(job, 1, 2); finished(job)\n"
        "job = hear()['job']; say(**{'is': 'Dropped', 'conversation': 'a'})\n"
        "say(**{'is': 'Counted', 'job': job, 'tokens': 1}); hear()"
    )
    with spawn(behaviour) as engine:
        events = asked(engine, conversation="a")
        next(events)
        assert not engine.holds("a"), "nothing of it is read yet"
        engine.forget("b")
        list(events)
        assert engine.holds("a")
        assert not engine.holds("b")
        engine.count(HELLO)
        assert not engine.holds("a")


def saves(chunks: int, size_bytes: int, told_bytes: int) -> str:
    return (
        f"job = hear()['job']\nfor n in range({chunks}): chunk(job, bytes([n]) * {size_bytes})\n"
        f"say(**{{'is': 'Saved', 'job': job, 'tokens': 9, 'size_bytes': {told_bytes}}}); hear()"
    )


def save(engine: ChildEngine, take: Callable[[bytes], None], limit_bytes: int = 2**40) -> int:
    return engine.save("a", take, limit_bytes=limit_bytes, stop=Stop())


def test_a_state_is_handed_out_piece_by_piece(spawn: Spawn) -> None:
    taken: list[bytes] = []
    with spawn(saves(3, 1000, 3000)) as engine:
        assert save(engine, taken.append) == 9
    assert taken == [bytes([n]) * 1000 for n in range(3)]


def test_a_state_of_another_size_than_told_is_nonsense(spawn: Spawn) -> None:
    with spawn(saves(3, 1000, 2999)) as engine, pytest.raises(EngineDied, match="does not understand"):
        save(engine, lambda _chunk: None)


def test_a_state_over_the_limit_is_broken_off(spawn: Spawn) -> None:
    taken: list[bytes] = []
    endless = "job = hear()['job']\nwhile True: chunk(job, bytes(2**20))"
    with spawn(endless) as engine:
        assert save(engine, taken.append, limit_bytes=3 * 2**20) == 0
    assert len(taken) == 3


def test_a_fault_of_the_disk_is_the_callers_and_costs_no_engine(spawn: Spawn) -> None:
    def fail(_chunk: bytes) -> None:
        raise DiskFull("The disk is full.")

    behaviour = (
        "while hear()['is'] != 'Cancel': pass\nsay(**{'is': 'Counted', 'job': hear()['job'], 'tokens': 5}); hear()"
    )
    with spawn("chunk(hear()['job'], b'x')\n" + behaviour) as engine:
        with pytest.raises(DiskFull):
            save(engine, fail)
        assert engine.count(HELLO) == 5


def test_a_death_is_noticed_while_a_slow_disk_takes_a_state(spawn: Spawn) -> None:
    endless = "job = hear()['job']\nwhile True: chunk(job, bytes(2**20))"
    with spawn(endless) as engine:
        lost = Lost(engine)

        def take_slowly(_chunk: bytes) -> None:
            if lost.fault is None:
                os.kill(engine.pid, signal.SIGKILL)
                lost.wait(5)

        with pytest.raises(EngineDied):
            save(engine, take_slowly)


def test_a_state_comes_back_whole(spawn: Spawn) -> None:
    behaviour = (
        "asked = hear(); left = asked['size_bytes']; pieces = []\n"
        "while left: pieces.append(hear()['data']); left -= len(pieces[-1])\n"
        "whole = b''.join(pieces); is_right = whole == bytes(10 * 2**20) + b'end'\n"
        "say(**{'is': 'Restored', 'job': asked['job'], 'tokens': 7 if is_right else 0}); hear()"
    )
    with spawn(behaviour) as engine:
        assert engine.restore("a", [bytes(10 * 2**20), b"", b"end"], 10 * 2**20 + 3, stop=Stop()) == 7
        assert engine.holds("a")


@pytest.mark.parametrize("chunks", [[b"too little"], [b"too much " * 9], [b"exactly this", b"more"]])
def test_a_state_of_the_wrong_size_is_broken_off(spawn: Spawn, chunks: list[bytes]) -> None:
    counted = "say(**{'is': 'Counted', 'job': hear()['job'], 'tokens': 5}); hear()"
    with spawn("while hear()['is'] != 'Cancel': pass\n" + counted) as engine:
        assert engine.restore("a", chunks, 12, stop=Stop()) == 0
        assert engine.count(HELLO) == 5
        assert not engine.holds("a")


def test_a_damaged_state_is_told_to_who_brings_it(spawn: Spawn) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"genuine"
        raise StateDamaged("changed")

    counted = "say(**{'is': 'Counted', 'job': hear()['job'], 'tokens': 5}); hear()"
    with spawn("while hear()['is'] != 'Cancel': pass\n" + counted) as engine:
        with pytest.raises(StateDamaged):
            engine.restore("a", chunks(), 100, stop=Stop())
        assert engine.count(HELLO) == 5


def test_a_child_that_refuses_a_state_early_is_not_sent_the_rest(spawn: Spawn) -> None:
    sent: list[int] = []

    def chunks() -> Iterator[bytes]:
        for number in range(1000):
            sent.append(number)
            yield bytes(2**20)

    refused = "say(**{'is': 'Restored', 'job': hear()['job'], 'tokens': 0})\n"
    with spawn(refused + LISTENS) as engine:
        assert engine.restore("a", chunks(), 1000 * 2**20, stop=Stop()) == 0
    assert len(sent) < 1000


def test_a_stop_ends_the_sending_of_a_state_to_a_child_that_takes_nothing(spawn: Spawn) -> None:
    pong = "say(**{'is': 'Pong', 'number': 0, 'read_bytes': 0, 'resident_bytes': 0})"
    with spawn(f"while True: {pong}; time.sleep({SHORT.ping_every})") as engine:
        stop = Stop()
        timer = threading.Timer(0.2, stop.set)
        timer.start()
        assert engine.restore("a", iter(lambda: bytes(2**20), b""), 2**40, stop=stop) == 0
        timer.join()
