"""Models to a stick, from a stick, to another drive: a folder is asked for, then bytes are copied and checked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.core import Core
from app.journeys.holdings import Holding
from app.text import _
from app.ui import files, progress_dialog
from app.ui.bridge import Bridge
from app.ui.progress_dialog import ProgressDialog
from app.ui.theme import Theme


class Carrying(QObject):
    """One piece of work at a time, behind a dialog that can stop it."""

    told = Signal(object)  # a sentence, str
    failed = Signal(object)  # PaddockError
    changed = Signal()  # a model has come
    moved = Signal(object)  # Holding, as it was before

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, window: QWidget, *, parent: QObject) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._theme = theme
        self._window = window

    def export(self, holding: Holding) -> None:
        dialog = files.folder_dialog(self._window, _("Where to put the copy of “{title}”").format(title=holding.title))
        dialog.fileSelected.connect(partial(self._export, holding))
        dialog.open()

    def move(self, holding: Holding) -> None:
        dialog = files.folder_dialog(self._window, _("Where to move “{title}”").format(title=holding.title))
        dialog.fileSelected.connect(partial(self._move, holding))
        dialog.open()

    @Slot()
    def bring(self) -> None:
        """Import a model from a folder or a stick."""
        dialog = files.folder_dialog(self._window, _("Choose the folder with the exported model"))
        dialog.fileSelected.connect(self._on_bring)
        dialog.open()

    def _export(self, holding: Holding, folder: str) -> None:
        self._run(
            _("Exporting “{title}”").format(title=holding.title),
            _("The model is copied with its checksums and its licence. Every byte is checked on the way."),
            lambda told, stop: self._core.holdings.export(holding.as_shelved(), Path(folder), told, stop),
            self._exported,
        )

    def _exported(self, folder: Path) -> None:
        self.told.emit(_("Exported to the folder “{name}”.").format(name=folder.name))

    def _move(self, holding: Holding, folder: str) -> None:
        shelved = holding.shelved
        if shelved is None:
            return
        self._run(
            _("Moving “{title}”").format(title=holding.title),
            _("The old copy goes only when the new one is whole and checked."),
            lambda told, stop: self._core.holdings.move(shelved, Path(folder), told, stop),
            partial(self._has_moved, holding),
        )

    def _has_moved(self, holding: Holding, _path: Path) -> None:
        self.moved.emit(holding)

    @Slot(str)
    def _on_bring(self, folder: str) -> None:
        self._run(
            _("Importing a model"),
            _("It is copied, and every byte is checked against its manifest. Nothing is asked of any network."),
            lambda told, stop: self._core.holdings.bring(Path(folder), told, stop),
            self._brought,
        )

    def _brought(self, _path: Path) -> None:
        self.told.emit(_("The model is here, and checked."))
        self.changed.emit()

    def _run(self, title: str, words: str, work: progress_dialog.Work[Path], done: Callable[[Path], None]) -> None:
        dialog = ProgressDialog(self._theme, title, words, parent=self._window)
        progress_dialog.run(self._bridge, dialog, work, done, self.failed.emit)
