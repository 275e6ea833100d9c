"""Files in a watched folder that were removed from its collection, and the way back for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QDialog, QVBoxLayout, QWidget

from app.documents.records import Ignored
from app.text import _, plural
from app.ui.controls import Card, Text, TextButton
from app.ui.folding import FoldingRow
from app.ui.row_items import RowItems, RowWords, TwoLines
from app.ui.row_list import RowList
from app.ui.scrolling import room_height, room_width
from app.ui.theme import Theme

_WIDTH_PX, _HEIGHT_PX = 560, 480
_LEAST_WIDTH_PX, _LEAST_HEIGHT_PX = 320, 300
_MARGIN_PX = 24


@dataclass(frozen=True, slots=True)
class TakenIn:
    """These are to be read again, and kept in step like the others."""

    paths: tuple[str, ...]


class LeftOutDialog(QDialog):
    """Answer `take_in_requested` with `show_files`; without any left it closes."""

    take_in_requested = Signal(object)  # TakenIn

    def __init__(self, theme: Theme, name: str, files: Sequence[Ignored], *, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Left out of “{name}”").format(name=name))
        self.setModal(True)
        self.list = RowList(theme, _("Files that were left out"), parent=self)
        self.items: RowItems[Ignored] = RowItems(_words, self.list)
        self.list.setModel(self.items)
        self.list.setItemDelegate(TwoLines(theme, self.list))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.take_in = TextButton(theme, _("Take in again"), parent=self, icon="arrow-counter-clockwise")
        self.take_all = TextButton(theme, _("Take in all"), parent=self, kind="quiet")
        self.done_button = TextButton(theme, _("Done"), parent=self, kind="strong")
        self._lay_out()
        self.take_in.clicked.connect(self._on_take_in)
        self.take_all.clicked.connect(self._on_take_all)
        self.done_button.clicked.connect(self.accept)
        self.list.doubleClicked.connect(self._on_take_in)
        self.list.selectionModel().selectionChanged.connect(self._refresh)
        self.show_files(files)
        self.list.setFocus(Qt.FocusReason.ActiveWindowFocusReason)

    def show_files(self, files: Sequence[Ignored]) -> None:
        at = self.list.currentIndex().row()
        self.items.set_values(files)
        if not files:
            self.accept()
            return
        self.list.setCurrentIndex(self.items.index(min(max(at, 0), len(files) - 1)))
        self._refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.list.hasFocus():
            self._on_take_in()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        theme = self._theme
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN_PX, 22, _MARGIN_PX, 20)
        column.setSpacing(8)
        column.addWidget(Text(theme, self.windowTitle(), parent=self, font=theme.fonts.heading).wrapped())
        words = _("You removed these files. They stay in their folder, unread.")
        column.addWidget(Text(theme, words, parent=self, color="muted").wrapped())
        card = Card(theme, parent=self)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(1, 6, 1, 6)
        inside.addWidget(self.list)
        column.addWidget(card, 1)
        column.addSpacing(4)
        row = FoldingRow()
        row.setSpacing(8)
        row.addWidget(self.take_in)
        row.addWidget(self.take_all)
        row.addStretch(1)
        row.addWidget(self.done_button)
        column.addLayout(row)
        for button in (self.take_in, self.take_all, self.done_button):
            button.setAutoDefault(False)  # Enter in the list takes in
        width, room = room_width(self, theme.px(_WIDTH_PX)), room_height(self)
        self.setMinimumSize(min(width, theme.px(_LEAST_WIDTH_PX)), min(_LEAST_HEIGHT_PX, room))
        self.resize(width, min(theme.px(_HEIGHT_PX), room))

    @Slot()
    def _refresh(self) -> None:
        self.take_in.setEnabled(self.list.selectionModel().hasSelection())
        self.take_all.set_text(plural("Take in all ({count})", "Take in all ({count})", self.items.rowCount()))

    @Slot()
    def _on_take_in(self) -> None:
        rows = sorted(index.row() for index in self.list.selectedIndexes())
        if rows:
            self.take_in_requested.emit(TakenIn(tuple(self.items.values[row].path for row in rows)))

    @Slot()
    def _on_take_all(self) -> None:
        self.take_in_requested.emit(TakenIn(tuple(one.path for one in self.items.values)))


def _words(file: Ignored) -> RowWords:
    return RowWords(file.name, file.path, tooltip=file.path, is_name_of_file=True)
