"""How fast each model turned out to be on this machine, kept for the forecasts of later.

Kept as settings are, by the model's fingerprint, so that nothing but numbers says what was run. A new figure counts
half: one answer beside a busy program shall not spoil what many showed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace

from app.declared import Backend
from app.engine.planning import forecast
from app.engine.planning.forecast import Measured
from app.engine.planning.planner import Machine, Plan
from app.engine.planning.speed import MachineSpeed
from app.engine.protocol import Timings
from app.models.header import Header

LEAST_WRITTEN_TOKENS = 12
LEAST_READ_TOKENS = 48
NEW_WEIGHT = 0.5
_MODEL, _MACHINE = "speed/model/", "speed/machine"


class SpeedBook:
    """Callers may be on any thread but the window's: each call reads the database."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def measured(self, fingerprint: str, plan: Plan) -> Measured | None:
        """What this model showed here when it was placed so; None where it never ran."""
        kept = _numbers(self._backend.get(_key(fingerprint, plan)), Measured)
        if kept is None:
            return None
        return Measured(
            kept["decode_tokens_per_s"], kept["prefill_tokens_per_s"], kept["load_s"], int(kept["context_tokens"])
        )

    def machine(self) -> MachineSpeed | None:
        kept = _numbers(self._backend.get(_MACHINE), MachineSpeed)
        return None if kept is None else MachineSpeed(**kept)

    def learn(
        self, fingerprint: str, model: Header, plan: Plan, machine: Machine, timings: Timings, *, load_s: float
    ) -> None:
        """Take in what one answer showed, as far as it was long enough to show anything."""
        before = self.measured(fingerprint, plan) or Measured(0.0, 0.0, load_s, plan.context_tokens)
        now = replace(
            before,
            decode_tokens_per_s=_blend(before.decode_tokens_per_s, written_per_s(timings)),
            prefill_tokens_per_s=_blend(before.prefill_tokens_per_s, read_per_s(timings)),
            load_s=load_s,
            context_tokens=plan.context_tokens,
        )
        if now == before:
            return
        self._backend.set(_key(fingerprint, plan), json.dumps(asdict(now)))
        self._backend.set(_MACHINE, json.dumps(asdict(forecast.learn(model, plan, machine, now, self.machine()))))

    def clear(self) -> None:
        """Forget all of it."""
        for key in self._backend.all():
            if key.startswith((_MODEL, _MACHINE)):
                self._backend.remove(key)


def written_per_s(timings: Timings) -> float:
    """Tokens per second of writing; 0 where the answer was too short to tell. The first token is part of reading."""
    is_enough = timings.answer_tokens >= LEAST_WRITTEN_TOKENS and timings.decode_s > 0
    return (timings.answer_tokens - 1) / timings.decode_s if is_enough else 0.0


def read_per_s(timings: Timings) -> float:
    """Tokens per second of reading the prompt; 0 where there was too little to read."""
    read = timings.prompt_tokens - timings.reused_tokens
    return read / timings.prefill_s if read >= LEAST_READ_TOKENS and timings.prefill_s > 0 else 0.0


def _blend(before: float, now: float) -> float:
    if now <= 0 or before <= 0:
        return now or before
    return before + NEW_WEIGHT * (now - before)


def _key(fingerprint: str, plan: Plan) -> str:
    """Speed depends on the place: how many layers are on a GPU, whether weights come from the disk."""
    return f"{_MODEL}{fingerprint}/{plan.place}/{plan.gpu_layers}/{plan.threads}"


def _numbers(text: str | None, kind: type[Measured] | type[MachineSpeed]) -> dict[str, float] | None:
    """The fields' values; a damaged or older text counts as none."""
    try:
        values = json.loads(text or "null")
        return {field.name: abs(float(values[field.name])) for field in fields(kind)}
    except (ValueError, TypeError, KeyError):
        return None
