"""Files and texts on their way into the composer: chosen, pasted or dropped, read one after the other on a worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget
from shiboken6 import isValid

from app.chat.attaching import IsDocument
from app.chat.tree import Attachment
from app.errors import PaddockError, UsageError
from app.frozen import dataclass
from app.text import _
from app.ui import files
from app.ui.bridge import Bridge
from app.ui.chat.composer.card import ComposerCard
from app.ui.chat.composer.chips import AttachmentChip
from app.ui.chat.composer.edit import files_of
from app.ui.chat.items import FilesChosen
from app.ui.in_turn import InTurn

ReadFiles = Callable[[Sequence[Path]], Sequence[Attachment]]

_FILES_MAX = 50  # at a time; more is a folder by mistake


@dataclass(frozen=True, slots=True)
class FilesRefused:
    """Of the files that were attached at once, these cannot be; why, one for each."""

    errors: tuple[PaddockError, ...]


@dataclass(slots=True)
class _Batch:
    """Files that were attached at once; `left` are still to be read."""

    left: int
    errors: list[PaddockError] = field(default_factory=list)
    documents: list[Path] = field(default_factory=list)


class Attachments(QObject):
    """Of one composer, which is its parent. Without a bridge no files are taken."""

    refused = Signal(object)
    """A FilesRefused, once all files that were attached at once have been read."""
    documents_found = Signal(object)
    """A FilesChosen: those of them that can be asked as documents."""

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
            error = UsageError(message.format(count=len(paths), most=_FILES_MAX), next_step)
            self.refused.emit(FilesRefused((error,)))
            return
        batch = _Batch(len(paths))
        for path in paths:
            chip = self._card.chips.add(path.name, None)
            work = partial(self._read_files, (path,))
            self._reading.run(work, partial(self._on_read, batch, chip), partial(self._on_unread, batch, chip, path))

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

    def _on_read(self, batch: _Batch, chip: AttachmentChip, read: Sequence[Attachment]) -> None:
        if isValid(self):
            if read:
                self._card.chips.fill(chip, read[0])
            else:
                self._card.chips.remove(chip)
            self._one_less(batch)

    def _on_unread(self, batch: _Batch, chip: AttachmentChip, path: Path, error: PaddockError) -> None:
        if isValid(self):
            self._card.chips.remove(chip)
            if isinstance(error, IsDocument):
                batch.documents.append(path)
            else:
                batch.errors.append(error)
            self._one_less(batch)

    def _one_less(self, batch: _Batch) -> None:
        batch.left -= 1
        if not batch.left and batch.documents:
            self.documents_found.emit(FilesChosen(tuple(batch.documents)))
        if not batch.left and batch.errors:
            self.refused.emit(FilesRefused(tuple(batch.errors)))
