"""The list of chats as a Qt item model: headings by day, titles below, filtered by words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.text import _
from app.ui.accessible import plain_tooltip
from app.ui.chat.items import ChatEntry, RenameRequested

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


Row = Heading | ChatEntry


def group(entries: Sequence[ChatEntry], today: date) -> list[Row]:
    """Newest first, under the headings Today, Yesterday, Previous 7 days and Older; no heading without a chat."""
    rows: list[Row] = []
    last = ""
    for entry in sorted(entries, key=lambda entry: entry.changed, reverse=True):
        heading = day_heading(entry.changed.date(), today)
        if heading != last:
            rows.append(Heading(heading))
            last = heading
        rows.append(entry)
    return rows


def day_heading(day: date, today: date) -> str:
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day >= today - timedelta(days=7):
        return _("Previous 7 days")
    return _("Older")


class ChatItems(QAbstractListModel):
    """Read-only but for the title, whose change is a request, not a change."""

    rename_requested = Signal(object)
    ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._entries: tuple[ChatEntry, ...] = ()
        self._today = date.min
        self._words = ""
        self._rows: list[Row] = []

    def set_chats(self, entries: Sequence[ChatEntry], today: date) -> None:
        self._entries = tuple(entries)
        self._today = today
        self._rebuild()

    def set_filter(self, words: str) -> None:
        self._words = words
        self._rebuild()

    @property
    def is_filtered(self) -> bool:
        return bool(self._words.split())

    @property
    def rows(self) -> list[Row]:
        return list(self._rows)

    def index_of(self, id_: str) -> QModelIndex:
        for number, row in enumerate(self._rows):
            if isinstance(row, ChatEntry) and row.id == id_:
                return self.index(number)
        return QModelIndex()

    def entry_at(self, index: Index) -> ChatEntry | None:
        row = self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None
        return row if isinstance(row, ChatEntry) else None

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == self.ROW_ROLE:
            return row
        if isinstance(row, Heading):
            return row.text if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) else None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _("{title}, being answered").format(title=row.title) if row.is_busy else row.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(row.title)
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        entry = self.entry_at(index)
        title = " ".join(str(value).split())
        if entry is None or role != Qt.ItemDataRole.EditRole or not title or title == entry.title:
            return False
        self.rename_requested.emit(RenameRequested(entry.id, title))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.entry_at(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def _rebuild(self) -> None:
        words = self._words.casefold().split()
        kept = [entry for entry in self._entries if all(word in entry.title.casefold() for word in words)]
        rows = group(kept, self._today)
        if [_key(row) for row in rows] == [_key(row) for row in self._rows]:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()


def _key(row: Row) -> str:
    return f"# {row.text}" if isinstance(row, Heading) else row.id
