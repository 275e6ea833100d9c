"""What a process may not leave on the disk: no image of its memory, no byte in a file."""

from __future__ import annotations

import os
import stat
import sys

if sys.platform != "win32":
    import resource


def forbid_core_dumps() -> None:
    """A crash of this process leaves no image of its memory on the disk. For the window and the commands, too."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def forbid_files_and_dumps() -> None:
    """No core file, and not one byte into a regular file, whatever thread or descriptor tries.

    Where a standard stream is itself a file (a developer's `2>log`) the second limit would break it, so it is left
    out there. Python ignores SIGXFSZ, so a refused write is an EFBIG.
    """
    forbid_core_dumps()
    if sys.platform != "win32":
        if not any(stat.S_ISREG(mode(descriptor)) for descriptor in (1, 2)):
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def has_no_core_dump() -> bool:
    return sys.platform != "win32" and resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)


def mode(descriptor: int) -> int:
    """What kind of file it is, 0 where it is not open."""
    try:
        return os.fstat(descriptor).st_mode
    except OSError:
        return 0
