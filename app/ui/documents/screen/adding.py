"""Files and folders on their way in: chosen or dropped, looked at, asked about, taken."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.core import Core
from app.documents import kinds
from app.documents.library import Library
from app.text import _, plural
from app.ui import files
from app.ui.bridge import Bridge
from app.ui.documents.adding_dialog import AddDialog, Added, add_title
from app.ui.documents.page.shown import PathsOffered
from app.ui.theme import Theme

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Sifted:
    """What was offered, by what can be done with it. `left_out` are names of files that cannot be read."""

    folders: tuple[Path, ...]
    files: tuple[Path, ...]
    left_out: tuple[str, ...]


class Adding(QObject):
    """Parented to the page."""

    added = Signal()
    told = Signal(object)  # a sentence, str
    failed = Signal(object)  # PaddockError

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, window: QWidget, *, parent: QObject) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._theme = theme
        self._window = window

    @Slot()
    def choose_folder(self) -> None:
        dialog = files.folder_dialog(self._window, _("Choose a folder with documents"))
        dialog.fileSelected.connect(self._on_folder)
        dialog.open()

    @Slot()
    def choose_files(self) -> None:
        self.choose_files_for("")

    def choose_files_for(self, collection_id: str) -> None:
        """For a collection; without one they make a new one."""
        dialog = files.documents_dialog(self._window)
        dialog.filesSelected.connect(partial(self._chosen, collection_id))
        dialog.open()

    @Slot(object)
    def offer(self, offered: PathsOffered) -> None:
        """They were dropped."""
        self._look(offered.paths, "")

    @Slot(str)
    def _on_folder(self, name: str) -> None:
        self._look((Path(name),), "")

    def _chosen(self, collection_id: str, names: list[str]) -> None:
        self._look([Path(name) for name in names], collection_id)

    def _look(self, paths: Sequence[Path], collection_id: str) -> None:
        self._bridge.run(partial(sift, tuple(paths)), partial(self._ask, collection_id), self.failed.emit)

    def _ask(self, collection_id: str, sifted: Sifted) -> None:
        count = len(sifted.folders) + len(sifted.files)
        if not count:
            self._tell_left_out(sifted)
            return
        name: str | None = None
        if len(sifted.folders) == 1 and not sifted.files:
            name = sifted.folders[0].name
        elif sifted.files and not sifted.folders and not collection_id:
            name = _("My files")
        folder_name = sifted.folders[0].name if sifted.folders else ""
        title = add_title(len(sifted.folders), len(sifted.files), folder_name)
        dialog = AddDialog(self._theme, title, name, folders=len(sifted.folders), parent=self._window)
        dialog.confirmed.connect(partial(self._add, sifted, collection_id))
        dialog.open()

    def _add(self, sifted: Sifted, collection_id: str, added: Added) -> None:
        work = partial(_add, self._core.documents, sifted, collection_id, added)
        self._bridge.run(work, partial(self._added, sifted), self.failed.emit)

    def _added(self, sifted: Sifted, _result: object) -> None:
        self.added.emit()
        self._tell_left_out(sifted)

    def _tell_left_out(self, sifted: Sifted) -> None:
        if sifted.left_out:
            self.told.emit(left_out_words(sifted.left_out))


def left_out_words(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED]) + ("…" if len(names) > _MOST_NAMED else "")
    words = plural(
        "{count} file was left out, because Paddock cannot read its kind:",
        "{count} files were left out, because Paddock cannot read their kinds:",
        len(names),
    )
    return f"{words} {shown}"


# On a worker thread.


def sift(paths: Sequence[Path]) -> Sifted:
    """By their first bytes and their names; files in folders are looked at when they are read."""
    folders, readable, left_out = list[Path](), list[Path](), list[str]()
    for path in dict.fromkeys(paths):
        if path.is_dir():
            folders.append(path)
        elif _is_readable(path):
            readable.append(path)
        else:
            left_out.append(path.name)
    return Sifted(tuple(folders), tuple(readable), tuple(left_out))


def _is_readable(path: Path) -> bool:
    """An empty or locked file is taken: its row says what is wrong with it."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        with path.open("rb") as file:
            untrusted_head = file.read(kinds.HEAD_BYTES)
    except OSError:
        return kinds.is_known(path.name)
    return kinds.is_known(path.name) or (bool(untrusted_head) and kinds.kind_of(path.name, untrusted_head) is not None)


def _add(library: Library, sifted: Sifted, collection_id: str, added: Added) -> None:
    for folder in sifted.folders:
        name = added.name if len(sifted.folders) == 1 and added.name else folder.name
        _add_folder(library, folder, name, added)
    if sifted.files:
        library.add_files(
            sifted.files,
            collection_id=collection_id or _collection_called(library, added.name or _("My files"), added),
            keeping=added.keeping,
        )


def _add_folder(library: Library, folder: Path, name: str, added: Added) -> None:
    """One that is a collection already is only looked at once more, and kept as is wished now."""
    library.add_collection(name or str(folder), folder, added.keeping)
    library.look_now()


def _collection_called(library: Library, name: str, added: Added) -> str:
    """The one without a folder that is called so, made where there is none."""
    found = next((one.id for one in library.collections() if not one.folder and one.name == name), None)
    return found or library.add_collection(name, None, added.keeping).id
