"""Linux's walls in their order: what was inherited, paths, files and dumps, and the filter of system calls last."""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from app.sandbox import landlock, limits, seccomp
from app.sandbox.proof import Guards

if sys.platform != "win32":
    import fcntl

_PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 3, 4
_PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 38, 39


def give_up(readable: Iterable[str], devices: Iterable[str], refused: Iterable[str]) -> Guards:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    _close_inherited()
    _prctl(libc, _PR_SET_NO_NEW_PRIVS, 1)
    abi = landlock.shut(libc, readable, devices)
    limits.forbid_files_and_dumps()
    # From here on /proc/self belongs to root; what we read there is world-readable or checked as "self".
    _prctl(libc, _PR_SET_DUMPABLE, 0)
    return Guards(
        seccomp=seccomp.shut(libc, refused),
        landlock=abi,
        no_new_privs=_prctl(libc, _PR_GET_NO_NEW_PRIVS) == 1,
        no_core_dump=limits.has_no_core_dump(),
        not_dumpable=_prctl(libc, _PR_GET_DUMPABLE) == 0,
    )


def _prctl(libc: ctypes.CDLL, option: int, value: int = 0) -> int:
    zero = ctypes.c_ulong(0)
    return int(libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero))


def _close_inherited() -> None:
    """Close what would be a way round the walls: sockets, folders, and files open for writing. Pipes stay."""
    try:
        names = [entry.name for entry in Path("/proc/self/fd").iterdir()]
    except OSError:  # no /proc: the caller's close_fds has to do
        return
    for name in names:
        if int(name) > 2 and _is_way_round(int(name)):
            os.close(int(name))


def _is_way_round(descriptor: int) -> bool:
    mode = limits.mode(descriptor)
    if stat.S_ISSOCK(mode) or stat.S_ISDIR(mode):
        return True
    if sys.platform != "win32" and stat.S_ISREG(mode):
        return fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
    return False
