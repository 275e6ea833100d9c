"""Files that matter: written beside the old one, private before there is data in them, synced, then renamed over.

Faults of the file system become sentences here, so that a full disk reads the same everywhere.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import sys
import time
from pathlib import Path

from app.errors import DiskFull, StorageFault
from app.text import _

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG}) if os.name == "posix" else frozenset({errno.ENOSPC})
_LITTLE_ROOM_BYTES = 256 * 1024


def disk_full() -> DiskFull:
    return DiskFull(
        _("The disk is full, so the last change could not be saved."),
        _("Free some space and try again. What was saved before is still there."),
    )


def cannot_write(detail: str) -> StorageFault:
    return StorageFault(
        _("The profile folder cannot be written to."),
        _("Check that the disk is there and that you may write to the folder, or choose another with --profile."),
        detail=detail,
    )


def as_fault(error: OSError) -> StorageFault:
    """The sentence for a file system error; it names no file."""
    if error.errno in _FULL:
        return disk_full()
    return cannot_write(errno.errorcode.get(error.errno or 0, type(error).__name__))


def has_room(folder: Path) -> bool:
    """Whether a little can still be written there. True where the system does not say."""
    try:
        if shutil.disk_usage(folder).free < _LITTLE_ROOM_BYTES:
            return False
        if sys.platform != "win32":
            room = os.statvfs(folder)
            return room.f_files == 0 or room.f_favail > 0  # some file systems do not count files
    except OSError:
        pass
    return True


def private_folder(folder: Path) -> None:
    """Make the folder, open to this user only. One that is already there keeps its mode."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise as_fault(error) from error


def private_file(path: Path) -> None:
    """Make sure that `path` is there (empty when new) and readable by this user only."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise as_fault(error) from error


def replace_content(path: Path, content: bytes) -> None:
    """Put `content` in the place of `path`, or leave it as it was. Raises DiskFull or StorageFault."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        rename_over(beside, path)
    except OSError as error:
        raise as_fault(error) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def rename_over(beside: Path, path: Path, *, attempts: int = 10) -> None:
    """os.replace, then sync the folder. On Windows a virus scanner may hold either file for a moment: try again."""
    for attempt in range(attempts):
        try:
            beside.replace(path)
            break
        except PermissionError:
            if os.name == "posix" or attempt == attempts - 1:
                raise
            time.sleep(0.1)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Wait until the content of `path` is on the disk."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the names in `folder` are on the disk. Windows has no such call and needs none."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network and FUSE file systems cannot sync a folder; the file itself is synced.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
