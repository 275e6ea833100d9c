"""From a plan and a file to what the dialog draws: every byte once, and the words that go with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.engine.planning.hardware import Gpu, Hardware
from app.engine.planning.planner import Machine, Plan, Share
from app.engine.protocol import Device
from app.models import header, library
from app.ui.models.shown import BarShown, plan_shown, template_words, told_apart

GB = 10**9
HARDWARE = Hardware(
    cpu="A processor",
    cores_physical=8,
    cores_logical=16,
    instruction_sets=("avx2",),
    memory_total_bytes=64 * GB,
    memory_available_bytes=50 * GB,
    gpus=(Gpu("nvidia", "A card"),),
    has_battery=False,
    is_on_battery=False,
)
CARDS = tuple(Device(f"CUDA{number}", "A card", "gpu", 22 * GB, 24 * GB) for number in range(2))
CPU = Device("CPU", "A processor", "cpu", 64 * GB, 64 * GB)
CARD_SHARE = Share("CUDA0", "A card", "gpu", 30, 16 * GB, 2 * GB, GB, 0, 22 * GB)
CPU_SHARE = Share("CPU", "A processor", "cpu", 2, 3 * GB, GB, GB, 2 * GB, 50 * GB)
PLAN = Plan(
    context_tokens=8_192,
    sequences=4,
    gpu_layers=60,
    devices=("CUDA0", "CUDA1"),
    split=(0.5, 0.5),
    threads=8,
    batch_threads=8,
    batch_tokens=2_048,
    micro_batch_tokens=512,
    kv_type="f16",
    flash_attention="auto",
    repack=False,
    parked_bytes=0,
    resting_tokens=0,
    shares=(CARD_SHARE, replace(CARD_SHARE, device="CUDA1"), CPU_SHARE),
    paged_bytes=0,
    place="split",
    reasons=("60 of 64 layers on your GPUs.", "Because."),
)


def bars(plan: Plan, machine: Machine) -> tuple[BarShown, ...]:
    return plan_shown(plan, machine, headline="About 9 tokens/s", untrusted_template="").bars


def sizes(bar: BarShown) -> dict[str, int]:
    return {part.kind: part.size_bytes // GB for part in bar.parts}


def test_each_card_and_the_memory_have_a_bar_with_all_that_is_in_them() -> None:
    first, second, memory = bars(PLAN, Machine(HARDWARE, (*CARDS, CPU)))
    assert (first.device, second.device, memory.device) == ("A card · 1", "A card · 2", "Memory")
    assert sizes(first) == {"weights": 16, "kv": 2, "working": 1, "other": 2}
    assert first.free_bytes == 3 * GB
    assert sizes(memory) == {"weights": 5, "kv": 1, "working": 1, "other": 14}
    for bar in (first, second, memory):
        assert sum(part.size_bytes for part in bar.parts) + bar.free_bytes == bar.total_bytes


def test_memory_that_graphics_and_processor_share_is_one_bar() -> None:
    igpu = Device("Vulkan0", "An integrated one", "igpu", 50 * GB, 64 * GB)
    plan = replace(PLAN, shares=(replace(CARD_SHARE, device="Vulkan0", kind="igpu"), CPU_SHARE))
    (memory,) = bars(plan, Machine(HARDWARE, (igpu, CPU)))
    assert memory.device == "Memory, shared by processor and GPU"
    assert sizes(memory) == {"weights": 21, "kv": 3, "working": 2, "other": 14}
    assert memory.free_bytes == 24 * GB


def test_weights_that_stay_on_the_disk_take_no_memory() -> None:
    large = replace(CPU_SHARE, weights_bytes=90 * GB, repack_bytes=0)
    plan = replace(PLAN, shares=(large,), paged_bytes=50 * GB, place="disk")
    (memory,) = bars(plan, Machine(HARDWARE, (CPU,)))
    assert sizes(memory)["weights"] == 40
    assert memory.free_bytes == 8 * GB


def test_why_a_smaller_plan_was_taken_stands_below_the_reasons() -> None:
    machine = Machine(HARDWARE, (*CARDS, CPU))
    plan = replace(PLAN, refusal="The plan before needed more memory than there was.")
    shown = plan_shown(plan, machine, headline="About 9 tokens/s", untrusted_template="")
    assert shown.reasons == (*PLAN.reasons, plan.refusal)
    assert shown.headline == "About 9 tokens/s"
    assert shown.template == "The file has none, so chats are written as a plain transcript."


def test_devices_of_one_name_are_told_apart() -> None:
    assert told_apart(("a", "b", "a")) == ("a · 1", "b", "a · 2")
    assert told_apart(()) == ()


@pytest.mark.model
def test_a_published_template_is_named_and_a_changed_one_is_not_used() -> None:
    own = header.read_header(library.starter()).chat_template
    assert template_words(own) == "The known one of SmolLM2."
    assert "Paddock uses the known one" in template_words(own.replace("assistant", "ghost"))
    assert template_words("{{ messages }}").startswith("None that Paddock knows.")
