"""The list of personas or of templates: name, beginning of the words, and which ones are built in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.text import _
from app.ui import accessible
from app.ui.row_list import RowList
from app.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_PAD_PX = 14
_ROW_PAD_PX = 8
_GAP_PX = 10


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """`words`: how it begins, in one line."""

    id: str
    name: str
    words: str
    is_built_in: bool


class KeptItems(QAbstractListModel):
    ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._entries: tuple[KeptEntry, ...] = ()
        self._shown: tuple[KeptEntry, ...] = ()
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
        return next((row for row, entry in enumerate(self._shown) if entry.id == entry_id), -1)

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        entry = self._shown[index.row()]
        if role == self.ROW_ROLE:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ". ".join(part for part in (entry.name, badge(entry), entry.words) if part)
        return accessible.plain_tooltip(entry.words) if role == Qt.ItemDataRole.ToolTipRole else None

    def _renew(self) -> None:
        words = self._wanted.casefold().split()
        self.beginResetModel()
        self._shown = tuple(
            entry for entry in self._entries if all(word in f"{entry.name} {entry.words}".casefold() for word in words)
        )
        self.endResetModel()


class KeptList(RowList):
    delete_pressed = Signal()

    def __init__(self, theme: Theme, label: str, *, parent: QWidget) -> None:
        super().__init__(theme, label, parent=parent)
        self.items = KeptItems(self)
        self.setModel(self.items)
        self.setItemDelegate(_KeptDelegate(theme, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)

    @property
    def current(self) -> KeptEntry | None:
        entry = self.currentIndex().data(KeptItems.ROW_ROLE) if self.currentIndex().isValid() else None
        return entry if isinstance(entry, KeptEntry) else None

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


class _KeptDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: KeptList) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        fonts = self._theme.fonts
        lines = QFontMetricsF(fonts.ui).height() + QFontMetricsF(fonts.small).height()
        return QSize(100, round(lines) + 2 * _ROW_PAD_PX + 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry = index.data(KeptItems.ROW_ROLE)
        if not isinstance(entry, KeptEntry):
            return
        painter.save()
        view, fonts = self._view, self._theme.fonts
        view.paint_ground(painter, option, is_current=index == view.currentIndex())
        rect = QRectF(option.rect).adjusted(_PAD_PX, _ROW_PAD_PX, -_PAD_PX, 0)
        name = QRectF(rect)
        if words := badge(entry):
            width = QFontMetricsF(fonts.small).horizontalAdvance(words) + 2
            name.setWidth(rect.width() - width - _GAP_PX)
            place = QRectF(rect.right() - width, rect.top(), width, rect.height())
            view.paint_line(painter, self._visual(place, rect), (words, "hint"), font=fonts.small)
        bottom = view.paint_line(painter, self._visual(name, rect), (entry.name, "text"), font=fonts.ui)
        rect.setTop(bottom + 2)
        view.paint_line(painter, rect, (entry.words, "muted"), font=fonts.small)
        painter.restore()

    def _visual(self, place: QRectF, row: QRectF) -> QRectF:
        """Where that is when lines begin at the right."""
        return QRectF(QStyle.visualRect(self._view.layoutDirection(), row.toRect(), place.toRect()))


def badge(entry: KeptEntry) -> str:
    return _("Built in") if entry.is_built_in else ""
