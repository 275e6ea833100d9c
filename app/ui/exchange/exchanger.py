"""Saving chats as files and bringing them in, from the first question to what became of it. Parented to the window."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.chat.exchange import bringing, reading, sending
from app.chat.exchange.forms import Brought, OnProgress, Written
from app.chat.store import ChatStore
from app.core import Core
from app.errors import Cancelled, PaddockError
from app.text import _, plural
from app.ui import progress_dialog
from app.ui.bridge import Bridge, nothing
from app.ui.exchange import pdf
from app.ui.exchange.export_dialog import ExportDialog, ExportShown, ExportWanted
from app.ui.exchange.import_dialog import BringWanted, FoundShown, ImportDialog, PathsChosen
from app.ui.progress_dialog import ProgressDialog, Steps
from app.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Imported:
    """Chats that were brought in, and which one the person wants to see now (empty: none)."""

    ids: tuple[str, ...]
    open_id: str = ""


class Exchanger(QObject):
    """`imported` comes when chats have come in, and once more with `open_id` when one is to be opened."""

    failed = Signal(object)
    """PaddockError"""
    imported = Signal(object)
    """Imported"""
    told = Signal(object)
    """A sentence, a str."""

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._theme = theme
        self._window = parent
        self._ids: tuple[str, ...] = ()
        self._chats = core.chats
        self._brought: tuple[str, ...] = ()
        self._stop = threading.Event()
        self.export_dialog: ExportDialog | None = None
        self.import_dialog: ImportDialog | None = None

    def export(self, ids: tuple[str, ...] | None) -> None:
        """Ask how and where these chats shall be saved, and do it. None: all that are not in the bin."""
        chats = self._core.chats if not ids else self._core.room(ids[0]).chats
        self._bridge.run(partial(_chosen, chats, ids), partial(self._ask, chats), self.failed.emit)

    def show_import(self, paths: Sequence[Path] = ()) -> None:
        """Open the dialog that brings in chats; `paths` are looked at right away."""
        self._bridge.run(
            lambda: tuple(folder.name for folder in self._core.chats.folders()),
            partial(self._open_import, tuple(paths)),
            self.failed.emit,
        )

    def _ask(self, chats: ChatStore, chosen: tuple[tuple[str, ...], str]) -> None:
        self._chats = chats
        self._ids, title = chosen
        if not self._ids:
            self.told.emit(_("There are no chats to save."))
            return
        dialog = ExportDialog(self._theme, ExportShown(len(self._ids), title), self._window)
        dialog.export_requested.connect(self._on_export)
        dialog.destroyed.connect(self._on_export_closed)
        self.export_dialog = dialog
        dialog.open()

    @Slot(object)
    def _on_export(self, wanted: ExportWanted) -> None:
        title = plural("Saving {count} chat", "Saving {count} chats", len(self._ids))
        dialog = ProgressDialog(
            self._theme, title, _("Nothing appears before all of it is written."), parent=self._window
        )
        work = partial(_send, self._chats, self._ids, wanted)
        progress_dialog.run(self._bridge, dialog, work, self._on_written, self.failed.emit)

    def _on_written(self, written: Written) -> None:
        words = plural(
            "{count} chat was saved in “{{name}}”.", "{count} chats were saved in “{{name}}”.", written.chats
        )
        self.told.emit(words.format(name=written.path.name))

    @Slot()
    def _on_export_closed(self) -> None:
        self.export_dialog = None

    def _open_import(self, paths: tuple[Path, ...], folders: tuple[str, ...]) -> None:
        dialog = ImportDialog(self._theme, folders, self._window)
        dialog.paths_chosen.connect(self._on_paths)
        dialog.bring_requested.connect(self._on_bring)
        dialog.stop_requested.connect(self._on_stop)
        dialog.open_requested.connect(self._on_open)
        dialog.destroyed.connect(self._on_import_closed)
        self.import_dialog = dialog
        dialog.open()
        dialog.offer(paths)

    @Slot(object)
    def _on_paths(self, chosen: PathsChosen) -> None:
        work = partial(_look, self._core.chats, chosen.paths, self._begin(_("Looking at the files…")), self._stop)
        self._bridge.run(work, self._on_looked, self._on_failed)

    def _on_looked(self, shown: tuple[FoundShown, ...]) -> None:
        if self.import_dialog is not None:
            self.import_dialog.show_found(shown)

    @Slot(object)
    def _on_bring(self, wanted: BringWanted) -> None:
        steps = self._begin(_("Bringing in the chats…"))
        work = partial(
            bringing.bring,
            self._core.chats,
            wanted.paths,
            folder_name=wanted.folder_name,
            with_known=wanted.with_known,
            on_progress=steps,
            stop=self._stop,
        )
        self._bridge.run(work, self._on_brought, self._on_failed)

    def _on_brought(self, brought: Brought) -> None:
        self._brought = brought.ids
        if self.import_dialog is not None:
            self.import_dialog.show_brought(brought)
        if brought.ids:
            self.imported.emit(Imported(brought.ids))
            find = partial(self._core.chats.index_missing, stop=self._bridge.stopping.is_set)
            self._bridge.run(find, nothing, self.failed.emit)

    def _on_failed(self, error: PaddockError) -> None:
        if self.import_dialog is not None:
            self.import_dialog.show_found(())
        if not isinstance(error, Cancelled):
            self.failed.emit(error)

    def _begin(self, words: str) -> Steps:
        self._stop = threading.Event()
        if self.import_dialog is not None:
            self.import_dialog.show_working(words)
        return Steps(self._bridge, self._stop, self._show_share)

    def _show_share(self, share: float) -> None:
        if self.import_dialog is not None:
            self.import_dialog.show_share(share)

    @Slot()
    def _on_stop(self) -> None:
        self._stop.set()

    @Slot()
    def _on_open(self) -> None:
        if self._brought:
            self.imported.emit(Imported(self._brought, self._brought[0]))

    @Slot()
    def _on_import_closed(self) -> None:
        self.import_dialog = None


def _chosen(chats: ChatStore, ids: tuple[str, ...] | None) -> tuple[tuple[str, ...], str]:
    """The chats, and the title of the first."""
    wanted = sending.everything(chats) if ids is None else ids
    first = chats.conversation(wanted[0]) if wanted else None
    return wanted, first.title if first is not None else ""


def _send(
    chats: ChatStore, ids: tuple[str, ...], wanted: ExportWanted, steps: OnProgress, stop: threading.Event
) -> Written:
    printer = partial(pdf.render, has_all_versions=wanted.form.has_all_versions, stop=stop)
    return sending.send(chats, ids, wanted.target, wanted.form, printer=printer, on_progress=steps, stop=stop)


def _look(
    chats: ChatStore, paths: tuple[Path, ...], steps: OnProgress, stop: threading.Event
) -> tuple[FoundShown, ...]:
    known = bringing.known_ids(chats)
    looked = reading.look(paths, on_progress=steps, stop=stop)
    return tuple(FoundShown(found, bringing.already_here(found, known)) for found in looked)
