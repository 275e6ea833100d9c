"""The desk at which a model is chosen, set up, looked at before it is loaded, and loaded.

It turns what the person set into what the engine is asked for, and remembers how fast each model turned out to be.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from app.declared import Backend, Setting, decoded
from app.engine import client
from app.engine.client import Engine, Stop
from app.engine.host import EngineHost
from app.engine.planning import forecast, hardware, planner
from app.engine.planning.forecast import Forecast
from app.engine.planning.planner import Machine, Place, Plan
from app.engine.planning.speed import AS_GUESSED
from app.engine.planning.speedbook import SpeedBook
from app.engine.protocol import Adapter, FlashAttention, KvType, LoadWish, Sampling, Timings
from app.errors import ModelFault
from app.models import gguf, header, library
from app.models.header import Header
from app.models.options import ModelOptions, Presets
from app.models.shelf.titles import Titles
from app.settings import (
    ADAPTERS,
    BATCH_TOKENS,
    CONTEXT_TOKENS,
    DEVICE_SPLIT,
    DRAFT_MODEL,
    DRY_ALLOWED_LENGTH,
    DRY_BASE,
    DRY_MULTIPLIER,
    FLASH_ATTENTION,
    GPU_LAYERS,
    GUESSING,
    KV_TYPE,
    MAX_ANSWER_TOKENS,
    MICRO_BATCH_TOKENS,
    MIN_P,
    MODEL_FINGERPRINT,
    MODEL_PATH,
    RECENT_MODELS,
    REPEAT_PENALTY,
    SEED,
    TEMPERATURE,
    THREADS,
    TOP_K,
    TOP_P,
    XTC_PROBABILITY,
    XTC_THRESHOLD,
    Settings,
    T,
    parse_adapter,
    parse_split,
)
from app.text import _

MAX_RECENT_MODELS = 12
FRESH_S = 2.0  # a whole menu of models is looked at in one go

_KV_TYPES: dict[str, KvType | None] = {"auto": None, "f16": "f16", "q8_0": "q8_0", "q4_0": "q4_0"}
_FLASH: dict[str, FlashAttention | None] = {"auto": None, "on": "on", "off": "off"}


@dataclass(frozen=True, slots=True)
class Outlook:
    """A model file before it is loaded: what it is, where it would run, how fast."""

    path: Path
    title: str
    model: Header
    size_bytes: int
    machine: Machine
    plan: Plan
    forecast: Forecast


class ModelDesk:
    """One per open profile. Calls read files and the database, so they belong on a worker thread."""

    def __init__(
        self,
        backend: Backend,
        host: EngineHost,
        *,
        machine: Callable[[], Machine] | None = None,
        shelved: Callable[[], Iterable[Path]] = tuple,
        require_unchanged: Callable[[Path], None] = lambda path: None,
    ) -> None:
        self._shelved = shelved
        self._require_unchanged = require_unchanged
        self._backend = backend
        self._settings = Settings(backend)
        self._host = host
        self._machine = machine or Machines().now
        self._looked: dict[tuple[Path, int, int], tuple[str, Header]] = {}
        self._settled: dict[LoadWish, LoadWish] = {}
        self.titles = Titles(backend)
        self.presets = Presets(backend)
        self.speeds = SpeedBook(backend)

    def path(self) -> Path:
        """The model that answers: the chosen one, else the starter. Raises ModelFault where there is neither."""
        return self.chosen() or library.starter()

    def chosen(self) -> Path | None:
        text = self._settings.get(MODEL_PATH)
        return Path(text) if text else None

    def choose(self, path: Path) -> gguf.ModelFile:
        """Look at a model file and make it the one that answers. Raises ModelFault with a sentence."""
        found = gguf.check(path)
        header.require_chat_model(self._look(found.path)[1])
        chosen = str(found.path)
        recent = (chosen, *(old for old in self._settings.get(RECENT_MODELS) if old != chosen))
        self._settings.set(RECENT_MODELS, recent[:MAX_RECENT_MODELS])
        self._settings.set(MODEL_FINGERPRINT, self.fingerprint(found.path))
        self._settings.set(MODEL_PATH, chosen)
        return found

    def known(self) -> tuple[library.KnownModel, ...]:
        """The starter, the models used lately, and then what else is on the shelf."""
        recent = self._settings.get(RECENT_MODELS)
        listed = library.known((*recent, *map(str, self._shelved())))
        return tuple(replace(model, title=self.titles.of(model.path)) for model in listed)

    def forget(self, path: Path) -> None:
        """Take a file off the list of recent ones; where it was the chosen one, the starter answers from now on."""
        self._settings.set(RECENT_MODELS, tuple(old for old in self._settings.get(RECENT_MODELS) if old != str(path)))
        self.titles.forget(path)
        if self.chosen() == path:
            self._settings.set(MODEL_PATH, "")
            self._settings.set(MODEL_FINGERPRINT, "")

    def options(self, path: Path) -> ModelOptions:
        """What this model is set to."""
        return ModelOptions(self._backend, self.fingerprint(path))

    def fingerprint(self, path: Path) -> str:
        """See `gguf.fingerprint`; read again only when the file has changed."""
        return self._look(path)[0]

    def _look(self, path: Path) -> tuple[str, Header]:
        found = gguf.check(path)
        status = found.path.stat()
        key = (found.path, found.size_bytes, status.st_mtime_ns)
        if key not in self._looked:
            self._looked[key] = (gguf.fingerprint(found.path), header.read_header(found.path))
        return self._looked[key]

    def wish(self, path: Path) -> LoadWish:
        """How the person wants this model loaded. Raises ModelFault."""
        return wish_of(gguf.check(path).path, self.options(path))

    def outlook(self, path: Path) -> Outlook:
        """What loading this model would mean, with nothing loaded. Raises ModelFault."""
        file = gguf.check(path)
        fingerprint, model = self._look(path)
        machine = self._machine_without_engine()
        speed = self.speeds.machine() or AS_GUESSED
        plan = planner.plan(model, machine, self.wish(path), size_bytes=file.size_bytes, speed=speed)
        if plan is None:
            raise ModelFault(
                _("This model does not fit into this computer's memory in any way."), _("Choose a smaller model.")
            )
        measured = self.speeds.measured(fingerprint, plan)
        foreseen = forecast.forecast(model, plan, machine, measured, speed)
        return Outlook(file.path, self.titles.of(file.path), model, file.size_bytes, machine, plan, foreseen)

    def foresee(self, model: Header, size_bytes: int) -> tuple[Machine, Plan, Forecast] | None:
        """What a model that is not here would do on this computer; None where it cannot run in any way.

        Raises EngineFault where no engine child comes up to say which devices there are.
        """
        machine = self._machine_without_engine()
        speed = self.speeds.machine() or AS_GUESSED
        plan = planner.plan(model, machine, LoadWish(path=Path()), size_bytes=size_bytes, speed=speed)
        if plan is None:
            return None
        return machine, plan, forecast.forecast(model, plan, machine, None, speed)

    def acquire(self, on_progress: Callable[[float], None], stop: Stop, *, path: Path | None = None) -> Engine:
        """The model at `path`, or else the one that answers, loaded if it is not.

        Raises ModelFault, EngineFault or Cancelled.
        """
        wish = self._checked_wish(self.path() if path is None else path)
        return self._host.acquire(wish, on_progress=on_progress, stop=stop)

    def wish_beside(self, path: Path) -> LoadWish | None:
        """How this model is loaded beside the one that is; None where there is no room for it to run as well as alone.

        Two models of which one reads from the disk, or left an accelerator to the other, take longer together than
        one after the other. Raises ModelFault.
        """
        alone = self.outlook(path)
        wish = self._checked_wish(path)
        speed = self.speeds.machine() or AS_GUESSED
        machine = self._machine_with_engine()
        found = planner.plan(alone.model, machine, wish, size_bytes=alone.size_bytes, speed=speed)
        if found is None or found.paged_bytes or _how(found) != _how(alone.plan):
            return None
        return replace(wish, context_tokens=found.context_tokens)

    def beside(
        self, wish: LoadWish, on_progress: Callable[[float], None], stop: Stop
    ) -> AbstractContextManager[Engine]:
        """The engine of a `wish_beside`, for as long as this lasts. Raises ModelFault, EngineFault or Cancelled."""
        return self._host.beside(wish, on_progress=on_progress, stop=stop)

    def _checked_wish(self, path: Path) -> LoadWish:
        """Raises ModelFault where the file, or one that goes with it, is not the one that it was."""
        self._require_chosen(path)
        wish = self._measured_wish(path)
        drafts = () if wish.draft is None else (wish.draft,)
        for companion in (*drafts, *(Path(adapter.path) for adapter in wish.adapters)):
            self._require_unchanged(companion)
        return wish

    def _require_chosen(self, path: Path) -> None:
        """Raises ModelFault where another model lies under the chosen one's name now."""
        self._require_unchanged(path)
        known = self._settings.get(MODEL_FINGERPRINT)
        if known and path == self.chosen() and self.fingerprint(path) != known:
            raise ModelFault(
                _("The model file is not the one that you chose: its content has changed since."),
                _("If you replaced it yourself, choose it again in the model menu. Your chats are untouched."),
            )

    def _measured_wish(self, path: Path) -> LoadWish:
        """The wish, with a micro-batch that fits how fast this machine turned out to be: a stop waits for its end.

        Settled once for each wish, because another wish is another engine.
        """
        wish = self.wish(path)
        if wish not in self._settled:
            speed = self.speeds.machine()
            is_open = wish.micro_batch_tokens is None and speed is not None
            tokens = self.outlook(path).plan.micro_batch_tokens if is_open else wish.micro_batch_tokens
            self._settled[wish] = replace(wish, micro_batch_tokens=tokens)
        return self._settled[wish]

    def learn(self, engine: Engine, timings: Timings) -> None:
        """An answer of the loaded model tells how fast it really is here. Guessed tokens would flatter it."""
        path = self._host.path_of(engine)
        if timings.drafted_tokens or path is None:
            return
        fingerprint, model = self._look(path)
        self.speeds.learn(fingerprint, model, engine.plan, self._machine(), timings, load_s=engine.facts.load_s)

    def larger_context(self, path: Path | None = None) -> int:
        """Twice the context of now, or as much as there is room for. Raises ModelFault where that is no more."""
        path = self.path() if path is None else path
        now = self.outlook(path)
        trained = now.model.trained_context or now.plan.context_tokens
        wanted = min(2 * now.plan.context_tokens, trained)
        wish = replace(self.wish(path), context_tokens=wanted)
        plan = planner.plan(now.model, now.machine, wish, size_bytes=now.size_bytes)
        reached = 0 if plan is None else plan.context_tokens
        if reached <= now.plan.context_tokens:
            raise ModelFault(
                _("The context cannot be made larger: {reason}").format(
                    reason=_("this model was trained for no more.")
                    if now.plan.context_tokens >= trained
                    else _("there is not enough memory for it.")
                ),
                _("Summarise the oldest messages, or start a new chat."),
            )
        self.options(path).set(CONTEXT_TOKENS, reached)
        return reached

    def sampling(self, path: Path, said: Mapping[str, float] | None = None) -> Sampling:
        """How this model chooses its words, with what was said for a chat in place of its own settings, key by key."""
        return sampling_of(_Said(self.options(path), said or {}))

    def max_answer_tokens(self, path: Path, said: Mapping[str, float] | None = None) -> int | None:
        return _Said(self.options(path), said or {}).get(MAX_ANSWER_TOKENS) or None

    def _machine_without_engine(self) -> Machine:
        """As it will be once the engine that is loaded now has made room."""
        machine = self._machine()
        engine = self._host.current
        if engine is None:
            return machine
        held = {
            share.device: share.weights_bytes + share.kv_bytes + share.compute_bytes for share in engine.plan.shares
        }
        anonymous = sum(
            share.kv_bytes + share.compute_bytes + share.repack_bytes
            for share in engine.plan.shares
            if share.kind == "cpu"
        )
        memory = replace(machine.hardware, memory_available_bytes=machine.hardware.memory_available_bytes + anonymous)
        devices = tuple(
            device
            if device.kind == "cpu"
            else replace(device, free_bytes=min(device.total_bytes, device.free_bytes + held.get(device.name, 0)))
            for device in machine.devices
        )
        return Machine(memory, devices)

    def _machine_with_engine(self) -> Machine:
        """As it is, without the weights of the loaded engine that are only mapped: the system calls them available."""
        machine = self._machine()
        engine = self._host.current
        if engine is None:
            return machine
        mapped = sum(share.weights_bytes for share in engine.plan.shares if share.kind == "cpu")
        free = max(0, machine.hardware.memory_available_bytes - mapped)
        held = {share.device: share.total_bytes for share in engine.plan.shares}
        devices = tuple(
            device
            if device.kind == "cpu" or not device.total_bytes
            else replace(device, free_bytes=min(device.free_bytes, device.total_bytes - held.get(device.name, 0)))
            for device in machine.devices
        )
        return Machine(replace(machine.hardware, memory_available_bytes=free), devices)


class Machines:
    """This machine as the planner sees it. The engine is asked for its devices once; free memory each time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._build: client.EngineBuild | None = None
        self._asked_at = 0.0

    def now(self) -> Machine:
        """Raises EngineFault where no engine child comes up."""
        with self._lock:
            now = time.monotonic()
            is_old = now - self._asked_at > FRESH_S and self._build is not None
            if self._build is None or (is_old and any(device.kind != "cpu" for device in self._build.devices)):
                self._build = client.build()  # 0.1 s; a graphics card's free memory is known there only
                self._asked_at = now
            return Machine(hardware.probe(), self._build.devices)


def _how(plan: Plan) -> tuple[Place, int, int, KvType]:
    return plan.place, plan.gpu_layers, plan.context_tokens, plan.kv_type


class _Said:
    """What a model is set to, behind what was said for a chat. A value that does not fit its setting says nothing."""

    def __init__(self, options: ModelOptions, said: Mapping[str, float]) -> None:
        self._options = options
        self._said = said

    def get(self, setting: Setting[T]) -> T:
        number = self._said.get(setting.key)
        if number is not None and isinstance(setting.default, int) and float(number).is_integer():
            number = int(number)
        said = None if number is None else decoded(setting, json.dumps(number))
        return self._options.get(setting) if said is None else said


def wish_of(path: Path, options: ModelOptions) -> LoadWish:
    """The settings of a model as the engine understands them; "automatic" leaves a choice to the planner."""
    layers = options.get(GPU_LAYERS)
    draft = options.get(DRAFT_MODEL)
    adapters = [parse_adapter(text) for text in options.get(ADAPTERS)]
    return LoadWish(
        path=path,
        context_tokens=options.get(CONTEXT_TOKENS) or None,
        gpu_layers=None if layers < 0 else layers,
        threads=options.get(THREADS) or None,
        kv_type=_KV_TYPES[options.get(KV_TYPE)],
        flash_attention=_FLASH[options.get(FLASH_ATTENTION)],
        split=parse_split(options.get(DEVICE_SPLIT)) or (),
        batch_tokens=options.get(BATCH_TOKENS) or None,
        micro_batch_tokens=options.get(MICRO_BATCH_TOKENS) or None,
        adapters=tuple(Adapter(path, strength) for strength, path in filter(None, adapters)),
        draft=Path(draft) if draft else None,
        is_guessing=options.get(GUESSING),
    )


def sampling_of(options: ModelOptions | _Said) -> Sampling:
    seed = options.get(SEED)
    return Sampling(
        temperature=options.get(TEMPERATURE),
        top_p=options.get(TOP_P),
        top_k=options.get(TOP_K),
        min_p=options.get(MIN_P),
        repeat_penalty=options.get(REPEAT_PENALTY),
        dry_multiplier=options.get(DRY_MULTIPLIER),
        dry_base=options.get(DRY_BASE),
        dry_allowed_length=options.get(DRY_ALLOWED_LENGTH),
        xtc_probability=options.get(XTC_PROBABILITY),
        xtc_threshold=options.get(XTC_THRESHOLD),
        seed=None if seed < 0 else seed,
    )
