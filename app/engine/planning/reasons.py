"""Why a plan is as it is, in sentences for someone who has never heard of a layer's offload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.engine.planning.placement import Layout, Place, Room
from app.engine.protocol import KvType
from app.models.header import Header
from app.text import _, decimal, plural


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was wanted and what came of it."""

    place: Place
    context_tokens: int
    wanted_tokens: int
    is_context_wished: bool
    kv_type: KvType
    is_kv_wished: bool
    is_flash_refused: bool  # wished off, and on all the same
    has_idle_card: bool  # the system lists a graphics card, whether or not the engine can use it
    is_cpu_wished: bool


def retreat() -> str:
    return _("A larger plan was tried before and did not work, so this one takes less memory.")


def of_layout(header: Header, room: Room, layout: Layout, outcome: Outcome) -> tuple[str, ...]:
    return (*_places(header, room, layout, outcome), *_contexts(header, outcome), *_memory(layout, outcome))


def gigabytes(size_bytes: int) -> str:
    return decimal(size_bytes / 1e9)


def _places(header: Header, room: Room, layout: Layout, outcome: Outcome) -> Iterator[str]:
    cards, cpu = layout.shares[:-1], layout.shares[-1]
    if outcome.place == "disk":
        yield _(
            "The model is larger than the memory that is free: what does not fit ({paged} of {total} GB) is read from "
            "the disk for every word."
        ).format(paged=gigabytes(layout.paged_bytes), total=gigabytes(header.total_bytes))
    if not cards:
        yield _without_cards(room, outcome)
    elif cpu.layers == header.layers:
        yield _("All layers on the processor, for the GPU only the last step of each word.")
    elif cpu.layers:
        yield (
            _("{gpu} of {all} layers on your GPU, {cpu} on the processor.")
            if len(cards) == 1
            else _("{gpu} of {all} layers on your GPUs, {cpu} on the processor.")
        ).format(gpu=header.layers - cpu.layers, all=header.layers, cpu=cpu.layers)
    elif any(spot.is_shared for spot in room.spots):
        yield _("The whole model fits into the memory that processor and GPU share ({name}).").format(
            name=cards[0].description
        )
    elif len(cards) == 1:
        yield _("The whole model fits on your GPU ({name}).").format(name=cards[0].description)
    else:
        yield plural("The whole model fits on {count} GPU.", "The whole model fits on {count} GPUs.", len(cards))


def _without_cards(room: Room, outcome: Outcome) -> str:
    if outcome.is_cpu_wished:
        return _("The processor does all the work, as you asked.")
    if room.spots:
        return _("The processor does all the work: the GPU has too little free memory.")
    if outcome.has_idle_card:
        return _("The processor does all the work: this copy of Paddock cannot use the GPU that is here.")
    return _("The processor does all the work: there is no GPU here.")


def _contexts(header: Header, outcome: Outcome) -> Iterator[str]:
    trained = header.trained_context
    wanted = min(outcome.wanted_tokens, trained) if trained else outcome.wanted_tokens
    if outcome.is_context_wished and wanted < outcome.wanted_tokens:
        yield _("This model was made for contexts of at most {trained} tokens.").format(trained=trained)
    if outcome.context_tokens < wanted:
        yield _("The context is {context} tokens instead of {wanted}, because more does not fit.").format(
            context=outcome.context_tokens, wanted=wanted
        )
    if outcome.kv_type == "q8_0" and not outcome.is_kv_wished:
        yield _("What the model remembers of a conversation is kept in half the space, with hardly any loss.")
    if outcome.kv_type == "q4_0" and not outcome.is_kv_wished:
        yield _("What the model remembers of a conversation is kept in a quarter of the space, with some loss.")
    if outcome.is_flash_refused:
        yield _("Flash attention is on, because a smaller KV cache needs it.")


def _memory(layout: Layout, outcome: Outcome) -> Iterator[str]:
    copies = layout.shares[-1].repack_bytes
    if copies:
        yield _(
            "The weights are kept in the processor's own order as well, which is faster and takes {size} GB."
        ).format(size=gigabytes(copies))
    if not layout.is_within:
        yield _("This is more than there is room for. If it cannot be loaded, Paddock takes less.")
