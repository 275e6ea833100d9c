"""Answers that mean harm, or merely are enormous: the window goes on while they stream, stand and are scrolled, and
nothing that they name is fetched or read.

How long the window may stand still is a figure: 200 ms. Here three times that is let pass, because other tests run
beside this one; PADDOCK_SLACK=1 on a quiet machine asks for the figure itself.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer, Slot
from PySide6.QtGui import QTextBlock, QTextCharFormat, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.engine.fake import Script
from app.ui.chat.rendering.rich_text import RichText

from .conftest import Open
from .hands import NONE, Person, new_user

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("on_screen"), pytest.mark.timeout(120)]

STALL_MAX_S = 0.2
SLACK = float(os.environ.get("PADDOCK_SLACK", "3"))
TRIES = 3
LOOK_MS = 5
WHEEL_TURNS = 30
IN_ACCESS, IN_OPEN = 0x1, 0x20  # of inotify(7)
QUESTION = "Go on"

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8ffff3f0005fe02fe"
    "a7354b7d0000000049454e44ae426082"
)


def _table(rows: int, columns: int) -> str:
    cells = ["|" + "|".join(f"c{row}.{column}" for column in range(columns)) + "|" for row in range(rows)]
    return "\n".join([cells[0], "|-" * columns + "|", *cells[1:]])


def _nested(depth: int) -> str:
    return "\n".join("  " * level + f"- level {level}" for level in range(depth))


ENORMOUS = {
    "a table of 200 x 100": _table(200, 100),
    "a line of 200 KB": "word " * 40_000,
    "a word of 200 KB": "x" * 200_000,
    "a fence of 100 KB": "```python\n" + "def f(x):  # a comment\n    return 'abc' + str(x)\n" * 2_000 + "```",
    "a fence of one line": "```\n" + "y = 1; " * 14_000 + "\n```",
    "nested lists": (_nested(60) + "\n\n") * 8,
    "nested quotes": "> " * 300 + "deep\n\n" + "\n".join(">" * depth + " deeper" for depth in range(1, 200)),
    "open marks": "*a **b `c ~~d [e](" * 3_000,
    "formulas": "".join(f"$$\\frac{{1}}{{x_{{{number}}}}}$$\n\n" for number in range(300)),
    "one formula often": "$$\\frac{1}{x_{1}}$$\n\n" * 300,
    "formulas in a line": " ".join(f"$x_{{{number}}}$" for number in range(700)),
    "no formulas": "".join(f"$$\\frac{{{number}$$\n\n" for number in range(300)),
    "raw HTML": "<div><table><tr><td>" * 3_000,
}

NAMES = """<img src="{file}"> <img src="//server/share/a.png"> <script>fetch("https://example.org/s")</script>
<iframe src="https://example.org/f"></iframe> <style>@import url("{file}");</style>
<link rel="stylesheet" href="{file}"> <body background="{file}"> <object data="{file}"></object>

![local]({file}) ![share](//server/share/b.png) ![web](https://example.org/c.png) ![path]({path})

![data](data:image/png;base64,AAAA) [js](javascript:alert(1)) [file]({file}) [share](//server/share) [path]({path})
[upper](JaVaScRiPt:alert(1)) [vb](vbscript:x) [app](paddock:x) [smb](smb://server/share) <javascript:alert(1)>
<{file}> [ref][1] [good](https://example.org/good)

[1]: {file} "title"
"""


class Stalls(QTimer):
    """Notes the longest time for which the event loop did nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.setTimerType(Qt.TimerType.PreciseTimer)
        self.setInterval(LOOK_MS)
        self.longest_s = 0.0
        self._last = time.perf_counter()
        self.timeout.connect(self._on_time)

    def begin(self) -> None:
        self._last = time.perf_counter()
        self.start()

    @Slot()
    def _on_time(self) -> None:
        now = time.perf_counter()
        self.longest_s = max(self.longest_s, now - self._last)
        self._last = now


class Watched:
    """A folder of files of which is known whether somebody has opened one: Python by its audit hook, and on Linux
    anybody at all by inotify."""

    def __init__(self) -> None:
        self.folder = ""
        self.opened: list[str] = []
        self._inotify = -1
        sys.addaudithook(self._hook)

    def begin(self, folder: Path) -> None:
        self.folder, self.opened = str(folder), []
        if sys.platform.startswith("linux"):
            libc = ctypes.CDLL(None, use_errno=True)
            self._inotify = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
            assert libc.inotify_add_watch(self._inotify, os.fsencode(folder), IN_OPEN | IN_ACCESS) >= 0

    def end(self) -> None:
        self.folder = ""
        if self._inotify >= 0:
            os.close(self._inotify)
            self._inotify = -1

    def take(self) -> bool:
        """Whether one was opened since the last time."""
        heard = b""
        if self._inotify >= 0:
            try:
                heard = os.read(self._inotify, 65_536)
            except BlockingIOError:
                heard = b""
        found, self.opened = bool(self.opened or heard), []
        return found

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and self.folder and isinstance(arguments[0], str) and arguments[0].startswith(self.folder):
            self.opened.append(arguments[0])


@pytest.fixture(scope="module")
def watcher() -> Watched:
    return Watched()  # one for all tests: an audit hook cannot be removed


@pytest.fixture
def watched(watcher: Watched, tmp_path: Path) -> Iterator[Watched]:
    folder = tmp_path / "precious"
    folder.mkdir()
    (folder / "picture.png").write_bytes(PIXEL)
    watcher.begin(folder)
    yield watcher
    watcher.end()


@pytest.mark.parametrize("name", ENORMOUS)
def test_an_enormous_answer_never_stops_the_window(qtbot: QtBot, open_shell: Open, name: str) -> None:
    person = new_user(qtbot, open_shell, Script(replies={QUESTION: ENORMOUS[name]}))
    limit_s = SLACK * STALL_MAX_S
    longest = [longest_stall_s(person)]
    while min(longest) > limit_s and len(longest) < TRIES:  # what else runs here can only make it longer
        longest.append(longest_stall_s(person))
    assert min(longest) <= limit_s


def test_nothing_that_an_answer_names_is_fetched_or_read(qtbot: QtBot, open_shell: Open, watched: Watched) -> None:
    picture = Path(watched.folder) / "picture.png"
    picture.read_bytes()
    assert watched.take(), "the watcher watches"
    hostile = NAMES.format(file=picture.as_uri(), path=picture)
    person = new_user(qtbot, open_shell, Script(replies={QUESTION: hostile}))
    longest_stall_s(person)
    views = person.window.page.transcript.findChildren(RichText)
    for view in views:
        view.selectAll()
        view.copy()
    person.do(-1, "Copy")
    assert not watched.take()
    found = {link for view in views for link in links(view)}
    assert "https://example.org/good" in found
    assert [link for link in found if not link.startswith("https://example.org/")] == []
    assert not [name for view in views for name in pictures(view)]
    # The network's tripwire, which every test has, would have failed this one.


def longest_stall_s(person: Person) -> float:
    """While the answer streams, is scrolled through, and is opened again."""
    window = person.window
    person.until(lambda: "prompts" in vars(window.later))  # the last that is made after a start
    window.conversation.open(None)
    person.until(lambda: window.page.is_greeting)
    window.page.composer.setFocus()
    stalls = Stalls()
    stalls.begin()
    window.page.composer.set_text(QUESTION)
    person.press(Qt.Key.Key_Return)
    person.answered()
    home = window.conversation.conversation_id
    for turn in (*[120] * WHEEL_TURNS, *[-120] * WHEEL_TURNS):
        wheel(person, turn)
    for key in (Qt.Key.Key_Home, Qt.Key.Key_End):
        window.page.transcript.setFocus()
        person.press(key)
        person.qtbot.wait(2 * LOOK_MS)
    window.conversation.open(None)
    person.until(lambda: window.page.is_greeting)
    window.conversation.open(home)
    person.until(lambda: len(person.items) == 2)
    person.qtbot.wait(10 * LOOK_MS)
    stalls.stop()
    return stalls.longest_s


def wheel(person: Person, turn: int) -> None:
    port = person.window.page.transcript.viewport()
    where = QPointF(port.rect().center())
    there = QPointF(port.mapToGlobal(where))
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    is_inverted = False
    event = QWheelEvent(where, there, QPoint(), QPoint(0, turn), none, NONE, phase, is_inverted)
    QApplication.sendEvent(port, event)
    person.qtbot.wait(LOOK_MS)


def links(view: RichText) -> set[str]:
    """Where the links of a text lead."""
    return {one.anchorHref() for one in _formats(view) if one.isAnchor()}


def pictures(view: RichText) -> list[str]:
    """What the pictures of a text are called."""
    return [one.toImageFormat().name() for one in _formats(view) if one.isImageFormat()]


def _formats(view: RichText) -> Iterator[QTextCharFormat]:
    block: QTextBlock = view.document().firstBlock()
    while block.isValid():
        yield from (part.format for part in block.textFormats())
        block = block.next()
