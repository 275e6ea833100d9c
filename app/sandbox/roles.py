"""What each kind of child keeps: `ROLES` is the one table of it."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal

from app.frozen import dataclass

Role = Literal["engine", "formulas", "parser", "probe"]


@dataclass(frozen=True, slots=True)
class Remains:
    """What a role keeps. Paths are glob patterns; what does not exist on this machine is left out.

    Everybody keeps the interpreter, the installed packages and this app (`own_code`), memory, time and threads.
    `seccomp.REFUSED` spells out the families of calls.
    """

    readable: tuple[str, ...]  # files, or folders with everything in them
    devices: tuple[str, ...]  # read, write and ioctl
    refused: tuple[str, ...]
    is_granted: bool = True  # may read the paths handed to `give_up`


_LIBRARIES = ("/usr", "/lib*", "/etc/ld.so.cache", "/nix/store", "/gnu/store", "/home/linuxbrew/.linuxbrew")
_MACHINE = (
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/vm",
    "/proc/sys/kernel/numa_balancing",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
    "/sys/kernel/mm/transparent_hugepage",
)
# What CUDA, ROCm and Vulkan drivers read to find themselves and their cards. Not yet run with a GPU.
_GPU_FACTS = (
    "/proc/devices",
    "/proc/modules",
    "/proc/driver/nvidia*",
    "/sys/module/nvidia*",
    "/sys/class/drm",
    "/sys/class/drm/*/device",
    "/sys/class/kfd",
    "/sys/devices/virtual/kfd",
    "/sys/bus/pci/devices",
    "/etc/vulkan",
    "/etc/OpenCL",
    "/etc/nvidia",
    "/opt/cuda*",
    "/opt/rocm*",
    "/run/opengl-driver",
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_GPU_DEVICES = ("/dev/nvidia*", "/dev/dri", "/dev/kfd", "/dev/dxg", "/dev/nvmap", "/dev/nvhost*")

ROLES: Final[Mapping[Role, Remains]] = {
    "engine": Remains(
        readable=_LIBRARIES + _MACHINE + _GPU_FACTS,
        devices=_DEVICES + _GPU_DEVICES,
        refused=("network", "processes", "kernel", "names"),
    ),
    # Documents come down its pipe. A grant is the trained data of text recognition, where that is installed.
    "parser": Remains(
        readable=_LIBRARIES,
        devices=("/dev/null", "/dev/urandom"),
        refused=("network", "processes", "kernel", "names"),
    ),
    # Reads nothing but its own fonts, and TeX down its pipe.
    "formulas": Remains(
        readable=_LIBRARIES,
        devices=("/dev/null", "/dev/urandom"),
        refused=("network", "processes", "kernel", "names"),
        is_granted=False,
    ),
    # The engine's limits without a grant: for the tests of what a grant adds.
    "probe": Remains(
        readable=_LIBRARIES + _MACHINE + _GPU_FACTS,
        devices=_DEVICES + _GPU_DEVICES,
        refused=("network", "processes", "kernel", "names"),
        is_granted=False,
    ),
}


def existing(patterns: Iterable[str]) -> list[str]:
    return [path for pattern in patterns for path in glob.glob(pattern)]  # noqa: PTH207 - Path.glob is relative


def own_code() -> list[str]:
    """Folders with the interpreter, the installed packages and this app, or the frozen bundle."""
    app = Path(__file__).resolve().parents[1]
    folders = [sys.prefix, sys.base_prefix, str(app), str(app.parent / "resources")]
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle is not None:
        folders += [str(bundle), str(Path(sys.executable).resolve().parent)]
    return folders
