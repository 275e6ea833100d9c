"""What both workers of the engine need before they have a model: how they end, and what they say of themselves."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path

EXIT_WELL, EXIT_FAULT, EXIT_PROTOCOL, EXIT_REFUSED = 0, 1, 2, 3
PROGRESS_STEP = 0.01
"""Of loading, between two messages about it."""


def skip_package_imports() -> None:
    """Registers the package llama_cpp without running its __init__.

    That would import numpy, jinja2 and a disk cache: 0.7 s at each start, and code that this child never uses.
    """
    spec = importlib.util.find_spec("llama_cpp")
    if spec is not None:
        sys.modules["llama_cpp"] = importlib.util.module_from_spec(spec)


def or_end(work: Callable[[], None]) -> None:
    """A thread without which the child is of no use."""
    try:
        work()
    except Exception:
        sys.excepthook(*sys.exc_info())
        os._exit(EXIT_FAULT)


def own_memory() -> tuple[int, int]:
    """Bytes read from disks so far, and resident in memory; zeros on systems without /proc."""
    read_bytes = resident_bytes = 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        resident_bytes = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        io = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
        read_bytes = int(io.get("read_bytes", 0))
    return read_bytes, resident_bytes
