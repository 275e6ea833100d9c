"""Whether a window can open here at all. Qt itself answers that with an abort and a page of text."""

from __future__ import annotations

import ctypes
import os
import sys

from app.text import _

# What Qt's widgets and its X11 plugin load, and the Debian/Ubuntu package that has it.
_LIBRARIES = (
    ("libEGL.so.1", "libegl1"),
    ("libGL.so.1", "libgl1"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
    ("libfontconfig.so.1", "libfontconfig1"),
    ("libdbus-1.so.3", "libdbus-1-3"),
    ("libglib-2.0.so.0", "libglib2.0-0"),
)
_X11_LIBRARIES = (
    ("libxcb-cursor.so.0", "libxcb-cursor0"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    ("libxcb-icccm.so.4", "libxcb-icccm4"),
    ("libxcb-image.so.0", "libxcb-image0"),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    ("libxcb-randr.so.0", "libxcb-randr0"),
    ("libxcb-render-util.so.0", "libxcb-render-util0"),
    ("libxcb-shape.so.0", "libxcb-shape0"),
    ("libxcb-xkb.so.1", "libxcb-xkb1"),
)


def missing_for_a_window() -> str:
    """A sentence that says what keeps a window from opening; empty when nothing does."""
    if not sys.platform.startswith("linux"):
        return ""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    is_screenless = platform.partition(":")[0] in ("offscreen", "minimal", "vnc")
    has_wayland = bool(os.environ.get("WAYLAND_DISPLAY"))
    if not (is_screenless or has_wayland or os.environ.get("DISPLAY")):
        command = "paddock" if getattr(sys, "frozen", False) else "python3 packaging/dev.py run"
        return _('There is no screen here. Use a desktop session, or ask in the terminal: {command} ask "…"').format(
            command=command
        )
    needed = _LIBRARIES if is_screenless or has_wayland else _LIBRARIES + _X11_LIBRARIES
    packages = [package for library, package in needed if not _loads(library)]
    if not packages:
        return ""
    return _("Qt needs system libraries that are not here. On Debian or Ubuntu: sudo apt install {names}").format(
        names=" ".join(packages)
    )


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
