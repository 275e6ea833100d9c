"""Saving chats as files: as what, with which versions, into one file or several. Then the place is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from app.chat.exchange.forms import KINDS, Form, Kind, Place
from app.chat.exchange.names import file_name
from app.text import _, plural
from app.ui import accessible, files
from app.ui.controls import Card, Text
from app.ui.dialogs import SentenceDialog
from app.ui.models.tick import Tick
from app.ui.settings.flow import Flow
from app.ui.settings.segment import Segment
from app.ui.theme import Theme

_PLACES: tuple[Place, ...] = ("folder", "zip", "file")
_PAD_PX = 16


@dataclass(frozen=True, slots=True)
class ExportShown:
    """How many chats, and the title of the only one."""

    count: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class ExportWanted:
    form: Form
    target: Path


class ExportDialog(SentenceDialog):
    """Closes once a place was chosen."""

    export_requested = Signal(object)
    """ExportWanted"""

    def __init__(self, theme: Theme, shown: ExportShown, parent: QWidget | None) -> None:
        self._shown = shown
        title = (
            _("Save this chat as a file")
            if shown.count == 1
            else plural("Save {count} chat as files", "Save {count} chats as files", shown.count)
        )
        what = " ".join(shown.title.split()) if shown.count == 1 else ""
        super().__init__(
            theme,
            title,
            what if len(what) <= 160 else f"{what[:160]}…",
            parent=parent,
            accept=_("Choose where…"),
            reject=_("Cancel"),
        )
        self.accept_button.clicked.disconnect()
        self.accept_button.clicked.connect(self._on_choose)
        self._show_kind()

    @property
    def form(self) -> Form:
        """As it is chosen now."""
        kind = KINDS[self.kinds.checkedId()]
        place = _PLACES[self.places.checkedId()] if self._shown.count > 1 else "file"
        return Form(kind, place, has_all_versions=kind != "json" and self.versions.isChecked())

    def choose(self, target: str) -> None:
        """The place was chosen: tells of it and closes."""
        if target:
            self.export_requested.emit(ExportWanted(self.form, Path(target)))
            self.accept()

    def _add_more(self) -> None:
        card = Card(self._theme, parent=self, ground="window")
        column = QVBoxLayout(card)
        column.setContentsMargins(_PAD_PX, 14, _PAD_PX, 14)
        column.setSpacing(10)
        self.kinds = QButtonGroup(self)
        self.help = Text(self._theme, "", parent=card, font=self._theme.fonts.small, color="muted").wrapped()
        column.addWidget(self._label(_("As what"), card))
        column.addLayout(self._segments(self.kinds, [(_kind_words(kind), _kind_help(kind)) for kind in KINDS], card))
        column.addWidget(self.help)
        self.places = QButtonGroup(self)
        if self._shown.count > 1:
            column.addSpacing(6)
            column.addWidget(self._label(_("How many files"), card))
            column.addLayout(self._segments(self.places, [(_place_words(place), "") for place in _PLACES], card))
        column.addSpacing(2)
        self.versions = Tick(self._theme, _("With all versions, also those that are not on screen"), parent=card)
        policy = self.versions.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.versions.setSizePolicy(policy)
        column.addWidget(self.versions)
        self.column.addSpacing(6)
        self.column.addWidget(card)
        self.kinds.idToggled.connect(self._on_kind)

    def _segments(self, group: QButtonGroup, choices: list[tuple[str, str]], parent: QWidget) -> Flow:
        row = Flow()
        for number, (words, means) in enumerate(choices):
            button = Segment(self._theme, words, parent=parent)
            accessible.name(button, words, means)
            group.addButton(button, number)
            row.addWidget(button)
        group.button(0).setChecked(True)
        return row

    def _label(self, words: str, parent: QWidget) -> Text:
        return Text(self._theme, words, parent=parent, font=self._theme.fonts.ui_strong)

    def _show_kind(self) -> None:
        kind = KINDS[self.kinds.checkedId()]
        self.help.setText(_kind_help(kind))
        self.versions.setVisible(kind != "json")  # which always has them

    @Slot(int, bool)
    def _on_kind(self, _number: int, is_checked: bool) -> None:
        if is_checked:
            self._show_kind()
            self.fit()

    @Slot()
    def _on_choose(self) -> None:
        form = self.form
        if form.place == "folder":
            dialog = files.folder_dialog(self, _("Choose a folder for the files"))
        else:
            ending = "zip" if form.place == "zip" else form.kind
            name = self._shown.title if self._shown.count == 1 else _("Chats")
            dialog = files.save_dialog(self, _("Save as"), file_name(name, ending, set()))
            dialog.setDefaultSuffix(ending)
        dialog.fileSelected.connect(self.choose)
        dialog.open()


def _kind_words(kind: Kind) -> str:
    return {
        "md": _("Markdown"),
        "html": _("HTML"),
        "pdf": _("PDF"),
        "txt": _("Plain text"),
        "json": _("JSON"),
    }[kind]


def _kind_help(kind: Kind) -> str:
    return {
        "md": _("For notes and editors. What was said stands as it was written."),
        "html": _("A page for any browser, light and dark. It is one file and needs no network."),
        "pdf": _("For printing and passing on."),
        "txt": _("The words alone, without any formatting."),
        "json": _("Everything, so that Paddock can bring it in again: all versions, times, folders, instructions."),
    }[kind]


def _place_words(place: Place) -> str:
    return {"folder": _("One each, in a folder"), "zip": _("One each, in a ZIP"), "file": _("One for all")}[place]
