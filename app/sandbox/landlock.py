"""Linux's wall around paths, TCP and signals. Before its ABI 8 only for the calling thread and those started later."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from app.sandbox import limits

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # system calls
# Access bits by the ABI that brought them; source: linux/landlock.h.
_WRITE_FILE, _READ_FILE, _READ_DIR, _IOCTL_DEV = 1 << 1, 1 << 2, 1 << 3, 1 << 15
_HANDLED_FS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF}  # from ABI 5 on: 0xFFFF
_ALL_TCP, _ALL_SCOPES = 0b11, 0b11
_TSYNC = 1 << 3  # ABI 8


def shut(libc: ctypes.CDLL, readable: Iterable[str], devices: Iterable[str]) -> int:
    """Refuse every path that is not listed, TCP, abstract sockets and signals. The ABI that took, or 0."""
    abi = int(libc.syscall(ctypes.c_long(_CREATE), None, ctypes.c_size_t(0), ctypes.c_uint(1)))
    if abi < 1:
        return 0
    handled = _HANDLED_FS.get(abi, 0xFFFF)
    attributes = struct.pack("=QQQ", handled, _ALL_TCP if abi >= 4 else 0, _ALL_SCOPES if abi >= 6 else 0)
    size = ctypes.c_size_t(len(attributes))  # an older kernel takes the longer form where the rest is zero
    rules = int(libc.syscall(ctypes.c_long(_CREATE), attributes, size, ctypes.c_uint(0)))
    if rules < 0:
        return 0
    read = handled & (_READ_FILE | _READ_DIR)
    for path in readable:
        _allow(libc, rules, path, access=read)
    for path in devices:
        _allow(libc, rules, path, access=read | handled & (_WRITE_FILE | _IOCTL_DEV))
    took = False
    for flags in (_TSYNC, 0) if abi >= 8 else (0,):
        if libc.syscall(ctypes.c_long(_RESTRICT), ctypes.c_int(rules), ctypes.c_uint(flags)) == 0:
            took = True
            break
    os.close(rules)
    return abi if took else 0


def _allow(libc: ctypes.CDLL, rules: int, path: str, *, access: int) -> None:
    """A path that cannot be opened or added stays refused: the safe side."""
    try:
        descriptor = os.open(path, getattr(os, "O_PATH", 0))
    except (OSError, ValueError):
        return
    if not stat.S_ISDIR(limits.mode(descriptor)):
        access &= ~_READ_DIR
    rule = struct.pack("=Qi", access, descriptor)
    libc.syscall(ctypes.c_long(_ADD), ctypes.c_int(rules), ctypes.c_int(1), rule, ctypes.c_uint(0))
    # A rule hangs on an inode, and /proc makes a new one when the kernel drops its caches: with a large model loading,
    # /proc/self and /proc/cpuinfo became unreadable. The open descriptor pins them for this process's life.
    if not path.startswith("/proc/"):
        os.close(descriptor)
