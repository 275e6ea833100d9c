"""The same limits from macOS's own sandbox. Written but never run by us."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from pathlib import Path

from app.sandbox import limits
from app.sandbox.proof import Guards


def give_up(readable: Iterable[str]) -> Guards:
    """sandbox_init is deprecated since 10.8, still shipped, and needs no entitlement."""
    limits.forbid_files_and_dumps()
    try:
        library = ctypes.CDLL("/usr/lib/libSystem.dylib", use_errno=True)
        library.sandbox_init.argtypes = [ctypes.c_char_p, ctypes.c_uint64, ctypes.POINTER(ctypes.c_char_p)]
        error = ctypes.c_char_p()
        took = library.sandbox_init(profile(readable).encode(), 0, ctypes.byref(error)) == 0
    except (OSError, AttributeError):
        took = False
    return Guards(no_core_dump=limits.has_no_core_dump(), other="macos-sandbox" if took else "")


def profile(readable: Iterable[str]) -> str:
    """No network, no writes, no new process, and of people's files only what is listed. The last rule wins."""
    quoted = [str(Path(path).resolve()).replace("\\", "\\\\").replace('"', '\\"') for path in readable]
    allowed = " ".join(f'(subpath "{path}")' for path in quoted)
    return "\n".join(
        (
            "(version 1)",
            "(allow default)",
            "(deny network*)",
            "(deny process-exec*)",
            "(deny process-fork)",
            "(deny signal (target others))",
            "(deny file-write*)",
            '(allow file-write-data (literal "/dev/null"))',
            '(deny file-read-data (subpath "/Users") (subpath "/Volumes") (subpath "/private"))',
            f"(allow file-read* {allowed})" if allowed else "",
        )
    )
