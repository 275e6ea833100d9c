"""What the dialog of a model's settings shows and tells: plain values, and how they come from a plan and a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.engine.child import template
from app.engine.planning import planner
from app.engine.planning.placement import Share
from app.engine.planning.planner import Machine, Plan
from app.text import _

PartKind = Literal["weights", "kv", "working", "other"]
FileKind = Literal["draft", "adapter"]


@dataclass(frozen=True, slots=True)
class PartShown:
    """What takes memory: the model's weights, its KV cache, its working memory, or other programs."""

    kind: PartKind
    size_bytes: int


@dataclass(frozen=True, slots=True)
class BarShown:
    """One device's memory. `parts` in the order of PartKind."""

    device: str
    parts: tuple[PartShown, ...]
    free_bytes: int  # that stay free
    total_bytes: int


@dataclass(frozen=True, slots=True)
class PlanShown:
    headline: str  # "On your GPU · about 42 tokens/s · first word after 0.4 s"
    bars: tuple[BarShown, ...]
    reasons: tuple[str, ...]  # sentences, the main one first
    template: str  # a sentence on the file's chat template


@dataclass(frozen=True, slots=True)
class PresetShown:
    name: str
    is_built_in: bool


@dataclass(frozen=True, slots=True)
class ModelSettingsShown:
    """`values` and `defaults` are by key, for each of settings.PER_MODEL."""

    title: str
    plan: PlanShown
    values: Mapping[str, object]
    defaults: Mapping[str, object]  # what a reset leads back to
    changed: frozenset[str] = frozenset()
    presets: tuple[PresetShown, ...] = ()
    preset: str = ""  # whose values hold; empty for none
    devices: tuple[str, ...] = ()  # accelerators, in the engine's order
    layers: int = 0  # 0 unknown
    trained_context_tokens: int = 0  # 0 unknown
    template_text: str = field(default="", repr=False)  # the file's own, untrusted


@dataclass(frozen=True, slots=True)
class OptionChanged:
    """`value` is of the setting's type and within its limits."""

    setting_key: str
    value: object


@dataclass(frozen=True, slots=True)
class OptionReset:
    key: str


@dataclass(frozen=True, slots=True)
class PresetChosen:
    name: str


@dataclass(frozen=True, slots=True)
class PresetSaved:
    """The values of now are to be kept under this name, which is free to use."""

    name: str


@dataclass(frozen=True, slots=True)
class PresetDeleted:
    name: str


@dataclass(frozen=True, slots=True)
class FileRequested:
    kind: FileKind


def plan_shown(plan: Plan, machine: Machine, *, headline: str, untrusted_template: str) -> PlanShown:
    """A plan as the dialog draws it. Memory that GPU and processor share is one bar."""
    shared = {spot.device.name for spot in planner.room(machine).spots if spot.is_shared}
    totals = {device.name: device.total_bytes for device in machine.devices}
    apart = [share for share in plan.shares[:-1] if share.device not in shared]
    names = told_apart([share.description or share.device for share in apart])
    bars = [
        _bar(name, [share], share.free_bytes, totals.get(share.device, 0))
        for name, share in zip(names, apart, strict=True)
    ]
    in_memory = [share for share in plan.shares[:-1] if share.device in shared] + [plan.shares[-1]]
    name = _("Memory, shared by processor and GPU") if len(in_memory) > 1 else _("Memory")
    total = machine.hardware.memory_total_bytes
    bars.append(_bar(name, in_memory, plan.shares[-1].free_bytes, total, paged_bytes=plan.paged_bytes))
    reasons = (*plan.reasons, plan.refusal) if plan.refusal else plan.reasons
    return PlanShown(headline, tuple(bars), reasons, template_words(untrusted_template))


def told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """Names of devices, with a number each where several are of one kind."""
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        seen[name] += 1
        told.append(f"{name} · {seen[name]}" if names.count(name) > 1 else name)
    return tuple(told)


def template_words(untrusted_template: str) -> str:
    """Whether a file's chat template is a known one, and what that means."""
    comparison = template.compare(untrusted_template)
    if comparison == "known":
        name = template.PUBLISHED[template.fingerprint(untrusted_template)]
        return _("The known one of {name}.").format(name=name)
    if comparison == "changed":
        return _("Differs from the known one of its family. Paddock uses the known one.")
    if comparison == "unknown":
        return _("None that Paddock knows. If answers are odd, look for another copy of this model.")
    return _("The file has none, so chats are written as a plain transcript.")


def _bar(device: str, shares: Sequence[Share], free_bytes: int, total_bytes: int, *, paged_bytes: int = 0) -> BarShown:
    """`free_bytes` before the model came."""
    weights = sum(share.weights_bytes + share.repack_bytes for share in shares) - paged_bytes
    parts = (
        PartShown("weights", max(0, weights)),
        PartShown("kv", sum(share.kv_bytes for share in shares)),
        PartShown("working", sum(share.compute_bytes for share in shares)),
        PartShown("other", max(0, total_bytes - free_bytes)),
    )
    return BarShown(device, parts, max(0, free_bytes - sum(part.size_bytes for part in parts[:3])), total_bytes)
