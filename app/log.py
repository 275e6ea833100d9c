"""Logging that cannot tell on anyone: an exception is written as its type and its code locations, never as its
text, because texts of exceptions hold file names and sometimes words of a conversation.
"""

from __future__ import annotations

import io
import logging
import logging.handlers
import os
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

MAX_LOG_BYTES = 512 * 1024

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class RedactingFormatter(logging.Formatter):
    """Like logging.Formatter, but exceptions keep only type, file name and line."""

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 - logging's own name
        return "\n".join(_chain(ei[1]))


class PrivateFile(logging.handlers.RotatingFileHandler):
    """A bounded log that only its owner can read, from its first byte on."""

    def _open(self) -> io.TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return io.TextIOWrapper(io.FileIO(descriptor, "ab"), encoding="utf-8", write_through=True)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """A line that cannot be written is lost: logging's own way is a traceback on the person's terminal."""


def _chain(error: BaseException | None) -> Iterator[str]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield f"  {type(error).__name__}"
        for frame in traceback.extract_tb(error.__traceback__):
            yield f"    {Path(frame.filename).name}:{frame.lineno} in {frame.name}"
        error = error.__cause__ or error.__context__


def start(folder: Path | None) -> None:
    """Log to `folder`/paddock.log, private and bounded; with None (temporary use) keep nothing at all."""
    root = logging.getLogger("app")
    stop()
    root.propagate = False
    root.setLevel(logging.INFO)
    handler: logging.Handler = logging.NullHandler()
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handler = PrivateFile(folder / "paddock.log", maxBytes=MAX_LOG_BYTES, backupCount=1, delay=True)
        except OSError:
            handler = logging.NullHandler()
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)


def stop() -> None:
    """Close the log file; later lines go nowhere."""
    root = logging.getLogger("app")
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
