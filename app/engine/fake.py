"""A scripted engine that keeps the same promises as the real one, for tests, demos and screenshots.

`FakeEngine(Script(...))` is a loaded engine, `fake_load(script)` stands in for `client.load`.
"""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.engine import faults
from app.engine.client import LoadEngine, Stop, turn
from app.engine.protocol import (
    AnswerEvent,
    Delta,
    Finished,
    LoadWish,
    Message,
    ModelFacts,
    Prefilling,
    Sampling,
    StopReason,
    Timings,
)
from app.engine.stream import TextStream
from app.errors import Cancelled, PaddockError
from app.process import Exit
from app.sandbox import Guards
from app.text import _

MICRO_BATCH_TOKENS = 16
LOAD_STEPS = 10
KILLED = Exit(code=None, signal=9, how="itself", stderr_tail="")


@dataclass(frozen=True, slots=True)
class Script:
    """What the fake does. Tokens are words with the space before them."""

    answers: tuple[str, ...] = ("Hello! How can I help you today?",)  # in turn; the last one repeats
    replies: Mapping[str, str] = field(default_factory=dict)  # by the last message's text, before `answers`
    tokens_per_s: float = 0.0  # 0 = as fast as they are taken
    prefill_tokens_per_s: float = 0.0
    context_tokens: int = 8192
    dies_after_tokens: int | None = None
    deaths: int = 1  # how many engines of one `fake_load` die so
    hangs_after_tokens: int | None = None  # until Stop
    load_s: float = 0.0
    load_fault: PaddockError | None = None


class FakeEngine:
    """The Engine that a script tells what to say."""

    def __init__(self, script: Script | None = None, name: str = "Scripted model") -> None:
        self._script = script or Script()
        self._turn = threading.Lock()
        self._closed = Stop()
        self._is_dead = False
        self._asked = 0
        self.facts = ModelFacts(
            name=name,
            architecture="fake",
            parameters=1_000_000,
            size_bytes=1_000_000,
            context_tokens=self._script.context_tokens,
            trained_context_tokens=self._script.context_tokens,
            quantisation="Q4_1",
            template_family="plain",
            devices=("CPU (scripted)",),
            load_s=self._script.load_s,
            guards=Guards(),
            engine_build="fake",
        )

    @property
    def is_alive(self) -> bool:
        return not self._is_dead and not self._closed.is_set

    def count(self, messages: Sequence[Message], *, stop: Stop | None = None) -> int:
        with turn(self._turn, stop):
            self._check_usable()
            return _count(messages)

    def answer(
        self,
        messages: Sequence[Message],
        *,
        sampling: Sampling,
        max_tokens: int | None,
        stop: Stop,
        stop_strings: Sequence[str] = (),
    ) -> Iterator[AnswerEvent]:
        with turn(self._turn, stop):
            self._check_usable()
            started = time.monotonic()
            prompt_tokens = _count(messages)
            if prompt_tokens >= self._script.context_tokens:
                raise faults.context_full(prompt_tokens, self._script.context_tokens)
            text = self._reply(messages)
            room = self._script.context_tokens - prompt_tokens
            yield from self._prefill(prompt_tokens, stop)
            prefilled = time.monotonic()
            told = _Told()
            yield from self._say(text, min(room, max_tokens or room), told, stop, stop_strings)
            if told.reason == "length" and told.tokens == room:
                told.reason = "context"
            now = time.monotonic()
            prefill_s = prefilled - started
            yield Finished(told.reason, Timings(prompt_tokens, 0, prefill_s, told.tokens, now - prefilled, prefill_s))

    def close(self) -> None:
        self._closed.set()

    def _reply(self, messages: Sequence[Message]) -> str:
        known = self._script.replies.get(messages[-1].text) if messages else None
        if known is not None:
            return known
        answers = self._script.answers or ("",)
        self._asked += 1
        return answers[min(self._asked, len(answers)) - 1]

    def _prefill(self, total: int, stop: Stop) -> Iterator[AnswerEvent]:
        yield Prefilling(0, total)
        for done in range(0, total, MICRO_BATCH_TOKENS):
            rate = self._script.prefill_tokens_per_s
            if self._wait(MICRO_BATCH_TOKENS / rate if rate > 0 else 0.0, stop):
                return
            yield Prefilling(min(done + MICRO_BATCH_TOKENS, total), total)

    def _say(self, text: str, room: int, told: _Told, stop: Stop, stop_strings: Sequence[str]) -> Iterator[AnswerEvent]:
        stream = TextStream(stop_strings)
        emitted = 0
        rate = self._script.tokens_per_s
        for word in _words(text):
            if self._is_over(told, room, stop) or self._wait(1 / rate if rate > 0 else 0.0, stop):
                break
            told.tokens += 1
            shown = stream.feed(word.encode())
            if shown:
                yield Delta(shown, told.tokens - emitted)
                emitted = told.tokens
            if stream.is_stopped:
                told.reason = "stop_string"
                break
        else:
            told.reason = "end"
        rest = stream.finish()
        if rest:
            yield Delta(rest, told.tokens - emitted)

    def _is_over(self, told: _Told, room: int, stop: Stop) -> bool:
        if told.tokens == self._script.dies_after_tokens:
            self._is_dead = True
            raise faults.of_death(KILLED)
        if told.tokens == self._script.hangs_after_tokens:
            self._wait(None, stop)
        told.reason = "length" if told.tokens >= room else "stopped"
        return told.tokens >= room or stop.is_set

    def _wait(self, seconds: float | None, stop: Stop) -> bool:
        """Until `stop` (then True) or close, at most so long; None is forever."""
        if seconds != 0 and not stop.is_set:
            woken = threading.Event()
            stop.on_set(woken.set)
            self._closed.on_set(woken.set)
            woken.wait(seconds)
            stop.forget(woken.set)
            self._closed.forget(woken.set)
        if self._closed.is_set:
            raise faults.closed()
        return stop.is_set

    def _check_usable(self) -> None:
        if self._is_dead:
            raise faults.of_death(KILLED)
        if self._closed.is_set:
            raise faults.closed()


@dataclass(slots=True)
class _Told:
    """How an answer ended, filled in while it is told."""

    tokens: int = 0
    reason: StopReason = "stopped"


def fake_load(script: Script | None = None) -> LoadEngine:
    """A stand-in for `client.load`. The engines it makes say the next answers, and only the first ones die."""
    script = script or Script()
    numbers = itertools.count(1)

    def load(wish: LoadWish, *, on_progress: Callable[[float], None], stop: Stop) -> FakeEngine:
        number = next(numbers)
        woken = threading.Event()
        stop.on_set(woken.set)
        for step in range(LOAD_STEPS + 1):
            if stop.is_set or (step and script.load_s and woken.wait(script.load_s / LOAD_STEPS)):
                raise Cancelled(_("Loading was cancelled."))
            on_progress(step / LOAD_STEPS)
        if script.load_fault is not None:
            raise script.load_fault
        lives = number > script.deaths
        return FakeEngine(replace(script, dies_after_tokens=None) if lives else script, name=wish.path.stem)

    return load


def _words(text: str) -> list[str]:
    return re.findall(r"\s*\S+|\s+", text)


def _count(messages: Sequence[Message]) -> int:
    """A few tokens for each header, and one for each word."""
    return 3 + sum(4 + len(_words(message.text)) for message in messages)
