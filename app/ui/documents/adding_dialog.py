"""What is asked before files or folders are taken in: what the collection is called, and where the originals stay."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLineEdit, QWidget

from app.documents.records import Keeping
from app.text import _, plural
from app.ui import accessible
from app.ui.controls import Text
from app.ui.dialogs import SentenceDialog
from app.ui.models.entries import entry_height
from app.ui.models.tick import Tick
from app.ui.theme import Theme

MOST_NAME_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Added:
    """`name` is empty where none was asked for. `keeping` is None where the person did not choose."""

    name: str
    keeping: Keeping | None = None


class NameField(QLineEdit):
    """The name of a collection."""

    def __init__(self, theme: Theme, name: str, *, parent: QWidget) -> None:
        super().__init__(name, parent)
        self._theme = theme
        self.setFont(theme.fonts.ui)
        self.setMaxLength(MOST_NAME_CHARACTERS)
        accessible.name(self, _("Name of the collection"))
        theme.resized.connect(self._fit)
        self._fit()

    @property
    def name(self) -> str:
        return " ".join(self.text().split())

    @Slot()
    def _fit(self) -> None:
        self.setMinimumHeight(entry_height(self._theme))


class AddDialog(SentenceDialog):
    """`name` is what is proposed; None where each folder keeps its own, or the collection is there already."""

    confirmed = Signal(object)  # Added

    def __init__(self, theme: Theme, title: str, name: str | None, *, folders: int, parent: QWidget) -> None:
        self._proposed = name
        watched = _("What is added, changed or deleted in it later is noticed.")
        several = _("What is added, changed or deleted in them later is noticed.")
        super().__init__(
            theme,
            title,
            _("Paddock reads them once, and keeps what it read in your encrypted profile."),
            parent=parent,
            next_step="" if not folders else watched if folders == 1 else several,
            accept=_("Add"),
            reject=_("Cancel"),
        )
        self.accepted.connect(self._on_accepted)

    def _add_more(self) -> None:
        self.name: NameField | None = None
        self.column.addSpacing(4)
        if self._proposed is not None:
            label = Text(self._theme, _("Name of the collection"), parent=self.page, font=self._theme.fonts.small)
            self.column.addWidget(label)
            self.name = NameField(self._theme, self._proposed, parent=self.page)
            self.name.selectAll()
            self.name.textChanged.connect(self._on_name)
            label.setBuddy(self.name)
            self.column.addWidget(self.name)
            self.column.addSpacing(4)
        self.inside = Tick(self._theme, _("Keep an encrypted copy of each file inside the profile"), parent=self.page)
        self.column.addWidget(self.inside)
        words = _("Then it can still be shown when the file itself is gone. The profile grows by its size.")
        note = Text(self._theme, words, parent=self.page, font=self._theme.fonts.small, color="muted")
        self.column.addWidget(note.wrapped())

    @Slot()
    def _on_name(self) -> None:
        self.accept_button.setEnabled(self.name is None or bool(self.name.name))

    @Slot()
    def _on_accepted(self) -> None:
        name = "" if self.name is None else self.name.name
        self.confirmed.emit(Added(name, "inside" if self.inside.isChecked() else None))


class RenameDialog(SentenceDialog):
    renamed = Signal(object)  # str

    def __init__(self, theme: Theme, name: str, *, parent: QWidget) -> None:
        self._name = name
        super().__init__(
            theme,
            _("Rename the collection"),
            _("Its folder keeps its own name."),
            parent=parent,
            accept=_("Rename"),
            reject=_("Cancel"),
        )
        self.accepted.connect(self._on_accepted)

    def _add_more(self) -> None:
        self.name = NameField(self._theme, self._name, parent=self.page)
        self.name.selectAll()
        self.name.textChanged.connect(self._on_name)
        self.column.addSpacing(4)
        self.column.addWidget(self.name)

    @Slot()
    def _on_name(self) -> None:
        self.accept_button.setEnabled(bool(self.name.name))

    @Slot()
    def _on_accepted(self) -> None:
        self.renamed.emit(self.name.name)


def add_title(folders: int, files: int, name: str) -> str:
    """ "Add the folder “Contracts”?", "Add 3 files?"."""
    if folders == 1 and not files:
        return _("Add the folder “{name}”?").format(name=name)
    if files and not folders:
        return plural("Add {count} file?", "Add {count} files?", files)
    if not files:
        return plural("Add {count} folder?", "Add {count} folders?", folders)
    words = _("Add {folders} and {files}?")
    return words.format(
        folders=plural("{count} folder", "{count} folders", folders),
        files=plural("{count} file", "{count} files", files),
    )
