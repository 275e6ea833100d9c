"""What this machine is: facts only, no decisions, and no vendor library that could crash or phone home.

A graphics card is seen the way the system lists it, whether or not the engine was built to use it: the
difference between the two is what `doctor` tells people about.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
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


# The same where there is no /proc/cpuinfo: IsProcessorFeaturePresent (winnt.h), and sysctl below hw.optional.arm.
WINDOWS_FEATURES = {"avx": 39, "avx2": 40, "avx512f": 41, "asimddp": 43}
APPLE_FEATURES = {"asimddp": "FEAT_DotProd", "i8mm": "FEAT_I8MM", "bf16": "FEAT_BF16", "sme": "FEAT_SME"}


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
    cores_performance: int = 0  # physical ones of the fast kind; 0 where all are alike, or nobody says


def probe() -> Hardware:
    """Takes some milliseconds; memory is of this moment."""
    memory = psutil.virtual_memory()
    logical = _usable_cores()
    physical = min(psutil.cpu_count(logical=False) or logical, logical)
    battery = _battery()
    cpuinfo = _read(Path("/proc/cpuinfo"))
    return Hardware(
        cpu=_field(cpuinfo, "model name") or _apple_chip() or platform.processor() or platform.machine(),
        cores_physical=physical,
        cores_logical=logical,
        cores_performance=min(_performance_cores(), physical),
        instruction_sets=instruction_sets(cpuinfo) or _features(),
        memory_total_bytes=memory.total,
        memory_available_bytes=memory.available,
        gpus=_gpus(),
        has_battery=battery is not None,
        is_on_battery=battery is False,
    )


def is_on_battery() -> bool:
    """Whether work that can wait should wait."""
    return _battery() is False


def instruction_sets(cpuinfo: str) -> tuple[str, ...]:
    """Those that matter, from the text of /proc/cpuinfo; empty on systems without it."""
    flags = (_field(cpuinfo, "flags") or _field(cpuinfo, "Features")).split()
    return tuple(name for name in INSTRUCTION_SETS if name in flags)


def _usable_cores() -> int:
    """Those that this process may use: fewer than the machine has in a container or under taskset."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _performance_cores() -> int:
    if sys.platform == "darwin":
        return _sysctl_number("hw.perflevel0.physicalcpu")
    if sys.platform == "win32":
        return windows_performance_cores(_windows_cores())
    return linux_performance_cores(Path("/sys/devices"))


def linux_performance_cores(devices: Path) -> int:
    """Physical cores of the kind that Intel's hybrid processors list apart; 0 on all others."""
    fast = _numbers(_read(devices / "cpu_core" / "cpus"))
    siblings = {_read(devices / f"system/cpu/cpu{number}/topology/core_cpus_list") or str(number) for number in fast}
    return len(siblings)


def _numbers(text: str) -> tuple[int, ...]:
    """Of a list as the kernel writes it: "0-3,8"."""
    found: list[int] = []
    for part in filter(None, text.strip().split(",")):
        first, _dash, last = part.partition("-")
        if not first.isdecimal() or not (last or first).isdecimal():
            return ()
        found += range(int(first), min(int(last or first), 4096) + 1)
    return tuple(found)


def windows_performance_cores(cores: bytes) -> int:
    """How many of the cores have the highest efficiency class (the fastest); 0 where they do not differ.

    `cores` are records of SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX (winnt.h), one per physical core.
    """
    classes = []
    while len(cores) >= 10:
        _relation, size, _flags, efficiency_class = struct.unpack_from("<IIBB", cores)
        if size < 10:
            return 0
        classes.append(efficiency_class)
        cores = cores[size:]
    return classes.count(max(classes)) if len(set(classes)) > 1 else 0


def _windows_cores() -> bytes:
    if sys.platform == "win32":
        query = ctypes.windll.kernel32.GetLogicalProcessorInformationEx
        size = ctypes.c_uint32(0)
        query(0, None, ctypes.byref(size))  # 0: RelationProcessorCore
        buffer = ctypes.create_string_buffer(size.value)
        if size.value and query(0, buffer, ctypes.byref(size)):
            return buffer.raw
    return b""


def _features() -> tuple[str, ...]:
    """Instruction sets by the system's own word, where it keeps no list of them."""
    if sys.platform == "win32":
        has = ctypes.windll.kernel32.IsProcessorFeaturePresent
        return tuple(name for name, number in WINDOWS_FEATURES.items() if has(number))
    if sys.platform == "darwin":
        return tuple(name for name, key in APPLE_FEATURES.items() if _sysctl_number(f"hw.optional.arm.{key}"))
    return ()


def _apple_chip() -> str:
    return _sysctl("machdep.cpu.brand_string").rstrip(b"\0").decode("utf-8", "replace")


def _sysctl_number(name: str) -> int:
    value = _sysctl(name)
    return int.from_bytes(value, "little") if len(value) in (4, 8) else 0


def _sysctl(name: str) -> bytes:
    """What macOS knows under `name`, empty elsewhere."""
    if sys.platform == "darwin":
        ask = ctypes.CDLL(None).sysctlbyname
        size = ctypes.c_size_t(256)
        buffer = ctypes.create_string_buffer(size.value)
        if ask(name.encode(), buffer, ctypes.byref(size), None, 0) == 0:
            return buffer.raw[: size.value]
    return b""


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
        return (Gpu("apple", _apple_chip()),) if platform.machine() == "arm64" else ()
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
