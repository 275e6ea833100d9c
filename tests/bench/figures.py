"""Measures what docs/figures.md says, as ratios in one run: `.venv/bin/python tests/bench/figures.py`.

Prints a Markdown section; append it to docs/figures.md by hand when it was measured on a quiet machine. Never part of
a test run: a figure on a busy machine means nothing.
"""

from __future__ import annotations

import datetime
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ["GOMP_SPINCOUNT"] = "1000"  # as the child has it; libgomp reads it when it loads

from app.chat import session
from app.chat.session import ChatSession, Wishes
from app.chat.store import MIGRATIONS, ChatStore
from app.engine import client, hardware, llama
from app.engine.client import ChildEngine, Stop
from app.engine.protocol import Delta, Finished, LoadWish, Message, Prefilling, Sampling
from app.errors import EngineDied
from app.models import library
from app.storage import values
from app.storage.database import Database

ROUNDS = 8
TOKENS = 128
QUESTION = "Tell me a very long story about a llama that crosses the Andes."
SAMPLING = Sampling(seed=5)
LONG = Message("user", "The llama walked over the hill and saw a valley. " * 500)


def load() -> ChildEngine:
    return client.load(LoadWish(library.starter()), on_progress=lambda _fraction: None, stop=Stop())


def ms(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1e3:.0f} ms (worst {max(seconds) * 1e3:.0f} ms of {len(seconds)})"


def speeds() -> Iterator[str]:
    """Decode speed, interleaved so that a noisy neighbour disturbs all three alike."""
    engine = load()
    own = llama.Library()
    model = llama.Model(own, library.starter(), gpu_layers=None, repack=True, on_progress=lambda _fraction: None)
    threads = hardware.probe().cores_physical
    context = llama.Context(model, own, context_tokens=8192, threads=threads)
    prompt = model.tokenize(QUESTION, is_control=False)

    def raw() -> float:
        kept = context.keep(prompt)
        context.read(prompt[kept:])
        begun = time.perf_counter()
        for number in range(TOKENS):
            context.read_one(260 + number)
        return TOKENS / (time.perf_counter() - begun)

    def through_client() -> float:
        first, count = 0.0, 0
        messages = (Message("user", QUESTION),)
        for event in engine.answer(messages, sampling=SAMPLING, max_tokens=TOKENS, stop=Stop()):
            if isinstance(event, Delta):
                count += event.tokens if first else 0
                first = first or time.perf_counter()
        return count / (time.perf_counter() - first)

    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(
            Path(folder) / "p" / "paddock.db", bytes(32), migrations=values.MIGRATIONS + MIGRATIONS
        )
        chat = ChatSession(
            ChatStore(database), lambda _progress, _stop: engine, lambda: Wishes(SAMPLING, TOKENS, "starter")
        )

        def through_session() -> float:
            moments: list[float] = []

            def on_event(event: session.Event) -> None:
                if isinstance(event, session.Delta):
                    moments.append(time.perf_counter())

            chat.send(None, QUESTION, parent_id=None, on_event=on_event, stop=Stop())
            return (len(moments) - 1) / (moments[-1] - moments[0])

        rows = [(raw(), through_client(), through_session()) for _round in range(ROUNDS)]
        database.close()
    engine.close()
    yield f"| decode, raw llama.cpp loop | {statistics.median(r for r, _c, _s in rows):.0f} tokens/s |"
    yield f"| decode through the child and the pipe, sampling included / raw | {_ratio(c / r for r, c, _s in rows)} |"
    yield f"| decode through the turn, every word saved / raw | {_ratio(s / r for r, _c, s in rows)} |"


def _ratio(found: Iterator[float]) -> str:
    return f"{statistics.median(found):.3f} (median of {ROUNDS} interleaved rounds of {TOKENS} tokens)"


def beginnings() -> Iterator[str]:
    starts, loads, firsts = [], [], []
    for _round in range(5):
        begun = time.perf_counter()
        client.build()
        starts.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        engine = load()
        loads.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        events = engine.answer((Message("user", "Hello"),), sampling=SAMPLING, max_tokens=4, stop=Stop())
        next(event for event in events if isinstance(event, Delta))
        firsts.append(time.perf_counter() - begun)
        engine.close()
    yield f"| engine child up, guarded and proven | {ms(starts)} |"
    yield f"| starter model ready, from spawn | {ms(loads)} |"
    yield f"| first word of a short question, model loaded | {ms(firsts)} |"


def stops() -> Iterator[str]:
    engine = load()

    def latency(messages: tuple[Message, ...], is_time: Callable[[object], bool]) -> float:
        stop, asked = Stop(), 0.0
        for event in engine.answer(messages, sampling=SAMPLING, max_tokens=None, stop=stop):
            if not asked and is_time(event):
                timer = threading.Timer(0.05, stop.set)
                timer.start()
                asked = time.perf_counter() + 0.05
            if isinstance(event, Finished):
                return time.perf_counter() - asked
        raise AssertionError("no end")

    prefill = [
        latency((Message("user", f"{n} {LONG.text}"),), lambda event: isinstance(event, Prefilling) and event.done > 0)
        for n in range(10)
    ]
    decode = [latency((Message("user", QUESTION),), lambda event: isinstance(event, Delta)) for _n in range(10)]
    follow = (Message("user", QUESTION),)
    text, finished = "", None
    for event in engine.answer(follow, sampling=SAMPLING, max_tokens=200, stop=Stop()):
        text += event.text if isinstance(event, Delta) else ""
    history = (*follow, Message("assistant", text), Message("user", "And then?"))
    for event in engine.answer(history, sampling=SAMPLING, max_tokens=2, stop=Stop()):
        finished = event if isinstance(event, Finished) else finished
    engine.close()
    assert finished is not None
    timings = finished.timings
    yield f"| stop in prefill | {ms(prefill)} |"
    yield f"| stop in decode | {ms(decode)} |"
    reused = f"{timings.reused_tokens} of {timings.prompt_tokens}"
    yield f"| follow-up turn: tokens of the prompt still in the KV cache | {reused} |"


def deaths() -> Iterator[str]:
    noticed = []
    for _round in range(5):
        engine = load()
        killed = 0.0
        try:
            for event in engine.answer((Message("user", QUESTION),), sampling=SAMPLING, max_tokens=None, stop=Stop()):
                if isinstance(event, Delta) and not killed:
                    killed = time.perf_counter()
                    os.kill(engine.pid, signal.SIGKILL)
        except EngineDied:
            noticed.append(time.perf_counter() - killed)
        engine.close()
    yield f"| a killed engine is noticed | {ms(noticed)} |"


def main() -> int:
    machine = hardware.probe()
    print(f"\n## {datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {machine.cpu}, {machine.cores_physical} cores")
    print(f"\nLoad average before: {os.getloadavg()[0]:.1f}. Starter model, {TOKENS} tokens.\n")
    print("| what | measured |\n|---|---|")
    for part in (speeds, beginnings, stops, deaths):
        for line in part():
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
