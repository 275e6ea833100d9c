"""What to expect of a model file before anything of it is loaded: what it is, and whether the memory holds it."""

from __future__ import annotations

from pathlib import Path

from app.engine.planning import hardware
from app.engine.protocol import LoadWish
from app.models import gguf
from app.text import _


def wish_for(path: Path, context_tokens: int | None = None) -> LoadWish:
    """How a model file is loaded when nothing but its path is known."""
    return LoadWish(path=gguf.check(path).path, context_tokens=context_tokens, gpu_layers=None, threads=None)


def look_at_model(path: Path) -> tuple[gguf.ModelFile, str]:
    """A model file, and a sentence when it is larger than the memory that is free. Raises ModelFault."""
    found = gguf.check(path)
    return found, memory_warning(found.size_bytes)


def memory_warning(size_bytes: int) -> str:
    """What to expect of a model larger than the free memory; empty for one that fits."""
    free = hardware.probe().memory_available_bytes
    if size_bytes <= free:
        return ""
    return _(
        "It has {size:.0f} GB, and {free:.0f} GB of memory are free. Paddock reads it from the disk while it answers: "
        "that works, but every word can take seconds or minutes."
    ).format(size=size_bytes / 1e9, free=free / 1e9)
