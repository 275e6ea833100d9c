"""The child that draws formulas: ziamath turns TeX into SVG, one frame in, one frame out, in order.

ziamath is pure Python and takes 0.3 s to import and 5 to 80 ms for a formula; in the window's process it would hold
the interpreter's lock for as long. TeX that it cannot read fails in any way it likes, and some never ends: what is
wrong with one formula is an empty answer, and one that takes too long is the parent's to end. When the pipe ends, so
does the child, at once, whatever it is drawing.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import warnings
from typing import Any, Final, NoReturn

from app import sandbox
from app.chat.formulas.frames import (
    READY,
    SIDE_MAX_PX,
    SVG_MAX_CHARS,
    UNDRAWN,
    Formula,
    Wanted,
    decode_wanted,
    encode_formula,
)
from app.process import Pipe

if sys.platform != "win32":
    import resource

MEMORY_MAX_BYTES: Final = 2**30
"""Of addresses; 150 MB are used."""
NICENESS: Final = 5
"""What answers and what draws the window goes first."""
EXIT_WELL: Final = 0


def main() -> int:
    """`--worker formulas`."""
    pipe = Pipe()
    if sys.platform != "win32":
        os.nice(NICENESS)
    sandbox.give_up("formulas")
    if sys.platform == "linux":  # elsewhere the limit is not kept, or counts what the system itself has mapped
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX_BYTES, MEMORY_MAX_BYTES))
    frames: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(pipe, frames), name="reader", daemon=True).start()
    ziamath = _ziamath()
    pipe.send(READY)
    while True:
        pipe.send(encode_formula(_draw(ziamath, decode_wanted(frames.get()))))  # until `_read` ends it


def _read(pipe: Pipe, frames: queue.SimpleQueue[bytes]) -> NoReturn:
    while (frame := pipe.recv()) is not None:
        frames.put(frame)
    os._exit(EXIT_WELL)


# Any: ziamath has no types.
def _ziamath() -> Any:
    # WORKAROUND(ziamath 0.13): it finds its font by a deprecated way, which a strict interpreter takes for an error;
    # remove when it does not warn on import any more.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import ziamath  # after the privileges are gone
    ziamath.config.svg2 = False  # Qt's SVG knows no <symbol>: only the bars would be seen
    return ziamath


# Any: ziamath has no types.
def _draw(ziamath: Any, wanted: Wanted) -> Formula:
    try:
        made = ziamath.Latex(wanted.tex, size=wanted.size_px, inline=not wanted.is_display, margin=0)
        svg = made.svg()
        box = made.node.bbox
        width, height = float(box.xmax - box.xmin), float(box.ymax - box.ymin)
    except Exception:  # TeX is a language of its own, and its reader fails in any way it likes
        return UNDRAWN
    if not 0 < width < SIDE_MAX_PX or not 0 < height < SIDE_MAX_PX or len(svg) > SVG_MAX_CHARS:
        return UNDRAWN
    return Formula(svg.encode(), width, float(max(0.0, box.ymax)), float(max(0.0, -box.ymin)))
