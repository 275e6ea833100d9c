"""The list of what Paddock is made of: name, version, licence; filtered by words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui.about.parts import Part
from app.ui.row_items import RowItems, RowWords, TwoLines
from app.ui.row_list import RowList
from app.ui.theme import Theme


def about_words(part: Part) -> str:
    """ "6.11.3 · LGPL-3.0-only"."""
    return " · ".join(words for words in (part.version, part.licence) if words)


class PartItems(RowItems[Part]):
    """Those that have all words that are looked for."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(_words, parent)
        self._all: tuple[Part, ...] = ()
        self._wanted: list[str] = []

    def set_parts(self, parts: Sequence[Part]) -> None:
        self._all = tuple(parts)
        self._renew()

    def set_filter(self, words: str) -> None:
        self._wanted = words.casefold().split()
        self._renew()

    def index_of(self, part: Part | None) -> QModelIndex:
        return self.index(self.values.index(part)) if part in self.values else QModelIndex()

    def _renew(self) -> None:
        self.set_values([part for part in self._all if self._passes(part)])

    def _passes(self, part: Part) -> bool:
        text = f"{part.name}\n{part.licence}\n{part.note}".casefold()
        return all(word in text for word in self._wanted)


def _words(part: Part) -> RowWords:
    about = about_words(part)
    return RowWords(part.name, about, tooltip=f"{part.name} {about}", spoken=f"{part.name}, {about}")


class PartList(RowList):
    """`chosen` carries the Part whose licence is to be shown, or None where the filter lets none through."""

    chosen = Signal(object)  # Part | None

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, _("What Paddock is made of"), parent=parent)
        self.items = PartItems(self)
        self.setModel(self.items)
        self.setItemDelegate(TwoLines(theme, self))
        self.selectionModel().currentChanged.connect(self._on_current)

    def set_parts(self, parts: Sequence[Part]) -> None:
        self.items.set_parts(parts)
        self._keep(None)

    @Slot(str)
    def set_filter(self, words: str) -> None:
        """The chosen one stays chosen where it is still there."""
        part = self.items.value(self.currentIndex())
        self.items.set_filter(words)
        self._keep(part)

    def _keep(self, part: Part | None) -> None:
        index = self.items.index_of(part)
        if not index.isValid():
            index = self.items.index(0)
        self.setCurrentIndex(index)
        if not index.isValid():
            self.chosen.emit(None)

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        part = self.items.value(index)
        if part is not None:
            self.chosen.emit(part)
