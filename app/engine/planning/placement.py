"""Which layers go where: on accelerators as far as there is room, on the CPU, and what exceeds memory stays on disk.

llama.cpp puts the last layers on devices, in the order of the devices, the output behind them as one layer more, and
keeps the input table on the CPU (llama_model_base::load_tensors). The KV cache of a layer lives where the layer does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from app.engine.planning import footprint
from app.engine.planning.footprint import Setting
from app.engine.planning.speed import bandwidth_of
from app.engine.protocol import Device, DeviceKind
from app.models.header import Header

Place = Literal["gpu", "split", "cpu", "disk"]
"""disk: the weights exceed memory and are read while answering."""

LEAST_PAGED_SHARE = 0.1  # of memory, for weights from disk to pass through
BALANCE_STEPS = 12  # of halving: to 0.03 % of a device


@dataclass(frozen=True, slots=True)
class Share:
    """What one device carries. `free_bytes` were free there before; for the CPU what the system could give."""

    device: str
    description: str
    kind: DeviceKind
    layers: int  # without the output
    weights_bytes: int
    kv_bytes: int
    compute_bytes: int
    repack_bytes: int
    free_bytes: int

    @property
    def total_bytes(self) -> int:
        return self.weights_bytes + self.kv_bytes + self.compute_bytes + self.repack_bytes


@dataclass(frozen=True, slots=True)
class Spot:
    """An accelerator, and how far it may be filled. Memory that is `is_shared` is the system's own."""

    device: Device
    budget_bytes: int
    is_shared: bool


Arrangement: TypeAlias = tuple[tuple[Spot, int], ...]
"""How many layers each accelerator gets, in order."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where models can go on a machine. `memory_bytes` of ordinary memory may be used, of those that are free."""

    spots: tuple[Spot, ...]
    memory_bytes: int
    memory_free_bytes: int
    cpu: str
    instruction_sets: tuple[str, ...]
    may_repack: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    """Layers laid out. `gpu_layers` as llama.cpp counts them, with the output; the CPU's share is the last one."""

    shares: tuple[Share, ...]
    gpu_layers: int
    split: tuple[float, ...]
    paged_bytes: int  # of the weights that are read from disk again and again
    fixed_bytes: int  # of ordinary memory that cannot be given back while the model is loaded
    spare_bytes: int  # of ordinary memory that stays free beside everything
    is_within: bool  # every device within its budget, and what is fixed within memory

    @property
    def place(self) -> Place:
        if self.paged_bytes:
            return "disk"
        if not self.gpu_layers:
            return "cpu"
        return "split" if self.shares[-1].layers else "gpu"


@dataclass(frozen=True, slots=True)
class Burden:
    """A model in a setting. `costs` are weights and KV cache of each layer, and at the end the output's weights."""

    header: Header
    setting: Setting
    costs: tuple[int, ...]

    @property
    def every(self) -> int:
        """Layers as llama.cpp counts them."""
        return len(self.costs)


def burden(header: Header, setting: Setting) -> Burden:
    layers = (range(layer, layer + 1) for layer in range(header.layers))
    costs = (
        footprint.layer_weights(header, layer) + footprint.kv_bytes(header, layer, setting.cells, setting.kv_type)
        for layer in layers
    )
    return Burden(header, setting, (*costs, header.output_bytes))


def whole(model: Burden, room: Room) -> Layout | None:
    """All layers on the fastest accelerator that has room, else on as few as will do; None where they do not fit."""
    spots = room.spots
    largest = sorted(spots, key=lambda spot: -spot.budget_bytes)
    fastest = sorted(largest, key=lambda spot: -bandwidth_of(spot.device.description))
    several = [tuple(spot for spot in spots if spot in largest[:count]) for count in range(2, len(spots) + 1)]
    for chosen in [*((spot,) for spot in fastest), *several]:
        found = _arranged(model, chosen, model.every)
        if found is not None:
            layout = _lay_out(model, room, found)
            if layout.is_within and not layout.paged_bytes:
                return layout
    return None


def partial(model: Burden, room: Room, *, most: int, split: Sequence[float] = ()) -> Layout:
    """As many layers on accelerators as there is room for, up to `most`, in parts as `split` says; possibly none."""
    found = _possible(model, room, model.every, split) if most >= model.every else None
    low, high = 0, 0 if found else min(most, model.every - 1)
    while low < high:
        middle = (low + high + 1) // 2
        layout = _possible(model, room, middle, split)
        if layout is None:
            high = middle - 1
        else:
            low, found = middle, layout
    return found or _lay_out(model, room, ())


def _possible(model: Burden, room: Room, count: int, split: Sequence[float]) -> Layout | None:
    """With so many layers on accelerators. Where they share the system's memory, enough of it must be left over."""
    found = _arranged(model, room.spots, count, split)
    if found is None:
        return None
    layout = _lay_out(model, room, found)
    left = room.memory_bytes - layout.fixed_bytes
    is_tight = left < 0 or (layout.paged_bytes > 0 and left < room.memory_bytes * LEAST_PAGED_SHARE)
    return None if is_tight and any(spot.is_shared for spot in room.spots) else layout


def wished(model: Burden, room: Room, *, gpu_layers: int, split: Sequence[float]) -> Layout:
    """Exactly so many layers on accelerators, fitting or not; in parts as `split` says, else as they fit."""
    count = min(gpu_layers, model.every)
    found = None if _is_given(split) or not count else _arranged(model, room.spots, count)
    if found is None and count:
        parts = split if _is_given(split) else [float(max(1, spot.budget_bytes)) for spot in room.spots]
        found = _in_parts(room.spots, count, parts)
    return _lay_out(model, room, found or ())


def _is_given(split: Sequence[float]) -> bool:
    return sum(max(0.0, part) for part in split) > 0


def _arranged(model: Burden, spots: Sequence[Spot], count: int, split: Sequence[float] = ()) -> Arrangement | None:
    """The last `count` layers on those of the spots that get any; None where they do not fit."""
    if _is_given(split):
        used = _in_parts(spots, count, split)
        return used if _fits(model, used, count) else None
    while spots:
        counts = _balanced(model, spots, count)
        if counts is None:
            return None
        used = tuple((spot, layers) for spot, layers in zip(spots, counts, strict=True) if layers)
        if len(used) == len(spots):
            return used
        spots = [spot for spot, _layers in used]  # with other neighbours a device needs other buffers
    return None


def _in_parts(spots: Sequence[Spot], count: int, split: Sequence[float]) -> Arrangement:
    """By llama.cpp's rule: layer i of n goes to the first device whose part of the whole ends behind i / n."""
    parts = [max(0.0, part) for part in split[: len(spots)]]
    if not sum(parts):
        return ()
    ends = [sum(parts[: place + 1]) / sum(parts) for place in range(len(parts))]
    homes = [next((at for at, end in enumerate(ends) if end > layer / count), len(ends) - 1) for layer in range(count)]
    return tuple((spots[place], homes.count(place)) for place in range(len(parts)) if place in homes)


def _fits(model: Burden, used: Arrangement, count: int) -> bool:
    at = start = model.every - count
    for place, (spot, layers) in enumerate(used):
        needed = _device_bytes(model, place, len(used), start) + sum(model.costs[at : at + layers])
        if needed > spot.budget_bytes:
            return False
        at += layers
    return bool(used)


def _balanced(model: Burden, spots: Sequence[Spot], count: int) -> tuple[int, ...] | None:
    """How many of the last `count` layers go to each spot, all of them filled alike; None where they do not fit."""
    start = model.every - count
    budgets = [spot.budget_bytes - _device_bytes(model, place, len(spots), start) for place, spot in enumerate(spots)]
    found = _filled(model, budgets, start, 1.0)
    if found is None or len(spots) == 1:
        return found
    low, high = 0.0, 1.0
    for _step in range(BALANCE_STEPS):
        middle = (low + high) / 2
        counts = _filled(model, budgets, start, middle)
        if counts is None:
            low = middle
        else:
            high, found = middle, counts
    return found


def _filled(model: Burden, budgets: Sequence[int], start: int, fullness: float) -> tuple[int, ...] | None:
    """Each budget in turn takes layers until it is used up to this part."""
    at = start
    counts = []
    for budget in budgets:
        left = budget * fullness
        before = at
        while at < model.every and model.costs[at] <= left:
            left -= model.costs[at]
            at += 1
        counts.append(at - before)
    return tuple(counts) if at == model.every else None


def _device_bytes(model: Burden, place: int, devices: int, start: int) -> int:
    """Buffers of the `place`th of the devices that carry all layers from `start` on."""
    header, setting = model.header, model.setting
    if not start:
        return footprint.device_bytes(header, setting, place=place, devices=devices)
    found = footprint.device_bytes(header, setting, place=0, devices=1)
    return found + (0 if place else footprint.streaming_bytes(header, setting, range(min(start, header.layers))))


def split_for(counts: Sequence[int]) -> tuple[float, ...]:
    """The parts that make llama.cpp share layers out just so: each ends half a layer before the next one begins."""
    count = sum(counts)
    if len(counts) < 2 or not count:
        return ()
    ends = [(sum(counts[: place + 1]) - 0.5) / count for place in range(len(counts) - 1)]
    return tuple(end - begin for begin, end in zip([0.0, *ends], [*ends, 1.0], strict=True))


def _lay_out(model: Burden, room: Room, used: Arrangement) -> Layout:
    header = model.header
    start = model.every - sum(count for _spot, count in used)
    shares, at = [], start
    for place, (spot, count) in enumerate(used):
        compute = _device_bytes(model, place, len(used), start)
        shares.append(_share(model, spot.device, range(at, at + count), compute))
        at += count
    cpu = _cpu_share(model, room, start, len(used))
    cpu = cpu if used else replace(cpu, repack_bytes=_repack_bytes(header, room, room.memory_bytes - cpu.total_bytes))
    shared_bytes = sum(share.total_bytes for share, (spot, _count) in zip(shares, used, strict=True) if spot.is_shared)
    fixed = cpu.kv_bytes + cpu.compute_bytes + cpu.repack_bytes + shared_bytes
    for_weights = room.memory_bytes - fixed
    # Of the input table only the rows of a few tokens are read, unless it is the output as well.
    needed = cpu.weights_bytes - (0 if header.is_output_tied and not used else header.input_bytes)
    return Layout(
        shares=(*shares, cpu),
        gpu_layers=model.every - start,
        split=split_for([count for _spot, count in used]),
        paged_bytes=min(needed, max(0, needed - for_weights)),
        fixed_bytes=fixed,
        spare_bytes=max(0, for_weights - cpu.weights_bytes),
        is_within=for_weights >= 0
        and all(share.total_bytes <= spot.budget_bytes for share, (spot, _count) in zip(shares, used, strict=True)),
    )


def _share(model: Burden, device: Device, layers: range, compute_bytes: int) -> Share:
    header, setting = model.header, model.setting
    blocks = range(layers.start, min(layers.stop, header.layers))
    output = header.output_bytes if layers.stop > header.layers else 0
    return Share(
        device=device.name,
        description=device.description,
        kind=device.kind,
        layers=len(blocks),
        weights_bytes=footprint.layer_weights(header, blocks) + output,
        kv_bytes=footprint.kv_bytes(header, blocks, setting.cells, setting.kv_type),
        compute_bytes=compute_bytes,
        repack_bytes=0,
        free_bytes=device.free_bytes,
    )


def _cpu_share(model: Burden, room: Room, start: int, devices: int) -> Share:
    header, setting = model.header, model.setting
    blocks = range(min(start, header.layers))
    weights = header.input_bytes + header.other_bytes + footprint.layer_weights(header, blocks)
    return Share(
        device="CPU",
        description=room.cpu,
        kind="cpu",
        layers=len(blocks),
        weights_bytes=weights + (0 if devices else footprint.output_copy_bytes(header)),
        kv_bytes=footprint.kv_bytes(header, blocks, setting.cells, setting.kv_type),
        compute_bytes=footprint.host_bytes(header, setting, devices=devices, has_layers=start > 0),
        repack_bytes=0,
        free_bytes=room.memory_free_bytes,
    )


def _repack_bytes(header: Header, room: Room, spare_bytes: int) -> int:
    """Copies in the CPU's own order, where memory holds the weights twice. Beside accelerators llama.cpp makes none."""
    copies = footprint.repacking_bytes(header, room.instruction_sets)
    return copies if room.may_repack and copies <= spare_bytes else 0
