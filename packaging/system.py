"""What the operating system must bring along, and the sentence that asks for it.

Nothing here installs anything: Paddock never runs a package manager for the person. Qt's libraries are probed
with `ldd` instead of by loading them, because a platform plugin that cannot load ends the process.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

INSTALLERS = {
    "debian": "apt install",
    "fedora": "dnf install",
    "suse": "zypper install",
    "arch": "pacman -S",
}

COMPILER = {"debian": "build-essential", "fedora": "gcc-c++ make", "suse": "gcc-c++ make", "arch": "base-devel"}
VENV = {"debian": "python3-venv", "fedora": "python3-pip", "suse": "python3-pip", "arch": "python-pip"}
PYTHON = {"debian": "python3", "fedora": "python3.13", "suse": "python313", "arch": "python"}
DISPLAY_TOOLS = {
    "debian": "xvfb xauth dbus",
    "fedora": "xorg-x11-server-Xvfb xorg-x11-xauth dbus-daemon",
    "suse": "xvfb-run dbus-1-daemon",
    "arch": "xorg-server-xvfb xorg-xauth dbus",
}

# Which Debian package brings a library that PySide6's wheels expect from the system.
DEBIAN_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libOpenGL.so.0": "libopengl0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libXau.so.6": "libxau6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libdrm.so.2": "libdrm2",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libstdc++.so.6": "libstdc++6",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libwayland-server.so.0": "libwayland-server0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
}

# The part of those that brings the others along: enough to ask for before Qt is there to be probed.
WINDOW_LIBRARIES = (
    "libEGL.so.1",
    "libGL.so.1",
    "libdbus-1.so.3",
    "libfontconfig.so.1",
    "libglib-2.0.so.0",
    "libX11-xcb.so.1",
    "libxkbcommon-x11.so.0",
    "libxcb-cursor.so.0",
    "libxcb-icccm.so.4",
    "libxcb-keysyms.so.1",
    "libxcb-shape.so.0",
)


def family(platform: str, os_release: str) -> str:
    """`debian`, `fedora`, `suse`, `arch`, `macos`, `windows` or `other`, from sys.platform and /etc/os-release."""
    if platform == "darwin":
        return "macos"
    if platform in ("win32", "cygwin"):
        return "windows"
    fields = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    names = (fields.get("ID", "") + " " + fields.get("ID_LIKE", "")).replace('"', "").lower().split()
    for name in names:
        if name in ("debian", "ubuntu"):
            return "debian"
        if name in ("fedora", "rhel", "centos"):
            return "fedora"
        if name in ("suse", "opensuse") or name.startswith("opensuse"):
            return "suse"
        if name in ("arch", "archlinux"):
            return "arch"
    return "other"


def here() -> str:
    """The family of the machine that this runs on."""
    try:
        os_release = Path("/etc/os-release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        os_release = ""
    return family(sys.platform, os_release)


def install_line(system: str, packages: str) -> str:
    """The command that installs `packages`, or "" where we do not know the package manager."""
    if system not in INSTALLERS or not packages:
        return ""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return "{}{} {}".format("" if is_root else "sudo ", INSTALLERS[system], packages)


def install_sentence(system: str, packages: Mapping[str, str], otherwise: str) -> str:
    """ "Install it with: ..." for a package that each family names differently."""
    line = install_line(system, packages.get(system, ""))
    return "Install it with: " + line if line else otherwise


def compiler_sentence(system: str) -> str:
    """What to install so that llama.cpp can be compiled, on systems that have no package manager of their own."""
    if system == "macos":
        return "Install Apple's command line tools with: xcode-select --install"
    if system == "windows":
        return (
            'Install the Visual Studio Build Tools with the workload "Desktop development with C++", '
            "for example with: winget install Microsoft.VisualStudio.2022.BuildTools --override "
            '"--add Microsoft.VisualStudio.Workload.VCTools --includeRecommended --passive"'
        )
    return "Install g++ (or clang++) and make from your system's packages."


def needs_sentence(system: str, *, compiler: bool, venv: bool, libraries: Sequence[str]) -> str:
    """Everything that is missing before the first build, as one sentence with one command; "" when nothing is.

    Missing `libraries` alone are a remark: the window needs them, the build does not.
    """
    wishes = ["a C++ compiler (to build llama.cpp for this processor)"] if compiler else []
    wishes += ["Python's venv module (or pip)"] if venv else []
    wishes += ["libraries that a window is drawn with"] if libraries else []
    if not wishes:
        return ""
    start = "Paddock needs " + " and ".join([", ".join(wishes[:-1])] * bool(wishes[:-1]) + wishes[-1:]) + ". "
    if system not in INSTALLERS:
        steps = [compiler_sentence(system)] if compiler else []
        steps += [f"Install pip for {sys.executable} from your system's packages."] if venv else []
        steps += ["Install what brings {}.".format(", ".join(libraries))] if libraries else []
        return start + " ".join(steps)
    packages = [COMPILER[system]] if compiler else []
    packages += [VENV[system]] if venv else []
    packages += library_packages(system, libraries)
    return start + "Install with: " + install_line(system, " ".join(packages))


def library_packages(system: str, libraries: Sequence[str]) -> list[str]:
    """What to hand to the package manager for these libraries."""
    if system == "debian":
        return sorted({DEBIAN_LIBRARIES[name] for name in libraries if name in DEBIAN_LIBRARIES})
    if system in ("fedora", "suse"):
        # rpm finds a package by the library it provides.
        return [f"'{name}()(64bit)'" for name in libraries]
    return []


def has_compiler(system: str, environment: Mapping[str, str]) -> bool:
    """Whether a C and a C++ compiler are there. CMake and Ninja need not be: the build fetches them itself."""
    if system == "windows":
        return bool(shutil.which("cl") or shutil.which("g++") or shutil.which("clang-cl")) or _has_visual_studio()
    if system == "macos":
        # /usr/bin/cc is there on every Mac and only opens a dialog as long as the tools are not.
        return subprocess.call(["xcode-select", "-p"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0

    def found(variable: str, names: Iterable[str]) -> bool:
        wish = environment.get(variable, "").split()
        return any(shutil.which(name) for name in (wish[:1] or names))

    return found("CC", ("cc", "gcc", "clang")) and found("CXX", ("c++", "g++", "clang++"))


def _has_visual_studio() -> bool:
    programs = os.environ.get("PROGRAMFILES(X86)", "")
    locator = Path(programs) / "Microsoft Visual Studio" / "Installer" / "vswhere.exe"
    if not programs or not locator.is_file():
        return False
    component = "Microsoft.VisualStudio.Component.VC.Tools.x86.x64"
    found = subprocess.run(
        [str(locator), "-products", "*", "-requires", component, "-property", "installationPath"],
        stdout=subprocess.PIPE,
    )
    return bool(found.stdout.strip())


def unresolved(ldd_output: str) -> list[str]:
    """The libraries that ldd could not find, sorted, each once; Qt's own (which rpath finds) left out."""
    lines = [line.split("=>") for line in ldd_output.splitlines() if "=> not found" in line]
    return sorted({name.strip() for name, _ in lines if not name.strip().startswith("libQt6")})


def window_plugin(environment: Mapping[str, str]) -> str:
    """The file name of Qt's plugin for this session: X11's wherever there is an X server, also beside Wayland."""
    only_wayland = bool(environment.get("WAYLAND_DISPLAY")) and not environment.get("DISPLAY")
    return "libqwayland.so" if only_wayland else "libqxcb.so"


def libraries_absent_from(ldconfig_output: str) -> list[str]:
    """What an X11 window will need and `ldconfig -p` does not list: a look ahead, before Qt itself is there."""
    present = {line.split()[0] for line in ldconfig_output.splitlines() if "=>" in line}
    return [name for name in WINDOW_LIBRARIES if name not in present] if present else []


def window_libraries_to_come() -> list[str]:
    """The libraries that a window will miss on this machine, as far as can be told without Qt."""
    ldconfig = shutil.which("ldconfig") or shutil.which("ldconfig", path="/sbin:/usr/sbin")
    if not sys.platform.startswith("linux") or ldconfig is None:
        return []
    listing = subprocess.run([ldconfig, "-p"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return libraries_absent_from(listing.stdout.decode("utf-8", "replace"))


def missing_qt_libraries(pyside: Path, environment: Mapping[str, str]) -> list[str]:
    """The system libraries that Qt lacks here. Empty where nothing is missing or it cannot be told."""
    ldd = shutil.which("ldd")
    if not sys.platform.startswith("linux") or ldd is None:
        return []
    missing: dict[str, None] = {}
    plugin = pyside / "Qt" / "plugins" / "platforms" / window_plugin(environment)
    for file in (pyside / "QtWidgets.abi3.so", pyside / "QtSvg.abi3.so", plugin):
        listing = subprocess.run([ldd, str(file)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        missing.update(dict.fromkeys(unresolved(listing.stdout.decode("utf-8", "replace"))))
    return sorted(missing)


def qt_sentence(system: str, libraries: Sequence[str]) -> str:
    """Which packages to install for Qt's missing libraries."""
    start = "The window needs system libraries that are not installed: " + ", ".join(libraries) + ". "
    packages = library_packages(system, libraries)
    if not packages:
        return start + "Install the packages that bring them."
    return start + "Install with: " + install_line(system, " ".join(packages))
