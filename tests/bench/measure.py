"""What all figures share: pairs that are measured in turns, a loaded engine, and memory as the system counts it."""

from __future__ import annotations

import contextlib
import functools
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.engine import client
from app.engine.client import ChildEngine, Stop
from app.engine.planning import footprint
from app.engine.planning.footprint import Setting
from app.engine.planning.planner import Plan
from app.engine.protocol import AnswerEvent, Delta, Finished, LoadWish, Message, Sampling, Timings
from app.models.header import Header, read_header

ROUNDS = 7
QUESTION = "Tell me a very long story about a llama that crosses the Andes."
# The app's own sampling, with all its stages, but reproducible and without an end.
SAMPLING = Sampling(seed=5, ignores_end=True)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `bar` is what the figure has to reach, empty where it only informs."""

    what: str
    bar: str
    measured: str


@dataclass(frozen=True, slots=True)
class Spread:
    """Of several rounds."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def __str__(self) -> str:
        return f"{self.median:.3g} ({min(self.values):.3g} to {max(self.values):.3g} in {len(self.values)} rounds)"


def ratio(ours: Callable[[], float], theirs: Callable[[], float], *, rounds: int = ROUNDS) -> Spread:
    """Our speed / theirs. Each round is ours, theirs, theirs, ours (or the reverse): a drift disturbs both alike."""
    found = []
    for number in range(rounds):
        spent = {ours: 0.0, theirs: 0.0}
        for side in (ours, theirs, theirs, ours) if number % 2 else (theirs, ours, ours, theirs):
            spent[side] += 1 / side()
        found.append(spent[theirs] / spent[ours])
    return Spread(tuple(found))


@contextlib.contextmanager
def loaded(wish: LoadWish) -> Iterator[ChildEngine]:
    """An engine child with this model in it."""
    engine = client.load(wish, on_progress=lambda _fraction: None, stop=Stop())
    try:
        yield engine
    finally:
        engine.close()


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as its receiver saw it: `tokens_per_s` between its first and its last word."""

    tokens_per_s: float
    first_word_s: float
    text: str
    timings: Timings


def ask(
    engine: client.Engine,
    messages: Sequence[Message],
    max_tokens: int,
    *,
    sampling: Sampling = SAMPLING,
    conversation: str = "",
) -> Answered:
    watch = _Watch()
    for event in engine.answer(
        messages, sampling=sampling, max_tokens=max_tokens, stop=Stop(), conversation=conversation
    ):
        if isinstance(event, Finished):
            return watch.answered(event)
        watch.hear(event)
    raise AssertionError("an answer without an end")


class _Watch:
    """Times one answer from its first word on, which is there when its first token was drawn."""

    def __init__(self) -> None:
        self._asked = time.perf_counter()
        self._first = self._last = 0.0
        self._tokens = 0  # after the first
        self._texts: list[str] = []

    def hear(self, event: AnswerEvent) -> None:
        if isinstance(event, Delta):
            self._last = time.perf_counter()
            self._tokens += event.tokens if self._first else 0
            self._first = self._first or self._last
            self._texts.append(event.text)

    def answered(self, finished: Finished) -> Answered:
        speed = self._tokens / (self._last - self._first) if self._tokens else 0.0
        return Answered(speed, self._first - self._asked, "".join(self._texts), finished.timings)


class Overheard:
    """An Engine whose answers are of a given length and without an end; what they took is in `answers`."""

    def __init__(self, engine: client.Engine) -> None:
        self._engine = engine
        self.max_tokens = 1
        self.answers: list[Answered] = []

    def __getattr__(self, name: str) -> Any:  # whatever else an Engine can
        return getattr(self._engine, name)

    def answer(self, messages: Sequence[Message], **wishes: Any) -> Iterator[AnswerEvent]:  # as it would be asked
        wishes |= {"sampling": SAMPLING, "max_tokens": self.max_tokens}
        watch = _Watch()
        for event in self._engine.answer(messages, **wishes):
            if isinstance(event, Finished):
                self.answers.append(watch.answered(event))
            else:
                watch.hear(event)
            yield event


def question(text: str = QUESTION) -> tuple[Message, ...]:
    return (Message("user", text),)


def pss_bytes(pid: int) -> int:
    """Memory of a process with its share of what others use too. The engine child's is readable by root only."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("smaps_rollup without Pss")


def model_bytes(plan: Plan, path: Path) -> int:
    """Weights, KV cache and compute buffers alone; a plan's shares count the engine's process, too."""
    setting = Setting(plan.context_tokens, plan.micro_batch_tokens, plan.kv_type, plan.flash_attention != "off")
    held = sum(share.weights_bytes + share.kv_bytes + share.repack_bytes for share in plan.shares)
    return held + footprint.compute_bytes(_header(path), setting, is_on_cpu=True)


@functools.cache
def _header(path: Path) -> Header:
    return read_header(path)


@contextlib.contextmanager
def busy_neighbour() -> Iterator[None]:
    """Another program that wants a whole core all the time."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()
