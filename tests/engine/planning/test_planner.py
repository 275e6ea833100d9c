"""Plans for machines and models that are not here: where everything goes, and what must hold wherever it goes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.planning import footprint, planner
from app.engine.planning.planner import Machine, Plan, plan
from app.engine.planning.speed import MachineSpeed
from app.engine.protocol import Adapter, Device, KvType, LoadWish
from app.models.header import Header
from tests.models.forge import Shape

from .machines import GIB, MACHINES, RTX_4090, apple, gpu, header, machine, without_facts
from .placements import TABLE

WISH = LoadWish(Path("model.gguf"))
LONG = replace(WISH, context_tokens=131072)
QUANTISATIONS = ("Q4_K_M", "Q8_0", "F16")
MIXTRAL = Shape(32, 4096, 14336, 32, 8, 32000, 32768, 8, 2)


def planned(model: Header, on: Machine, wish: LoadWish = WISH, *, retreat: int = 0) -> Plan:
    found = plan(model, on, wish, size_bytes=model.total_bytes, retreat=retreat)
    assert found is not None
    return found


def row(found: Plan) -> str:
    layers = "+".join(str(share.layers) for share in found.shares)
    return f"{found.place:5} {layers} {found.context_tokens // 1024}k {found.kv_type}"


@pytest.mark.parametrize("name", MACHINES)
def test_placements(name: str) -> None:
    lines = []
    for shape in ("8b", "70b", "405b"):
        for quantisation in QUANTISATIONS:
            model = header(shape, quantisation)
            usual, long = (row(planned(model, MACHINES[name], wish)) for wish in (WISH, LONG))
            lines.append(f"    {shape + ' ' + quantisation:12} {usual:28} | {long}")
    assert "\n".join(lines) == TABLE[name].strip("\n").rstrip()


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("shape", ["8b", "70b", "405b"])
@pytest.mark.parametrize("quantisation", QUANTISATIONS)
@pytest.mark.parametrize("wish", [WISH, LONG], ids=["8k", "128k"])
def test_every_plan_fits_and_adds_up(name: str, shape: str, quantisation: str, wish: LoadWish) -> None:
    model = header(shape, quantisation)
    check(model, MACHINES[name], planned(model, MACHINES[name], wish))


def check(model: Header, on: Machine, found: Plan) -> None:
    """What holds for every plan that no explicit number of layers forced."""
    room = planner.room(on)
    *cards, cpu = found.shares
    check_layers(model, found)
    for card in cards:
        device = next(device for device in on.devices if device.name == card.device)
        assert card.total_bytes <= device.free_bytes - planner.DEVICE_ROOM_BYTES
    shared = {spot.device.name for spot in room.spots if spot.is_shared}
    fixed = cpu.kv_bytes + cpu.compute_bytes + cpu.repack_bytes
    fixed += sum(card.total_bytes for card in cards if card.device in shared)
    weights = max(0, cpu.weights_bytes - model.input_bytes - found.paged_bytes)
    if fixed <= room.memory_bytes:
        assert fixed + weights <= max(room.memory_bytes, fixed)
    else:
        assert fixed <= on.hardware.memory_available_bytes // 2, "only where nothing else is left"
    assert found.paged_bytes <= cpu.weights_bytes
    assert found.parked_bytes <= max(0, room.memory_bytes - fixed - weights)
    assert (found.place == "disk") == (found.paged_bytes > 0)
    assert found.reasons
    assert all(reason.endswith(".") for reason in found.reasons)


def check_layers(model: Header, found: Plan) -> None:
    *cards, cpu = found.shares
    assert cpu.kind == "cpu"
    assert sum(share.layers for share in found.shares) == model.layers
    assert found.gpu_layers == (sum(card.layers for card in cards) + 1 if cards else 0)
    assert found.devices == tuple(card.device for card in cards)
    assert not found.split or sum(found.split) == pytest.approx(1)
    assert len(found.split) in (0, len(cards))
    if cards:
        assert as_llama_splits(model.layers, found) == [*[card.layers for card in cards[:-1]], cards[-1].layers + 1]
    kv_bytes = sum(share.kv_bytes for share in found.shares)
    cells = -(-found.context_tokens // 256) * 256
    assert kv_bytes == pytest.approx(footprint.kv_token_bytes(model, found.kv_type) * cells, rel=1e-3)
    weights = sum(share.weights_bytes for share in found.shares)
    twice = model.output_bytes if model.is_output_tied and cards else 0
    assert abs(weights - twice - model.total_bytes) <= model.embedding * 4, "all weights are somewhere, once"


def as_llama_splits(layers: int, found: Plan) -> list[int]:
    """Layers and output per device, by the rule and in the precision of llama_model_base::load_tensors."""
    ends = np.cumsum(np.array(found.split or (1.0,), dtype=np.float32), dtype=np.float32)
    ends = ends / ends[-1]
    active = min(found.gpu_layers, layers + 1)
    homes = [int(np.searchsorted(ends, np.float32(at) / np.float32(active), side="right")) for at in range(active)]
    return [homes.count(place) for place in range(len(ends))]


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    memory_gb = draw(st.sampled_from([4, 8, 16, 24, 64, 192, 1024]))
    free_gb = memory_gb * draw(st.floats(0.1, 1.0))
    names = draw(st.lists(st.sampled_from([RTX_4090, "NVIDIA A100-SXM4-80GB", "Some GPU"]), max_size=8))
    sizes = [draw(st.floats(1, 90)) for _name in names]
    cards = [
        gpu(f"CUDA{number}", name, size, size * draw(st.floats(0, 1)))
        for number, (name, size) in enumerate(zip(names, sizes, strict=True))
    ]
    if draw(st.booleans()) and not cards:
        return apple(memory_gb, "Apple M2")
    return machine(memory_gb, free_gb, *cards, cores=draw(st.integers(1, 64)))


@st.composite
def models(draw: st.DrawFn) -> Header:
    kv_heads = draw(st.sampled_from([1, 2, 8]))
    shape = Shape(
        layers=draw(st.integers(1, 130)),
        embedding=draw(st.sampled_from([256, 2048, 4096, 16384])),
        feed_forward=draw(st.sampled_from([512, 8192, 53248])),
        heads=kv_heads * draw(st.sampled_from([1, 4])),
        kv_heads=kv_heads,
        vocabulary=draw(st.sampled_from([512, 32000, 128256])),
        context=draw(st.sampled_from([0, 512, 4096, 131072])),
        experts=(experts := draw(st.sampled_from([0, 0, 8]))),
        experts_used=experts // 4,
    )
    return header(shape, draw(st.sampled_from(QUANTISATIONS)), is_tied=draw(st.booleans()))


@st.composite
def wishes(draw: st.DrawFn) -> LoadWish:
    """Without a number of layers, which would be carried out even where it does not fit."""
    return LoadWish(
        Path("model.gguf"),
        context_tokens=draw(st.sampled_from([None, 1, 100, 4096, 131072, 10**7])),
        threads=draw(st.sampled_from([None, 1, 3])),
        kv_type=draw(st.sampled_from([None, "f16", "q8_0", "q4_0"])),
        flash_attention=draw(st.sampled_from([None, "auto", "on", "off"])),
        split=tuple(draw(st.sampled_from([(), (1.0,), (1.0, 3.0), (0.0, 0.0)]))),
        batch_tokens=draw(st.sampled_from([None, 64])),
        micro_batch_tokens=draw(st.sampled_from([None, 16, 1024])),
    )


@settings(deadline=None, max_examples=60)
@given(models(), machines(), wishes())
def test_any_plan_for_any_machine_fits_and_adds_up(model: Header, on: Machine, wish: LoadWish) -> None:
    found = plan(model, on, wish, size_bytes=model.total_bytes)
    if found is None:
        assert least_bytes(model, wish) > planner.LAST_RESORT_SHARE * on.hardware.memory_available_bytes
        return
    check(model, on, found)
    assert 1 <= found.context_tokens <= (model.trained_context or 10**7)
    assert found.micro_batch_tokens == (wish.micro_batch_tokens or found.micro_batch_tokens)
    assert found.micro_batch_tokens <= found.batch_tokens
    assert wish.kv_type in (None, found.kv_type)
    assert found.kv_type == "f16" or found.flash_attention == "on"
    assert 0 <= found.resting_tokens <= found.context_tokens
    assert found.threads >= 1 <= found.batch_threads


def least_bytes(model: Header, wish: LoadWish) -> int:
    """Of memory that cannot be given back, with the shortest context and the smallest cache that the wish allows."""
    kv_type: KvType = wish.kv_type or ("f16" if wish.flash_attention == "off" else "q4_0")
    tokens = min(planner.LEAST_CONTEXT_TOKENS, wish.context_tokens or 10**7, model.trained_context or 10**7)
    setting = footprint.Setting(tokens, wish.micro_batch_tokens or 512, kv_type, wish.flash_attention != "off")
    cache = footprint.kv_bytes(model, range(model.layers), setting.cells, kv_type)
    return cache + footprint.host_bytes(model, setting, devices=1, has_layers=True)


@settings(deadline=None, max_examples=40)
@given(models(), machines(), wishes(), st.sampled_from([None, 0, 1, 20, 1000]))
def test_each_retreat_is_smaller_and_the_last_is_none(
    model: Header, on: Machine, wish: LoadWish, gpu_layers: int | None
) -> None:
    wish = replace(wish, gpu_layers=gpu_layers)
    plans = []
    for retreat in range(10):
        found = plan(model, on, wish, size_bytes=model.total_bytes, retreat=retreat)
        if found is None:
            break
        plans.append(found)
        check_layers(model, found)
    else:
        pytest.fail("it never ends")
    assert len(plans) <= 6
    demands = [(found.gpu_bytes, found.shares[-1].total_bytes - found.shares[-1].weights_bytes) for found in plans]
    assert demands == sorted(demands, reverse=True)
    assert len(set(demands)) == len(demands)
    for found in plans[1:]:
        assert found.refusal
        assert found.gpu_layers <= (model.layers + 1 if gpu_layers is None else gpu_layers)


def test_a_retreat_takes_less_of_the_gpu_and_at_last_none() -> None:
    model, on = header("70b"), MACHINES["2 x 24 GB, 128 GB"]
    layers = [planned(model, on, retreat=retreat).gpu_layers for retreat in range(4)]
    assert layers[0] == 81
    assert layers == sorted(layers, reverse=True)
    assert layers[-1] == 0
    last = planned(model, on, retreat=3)
    assert (last.devices, last.split, last.kv_type) == ((), (), "q8_0")
    assert last.reasons[0] == "The processor does all the work: the GPU has too little free memory."


def test_a_retreat_without_a_gpu_gives_up_copies_first_and_context_last() -> None:
    model, on = header("8b"), MACHINES["24 GB, no GPU"]
    first, second = planned(model, on), planned(model, on, retreat=1)
    assert (first.repack, second.repack) == (True, False)
    assert second.context_tokens == first.context_tokens
    plans = [planned(model, on, retreat=retreat) for retreat in range(5)]
    assert plans[-1].context_tokens == planner.LEAST_CONTEXT_TOKENS
    assert plan(model, on, WISH, size_bytes=0, retreat=5) is None


def test_a_number_of_layers_that_was_asked_for_stands_and_the_reasons_warn() -> None:
    model, on = header("70b"), MACHINES["24 GB GPU, 64 GB"]
    found = planned(model, on, replace(WISH, gpu_layers=70))
    assert found.gpu_layers == 70
    assert any("more than there is room for" in reason for reason in found.reasons)
    check_layers(model, found)
    assert planned(model, on, replace(WISH, gpu_layers=70), retreat=1).gpu_layers < 70


def test_fewer_layers_than_fit_can_be_asked_for() -> None:
    model, on = header("8b"), MACHINES["24 GB GPU, 64 GB"]
    found = planned(model, on, replace(WISH, gpu_layers=10))
    assert (found.gpu_layers, found.place) == (10, "split")
    check(model, on, found)
    none = planned(model, on, replace(WISH, gpu_layers=0))
    assert (none.gpu_layers, none.devices, none.place) == (0, (), "cpu")
    assert none.reasons[0] == "The processor does all the work, as you asked."
    assert planned(model, on, replace(WISH, gpu_layers=1000)).gpu_layers == 33


def test_a_split_that_was_asked_for_is_kept() -> None:
    model, on = header("8b"), MACHINES["2 x 24 GB, 128 GB"]
    found = planned(model, on, replace(WISH, split=(1, 3)))
    assert [share.layers for share in found.shares] == [9, 23, 0]
    assert [share.layers for share in planned(model, on, replace(WISH, split=(0, 1))).shares] == [32, 0]
    assert planned(model, on, replace(WISH, split=(0, 1))).devices == ("CUDA1",)
    large = planned(header("70b", "Q8_0"), on, replace(WISH, split=(1, 3)))
    assert large.shares[1].layers == pytest.approx(3 * large.shares[0].layers, abs=4)
    check(header("70b", "Q8_0"), on, large)


def test_other_wishes_win() -> None:
    wish = replace(WISH, context_tokens=20000, threads=3, kv_type="q4_0", batch_tokens=700, micro_batch_tokens=96)
    found = planned(header("8b"), MACHINES["24 GB GPU, 64 GB"], wish)
    assert (found.context_tokens, found.threads, found.batch_threads) == (20000, 3, 3)
    assert (found.kv_type, found.batch_tokens, found.micro_batch_tokens) == ("q4_0", 700, 96)
    assert found.flash_attention == "on"
    assert len(found.reasons) == 1, "what was asked for needs no reason"


def test_adapters_and_drafts_change_no_layout() -> None:
    wish = replace(WISH, adapters=(Adapter("a.gguf", 1.0),), draft=Path("d.gguf"), is_guessing=False)
    on = MACHINES["12 GB GPU, 32 GB"]
    assert planned(header("8b"), on, wish) == planned(header("8b"), on)


def test_a_quantised_cache_needs_flash_attention_whatever_was_asked_for() -> None:
    on = MACHINES["24 GB GPU, 64 GB"]
    both = planned(header("8b"), on, replace(WISH, kv_type="q8_0", flash_attention="off"))
    assert (both.kv_type, both.flash_attention) == ("q8_0", "on")
    assert any("Flash attention is on" in reason for reason in both.reasons)
    off = planned(header("8b"), on, replace(LONG, flash_attention="off"))
    assert (off.kv_type, off.flash_attention) == ("f16", "off")
    assert planned(header("8b"), on).flash_attention == "auto"


def test_a_context_that_was_asked_for_is_kept_with_a_smaller_cache() -> None:
    found = planned(header("8b", "Q8_0"), MACHINES["24 GB GPU, 64 GB"], LONG)
    assert (found.context_tokens, found.kv_type, found.place) == (131072, "q8_0", "gpu")
    assert any("half the space" in reason for reason in found.reasons)


def test_a_context_that_does_not_fit_becomes_the_longest_that_does_and_says_so() -> None:
    found = planned(header("8b"), MACHINES["16 GB Apple"], LONG)
    assert found.context_tokens == 65536
    assert "The context is 65536 tokens instead of 131072, because more does not fit." in found.reasons


def test_no_model_gets_more_context_than_it_was_trained_for() -> None:
    model = replace(header("8b"), trained_context=4096)
    on = MACHINES["24 GB GPU, 64 GB"]
    assert planned(model, on).context_tokens == 4096
    long = planned(model, on, LONG)
    assert long.context_tokens == 4096
    assert "This model was made for contexts of at most 4096 tokens." in long.reasons
    assert planned(replace(model, trained_context=0), on).context_tokens == 8192


def test_one_card_is_taken_where_one_will_do_the_faster_one() -> None:
    slow, fast = gpu("CUDA0", "NVIDIA GeForce RTX 3060", 24), gpu("CUDA1", RTX_4090, 24)
    assert planned(header("8b"), machine(64, 60, slow, fast)).devices == ("CUDA1",)
    full = replace(fast, free_bytes=2 * 10**9)
    assert planned(header("8b"), machine(64, 60, slow, full)).devices == ("CUDA0",)


def test_cards_of_unlike_size_are_filled_alike() -> None:
    on = machine(128, 120, gpu("CUDA0", RTX_4090, 40), gpu("CUDA1", RTX_4090, 20))
    large, small, cpu = planned(header("70b"), on).shares
    assert cpu.layers == 0
    assert large.layers == pytest.approx(2 * small.layers, rel=0.15)


def test_a_card_without_room_is_left_out() -> None:
    full = gpu("CUDA0", RTX_4090, 24, 0.5)
    assert planned(header("70b"), machine(64, 60, full, gpu("CUDA1", RTX_4090, 24))).devices == ("CUDA1",)
    found = planned(header("8b"), machine(64, 60, full))
    assert (found.place, found.devices) == ("cpu", ())
    assert found.reasons[0] == "The processor does all the work: the GPU has too little free memory."


def test_integrated_graphics_serve_only_where_there_is_no_card() -> None:
    integrated = Device("Vulkan0", "Intel(R) UHD Graphics", "igpu", 8 * GIB, 8 * GIB)
    assert planned(header("8b"), machine(32, 30, integrated)).devices == ("Vulkan0",)
    card = gpu("Vulkan1", "Some card", 12)
    assert planned(header("8b"), machine(32, 30, integrated, card)).devices == ("Vulkan1",)


def test_a_card_that_two_drivers_list_is_one_card() -> None:
    listed = (
        gpu("CUDA0", RTX_4090, 24),
        gpu("Vulkan0", RTX_4090, 24),
        gpu("ROCm0", "AMD Radeon RX 7900 XTX", 24),
        gpu("Vulkan1", "AMD Radeon RX 7900 XTX (RADV NAVI31)", 24),
    )
    assert [card.name for card in planner.usable_devices(listed)] == ["CUDA0", "ROCm0"]
    assert [card.name for card in planner.usable_devices(listed[1:2] * 2)] == ["Vulkan0", "Vulkan0"]


def test_shared_memory_is_never_counted_twice() -> None:
    on = MACHINES["16 GB Apple"]
    found = planned(header("8b", "F16"), on)
    card, cpu = found.shares
    held = card.total_bytes + cpu.total_bytes - found.paged_bytes - header("8b", "F16").input_bytes
    assert held <= planner.room(on).memory_bytes


def test_a_device_that_tells_no_memory_shares_that_of_the_system() -> None:
    found = planned(header("8b"), machine(32, 30, Device("RPC0", "somewhere", "gpu", 0, 0)))
    assert (found.place, found.devices) == ("gpu", ("RPC0",))


def test_a_gpu_that_the_engine_cannot_use_is_named_in_the_reasons() -> None:
    found = planned(header("8b"), machine(32, 30, vendor="nvidia"))
    assert found.reasons[0].endswith("this copy of Paddock cannot use the GPU that is here.")


def test_weights_are_copied_only_where_memory_holds_them_twice() -> None:
    model = header("8b")
    assert planned(model, machine(24, 14)).repack
    assert not planned(model, machine(24, 11)).repack
    assert not planned(header("8b", "F16"), machine(64, 60)).repack, "no CPU has another order for these"
    assert not planned(model, MACHINES["24 GB GPU, 64 GB"]).repack
    shares = planned(model, machine(24, 14)).shares
    assert 0.6 * model.total_bytes < shares[-1].repack_bytes < model.total_bytes


def test_405b_on_24_gb_without_a_gpu_is_read_from_disk_with_its_cache_in_memory() -> None:
    found = planned(header("405b"), MACHINES["24 GB, no GPU"])
    assert (found.place, found.context_tokens, found.kv_type, found.repack) == ("disk", 8192, "f16", False)
    assert found.shares[-1].kv_bytes == 8192 * 504 * 1024
    assert (found.micro_batch_tokens, found.parked_bytes) == (512, 0)


def test_experts_count_for_memory_all_and_for_reading_as_used() -> None:
    model, on = header(MIXTRAL), MACHINES["24 GB GPU, 64 GB"]
    found = planned(model, on)
    check(model, on, found)
    assert found.place == "split"
    assert found.resting_tokens < int(0.03 * model.total_bytes) // footprint.kv_token_bytes(model, "f16")


@pytest.mark.parametrize("name", MACHINES)
def test_a_tiny_model_fits_everywhere(name: str) -> None:
    model = header("tiny", is_tied=True)
    found = planned(model, MACHINES[name])
    check(model, MACHINES[name], found)
    assert found.place in ("gpu", "cpu")
    assert found.micro_batch_tokens == 512


@pytest.mark.parametrize("name", MACHINES)
def test_a_header_that_says_nothing_still_gets_a_plan(name: str) -> None:
    found = plan(without_facts(header("8b")), MACHINES[name], WISH, size_bytes=5 * 10**9)
    assert found is not None
    assert sum(share.weights_bytes for share in found.shares) == 5 * 10**9
    assert plan(without_facts(header("8b")), MACHINES[name], WISH, size_bytes=0) is not None


def test_a_machine_without_memory_gets_no_plan() -> None:
    assert plan(header("8b"), machine(8, 0.05), WISH, size_bytes=0) is None
    assert plan(header("8b"), machine(8, 0.05), WISH, size_bytes=0, retreat=2) is None


@pytest.mark.parametrize(
    ("cores", "fast", "threads", "batch_threads"), [(1, 0, 1, 1), (2, 0, 2, 2), (4, 0, 3, 4), (14, 6, 5, 14)]
)
def test_a_core_is_left_to_the_rest_of_the_machine(cores: int, fast: int, threads: int, batch_threads: int) -> None:
    on = machine(32, 30, cores=cores)
    found = planned(header("8b"), replace(on, hardware=replace(on.hardware, cores_performance=fast)))
    assert (found.threads, found.batch_threads) == (threads, batch_threads)


def test_beside_a_gpu_that_does_all_the_work_few_threads_are_enough() -> None:
    assert planned(header("8b"), MACHINES["8 x 80 GB, 1 TB"]).threads == planner.THREADS_BESIDE_ACCELERATORS


def test_micro_batches_are_as_large_as_can_still_be_stopped() -> None:
    sizes = {name: planned(header("70b"), MACHINES[name]).micro_batch_tokens for name in MACHINES}
    assert sizes["8 x 80 GB, 1 TB"] > sizes["192 GB Apple"] >= planner.LEAST_MICRO_BATCH_TOKENS
    assert sizes["24 GB, no GPU"] == 512, "each one reads all weights from disk"
    assert sizes["24 GB GPU, 64 GB"] == 512, "each one brings weights to the card"
    usual = planned(header("8b"), machine(32, 30, cores=2))
    fast = plan(header("8b"), machine(32, 30, cores=2), WISH, size_bytes=0, speed=MachineSpeed(cpu_sums=20.0))
    assert fast is not None
    assert (usual.micro_batch_tokens, fast.micro_batch_tokens) == (128, 512)


def test_waiting_conversations_get_memory_that_is_left() -> None:
    model = header("8b")
    context_bytes = 8192 * footprint.kv_token_bytes(model, "f16")
    assert planned(model, machine(24, 9.5)).parked_bytes < context_bytes
    assert planned(model, machine(24, 12)).parked_bytes == context_bytes
    assert planned(model, MACHINES["8 x 80 GB, 1 TB"]).parked_bytes == planner.MOST_PARKED_BYTES


def test_tokens_of_others_in_the_cache_slow_decoding_by_three_percent_at_most() -> None:
    model = header("8b")
    found = planned(model, MACHINES["24 GB GPU, 64 GB"])
    read_bytes = found.resting_tokens * footprint.kv_token_bytes(model, "f16")
    assert 0.029 < read_bytes / model.active_bytes <= 0.03
    assert planned(replace(model, kv_widths=(0,) * 32), MACHINES["24 GB GPU, 64 GB"]).resting_tokens == 4096


KV_TYPES: tuple[KvType, ...] = ("f16", "q8_0", "q4_0")


@pytest.mark.parametrize("kv_type", KV_TYPES)
def test_the_plan_says_itself_what_it_takes(kv_type: KvType) -> None:
    found = planned(header("8b"), MACHINES["24 GB GPU, 64 GB"], replace(WISH, kv_type=kv_type))
    assert found.is_whole_on_gpu
    assert found.total_bytes == found.gpu_bytes + found.shares[-1].total_bytes
    assert found.gpu_bytes < 24e9
