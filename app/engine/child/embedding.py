"""`--worker embedding`: loads one embedding model and turns texts into vectors, a batch at a time.

Texts are sorted by length, so that a batch holds texts alike. A question aborts the batch of passages that is being
computed, which is computed again afterwards.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from app.engine.child.jobs import Jobs
from app.engine.child.line import EXIT_PROTOCOL, EXIT_REFUSED, Line, opened
from app.engine.protocol import Cancel, Chunk, Counted, Failed, Frame, Load, ModelFacts
from app.engine.texts import Embedded, Texts, texts_in
from app.engine.wire import ProtocolError

if TYPE_CHECKING:
    from app.engine.child.llama.encoder import Encoder


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
    """`--worker embedding`."""
    line = opened()
    return EXIT_REFUSED if line is None else Worker(line).run()


class Worker:
    """One child's state: one model, requests for vectors, one of them running."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._send = line.send
        self._jobs: Jobs[_Job] = Jobs()
        self._encoder: Encoder | None = None
        self._threads = 1

    def run(self) -> NoReturn:
        self._line.greet(self._take)
        while True:
            self._step(self._jobs.next())

    def _take(self, message: Frame) -> None:
        """On the line's thread."""
        match message:
            case Cancel(number):
                self._jobs.cancel(number)
            case Chunk(number, data):
                self._jobs.add(_Job(number, texts_in(data)))
            case Load():
                self._jobs.add(_Job(0, message))
            case _:
                raise ProtocolError("not for the search model")

    def _step(self, job: _Job) -> None:
        """Loads, or computes one batch."""
        task = job.task
        if isinstance(task, Load):
            self._line.tell_load(lambda: self._load(task))
        elif not self._embed(job, task):
            self._jobs.put_back(job)
        self._jobs.ended()

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

    def _load(self, load: Load) -> ModelFacts:
        from app.engine.child.llama.encoder import Encoder
        from app.engine.child.llama.model import Model

        started = time.perf_counter()
        path = Path(load.path)
        model = Model(
            self._line.library,
            path,
            on_progress=self._line.in_steps(),
            gpu_layers=load.gpu_layers,
            repack=load.repack,
            devices=load.devices,
        )
        encoder = Encoder(model, self._line.library, load)
        self._threads = load.threads
        self._encoder = encoder
        self._jobs.are_computed_with(encoder.abort)
        return self._line.facts(
            model,
            path,
            context_tokens=encoder.limit_tokens,
            template_family="",
            load_s=time.perf_counter() - started,
        )
