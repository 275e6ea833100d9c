"""What both workers of the engine have in common: how they begin, load and end, and what they say of themselves."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path

from app.engine.protocol import Loaded, LoadFailed, LoadProgress, ModelFacts, ToParent

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


def tell_load(send: Callable[[ToParent], None], load: Callable[[], ModelFacts]) -> None:
    """Loads, and says how that went."""
    from app.engine.child.llama.library import LoadError

    try:
        facts = load()
    except LoadError as error:
        send(LoadFailed(error.fault, error.detail))
    else:
        send(Loaded(facts))


def in_steps(send: Callable[[ToParent], None]) -> Callable[[float], None]:
    """For whoever loads: says how far it is, but not for each byte."""
    sent = -1.0

    def on_progress(fraction: float) -> None:
        nonlocal sent
        if fraction - sent >= PROGRESS_STEP or fraction >= 1 > sent:
            sent = fraction
            send(LoadProgress(fraction))

    return on_progress


def own_memory() -> tuple[int, int]:
    """Bytes read from disks so far, and resident in memory; zeros on systems without /proc."""
    read_bytes = resident_bytes = 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        resident_bytes = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        io = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
        read_bytes = int(io.get("read_bytes", 0))
    return read_bytes, resident_bytes
