"""A file that is still being fetched: its bytes so far, and their hash.

Whoever can write into the folder could plant a link or a pipe under its name, so it is opened only if it is an
ordinary file with one name. What is there from an earlier time is hashed again: it is never believed.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

from app.errors import Cancelled, DiskFull, StorageFault, Untrustworthy
from app.models.shelf.copying import fat_limit
from app.storage import files
from app.text import _

WRITE_BYTES = 2**20
WRITE_AFTER_S = 0.25  # on a slow line a kill must not cost more than that
_MARK_ENDING = ".etag"
# RFC 9110, 8.8.3: a strong entity tag. A weak one ("W/...") does not promise the same bytes.
_STRONG_TAG = re.compile(r'"[\x21\x23-\x7e]{1,180}"')
_LINKS = frozenset({errno.ELOOP, errno.EMLINK, errno.EISDIR, errno.ENXIO})
_OPEN_FLAGS = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY", "O_CLOEXEC"))


def open_plain(path: Path, flags: int) -> int:
    """A descriptor of an ordinary file with one name, private to this user. Raises OSError, Untrustworthy."""
    if path.is_symlink():  # Windows has no O_NOFOLLOW
        raise _planted()
    try:
        descriptor = os.open(path, flags | _OPEN_FLAGS, 0o600)
    except OSError as error:
        if error.errno in _LINKS:
            raise _planted() from error
        raise
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        os.close(descriptor)
        raise _planted()
    return descriptor


def hash_of(path: Path, on_bytes: Callable[[int], None], stop: threading.Event) -> tuple[int, str]:
    """Size and SHA-256 of an ordinary file. Raises FileNotFoundError, Untrustworthy, StorageFault, Cancelled."""
    try:
        with os.fdopen(open_plain(path, os.O_RDONLY), "rb", buffering=0) as file:
            digest, size_bytes = hashlib.sha256(), 0
            while data := file.read(WRITE_BYTES):
                refuse_stopped(stop)
                digest.update(data)
                size_bytes += len(data)
                on_bytes(size_bytes)
            return size_bytes, digest.hexdigest()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise as_fault(error) from error


def refuse_stopped(stop: threading.Event) -> None:
    """Raises Cancelled."""
    if stop.is_set():
        raise Cancelled(_("The download was stopped."), _("What has arrived is kept."))


def as_fault(error: OSError) -> StorageFault:
    """The sentence for a file system error in the models folder; it names no file."""
    if error.errno == errno.EFBIG:
        return fat_limit()
    if isinstance(files.as_fault(error), DiskFull):
        return DiskFull(
            _("The disk with the models folder is full."),
            _("Free some space, then go on. What has arrived is kept."),
        )
    return StorageFault(
        _("The models folder cannot be written to."),
        _("Check that the disk is there and that you may write to the folder, then go on."),
        detail=errno.errorcode.get(error.errno or 0, type(error).__name__),
    )


class Unfinished:
    """Use it as a context; one thread at a time. Its methods raise DiskFull, StorageFault or Untrustworthy."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting = bytearray()
        self._digest = hashlib.sha256()
        self._on_disk_bytes = 0
        self._written_at = time.monotonic()
        try:
            self._file = os.fdopen(open_plain(path, os.O_RDWR | os.O_CREAT), "r+b", buffering=0)
            if os.name == "posix":
                os.fchmod(self._file.fileno(), 0o600)
        except OSError as error:
            raise as_fault(error) from error

    @property
    def size_bytes(self) -> int:
        """How much has arrived."""
        return self._on_disk_bytes + len(self._waiting)

    @property
    def found_bytes(self) -> int:
        """How much is on the disk, whether it was read already or not."""
        return os.fstat(self._file.fileno()).st_size

    def take_stock(self, on_bytes: Callable[[int], None], stop: threading.Event) -> None:
        """Read and hash what is there from an earlier time. Raises Cancelled as well."""
        try:
            while data := self._file.read(WRITE_BYTES):
                refuse_stopped(stop)
                self._digest.update(data)
                self._on_disk_bytes += len(data)
                on_bytes(self._on_disk_bytes)
        except OSError as error:
            raise as_fault(error) from error

    def add(self, data: bytes) -> None:
        """The next bytes. They are written in pieces of a megabyte, or of what came in a moment."""
        self._waiting += data
        if len(self._waiting) >= WRITE_BYTES or time.monotonic() - self._written_at >= WRITE_AFTER_S:
            self.flush()

    def flush(self) -> None:
        """Give everything that has arrived to the system. On a full disk as much stays as there was room for."""
        try:
            while self._waiting:
                count = self._file.write(self._waiting) or 0
                self._digest.update(self._waiting[:count])
                self._on_disk_bytes += count
                del self._waiting[:count]
            self._written_at = time.monotonic()
        except OSError as error:
            self._waiting.clear()
            raise as_fault(error) from error

    def start_over(self) -> None:
        """Throw away what is there."""
        self._waiting.clear()
        try:
            self._file.seek(0)
            self._file.truncate(0)
        except OSError as error:
            raise as_fault(error) from error
        self._digest, self._on_disk_bytes = hashlib.sha256(), 0
        self.mark("")

    def finish(self) -> str:
        """Wait until it is on the disk. Returns the SHA-256 of all of it."""
        self.flush()
        try:
            os.fsync(self._file.fileno())
            _mark_path(self._path).unlink(missing_ok=True)
        except OSError as error:
            raise as_fault(error) from error
        return self._digest.hexdigest()

    def remove(self) -> None:
        """Keep nothing of it."""
        self.start_over()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    @property
    def tag(self) -> str:
        """The entity tag that what is there was sent with; empty when it is not known."""
        try:
            with os.fdopen(open_plain(_mark_path(self._path), os.O_RDONLY), "rb") as file:
                untrusted = file.read(256).decode("ascii", "replace")
        except (OSError, Untrustworthy):
            return ""
        return untrusted if _STRONG_TAG.fullmatch(untrusted) else ""

    def mark(self, untrusted_tag: str) -> None:
        """Remember the entity tag that the coming bytes belong to; one that promises nothing is forgotten."""
        tag = untrusted_tag if _STRONG_TAG.fullmatch(untrusted_tag) else ""
        if tag == self.tag:
            return
        try:
            _mark_path(self._path).unlink(missing_ok=True)
            if tag:
                with os.fdopen(open_plain(_mark_path(self._path), os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
                    file.write(tag.encode("ascii"))
        except OSError as error:
            raise as_fault(error) from error

    def __enter__(self) -> Unfinished:
        return self

    def __exit__(self, *_exception: object) -> None:
        try:
            if self._waiting:
                self.flush()
        finally:
            self._file.close()


def _mark_path(path: Path) -> Path:
    return path.with_name(path.name + _MARK_ENDING)


def _planted() -> Untrustworthy:
    return Untrustworthy(
        _("Something else is in the place where the download would be written: a link, or what is no file."),
        _("Nothing was written. Look into the models folder and remove it, or choose another folder."),
    )
