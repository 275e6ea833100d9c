"""Reading models as whole files: hashing, and copying what is hashed on the way. In pieces, told of, stopped at any.

What is copied is checked while it is copied, so a disk is read once. A copy that is not right does not stay.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from app.errors import Cancelled, DiskFull, ModelFault, PaddockError, StorageFault, Untrustworthy
from app.models.shelf.manifest import STAGING_ENDING, ManifestFile
from app.storage import files
from app.text import _, decimal

PIECE_BYTES = 4 * 2**20
SYNC_BYTES = 64 * 2**20  # written to the disk at least this often: a slow stick's progress is true, and a stop is quick
MAX_TEXT_BYTES = 2**20  # a licence, a notice
SPARE_BYTES = 32 * 2**20  # left free on a disk: for names, and for whatever else is writing
FAT_FILE_BYTES = 2**32 - 1  # the largest file on FAT32; exFAT and NTFS have no such limit
FAT_KINDS = frozenset({"vfat", "msdos", "fat"})
_FOLDER_FLAGS = sum(getattr(os, name, 0) for name in ("O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC"))
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))

OnProgress: TypeAlias = Callable[[int, int], None]
"""Told the bytes done and the bytes there are."""


class Work:
    """How far a job over several files is. `step` raises Cancelled once the person stopped it."""

    def __init__(self, total_bytes: int, on_progress: OnProgress, stop: threading.Event) -> None:
        self._done_bytes = 0
        self._total_bytes = total_bytes
        self._on_progress = on_progress
        self._stop = stop

    def step(self, count: int = 0) -> None:
        if self._stop.is_set():
            raise Cancelled(_("This was stopped. Nothing was changed."))
        self._done_bytes = min(self._done_bytes + count, self._total_bytes)  # texts come on top
        self._on_progress(self._done_bytes, self._total_bytes)


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read. Where `is_link_followed` is false, a link in its place is refused."""

    path: Path
    is_link_followed: bool = False

    @contextlib.contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Never waits, whatever stands there. Raises ModelFault, for what fails while it is read too."""
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        if not self.is_link_followed:
            flags |= getattr(os, "O_NOFOLLOW", 0)
        try:
            if self.path.is_symlink() and not self.is_link_followed:  # Windows has no O_NOFOLLOW
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            with os.fdopen(os.open(self.path, flags), "rb", buffering=0) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise OSError(errno.EINVAL, "not an ordinary file")
                yield file
        except OSError as fault:
            raise ModelFault(
                _("A file of this model is not there, or cannot be read."),
                _("Check the disk that it is on, or get the model again."),
                detail=errno.errorcode.get(fault.errno or 0, type(fault).__name__),
            ) from None

    def pieces(self, most_bytes: int) -> Iterator[bytes]:
        """Its content, and one byte beyond `most_bytes` where it has more. Raises ModelFault."""
        left = most_bytes + 1
        with self.opened() as file:
            while left > 0 and (piece := file.read(min(PIECE_BYTES, left))):
                left -= len(piece)
                yield piece


def hash_of(source: Source, size_bytes: int, work: Work) -> str:
    """SHA-256 in hex digits; of a file that is longer than `size_bytes`, of one byte more. Raises ModelFault."""
    digest = hashlib.sha256()
    for piece in source.pieces(size_bytes):
        digest.update(piece)
        work.step(len(piece))
    return digest.hexdigest()


def copy(source: Source, target: Path, size_bytes: int, work: Work) -> ManifestFile:
    """Copy a file to where none is, and wait until it is on the disk. Returns what was copied.

    Raises Untrustworthy when it is not `size_bytes` long, ModelFault when it cannot be read, Cancelled, DiskFull and
    StorageFault. Nothing is left at `target` then.
    """
    digest, copied_bytes, file = hashlib.sha256(), 0, _made(target)
    try:
        for piece in source.pieces(size_bytes):
            digest.update(piece)
            copied_bytes += len(piece)
            if copied_bytes > size_bytes:
                break
            _write(file, piece, target)
            if copied_bytes // SYNC_BYTES > (copied_bytes - len(piece)) // SYNC_BYTES:
                _sync(file, target)
            work.step(len(piece))
        if copied_bytes != size_bytes:
            raise not_as_announced("size")
        _sync(file, target)
        with writing(target.parent):
            file.close()
    except BaseException:
        with contextlib.suppress(OSError):
            file.close()  # an unwritten rest may fail again
        with contextlib.suppress(OSError):
            target.unlink()
        raise
    return ManifestFile(target.name, copied_bytes, digest.hexdigest())


def copy_checked(source: Source, folder: Path, wanted: ManifestFile, work: Work) -> None:
    """As `copy`, into the folder; raises Untrustworthy when the content is not the one wanted."""
    if copy(source, folder / wanted.name, wanted.size_bytes, work) != wanted:
        with contextlib.suppress(OSError):
            (folder / wanted.name).unlink()
        raise not_as_announced("hash")


def copy_text(source_folder: Path, folder: Path, name: str, work: Work) -> bool:
    """Copy a licence or a notice. False when there is none by that name, or none of the size of a text."""
    try:
        size_bytes = (source_folder / name).lstat().st_size
        copy(Source(source_folder / name), folder / name, min(size_bytes, MAX_TEXT_BYTES), work)
    except (OSError, ModelFault, Untrustworthy):
        return False
    return True


def not_as_announced(detail: str) -> Untrustworthy:
    return Untrustworthy(
        _("A file of this model is not what its manifest says: it was changed, or damaged on the way."),
        _("Nothing of it was kept. Get the model again from where it came from."),
        detail=detail,
    )


def require_room(folder: Path, sizes: tuple[int, ...]) -> None:
    """Raises DiskFull when files of these sizes do not fit into the folder. Where the system does not say, they may."""
    needed_bytes = sum(sizes)
    try:
        free_bytes = shutil.disk_usage(folder).free
    except OSError:
        return
    if free_bytes < needed_bytes + SPARE_BYTES:
        raise DiskFull(
            _("There is not enough room: {needed} are needed, {free} are free.").format(
                needed=_size(needed_bytes), free=_size(free_bytes)
            ),
            _("Free some space, or choose another folder."),
        )
    if max(sizes, default=0) > FAT_FILE_BYTES and file_system_of(folder) in FAT_KINDS:
        raise fat_limit()


def fat_limit() -> StorageFault:
    return StorageFault(
        _("This disk cannot hold files of more than 4 GB, as its file system (FAT32) does not allow them."),
        _("Format the stick as exFAT, which deletes what is on it, or choose another disk."),
    )


def file_system_of(folder: Path) -> str:
    """Its kind as the kernel names it ("vfat", "ext4"); empty where the system does not tell (only Linux does here)."""
    if not sys.platform.startswith("linux"):
        return ""
    with contextlib.suppress(OSError):
        device = folder.stat().st_dev
        mounts = Path("/proc/self/mountinfo").read_text("utf-8", "replace")
        return file_system_in(mounts, f"{os.major(device)}:{os.minor(device)}")
    return ""


def file_system_in(mountinfo: str, device: str) -> str:
    """The kind of a device's file system. Columns as in proc_pid_mountinfo(5): the third is major:minor."""
    for line in mountinfo.splitlines():
        before, _dash, after = line.partition(" - ")
        columns = before.split(" ")
        if len(columns) > 2 and columns[2] == device:
            return after.split(" ")[0]
    return ""


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Faults of the file system become sentences about models."""
    try:
        yield
    except OSError as fault:
        raise as_fault(fault) from fault


def as_fault(fault: OSError) -> PaddockError:
    """The sentence for an error while writing; it names no file."""
    detail = errno.errorcode.get(fault.errno or 0, type(fault).__name__)
    if fault.errno in _FULL:
        return DiskFull(
            _("The disk is full."), _("Nothing was lost. Free some space, or choose another folder."), detail=detail
        )
    if fault.errno in (errno.EEXIST, errno.ENOTEMPTY):
        return already_there()
    if fault.errno == errno.EFBIG:
        return fat_limit()
    return StorageFault(
        _("The folder cannot be written to."),
        _("Check that the disk is there, that it is not write-protected and that no other program uses the model."),
        detail=detail,
    )


def already_there() -> StorageFault:
    return StorageFault(
        _("There is already a copy of this model in that folder."),
        _("Use that one, or delete it first."),
    )


@contextlib.contextmanager
def staging(home: Path) -> Iterator[Path]:
    """A new folder beside `home` that takes its name when the block ends well, and is gone when it does not.

    Raises StorageFault when `home` is there already, or cannot be made.
    """
    missing = [folder for folder in home.parents if not folder.exists()]
    beside = beside_of(home)
    try:
        with writing(home.parent):
            if os.path.lexists(home):
                raise already_there()
            beside.mkdir(mode=0o755, parents=True)
        yield beside
        with writing(home.parent):
            files.sync_folder(beside)
            files.rename_over(beside, home)
    except BaseException:
        remove_flat(beside)
        for folder in missing:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def beside_of(home: Path) -> Path:
    """A name for a copy that nobody else has."""
    return home.with_name(f"{home.name}.{secrets.token_hex(4)}{STAGING_ENDING}")


def require_folder(folder: Path) -> None:
    """Make it where only itself is missing. Raises StorageFault: a drive that is not there is not made up for."""
    with writing(folder):
        if not folder.is_dir() and not folder.parent.is_dir():
            raise StorageFault(
                _("The folder, or the drive that it is on, is not there."),
                _("Connect the drive, or choose another folder."),
            )
        folder.mkdir(exist_ok=True)


def remove_flat(folder: Path) -> int:
    """Remove a folder of ours with the files in it, never a folder inside of it. Returns the bytes given back."""
    freed_bytes = 0
    with contextlib.suppress(OSError):
        with entered(folder) as (entries, descriptor):
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    freed_bytes += given_back(entry.stat(follow_symlinks=False))
                    os.unlink(entry.path, dir_fd=descriptor)
        folder.rmdir()
    return freed_bytes


@contextlib.contextmanager
def entered(folder: Path) -> Iterator[tuple[list[os.DirEntry[str]], int | None]]:
    """What is in a folder, and as `dir_fd` the folder that their `path` begins at. Raises OSError, for a link as well.

    Through the descriptor it stays that folder, whatever takes its place meanwhile; Windows has none.
    """
    if os.name != "posix":
        if folder.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        yield list(os.scandir(folder)), None
        return
    descriptor = os.open(folder, os.O_RDONLY | _FOLDER_FLAGS)
    try:
        yield list(os.scandir(descriptor)), descriptor
    finally:
        os.close(descriptor)


def given_back(status: os.stat_result) -> int:
    """The bytes that removing this name frees: none while the content has another name, and none for links."""
    return status.st_size if stat.S_ISREG(status.st_mode) and status.st_nlink <= 1 else 0


def _made(target: Path) -> BinaryIO:
    with writing(target.parent):
        return target.open("xb", buffering=0)


def _write(file: BinaryIO, piece: bytes, target: Path) -> None:
    left = memoryview(piece)
    try:
        while left:
            left = left[file.write(left) :]
    except OSError as fault:
        is_at_fat_limit = file.tell() + len(left) > FAT_FILE_BYTES >= file.tell()
        if is_at_fat_limit and _has_room(target.parent):
            raise fat_limit() from fault  # Windows tells it as another error
        raise as_fault(fault) from fault


def _sync(file: BinaryIO, target: Path) -> None:
    with writing(target.parent):
        os.fsync(file.fileno())


def _has_room(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free > SPARE_BYTES
    except OSError:
        return False


def _size(count: int) -> str:
    """Bytes for people."""
    if count < 1e9:
        return _("{count} MB").format(count=f"{count / 1e6:.0f}")
    return _("{count} GB").format(count=decimal(count / 1e9))
