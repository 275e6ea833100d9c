"""Files and texts on their way into the composer: chosen, pasted or dropped, read one after the other on a worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget
from shiboken6 import isValid

from app.chat.tree import Attachment
from app.errors import PaddockError, UsageError
from app.text import _
from app.ui import accessible, files
from app.ui.bridge import Bridge
from app.ui.chat.composer.card import ComposerCard
from app.ui.chat.composer.chips import AttachmentChip
from app.ui.chat.composer.edit import files_of
from app.ui.in_turn import InTurn

ReadFiles = Callable[[Sequence[Path]], Sequence[Attachment]]

_FILES_MAX = 50  # at a time; more is a folder by mistake


class Attachments(QObject):
    """Of one composer, which is its parent. Without a bridge no files are taken."""

    refused = Signal(object)
    """A PaddockError, one for each file."""

    def __init__(self, card: ComposerCard, bridge: Bridge | None, read_files: ReadFiles, parent: QWidget) -> None:
        super().__init__(parent)
        self._card = card
        self._composer = parent
        self._read_files = read_files
        self._reading = InTurn(bridge) if bridge is not None else None
        card.set_can_attach(self._reading is not None)
        card.attach.clicked.connect(self.choose)
        card.edit.large_pasted.connect(self._on_large_pasted)
        card.edit.files_pasted.connect(self.attach)

    @Slot()
    def choose(self) -> None:
        """Ask for files."""
        if self._reading is not None:
            dialog = files.folder_dialog(self._composer, _("Attach files"))
            dialog.setOption(QFileDialog.Option.ShowDirsOnly, False)
            dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
            dialog.filesSelected.connect(self._on_selected)
            dialog.open()

    @Slot(object)
    def attach(self, paths: Sequence[Path]) -> None:
        """Read these and show them as chips; what is not text is refused."""
        if self._reading is None:
            return
        if len(paths) > _FILES_MAX:
            message = _("These are {count} files, and at most {most} can be attached at a time.")
            next_step = _("Choose those that the question is about.")
            self._refuse(UsageError(message.format(count=len(paths), most=_FILES_MAX), next_step))
            return
        for path in paths:
            chip = self._card.chips.add(path.name, None)
            work = partial(self._read_files, (path,))
            self._reading.run(work, partial(self._on_read, chip), partial(self._on_unread, chip))

    def can_take(self, untrusted_data: QMimeData) -> bool:
        """Files that are no model, and texts."""
        if files.dropped_model(untrusted_data) is not None or self._card.form is not None:
            return False
        return bool(self.files(untrusted_data)) or (untrusted_data.hasText() and not files_of(untrusted_data))

    def files(self, untrusted_data: QMimeData) -> tuple[Path, ...]:
        return files_of(untrusted_data) if self._reading is not None else ()

    @Slot("QStringList")
    def _on_selected(self, names: list[str]) -> None:
        self._card.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.attach([Path(name) for name in names])

    @Slot(object)
    def _on_large_pasted(self, text: str) -> None:
        self._card.chips.add("", Attachment("", text))

    def _on_read(self, chip: AttachmentChip, read: Sequence[Attachment]) -> None:
        if isValid(self):
            if read:
                self._card.chips.fill(chip, read[0])
            else:
                self._card.chips.remove(chip)

    def _on_unread(self, chip: AttachmentChip, error: PaddockError) -> None:
        if isValid(self):
            self._card.chips.remove(chip)
            self._refuse(error)

    def _refuse(self, error: PaddockError) -> None:
        accessible.announce(self._composer, str(error), is_urgent=True)
        self.refused.emit(error)
