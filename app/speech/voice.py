"""Reading a text aloud with the voice that the system has: spd-say or espeak-ng, say, or Windows' own.

The text goes through standard input only, so that no list of processes shows it, and a few sentences at a time, so
that a program that hangs costs those. A stop kills at once; nobody waits for the end of a sentence.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PIECE_CHARACTERS = 500
_SLOWEST_CHARACTERS_PER_S = 4.0
_START_S = 20.0  # a voice that is loaded first
_STOP_S = 2.0
_END_OF_SENTENCE = re.compile(r"(?<=[.!?:;…])\s+|(?<=[。！？])|\n+")
# What programs that make sound need: their socket, their sound server, the person's language.
_KEPT_NAMES = frozenset({"PATH", "HOME", "LANG", "USER", "LOGNAME", "SYSTEMROOT", "WINDIR", "TEMP", "TMP"})
_KEPT_PREFIXES = ("LC_", "XDG_", "PULSE_", "PIPEWIRE_", "ALSA_", "DBUS_SESSION_", "SPEECHD_", "ESPEAK_")
_POWERSHELL = (
    "Add-Type -AssemblyName System.Speech;"
    "$in = New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8);"
    "(New-Object Speech.Synthesis.SpeechSynthesizer).Speak($in.ReadToEnd())"
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Program:
    """How a program is started that speaks its standard input, and how a service behind it is told to stop."""

    argv: tuple[str, ...]
    silence_argv: tuple[str, ...] = ()
    piece_characters: int = PIECE_CHARACTERS


def find(platform: str = sys.platform) -> Program | None:
    """What this system speaks with; None where it has nothing."""
    if platform == "win32":
        # Not run on the machine this was written on. It takes half a second to start: the whole text at once.
        found = shutil.which("powershell")
        argv = (found or "", "-NoProfile", "-NonInteractive", "-Command", _POWERSHELL)
        return Program(argv, piece_characters=1_000_000) if found else None
    if platform == "darwin":
        return Program((found,)) if (found := shutil.which("say")) else None
    if found := shutil.which("spd-say"):
        return Program((found, "--wait", "--pipe-mode"), silence_argv=(found, "--cancel"))
    for name in ("espeak-ng", "espeak"):
        if found := shutil.which(name):
            return Program((found, "--stdin"))
    return None


def pieces(text: str, most_characters: int = PIECE_CHARACTERS) -> list[str]:
    """The text in pieces that end where sentences do, each one line and not much longer than `most_characters`."""
    found: list[str] = []
    for sentence in _END_OF_SENTENCE.split(text):
        # A line that begins with "!-!" would be an order to spd-say.
        words = " ".join(sentence.split()).lstrip("!")
        while len(words) > most_characters:
            end = words.rfind(" ", 1, most_characters)
            end = end if end > 0 else most_characters
            found.append(words[:end])
            words = words[end:].strip().lstrip("!")
        if words and found and len(found[-1]) + len(words) < most_characters:
            found[-1] = f"{found[-1]} {words}"
        elif words:
            found.append(words)
    return found


class Voice:
    """One text at a time: reading another ends the one before. Calls may come from any one thread, and return at once.

    `look` is asked once, when it is first needed.
    """

    def __init__(self, look: Callable[[], Program | None] = find) -> None:
        self._look = look
        self._program: Program | None = None
        self._has_looked = False
        self._reading: _Reading | None = None
        self._tell: Callable[[], None] = lambda: None

    @property
    def is_available(self) -> bool:
        return self._found() is not None

    @property
    def is_reading(self) -> bool:
        return self._reading is not None and self._reading.is_going_on

    def on_done(self, tell: Callable[[], None]) -> None:
        """`tell` is called on another thread after each text, read to the end or not; `is_reading` is right by then."""
        self._tell = tell

    def read(self, text: str) -> None:
        """Does nothing where the system has no voice."""
        self.stop()
        program = self._found()
        if program is not None:
            self._reading = _Reading(program, pieces(text, program.piece_characters), self._tell)

    def stop(self) -> None:
        """Silence, at once."""
        if self._reading is not None:
            self._reading.stop()

    def close(self, timeout_s: float = _STOP_S) -> None:
        """The same, and wait until nothing of it is left."""
        if self._reading is not None:
            self._reading.stop()
            self._reading.join(timeout_s)

    def _found(self) -> Program | None:
        if not self._has_looked:
            self._program = self._look()
            self._has_looked = True
        return self._program


class _Reading:
    """One text on its way, on a thread of its own."""

    def __init__(self, program: Program, texts: list[str], on_done: Callable[[], None]) -> None:
        self._program = program
        self._texts = texts
        self._on_done = on_done
        self._is_stopped = threading.Event()
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="paddock-voice", daemon=True)
        self._thread.start()

    @property
    def is_going_on(self) -> bool:
        return not self._is_over.is_set() and not self._is_stopped.is_set()

    def stop(self) -> None:
        self._is_stopped.set()
        with self._lock:
            if self._process is not None:
                _kill(self._process)

    def join(self, timeout_s: float) -> None:
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            all(self._speak(text) for text in self._texts)
            if self._is_stopped.is_set():
                self._silence()
        except OSError as error:
            _log.warning("the voice did not start", exc_info=error)
        finally:
            self._is_over.set()
            self._on_done()

    def _speak(self, text: str) -> bool:
        """False when it was stopped, or did not go well."""
        with self._lock:
            if self._is_stopped.is_set():
                return False
            process = self._process = _start(self._program.argv)
        try:
            process.communicate(text.encode(), timeout=_START_S + len(text) / _SLOWEST_CHARACTERS_PER_S)
        except subprocess.TimeoutExpired:
            _log.warning("the voice took too long and was ended")
        finally:
            with self._lock:
                self._process = None
                if process.poll() is None:
                    _kill(process)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_S)
        return process.returncode == 0 and not self._is_stopped.is_set()

    def _silence(self) -> None:
        if self._program.silence_argv:
            process = _start(self._program.silence_argv)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(b"", timeout=_STOP_S)
            _kill(process)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_S)


def _start(argv: tuple[str, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        cwd=Path(sys.executable).anchor,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _KEPT_NAMES or name.upper().startswith(_KEPT_PREFIXES)
    }
    # A bundle puts its own libraries first; what is not ours wants those from before.
    if "LD_LIBRARY_PATH_ORIG" in os.environ:
        kept["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH_ORIG"]
    return kept


def _kill(process: subprocess.Popen[bytes]) -> None:
    """It and whatever it started."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
