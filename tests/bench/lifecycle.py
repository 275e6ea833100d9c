"""How quickly the engine is there, obeys, and is missed."""

from __future__ import annotations

import os
import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator

from app.engine import client
from app.engine.client import Stop
from app.engine.protocol import AnswerEvent, Delta, Finished, LoadWish, Prefilling
from app.errors import EngineDied
from app.models import library
from tests.bench import measure
from tests.bench.measure import SAMPLING, Row

ROUNDS, STOPS = 5, 10
RUNS_BEFORE_STOP_S = 0.05
LONG = "The llama walked over the hill and saw a valley. " * 500


def _ms(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1e3:.0f} ms (worst {max(seconds) * 1e3:.0f} ms of {len(seconds)})"


def beginnings() -> Iterator[Row]:
    starts, loads, firsts = [], [], []
    for _round in range(ROUNDS):
        begun = time.perf_counter()
        client.build()
        starts.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        with measure.loaded(LoadWish(library.starter())) as engine:
            loads.append(time.perf_counter() - begun)
            firsts.append(measure.ask(engine, measure.question("Hello"), 4).first_word_s)
    yield Row("engine child up, guarded and proven", "", _ms(starts))
    yield Row("starter model ready, from spawn", "", _ms(loads))
    yield Row("first word of a short question, model loaded", "", _ms(firsts))


def stops() -> Iterator[Row]:
    """From the request to the end of the answer, which is when the engine is idle again."""
    with measure.loaded(LoadWish(library.starter())) as engine:
        prefill = [
            _stop_s(engine, f"{number} {LONG}", lambda event: isinstance(event, Prefilling) and event.done > 0)
            for number in range(STOPS)
        ]
        decode = [_stop_s(engine, measure.QUESTION, lambda event: isinstance(event, Delta)) for _number in range(STOPS)]
    yield Row("stop in prefill", "<= 500 ms", _ms(prefill))
    yield Row("stop in decode", "<= 500 ms", _ms(decode))


def _stop_s(engine: client.Engine, text: str, is_time: Callable[[AnswerEvent], bool]) -> float:
    stop, asked = Stop(), 0.0
    for event in engine.answer(measure.question(text), sampling=SAMPLING, max_tokens=None, stop=stop):
        if not asked and is_time(event):
            asked = time.perf_counter() + RUNS_BEFORE_STOP_S
            threading.Timer(RUNS_BEFORE_STOP_S, stop.set).start()
        if isinstance(event, Finished):
            return time.perf_counter() - asked
    raise AssertionError("an answer without an end")


def deaths() -> Iterator[Row]:
    noticed = []
    for _round in range(ROUNDS):
        with measure.loaded(LoadWish(library.starter())) as engine:
            killed = 0.0
            try:
                for event in engine.answer(measure.question(), sampling=SAMPLING, max_tokens=None, stop=Stop()):
                    if isinstance(event, Delta) and not killed:
                        killed = time.perf_counter()
                        os.kill(engine.pid, signal.SIGKILL)
            except EngineDied:
                noticed.append(time.perf_counter() - killed)
    yield Row("a killed engine is noticed", "<= 1 s", _ms(noticed))
