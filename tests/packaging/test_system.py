"""The sentences a person reads when their system lacks something, and how we find out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import system

DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n'
LDD = """\
\tlinux-vdso.so.1 (0x00007ffd)
\tlibQt6Widgets.so.6 => not found
\tlibEGL.so.1 => not found
\tlibxcb-cursor.so.0 => not found
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)
\tlibEGL.so.1 => not found
"""


@pytest.mark.parametrize(
    ("platform", "os_release", "family"),
    [
        ("linux", DEBIAN, "debian"),
        ("linux", 'ID=linuxmint\nID_LIKE="ubuntu debian"\n', "debian"),
        ("linux", "ID=fedora\n", "fedora"),
        ("linux", 'ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n', "suse"),
        ("linux", "ID=manjaro\nID_LIKE=arch\n", "arch"),
        ("linux", "", "other"),
        ("darwin", "", "macos"),
        ("win32", "", "windows"),
    ],
)
def test_the_system_is_recognised(platform: str, os_release: str, family: str) -> None:
    assert system.family(platform, os_release) == family


def test_all_that_a_bare_debian_lacks_is_one_command() -> None:
    sentence = system.needs_sentence("debian", compiler=True, venv=True, libraries=["libEGL.so.1", "libGL.so.1"])
    assert sentence.startswith("Paddock needs a C++ compiler (to build llama.cpp for this processor), Python's venv")
    assert sentence.endswith("apt install build-essential python3-venv libegl1 libgl1")
    assert "\n" not in sentence


def test_nothing_is_said_where_nothing_is_missing() -> None:
    assert system.needs_sentence("debian", compiler=False, venv=False, libraries=[]) == ""


@pytest.mark.parametrize("family", ["debian", "fedora", "suse", "arch", "macos", "windows", "other"])
def test_every_system_gets_a_next_step_for_a_missing_compiler(family: str) -> None:
    sentence = system.needs_sentence(family, compiler=True, venv=False, libraries=[])
    assert any(word in sentence for word in ("Install with: ", "xcode-select --install", "Build Tools", "Install g++"))


def test_rpm_systems_are_asked_for_libraries_by_what_they_provide() -> None:
    assert "'libEGL.so.1()(64bit)'" in system.qt_sentence("fedora", ["libEGL.so.1"])


def test_a_library_without_a_known_package_is_named() -> None:
    assert "libodd.so.7" in system.qt_sentence("debian", ["libodd.so.7"])
    assert "libodd.so.7" in system.qt_sentence("other", ["libodd.so.7"])


def test_missing_libraries_are_read_from_ldd_once_each_without_qts_own() -> None:
    assert system.unresolved(LDD) == ["libEGL.so.1", "libxcb-cursor.so.0"]


def test_every_library_of_the_look_ahead_has_a_debian_package() -> None:
    assert set(system.WINDOW_LIBRARIES) <= set(system.DEBIAN_LIBRARIES)


def test_the_look_ahead_compares_with_the_linkers_list() -> None:
    listing = "\n".join(f"\t{name} (libc6,x86-64) => /lib/{name}" for name in system.WINDOW_LIBRARIES[1:])
    assert system.libraries_absent_from(listing) == [system.WINDOW_LIBRARIES[0]]
    assert system.libraries_absent_from("") == []


def test_an_x_server_beside_wayland_means_the_x11_plugin() -> None:
    assert system.window_plugin({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}) == "libqxcb.so"
    assert system.window_plugin({"WAYLAND_DISPLAY": "wayland-0"}) == "libqwayland.so"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="compilers are looked for on PATH on Linux only")
def test_a_compiler_named_by_the_environment_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cc", "c++"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert system.has_compiler("debian", {})
    assert not system.has_compiler("debian", {"CXX": "clang++-99 -O1"})
