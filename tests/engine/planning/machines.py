"""Machines and models as values: what planner and forecast are tested with. Nothing of it is really there."""

from __future__ import annotations

import functools
import math
from dataclasses import replace

from app.engine.planning.hardware import Gpu, Hardware, Vendor
from app.engine.planning.planner import Machine
from app.engine.protocol import Device
from app.models.header import Header
from tests.models import forge

GIB = 2**30
X86 = ("avx", "f16c", "fma", "avx2")


@functools.cache
def header(shape: forge.Shape | str, quantisation: str = "Q4_K_M", *, is_tied: bool = False) -> Header:
    """What `read_header` says of a file that forge would write, without writing it."""
    made = forge.SHAPES[shape] if isinstance(shape, str) else shape
    tensors = forge.llama_tensors(made, quantisation, tied=is_tied)
    sizes = {tensor.name: tensor.size_bytes for tensor in tensors}
    layer_bytes = tuple(
        sum(size for name, size in sizes.items() if name.startswith(f"blk.{layer}.")) for layer in range(made.layers)
    )
    output = "token_embd.weight" if is_tied else "output.weight"
    output_bytes = sizes[output] + sizes["output_norm.weight"]
    expert_bytes = sum(size for name, size in sizes.items() if "_exps" in name)
    idle_bytes = expert_bytes * (made.experts - made.experts_used) // made.experts if made.experts else 0
    matrices = [tensor for tensor in tensors if tensor.name.startswith("blk.") and len(tensor.shape) > 1]
    by_format = dict.fromkeys((matrix.format for matrix in matrices), 0)
    for matrix in matrices:
        by_format[matrix.format] += matrix.size_bytes
    head = made.embedding // made.heads
    return Header(
        architecture="llama",
        name="Forged Llama",
        quantisation=quantisation,
        parameters=sum(math.prod(tensor.shape) for tensor in tensors),
        layers=made.layers,
        embedding=made.embedding,
        feed_forward=made.feed_forward,
        heads=made.heads,
        kv_heads=made.kv_heads,
        head_dim_k=head,
        head_dim_v=head,
        kv_widths=(2 * head * made.kv_heads,) * made.layers,
        vocabulary=made.vocabulary,
        trained_context=made.context,
        experts=made.experts,
        experts_used=made.experts_used,
        sliding_window=0,
        rope_base=500000.0,
        rope_scaling="",
        chat_template="",
        adapter_width=0,
        is_adapter=False,
        is_vocabulary_only=False,
        layer_bytes=layer_bytes,
        input_bytes=sizes["token_embd.weight"],
        output_bytes=output_bytes,
        is_output_tied=is_tied,
        other_bytes=sizes["rope_freqs.weight"],
        active_bytes=sum(layer_bytes) - idle_bytes + output_bytes,
        bytes_by_type=by_format,
        output_type=next(tensor.format for tensor in tensors if tensor.name == output),
        repackable_bytes=sum(size for name, size in by_format.items() if name in ("Q4_K", "Q5_K", "Q6_K", "Q8_0")),
        total_bytes=sum(sizes.values()),
        facts={},
    )


def without_facts(known: Header) -> Header:
    """A header that says nothing but what the model is called."""
    return replace(
        known,
        parameters=0,
        layers=0,
        embedding=0,
        feed_forward=0,
        heads=0,
        kv_heads=0,
        head_dim_k=0,
        head_dim_v=0,
        kv_widths=(),
        vocabulary=0,
        trained_context=0,
        layer_bytes=(),
        input_bytes=0,
        output_bytes=0,
        other_bytes=0,
        active_bytes=0,
        bytes_by_type={},
        output_type="",
        repackable_bytes=0,
        total_bytes=0,
    )


def gpu(name: str, description: str, total_gb: float, free_gb: float | None = None) -> Device:
    free = total_gb - 0.4 if free_gb is None else free_gb
    return Device(name, description, "gpu", int(free * 1e9), int(total_gb * 1e9))


def machine(
    memory_gb: float,
    free_gb: float,
    *devices: Device,
    cores: int = 8,
    instruction_sets: tuple[str, ...] = X86,
    vendor: Vendor | None = None,
) -> Machine:
    """`memory_gb` as it is sold (in GiB), `free_gb` as the system says."""
    hardware = Hardware(
        cpu="A processor",
        cores_physical=cores,
        cores_logical=2 * cores,
        instruction_sets=instruction_sets,
        memory_total_bytes=int(memory_gb * GIB),
        memory_available_bytes=int(free_gb * 1e9),
        gpus=() if vendor is None else (Gpu(vendor, ""),),
        has_battery=False,
        is_on_battery=False,
    )
    return Machine(hardware, (*devices, Device("CPU", "A processor", "cpu", 0, 0)))


def apple(memory_gb: float, chip: str) -> Machine:
    """Metal may use two thirds of a small memory and three quarters of a large one (recommendedMaxWorkingSetSize)."""
    share = 0.75 if memory_gb > 36 else 2 / 3
    metal = Device("MTL0", chip, "gpu", int(memory_gb * GIB * share), int(memory_gb * GIB * share))
    free_gb = memory_gb * GIB / 1e9 * (0.7 if memory_gb < 32 else 0.92)
    return machine(memory_gb, free_gb, metal, instruction_sets=("asimddp", "i8mm"), vendor="apple")


RTX_4090 = "NVIDIA GeForce RTX 4090"
MACHINES = {
    "8 GB laptop": machine(8, 5.8, cores=4),
    "16 GB Apple": apple(16, "Apple M2"),
    "12 GB GPU, 32 GB": machine(32, 27, gpu("CUDA0", "NVIDIA GeForce RTX 3060", 12.88), vendor="nvidia"),
    "24 GB GPU, 64 GB": machine(64, 60, gpu("CUDA0", RTX_4090, 25.76), vendor="nvidia"),
    "2 x 24 GB, 128 GB": machine(
        128, 125, gpu("CUDA0", RTX_4090, 25.76), gpu("CUDA1", RTX_4090, 25.76), cores=16, vendor="nvidia"
    ),
    "8 x 80 GB, 1 TB": machine(
        1024,
        1050,
        *(gpu(f"CUDA{number}", "NVIDIA H100 80GB HBM3", 85.0) for number in range(8)),
        cores=96,
        vendor="nvidia",
    ),
    "192 GB Apple": apple(192, "Apple M2 Ultra"),
    "integrated, 16 GB": machine(
        16,
        13,
        Device("Vulkan0", "AMD Radeon 780M (RADV PHOENIX)", "igpu", int(8.5e9), int(8.6e9)),
        vendor="amd",
    ),
    "24 GB, no GPU": machine(24, 23.4, cores=4, instruction_sets=(*X86, "avx512f")),
}
