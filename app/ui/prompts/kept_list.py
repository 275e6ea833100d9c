"""The list of personas or of templates: name, beginning of the words, and which ones are built in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from app.text import _
from app.ui.row_items import RowItems, RowWords, TwoLines
from app.ui.row_list import RowList
from app.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """`words`: how it begins, in one line."""

    id: str
    name: str
    words: str
    is_built_in: bool


class KeptItems(RowItems[KeptEntry]):
    """Those of the entries that have all words that are looked for."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(_words, parent)
        self._entries: tuple[KeptEntry, ...] = ()
        self._wanted = ""

    @property
    def entries(self) -> tuple[KeptEntry, ...]:
        """All, those that are not shown too."""
        return self._entries

    def set_entries(self, entries: Sequence[KeptEntry]) -> None:
        self._entries = tuple(entries)
        self._renew()

    def narrow(self, wanted: str) -> None:
        """Show those only that have all of these words."""
        self._wanted = wanted
        self._renew()

    def row_of(self, entry_id: str) -> int:
        """-1 where it is not shown."""
        return next((row for row, entry in enumerate(self.values) if entry.id == entry_id), -1)

    def _renew(self) -> None:
        words = self._wanted.casefold().split()
        texts = ((entry, f"{entry.name} {entry.words}".casefold()) for entry in self._entries)
        self.set_values([entry for entry, text in texts if all(word in text for word in words)])


class KeptList(RowList):
    delete_pressed = Signal()

    def __init__(self, theme: Theme, label: str, *, parent: QWidget) -> None:
        super().__init__(theme, label, parent=parent)
        self.items = KeptItems(self)
        self.setModel(self.items)
        self.setItemDelegate(TwoLines(theme, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)

    @property
    def current(self) -> KeptEntry | None:
        return self.items.value(self.currentIndex())

    def choose(self, entry_id: str, otherwise: int = 0) -> None:
        """Make this one the current one; where it is not shown, the one at this place."""
        count = self.items.rowCount()
        row = self.items.row_of(entry_id)
        if count:
            self.setCurrentIndex(self.items.index(row if row >= 0 else min(max(otherwise, 0), count - 1)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_pressed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()  # the dialog's
        else:
            super().keyPressEvent(event)


def _words(entry: KeptEntry) -> RowWords:
    return RowWords(entry.name, entry.words, aside=badge(entry), tooltip=entry.words)


def badge(entry: KeptEntry) -> str:
    return _("Built in") if entry.is_built_in else ""
