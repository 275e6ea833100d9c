"""How the transcript bears ten thousand messages, as ratios in one run: `.venv/bin/python tests/bench/transcript.py`.

A window with nothing but the transcript, in a process of its own on a virtual screen; its texts are generated when
they are asked for, so that the memory is the transcript's own.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from app.ui.chat.items import MessageItem
from app.ui.chat.transcript.transcript import Transcript
from app.ui.theme import Theme
from tests.bench.drawing import SCREEN
from tests.bench.measure import ROUNDS, Row, pss_bytes

MANY, FEW, LEAST = 10_000, 100, 10
FRAMES = 60
TIMEOUT_S = 600.0
WORDS = "The dough decides, not the clock, and a **cold night** makes it better. "
CODE = "```python\nfor loaf in loaves:\n    print(loaf.weight_g)\n```\n\n"


class GeneratedRows:
    """A branch of `count` messages, each made when it is asked for."""

    def __init__(self, count: int, name: str) -> None:
        self._count, self._name = count, name

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, row: int) -> MessageItem:
        role, text = ("assistant", _answer(row)) if row % 2 else ("user", WORDS)
        place = {"number": row + 1, "of": self._count}
        return MessageItem(self.id_at(row), role, text, stats="412 tokens", **place)  # type: ignore[arg-type]  # literals

    def id_at(self, row: int) -> str:
        return f"{self._name}{row}"

    def row_of(self, id_: str) -> int:
        row = int(id_.removeprefix(self._name)) if id_.startswith(self._name) else -1
        return row if row < self._count else -1

    def size_at(self, row: int) -> int:
        return 150 + row % 9 * 72 if row % 2 else 72

    def sizes(self) -> list[int]:
        return [self.size_at(row) for row in range(len(self))]


def _answer(row: int) -> str:
    return f"## Loaf {row}\n\n{WORDS * (row % 9 + 1)}\n\n{CODE if row % 3 == 0 else ''}- one\n- two\n"


class Measured:
    """One window. Every figure is in ms, the median of its rounds."""

    def __init__(self, application: QApplication) -> None:
        self._application = application
        self._theme = Theme(application, choice="light")
        self._transcript = self._shown()
        self._openings = 0

    def figures(self) -> dict[str, float]:
        self._open(FEW)
        empty = pss_bytes(os.getpid())
        self._open(MANY)
        self._walk()
        grown = pss_bytes(os.getpid()) - empty
        many, few = self._rounds(lambda: self._open(MANY), lambda: self._open(FEW))
        streamed_many, streamed_few = self._stream()
        self._open(MANY)
        return {
            "open_many": many,
            "open_few": few,
            "frame_many": streamed_many,
            "frame_few": streamed_few,
            "memory_mb": grown / 1e6,
            "resize": self._resizes(),
            "jump": self._jumps(),
        }

    def _open(self, count: int) -> float:
        self._openings += 1
        rows = GeneratedRows(count, f"chat{self._openings}-")
        return self._timed(lambda: self._transcript.set_rows(rows))

    def _stream(self) -> tuple[float, float]:
        """The median frame of an answer that grows at the end of many messages, and of few: two windows, frame by
        frame in turn, as another program's work would else fall on one of them."""
        many, few = self._transcript, self._shown()
        found: tuple[list[float], list[float]] = ([], [])
        for _round in range(ROUNDS):
            self._openings += 1
            for transcript, count in ((many, MANY), (few, LEAST)):
                transcript.set_rows(GeneratedRows(count, f"chat{self._openings}-"))
                transcript.append(MessageItem("new", "assistant", "", "streaming"))
            for number in range(1, FRAMES):
                item = MessageItem("new", "assistant", WORDS * number, "streaming")
                for transcript, spent in zip((many, few), found, strict=True):
                    spent.append(self._timed(partial(transcript.update_item, item)))
        few.close()
        return statistics.median(found[0]), statistics.median(found[1])

    def _shown(self) -> Transcript:
        made = Transcript(self._theme)
        made.resize(1000, 900)
        made.show()
        self._settle()
        return made

    def _walk(self) -> None:
        """Through all of it, as somebody who looks for something."""
        for step in range(200):
            self._jump(step / 200)

    def _resizes(self) -> float:
        self._jump(0.5)
        widths = [1000 - 12 * (number % 20) for number in range(FRAMES)]
        return statistics.median(self._timed(partial(self._transcript.resize, width, 900)) for width in widths)

    def _jumps(self) -> float:
        shares = [number * 0.61803 % 1 for number in range(FRAMES)]  # all over the place
        return statistics.median(self._jump(share) for share in shares)

    def _jump(self, share: float) -> float:
        bar = self._transcript.verticalScrollBar()
        return self._timed(lambda: bar.setValue(round(bar.maximum() * share)))

    def _rounds(self, one: Callable[[], float], other: Callable[[], float]) -> tuple[float, float]:
        found = [(one(), other()) if number % 2 else (other(), one())[::-1] for number in range(3 * ROUNDS)]
        return statistics.median(a for a, _b in found), statistics.median(b for _a, b in found)

    def _timed(self, act: Callable[[], object]) -> float:
        begun = time.perf_counter()
        act()
        self._settle()
        return 1000 * (time.perf_counter() - begun)

    def _settle(self) -> None:
        for _pass in range(2):  # layout, drawing
            self._application.processEvents()
            self._application.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # outside of a loop nobody else does


def transcript() -> Iterator[Row]:
    script = Path(__file__).resolve()
    command = [*SCREEN, sys.executable, str(script), "--measure"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT_S,
        env={**os.environ, "QT_QPA_PLATFORM": "xcb"},
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])

    def ratio(above: str, below: str) -> str:
        return f"{found[above] / found[below]:.2f} ({found[above]:.1f} ms / {found[below]:.1f} ms)"

    yield Row("Open 10,000 messages / open 100", "<= 2", ratio("open_many", "open_few"))
    yield Row("One frame while streaming, 10,000 messages / 10", "<= 1.2", ratio("frame_many", "frame_few"))
    yield Row("Memory of the view of 10,000 messages over one of 100", "<= 30 MB", f"{found['memory_mb']:.1f} MB")
    yield Row("One step of resizing, 10,000 messages", "<= 33 ms", f"{found['resize']:.1f} ms")
    yield Row("A jump anywhere in 10,000 messages", "<= 33 ms", f"{found['jump']:.1f} ms")


def main() -> int:
    if sys.argv[1:] == ["--measure"]:
        print(json.dumps(Measured(QApplication([])).figures()))
        return 0
    print("| figure | bar | measured |\n|---|---|---|")
    for row in transcript():
        print(f"| {row.what} | {row.bar} | {row.measured} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
