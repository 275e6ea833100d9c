"""How much a file may cost the child that reads it.

Memory and processor time are limits of the system's own, which no library can talk its way out of; the parent keeps
the clock. Figures are measured: see the comments.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

from app.documents.parts import Kind

if sys.platform != "win32":
    import resource

MB: Final = 10**6
FILE_BYTES_MAX: Final = 512 * MB  # of a kind that is read as a whole; text streams, and has no limit of its own
MEMORY_BYTES: Final = 1_500 * MB  # address space beyond the file's own; an ordinary PDF of 2,400 pages takes 400 MB
CPU_S: Final = 120.0  # for each 100 MB begun; 2,400 pages of TeX in 4 MB took 4 s
OCR_CPU_S: Final = 4 * 3600.0  # a page of print takes about a second
OCR_SILENCE_S: Final = (
    600.0  # a page of nothing but noise took 40 s of processor time; most machines are no slower by 10
)
PACKED: Final[frozenset[Kind]] = frozenset({"docx", "pptx", "sheet", "odt", "epub"})
STREAMED: Final[frozenset[Kind]] = frozenset({"text", "markdown", "code", "csv", "json", "mbox"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What the parent grants one child. `silence_s` is how long it may say nothing, `wall_s` how long it may live."""

    silence_s: float = 120.0
    start_s: float = 60.0
    wall_s: float = 6 * 3600.0
    grace_s: float = 0.5


def keep(size_bytes: int, *, is_streamed: bool, is_ocr_wanted: bool) -> None:
    """Bound this process for good: memory, and processor time by the size of the file. Where the system can."""
    if sys.platform == "win32":
        return
    memory_bytes = MEMORY_BYTES + (0 if is_streamed else 2 * size_bytes)
    cpu_s = int(OCR_CPU_S if is_ocr_wanted else CPU_S * (1 + size_bytes // (100 * MB)))
    _lower(resource.RLIMIT_AS, memory_bytes)
    _lower(resource.RLIMIT_CPU, cpu_s)


def _lower(kind: int, limit: int) -> None:
    _soft, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    try:
        resource.setrlimit(kind, (limit, limit))
    except (ValueError, OSError):  # macOS does not bound address space everywhere
        return
