"""Llama 3.1 405B on whatever machine this is: loaded, asked for a token, and given up while it loads.

229 GB of holes: the system reads zeros where a real file would keep a disk busy, so times are the best case.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from app.engine import client
from app.engine.client import Stop
from app.engine.protocol import LoadWish
from app.errors import Cancelled
from tests.bench import measure, shapes
from tests.bench.measure import Row

LOADS_BEFORE_CANCEL_S = 10.0
SAMPLE_S = 0.5


def giant() -> Iterator[Row]:
    with shapes.folder() as folder:
        path = shapes.model(folder, "405b", "Q4_K_M")
        size_bytes = path.stat().st_size
        yield _cancelled(path)
        memory = Lowest()
        begun = time.perf_counter()
        with memory, measure.loaded(LoadWish(path)) as engine:
            loaded_s = time.perf_counter() - begun
            plan = engine.plan
            answered = measure.ask(engine, measure.question("Hi"), 1)
    total = psutil.virtual_memory().total
    yield Row("405B: planned", "", f"{plan.place}, context {plan.context_tokens}, {plan.kv_type}; {plan.reasons[0]}")
    yield Row("405B: loaded after", "loads", f"{loaded_s:.0f} s (a file of {size_bytes / 1e9:.0f} GB)")
    yield Row("405B: first token after", "answers", f"{answered.first_word_s:.0f} s")
    yield Row("405B: memory in use at most", f"< {total / 1e9:.0f} GB", f"{(total - memory.bytes) / 1e9:.1f} GB")


def _cancelled(path: Path) -> Row:
    stop = Stop()
    timer = threading.Timer(LOADS_BEFORE_CANCEL_S, stop.set)
    timer.start()
    fractions: list[float] = []
    try:
        client.load(LoadWish(path), on_progress=fractions.append, stop=stop).close()
    except Cancelled:
        said = f"{stop.age_s:.2f} s after it was asked for, at {max(fractions, default=0.0):.0%} of the load"
    else:
        said = "was loaded before it could be cancelled"
    finally:
        timer.cancel()
    return Row("405B: cancelled while loading", "<= 2 s", said)


class Lowest:
    """The least memory that was available while it ran; what the system keeps of files counts as available."""

    def __init__(self) -> None:
        self.bytes = psutil.virtual_memory().available
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory")

    def __enter__(self) -> Lowest:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(SAMPLE_S):
            self.bytes = min(self.bytes, psutil.virtual_memory().available)
