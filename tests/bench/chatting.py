"""The chat in the whole window: `.venv/bin/python tests/bench/chatting.py`. Stalls of the event loop while an answer
streams in, opening long conversations, and what they take of memory.

A real window on a virtual screen over a real profile, in a process of its own, with the scripted engine, whose threads
take their share of the interpreter as the real engine's listener does.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QWidget

from app import paths
from app.chat.carried import Carried
from app.chat.tree import Conversation, Message, Role
from app.core import Core
from app.engine.fake import Script, fake_load
from app.home import Home
from app.models import library
from app.settings import AUTO_TITLES, MODEL_PATH
from app.storage.secrets import MemorySecrets
from app.ui.app import make_application
from app.ui.collector import Collector
from app.ui.shell import Shell
from app.ui.theme import Theme
from app.ui.window import MainWindow
from tests.bench.drawing import SCREEN
from tests.bench.measure import ROUNDS, Row, pss_bytes

MANY, FEW = 10_000, 100
UNINDEXED = 40_000
ANSWER_CHARACTERS = 16_384
TICK_MS = 1
TIMEOUT_S = 1_200.0
PARAGRAPH = (
    "## A part of the answer\n\nThe dough decides, not the clock, and a **cold night** makes it better; `proofing` is "
    "done when it springs back.\n\n- one thing\n- another thing\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    "```python\nfor loaf in loaves:\n    print(loaf.weight_g)\n```\n\n"
)
ANSWER = (PARAGRAPH * (ANSWER_CHARACTERS // len(PARAGRAPH) + 1))[:ANSWER_CHARACTERS]


class Gaps(QObject):
    """How long the event loop was away from a timer that is always due."""

    def __init__(self) -> None:
        super().__init__()
        self.found_ms: list[float] = []
        self._before = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start()

    def end(self) -> dict[str, float]:
        self._timer.stop()
        ordered = sorted(self.found_ms)
        return {"p99": ordered[int(len(ordered) * 0.99)], "worst": ordered[-1]}

    @Slot()
    def _on_tick(self) -> None:
        now = time.perf_counter()
        self.found_ms.append(1000 * (now - self._before))
        self._before = now


def conversation(number: int, messages: int) -> Carried:
    """A chat of a kilobyte a message, questions and answers in turn."""
    home = f"chat{number}"
    made: list[Message] = []
    for place in range(messages):
        role: Role = "assistant" if place % 2 else "user"
        text = f"{number}/{place} " + PARAGRAPH * (3 if place % 2 else 0) + "Which flour is best for a crisp crust? "
        above = made[-1].id if made else None
        made.append(Message(place, f"{home}-{place}", home, above, role, text, "done", 0.0))
    chat = Conversation(home, f"Chat {number}", "person", made[-1].id, 0.0, float(number))
    return Carried(chat, tuple(made))


class Measured:
    def __init__(self, folder: Path) -> None:
        self._application = make_application()
        self._theme = Theme(self._application, choice="light")
        Collector(self._application)
        self._script = Script(answers=(ANSWER,))
        self._home = Home(paths.places(folder), MemorySecrets(), load=lambda *a, **k: fake_load(self._script)(*a, **k))
        core = self._home.create().core
        core.settings.set(MODEL_PATH, str(library.starter()))
        core.settings.set(AUTO_TITLES, False)
        self._many, self._few = self._filled(core)
        core.close()

    def figures(self) -> dict[str, object]:
        empty = self._empty_window()
        self._shell = Shell(self._home, self._theme)
        self._shell.resize(1280, 900)
        self._shell.show()
        self._shell.start()
        self._wait(lambda: self._shell.window_of_chat is not None)
        window = self._shell.window_of_chat
        assert window is not None
        self._window: MainWindow = window
        self._rest(8_000)
        found: dict[str, object] = {"empty": empty, "memory_mb": self._memory()}
        for tokens_per_s in (100, 1_000):
            found[f"stream_{tokens_per_s}"] = self._stream(tokens_per_s)
        found |= self._openings()
        self._shell.quit()
        return found

    def _filled(self, core: Core) -> tuple[str, str]:
        many, few = core.chats.bring_in([conversation(1, MANY), conversation(2, FEW)])
        core.chats.index_missing(stop=lambda: False)
        core.chats.bring_in(conversation(number, 1_000) for number in range(10, 10 + UNINDEXED // 1_000))
        return many, few

    def _empty_window(self) -> dict[str, float]:
        window = QWidget()
        window.resize(1280, 900)
        window.show()
        self._rest(500)
        gaps = Gaps()
        self._rest(8_000)
        found = gaps.end()
        window.close()
        window.deleteLater()
        return found

    def _stream(self, tokens_per_s: int) -> dict[str, float]:
        """An answer of 16 KB, with messages being indexed meanwhile."""
        self._script = replace(self._script, tokens_per_s=float(tokens_per_s))
        core = self._shell.core
        assert core is not None
        core.host.release()
        self._window.conversation.open(None)
        self._rest(500)
        core.start_indexing()
        self._window.conversation.send("Tell me everything about bread.")
        self._wait(lambda: len(self._window.page.transcript.items) > 1)
        gaps = Gaps()
        begun = time.perf_counter()
        self._wait(lambda: not self._window.conversation.is_busy)
        found = gaps.end()
        indexer = core._indexer
        return {**found, "seconds": time.perf_counter() - begun, "indexing": bool(indexer and indexer.is_alive())}

    def _openings(self) -> dict[str, float]:
        many: list[float] = []
        few: list[float] = []
        for number in range(2 * ROUNDS):
            pairs = ((many, self._many), (few, self._few))
            for spent, home in pairs if number % 2 else pairs[::-1]:
                spent.append(self._open(home))
        return {"open_many": statistics.median(many), "open_few": statistics.median(few)}

    def _open(self, home: str) -> float:
        """Until it is on screen and its composer takes keys, in ms; then all of it may come."""
        self._window.conversation.open(None)
        self._rest(400)
        begun = time.perf_counter()
        self._window.conversation.open(home)
        self._wait(lambda: self._window.conversation.conversation_id == home)
        self._application.processEvents()  # drawn
        spent = 1000 * (time.perf_counter() - begun)
        self._rest(1_200)
        return spent

    def _memory(self) -> float:
        self._open(self._few)  # what is imported and made for any chat is there then
        self._window.conversation.open(None)
        self._rest(1_000)
        gc.collect()
        empty = pss_bytes(os.getpid())
        self._window.conversation.open(self._many)
        self._wait(lambda: len(self._window.conversation._words.here) == MANY)
        self._rest(1_000)
        gc.collect()
        return (pss_bytes(os.getpid()) - empty) / 1e6

    def _wait(self, is_so: Callable[[], bool]) -> None:
        loop = QEventLoop()
        look = QTimer()
        look.timeout.connect(lambda: loop.quit() if is_so() else None)
        look.start(1)
        if not is_so():
            loop.exec()
        look.stop()

    def _rest(self, ms: int) -> None:
        loop = QEventLoop()
        QTimer.singleShot(ms, loop.quit)
        loop.exec()


def chatting() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [*SCREEN, sys.executable, str(Path(__file__).resolve()), "--measure", folder],
            capture_output=True,
            text=True,
            check=True,
            timeout=TIMEOUT_S,
            env={**os.environ, "QT_QPA_PLATFORM": "xcb"},
        )
    found = json.loads(done.stdout.splitlines()[-1])
    empty = found["empty"]
    yield Row("An empty window, event loop", "", f"p99 {empty['p99']:.1f} ms, worst {empty['worst']:.1f} ms")
    for tokens_per_s in (100, 1_000):
        told = found[f"stream_{tokens_per_s}"]
        state = "all the time" if told["indexing"] else "for a part of it"
        yield Row(
            f"Event loop while {tokens_per_s:,} tokens/s stream into a 16 KB answer, indexing {state}",
            "p99 <= 33 ms, worst <= 60 ms",
            f"p99 {told['p99']:.1f} ms, worst {told['worst']:.1f} ms (in {told['seconds']:.0f} s)",
        )
    many, few = found["open_many"], found["open_few"]
    yield Row("Open 10,000 messages / open 100, whole window", "<= 2", f"{many / few:.2f} ({many:.0f} / {few:.0f} ms)")
    memory = f"{found['memory_mb']:.1f} MB"
    yield Row("Memory of a chat of 10,000 messages (6 MB of text) over an empty one", "<= 30 MB", memory)


def main() -> int:
    if sys.argv[1:2] == ["--measure"]:
        found = json.dumps(Measured(Path(sys.argv[2])).figures())
        print(found, flush=True)
        os._exit(0)
    print("| figure | bar | measured |\n|---|---|---|")
    for row in chatting():
        print(f"| {row.what} | {row.bar} | {row.measured} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
