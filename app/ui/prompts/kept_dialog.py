"""Personas, or templates: a list to choose from, and what is done with one. It asks; the controller does it.

What is deleted can be brought back here as long as its toast stands, and in the window once the dialog is closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLayout, QStackedLayout, QVBoxLayout, QWidget

from app.text import _
from app.ui import accessible, files
from app.ui.controls import Card, Text, TextButton
from app.ui.filter_field import FilterField
from app.ui.prompts.kept_list import KeptEntry, KeptList
from app.ui.prompts.shown import UndoOffer
from app.ui.settings.flow import Flow
from app.ui.theme import Theme
from app.ui.toast import Toast

_WIDTH_PX = 600
_HEIGHT_PX = 600
_LEAST_WIDTH_PX = 300
_LEAST_HEIGHT_PX = 320
_MARGIN_PX = 24
_NARROW_MARGIN_PX = 12
_NARROW_PX = 460
_TIGHT_PX = 300  # below, at the size of text of now, buttons with an icon have no words
_ICON_PAD_PX = 8
_EDGE_PX = 12


@dataclass(frozen=True, slots=True)
class KeptWords:
    """What such a dialog says. `use` empty: they are used elsewhere. `file_name`: what an export is called."""

    title: str
    note: str
    search: str
    file_name: str
    use: str = ""


@dataclass(frozen=True, slots=True)
class FileWanted:
    path: Path


class KeptDialog(QDialog):
    """Signals carry an entry's id (a str), a FileWanted, or nothing. Answer them with `set_entries`."""

    new_requested = Signal()
    edit_requested = Signal(object)
    copy_requested = Signal(object)
    delete_requested = Signal(object)
    use_requested = Signal(object)
    import_requested = Signal(object)
    export_requested = Signal(object)

    def __init__(self, theme: Theme, words: KeptWords, entries: Sequence[KeptEntry], *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = words
        self._offer: UndoOffer | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(words.title)
        self.setModal(True)
        accessible.name(self, words.title, words.note)
        self.filter = FilterField(theme, words.search, parent=self)
        self.list = KeptList(theme, words.title, parent=self)
        self._empty = Text(theme, _("Nothing is called that."), parent=self, color="hint")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._make_buttons()
        self._lay_out()
        self.toast = Toast(theme, parent=self)
        self.toast.stand_on(self._floor)
        self._connect()
        self.set_entries(entries)
        self.list.setFocus(Qt.FocusReason.ActiveWindowFocusReason)

    @property
    def offer(self) -> UndoOffer | None:
        """What can still be undone here."""
        return self._offer

    def set_entries(self, entries: Sequence[KeptEntry], *, choose: str = "") -> None:
        """All of them. `choose` becomes the current one, else the place in the list stays."""
        current = self.list.current
        row = self.list.currentIndex().row()
        if choose and self.filter.text():
            self.filter.clear()
        self.list.items.set_entries(entries)
        self.list.choose(choose or (current.id if current is not None else ""), otherwise=row)
        self._refresh()

    def show_undo(self, offer: UndoOffer) -> None:
        self._offer = offer
        self.toast.show_undo(offer.words, self._on_undo, self._on_gone)

    def show_message(self, words: str) -> None:
        self.toast.show_message(words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.list.hasFocus():
            self._on_open()
        else:
            super().keyPressEvent(event)

    def _make_buttons(self) -> None:
        theme = self._theme
        self.use = TextButton(theme, self._words.use, parent=self, icon="check")
        self.new = TextButton(theme, _("New…"), parent=self, icon="plus")
        self.edit = TextButton(theme, _("Edit…"), parent=self, icon="pencil-simple")
        self.copy = TextButton(theme, _("Duplicate…"), parent=self, icon="copy")
        self.delete = TextButton(theme, _("Delete"), parent=self, icon="trash")
        self.bring = TextButton(theme, _("Import…"), parent=self, kind="quiet")
        self.save = TextButton(theme, _("Export…"), parent=self, kind="quiet")
        self.done_button = TextButton(theme, _("Done"), parent=self, kind="strong")
        self.use.setVisible(bool(self._words.use))
        for button in (self.use, self.new, self.edit, self.copy, self.delete, self.bring, self.save, self.done_button):
            button.setAutoDefault(False)  # Enter in the list opens

    def _lay_out(self) -> None:
        theme = self._theme
        owner = self.parentWidget()
        room = (owner.window() if owner is not None else self.screen().availableGeometry()).size()
        width = max(_LEAST_WIDTH_PX, min(theme.px(_WIDTH_PX), room.width() - 2 * _EDGE_PX))
        height = max(_LEAST_HEIGHT_PX, min(theme.px(_HEIGHT_PX), room.height() - 2 * _EDGE_PX))
        margin = _NARROW_MARGIN_PX if width < theme.px(_NARROW_PX) else _MARGIN_PX
        column = QVBoxLayout(self)
        column.setContentsMargins(margin, 20, margin, 16)
        column.setSpacing(8)
        column.addWidget(Text(theme, self._words.title, parent=self, font=theme.fonts.heading).wrapped())
        column.addWidget(Text(theme, self._words.note, parent=self, color="muted").wrapped())
        column.addWidget(self.filter)
        card = Card(theme, parent=self)
        self._stack = QStackedLayout(card)
        self._stack.setContentsMargins(1, 6, 1, 6)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self._empty)
        column.addWidget(card, 1)
        self._floor = QWidget(self)
        below = QVBoxLayout(self._floor)
        below.setContentsMargins(0, 4, 0, 0)
        below.setSpacing(10)
        below.addLayout(_flow(self.new, self.edit, self.copy, self.delete))
        used = (self.use,) if self._words.use else ()
        last = QHBoxLayout()
        last.setSpacing(8)
        last.addLayout(_flow(*used, self.bring, self.save), 1)
        last.addWidget(self.done_button, 0, Qt.AlignmentFlag.AlignBottom)
        below.addLayout(last)
        column.addWidget(self._floor)
        if width < theme.px(_TIGHT_PX):
            self._leave_only_icons()
        self.setMinimumSize(_LEAST_WIDTH_PX, _LEAST_HEIGHT_PX)
        self.resize(width, height)

    def _leave_only_icons(self) -> None:
        """Large text in a narrow window: the list needs the room more than the words of the buttons do."""
        for button in (self.use, self.new, self.edit, self.copy, self.delete):
            words = button.text()
            button.set_text("")
            button.setFixedWidth(self._theme.px(17) + 2 * _ICON_PAD_PX)
            accessible.name(button, words)
            button.setToolTip(accessible.plain_tooltip(words))

    def _connect(self) -> None:
        self.filter.textChanged.connect(self._on_filter)
        self.filter.list_requested.connect(self.list.enter)
        self.list.delete_pressed.connect(self._on_delete)
        self.list.doubleClicked.connect(self._on_open)
        self.list.selectionModel().currentChanged.connect(self._refresh)
        self.new.clicked.connect(self.new_requested)
        self.edit.clicked.connect(self._on_open)
        self.copy.clicked.connect(self._on_copy)
        self.delete.clicked.connect(self._on_delete)
        self.use.clicked.connect(self._on_use)
        self.bring.clicked.connect(self._on_import)
        self.save.clicked.connect(self._on_export)
        self.done_button.clicked.connect(self.accept)

    @Slot()
    def _refresh(self) -> None:
        current = self.list.current
        is_own = current is not None and not current.is_built_in
        self.edit.setEnabled(is_own)
        self.delete.setEnabled(is_own)
        self.copy.setEnabled(current is not None)
        self.use.setEnabled(current is not None)
        self.save.setEnabled(any(not entry.is_built_in for entry in self.list.items.entries))
        self._stack.setCurrentWidget(self.list if self.list.items.rowCount() else self._empty)

    @Slot()
    def _on_filter(self) -> None:
        current = self.list.current
        self.list.items.narrow(self.filter.text())
        self.list.choose(current.id if current is not None else "")
        self._refresh()

    @Slot()
    def _on_open(self) -> None:
        """A built-in one is opened as a copy of it."""
        current = self.list.current
        if current is not None:
            (self.copy_requested if current.is_built_in else self.edit_requested).emit(current.id)

    @Slot()
    def _on_copy(self) -> None:
        if (current := self.list.current) is not None:
            self.copy_requested.emit(current.id)

    @Slot()
    def _on_delete(self) -> None:
        current = self.list.current
        if current is not None and not current.is_built_in:
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
            self.delete_requested.emit(current.id)

    @Slot()
    def _on_use(self) -> None:
        if (current := self.list.current) is not None:
            self.use_requested.emit(current.id)

    @Slot()
    def _on_import(self) -> None:
        dialog = files.folder_dialog(self, _("Choose a file with personas or templates"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, on=False)
        dialog.setNameFilters([_("Personas and templates (*.json)"), _("All files (*)")])
        dialog.fileSelected.connect(self._on_import_file)
        dialog.open()

    @Slot(str)
    def _on_import_file(self, path: str) -> None:
        self.import_requested.emit(FileWanted(Path(path)))

    @Slot()
    def _on_export(self) -> None:
        dialog = files.save_dialog(self, _("Save as"), f"{self._words.file_name}.json")
        dialog.setDefaultSuffix("json")
        dialog.fileSelected.connect(self._on_export_file)
        dialog.open()

    @Slot(str)
    def _on_export_file(self, path: str) -> None:
        self.export_requested.emit(FileWanted(Path(path)))

    def _on_undo(self) -> None:
        offer, self._offer = self._offer, None
        if offer is not None:
            offer.undo()

    def _on_gone(self) -> None:
        self._offer = None


def _flow(*buttons: TextButton) -> QLayout:
    flow = Flow(gap_px=8)
    for button in buttons:
        flow.addWidget(button)
    return flow
