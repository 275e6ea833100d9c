"""How fast a machine is likely to be, by what its parts are called, and corrected by what it has shown.

First guesses err on the slow side. All rates are what arrives in practice, not what a data sheet promises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType

from app.engine.planning.hardware import Hardware
from app.engine.protocol import DeviceKind

# Memory bandwidth in GB/s, from the makers' data sheets, by a part of the name that llama.cpp reports.
_BANDWIDTHS = """
    gtx 1060:192 gtx 1070:256 gtx 1080:320 gtx 1080 ti:484 gtx 1650:128 gtx 1660:192 gtx 1660 ti:288 titan rtx:672
    rtx 2060:336 rtx 2070:448 rtx 2080:448 rtx 2080 ti:616 rtx 3050:224 rtx 3060:360 rtx 3060 ti:448 rtx 3070:448
    rtx 3070 ti:608 rtx 3080:760 rtx 3080 ti:912 rtx 3090:936 rtx 4060:272 rtx 4060 ti:288 rtx 4070:504
    rtx 4070 ti super:672 rtx 4080:717 rtx 4090:1008 rtx 5050:320 rtx 5060:448 rtx 5070:672 rtx 5070 ti:896
    rtx 5080:960 rtx 5090:1792 rtx a2000:288 rtx a4000:448 rtx a5000:768 rtx a6000:768 rtx 4000 ada:360
    rtx 5000 ada:576 rtx 6000 ada:960 rtx pro 6000:1792 tesla p40:347 p100:732 v100:900 tesla t4:320 a10:600 a30:933
    a40:696 l4:300 l40:864 l40s:864 a100:1555 a100 80gb:1935 a100-sxm4-80gb:2039 a100-sxm-80gb:2039 h100:2039
    h100 80gb hbm3:3350 h100 nvl:3900 h200:4800 gh200:4000 b200:7700 gb10:273
    rx 6600:224 rx 6700 xt:384 rx 6800:512 rx 6900 xt:512 rx 7600:288 rx 7700 xt:432 rx 7800 xt:624 rx 7900 xt:800
    rx 7900 xtx:960 rx 9060 xt:320 rx 9070:640 pro w7800:576 pro w7900:864 mi50:1024 mi100:1229 mi210:1638 mi250:1638
    mi300x:5300 arc a380:186 arc a750:512 arc a770:512 arc b570:380 arc b580:456
    apple m1:68 apple m1 pro:200 apple m1 max:400 apple m1 ultra:800 apple m2:100 apple m2 pro:200 apple m2 max:400
    apple m2 ultra:800 apple m3:100 apple m3 pro:150 apple m3 max:300 apple m3 ultra:819 apple m4:120 apple m4 pro:273
    apple m4 max:410 apple m5:153
"""
BANDWIDTHS = MappingProxyType(
    {name.strip(): float(rate) for name, rate in re.findall(r"([a-z][\w -]*?):(\d+)", _BANDWIDTHS)}
)
# Sums (floating-point operations) per byte of bandwidth while reading a prompt, by llama-bench runs that people
# published: an RTX 3060 reads about 2000 tokens of an 8B model per second, an M1 Max 500, an RX 7900 XTX 2600.
_SUMS_PER_BYTE = MappingProxyType({"nvidia": 60.0, "amd": 40.0, "apple": 20.0, "intel": 25.0, "": 25.0})
_UNKNOWN_BANDWIDTHS: MappingProxyType[DeviceKind, float] = MappingProxyType(
    {"gpu": 200.0, "igpu": 40.0, "accelerator": 40.0, "cpu": 40.0}
)
SHARE_OF_DATA_SHEET = 0.65  # RTX 3080 0.68, RTX 2080 0.74, M1 Max 0.72, M3 Ultra 0.69 with 70B, RTX 4090 0.6
LAPTOP_SHARE = 0.55  # chips of the same name have slower memory in laptops
CORE_BYTES_PER_S = 10e9
CPU_BYTES_PER_S = 40e9  # two channels of DDR4
SERVER_CORES, SERVER_BYTES_PER_S = 24, 120e9
# Sums per second and core while reading a prompt; an 8B model at four bits showed 80 to 160 with AVX-512.
_CORE_SUMS = (("avx512f", 70e9), ("i8mm", 60e9), ("asimddp", 40e9), ("avx2", 45e9))
_SLOW_CORE_SUMS = 8e9
DISK_BYTES_PER_S = 1.5e9  # a middling SSD
LINK_BYTES_PER_S = 8e9  # ordinary memory to a graphics card


@dataclass(frozen=True, slots=True)
class MachineSpeed:
    """How many times faster than the first guesses a machine turned out to be."""

    cpu_memory: float = 1.0
    cpu_sums: float = 1.0
    gpu_memory: float = 1.0
    gpu_sums: float = 1.0
    disk: float = 1.0


AS_GUESSED = MachineSpeed()


@dataclass(frozen=True, slots=True)
class Rates:
    bytes_per_s: float
    sums_per_s: float


def cpu_rates(hardware: Hardware, speed: MachineSpeed, *, threads: int, prefill_threads: int) -> Rates:
    most = SERVER_BYTES_PER_S if hardware.cores_physical >= SERVER_CORES else CPU_BYTES_PER_S
    sums = next((rate for name, rate in _CORE_SUMS if name in hardware.instruction_sets), _SLOW_CORE_SUMS)
    return Rates(
        min(max(1, threads) * CORE_BYTES_PER_S, most) * speed.cpu_memory,
        max(1, prefill_threads) * sums * speed.cpu_sums,
    )


def device_rates(description: str, kind: DeviceKind, speed: MachineSpeed) -> Rates:
    bandwidth = (bandwidth_of(description) or _UNKNOWN_BANDWIDTHS[kind]) * 1e9
    return Rates(
        bandwidth * SHARE_OF_DATA_SHEET * speed.gpu_memory,
        bandwidth * _SUMS_PER_BYTE[_maker(description)] * speed.gpu_sums,
    )


def bandwidth_of(description: str) -> float:
    """GB/s by the data sheet, 0 for names that are not listed."""
    name = " ".join(description.lower().replace("(tm)", "").replace("(r)", "").split())
    listed = [known for known in BANDWIDTHS if re.search(rf"\b{re.escape(known)}\b", name)]
    if not listed:
        return 0.0
    rate = BANDWIDTHS[max(listed, key=len)]
    return rate * LAPTOP_SHARE if "laptop" in name or "mobile" in name else rate


def _maker(description: str) -> str:
    name = description.lower()
    signs = (
        ("nvidia", ("nvidia", "geforce", "rtx", "gtx", "tesla")),
        ("amd", ("amd", "radeon")),
        ("apple", ("apple",)),
        ("intel", ("intel",)),
    )
    return next((maker for maker, words in signs if any(word in name for word in words)), "")
