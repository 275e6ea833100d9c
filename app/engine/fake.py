"""A scripted engine that keeps the same promises as the real one, for tests, demos and screenshots.

`FakeEngine(Script(...))` is a loaded engine, `fake_load(script)` stands in for `client.load`. It works on the threads
of those who call it; who goes next is decided as in the real one.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from app.engine import faults
from app.engine.child.stream import TextStream
from app.engine.client import LoadEngine, Stop
from app.engine.planning.planner import Plan, Share
from app.engine.protocol import (
    ANY_SHAPE,
    NO_PREAMBLE,
    AnswerEvent,
    Delta,
    Finished,
    LoadWish,
    Message,
    ModelFacts,
    Preamble,
    Prefilling,
    Priority,
    Sampling,
    Shape,
    StopReason,
    Timings,
)
from app.errors import Cancelled, EngineFault, PaddockError
from app.process import Exit
from app.sandbox import Guards
from app.text import _

MICRO_BATCH_TOKENS = 16
LOAD_STEPS = 10
LOOK_EVERY_S = 0.1
CHUNK_BYTES = 1000
KILLED = Exit(code=None, signal=9, how="itself", stderr_tail="")


@dataclass(frozen=True, slots=True)
class Script:
    """What the fake does. Tokens are words with the space before them."""

    answers: tuple[str, ...] = ("Hello! How can I help you today?",)  # in turn; the last one repeats
    replies: Mapping[str, str] = field(default_factory=dict)  # by the last message's text, before `answers`
    tokens_per_s: float = 0.0  # 0 = as fast as they are taken
    prefill_tokens_per_s: float = 0.0
    context_tokens: int = 8192
    remembered: int = 8  # conversations in memory; then the one not used for longest is dropped
    dies_after_tokens: int | None = None
    deaths: int = 1  # how many engines of one `fake_load` die so
    hangs_after_tokens: int | None = None  # until Stop
    is_deaf: bool = False  # while it hangs it does not hear Stop, so it is ended
    load_s: float = 0.0
    load_fault: PaddockError | None = None
    plan: Plan | None = None


class FakeEngine:
    """The Engine that a script tells what to say."""

    def __init__(self, script: Script | None = None, name: str = "Scripted model") -> None:
        self._script = script or Script()
        self._tickets = _Tickets()
        self._lock = threading.Lock()  # for the three below
        self._memory: dict[str, list[str]] = {}  # tokens per conversation, the one used last at the end
        self._lost: EngineFault | None = None
        self._callbacks: list[Callable[[EngineFault], None]] = []
        self._closed = Stop()
        self._asked = 0
        self.prefill_tokens_per_s = self._script.prefill_tokens_per_s
        self.plan = self._script.plan or _plan(self._script.context_tokens)
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
        return self._lost is None and not self._closed.is_set

    @property
    def idle_s(self) -> float:
        return self._tickets.idle_s

    def count(self, messages: Sequence[Message], *, preamble: Preamble = NO_PREAMBLE, stop: Stop | None = None) -> int:
        self._check_usable()
        return len(_tokens(messages, preamble))

    def answer(
        self,
        messages: Sequence[Message],
        *,
        sampling: Sampling,
        max_tokens: int | None,
        stop: Stop,
        stop_strings: Sequence[str] = (),
        conversation: str = "",
        preamble: Preamble = NO_PREAMBLE,
        shape: Shape = ANY_SHAPE,
        priority: Priority = "turn",
        is_continued: bool = False,
    ) -> Iterator[AnswerEvent]:
        with self._ticket(priority, stop) as ticket:
            started = time.monotonic()
            prompt = _tokens(messages, preamble, is_continued=is_continued)
            reused = self._reusable(prompt)
            is_read = yield from self._prefill(ticket, conversation, prompt, stop)
            prefilled = time.monotonic()
            room = self._script.context_tokens - len(prompt)
            told = _Told()
            if is_read:
                text = self._rest(messages) if is_continued else self._reply(messages)
                yield from self._say(ticket, text, min(room, max_tokens or room), told, stop_strings)
                self._remember(conversation, [*prompt, *told.tokens])
            if told.reason == "length" and len(told.tokens) == room:
                told.reason = "context"
            prefill_s, decode_s = prefilled - started, time.monotonic() - prefilled
            timings = Timings(len(prompt), reused, prefill_s, len(told.tokens), decode_s, prefill_s)
            yield Finished(told.reason, timings)

    def read_ahead(
        self, messages: Sequence[Message], *, conversation: str, stop: Stop, preamble: Preamble = NO_PREAMBLE
    ) -> Timings | None:
        with self._ticket("ahead", stop) as ticket:
            started = time.monotonic()
            prompt = _certain(messages, preamble)
            reused = self._reusable(prompt)
            ticket.is_overtaken = False
            for _event in self._prefill(ticket, conversation, prompt, stop):
                if stop.is_set or ticket.is_overtaken:
                    return None
            prefill_s = time.monotonic() - started
            return Timings(len(prompt), reused, prefill_s, 0, 0.0, prefill_s)

    def holds(self, conversation: str) -> bool:
        with self._lock:
            return conversation != "" and conversation in self._memory

    def save(self, conversation: str, take: Callable[[bytes], None], *, limit_bytes: int, stop: Stop) -> int:
        with self._ticket("side", stop), self._lock:
            tokens = self._memory.get(conversation, [])
        state = json.dumps([self.facts.name, tokens]).encode()
        if not tokens or stop.is_set or len(state) > limit_bytes:
            return 0
        for at in range(0, len(state), CHUNK_BYTES):
            take(state[at : at + CHUNK_BYTES])
        return len(tokens)

    def restore(self, conversation: str, chunks: Iterable[bytes], size_bytes: int, *, stop: Stop) -> int:
        with self._ticket("turn", stop):
            state = b"".join(chunks)
            if stop.is_set or len(state) != size_bytes:
                return 0
            try:
                name, tokens = json.loads(state)
            except ValueError:
                return 0
            if name != self.facts.name:
                return 0
            self._remember(conversation, tokens)
            return len(tokens)

    def forget(self, conversation: str) -> None:
        with self._lock:
            self._memory.pop(conversation, None)

    def on_lost(self, callback: Callable[[EngineFault], None]) -> None:
        with self._lock:
            if self._lost is None:
                self._callbacks.append(callback)
                return
        callback(self._lost)

    def die(self, fault: EngineFault | None = None) -> EngineFault:
        """What a crash of the real one does; the error that its callers get."""
        fault = fault or faults.of_death(KILLED)
        with self._lock:
            if self._lost is None:
                self._lost = fault
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self._lost)
        return self._lost

    def close(self) -> None:
        self._closed.set()

    def _reply(self, messages: Sequence[Message]) -> str:
        known = self._script.replies.get(messages[-1].text) if messages else None
        if known is not None:
            return known
        answers = self._script.answers or ("",)
        self._asked += 1
        return answers[min(self._asked, len(answers)) - 1]

    def _rest(self, messages: Sequence[Message]) -> str:
        """What comes after the beginning of an answer that the script has; else the next answer."""
        *before, begun = messages
        asked = before[-1].text if before else ""
        known = (self._script.replies.get(asked, ""), *self._script.answers)
        rest = next((answer[len(begun.text) :] for answer in known if answer.startswith(begun.text)), None)
        return self._reply(before) if rest is None else rest

    def _prefill(
        self, ticket: _Ticket, conversation: str, prompt: list[str], stop: Stop
    ) -> Generator[AnswerEvent, None, bool]:
        """Reads what no conversation in memory begins with. Whether it came to the end."""
        total, limit = len(prompt), self._script.context_tokens
        if total >= limit:
            raise faults.context_full(total, limit)
        done = self._reusable(prompt)
        rate = self._script.prefill_tokens_per_s
        yield Prefilling(done, total)
        while done < total:
            step = min(MICRO_BATCH_TOKENS, total - done)
            if not self._go_on(ticket, step / rate if rate > 0 else 0.0):
                return False
            done += step
            self._remember(conversation, prompt[:done])
            yield Prefilling(done, total)
        return True

    def _say(
        self, ticket: _Ticket, text: str, room: int, told: _Told, stop_strings: Sequence[str]
    ) -> Iterator[AnswerEvent]:
        stream = TextStream(stop_strings)
        emitted = 0
        rate = self._script.tokens_per_s
        for word in _words(text):
            if self._is_over(ticket, told, room) or not self._go_on(ticket, 1 / rate if rate > 0 else 0.0):
                break
            told.tokens.append(word)
            shown = stream.feed(word.encode())
            if shown:
                yield Delta(shown, len(told.tokens) - emitted)
                emitted = len(told.tokens)
            if stream.is_stopped:
                told.reason = "stop_string"
                break
        else:
            told.reason = "end"
        rest = stream.finish()
        if rest:
            yield Delta(rest, len(told.tokens) - emitted)

    def _is_over(self, ticket: _Ticket, told: _Told, room: int) -> bool:
        count = len(told.tokens)
        if count == self._script.dies_after_tokens:
            raise self.die()
        if count == self._script.hangs_after_tokens:
            self._wait(ticket.stop, None)
            if self._script.is_deaf:
                self.die(faults.of_deafness())
                raise faults.stopped()
        told.reason = "length" if count >= room else "stopped"
        return count >= room or ticket.stop.is_set

    def _go_on(self, ticket: _Ticket, seconds: float) -> bool:
        """A step takes `seconds`, and what is more urgent goes first. False when it was stopped."""
        self._wait(ticket.stop, seconds)
        while not ticket.stop.is_set and not self._tickets.wait(ticket):
            self._check_usable()
        return not ticket.stop.is_set

    def _wait(self, stop: Stop, seconds: float | None) -> None:
        """Until `stop` or close, at most so long; None is for ever."""
        if seconds != 0 and not stop.is_set:
            woken = threading.Event()
            stop.on_set(woken.set)
            self._closed.on_set(woken.set)
            woken.wait(seconds)
            stop.forget(woken.set)
            self._closed.forget(woken.set)
        self._check_usable()

    @contextmanager
    def _ticket(self, priority: Priority, stop: Stop) -> Iterator[_Ticket]:
        """Waits for everything that is more urgent or came before."""
        self._check_usable()
        ticket = self._tickets.draw(priority, stop)
        try:
            while not self._tickets.wait(ticket):
                self._check_usable()
                if stop.is_set:
                    raise faults.stopped()
            yield ticket
        finally:
            self._tickets.give_back(ticket)

    def _reusable(self, prompt: list[str]) -> int:
        """How many of its tokens are in memory; at least the last one is read."""
        with self._lock:
            shared = [_common_beginning(tokens, prompt) for tokens in self._memory.values()]
        return max(0, min(max(shared, default=0), len(prompt) - 1))

    def _remember(self, conversation: str, tokens: list[str]) -> None:
        with self._lock:
            self._memory.pop(conversation, None)
            self._memory[conversation] = tokens
            while len(self._memory) > self._script.remembered:
                del self._memory[next(iter(self._memory))]

    def _check_usable(self) -> None:
        if self._lost is not None:
            raise faults.of_death(KILLED)
        if self._closed.is_set:
            raise faults.closed()


@dataclass(slots=True)
class _Told:
    """How an answer ended, filled in while it is told."""

    tokens: list[str] = field(default_factory=list)
    reason: StopReason = "stopped"


@dataclass(slots=True, eq=False)
class _Ticket:
    urgency: int  # 0 goes first
    stop: Stop
    is_overtaken: bool = False


class _Tickets:
    """Who goes next: the most urgent, and among equals the first."""

    def __init__(self) -> None:
        self._drawn: list[_Ticket] = []
        self._idle_since = time.monotonic()
        self._changed = threading.Condition()

    @property
    def idle_s(self) -> float:
        with self._changed:
            return 0.0 if self._drawn else time.monotonic() - self._idle_since

    def draw(self, priority: Priority, stop: Stop) -> _Ticket:
        ticket = _Ticket(("turn", "ahead", "side").index(priority), stop)
        with self._changed:
            for other in self._drawn:
                other.is_overtaken = other.is_overtaken or other.urgency > ticket.urgency
            self._drawn.append(ticket)
            self._drawn.sort(key=lambda drawn: drawn.urgency)
        return ticket

    def give_back(self, ticket: _Ticket) -> None:
        with self._changed:
            self._drawn.remove(ticket)
            self._idle_since = time.monotonic()
            self._changed.notify_all()

    def wait(self, ticket: _Ticket) -> bool:
        """Whether it is the next one, after a moment at most."""
        with self._changed:
            return self._changed.wait_for(lambda: self._drawn[0] is ticket, LOOK_EVERY_S)


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


def _plan(context_tokens: int) -> Plan:
    """All on a processor of two cores."""
    cpu = Share(
        device="CPU",
        description="scripted",
        kind="cpu",
        layers=4,
        weights_bytes=1_000_000,
        kv_bytes=context_tokens * 1000,
        compute_bytes=1_000_000,
        repack_bytes=0,
        free_bytes=8 * 10**9,
    )
    return Plan(
        context_tokens=context_tokens,
        sequences=4,
        gpu_layers=0,
        devices=(),
        split=(),
        threads=2,
        batch_threads=2,
        batch_tokens=512,
        micro_batch_tokens=MICRO_BATCH_TOKENS,
        kv_type="f16",
        flash_attention="auto",
        repack=False,
        parked_bytes=10**9,
        resting_tokens=256,
        shares=(cpu,),
        paged_bytes=0,
        place="cpu",
        reasons=(_("It runs on this processor."),),
    )


def _words(text: str) -> list[str]:
    return re.findall(r"\s*\S+|\s+", text)


def _tokens(messages: Sequence[Message], preamble: Preamble, *, is_continued: bool = False) -> list[str]:
    """A few tokens for each header, and one for each word; an answer that goes on has no end."""
    system = " ".join((preamble.date, *preamble.tools)).strip()
    tokens = ["<", "preamble", ">", *_words(system), "<end>"] if system else []
    for message in messages:
        tokens += ["<", message.role, ">", *_words(message.text), "<end>"]
    return tokens[:-1] if is_continued else [*tokens, "<", "assistant", ">"]


def _certain(messages: Sequence[Message], preamble: Preamble) -> list[str]:
    """The prompt without the last message's last word, which may still grow, and what follows it."""
    return _tokens(messages, preamble)[: -5 if messages and _words(messages[-1].text) else -4]


def _common_beginning(first: Sequence[str], second: Sequence[str]) -> int:
    differences = (at for at, (one, other) in enumerate(zip(first, second, strict=False)) if one != other)
    return next(differences, min(len(first), len(second)))
