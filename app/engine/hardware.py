"""What this machine is: facts only, no decisions, and no vendor library that could crash or phone home.

A graphics card is seen the way the system lists it, whether or not the engine was built to use it: the
difference between the two is what `doctor` tells people about.
"""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

Vendor = Literal["nvidia", "amd", "intel", "apple", "other"]

# PCI vendor ids.
VENDORS: dict[str, Vendor] = {"0x10de": "nvidia", "0x1002": "amd", "0x8086": "intel"}
# What llama.cpp has faster code for, as /proc/cpuinfo spells it (x86, then ARM).
INSTRUCTION_SETS = (
    *("sse3", "ssse3", "sse4_1", "sse4_2", "avx", "f16c", "fma", "bmi2", "avx2", "avx_vnni"),
    *("avx512f", "avx512bw", "avx512vl", "avx512_vbmi", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_int8"),
    *("asimd", "asimddp", "fphp", "i8mm", "bf16", "sve", "sve2", "sme"),
)


@dataclass(frozen=True, slots=True)
class Gpu:
    vendor: Vendor
    name: str  # as the system calls it, empty where it does not say


@dataclass(frozen=True, slots=True)
class Hardware:
    cpu: str
    cores_physical: int
    cores_logical: int
    instruction_sets: tuple[str, ...]
    memory_total_bytes: int
    memory_available_bytes: int
    gpus: tuple[Gpu, ...]
    has_battery: bool
    is_on_battery: bool


def probe() -> Hardware:
    """Takes some milliseconds; memory is of this moment."""
    memory = psutil.virtual_memory()
    logical = _usable_cores()
    battery = _battery()
    cpuinfo = _read(Path("/proc/cpuinfo"))
    return Hardware(
        cpu=_field(cpuinfo, "model name") or platform.processor() or platform.machine(),
        cores_physical=min(psutil.cpu_count(logical=False) or logical, logical),
        cores_logical=logical,
        instruction_sets=instruction_sets(cpuinfo),
        memory_total_bytes=memory.total,
        memory_available_bytes=memory.available,
        gpus=_gpus(),
        has_battery=battery is not None,
        is_on_battery=battery is False,
    )


def instruction_sets(cpuinfo: str) -> tuple[str, ...]:
    """Those that matter, from the text of /proc/cpuinfo; empty on systems without it."""
    flags = (_field(cpuinfo, "flags") or _field(cpuinfo, "Features")).split()
    return tuple(name for name in INSTRUCTION_SETS if name in flags)


def _usable_cores() -> int:
    """Those that this process may use: fewer than the machine has in a container or under taskset."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _battery() -> bool | None:
    """Whether the machine is plugged in, None without a battery."""
    read = getattr(psutil, "sensors_battery", None)  # not there on every system
    try:
        state = read() if read is not None else None
    except OSError:  # no /sys, as in some containers
        return None
    return None if state is None else bool(state.power_plugged)


def _gpus() -> tuple[Gpu, ...]:
    if sys.platform == "darwin":
        return (Gpu("apple", platform.processor()),) if platform.machine() == "arm64" else ()
    if sys.platform == "win32":
        return _windows_gpus(Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32")
    return linux_gpus(Path("/proc/driver/nvidia/gpus"), Path("/sys/class/drm"))


def linux_gpus(nvidia: Path, drm: Path) -> tuple[Gpu, ...]:
    """From the NVIDIA driver's own folder (it has names), and the graphics cards of /sys/class/drm."""
    found = [Gpu("nvidia", _field(_read(card), "Model")) for card in sorted(nvidia.glob("*/information"))]
    is_named = bool(found)
    for card in sorted(drm.glob("card*/device/vendor")):
        vendor = VENDORS.get(_read(card).strip(), "other")
        if vendor == "other" or (vendor == "nvidia" and is_named):
            continue  # a virtual display, or a card that stands in the list by name
        found.append(Gpu(vendor, _read(card.parent / "product_name").strip()))
    return tuple(found)


def _windows_gpus(system: Path) -> tuple[Gpu, ...]:
    """By the driver's user-mode library: enough to say that there is one."""
    libraries: tuple[tuple[str, Vendor], ...] = (("nvcuda.dll", "nvidia"), ("amdhip64.dll", "amd"))
    return tuple(Gpu(vendor, "") for library, vendor in libraries if (system / library).exists())


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _field(text: str, name: str) -> str:
    """The value of the first `name : value` line."""
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon and key.strip() == name:
            return value.strip()
    return ""
