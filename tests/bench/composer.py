"""How long the composer keeps the window from drawing: `python tests/bench/composer.py`.

The longest step of the event loop, in milliseconds, while five megabytes are pasted and while a question is typed over
a dictionary that is just being loaded; beside them the same loop with nothing to do, which is this machine's own share.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QEventLoop, QMimeData, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.settings import Settings
from app.spelling.speller import Speller
from app.ui.bridge import Bridge
from app.ui.chat.composer.composer import Composer
from app.ui.theme import Theme

PASTE_BYTES = 5_000_000
BEAT_MS = 1
SETTLE_MS = 600
SENTENCE = "Pleese explain why the sky is blue and wich colours are scatterd most of all. "


class Kept(dict[str, str]):
    """Where the settings of one run are kept."""

    def set(self, key: str, text: str) -> None:
        self[key] = text

    def remove(self, key: str) -> None:
        self.pop(key, None)

    def all(self) -> dict[str, str]:
        return dict(self)


class Beats:
    """The longest time between two beats of the event loop."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def during(self, work: Callable[[], None], *, until: Callable[[], bool], least_ms: int = SETTLE_MS) -> float:
        """In milliseconds, from just before `work` until it is done and everything has come to rest."""
        self.longest_s, self._last = 0.0, time.perf_counter()
        self._timer.start()
        loop = QEventLoop()
        QTimer.singleShot(0, work)
        started = time.perf_counter()
        look = QTimer()
        look.setInterval(20)

        def is_over() -> None:
            if until() and (time.perf_counter() - started) * 1000 > least_ms:
                loop.quit()

        look.timeout.connect(is_over)
        look.start()
        loop.exec()
        self._timer.stop()
        return self.longest_s * 1000

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest_s, self._last = max(self.longest_s, now - self._last), now


class Typist:
    """A key every 40 ms."""

    def __init__(self, composer: Composer, text: str) -> None:
        self.longest_key_s = 0.0
        self._composer, self._left = composer, list(text)
        self._timer = QTimer()
        self._timer.setInterval(40)
        self._timer.timeout.connect(self._press)

    def start(self) -> None:
        self._timer.start()

    @property
    def is_done(self) -> bool:
        return not self._left

    def _press(self) -> None:
        if self._left:
            before = time.perf_counter()
            QTest.keyClicks(self._composer.edit, self._left.pop(0))
            self.longest_key_s = max(self.longest_key_s, time.perf_counter() - before)
        else:
            self._timer.stop()


def pasted(text: str) -> QMimeData:
    data = QMimeData()
    data.setText(text)
    return data


def main() -> None:
    application = QApplication(sys.argv)
    theme = Theme(application, choice="light")
    bridge = Bridge()
    composer = Composer(theme, bridge=bridge, spelling=Speller(Settings(Kept()), ["en_US"]))
    composer.resize(800, 400)
    composer.show()
    beats = Beats()
    print(f"nothing to do                    {beats.during(lambda: None, until=lambda: True):8.1f} ms")
    texts = {
        "lines of ASCII": "a line of a log that somebody pastes\n" * (PASTE_BYTES // 37),
        "one line": "x" * PASTE_BYTES,
        "another script": "строка журнала, которую кто-то вставил\n" * (PASTE_BYTES // 70),
    }
    for name, text in texts.items():
        data = pasted(text)
        longest = beats.during(lambda data=data: composer.edit.insertFromMimeData(data), until=lambda: True)  # type: ignore[misc] # bound now
        print(f"5 MB pasted, {name:<20}{longest:8.1f} ms")
    typist = Typist(composer, "and a question")
    longest = beats.during(typist.start, until=lambda: typist.is_done)
    print(f"typed below 15 MB                {longest:8.1f} ms, one key at most {typist.longest_key_s * 1000:.1f} ms")
    composer.clear()
    for name in ("while the dictionary loads", "once it is loaded"):
        typist = Typist(composer, SENTENCE)
        longest = beats.during(typist.start, until=lambda typist=typist: typist.is_done)  # type: ignore[misc] # bound now
        print(f"typed {name:<27}{longest:8.1f} ms, one key at most {typist.longest_key_s * 1000:.1f} ms")
    composer.close()
    bridge.close(10.0)


if __name__ == "__main__":
    main()
