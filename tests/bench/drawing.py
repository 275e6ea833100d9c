"""The parent's side of `window.py`: a real window on a virtual screen, asked from here."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.bench.measure import QUESTION

SCREEN = ("dbus-run-session", "--", "xvfb-run", "-a", "-s", "-screen 0 1600x1000x24 -dpi 96")
CLOSE_S = 15.0


@dataclass(frozen=True, slots=True)
class Drawn:
    tokens_per_s: float
    prompt_tokens: int
    window_pid: int
    engine_pid: int
    model_bytes: int  # see `measure.model_bytes`


class Window:
    """Asks one window. Its first answer begins a chat, as every later one does."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input: IO[str] = process.stdin
        self._output: IO[str] = process.stdout
        self.loaded = self._line()

    def ask(self, max_tokens: int, text: str = QUESTION) -> Drawn:
        """Returns when all of it is on screen and saved."""
        self._input.write(json.dumps([text, max_tokens]) + "\n")
        self._input.flush()
        return self._line()

    def _line(self) -> Drawn:
        line = self._output.readline()
        if not line:
            raise AssertionError("the window ended")
        return Drawn(*json.loads(line))


@contextlib.contextmanager
def window(threads: int) -> Iterator[Window]:
    """A window with a profile of its own; `threads` 0 leaves them to the planner."""
    with tempfile.TemporaryDirectory(prefix="paddock-bench-") as folder:
        script = Path(__file__).with_name("window.py")
        process = subprocess.Popen(
            [*SCREEN, sys.executable, str(script), folder, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "QT_QPA_PLATFORM": "xcb"},
        )
        try:
            yield Window(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()  # the order to end
            try:
                process.wait(CLOSE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
