"""Stands behind the recovery page: copies or saves the key, and notes that the person has confirmed it."""

from __future__ import annotations

import os
import random
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.core import Core
from app.errors import PaddockError, StorageFault
from app.text import _
from app.ui import clipboard, files
from app.ui.bridge import Bridge
from app.ui.theme import Theme
from app.ui.welcome.recovery import GROUPS, RecoveryKeyOffered, RecoveryPage

FILE_NAME = "Paddock recovery key.txt"


class RecoveryKeeper(QObject):
    """Owns one RecoveryPage; `done` when it was confirmed or put off."""

    done = Signal()
    failed = Signal(object)  # PaddockError

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, recovery_key: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._recovery_key = recovery_key
        first, second = sorted(random.SystemRandom().sample(range(GROUPS), 2))
        self.page = RecoveryPage(theme, recovery_key.split("-"), (first, second), parent=parent)
        self.page.copy_requested.connect(self._on_copy)
        self.page.save_requested.connect(self._on_save)
        self.page.confirmed.connect(self._on_confirmed)
        self.page.postponed.connect(self.done)

    @Slot(object)
    def _on_copy(self, offered: RecoveryKeyOffered) -> None:
        clipboard.put(offered.text, is_secret=True)

    @Slot(object)
    def _on_save(self, _offered: RecoveryKeyOffered) -> None:
        dialog = files.save_dialog(self.page, _("Save the recovery key"), FILE_NAME)
        dialog.fileSelected.connect(self._on_file)
        dialog.open()

    @Slot(str)
    def _on_file(self, name: str) -> None:
        path = Path(name)
        text = _("Paddock recovery key\n\n{key}\n\nIt opens the chats in {folder}\n").format(
            key=self._recovery_key, folder=self._core.places.root
        )
        self._bridge.run(lambda: _write(path, text), self._saved, self._not_saved)

    @Slot()
    def _on_confirmed(self) -> None:
        self._bridge.run(
            lambda: self._core.confirm_recovery_key(self._recovery_key),
            lambda _result: self.done.emit(),
            self.failed.emit,
        )

    def _saved(self, _result: None) -> None:
        self.page.note_kept(_("Saved. A file on this computer does not help when this computer is lost."))

    def _not_saved(self, error: PaddockError) -> None:
        self.page.note_kept(str(error))


def _write(path: Path, text: str) -> None:
    """Private to its owner from the first byte on. Raises StorageFault."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise StorageFault(_("The key could not be saved there."), _("Choose another folder.")) from error
