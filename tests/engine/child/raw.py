"""An engine child spoken to in frames, and its insides in this process: what it does by itself, without the parent.

Its work is the same for every model, so most tests use a tiny one, whose chance weights say the same each time.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from app.engine.child.answering import Answering, MakeGuesser, Steps
from app.engine.child.kvcache import AnswerMemory, KvCache
from app.engine.child.llama.context import Context
from app.engine.child.llama.library import Library
from app.engine.child.llama.model import Model
from app.engine.protocol import (
    ANY_SHAPE,
    MAX_CHUNK_BYTES,
    NO_PREAMBLE,
    AnswerEvent,
    Ask,
    Cancel,
    Chunk,
    Delta,
    Dropped,
    Failed,
    Finished,
    Hello,
    Load,
    Loaded,
    LoadFailed,
    Message,
    Prefilling,
    Priority,
    Progressed,
    ReadAhead,
    Restore,
    Restored,
    Sampling,
    Save,
    Saved,
    Shape,
    ToChild,
    ToParent,
)
from app.engine.wire import decode, encode
from app.process import Child

GREEDY = Sampling(temperature=0.0, repeat_penalty=1.0)
ENVIRONMENT = {"GOMP_SPINCOUNT": "1000", "GGML_NO_BACKTRACE": "1"}
PATIENCE_S = 60.0
SHORT_WORDS = [
    *("the", "of", "and", "to", "in", "is", "it", "on", "as", "at", "be", "by", "we", "or", "an", "if"),
    *("my", "me", "go", "up", "so", "no", "us", "am"),
]
LOAD = Load(
    path="", context_tokens=2048, sequences=4, gpu_layers=0, devices=(), split=(), threads=1, batch_threads=1,
    batch_tokens=512, micro_batch_tokens=64, kv_type="f16", flash_attention="auto", repack=False,
    parked_bytes=2**28, resting_tokens=100, adapters=(), draft="", is_guessing=False,
)  # fmt: skip

Frame = TypeVar("Frame", bound=ToParent)


def user(text: str) -> Message:
    return Message("user", text)


def assistant(text: str) -> Message:
    return Message("assistant", text)


def words(seed: int, count: int) -> str:
    """Text of `count` tokens that differs from that of another seed from its beginning on."""
    chance = random.Random(seed)
    return " ".join([SHORT_WORDS[seed % len(SHORT_WORDS)], *chance.choices(SHORT_WORDS, k=count - 1)])


@dataclass(slots=True)
class Said:
    """Everything that was said about one job."""

    events: list[AnswerEvent] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, Delta))

    @property
    def finished(self) -> Finished:
        last = self.events[-1]
        assert isinstance(last, Finished)
        return last

    @property
    def reused(self) -> int:
        return self.finished.timings.reused_tokens

    @property
    def read(self) -> int:
        return self.finished.timings.prompt_tokens - self.reused


class RawChild:
    """One child. What it says and nobody asked for yet is kept in `heard`."""

    def __init__(self, path: Path, *, grants: Sequence[Path] = (), load: Load = LOAD) -> None:
        self.child = Child("engine", grants=(path, *grants), environment=ENVIRONMENT)
        self.heard: list[ToParent] = []
        self._numbers = itertools.count(1)
        self.hello = self.wait_for(Hello)
        self.send(replace(load, path=str(path)))

    def loaded(self) -> Loaded:
        message = self.wait(lambda message: isinstance(message, Loaded | LoadFailed))
        assert isinstance(message, Loaded), message
        return message

    def number(self) -> int:
        return next(self._numbers)

    def send(self, message: ToChild) -> None:
        self.child.send(encode(message))

    def wait(self, is_wanted: Callable[[ToParent], bool]) -> ToParent:
        """The first message of that kind, heard already or to come; the others stay."""
        for message in self.heard:
            if is_wanted(message):
                self.heard.remove(message)
                return message
        deadline = time.monotonic() + PATIENCE_S
        while (frame := self.child.receive(max(0.0, deadline - time.monotonic()))) is not None:
            message = decode(frame)  # type: ignore[assignment]  # a child says nothing else, or the test fails
            if is_wanted(message):
                return message
            self.heard.append(message)
        raise AssertionError(f"never said; heard {[type(message).__name__ for message in self.heard]}")

    def listen(self, is_last: Callable[[ToParent], bool]) -> list[ToParent]:
        """Everything that is said from now on in its order, up to and with that message; nothing of it is kept."""
        before, self.heard = self.heard, []
        last = self.wait(is_last)
        said, self.heard = [*self.heard, last], before
        return said

    def wait_for(self, kind: type[Frame], job: int | None = None) -> Frame:
        """As `wait`. Failed instead of what is waited for fails the test."""

        def is_wanted(message: ToParent) -> bool:
            is_about_it = job is None or getattr(message, "job", None) == job
            return is_about_it and isinstance(message, (kind, Failed))

        message = self.wait(is_wanted)
        assert isinstance(message, kind), message
        return message

    def wait_for_event(self, job: int, kind: type[Any]) -> AnswerEvent:
        """Any: an event's class, one of three."""
        message = self.wait(lambda m: isinstance(m, Progressed) and m.job == job and isinstance(m.event, kind))
        assert isinstance(message, Progressed)
        return message.event

    def wait_until_read(self, job: int, tokens: int) -> None:
        """Until at least that much of its prompt is in the cache."""
        while isinstance(event := self.wait_for_event(job, Prefilling), Prefilling) and event.done < tokens:
            pass

    def start(
        self,
        messages: Sequence[Message],
        conversation: str = "",
        *,
        max_tokens: int | None = 16,
        sampling: Sampling = GREEDY,
        shape: Shape = ANY_SHAPE,
        priority: Priority = "turn",
        stop_strings: tuple[str, ...] = (),
    ) -> int:
        """Sends a question; its job."""
        job = self.number()
        self.send(
            Ask(job, tuple(messages), NO_PREAMBLE, sampling, shape, max_tokens, stop_strings, conversation, priority)
        )
        return job

    def ask(self, messages: Sequence[Message], conversation: str = "", **wishes: Any) -> Said:
        """A question and all that is said about it. Any: the keywords of `start`."""
        return self.finish(self.start(messages, conversation, **wishes))

    def start_reading(self, messages: Sequence[Message], conversation: str = "") -> int:
        job = self.number()
        self.send(ReadAhead(job, tuple(messages), NO_PREAMBLE, conversation))
        return job

    def read_ahead(self, messages: Sequence[Message], conversation: str = "") -> Said:
        return self.finish(self.start_reading(messages, conversation))

    def finish(self, job: int) -> Said:
        said = Said()
        while not said.events or not isinstance(said.events[-1], Finished):
            said.events.append(self.wait_for(Progressed, job).event)
        return said

    def failure(self, job: int) -> Failed:
        message = self.wait(lambda m: isinstance(m, Failed) and m.job == job)
        assert isinstance(message, Failed)
        return message

    def cancel(self, job: int) -> None:
        self.send(Cancel(job))

    def save(self, conversation: str) -> tuple[bytes, Saved]:
        job = self.number()
        self.send(Save(job, conversation))
        pieces: list[bytes] = []
        while isinstance(message := self.wait(lambda m: isinstance(m, Chunk | Saved) and m.job == job), Chunk):
            pieces.append(message.data)
        assert isinstance(message, Saved)
        return b"".join(pieces), message

    def restore(self, conversation: str, state: bytes) -> int:
        """How many tokens it says it took."""
        job = self.number()
        self.send(Restore(job, conversation, len(state)))
        for at in range(0, len(state), MAX_CHUNK_BYTES):
            self.send(Chunk(job, state[at : at + MAX_CHUNK_BYTES]))
        return self.wait_for(Restored, job).tokens

    @property
    def dropped(self) -> list[str]:
        """Conversations that it said it dropped, as far as was heard."""
        return [message.conversation for message in self.heard if isinstance(message, Dropped)]

    def __enter__(self) -> RawChild:
        return self

    def __exit__(self, *_fault: object) -> None:
        self.child.stop()


_library: list[Library] = []
_library_lock = threading.Lock()


def library() -> Library:
    """llama.cpp in this process, started once: it keeps a callback of the one that started it."""
    with _library_lock:
        if not _library:
            _library.append(Library())
        return _library[0]


@dataclass(slots=True)
class Insides:
    """What a child consists of, in this process."""

    model: Model
    context: Context
    cache: KvCache
    answering: Answering
    dropped: list[str]

    def ask(self, messages: Iterable[Message], conversation: str = "", **changes: Any) -> Said:
        """A question answered to its end, or until it is cancelled. Any: fields of Ask."""
        said = Said()
        for _step in self.steps(said, messages, conversation, **changes):
            pass
        return said

    def steps(self, said: Said, messages: Iterable[Message], conversation: str = "", **changes: Any) -> Steps:
        """The steps of an answer, to be taken one by one. `is_cancelled` may be among `changes`. Any: as above."""
        is_cancelled = changes.pop("is_cancelled", lambda: False)
        ask = Ask(1, tuple(messages), NO_PREAMBLE, GREEDY, ANY_SHAPE, 16, (), conversation, "turn")
        return self.answering.answer(replace(ask, **changes), said.events.append, is_cancelled)

    def read_ahead(self, messages: Iterable[Message], conversation: str = "") -> Said:
        said = Said()
        request = ReadAhead(1, tuple(messages), NO_PREAMBLE, conversation)
        for _step in self.answering.read_ahead(request, said.events.append, lambda: False):
            pass
        return said


@contextmanager
def insides(
    path: Path,
    load: Load = LOAD,
    *,
    make_guessers: Callable[[Model], Sequence[MakeGuesser]] = lambda _model: (),
) -> Iterator[Insides]:
    model = Model(library(), path, on_progress=lambda _fraction: None, repack=load.repack)
    context = Context(model, library(), load, context_tokens=load.context_tokens)
    dropped: list[str] = []
    cache = KvCache(context, parked_bytes=load.parked_bytes, resting_tokens=load.resting_tokens, dropped=dropped.append)
    answering = Answering(model, context, cache, guessers=make_guessers(model), memory=AnswerMemory())
    try:
        yield Insides(model, context, cache, answering, dropped)
    finally:
        context.free()
        model.free()
