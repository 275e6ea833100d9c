"""`--worker embedding`: loads one embedding model and turns texts into vectors, a batch at a time.

Texts are sorted by length, so that a batch holds texts alike. A reader thread takes the frames as in the engine's
worker; a question aborts the batch of passages that is being computed, which is computed again afterwards.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from app import sandbox
from app.engine.child.starting import (
    EXIT_PROTOCOL,
    EXIT_REFUSED,
    EXIT_WELL,
    in_steps,
    or_end,
    own_memory,
    skip_package_imports,
    tell_load,
)
from app.engine.protocol import (
    Cancel,
    Chunk,
    Counted,
    Failed,
    Hello,
    Load,
    ModelFacts,
    Ping,
    Pong,
    Refused,
    ToParent,
)
from app.engine.texts import Embedded, Texts, texts_in
from app.engine.wire import ProtocolError, decode, encode
from app.process import Pipe, granted_paths

if TYPE_CHECKING:
    from app.engine.child.llama.encoder import Encoder
    from app.engine.child.llama.library import Library


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A text that is not computed yet."""

    place: int
    tokens: list[int]
    is_cut: bool


@dataclass(slots=True, eq=False)
class _Job:
    number: int
    task: Load | Texts
    is_cancelled: bool = False
    is_seen: bool = False  # its texts are tokenised
    waiting: list[_Waiting] = field(default_factory=list)  # the shortest first
    tokens: int = 0  # computed so far

    @property
    def urgency(self) -> int:
        return 0 if isinstance(self.task, Load) or self.task.is_urgent else 1


def main() -> int:
    """The late imports are the point: nothing native is loaded before the privileges are gone."""
    pipe = Pipe()
    guards = sandbox.give_up("engine", read_only=granted_paths())
    skip_package_imports()
    from app.engine.child.llama import library

    faults = library.mismatches()
    if faults:
        pipe.send(encode(Refused("; ".join(faults))))
        return EXIT_REFUSED
    return Worker(pipe, guards, library.Library()).run()


class Worker:
    """One child's state: one model, requests for vectors, one of them running."""

    def __init__(self, pipe: Pipe, guards: sandbox.Guards, library: Library) -> None:
        self._pipe = pipe
        self._guards = guards
        self._library = library
        self._changed = threading.Condition()  # guards the three below, shared with the reader thread
        self._jobs: list[_Job] = []
        self._running: _Job | None = None
        self._encoder: Encoder | None = None
        self._threads = 1

    def run(self) -> NoReturn:
        threading.Thread(target=or_end, args=(self._read,), name="reader", daemon=True).start()
        self._send(Hello(self._guards, self._library.build(), self._library.devices()))
        while True:
            self._step(self._next())

    def _send(self, message: ToParent) -> None:
        self._pipe.send(encode(message))

    # The reader thread.

    def _read(self) -> None:
        while (frame := self._pipe.recv()) is not None:
            try:
                message = decode(frame)
                match message:
                    case Ping(number):
                        self._send(Pong(number, *own_memory()))
                    case Cancel(number):
                        self._cancel(number)
                    case Chunk(number, data):
                        self._add(_Job(number, texts_in(data)))
                    case Load():
                        self._add(_Job(0, message))
                    case _:
                        os._exit(EXIT_PROTOCOL)
            except ProtocolError:
                os._exit(EXIT_PROTOCOL)
        os._exit(EXIT_WELL)  # nobody is there any more; a batch that is computed must not hold us

    def _add(self, job: _Job) -> None:
        with self._changed:
            self._jobs.append(job)
            if self._running is not None and job.urgency < self._running.urgency:
                self._abort()
            self._changed.notify()

    def _cancel(self, number: int) -> None:
        with self._changed:
            for job in self._jobs:
                if job.number == number:
                    job.is_cancelled = True
                    if job is self._running:
                        self._abort()

    def _abort(self) -> None:
        if self._encoder is not None:
            self._encoder.abort.set()

    # The main thread.

    def _next(self) -> _Job:
        """The most urgent job, the oldest first. It stays among the others until it is done."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs)
            self._running = job = min(self._jobs, key=lambda job: job.urgency)
            if self._encoder is not None:
                self._encoder.abort.clear()
        return job

    def _step(self, job: _Job) -> None:
        """Loads, or computes one batch."""
        is_done = True
        if isinstance(job.task, Load):
            self._load(job.task)
        else:
            is_done = self._embed(job, job.task)
        with self._changed:
            self._running = None
            if is_done:
                self._jobs.remove(job)

    def _embed(self, job: _Job, task: Texts) -> bool:
        """Whether that was the last of it, and the parent was told."""
        from app.engine.child.llama.context import DecodeError

        encoder = self._encoder
        if encoder is None:
            os._exit(EXIT_PROTOCOL)
        if job.is_cancelled or self._is_computed(encoder, job, task):
            self._send(Counted(job.number, job.tokens))
            return True
        encoder.use_threads(task.threads or self._threads)
        batch = job.waiting[: encoder.fitting([len(text.tokens) for text in job.waiting[: encoder.sequences]])]
        try:
            numbers = encoder.vectors([text.tokens for text in batch])
        except DecodeError as fault:
            self._send(Failed(job.number, "decode", 0, 0, str(fault)))
            return True
        if numbers is not None:  # else it was aborted, and is computed again
            del job.waiting[: len(batch)]
            job.tokens += sum(len(text.tokens) for text in batch)
            self._tell(job, batch, encoder.width, numbers)
        return False

    def _is_computed(self, encoder: Encoder, job: _Job, task: Texts) -> bool:
        """Whether nothing is left to compute. At first sight texts are tokenised; those without a token are zeros."""
        if not job.is_seen:
            job.is_seen = True
            made = [_Waiting(place, *encoder.tokens_of(text)) for place, text in enumerate(task.texts)]
            job.waiting = sorted((text for text in made if text.tokens), key=lambda text: len(text.tokens))
            empty = [text for text in made if not text.tokens]
            for start in range(0, len(empty), encoder.sequences):
                some = empty[start : start + encoder.sequences]
                self._tell(job, some, encoder.width, bytes(4 * encoder.width * len(some)))
        return not job.waiting

    def _tell(self, job: _Job, batch: list[_Waiting], width: int, numbers: bytes) -> None:
        places, cuts = tuple(text.place for text in batch), tuple(text.is_cut for text in batch)
        self._send(Chunk(job.number, Embedded(places, cuts, width, numbers).pack()))

    # Loading.

    def _load(self, load: Load) -> None:
        tell_load(self._send, lambda: self._load_model(load))

    def _load_model(self, load: Load) -> ModelFacts:
        from app.engine.child.llama.encoder import Encoder
        from app.engine.child.llama.model import Model

        started = time.perf_counter()
        path = Path(load.path)
        model = Model(
            self._library,
            path,
            on_progress=in_steps(self._send),
            gpu_layers=load.gpu_layers,
            repack=load.repack,
            devices=load.devices,
        )
        encoder = Encoder(model, self._library, load)
        self._threads = load.threads
        with self._changed:
            self._encoder = encoder
        return ModelFacts(
            name=model.meta("general.name") or path.stem,
            architecture=model.meta("general.architecture"),
            parameters=model.parameters,
            size_bytes=model.size_bytes,
            context_tokens=encoder.limit_tokens,
            trained_context_tokens=model.trained_context_tokens,
            quantisation=model.quantisation,
            template_family="",
            devices=tuple(f"{device.name} ({device.description})" for device in self._library.devices()),
            load_s=time.perf_counter() - started,
            guards=self._guards,
            engine_build=self._library.build(),
        )
