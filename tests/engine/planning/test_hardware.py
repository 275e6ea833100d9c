"""Facts about this machine, and about machines made of files."""

from __future__ import annotations

import struct
from pathlib import Path

import psutil
import pytest

from app.engine.planning import hardware
from app.engine.planning.hardware import Gpu

CPUINFO = "processor\t: 0\nmodel name\t: A Fast One\nflags\t\t: fpu sse3 avx avx2 fma avx512f\n\nprocessor\t: 1\n"


def test_this_machine_has_cores_and_memory() -> None:
    facts = hardware.probe()
    assert 1 <= facts.cores_physical <= facts.cores_logical
    assert 0 <= facts.cores_performance <= facts.cores_physical
    assert 0 < facts.memory_available_bytes <= facts.memory_total_bytes
    assert facts.cpu


def test_a_system_that_hides_its_batteries_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    def hidden() -> None:
        raise FileNotFoundError("/sys/class/power_supply")

    monkeypatch.setattr(psutil, "sensors_battery", hidden, raising=False)
    assert not hardware.probe().has_battery


def test_instruction_sets_that_matter_are_named() -> None:
    assert hardware.instruction_sets(CPUINFO) == ("sse3", "avx", "fma", "avx2", "avx512f")
    assert hardware.instruction_sets("Features : fp asimd asimddp\n") == ("asimd", "asimddp")
    assert hardware.instruction_sets("") == ()


def test_graphics_cards_are_found_as_the_system_lists_them(tmp_path: Path) -> None:
    drm, nvidia = tmp_path / "drm", tmp_path / "nvidia"
    for name, vendor in [("card0", "0x8086"), ("card1", "0x10de"), ("card2", "0x1002"), ("card3", "0x1234")]:
        (drm / name / "device").mkdir(parents=True)
        (drm / name / "device" / "vendor").write_text(vendor + "\n")
    (drm / "card2" / "device" / "product_name").write_text("Radeon\n")
    assert hardware.linux_gpus(nvidia, drm) == (Gpu("intel", ""), Gpu("nvidia", ""), Gpu("amd", "Radeon"))
    (nvidia / "0000:01:00.0").mkdir(parents=True)
    (nvidia / "0000:01:00.0" / "information").write_text("Model: \t\t NVIDIA H200\nIRQ: 1\n")
    assert hardware.linux_gpus(nvidia, drm) == (Gpu("nvidia", "NVIDIA H200"), Gpu("intel", ""), Gpu("amd", "Radeon"))


def test_a_machine_without_graphics_cards_has_none(tmp_path: Path) -> None:
    assert hardware.linux_gpus(tmp_path / "a", tmp_path / "b") == ()


def test_fast_cores_of_a_hybrid_processor_are_counted_once_each(tmp_path: Path) -> None:
    (tmp_path / "cpu_core").mkdir()
    (tmp_path / "cpu_core" / "cpus").write_text("0-3,6\n")
    for number, siblings in enumerate(["0-1", "0-1", "2-3", "2-3", "4", "5", "6"]):
        topology = tmp_path / "system" / "cpu" / f"cpu{number}" / "topology"
        topology.mkdir(parents=True)
        (topology / "core_cpus_list").write_text(siblings + "\n")
    assert hardware.linux_performance_cores(tmp_path) == 3


@pytest.mark.parametrize("text", [None, "", "\n", "a-b", "-", "3-1"])
def test_a_processor_with_cores_of_one_kind_lists_no_fast_ones(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "cpu_core").mkdir()
        (tmp_path / "cpu_core" / "cpus").write_text(text)
    assert hardware.linux_performance_cores(tmp_path) == 0


def windows_cores(*classes: int) -> bytes:
    """One SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX per core, of 48 bytes as with one group of processors."""
    return b"".join(struct.pack("<IIBB", 0, 48, 1, efficiency).ljust(48, b"\0") for efficiency in classes)


def test_windows_tells_fast_cores_by_their_class() -> None:
    assert hardware.windows_performance_cores(windows_cores(1, 1, 0, 0, 0, 0)) == 2
    assert hardware.windows_performance_cores(windows_cores(0, 0, 0, 0)) == 0
    assert hardware.windows_performance_cores(b"") == 0


def test_a_list_of_cores_that_makes_no_sense_ends() -> None:
    assert hardware.windows_performance_cores(struct.pack("<IIBB", 0, 0, 1, 1) * 4) == 0
    assert hardware.windows_performance_cores(windows_cores(1, 0, 0)[:-40]) == 1
