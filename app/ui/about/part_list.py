"""The list of what Paddock is made of: name, version, licence; filtered by words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import (
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.text import _
from app.ui import accessible
from app.ui.about.parts import Part
from app.ui.row_list import RowList
from app.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_LINES_PAD_PX = 7  # above and below the two lines
_SIDE_PX = 12


def about_words(part: Part) -> str:
    """ "6.11.3 · LGPL-3.0-only"."""
    return " · ".join(words for words in (part.version, part.licence) if words)


class PartItems(QAbstractListModel):
    PART_ROLE = int(Qt.ItemDataRole.UserRole) + 1

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._all: tuple[Part, ...] = ()
        self._words: list[str] = []
        self._shown: list[Part] = []

    def set_parts(self, parts: Sequence[Part]) -> None:
        self._all = tuple(parts)
        self._rebuild()

    def set_filter(self, words: str) -> None:
        self._words = words.casefold().split()
        self._rebuild()

    def part_at(self, index: Index) -> Part | None:
        return self._shown[index.row()] if index.isValid() and index.row() < len(self._shown) else None

    def index_of(self, part: Part | None) -> QModelIndex:
        return self.index(self._shown.index(part)) if part in self._shown else QModelIndex()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        part = self.part_at(index)
        if part is None:
            return None
        if role == self.PART_ROLE:
            return part
        if role == Qt.ItemDataRole.DisplayRole:
            return part.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{part.name}, {about_words(part)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return accessible.plain_tooltip(f"{part.name} {about_words(part)}")
        return None

    def _rebuild(self) -> None:
        self.beginResetModel()
        self._shown = [part for part in self._all if self._passes(part)]
        self.endResetModel()

    def _passes(self, part: Part) -> bool:
        text = f"{part.name}\n{part.licence}\n{part.note}".casefold()
        return all(word in text for word in self._words)


class PartList(RowList):
    """`chosen` carries the Part whose licence is to be shown, or None where the filter lets none through."""

    chosen = Signal(object)  # Part | None

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, _("What Paddock is made of"), parent=parent)
        self.items = PartItems(self)
        self.setModel(self.items)
        self.setItemDelegate(_PartDelegate(theme, self))
        self.selectionModel().currentChanged.connect(self._on_current)

    def set_parts(self, parts: Sequence[Part]) -> None:
        self.items.set_parts(parts)
        self._keep(None)

    @Slot(str)
    def set_filter(self, words: str) -> None:
        """The chosen one stays chosen where it is still there."""
        part = self.items.part_at(self.currentIndex())
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
        part = self.items.part_at(index)
        if part is not None:
            self.chosen.emit(part)


class _PartDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: PartList) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        fonts = self._theme.fonts
        lines = QFontMetricsF(fonts.ui).height() + QFontMetricsF(fonts.small).height()
        return QSize(100, round(lines + 2 * _LINES_PAD_PX))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        part = index.data(PartItems.PART_ROLE)
        if not isinstance(part, Part):
            return
        painter.save()
        self._view.paint_ground(painter, option, is_current=index == self._view.currentIndex())
        inner = QRectF(option.rect).adjusted(_SIDE_PX, _LINES_PAD_PX, -_SIDE_PX, -_LINES_PAD_PX)
        fonts = self._theme.fonts
        inner.setTop(self._view.paint_line(painter, inner, (part.name, "text"), font=fonts.ui))
        self._view.paint_line(painter, inner, (about_words(part), "muted"), font=fonts.small)
        painter.restore()
