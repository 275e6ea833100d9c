"""Where a model is put together before it appears: a folder beside its home, which takes the home's name by one rename.

It is held by one Paddock at a time, also where two profiles share a models folder. What was in the home's place stays
until the new one is whole.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from app.errors import StorageFault, Untrustworthy
from app.models.fetch.unfinished import as_fault, open_plain
from app.models.hub.remote import RemoteFile
from app.models.shelf import copying, manifest
from app.models.shelf.manifest import Manifest
from app.storage import files
from app.storage.lock import TAKEN, lock_file
from app.text import _

_HASH_DIGITS = 16


class Staging:
    """Of one model; its methods raise DiskFull, StorageFault or Untrustworthy. Only who holds it may change it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = manifest.staging_of(home)
        self._made: os.stat_result | None = None

    def path_of(self, name: str) -> Path:
        """Of a file that has arrived."""
        return self.folder / name

    def unfinished_path_of(self, name: str, sha256: str) -> Path:
        """Of a file that is still arriving. Its name says which bytes it is on the way to."""
        return self.folder / f"{name}.{sha256[:_HASH_DIGITS]}.part"

    def arrived_bytes(self, wanted: Collection[tuple[str, RemoteFile]]) -> int:
        """What is there already, by the looks of it: for sums that show and foresee, never for what is believed."""
        return sum(
            next(
                (
                    min(size, file.size_bytes)
                    for path in (self.path_of(name), self.unfinished_path_of(name, file.sha256))
                    if (size := _size_of(path)) is not None
                ),
                0,
            )
            for name, file in wanted
        )

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Make the folder, and keep other Paddocks out of it meanwhile. Raises StorageFault when one is in it."""
        lock_path = self.home.with_name(f".{self.home.name}.lock")
        try:
            copying.require_folder(self.home.parents[2])
            self.home.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            descriptor = _locked(lock_path)
        except OSError as error:
            raise as_fault(error) from error
        try:
            self._make()
            yield
        finally:
            _unlock(descriptor, lock_path)

    def put_away(self, path: Path, name: str) -> None:
        """A file that has arrived, and was checked, gets its name."""
        try:
            self._require_own()
            files.rename_over(path, self.path_of(name))
        except OSError as error:
            raise as_fault(error) from error

    def complete(self, about: Manifest, texts: Collection[tuple[str, str]]) -> None:
        """Put the texts and the manifest beside the files, and remove whatever does not belong there."""
        wanted = {manifest.NAME, *about.texts, *(file.name for file in about.files)}
        try:
            self._require_own()
            with copying.entered(self.folder) as (entries, descriptor):
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.path, dir_fd=descriptor)
                    elif entry.name not in wanted or entry.is_symlink():
                        os.unlink(entry.path, dir_fd=descriptor)
            for name, content in texts:
                files.replace_content(self.path_of(name), content.encode("utf-8", "replace"))
            manifest.write(self.folder, about)
            for folder in (self.folder, *self.home.parents[:3]):
                files.sync_folder(folder)
        except OSError as error:
            raise as_fault(error) from error

    def put_in_place(self) -> None:
        """The model appears. Something else that is in its place goes, once the model has it."""
        aside = self.home.with_name(f"{self.home.name}.{secrets.token_hex(4)}{manifest.STAGING_ENDING}")
        has_old = os.path.lexists(self.home)
        try:
            self._require_own()
            if has_old:
                self.home.rename(aside)
            try:
                files.rename_over(self.folder, self.home)
            except OSError:
                if has_old:
                    aside.rename(self.home)
                raise
        except OSError as error:
            raise as_fault(error) from error
        if has_old:
            _remove(aside)

    def remove(self) -> None:
        """Keep nothing of it, and none of the empty folders that were made for it. What another Paddock holds stays."""
        if not self.folder.parent.is_dir():
            return
        with self.held():
            _remove(self.folder)
        for folder in self.home.parents[:2]:
            with contextlib.suppress(OSError):
                folder.rmdir()

    def _make(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self._made = self.folder.lstat()
        except FileExistsError as error:
            raise _in_the_way() from error
        except OSError as error:
            raise as_fault(error) from error
        if not stat.S_ISDIR(self._made.st_mode):
            raise _in_the_way()

    def _require_own(self) -> None:
        """Raises Untrustworthy where somebody put another folder, or a link to one, in its place meanwhile."""
        if self._made is None or not os.path.samestat(self._made, self.folder.lstat()):
            raise _in_the_way()


def _locked(path: Path) -> int:
    """A descriptor that holds the lock file. Raises OSError, Untrustworthy, and StorageFault when it is taken."""
    descriptor = open_plain(path, os.O_RDWR | os.O_CREAT)
    try:
        lock_file(descriptor)
        is_ours = os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        is_ours = False  # who had it has just removed it
    except OSError as error:
        os.close(descriptor)
        if error.errno in TAKEN:
            raise _taken() from error
        raise
    if not is_ours:
        os.close(descriptor)
        raise _taken()
    return descriptor


def _unlock(descriptor: int, path: Path) -> None:
    if os.name == "posix":  # removed while it is still held, so that nobody holds a file that is no longer there
        with contextlib.suppress(OSError):
            path.unlink()
    os.close(descriptor)
    if os.name != "posix":  # Windows does not remove what is open
        with contextlib.suppress(OSError):
            path.unlink()


def _remove(folder: Path) -> None:
    """Never through a link; what cannot be removed stays, and is shown as unfinished."""
    if folder.is_symlink() or not folder.is_dir():
        with contextlib.suppress(OSError):
            folder.unlink(missing_ok=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _size_of(path: Path) -> int | None:
    try:
        return path.lstat().st_size
    except OSError:
        return None


def _taken() -> StorageFault:
    return StorageFault(
        _("Another Paddock is fetching this model into the same folder."),
        _("Wait until it is done, then go on: the model is there at once."),
    )


def _in_the_way() -> Untrustworthy:
    return Untrustworthy(
        _("Something else is in the place where the model would be put together."),
        _("Look into the models folder and remove it, or choose another folder."),
    )
