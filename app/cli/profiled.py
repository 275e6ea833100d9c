"""What the commands share that work on an unlocked profile by actions: entering it, saying what came out, progress."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from app import paths, sandbox
from app.cli import streams
from app.cli.arguments import Arguments
from app.cli.ask import enter, interruptible
from app.cli.models_shown import Shown
from app.core import Core, Outside
from app.engine.stop import Stop
from app.errors import EXIT_FAILED, PaddockError
from app.home import Home
from app.models.shelf.copying import OnProgress
from app.models.shelf.names import one_line
from app.net import tripwire
from app.storage.secrets import Secrets

MOST_CHARACTERS = 2_000  # of a sentence


def guarded() -> Outside:
    """What lies beyond the profile, with this process guarded."""
    sandbox.forbid_core_dumps()
    door = tripwire.Door()
    tripwire.arm(door)
    return Outside(door=door)


def run(arguments: Arguments, secrets: Secrets, outside: Outside, act: Callable[[Core], Shown]) -> int:
    """Do it, print what came out, and return the exit code (docs/command-line.md)."""
    try:
        with (
            closing(Home(paths.places(arguments.profile), secrets, outside=outside)) as home,
            closing(enter(home, arguments)) as core,
        ):
            shown = act(core)
    except PaddockError as error:
        show("")
        streams.tell(one_line(str(error), MOST_CHARACTERS))
        return error.exit_code
    show("")
    is_said = streams.write((json.dumps(shown.data, indent=2) if arguments.as_json else shown.text) + "\n")
    return shown.exit_code if is_said else EXIT_FAILED


@contextmanager
def long_work(words: str) -> Iterator[tuple[OnProgress, threading.Event]]:
    """Told of in percent, stopped by Ctrl+C."""
    stop, halt, told = Stop(), threading.Event(), -1
    stop.on_set(halt.set)

    def on_progress(done: int, total: int) -> None:
        nonlocal told
        percent = 100 * done // max(1, total)
        if percent != told:
            told = percent
            show(f"{words} {percent} %")

    with interruptible(stop):
        yield on_progress, halt


def show(words: str) -> None:
    """On a terminal, over what stood there before."""
    if sys.stderr.isatty():
        streams.tell(f"\r\033[K{one_line(words)}", end="")
