"""Loading a model: a child, what it computes on, a plan, and a smaller plan in a new child where memory ran out.

A load is cancelled by ending the child: that works while the system reads the file ahead, too, and gives back all
memory for certain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from app.engine import faults
from app.engine.link import Link
from app.engine.planning import hardware, planner
from app.engine.planning.planner import Machine, Plan
from app.engine.protocol import (
    Hello,
    Load,
    Loaded,
    LoadFailed,
    LoadFault,
    LoadProgress,
    LoadWish,
    ModelFacts,
    Pong,
    Refused,
    ToParent,
)
from app.engine.stop import Stop
from app.engine.watch import Limits
from app.errors import Cancelled, EngineFault, ModelFault, PaddockError
from app.models import gguf, header
from app.models.header import Header
from app.process import Child, ChildGone
from app.text import _

MAX_CHILDREN = 6
SEEN_PROGRESS = 0.97  # what the system's counters can prove; the rest is buffers and warming up
# Spinning OpenMP threads cost ten times the speed as soon as another program wants a core; and a failed
# assertion must not start a debugger.
ENVIRONMENT = {"GOMP_SPINCOUNT": "1000", "GGML_NO_BACKTRACE": "1"}
_SMALLER_MAY_DO: frozenset[LoadFault] = frozenset({"memory", "context_memory", "device"})


@dataclass(frozen=True, slots=True)
class Running:
    """A child with a model in it, and how it was placed."""

    link: Link
    facts: ModelFacts
    plan: Plan


@dataclass(frozen=True, slots=True)
class _Files:
    """What a wish opens. `wish` names them as the child will; `grants` are all that it may read."""

    wish: LoadWish
    grants: tuple[Path, ...]
    model_bytes: int
    other_bytes: int  # of adapters and of the model that guesses ahead


class _TooLarge(Exception):
    """This plan did not work out; a smaller one may."""

    def __init__(self, fault: PaddockError) -> None:
        super().__init__()
        self.fault = fault


def start(grants: Sequence[Path], limits: Limits) -> Link:
    """A child that has not said anything yet. Raises EngineFault."""
    try:
        return Link(Child("engine", grants=grants, environment=ENVIRONMENT), limits)
    except ChildGone as gone:
        raise faults.not_started(gone.reason) from gone


def hello(link: Link) -> Hello:
    """What the child says first. Raises EngineFault, EngineDied, EngineSilent."""
    while True:
        match link.load_job.receive():
            case Hello() as said:
                return said
            case Refused(reason):
                raise faults.of_refusal(reason)
            case Pong():
                pass
            case _:
                raise link.nonsense("no hello")


def load(wish: LoadWish, *, on_progress: Callable[[float], None], stop: Stop, limits: Limits) -> Running:
    """Raises ModelFault (a sentence per cause), Cancelled, EngineDied, EngineSilent, EngineFault."""
    files = _files(wish)
    model = header.read_header(files.wish.path)
    header.require_chat_model(model)
    fault: PaddockError = faults.of_load(LoadFailed("memory", "no plan"))
    refusal = ""
    for retreat in range(MAX_CHILDREN):
        if _files(wish) != files:
            raise ModelFault(_("The model file changed while it was being loaded."), _("Try again."))
        _go_on(stop)
        link = start(files.grants, limits)
        stop.on_set(link.close_soon)
        try:
            plan = _plan(link, model, files, retreat)
            if plan is None:
                raise fault
            plan = replace(plan, refusal=refusal)
            facts = _carry_out(link, _request(files.wish, plan), _Progress(files.model_bytes, on_progress))
            _go_on(stop)
            return Running(link, facts, plan)
        except _TooLarge as too_large:
            link.close()
            fault = too_large.fault
            refusal = _("A larger plan was tried before: {reason}").format(reason=fault.message)
        except BaseException as error:
            link.close()
            if isinstance(error, EngineFault):
                _go_on(stop)
            raise
        finally:
            stop.forget(link.close_soon)
    raise fault


def _go_on(stop: Stop) -> None:
    if stop.is_set:
        raise Cancelled(_("Loading was cancelled."))


def _files(wish: LoadWish) -> _Files:
    """Looks at every file that the wish names. Raises ModelFault."""
    model = gguf.check(wish.path)
    adapters = [gguf.check(Path(adapter.path)) for adapter in wish.adapters]
    draft = None if wish.draft is None else gguf.check(wish.draft)
    others = adapters if draft is None else [*adapters, draft]
    return _Files(
        wish=replace(
            wish,
            path=model.path,
            adapters=tuple(
                replace(adapter, path=str(file.path)) for adapter, file in zip(wish.adapters, adapters, strict=True)
            ),
            draft=None if draft is None else draft.path,
        ),
        grants=tuple(shard for file in (model, *others) for shard in file.shards),
        model_bytes=model.size_bytes,
        other_bytes=sum(file.size_bytes for file in others),
    )


def _plan(link: Link, model: Header, files: _Files, retreat: int) -> Plan | None:
    """The plan for what this child can compute on and the memory that is free now, less what the other files take."""
    devices = hello(link).devices
    facts = hardware.probe()
    facts = replace(facts, memory_available_bytes=max(0, facts.memory_available_bytes - files.other_bytes))
    return planner.plan(model, Machine(facts, devices), files.wish, size_bytes=files.model_bytes, retreat=retreat)


def _request(wish: LoadWish, plan: Plan) -> Load:
    return Load(
        path=str(wish.path),
        context_tokens=plan.context_tokens,
        sequences=plan.sequences,
        gpu_layers=plan.gpu_layers,
        devices=plan.devices,
        split=plan.split,
        threads=plan.threads,
        batch_threads=plan.batch_threads,
        batch_tokens=plan.batch_tokens,
        micro_batch_tokens=plan.micro_batch_tokens,
        kv_type=plan.kv_type,
        flash_attention=plan.flash_attention,
        repack=plan.repack,
        parked_bytes=plan.parked_bytes,
        resting_tokens=plan.resting_tokens,
        adapters=wish.adapters,
        draft="" if wish.draft is None else str(wish.draft),
        is_guessing=wish.is_guessing,
    )


def _carry_out(link: Link, request: Load, progress: _Progress) -> ModelFacts:
    """Raises _TooLarge where another plan may do better, and what `load` raises."""
    job = link.load_job
    job.silence_s = link.limits.loading
    try:
        link.send(request)
        while True:
            match job.receive():
                case Loaded(facts):
                    link.loaded()
                    progress.finish()
                    return facts
                case LoadFailed() as failed:
                    _fail(failed)
                case LoadProgress() | Pong() as message:
                    progress.take(message)
                case _:
                    raise link.nonsense("not about loading")
    except EngineFault as fault:
        if faults.is_about_memory(link.exit):
            raise _TooLarge(fault) from None
        raise


def _fail(failed: LoadFailed) -> NoReturn:
    fault = faults.of_load(failed)
    if failed.fault in _SMALLER_MAY_DO:
        raise _TooLarge(fault)
    raise fault


class _Progress:
    """How far a load is, also before llama.cpp says so: it may first have the system read the whole file."""

    def __init__(self, size_bytes: int, tell: Callable[[float], None]) -> None:
        self._size_bytes = max(1, size_bytes)
        self._tell = tell
        self._first: Pong | None = None
        self._fraction = 0.0

    def take(self, message: ToParent) -> None:
        fraction = 0.0
        if isinstance(message, LoadProgress):
            fraction = message.fraction
        elif isinstance(message, Pong):
            first = self._first = self._first or message
            seen_bytes = max(message.read_bytes - first.read_bytes, message.resident_bytes - first.resident_bytes)
            fraction = seen_bytes / self._size_bytes
        fraction = min(fraction, SEEN_PROGRESS)
        if fraction > self._fraction:
            self._fraction = fraction
            self._tell(self._fraction)

    def finish(self) -> None:
        self._tell(1.0)
