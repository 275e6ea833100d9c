"""The standard streams of a command: always there, good for any text, and never the cause of a traceback.

Whoever reads may leave (`ask … | head`), the disk behind a redirection may be full, a stream may be closed from the
start. The number of a closed one would go to the next file that is opened, which may be the database.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO


def prepare() -> None:
    """Let closed streams lead to nothing, and what an encoding lacks become a question mark."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            nothing = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nothing, mode, encoding="utf-8", closefd=False))
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def write(text: str) -> bool:
    """To standard output, at once. False when it takes no more; what is written later then goes nowhere."""
    return _put(sys.stdout, text)


def tell(text: str, *, end: str = "\n") -> None:
    """To standard error; where that takes nothing, there is no one left to tell."""
    _put(sys.stderr, text + end)


def _put(stream: TextIO, text: str) -> bool:
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        # The words are still in its buffer, and would fail once more when Python ends.
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
        return False
    return True
