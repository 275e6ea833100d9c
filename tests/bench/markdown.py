"""What a frame costs while a 16 KB answer streams in at 1,000 tokens a second, and how the event loop fares meanwhile.

An empty window is measured in the same run: what it cannot do, no answer can. Offscreen; `figures.py markdown`.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator, Sequence

from tests.bench.measure import Row

TOKENS_PER_S = 1_000
CHARS_PER_TOKEN = 4
ANSWER_CHARS = 16_000
FRAME_S = 0.033
WIDTH, HEIGHT = 760, 900

_PROSE = (
    "An entry follows **one fixed layout**, and the `urgency` value on its first line is checked by the tools. "
    "In short, this is text that goes on for a while and has some *emphasis* in it.\n\n"
)
_CODE = """```python
def parse(line: str) -> dict:
    # the parts of a line
    return dict(part.split("=") for part in line)
```

"""
ANSWERS = {
    "prose": _PROSE * 90,
    "a list": "".join(f"- item {number} with `code` and **bold** words in it, going on\n" for number in range(300)),
    "a table": "|a|b|c|\n|-|-|-|\n" + "".join(f"|row {number}|some cell text|{number}|\n" for number in range(600)),
    "code": "```python\n" + "def f(x):\n    return 'abc' + x  # a comment\n\n" * 400,
    "formulas": "".join(f"So $x_{{{number}}} = \\frac{{{number}}}{{2}}$ holds, and more.\n\n" for number in range(340)),
    "nothing but formulas": "".join(
        f"$$\\sum_{{i=0}}^{{{number}}} \\frac{{x_i}}{{\\sqrt{{{number}}}}}$$\n\n" for number in range(450)
    ),
    "a mixture": (_PROSE * 2 + "- one\n- two\n  1. three\n\n" + _CODE + "|a|b|\n|-|-|\n|1|2|\n\n") * 20,
}


def markdown() -> Iterator[Row]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from app.ui.theme import Theme

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme = Theme(app, choice="light")
    yield Row("event loop of an empty window: 99 % / worst", "", _shown(_stream(theme, "")[1]))
    for name, answer in ANSWERS.items():
        frames, gaps = _stream(theme, answer[:ANSWER_CHARS])
        cost = f"{statistics.median(frames) * 1e3:.1f} ms / {max(frames) * 1e3:.1f} ms"
        yield Row(f"{name}: a frame's write and layout, median / worst", "", cost)
        yield Row(f"{name}: event loop, 99 % / worst", "<= 33 ms / <= 60 ms", _shown(gaps))


def _stream(theme: object, answer: str) -> tuple[list[float], list[float]]:
    """Seconds per frame, and by how much the event loop was late for a timer of 1 ms."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer
    from PySide6.QtWidgets import QApplication, QWidget

    from app.ui.chat.rendering.markdown import Parser
    from app.ui.chat.rendering.message_body import MessageBody
    from app.ui.theme import Theme

    assert isinstance(theme, Theme)
    window = QWidget()
    window.resize(WIDTH + 40, HEIGHT)
    body = MessageBody(theme, Parser(), parent=window)
    window.show()
    loop = QEventLoop()
    frames: list[float] = []
    gaps: list[float] = []
    begun = last = time.perf_counter()
    seconds = max(2.0, len(answer) / CHARS_PER_TOKEN / TOKENS_PER_S)

    def beat() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps.append(max(0.0, now - last - 0.001))
        last = now
        if now - begun > seconds:
            loop.quit()

    def frame() -> None:
        started = time.perf_counter()
        come = int((started - begun) * TOKENS_PER_S * CHARS_PER_TOKEN)
        if answer:
            body.set_source(answer[:come], is_live=True)
            height = body.arrange(WIDTH)
            body.setGeometry(20, min(0, HEIGHT - height), WIDTH, height)  # the end in view, as the transcript does it
            frames.append(time.perf_counter() - started)

    timers = [QTimer(window), QTimer(window)]
    for timer, interval, slot in zip(timers, (1, round(FRAME_S * 1000)), (beat, frame), strict=True):
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setInterval(interval)
        timer.timeout.connect(slot)
        timer.start()
    loop.exec()
    window.close()
    window.deleteLater()
    QApplication.processEvents()
    return frames, gaps


def _shown(gaps: Sequence[float]) -> str:
    ordered = sorted(gaps)
    return f"{ordered[int(len(ordered) * 0.99)] * 1e3:.1f} ms / {ordered[-1] * 1e3:.1f} ms"
