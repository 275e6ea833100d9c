"""Which guards took: what the system said, and what was tried afterwards."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from app.frozen import dataclass

SELF_TESTS: Final = ("no-inet-socket", "no-unix-socket", "no-file-write", "no-foreign-read", "no-exec")


@dataclass(frozen=True, slots=True)
class Guards:
    """Which guards took. `proven` and `failed` name the self-tests; without a wall they are in `failed`."""

    seccomp: bool = False
    landlock: int = 0  # ABI, 0 = none
    no_new_privs: bool = False
    no_core_dump: bool = False
    not_dumpable: bool = False
    other: str = ""  # "" | "macos-sandbox" | "windows-job"
    proven: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def self_test() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Try what must not work. Only a plain refusal counts as proof."""
    attempts: Mapping[str, Callable[[], None]] = {
        "no-inet-socket": _try_inet_socket,
        "no-unix-socket": _try_unix_socket,
        "no-file-write": _try_file_write,
        "no-foreign-read": _try_foreign_read,
        "no-exec": _try_exec,
    }
    proven = tuple(name for name in SELF_TESTS if _is_refused(attempts[name]))
    return proven, tuple(name for name in SELF_TESTS if name not in proven)


def _is_refused(attempt: Callable[[], None]) -> bool:
    try:
        attempt()
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def _try_inet_socket() -> None:
    """Raises only if every kind is refused."""
    kinds = [(f, k) for f in (socket.AF_INET, socket.AF_INET6) for k in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]
    if all(_is_refused(partial(_open_socket, family, kind)) for family, kind in kinds):
        raise PermissionError


def _try_unix_socket() -> None:
    if sys.platform != "win32":
        _open_socket(socket.AF_UNIX, socket.SOCK_STREAM)


def _open_socket(family: int, kind: int) -> None:
    socket.socket(family, kind).close()


def _try_file_write() -> None:
    """Open this very file for writing (nothing is written), then make a new one where everybody may."""
    own = Path(__file__)
    if own.exists() and not _is_refused(lambda: os.close(os.open(own, os.O_WRONLY))):
        return
    places = (os.environ.get("TEMP", ""), "/tmp", "/var/tmp")  # noqa: S108 - the attempt is meant to fail
    folder = next((place for place in places if place and os.access(place, os.W_OK)), ".")
    path = Path(folder, f"paddock-self-test-{os.getpid()}")
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    path.unlink()


def _try_foreign_read() -> None:
    os.close(os.open("/etc/passwd", os.O_RDONLY))


def _try_exec() -> None:
    """A program that is not there: without a wall it is reported as missing, and nothing is replaced."""
    path = str(Path(os.sep, "paddock-self-test", "missing"))
    os.execv(path, [path])  # noqa: S606 - no shell is wanted
