"""A whole Paddock window in a process of its own, for tests that kill it: asks a question and says what is on screen.

Usage: window.py PROFILE SECRET_FILE fake|brief|real. Each line on standard output is a JSON list of a monotonic time in
seconds and the answer's text as the transcript holds it at that moment.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QObject, QTimer, Slot

from app import paths
from app.engine import client
from app.engine.client import LoadEngine
from app.engine.fake import Script, fake_load
from app.home import Home
from app.models import library
from app.settings import MODEL_PATH
from app.ui.app import closed_by_signals, make_application
from app.ui.chat.items import SendRequested
from app.ui.shell import Shell
from app.ui.theme import Theme
from tests.children.secret_file import FileSecrets

QUESTION = "Tell me a very long story about a llama that crosses the Andes."
STORIES = {
    kind: " ".join(f"Word{number} of the story, which goes on." for number in range(sentences))
    for kind, sentences in (("fake", 2000), ("brief", 10))
}


class Driver(QObject):
    """Sends the question once the chat is there, and prints the answer whenever it changed on screen."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._shell = shell
        self._is_sent = False
        self._last = ""
        self._timer = QTimer(self)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    @Slot()
    def _look(self) -> None:
        window = self._shell.window_of_chat
        if window is None:
            return
        if not self._is_sent and window.keeper.state.state == "ready":
            self._is_sent = True
            window.page.composer.send_requested.emit(SendRequested(QUESTION))
        items = window.page.transcript.items
        if items and items[-1].role == "assistant" and items[-1].text != self._last:
            self._last = items[-1].text
            self._say([time.monotonic(), self._last])
        engine = window.keeper.facts and self._shell.core and self._shell.core.host.current
        if isinstance(engine, client.ChildEngine) and not self._last and self._is_sent:
            self._say([time.monotonic(), "", engine.pid])

    def _say(self, line: list[object]) -> None:
        os.write(1, (json.dumps(line) + "\n").encode())


def main() -> int:
    profile, secret_file, kind = sys.argv[1:4]
    load: LoadEngine = client.load
    if kind in STORIES:
        load = fake_load(Script(answers=(STORIES[kind],), tokens_per_s=120.0))
    application = make_application()
    home = Home(paths.places(Path(profile)), FileSecrets(Path(secret_file)), load=load)
    if home.entry() == "new":
        core = home.create().core
        core.settings.set(MODEL_PATH, str(library.starter()))
        core.close()
    shell = Shell(home, Theme(application))
    Driver(shell)
    shell.show()
    shell.start()
    with closed_by_signals(shell):
        return application.exec()


if __name__ == "__main__":
    sys.exit(main())
