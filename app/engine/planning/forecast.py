"""How fast a plan will answer, before anything is loaded, and what an answer that was timed says about the next.

Decoding is a matter of bytes: every token reads all weights once, and the KV cache up to itself. Reading a prompt is a
matter of sums, or of fetching weights where they are not in place. What this machine showed itself always wins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.engine.planning import footprint
from app.engine.planning.planner import Machine, Plan
from app.engine.planning.reasons import gigabytes
from app.engine.planning.speed import (
    AS_GUESSED,
    DISK_BYTES_PER_S,
    LINK_BYTES_PER_S,
    MachineSpeed,
    Rates,
    cpu_rates,
    device_rates,
)
from app.models.header import Header
from app.text import _, decimal, plural

QUESTION_TOKENS = 200
ANSWER_TOKENS = 150  # of a short answer
FILL_TOKENS = 2000  # of the context, while answering
TOKENS_PER_WORD = 1.3  # of English
CPU_LAYER_S, DEVICE_LAYER_S = 60e-6, 40e-6  # per layer and token, besides reading weights
REREAD_SHARE = 2.0  # a guess: weights from disk push out others, which then have to be read again too
LEAST_PART = 0.1  # of a measured time, which its largest part is taken to have needed at least
MOST_CORRECTION = 20.0
LEAST_S = 1e-6


@dataclass(frozen=True, slots=True)
class Measured:
    """What this machine showed earlier for one model file in one place; a rate of 0 was not measured."""

    decode_tokens_per_s: float
    prefill_tokens_per_s: float
    load_s: float
    context_tokens: int


@dataclass(frozen=True, slots=True)
class Forecast:
    decode_tokens_per_s: float
    prefill_tokens_per_s: float
    first_word_s: float  # for a question of QUESTION_TOKENS, once the model is loaded
    load_s: float
    is_measured: bool
    words: str  # one line for a menu
    reasons: tuple[str, ...]  # sentences: the plan's, and what limits the speed


@dataclass(frozen=True, slots=True)
class _Seconds:
    """By what they are spent on; `between` is no matter of bandwidth."""

    cpu: float
    gpu: float
    disk: float
    between: float = 0.0

    @property
    def total(self) -> float:
        return max(LEAST_S, self.cpu + self.gpu + self.disk + self.between)


@dataclass(frozen=True, slots=True)
class _Carrier:
    """A device at work. `read_bytes`: weights for one token; of experts those in use, of the input table none."""

    layers: int
    read_bytes: float
    kv_bytes: int
    rates: Rates


@dataclass(frozen=True, slots=True)
class _Case:
    """A plan in numbers."""

    cards: tuple[_Carrier, ...]
    cpu: _Carrier
    fetched_bytes: float  # from disk, for each token or micro-batch
    disk_bytes_per_s: float
    layer_sums: float  # of one layer, for one token
    fill: float  # which part of the KV cache is in use

    def decode(self) -> _Seconds:
        """For one token."""
        in_memory = max(0.0, self.cpu.read_bytes - self.fetched_bytes)
        return _Seconds(
            cpu=(in_memory + self.cpu.kv_bytes * self.fill) / self.cpu.rates.bytes_per_s,
            gpu=sum((card.read_bytes + card.kv_bytes * self.fill) / card.rates.bytes_per_s for card in self.cards),
            disk=self.fetched_bytes / self.disk_bytes_per_s,
            between=self.cpu.layers * CPU_LAYER_S + sum(card.layers for card in self.cards) * DEVICE_LAYER_S,
        )

    def prefill(self, tokens: int) -> _Seconds:
        """For one micro-batch. The first card computes the CPU's layers, where fetching their weights takes less."""
        cpu_s = self._batch_s(self.cpu, tokens)
        gpu_s = sum(self._batch_s(card, tokens) for card in self.cards)
        if self.cards and self.cpu.layers:
            sums = self.layer_sums * self.cpu.layers * tokens
            borrowed_s = self.cpu.read_bytes / LINK_BYTES_PER_S + sums / self.cards[0].rates.sums_per_s
            if borrowed_s < cpu_s:
                cpu_s, gpu_s = 0.0, gpu_s + borrowed_s
        return _Seconds(cpu_s, gpu_s, self.fetched_bytes / self.disk_bytes_per_s)

    def _batch_s(self, carrier: _Carrier, tokens: int) -> float:
        sums = self.layer_sums * carrier.layers * tokens
        return max(sums / carrier.rates.sums_per_s, carrier.read_bytes / carrier.rates.bytes_per_s)


def forecast(
    header: Header, plan: Plan, machine: Machine, measured: Measured | None = None, speed: MachineSpeed | None = None
) -> Forecast:
    """`measured` is of the same file in the same place, `speed` of whatever ran on this machine before."""
    known = speed or AS_GUESSED
    case = _case(header, plan, machine, known)
    decode = case.decode()
    micro_batch = plan.micro_batch_tokens
    decode_rate, prefill_rate = 1 / decode.total, micro_batch / case.prefill(micro_batch).total
    first_word_s = sum(case.prefill(tokens).total for tokens in _micro_batches(micro_batch)) + decode.total
    load_s = _weights_bytes(plan) / (DISK_BYTES_PER_S * known.disk)
    if measured is not None:
        decode_rate = measured.decode_tokens_per_s or decode_rate
        if measured.prefill_tokens_per_s:
            prefill_rate = measured.prefill_tokens_per_s
            first_word_s = QUESTION_TOKENS / prefill_rate + 1 / decode_rate
        load_s = measured.load_s or load_s
    return Forecast(
        decode_tokens_per_s=decode_rate,
        prefill_tokens_per_s=prefill_rate,
        first_word_s=first_word_s,
        load_s=load_s,
        is_measured=measured is not None,
        words=f"{_place_words(plan)} · {rate_words(decode_rate)}",
        reasons=(*plan.reasons, _limit(case, decode)),
    )


def learn(
    header: Header, plan: Plan, machine: Machine, measured: Measured, speed: MachineSpeed | None = None
) -> MachineSpeed:
    """What a timed answer says about the machine: whatever takes most of the time is set right by it."""
    known = speed or AS_GUESSED
    case = _case(header, plan, machine, known)
    if measured.decode_tokens_per_s > 0:
        part, factor = _correction(case.decode(), 1 / measured.decode_tokens_per_s)
        if part == "disk":
            known = replace(known, disk=_corrected(known.disk, factor))
        elif part == "gpu":
            known = replace(known, gpu_memory=_corrected(known.gpu_memory, factor))
        else:
            known = replace(known, cpu_memory=_corrected(known.cpu_memory, factor))
    if measured.prefill_tokens_per_s > 0:
        tokens = plan.micro_batch_tokens
        part, factor = _correction(case.prefill(tokens), tokens / measured.prefill_tokens_per_s)
        if part == "gpu":
            known = replace(known, gpu_sums=_corrected(known.gpu_sums, factor))
        elif part == "cpu":
            known = replace(known, cpu_sums=_corrected(known.cpu_sums, factor))
    return known


def rate_words(tokens_per_s: float) -> str:
    """How fast an answer comes, in the unit that says most."""
    if tokens_per_s >= 1:
        return _("about {rate} tokens/s").format(rate=_two_figures(tokens_per_s))
    if tokens_per_s >= 0.1:
        return _("about {seconds} s per word").format(seconds=_two_figures(TOKENS_PER_WORD / tokens_per_s))
    minutes = ANSWER_TOKENS / max(tokens_per_s, LEAST_S) / 60
    if minutes < 90:
        return plural(
            "about {count} minute for a short answer",
            "about {count} minutes for a short answer",
            round(float(_two_figures(minutes))),
        )
    return plural(
        "about {count} hour for a short answer",
        "about {count} hours for a short answer",
        round(float(_two_figures(minutes / 60))),
    )


def _case(header: Header, plan: Plan, machine: Machine, known: MachineSpeed) -> _Case:
    header = footprint.filled_in(header, _weights_bytes(plan))
    *cards, cpu = plan.shares
    active = footprint.block_share(header)
    carriers, at = [], cpu.layers
    for card in cards:
        weights = footprint.layer_weights(header, range(at, at + card.layers)) * active
        weights += header.output_bytes if card is cards[-1] else 0
        at += card.layers
        carriers.append(_Carrier(card.layers, weights, card.kv_bytes, device_rates(card.description, card.kind, known)))
    weights = footprint.layer_weights(header, range(cpu.layers)) * active + (0 if cards else header.output_bytes)
    rates = cpu_rates(machine.hardware, known, threads=plan.threads, prefill_threads=plan.batch_threads)
    blocks = sum(header.layer_bytes) / max(1, header.total_bytes)
    return _Case(
        cards=tuple(carriers),
        cpu=_Carrier(cpu.layers, weights, cpu.kv_bytes, rates),
        fetched_bytes=min(weights, REREAD_SHARE * plan.paged_bytes * active),
        disk_bytes_per_s=DISK_BYTES_PER_S * known.disk,
        layer_sums=2 * header.parameters * blocks * active / max(1, header.layers),
        fill=min(FILL_TOKENS, plan.context_tokens / 2) / max(1, plan.context_tokens),
    )


def _weights_bytes(plan: Plan) -> int:
    return sum(share.weights_bytes for share in plan.shares)


def _micro_batches(most: int) -> Iterator[int]:
    """How a question is cut up."""
    for start in range(0, QUESTION_TOKENS, most):
        yield min(most, QUESTION_TOKENS - start)


def _correction(seconds: _Seconds, measured_s: float) -> tuple[str, float]:
    """The largest part, and how many times faster it is than was thought."""
    parts = {"cpu": seconds.cpu, "gpu": seconds.gpu, "disk": seconds.disk}
    part = max(parts, key=lambda name: parts[name])
    left = max(measured_s - (seconds.total - parts[part]), measured_s * LEAST_PART)
    return part, parts[part] / left


def _corrected(before: float, factor: float) -> float:
    return min(max(before * factor, 1 / MOST_CORRECTION), MOST_CORRECTION)


def _place_words(plan: Plan) -> str:
    match plan.place:
        case "gpu":
            return _("fits your GPU") if len(plan.shares) == 2 else _("fits your GPUs")
        case "split":
            return _("partly on your GPU")
        case "cpu":
            return _("on the processor")
        case "disk":
            return _("larger than memory")


def _limit(case: _Case, decode: _Seconds) -> str:
    if decode.disk > max(decode.cpu, decode.gpu):
        return _("The disk is the limit: it has to be read for every word.")
    if case.cards and case.cpu.layers:
        return _("The processor's memory is the limit: it has to read {size} GB for every word.").format(
            size=gigabytes(int(case.cpu.read_bytes))
        )
    everything = case.cpu.read_bytes + sum(card.read_bytes for card in case.cards)
    return _("The speed of the memory is the limit: {size} GB are read for every word.").format(
        size=gigabytes(int(everything))
    )


def _two_figures(number: float) -> str:
    """4.2, 42, 420."""
    rounded = float(f"{number:.2g}")
    return f"{rounded:.0f}" if rounded >= 10 else decimal(rounded)
