"""What is on the shelf: models in the person's folders, and in read-only folders that the administrator shares.

A model of ours lies in a folder with a manifest (`<owner>/<name>/<variant>-<commit>/`), and only such a folder is ever
changed. Any other GGUF file in these folders is shown and can be used, and is left alone: it is somebody's own.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from app.errors import ModelFault, PaddockError, Untrustworthy
from app.models import gguf, library
from app.models.fetch.staging import Staging
from app.models.header import Header, read_header, require_chat_model
from app.models.shelf import copying, manifest, shelves
from app.models.shelf.copying import OnProgress, Source, Work
from app.models.shelf.manifest import Manifest, ManifestFile
from app.models.shelf.shelves import Place
from app.models.store import VerifiedFile
from app.storage import files
from app.text import _, plural

Kind: TypeAlias = Literal["chat", "embedding", "adapter", "projector", "other"]
State: TypeAlias = Literal["ready", "missing", "changed", "unverified"]


class Verified(Protocol):
    """Which files were checked, and how they looked then: `store.VerifiedFiles`."""

    def get(self, path: Path) -> VerifiedFile | None: ...
    def put(self, path: Path, size_bytes: int, mtime_ns: int, sha256: str) -> None: ...
    def forget(self, path: Path) -> None: ...


@dataclass(frozen=True, slots=True)
class Shelved:
    """A model as it was found. `words` is the sentence for its state, empty when there is nothing to say."""

    path: Path  # of the first part
    title: str
    manifest: Manifest | None
    size_bytes: int
    kind: Kind
    is_shared: bool
    state: State
    words: str
    added: str  # ISO date; empty when not known

    @property
    def is_ours(self) -> bool:
        """Put there by Paddock, so that it can be deleted and moved."""
        return self.manifest is not None and manifest.owns(self.path.parent, self.manifest) and not self.is_shared


@dataclass(frozen=True, slots=True)
class FolderUse:
    folder: Path
    is_there: bool  # false: the drive is not connected
    model_bytes: int
    unfinished_bytes: int  # of downloads, going on or given up
    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class DiskUse:
    """The current folder first."""

    folders: tuple[FolderUse, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking every byte came to. `wrong` are the names of the files that are missing or not right."""

    is_right: bool
    words: str
    wrong: tuple[str, ...] = ()


class Shelf:
    """`folders` are the person's, the current one first; `shared` are only ever read. Thread-safe."""

    def __init__(self, folders: Callable[[], tuple[Path, ...]], shared: tuple[Path, ...], verified: Verified) -> None:
        self._folders = folders
        self._shared = shared
        self._verified = verified
        self._kinds: dict[tuple[Path, int, int], Kind] = {}
        self._seen: dict[Path, tuple[Shelved, ...]] = {}  # what each folder had when it was last there

    def all(self) -> tuple[Shelved, ...]:
        """Every model, the current folder's first, by title. Reads no weights, and never raises for what it finds."""
        found: dict[Path, Shelved] = {}
        for folder, is_shared in self._every_folder():
            for model in sorted(self._in(folder, is_shared), key=lambda model: model.title.casefold()):
                found.setdefault(model.path, model)
        return tuple(found.values())

    def disk_use(self) -> DiskUse:
        return DiskUse(tuple(self._use_of(folder) for folder in self._own()))

    def require_unchanged(self, path: Path) -> None:
        """Before a model is loaded. Raises ModelFault when it is on the shelf and not as it was when it was checked."""
        folder = _around(path.parent, (*self._own(), *self._shared))
        if folder is None:
            return
        if not folder.is_dir():
            raise ModelFault(_drive_gone(), _("Connect the drive, or choose another model."))
        home = shelves.as_spelled(path.parent, folder)
        if not os.path.lexists(home / manifest.NAME):
            return
        try:
            known = manifest.read(home)
            if path.name not in [file.name for file in known.files]:
                return
            state, words = self._state_of(home, known)
        except PaddockError as fault:
            state, words = "changed", fault.message
        if state in ("missing", "changed"):
            raise ModelFault(words, _("Check it again on the models page, or delete it and get it again."))

    def verify(self, shelved: Shelved, on_progress: OnProgress, stop: threading.Event) -> Verdict:
        """Read every byte, and remember what was found. Raises ModelFault without a manifest, and Cancelled."""
        known = _manifest_of(shelved)
        work = Work(known.size_bytes, on_progress, stop)
        wrong = tuple(file.name for file in known.files if not self._is_right(shelved.path.parent, file, work))
        if not wrong:
            return Verdict(True, _("Every byte is as it should be."))
        return Verdict(
            False,
            plural(
                "{count} file of this model is damaged or missing. Delete the model and get it again.",
                "{count} files of this model are damaged or missing. Delete the model and get it again.",
                len(wrong),
            ),
            wrong,
        )

    def delete(self, shelved: Shelved) -> int:
        """Returns the bytes given back. Raises ModelFault for what is not ours to delete, and StorageFault."""
        home, root = self._home_of(shelved)
        known = _manifest_of(shelved)
        freed_bytes = 0
        with copying.writing(home):
            # The manifest goes last: what was interrupted is still shown, and can be deleted again.
            for name in (*(file.name for file in known.files), *known.texts, manifest.NAME):
                freed_bytes += _removed(home / name)
        for file in known.files:
            self._verified.forget(home / file.name)
        shelves.tidy(home, root)
        return freed_bytes

    def move(self, shelved: Shelved, to_folder: Path, on_progress: OnProgress, stop: threading.Event) -> Path:
        """Take a model to another folder of models. Returns its new path; until it is whole there, the old one stays.

        Raises ModelFault, DiskFull, StorageFault, Untrustworthy (a file is damaged) and Cancelled.
        """
        home, root = self._home_of(shelved)
        if shelves.real(to_folder) == shelves.real(root):
            return shelved.path
        known = _manifest_of(shelved)
        new_home = to_folder / home.relative_to(root)
        copying.require_folder(to_folder)
        try:
            is_renamed = self._renamed(home, new_home, known)
        finally:
            shelves.tidy(new_home.parent, to_folder)  # which takes nothing away where the model is now
        if is_renamed:
            shelves.tidy(home, root)
        else:
            copying.require_room(to_folder, tuple(file.size_bytes for file in known.files))
            self._copied(home, new_home, known, Work(known.size_bytes, on_progress, stop))
            self.delete(shelved)
        return new_home / shelved.path.name

    def remember(self, home: Path, known: Manifest) -> None:
        """The files in `home` were just checked against `known`: keep how they look now. Raises StorageFault."""
        for file in known.files:
            with copying.writing(home):
                status = (home / file.name).lstat()
            self._verified.put(home / file.name, status.st_size, status.st_mtime_ns, file.sha256)

    def unfinished(self, in_use: Collection[Path] = ()) -> tuple[Path, ...]:
        """Staging folders of downloads and copies that nobody goes on with. `in_use` are those that somebody does."""
        used = {shelves.real(path) for path in in_use}
        return tuple(
            path for folder in self._own() for path in shelves.staging_in(folder) if shelves.real(path) not in used
        )

    def delete_unfinished(self, staging: Path) -> int:
        """Returns the bytes given back. Raises ModelFault for a folder that is no staging folder of ours, and
        StorageFault for one that another Paddock is downloading into.
        """
        root = next((folder for folder in self._own() if staging in shelves.staging_in(folder)), None)
        name = shelves.STAGING.fullmatch(staging.name)
        if root is None or name is None or self._is_shared(root):
            raise _not_ours()
        home = staging.with_name(name["home"])
        # Whoever still copies into it must fail, not finish with a part of the files: so it loses its name first.
        nameless = copying.beside_of(home)
        with contextlib.nullcontext() if name["copy"] else Staging(home).held():
            with copying.writing(staging):
                staging.rename(nameless)
            freed_bytes = copying.remove_flat(nameless)
            if nameless.exists():
                with copying.writing(nameless):
                    nameless.rename(staging)
                raise copying.as_fault(OSError(errno.EACCES, "something in it stays"))
        shelves.tidy(staging.parent, root)
        return freed_bytes

    def _own(self) -> tuple[Path, ...]:
        own: dict[Path, Path] = {}
        for folder in self._folders():
            own.setdefault(shelves.real(folder), folder)
        return tuple(own.values())

    def _folder_of(self, home: Path) -> Path | None:
        """The one of the person's folders that really holds `home`, whatever links lead there."""
        return _around(home, self._own())

    def _every_folder(self) -> Iterator[tuple[Path, bool]]:
        own = self._own()
        yield from ((folder, self._is_shared(folder)) for folder in own)
        known = {shelves.real(folder) for folder in own}
        yield from ((folder, True) for folder in self._shared if shelves.real(folder) not in known)

    def _is_shared(self, path: Path) -> bool:
        """Also where a person chose a shared folder as their own: others use it."""
        return any(shelves.real(path).is_relative_to(shelves.real(folder)) for folder in self._shared)

    def _in(self, folder: Path, is_shared: bool) -> tuple[Shelved, ...]:
        if not folder.is_dir():
            return tuple(_gone(model) for model in self._seen.get(folder, ()))
        found: list[Shelved] = []
        for place in shelves.places(folder):
            found += self._managed(place, is_shared) if place.has_manifest else self._loose(place.models, is_shared)
        self._seen[folder] = tuple(found)
        return self._seen[folder]

    def _managed(self, place: Place, is_shared: bool) -> list[Shelved]:
        home = place.folder
        try:
            known = manifest.read(home)
        except (ModelFault, Untrustworthy) as fault:
            return [_broken(place, is_shared, fault)]
        path = home / known.files[0].name
        state, words = self._state_of(home, known)
        kind: Kind = "other" if known.kind == "model" else known.kind
        if known.kind == "model" and not path.is_symlink():
            kind, fault_words = self._kind_of(path)
            if fault_words and state in ("ready", "unverified"):
                state, words = "changed", fault_words
        model = Shelved(path, known.title, known, known.size_bytes, kind, is_shared, state, words, known.added)
        own = {file.name for file in known.files}
        return [model, *self._loose([path for path in place.models if path.name not in own], is_shared)]

    def _loose(self, paths: Iterable[Path], is_shared: bool) -> list[Shelved]:
        return [self._without_manifest(path, is_shared) for path in paths]

    def _without_manifest(self, path: Path, is_shared: bool) -> Shelved:
        try:
            kind, words = self._kind_of(path)
            model = opened(path, kind=kind, is_shared=is_shared)
            return replace(model, state="changed", words=words) if words else model
        except ModelFault as fault:
            is_here = path.exists() and not gguf.PART_NAME.fullmatch(path.name)
            state: State = "changed" if is_here else "missing"
            return Shelved(path, library.title_of(path), None, 0, "other", is_shared, state, str(fault), "")

    def _kind_of(self, path: Path) -> tuple[Kind, str]:
        """With the sentence for a file that is no model. Remembered while size and time of change stay."""
        try:
            status = path.stat()
            key = (path, status.st_size, status.st_mtime_ns)
            if key not in self._kinds:
                self._kinds[key] = kind_of(read_header(path))
            return self._kinds[key], ""
        except ModelFault as fault:
            return "other", fault.message
        except OSError:
            return "other", _("The model file is not there any more, or never was.")

    def _state_of(self, home: Path, known: Manifest) -> tuple[State, str]:
        """Of a model with a manifest, by the sizes and times of its files."""
        missing, is_changed, is_checked = 0, False, True
        for file in known.files:
            try:
                status = (home / file.name).lstat()
            except OSError:
                missing += 1
                continue
            row = self._verified.get(home / file.name)
            is_checked = is_checked and row is not None
            is_other = row is not None and not (row.fits(status) and row.sha256 == file.sha256)
            is_changed |= not stat.S_ISREG(status.st_mode) or status.st_size != file.size_bytes or is_other
        if missing:
            words = plural(
                "{count} file of this model is missing.", "{count} files of this model are missing.", missing
            )
            return "missing", words
        if is_changed:
            return "changed", _("This model has changed since it was checked.")
        if not is_checked:
            return "unverified", _("The bytes of this model have not been checked on this computer yet.")
        return "ready", ""

    def _is_right(self, home: Path, file: ManifestFile, work: Work) -> bool:
        path = home / file.name
        try:
            before = path.lstat()
            found = copying.hash_of(Source(path), file.size_bytes, work)
            after = path.lstat()
        except (OSError, ModelFault):
            self._verified.forget(path)
            return False
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            return False  # somebody writes to it at this moment
        self._verified.put(path, after.st_size, after.st_mtime_ns, found)
        return found == file.sha256 and after.st_size == file.size_bytes

    def _home_of(self, shelved: Shelved) -> tuple[Path, Path]:
        """The model's own folder and the models folder around it. Raises ModelFault unless both are ours to change."""
        home = shelved.path.parent
        if shelved.is_shared or self._is_shared(home):
            raise ModelFault(
                _("This model is shared by everyone who uses this computer, and stays where it is."),
                _("Ask the administrator of this computer if it should go."),
            )
        folder = self._folder_of(home)
        is_link = shelves.real(home) != shelves.real(home.parent) / home.name
        if not shelved.is_ours or folder is None or shelves.real(home) == shelves.real(folder) or is_link:
            raise _not_ours()
        return shelves.as_spelled(home, folder), folder

    def _renamed(self, home: Path, new_home: Path, known: Manifest) -> bool:
        """Move within one file system, which takes no time. False where that is not possible."""
        rows = {file.name: self._verified.get(home / file.name) for file in known.files}
        with copying.writing(new_home):
            new_home.parent.mkdir(parents=True, exist_ok=True)
            try:
                home.rename(new_home)  # what is there already is never replaced, unless it is an empty folder
            except OSError as fault:
                if fault.errno != errno.EXDEV:
                    raise
                return False
            files.sync_folder(new_home.parent)
        for name, row in rows.items():
            if row is not None:
                self._verified.put(new_home / name, row.size_bytes, row.mtime_ns, row.sha256)
            self._verified.forget(home / name)
        return True

    def _copied(self, home: Path, new_home: Path, known: Manifest, work: Work) -> None:
        with copying.staging(new_home) as staging:
            for file in known.files:
                copying.copy_checked(Source(home / file.name), staging, file, work)
            texts = tuple(name for name in known.texts if copying.copy_text(home, staging, name, work))
            manifest.write(staging, replace(known, texts=texts))
        self.remember(new_home, known)

    def _use_of(self, folder: Path) -> FolderUse:
        try:
            disk = shutil.disk_usage(folder if folder.is_dir() else folder.parent)  # nothing was kept there yet
        except OSError:
            return FolderUse(folder, False, 0, 0, 0, 0)
        models = sum(_size_on_disk(model) for model in self._in(folder, False)) if folder.is_dir() else 0
        unfinished = sum(size for staging in shelves.staging_in(folder) for _path, size in shelves.files_in(staging))
        return FolderUse(folder, True, models, unfinished, disk.free, disk.total)


def _around(home: Path, folders: Iterable[Path]) -> Path | None:
    return next((folder for folder in folders if shelves.real(home).is_relative_to(shelves.real(folder))), None)


def opened(path: Path, *, title: str = "", kind: Kind = "other", is_shared: bool = False) -> Shelved:
    """Any model file, as if it stood on the shelf: to export it. Raises ModelFault when it cannot be read."""
    model = gguf.check(path)
    words = _("Nothing is known about where this file is from, so its content cannot be checked.")
    title = title or library.title_of(model.path)
    return Shelved(model.path, title, None, model.size_bytes, kind, is_shared, "unverified", words, "")


def kind_of(header: Header) -> Kind:
    """What a model is for, by what its file says."""
    if header.is_adapter:
        return "adapter"
    if header.architecture == "clip" or header.facts.get("general.type") == "mmproj":
        return "projector"
    if header.is_embedding_model:
        return "embedding"
    try:
        require_chat_model(header)
    except ModelFault:
        return "other"
    return "chat"


def _broken(place: Place, is_shared: bool, fault: PaddockError) -> Shelved:
    path = place.models[0] if place.models else place.folder / manifest.NAME
    state: State = "changed" if place.models else "missing"
    return Shelved(path, library.title_of(path), None, 0, "other", is_shared, state, str(fault), "")


def _gone(model: Shelved) -> Shelved:
    return replace(model, state="missing", words=_drive_gone())


def _drive_gone() -> str:
    return _("The drive with this model is not there.")


def _not_ours() -> ModelFault:
    return ModelFault(
        _("Paddock did not put this file here, so it does not delete or move it."),
        _("Do that where you keep your files."),
    )


def _manifest_of(shelved: Shelved) -> Manifest:
    if shelved.manifest is None:
        raise ModelFault(
            _("It is not known what the bytes of this file should be, so it cannot be checked."),
            _("Get the model again, from the models page, to have it checked."),
        )
    return shelved.manifest


def _size_on_disk(model: Shelved) -> int:
    if model.manifest is None:
        return model.size_bytes
    names = {*(file.name for file in model.manifest.files), *model.manifest.texts}
    return sum(size for path, size in shelves.files_in(model.path.parent) if path.name in names)


def _removed(path: Path) -> int:
    """Remove one file, or a link in its place. Returns the bytes given back."""
    try:
        status = path.lstat()
        if stat.S_ISDIR(status.st_mode):
            return 0
        path.unlink()
    except FileNotFoundError:
        return 0
    return copying.given_back(status)
