"""The bin: deleted chats, until they go for good. What is done with them is asked for; the library does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QDialog, QStackedLayout, QVBoxLayout, QWidget

from app.text import _, plural
from app.ui.chat.items import ChatsRequested
from app.ui.chat.sidebar.rows import when
from app.ui.controls import Card, Text, TextButton
from app.ui.folding import FoldingRow
from app.ui.row_items import RowItems, RowWords, TwoLines
from app.ui.row_list import RowList
from app.ui.scrolling import room_height, room_width
from app.ui.theme import Theme

_WIDTH_PX = 560
_HEIGHT_PX = 520
_LEAST_WIDTH_PX = 320
_LEAST_HEIGHT_PX = 300
_MARGIN_PX = 24


@dataclass(frozen=True, slots=True)
class BinEntry:
    """A chat in the bin. `deleted` is in local time."""

    id: str
    title: str
    deleted: datetime


class BinDialog(QDialog):
    """`days`: after how many a chat goes by itself; 0 for never. Answer what is asked for with `set_entries`."""

    bring_back_requested = Signal(object)  # ChatsRequested
    purge_requested = Signal(object)  # ChatsRequested
    empty_requested = Signal()

    def __init__(
        self, theme: Theme, entries: Sequence[BinEntry], *, days: int, today: date, parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Deleted chats"))
        self.setModal(True)
        self.note = Text(theme, _note(days), parent=self, color="muted").wrapped()
        self.list = _BinList(theme, today, parent=self)
        self.list.delete_pressed.connect(self._on_purge)
        self.list.selectionModel().selectionChanged.connect(self._refresh)
        self.list.doubleClicked.connect(self._on_bring_back)
        self._empty = Text(theme, _("The bin is empty."), parent=self, color="hint")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.bring_back = TextButton(theme, _("Bring back"), parent=self, icon="arrow-counter-clockwise")
        self.purge = TextButton(theme, _("Delete for good…"), parent=self, icon="trash")
        self.empty = TextButton(theme, _("Empty the bin…"), parent=self, kind="quiet")
        self.done_button = TextButton(theme, _("Done"), parent=self, kind="strong")
        self.bring_back.clicked.connect(self._on_bring_back)
        self.purge.clicked.connect(self._on_purge)
        self.empty.clicked.connect(self.empty_requested)
        self.done_button.clicked.connect(self.accept)
        self._lay_out()
        self.set_entries(entries)
        (self.list if entries else self.done_button).setFocus(Qt.FocusReason.ActiveWindowFocusReason)

    def set_entries(self, entries: Sequence[BinEntry]) -> None:
        """All of the bin, last deleted first. The place in the list stays."""
        at = self.list.currentIndex().row()
        self.list.items.set_values(entries)
        if entries:
            self.list.setCurrentIndex(self.list.items.index(min(max(at, 0), len(entries) - 1)))
        elif self.list.hasFocus():
            self.done_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._stack.setCurrentWidget(self.list if entries else self._empty)
        self._refresh()

    def _lay_out(self) -> None:
        theme = self._theme
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN_PX, 22, _MARGIN_PX, 20)
        column.setSpacing(8)
        column.addWidget(Text(theme, _("Deleted chats"), parent=self, font=theme.fonts.heading).wrapped())
        column.addWidget(self.note)
        card = Card(theme, parent=self)
        self._stack = QStackedLayout(card)
        self._stack.setContentsMargins(1, 6, 1, 6)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self._empty)
        column.addWidget(card, 1)
        column.addSpacing(4)
        chosen = FoldingRow()
        chosen.setSpacing(8)
        chosen.addWidget(self.bring_back)
        chosen.addWidget(self.purge)
        chosen.addStretch(1)
        ends = FoldingRow()
        ends.setSpacing(8)
        ends.addWidget(self.empty)
        ends.addStretch(1)
        ends.addWidget(self.done_button)
        column.addLayout(chosen)
        column.addLayout(ends)
        for button in (self.bring_back, self.purge, self.empty, self.done_button):
            button.setAutoDefault(False)  # Enter in the list brings back
        width, room = room_width(self, theme.px(_WIDTH_PX)), room_height(self)
        self.setMinimumSize(min(width, theme.px(_LEAST_WIDTH_PX)), min(_LEAST_HEIGHT_PX, room))
        self.resize(width, min(theme.px(_HEIGHT_PX), room))

    @Slot()
    def _refresh(self) -> None:
        has_chosen = self.list.selectionModel().hasSelection()
        self.bring_back.setEnabled(has_chosen)
        self.purge.setEnabled(has_chosen)
        self.empty.setEnabled(self.list.items.rowCount() > 0)

    @Slot()
    def _on_bring_back(self) -> None:
        if ids := self.list.selected_ids():
            self.bring_back_requested.emit(ChatsRequested(ids))

    @Slot()
    def _on_purge(self) -> None:
        if ids := self.list.selected_ids():
            self.purge_requested.emit(ChatsRequested(ids))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.list.hasFocus():
            self._on_bring_back()
        else:
            super().keyPressEvent(event)


class _BinList(RowList):
    delete_pressed = Signal()

    def __init__(self, theme: Theme, today: date, *, parent: QWidget) -> None:
        super().__init__(theme, _("Deleted chats"), parent=parent)
        self.items: RowItems[BinEntry] = RowItems(partial(_words, today), self)
        self.setModel(self.items)
        self.setItemDelegate(TwoLines(theme, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)

    def selected_ids(self) -> tuple[str, ...]:
        """As they stand in the list."""
        chosen = sorted(self.selectedIndexes(), key=QModelIndex.row)
        return tuple(self.items.values[index.row()].id for index in chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_pressed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()  # the dialog's
        else:
            super().keyPressEvent(event)


def _words(today: date, entry: BinEntry) -> RowWords:
    said = _("Deleted: {when}").format(when=when(entry.deleted, today))
    return RowWords(entry.title, said, tooltip=entry.title)


def _note(days: int) -> str:
    if not days:
        return _("They stay here until you empty the bin. Settings can empty it by itself.")
    return plural(
        "They go for good {count} day after they were deleted.",
        "They go for good {count} days after they were deleted.",
        days,
    )
