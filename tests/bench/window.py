"""A whole Paddock window in a process of its own that answers and draws on command, for figures taken while it draws.

Usage: window.py PROFILE THREADS (0: the planner's). Each line on standard input is a JSON list of a question and how
many tokens to answer with; each line on standard output tells a `drawing.Drawn` as a JSON list, the first one of a
model that is loaded and was not asked yet.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Slot

from app import paths
from app.engine import client
from app.engine.client import Engine, LoadEngine
from app.engine.protocol import LoadWish
from app.home import Home
from app.models import library
from app.settings import MODEL_PATH
from app.ui.actions import Act
from app.ui.app import closed_by_signals, make_application
from app.ui.chat.items import SendRequested
from app.ui.shell import Shell
from app.ui.theme import Theme
from tests.bench.measure import Answered, Overheard, model_bytes
from tests.children.secret_file import FileSecrets

LOOK_MS = 20
MAX_ORDER_BYTES = 65536  # what a pipe hands out at once


class Driver(QObject):
    """Asks in a new chat when it is told to, and says how it went once all is drawn."""

    def __init__(self, shell: Shell, engines: list[Overheard]) -> None:
        super().__init__(shell)
        self._shell, self._engines = shell, engines
        self._next, self._question = "load", ""
        self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_order)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    @Slot()
    def _on_order(self) -> None:
        order = os.read(0, MAX_ORDER_BYTES)
        window = self._shell.window_of_chat
        if not order or window is None:
            self._shell.close()
            return
        self._question, self._engines[-1].max_tokens = json.loads(order)
        window.actions_of_window[Act.NEW_CHAT].trigger()
        self._next = "ask"
        self._timer.start()

    @Slot()
    def _look(self) -> None:
        window = self._shell.window_of_chat
        if window is None or not self._engines:
            return
        engine, conversation = self._engines[-1], window.conversation
        if self._next == "load" and window.keeper.state.state == "ready":
            self._say(engine, None)
        elif self._next == "ask" and conversation.conversation_id is None:
            window.page.composer.send_requested.emit(SendRequested(self._question))
            self._next = "answer"
            return
        elif self._next == "answer" and engine.answers and not conversation.is_busy:
            self._say(engine, engine.answers.pop())
        else:
            return
        self._timer.stop()  # an idle window is to be idle

    def _say(self, engine: Overheard, answered: Answered | None) -> None:
        speed, prompt = (answered.tokens_per_s, answered.timings.prompt_tokens) if answered else (0.0, 0)
        line = [speed, prompt, os.getpid(), engine.pid, model_bytes(engine.plan, library.starter())]
        os.write(1, (json.dumps(line) + "\n").encode())


def main() -> int:
    profile, threads = Path(sys.argv[1]), int(sys.argv[2])
    engines: list[Overheard] = []

    def load(wish: LoadWish, **others: Any) -> Engine:  # Any: passed on as they are
        wish = replace(wish, threads=threads or None, is_guessing=False)
        engines.append(Overheard(client.load(wish, **others)))
        return cast(Engine, engines[-1])

    application = make_application()
    home = Home(paths.places(profile), FileSecrets(profile / "secrets.json"), load=cast(LoadEngine, load))
    if home.entry() == "new":
        core = home.create().core
        core.settings.set(MODEL_PATH, str(library.starter()))
        core.close()
    shell = Shell(home, Theme(application))
    Driver(shell, engines)
    shell.show()
    shell.start()
    with closed_by_signals(shell):
        return application.exec()


if __name__ == "__main__":
    sys.exit(main())
