"""Facts about this machine, and about machines made of files."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from app.engine import hardware
from app.engine.hardware import Gpu

CPUINFO = "processor\t: 0\nmodel name\t: A Fast One\nflags\t\t: fpu sse3 avx avx2 fma avx512f\n\nprocessor\t: 1\n"


def test_this_machine_has_cores_and_memory() -> None:
    facts = hardware.probe()
    assert 1 <= facts.cores_physical <= facts.cores_logical
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
