"""The window's process, from its first line to its last: Qt, the theme, one shell, and a clean end on signals."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSocketNotifier, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app import __version__, paths, sandbox
from app.core import Outside
from app.errors import EXIT_OK, PaddockError, ProfileInUse
from app.home import Home
from app.net import tripwire
from app.storage import lock
from app.storage.secrets import KeyringSecrets
from app.text import _
from app.ui import files
from app.ui.collector import Collector
from app.ui.shell import Shell
from app.ui.spoken import SYSTEM, Spoken
from app.ui.theme import Theme

_log = logging.getLogger(__name__)


def main(profile: Path | None, quick: str | None = None) -> int:
    """Open the window on a profile and run until it is closed. A second start raises the first and ends.

    `quick`: the words of a quick question, possibly none; only its small window opens then.
    """
    sandbox.forbid_core_dumps()
    door = tripwire.Door()
    tripwire.arm(door)
    places = paths.places(profile)
    application = make_application()
    theme = Theme(application)
    try:
        home = Home(places, KeyringSecrets(), outside=Outside(door=door))
    except ProfileInUse as error:
        if lock.ask_owner(places.root, _request(quick)) is not None:
            return EXIT_OK
        return _say(error, theme)
    except PaddockError as error:
        return _say(error, theme)
    sys.excepthook = _log_uncaught
    Collector(application)
    shell = Shell(home, theme, spoken=application.findChild(Spoken))
    # With a tray, and beside the small window, there are times without a window.
    application.setQuitOnLastWindowClosed(False)
    shell.closed.connect(application.quit)
    shell.settled.connect(partial(_ask_for_motion, theme), Qt.ConnectionType.SingleShotConnection)
    application.commitDataRequest.connect(shell.quit)
    if quick is None:
        shell.show()
    shell.start(quick)
    with closed_by_signals(shell):
        return application.exec()


def make_application() -> QApplication:
    """Qt, set up so that it keeps nothing about the person anywhere."""
    files.forget_everything()
    QGuiApplication.setDesktopFileName("paddock")
    application = QApplication([sys.argv[0]])
    application.setApplicationName("Paddock")
    application.setApplicationDisplayName("Paddock")
    application.setApplicationVersion(__version__)
    Spoken(application).speak(SYSTEM)
    return application


@contextmanager
def closed_by_signals(shell: Shell) -> Iterator[None]:
    """SIGTERM and SIGINT close the window as its button does; Python's handlers alone would wait for an event."""
    if os.name != "posix":
        yield
        return
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    notifier = QSocketNotifier(reading.fileno(), QSocketNotifier.Type.Read, shell)
    notifier.activated.connect(shell.quit)
    before = signal.set_wakeup_fd(writing.fileno())
    handlers = {number: signal.signal(number, _wake) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        notifier.setEnabled(False)
        signal.set_wakeup_fd(before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        reading.close()
        writing.close()


def _wake(_number: int, _frame: object) -> None:
    """The wake-up descriptor does the work."""


def _request(quick: str | None) -> bytes:
    """What a second start asks of the first."""
    from app.chat import forwarded  # late: the first one starts without it
    from app.ui.quick import door

    return forwarded.RAISE if quick is None else door.encode(quick)


def _ask_for_motion(theme: Theme) -> None:
    from app.ui.system_motion import SystemMotion  # late, for a light start

    SystemMotion(theme)


def _say(error: PaddockError, theme: Theme) -> int:
    """A fault before there is a window: in the terminal, and in a dialog for those who started with a click."""
    print(error, file=sys.stderr)  # noqa: T201 - started from a terminal, this is where one looks
    from app.ui.dialogs import SentenceDialog

    dialog = SentenceDialog(
        theme, _("Paddock could not start"), error.message, parent=None, next_step=error.next_step, accept=_("Quit")
    )
    dialog.open()
    QApplication.exec()
    return error.exit_code


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: object) -> None:
    """A slot that raised: our bug. The log has where; the window stays."""
    _log.error("a slot failed", exc_info=error)
