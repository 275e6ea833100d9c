"""What belongs into a bundle, on each of the three systems."""

from __future__ import annotations

import struct
from importlib import metadata
from pathlib import Path

import bundled
import icons
import pytest

SITE = "PySide6/Qt"


def libraries(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


def test_on_linux_each_engine_library_comes_once_with_a_link(tmp_path: Path) -> None:
    names = [f"{stem}.so{tail}" for stem in ("libllama", "libggml", "libggml-cpu") for tail in ("", ".0", ".0.25.3")]
    folder = libraries(tmp_path, *names, "libllama-common.so", "libllama-common.so.0")
    entries = bundled.engine_libraries(folder, "linux")
    assert entries == [
        ("llama_cpp/lib/libggml-cpu.so.0", str(folder / "libggml-cpu.so.0"), "BINARY"),
        ("llama_cpp/lib/libggml-cpu.so", "libggml-cpu.so.0", "SYMLINK"),
        ("llama_cpp/lib/libggml.so.0", str(folder / "libggml.so.0"), "BINARY"),
        ("llama_cpp/lib/libggml.so", "libggml.so.0", "SYMLINK"),
        ("llama_cpp/lib/libllama.so.0", str(folder / "libllama.so.0"), "BINARY"),
        ("llama_cpp/lib/libllama.so", "libllama.so.0", "SYMLINK"),
    ]


def test_on_macos_the_same_with_its_own_ending(tmp_path: Path) -> None:
    folder = libraries(tmp_path, "libllama.dylib", "libllama.0.dylib", "libggml-metal.0.dylib", "libggml-metal.dylib")
    assert [entry[0] for entry in bundled.engine_libraries(folder, "darwin")] == [
        "llama_cpp/lib/libggml-metal.0.dylib",
        "llama_cpp/lib/libggml-metal.dylib",
        "llama_cpp/lib/libllama.0.dylib",
        "llama_cpp/lib/libllama.dylib",
    ]


def test_on_windows_the_libraries_as_they_are(tmp_path: Path) -> None:
    folder = libraries(tmp_path, "llama.dll", "ggml.dll", "ggml-cpu.dll", "llama-common.dll", "llama.lib")
    names = [Path(entry[0]).name for entry in bundled.engine_libraries(folder, "win32")]
    assert names == ["ggml-cpu.dll", "ggml.dll", "llama.dll"]


@pytest.mark.parametrize(
    "destination",
    [
        f"{SITE}/plugins/platforms/libqxcb.so",
        f"{SITE}/plugins/platforms/libqwayland.so",
        f"{SITE}/plugins/iconengines/libqsvgicon.so",
        f"{SITE}/plugins/xcbglintegrations/libqxcb-glx-integration.so",
        f"{SITE}/translations/qtbase_de.qm",
        "PySide6\\plugins\\platforms\\qwindows.dll",
        "PySide6\\plugins\\styles\\qmodernwindowsstyle.dll",
        f"{SITE}/plugins/platforms/libqcocoa.dylib",
        f"{SITE}/lib/libQt6Widgets.so.6",
        "qtawesome/fonts/phosphor-1.3.0.ttf",
        "libxcb-cursor.so.0",
        "libpython3.11.so.1.0",
    ],
)
def test_what_a_window_needs_stays(destination: str) -> None:
    assert bundled.is_wanted(destination)


@pytest.mark.parametrize(
    "destination",
    [
        f"{SITE}/plugins/platformthemes/libqgtk3.so",
        f"{SITE}/plugins/platforms/libqvnc.so",
        f"{SITE}/plugins/platforms/libqeglfs.so",
        f"{SITE}/plugins/sqldrivers/libqsqlite.so",
        f"{SITE}/plugins/tls/libqopensslbackend.so",
        f"{SITE}/translations/qt_help_de.qm",
        f"{SITE}/lib/libQt6Quick.so.6",
        "libgtk-3.so.0",
        "libpango-1.0.so.0",
        "llama_cpp/lib/libllama.so.0.5.0",
        "libggml-base.so.0",
        "qtawesome/fonts/remixicon-2.5.0.ttf",
    ],
)
def test_what_it_does_not_need_goes(destination: str) -> None:
    assert not bundled.is_wanted(destination)


def test_licence_texts_come_from_package_metadata() -> None:
    files = bundled.licence_files(metadata.distribution("cryptography"))
    assert {file.name for file in files} >= {"LICENSE", "LICENSE.APACHE", "LICENSE.BSD"}
    assert all(file.is_file() for file in files)


def test_modules_lead_to_the_packages_they_come_from() -> None:
    assert bundled.distributions_of(["keyring.backends.fail", "app.core", "json"]) == ["keyring"]
    assert bundled.licence_summary(["keyring"]).startswith("keyring ")


def test_an_ico_holds_its_pictures_at_the_offsets_it_states() -> None:
    made = icons.ico({16: b"first", 256: b"second one"})
    assert struct.unpack_from("<HHH", made) == (0, 1, 2)
    for index, content in enumerate((b"first", b"second one")):
        *_, length, offset = struct.unpack_from("<BBBBHHII", made, 6 + 16 * index)
        assert made[offset : offset + length] == content


def test_an_icns_states_its_length() -> None:
    made = icons.icns({16: b"abc"})
    assert made[:4] == b"icns"
    assert struct.unpack_from(">I", made, 4) == (len(made),)
    assert made[8:12] == b"icp4"
