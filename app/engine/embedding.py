"""An embedding model in a child of its own: texts in, vectors out.

It shares the engine's protocol, line and watch; what it asks and hears travels as Chunks (`texts`). It runs on the
processor alone, at low priority: graphics memory belongs to the model that answers.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.engine import faults, loading
from app.engine.link import Link
from app.engine.planning import hardware
from app.engine.protocol import Chunk, Counted, Failed, Load, Loaded, LoadFailed, LoadProgress, ModelFacts, Pong
from app.engine.stop import Stop
from app.engine.texts import Embedded, Texts, embedded_in, requests
from app.engine.watch import Limits
from app.engine.wire import ProtocolError
from app.errors import Cancelled, ModelFault
from app.models import gguf
from app.process import Child, ChildGone
from app.text import _

NICENESS = 10
BATCH_TOKENS = 512
"""Of all texts that are computed together. With MiniLM on 2 cores 512 are 1.1 times as fast as 256 and 2.5 times as
fast as 2,048 (attention looks at all tokens of a batch)."""
SEQUENCES = 128  # texts in a batch: enough for those of 4 tokens


@dataclass(frozen=True, slots=True)
class EmbeddingWish:
    """`limit_tokens` is what is read of one text, at most what the model was trained for. `threads` 0: one less than
    there are cores, so that an answer that is being written keeps one. `pooling` (llama_pooling_type) counts where the
    file does not say; 0 where nobody does."""

    path: Path
    limit_tokens: int = 512
    threads: int = 0
    pooling: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """`numbers` are `width` float32 for each text in order, of any length; zeros for a text without tokens."""

    numbers: bytes
    width: int
    cuts: tuple[bool, ...]  # whose end was left out
    tokens: int


def load(wish: EmbeddingWish, *, stop: Stop, limits: Limits | None = None) -> EmbeddingChild:
    """Blocks for about 0.3 s. Raises ModelFault, Cancelled, EngineDied, EngineSilent, EngineFault."""
    file = gguf.check(wish.path)
    limits = limits or Limits()
    try:
        link = Link(Child("embedding", grants=file.shards, environment=loading.ENVIRONMENT), limits)
    except ChildGone as gone:
        raise faults.not_started(gone.reason) from gone
    stop.on_set(link.close_soon)
    try:
        _lower_priority(link.pid)
        loading.hello(link)
        facts = _carry_out(link, _request(file.path, wish))
        link.loaded()
        return EmbeddingChild(link, facts)
    except BaseException:
        link.close()
        if stop.is_set:
            raise Cancelled(_("Loading was cancelled.")) from None
        raise
    finally:
        stop.forget(link.close_soon)


def _lower_priority(pid: int) -> None:
    """Its threads inherit it: none of them that computes is there yet."""
    with contextlib.suppress(psutil.Error, OSError):
        process = psutil.Process(pid)
        if sys.platform == "win32":
            process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            process.nice(NICENESS)


def _request(path: Path, wish: EmbeddingWish) -> Load:
    facts = hardware.probe()
    threads = wish.threads or max(1, (facts.cores_performance or facts.cores_physical) - 1)
    return Load(
        path=str(path),
        context_tokens=wish.limit_tokens,
        sequences=SEQUENCES,
        gpu_layers=0,
        devices=(),
        split=(),
        threads=threads,
        batch_threads=threads,
        batch_tokens=BATCH_TOKENS,
        micro_batch_tokens=BATCH_TOKENS,
        kv_type="f16",
        flash_attention="auto",
        repack=True,
        parked_bytes=0,
        resting_tokens=0,
        adapters=(),
        draft="",
        is_guessing=False,
        pooling=wish.pooling,
    )


def _carry_out(link: Link, request: Load) -> ModelFacts:
    job = link.load_job
    job.silence_s = link.limits.loading
    link.send(request)
    while True:
        match job.receive():
            case Loaded(facts):
                return facts
            case LoadFailed() as failed:
                raise _of_load(failed)
            case LoadProgress() | Pong():
                pass
            case _:
                raise link.nonsense("not about loading")


def _of_load(failed: LoadFailed) -> ModelFault:
    if failed.fault == "context_memory":  # llama.cpp gives no reason for a model that has no vectors to give
        return ModelFault(
            _("This model could not be made ready for searching."),
            _("Close other programs, or choose another model for searching."),
            detail=failed.detail,
        )
    return faults.of_load(failed)


class EmbeddingChild:
    """Made by `load`. Any thread may call it; requests wait for each other, urgent ones first."""

    def __init__(self, link: Link, facts: ModelFacts) -> None:
        self._link = link
        self.facts = facts

    @property
    def is_alive(self) -> bool:
        return self._link.is_alive

    @property
    def pid(self) -> int:
        return self._link.pid

    def embed(self, texts: Sequence[str], *, stop: Stop, is_urgent: bool = False, threads: int = 0) -> Made:
        """The vectors of at least one text. `threads` 0 is the number that it was loaded with.

        Raises Cancelled, EngineDied, EngineSilent, EngineFault.
        """
        kept = [text[: self._limit_characters] for text in texts]
        rows: list[bytes] = [b""] * len(texts)
        cuts = [len(short) < len(text) for short, text in zip(kept, texts, strict=True)]
        width = tokens = 0
        for places in requests(kept):
            request = Texts(tuple(kept[place] for place in places), is_urgent, threads)
            parts, counted = self._ask(request, stop)
            tokens += counted
            for part in parts:
                width = width or part.width
                self._sort_in(part, places, (rows, cuts), width)
        if not all(rows):
            raise self._link.nonsense("fewer vectors than texts")
        return Made(b"".join(rows), width, tuple(cuts), tokens)

    @property
    def _limit_characters(self) -> int:
        """Beyond that even the child does not look; it need not travel."""
        return 64 * self.facts.context_tokens

    def _ask(self, request: Texts, stop: Stop) -> tuple[list[Embedded], int]:
        parts: list[Embedded] = []
        with self._link.job(lambda job: Chunk(job, request.pack()), stop=stop) as job:
            while True:
                match job.receive():
                    case Chunk(_, untrusted_data):
                        try:
                            parts.append(embedded_in(untrusted_data))
                        except ProtocolError as error:
                            raise self._link.nonsense(str(error)) from None
                    case Counted(_, tokens):
                        if stop.is_set:
                            raise faults.stopped()
                        return parts, tokens
                    case Failed() as failed:
                        raise faults.of_job(failed)
                    case _:
                        raise self._link.nonsense("not about vectors")

    def _sort_in(self, part: Embedded, places: range, found: tuple[list[bytes], list[bool]], width: int) -> None:
        rows, cuts = found
        size = 4 * width
        for number, (place, is_cut) in enumerate(zip(part.places, part.cuts, strict=True)):
            if part.width != width or place >= len(places) or rows[places[place]]:
                raise self._link.nonsense("a vector that nobody asked for")
            rows[places[place]] = part.numbers[number * size : (number + 1) * size]
            cuts[places[place]] |= is_cut

    def close(self) -> None:
        """Ends the child. Idempotent; what is under way raises EngineFault."""
        self._link.close()
