"""How a model will be run on this machine: facts, the file's header and wishes in, a plan with its reasons out.

Pure. The best place comes first (all on one accelerator, on several, split, the CPU, the disk), then the longest
context that keeps it. Wishes win over that; after a load that failed every plan is smaller than the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from app.engine.planning import footprint, placement, reasons
from app.engine.planning.footprint import Setting
from app.engine.planning.hardware import Hardware
from app.engine.planning.placement import Burden, Layout, Room, Spot
from app.engine.planning.placement import Place as Place
from app.engine.planning.placement import Share as Share
from app.engine.planning.speed import AS_GUESSED, LINK_BYTES_PER_S, MachineSpeed, cpu_rates, device_rates
from app.engine.protocol import Device, FlashAttention, KvType, LoadWish
from app.models.header import Header

DEFAULT_CONTEXT_TOKENS = 8192
LEAST_CONTEXT_TOKENS = 2048
GOOD_CONTEXT_TOKENS = 4096  # below, a split model with more context is the better one
SEQUENCES = 4
BATCH_TOKENS = 2048
MICRO_BATCH_TOKENS, LEAST_MICRO_BATCH_TOKENS = 512, 32
# How long what cannot be stopped may take: one matrix on a CPU, a whole micro-batch on an accelerator.
LONGEST_NODE_S, LONGEST_MICRO_BATCH_S = 0.25, 0.4

# What stays free for everything else.
LEAST_ROOM_BYTES, ROOM_SHARE, MOST_ROOM_BYTES = 1_000_000_000, 0.1, 16_000_000_000
DEVICE_ROOM_BYTES, DEVICE_ROOM_SHARE, MOST_DEVICE_ROOM_BYTES = 300_000_000, 0.06, 2_000_000_000

LAST_RESORT_SHARE = 0.5  # of what is free, once nothing fits otherwise

WORTH_HALF_PRECISION = 1.25  # so many times the layers on accelerators
WORTH_LESS_CONTEXT = 0.6  # so little of the bytes from disk is left
# Of the memory that may be used, while the weights have to be read from disk anyway.
CACHE_SHARE_WHEN_PAGED, WISHED_CACHE_SHARE_WHEN_PAGED = 0.25, 0.6

PARKED_SHARE, MOST_PARKED_BYTES = 0.25, 8_000_000_000
RESTING_SHARE = 0.03  # of the bytes that each token reads anyway
THREADS_BESIDE_ACCELERATORS = 4


@dataclass(frozen=True, slots=True)
class Machine:
    """What the system says of itself, and what the engine can compute on (accelerators first, as in Hello)."""

    hardware: Hardware
    devices: tuple[Device, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    context_tokens: int
    sequences: int
    gpu_layers: int  # as llama.cpp counts: the last ones, and the output behind them
    devices: tuple[str, ...]  # none where `gpu_layers` is 0
    split: tuple[float, ...]  # per device, together 1; empty with fewer than two
    threads: int
    batch_threads: int
    batch_tokens: int
    micro_batch_tokens: int
    kv_type: KvType
    flash_attention: FlashAttention
    repack: bool
    parked_bytes: int  # memory for KV states of conversations that wait
    resting_tokens: int  # of others in the KV cache itself, where they slow down every token
    shares: tuple[Share, ...]  # the CPU's is the last
    paged_bytes: int  # weights that do not fit and are read from disk for every token
    place: Place
    reasons: tuple[str, ...]  # sentences, the main one first
    refusal: str = ""  # why a smaller plan than the first was taken

    @property
    def total_bytes(self) -> int:
        """Everywhere together, with what stays on disk."""
        return sum(share.total_bytes for share in self.shares)

    @property
    def gpu_bytes(self) -> int:
        return sum(share.total_bytes for share in self.shares[:-1])

    @property
    def is_whole_on_gpu(self) -> bool:
        return self.place == "gpu"


_Choice: TypeAlias = tuple[int, KvType]


@dataclass(frozen=True, slots=True)
class _Task:
    """`is_retreat`: wishes are upper bounds. `kv_types` in the order they are tried."""

    header: Header
    room: Room
    wish: LoadWish
    hardware: Hardware
    speed: MachineSpeed
    kv_types: tuple[KvType, ...] = ("f16", "q8_0", "q4_0")
    most_context_tokens: int = 2**31
    most_micro_batch_tokens: int = MICRO_BATCH_TOKENS
    is_retreat: bool = False


def plan(
    header: Header,
    machine: Machine,
    wish: LoadWish,
    *,
    size_bytes: int,
    retreat: int = 0,
    speed: MachineSpeed = AS_GUESSED,
) -> Plan | None:
    """The plan after `retreat` failed loads. None where there is no smaller one, or memory is too short for any."""
    task = _Task(footprint.filled_in(header, size_bytes), room(machine), wish, machine.hardware, speed)
    found = _best(task)
    if found is None or retreat <= 0:
        return found
    for smaller in _retreats(task, found):
        retreat -= 1
        if retreat == 0:
            return replace(smaller, refusal=reasons.retreat())
    return None


def room(machine: Machine) -> Room:
    """What may be used: all but something for the system and what else runs."""
    hardware = machine.hardware
    spare = min(MOST_ROOM_BYTES, max(LEAST_ROOM_BYTES, int(hardware.memory_total_bytes * ROOM_SHARE)))
    memory = max(0, hardware.memory_available_bytes - spare)
    return Room(
        spots=tuple(_spot(device, hardware, memory) for device in usable_devices(machine.devices)),
        memory_bytes=memory,
        memory_free_bytes=hardware.memory_available_bytes,
        cpu=hardware.cpu,
        instruction_sets=hardware.instruction_sets,
    )


def usable_devices(devices: tuple[Device, ...]) -> tuple[Device, ...]:
    """Graphics cards, each once though two drivers may list it; integrated graphics only where there is no card."""
    cards = [device for device in devices if device.kind == "gpu"]
    if not cards:
        cards = [device for device in devices if device.kind == "igpu"][:1]
    known: dict[str, str] = {}
    for card in sorted(cards, key=lambda card: _driver(card) == "Vulkan"):
        known.setdefault(_model_of(card), _driver(card))
    return tuple(card for card in cards if known[_model_of(card)] == _driver(card))


def _driver(device: Device) -> str:
    return device.name.rstrip("0123456789")


def _model_of(device: Device) -> str:
    """What all drivers call a card; Vulkan's add their own name in brackets."""
    return device.description.partition(" (")[0]


def _spot(device: Device, hardware: Hardware, memory_bytes: int) -> Spot:
    is_shared = device.kind == "igpu" or _driver(device) in ("MTL", "Metal") or not device.total_bytes
    is_shared = is_shared or any(gpu.vendor == "apple" for gpu in hardware.gpus)
    free = device.free_bytes if device.total_bytes else memory_bytes
    spare = DEVICE_ROOM_BYTES + min(MOST_DEVICE_ROOM_BYTES, int(device.total_bytes * DEVICE_ROOM_SHARE))
    budget = max(0, free - spare)
    return Spot(device, min(budget, memory_bytes) if is_shared else budget, is_shared)


def _retreats(task: _Task, first: Plan) -> Iterator[Plan]:
    """Ever smaller plans: less on accelerators, then nothing, then less in memory too."""
    context = first.context_tokens
    half = max(LEAST_CONTEXT_TOKENS, context // 2)
    every, small, smallest = task.kv_types, task.kv_types[1:], task.kv_types[-1:]
    steps = (
        (0.85, every, context, 256),
        (0.6, small, context, 128),
        (0.0, small, context, 128),
        (0.0, small, half, 64),
        (0.0, smallest, LEAST_CONTEXT_TOKENS, LEAST_MICRO_BATCH_TOKENS),
    )
    last = first
    for fullness, kv_types, most_context, micro_batch in steps:
        smaller = replace(
            task,
            room=_narrowed(task.room, first, fullness),
            kv_types=kv_types,
            most_context_tokens=most_context,
            most_micro_batch_tokens=min(micro_batch, first.micro_batch_tokens),
            is_retreat=True,
        )
        found = _best(smaller)
        if found is not None and _demand(found) < _demand(last):
            last = found
            yield found


def _narrowed(room: Room, first: Plan, fullness: float) -> Room:
    """Accelerators with only a part of what the first plan put on them, and no weights twice."""
    used = {share.device: share.total_bytes for share in first.shares[:-1]}
    spots = tuple(
        replace(spot, budget_bytes=int(min(spot.budget_bytes, used.get(spot.device.name, 2**62)) * fullness))
        for spot in room.spots
    )
    return replace(room, spots=spots, may_repack=False)


def _demand(found: Plan) -> tuple[int, int]:
    """What can fail: memory of accelerators, and memory that cannot be given back."""
    cpu = found.shares[-1]
    return found.gpu_bytes, cpu.kv_bytes + cpu.compute_bytes + cpu.repack_bytes


def _best(task: _Task) -> Plan | None:
    """Planned with the largest micro-batch first, which takes the most memory, and again with the one that suits."""
    tokens = task.wish.micro_batch_tokens or MICRO_BATCH_TOKENS
    tokens = max(1, min(tokens, task.most_micro_batch_tokens) if task.is_retreat else tokens)
    found = _choose(task, tokens)
    if found is None:
        return None
    choice, layout = found
    if not task.wish.micro_batch_tokens:
        suited = min(tokens, _micro_batch(task, layout))
        if suited < tokens:
            tokens = suited
            choice, layout = _choose(task, tokens) or found
    return _planned(task, choice, tokens, layout)


def _choose(task: _Task, micro_batch: int) -> tuple[_Choice, Layout] | None:
    """Context, type of the KV cache and layout: the first that is whole on accelerators, else in memory, else runs."""
    choices = list(_choices(task))
    models = [placement.burden(task.header, _setting(task, choice, micro_batch)) for choice in choices]
    if task.wish.gpu_layers is None and not task.wish.split:
        for choice, model in zip(choices, models, strict=True):
            found = placement.whole(model, task.room) if _is_good(task, choice, choices[0]) else None
            if found is not None:
                return choice, found
    layouts = [(choice, _laid_out(task, model)) for choice, model in zip(choices, models, strict=True)]
    return _in_memory(layouts) or _beyond_memory(task, layouts)


def _in_memory(layouts: Sequence[tuple[_Choice, Layout]]) -> tuple[_Choice, Layout] | None:
    """The first that needs no disk; half the precision where that moves much more to accelerators."""
    held = [found for found in layouts if found[1].is_within and not found[1].paged_bytes]
    if len(held) > 1:
        (full, more), (light, less) = held[0], held[1]
        is_same_context = full[0] == light[0] and (full[1], light[1]) == ("f16", "q8_0")
        if is_same_context and less.gpu_layers >= more.gpu_layers * WORTH_HALF_PRECISION > 0:
            return held[1]
    return held[0] if held else None


def _laid_out(task: _Task, model: Burden) -> Layout:
    wish = task.wish
    if wish.gpu_layers is not None and not task.is_retreat:
        return placement.wished(model, task.room, gpu_layers=wish.gpu_layers, split=wish.split)
    most = model.every if wish.gpu_layers is None else wish.gpu_layers
    return placement.partial(model, task.room, most=most, split=wish.split)


def _beyond_memory(task: _Task, layouts: Sequence[tuple[_Choice, Layout]]) -> tuple[_Choice, Layout] | None:
    """Weights are read from disk whatever is chosen, so the KV cache must leave them room to pass through."""
    within = [found for found in layouts if found[1].is_within]
    bearable = [found for found in within if _is_bearable(task, *found)]
    if bearable:
        best = bearable[0]
        for found in bearable if task.wish.context_tokens is None else ():
            if found[0][0] >= GOOD_CONTEXT_TOKENS and found[1].paged_bytes < best[1].paged_bytes * WORTH_LESS_CONTEXT:
                best = found
        return best
    if within:
        return within[-1]
    if task.wish.gpu_layers is not None and not task.is_retreat:
        return layouts[0]  # the person's own number stands, and the reasons say that it is too much
    if layouts[-1][1].fixed_bytes <= task.room.memory_free_bytes * LAST_RESORT_SHARE:
        return layouts[-1]  # the system gets less than its due, but it gets something
    return None


def _is_bearable(task: _Task, choice: _Choice, layout: Layout) -> bool:
    is_wished = task.wish.context_tokens is not None and choice[1] != "f16"
    share = WISHED_CACHE_SHARE_WHEN_PAGED if is_wished else CACHE_SHARE_WHEN_PAGED
    cpu = layout.shares[-1]
    return cpu.kv_bytes + cpu.compute_bytes <= share * task.room.memory_bytes


def _is_good(task: _Task, choice: _Choice, first: _Choice) -> bool:
    """Good enough to be had for the sake of speed."""
    context, kv_type = choice
    if kv_type == "q4_0" and "f16" in task.kv_types and task.wish.kv_type != "q4_0":
        return False
    if task.wish.context_tokens is not None:
        return context == first[0]
    return context >= min(first[0], GOOD_CONTEXT_TOKENS)


def _choices(task: _Task) -> Iterator[_Choice]:
    """The best first: the whole context in full precision, then in half the space, then ever shorter ones."""
    trained = task.header.trained_context or task.most_context_tokens
    wished = task.wish.context_tokens
    context = max(1, min(wished or DEFAULT_CONTEXT_TOKENS, trained, task.most_context_tokens))
    types = _kv_types(task)
    light = tuple(kind for kind in types if kind != "f16") or types
    for kv_type in types if wished else dict.fromkeys((types[0], light[0])):
        yield context, kv_type
    while context > LEAST_CONTEXT_TOKENS:
        context = max(LEAST_CONTEXT_TOKENS, context // 2)
        for kv_type in light if wished else light[:1]:
            yield context, kv_type
    yield context, light[-1]


def _kv_types(task: _Task) -> tuple[KvType, ...]:
    wish = task.wish
    if wish.kv_type is not None:
        return (wish.kv_type,) if wish.kv_type in task.kv_types or not task.is_retreat else task.kv_types
    if wish.flash_attention == "off" and not task.is_retreat:
        return ("f16",)  # llama.cpp reads a quantised cache with flash attention only
    return task.kv_types


def _setting(task: _Task, choice: _Choice, micro_batch: int) -> Setting:
    context, kv_type = choice
    return Setting(context, micro_batch, kv_type, kv_type != "f16" or task.wish.flash_attention != "off")


def _micro_batch(task: _Task, layout: Layout) -> int:
    """The largest that can still be stopped soon. Where each one has to fetch weights first, none can, so 512."""
    cpu = layout.shares[-1]
    has_cards = len(layout.shares) > 1
    if layout.paged_bytes or (
        has_cards and cpu.layers and cpu.weights_bytes > LINK_BYTES_PER_S * LONGEST_MICRO_BATCH_S
    ):
        return MICRO_BATCH_TOKENS
    seconds = (
        _device_seconds(task, layout) / LONGEST_MICRO_BATCH_S if has_cards else _node_seconds(task) / LONGEST_NODE_S
    )
    tokens = MICRO_BATCH_TOKENS
    while tokens > LEAST_MICRO_BATCH_TOKENS and tokens * seconds > 1:
        tokens //= 2
    return tokens


def _node_seconds(task: _Task) -> float:
    """What the widest matrix takes per token on the CPU."""
    header, cores = task.header, task.hardware.cores_physical
    rates = cpu_rates(task.hardware, task.speed, threads=cores, prefill_threads=cores)
    experts = max(1, header.experts_used) if header.experts else 1
    return 2 * header.embedding * header.feed_forward * experts / rates.sums_per_s


def _device_seconds(task: _Task, layout: Layout) -> float:
    """What all layers take per token on the accelerators, which compute the CPU's layers too while a prompt is read."""
    per_layer = 2 * task.header.parameters * footprint.block_share(task.header) / max(1, task.header.layers)
    cards, cpu = layout.shares[:-1], layout.shares[-1]
    rates = [device_rates(card.description, card.kind, task.speed).sums_per_s for card in cards]
    seconds = sum(per_layer * card.layers / rate for card, rate in zip(cards, rates, strict=True))
    return seconds + per_layer * cpu.layers / rates[0]


def _planned(task: _Task, choice: _Choice, micro_batch: int, layout: Layout) -> Plan:
    context, kv_type = choice
    wish, header = task.wish, task.header
    token_bytes = footprint.kv_token_bytes(header, kv_type)
    resting = int(header.active_bytes * RESTING_SHARE) // token_bytes if token_bytes else context
    threads, batch_threads = _threads(task, layout)
    found = Plan(
        context_tokens=context,
        sequences=SEQUENCES,
        gpu_layers=layout.gpu_layers,
        devices=tuple(share.device for share in layout.shares[:-1]),
        split=layout.split,
        threads=threads,
        batch_threads=batch_threads,
        batch_tokens=max(micro_batch, min(wish.batch_tokens or BATCH_TOKENS, context)),
        micro_batch_tokens=micro_batch,
        kv_type=kv_type,
        flash_attention="on" if kv_type != "f16" else wish.flash_attention or "auto",
        repack=layout.shares[-1].repack_bytes > 0,
        parked_bytes=_parked_bytes(layout, token_bytes * context),
        resting_tokens=min(resting, context // 2),
        shares=layout.shares,
        paged_bytes=layout.paged_bytes,
        place=layout.place,
        reasons=(),
    )
    return replace(found, reasons=_reasons(task, found, layout))


def _threads(task: _Task, layout: Layout) -> tuple[int, int]:
    """One core is left to everything else, where there are enough; slow cores would hold up the fast ones."""
    if task.wish.threads:
        return task.wish.threads, task.wish.threads
    hardware = task.hardware
    cores = hardware.cores_performance or hardware.cores_physical
    threads = max(1, cores - 1 if cores >= 4 else cores)
    if layout.gpu_layers > task.header.layers:
        threads = min(threads, THREADS_BESIDE_ACCELERATORS)
        return threads, threads
    return threads, max(threads, hardware.cores_physical)


def _parked_bytes(layout: Layout, context_bytes: int) -> int:
    """A part of what stays free, at least one conversation as long as the context if half of it holds that."""
    if layout.paged_bytes:
        return 0
    share = min(int(layout.spare_bytes * PARKED_SHARE), MOST_PARKED_BYTES)
    return max(share, context_bytes) if context_bytes <= layout.spare_bytes // 2 else share


def _reasons(task: _Task, found: Plan, layout: Layout) -> tuple[str, ...]:
    wish = task.wish
    return reasons.of_layout(
        task.header,
        task.room,
        layout,
        reasons.Outcome(
            place=found.place,
            context_tokens=found.context_tokens,
            wanted_tokens=wish.context_tokens or DEFAULT_CONTEXT_TOKENS,
            is_context_wished=wish.context_tokens is not None,
            kv_type=found.kv_type,
            is_kv_wished=wish.kv_type == found.kv_type,
            is_flash_refused=wish.flash_attention == "off" and found.flash_attention != "off",
            has_idle_card=bool(task.hardware.gpus),
            is_cpu_wished=wish.gpu_layers == 0,
        ),
    )
