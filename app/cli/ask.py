"""`ask`: one question on the command line, through the same core as the window.

The answer goes to standard output and nothing else does; progress and faults go to standard error. When a window
has the profile open, the question is handed to it, so that there is one engine and one writer.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from getpass import getpass
from types import FrameType

from app import log, paths, sandbox
from app.chat import forwarded, session
from app.cli import streams
from app.cli.arguments import Arguments
from app.core import Core
from app.engine import client, protocol
from app.engine.client import Stop
from app.errors import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    PaddockError,
    ProfileInUse,
    ProfileLocked,
    UsageError,
)
from app.home import Home
from app.journeys.first_look import memory_warning, wish_for
from app.models import gguf, library
from app.models.shelf.names import one_line
from app.net import tripwire
from app.storage import line, lock
from app.storage.secrets import KeyringSecrets
from app.text import _

PASSPHRASE_VARIABLE = "PADDOCK_PASSPHRASE"  # noqa: S105 - the name of a variable, not a secret
MAX_QUESTION_BYTES = 16 * 2**20


def main(arguments: Arguments) -> int:
    """Exit codes: docs/command-line.md."""
    sandbox.forbid_core_dumps()
    tripwire.arm(tripwire.Door())
    stop = Stop()
    try:
        question = _question(arguments.question)
        ask = _ask_temporary if arguments.is_temporary else _ask
        return ask(arguments, question, stop)
    except PaddockError as error:
        streams.tell(str(error))
        return error.exit_code


def _ask(arguments: Arguments, question: str, stop: Stop) -> int:
    places = paths.places(arguments.profile)
    try:
        home = Home(places, KeyringSecrets())
    except ProfileInUse:
        return _ask_window(places, arguments, question, stop)
    try:
        core = enter(home, arguments)
        try:
            if arguments.model is not None:
                _warn(core.desk.choose(arguments.model))
            return _ask_core(core, arguments, question, stop)
        finally:
            core.close()
    finally:
        home.close()


def enter(home: Home, arguments: Arguments) -> Core:
    entry = home.entry()
    if entry == "keyring":
        try:
            return home.open_by_keyring().core
        except ProfileLocked:
            pass  # the ring is locked or has lost the secret; a passphrase may still open the profile
    if entry != "new":
        if not home.slots().has_passphrase:
            return home.open_by_keyring().core  # says why not, and which key is left
        return home.open_by_passphrase(_passphrase(arguments.passphrase_fd, is_new=False)).core
    if home.secrets.is_available:
        core = home.create().core
    else:
        core = home.create(_passphrase(arguments.passphrase_fd, is_new=True)).core
    streams.tell(_("A new profile was made. Open Paddock's window once to write down its recovery key."))
    return core


def _ask_core(core: Core, arguments: Arguments, question: str, stop: Stop) -> int:
    printer = Printer(stop)
    with interruptible(stop):
        core.session.send(
            None,
            question,
            parent_id=None,
            on_event=printer.take,
            stop=stop,
            max_tokens=arguments.max_tokens,
        )
    return printer.end()


def _ask_temporary(arguments: Arguments, question: str, stop: Stop) -> int:
    log.start(None)
    printer = Printer(stop)
    path = arguments.model or library.starter()
    _warn(gguf.check(path))
    with interruptible(stop):
        engine = client.load(wish_for(path), on_progress=printer.loading, stop=stop)
        try:
            messages = (protocol.Message("user", question),)
            events = engine.answer(messages, sampling=protocol.Sampling(), max_tokens=arguments.max_tokens, stop=stop)
            for event in events:
                if isinstance(event, protocol.Delta):
                    printer.write(event.text)
        except PaddockError as error:
            printer.fail(str(error), error.exit_code)
        finally:
            engine.close()
    return printer.end()


def _ask_window(places: paths.Places, arguments: Arguments, question: str, stop: Stop) -> int:
    """Hand the question to the window that owns the profile and print what it streams back."""
    if arguments.model is not None:
        raise ProfileInUse(
            _("Paddock's window has this profile open and answers with the model chosen there."),
            _("Leave out --model, choose the model in the window, or add --temporary."),
        )
    printer = Printer(stop)
    request = forwarded.Ask(question, arguments.max_tokens).encode()
    if len(request) > line.MAX_MESSAGE_BYTES:
        raise UsageError(
            _("The question is too long to be handed to Paddock's window, which has this profile open."),
            _("Shorten it, or close the window and try again."),
        )
    printer.waiting()
    with interruptible(stop), closing(lock.ask_owner_stream(places.root, request)) as frames:
        for frame in frames:
            if stop.is_set:
                break
            printer.take_forwarded(forwarded.decode(frame))
    return printer.end()


class Printer:
    """Words to standard output as they come; progress to standard error when that is a terminal.

    When standard output takes no more words, the answer is stopped.
    """

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._is_progress_shown = sys.stderr.isatty()
        self._has_progress = False
        self._has_written = False
        self._exit_code: int | None = None

    def take(self, event: session.Event) -> None:
        if isinstance(event, session.Delta):
            self.write(event.text)
        elif isinstance(event, session.Loading):
            self.loading(event.fraction)
        elif isinstance(event, session.DocumentsAwaited):
            self._progress(_("Reading {name} first").format(name=one_line(event.name)))
        elif isinstance(event, session.Searching):
            self._progress(_("Searching the documents"))
        elif isinstance(event, session.EachPart):
            self._progress(_("Reading part {done} of {total}").format(done=event.done, total=event.total))
        elif isinstance(event, session.Prefilling):
            self._progress(_("Reading {percent} %").format(percent=100 * event.done // max(1, event.total)))
        elif isinstance(event, session.Failed):
            self.fail(str(event.error), event.error.exit_code)
        elif isinstance(event, session.Finished) and event.answer.note:
            self._clear()
            streams.tell(event.answer.note)

    def take_forwarded(self, event: forwarded.Said | forwarded.Refused) -> None:
        if isinstance(event, forwarded.Refused):
            self.fail(event.sentence, event.exit_code or EXIT_FAILED)
        elif event.text:
            self.write(event.text)

    def waiting(self) -> None:
        self._progress(_("Waiting for Paddock's window, which has this profile open"))

    def loading(self, fraction: float) -> None:
        self._progress(_("Loading the model {percent} %").format(percent=int(100 * fraction)))

    def write(self, text: str) -> None:
        self._clear()
        self._has_written = True
        self._put(text)

    def fail(self, sentence: str, exit_code: int) -> None:
        self._clear()
        self._exit_code = exit_code
        if self._has_written:
            self._put("\n")
        streams.tell(sentence)

    def end(self) -> int:
        self._clear()
        if self._exit_code is None and self._has_written:
            self._put("\n")
        if self._exit_code is not None:
            return self._exit_code
        return EXIT_INTERRUPTED if self._stop.is_set else EXIT_OK

    def _put(self, text: str) -> None:
        if streams.write(text):
            return
        if not self._stop.is_set:
            self._exit_code = EXIT_FAILED
            streams.tell(_("Standard output takes no more words, so the answer was stopped."))
        self._stop.set()

    def _progress(self, text: str) -> None:
        if self._is_progress_shown and not self._has_written:
            self._has_progress = True
            streams.tell(f"\r\033[K{text}", end="")

    def _clear(self) -> None:
        if self._has_progress:
            self._has_progress = False
            streams.tell("\r\033[K", end="")


def _warn(model: gguf.ModelFile) -> None:
    warning = memory_warning(model.size_bytes)
    if warning:
        streams.tell(warning)


def _question(text: str) -> str:
    if text == "-":
        raw = sys.stdin.buffer.read(MAX_QUESTION_BYTES + 1)
        if len(raw) > MAX_QUESTION_BYTES:
            raise UsageError(_("The question is larger than 16 MB."), _("Shorten it."))
    else:
        raw = os.fsencode(text)  # the bytes that were typed, whatever Python took them for
    text = raw.decode("utf-8", errors="replace")
    if not text.strip():
        raise UsageError(_("There is no question."), _('Write it in quotes: ask "…"'))
    return text


def _passphrase(fd: int | None, *, is_new: bool) -> str:
    """From the given descriptor, the environment, or a prompt, in this order."""
    if fd is not None:
        try:
            with os.fdopen(fd, "rb", closefd=False) as stream:
                return stream.readline(4096).decode("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(_("No passphrase could be read from file descriptor {fd}.").format(fd=fd)) from error
    from_environment = os.environ.get(PASSPHRASE_VARIABLE)
    if from_environment:
        return from_environment
    if not sys.stdin.isatty():
        raise ProfileLocked(
            _("This profile needs a passphrase."),
            _("Give it with --passphrase-fd or {name}, or run this in a terminal.").format(name=PASSPHRASE_VARIABLE),
        )
    try:
        return _new_passphrase() if is_new else getpass(_("Passphrase: "))
    except EOFError:
        raise ProfileLocked(_("No passphrase was typed."), _("Nothing was changed.")) from None


def _new_passphrase() -> str:
    while True:
        first = getpass(_("This computer offers no keyring. Choose a passphrase for your profile: "))
        if first and first == getpass(_("Once more: ")):
            return first
        streams.tell(_("The two do not match."))


@contextmanager
def interruptible(stop: Stop) -> Iterator[None]:
    """Ctrl+C asks the answer to stop; a second one ends at once."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        if stop.is_set:
            raise KeyboardInterrupt
        stop.set()

    before: Callable[[int, FrameType | None], object] | int | None = signal.signal(signal.SIGINT, on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
