"""The requests that were made as a Qt item model: the latest first, filtered by words, older ones as wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.net.store import LedgerRow
from app.ui.accessible import plain_tooltip
from app.ui.network import ledger_words

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class LedgerItems(QAbstractListModel):
    """Read-only. Rows come in pages. What the filter looks at is kept by row, as working it out takes the longest."""

    ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._all: list[LedgerRow] = []
        self._texts: dict[int, str] = {}  # by the row's number
        self._words: list[str] = []
        self._shown: list[LedgerRow] = []

    @property
    def rows(self) -> list[LedgerRow]:
        """Those that the filter lets through."""
        return list(self._shown)

    @property
    def last_id(self) -> int | None:
        """Of the oldest row that is here, shown or not."""
        return self._all[-1].id if self._all else None

    def add_older(self, rows: Sequence[LedgerRow]) -> None:
        """Rows that come after those that are here."""
        self._all += rows
        kept = self._kept(rows)
        if kept:
            self.beginInsertRows(_ROOT, len(self._shown), len(self._shown) + len(kept) - 1)
            self._shown += kept
            self.endInsertRows()

    def put_latest(self, rows: Sequence[LedgerRow]) -> bool:
        """The latest rows as they are now: new ones go on top, changed ones are drawn anew.

        False where `rows` do not reach back to those that were here, so that only `rows` are here now.
        """
        newest = self._all[0].id if self._all else 0
        news = [row for row in rows if row.id > newest]
        if not self._all or (news and news[-1].id > newest + 1):
            self._begin_again(rows)
            return False
        self._replace({row.id: row for row in rows})
        self._all[:0] = news
        kept = self._kept(news)
        if kept:
            self.beginInsertRows(_ROOT, 0, len(kept) - 1)
            self._shown[:0] = kept
            self.endInsertRows()
        return True

    def set_filter(self, words: str) -> None:
        wanted = words.casefold().split()
        if wanted == self._words:
            return
        self.beginResetModel()
        self._words = wanted
        self._shown = [row for row in self._all if self._passes(row)]
        self.endResetModel()

    def row_at(self, index: Index) -> LedgerRow | None:
        return self._shown[index.row()] if index.isValid() and index.row() < len(self._shown) else None

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row_at(index)
        if row is None:
            return None
        if role == self.ROW_ROLE:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return ledger_words.sentence(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(f"{row.method} {ledger_words.where(row)}")
        return None

    def _kept(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Those of new or changed rows that the filter lets through."""
        self._texts |= {row.id: ledger_words.searched(row) for row in rows}
        return [row for row in rows if self._passes(row)]

    def _passes(self, row: LedgerRow) -> bool:
        text = self._texts[row.id]
        return all(word in text for word in self._words)

    def _begin_again(self, rows: Sequence[LedgerRow]) -> None:
        self.beginResetModel()
        self._all = list(rows)
        self._texts = {}
        self._shown = self._kept(rows)
        self.endResetModel()

    def _replace(self, fresh: Mapping[int, LedgerRow]) -> None:
        """Requests go on while they are listed; one that changed stays where it is, whatever the filter says of it."""
        for rows in (self._all, self._shown):
            for place, old in enumerate(rows[: len(fresh)]):
                new = fresh.get(old.id, old)
                if new != old:
                    rows[place] = new
                    self._texts[new.id] = ledger_words.searched(new)
                    if rows is self._shown:
                        self.dataChanged.emit(self.index(place), self.index(place))
