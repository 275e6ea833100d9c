"""A profile at work in a process of its own, for tests that kill it: says what it has done, one line for each deed.

Usage: busy_chat.py PROFILE SECRET_FILE DEED. Each line on standard output is a JSON list of a monotonic time in seconds
and what is certain, or on screen, since then. The deeds are the functions below; those of WINDOWS open a window.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtTest import QTest

from app import paths
from app.chat import session
from app.chat.compare import ANOTHER_TRY, Side, SideEvent
from app.chat.exchange import bringing, sending
from app.chat.exchange.forms import Form
from app.chat.tree import Attachment, Draft
from app.core import Core
from app.engine.fake import Script, fake_load
from app.engine.stop import Stop
from app.home import Home
from app.models import library
from app.settings import MODEL_PATH
from app.ui.app import make_application
from app.ui.chat.items import SendRequested
from app.ui.shell import Shell
from app.ui.theme import Theme
from app.ui.window import MainWindow
from tests.children.secret_file import FileSecrets

QUESTION = "Tell me a long story."
BEGUN = "Once upon a time"
STORY = " ".join(f"Word{number} of the story, which goes on." for number in range(2000))
LOAD = fake_load(Script(answers=(STORY,), tokens_per_s=120.0))


def say(what: object) -> None:
    os.write(1, (json.dumps([time.monotonic(), what]) + "\n").encode())


class Typist(QObject):
    """Does one small thing every few milliseconds, and says what the composer or the answer shows then."""

    def __init__(self, shell: Shell, deed: str) -> None:
        super().__init__(shell)
        self._shell = shell
        self._deed = deed
        self._steps = itertools.count()
        self._timer = QTimer(self)
        self._timer.setInterval(20)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    @Slot()
    def _look(self) -> None:
        window = self._shell.window_of_chat
        if window is not None and window.keeper.state.state == "ready":
            WINDOWS[self._deed](window, next(self._steps))


def draft(window: MainWindow, step: int) -> None:
    """Typed without a pause, below a file."""
    composer = window.page.composer
    if step == 0:
        composer.attach([Path(sys.argv[1]).parent / "attached.txt"])
    if composer.draft.attachments:
        QTest.keyClicks(composer.edit, f"w{step} ")
        say([composer.draft.text, [one.text for one in composer.draft.attachments]])


def queue(window: MainWindow, step: int) -> None:
    """Messages that wait while an answer comes, and one that is being typed meanwhile."""
    composer = window.page.composer
    if step == 0:
        composer.send_requested.emit(SendRequested(QUESTION))
    elif window.conversation.is_busy and window.page.transcript.items and step % 10 == 0:
        QTest.keyClicks(composer.edit, f"queued {step}")
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)
        say([one.text for one in composer.draft.queued])


def queue_files(window: MainWindow, step: int) -> None:
    """As `queue`, each below a text of its own."""
    composer = window.page.composer
    if step == 0:
        composer.send_requested.emit(SendRequested(QUESTION))
    elif window.conversation.is_busy and window.page.transcript.items and step % 10 == 0:
        composer.set_draft(Draft(f"queued {step}", (Attachment("", f"attached {step}"),), composer.draft.queued))
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)
        say([[one.text, [attached.text for attached in one.attachments]] for one in composer.draft.queued])


def edit(window: MainWindow, step: int) -> None:
    """A question is being changed without a pause, one of its two attachments removed."""
    if step == 0:
        (chat,) = window.conversation.room.chats.conversations()
        window.conversation.open(chat.id)
    items = window.page.transcript.items
    view = window.page.transcript.live_views.get(items[0].id) if items else None
    if view is not None and view.item.is_here:
        view.start_edit()
    if view is not None and view.editor is not None:
        editor = view.editor
        if len(editor.attachments) > 1:
            editor.chips.chips[0].close_button.click()
        QTest.keyClicks(editor.edit, f" w{step}")
        say([editor.text, [one.text for one in editor.attachments]])


def go_on(window: MainWindow, step: int) -> None:
    """An answer that goes on where it was stopped."""
    if step == 0:
        (chat,) = window.conversation.room.chats.conversations()
        window.conversation.open(chat.id)
    items = window.page.transcript.items
    if items and not window.conversation.is_busy and items[-1].text == BEGUN:
        window.conversation.go_on(items[-1].id)
    if items and items[-1].text != BEGUN:
        say(items[-1].text)


WINDOWS: dict[str, Callable[[MainWindow, int], None]] = {
    "draft": draft,
    "queue": queue,
    "queue_files": queue_files,
    "edit": edit,
    "go_on": go_on,
}


def compare(core: Core) -> None:
    """Two answers to one question."""
    said, lock = ["", ""], threading.Lock()

    def told(number: int, event: SideEvent) -> None:
        if isinstance(event, session.Delta):
            with lock:
                said[number] += event.text
                say(said)

    path = library.starter()
    sides = (Side(path, "One"), Side(path, "Other", sampling=(ANOTHER_TRY,)))
    room = core.room(None)
    core.comparison(room).run(None, QUESTION, parent_id=None, sides=sides, on_event=told, stop=Stop())


def delete(core: Core) -> None:
    """Exchanges are deleted, brought back, and deleted for good; the chat goes into the bin and comes back."""
    (chat,) = core.chats.conversations()
    while True:
        first = [message.id for message in core.chats.tree(chat.id).path()[:2]]
        if not first:  # a quick machine is through before it is killed
            time.sleep(0.01)
            continue
        batch = core.chats.delete_messages(first)
        say(["hidden", first])
        core.chats.bring_back_messages(batch)
        say(["back", first])
        core.chats.to_bin([chat.id], time.time())
        say(["bin", first])
        core.chats.bring_back([chat.id])
        say(["kept", first])
        core.purge_messages(core.chats.delete_messages(first))
        say(["purged", first])


def bring(core: Core) -> None:
    """Chats of a file come in; one line for each that is there, in the words of somebody who looks at the list."""

    def look() -> None:
        while True:
            say([chat.id for chat in core.chats.conversations()])

    threading.Thread(target=look, daemon=True).start()
    bringing.bring(core.chats, [Path(sys.argv[1]).parent / "export.json"])
    time.sleep(60)


def export(core: Core) -> None:
    """The same file is written again and again."""
    target = Path(sys.argv[1]).parent / "export.json"
    ids = sending.everything(core.chats)
    for number in itertools.count():
        sending.send(core.chats, ids, target, Form("json"))
        say(number)


CORES: dict[str, Callable[[Core], None]] = {"compare": compare, "delete": delete, "bring": bring, "export": export}


def main() -> int:
    profile, secret_file, deed = sys.argv[1:4]
    home = Home(paths.places(Path(profile)), FileSecrets(Path(secret_file)), load=LOAD)
    if deed in CORES:
        CORES[deed](home.open_by_keyring().core)
        return 0
    application = make_application()
    shell = Shell(home, Theme(application))
    Typist(shell, deed)
    shell.show()
    shell.start()
    return application.exec()


def prepare(home: Home) -> Core:
    """A new profile with the scripted model."""
    core = home.create().core
    core.settings.set(MODEL_PATH, str(library.starter()))
    return core


if __name__ == "__main__":
    sys.exit(main())
