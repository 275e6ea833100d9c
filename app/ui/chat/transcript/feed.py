"""The rows on screen: those that were given, and what was told about single ones since."""

from __future__ import annotations

from collections.abc import Sequence

from app.ui.chat.items import MessageItem, Rows


class Listed:
    """Rows out of a list, for a branch that is short or wholly known."""

    def __init__(self, items: Sequence[MessageItem] = ()) -> None:
        self._items = tuple(items)
        self._rows = {item.id: row for row, item in enumerate(self._items)}

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, row: int) -> MessageItem:
        return self._items[row]

    def id_at(self, row: int) -> str:
        return self._items[row].id

    def row_of(self, id_: str) -> int:
        return self._rows.get(id_, -1)

    def size_at(self, row: int) -> int:
        return len(self._items[row].text)

    def sizes(self) -> list[int]:
        return [len(item.text) for item in self._items]


class Feed:
    """Rows that can be told one more at the end, and a newer state of a single one."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._given = len(rows)
        self._added: list[str] = []
        self._newer: dict[str, MessageItem] = {}

    def __len__(self) -> int:
        return self._given + len(self._added)

    def __getitem__(self, row: int) -> MessageItem:
        return self._newer.get(self.id_at(row)) or self._rows[row]

    def id_at(self, row: int) -> str:
        return self._rows.id_at(row) if row < self._given else self._added[row - self._given]

    def row_of(self, id_: str) -> int:
        """-1 where it is not among them."""
        if id_ in self._added:  # one or two
            return self._given + self._added.index(id_)
        return self._rows.row_of(id_)

    def size_at(self, row: int) -> int:
        newer = self._newer.get(self.id_at(row))
        return self._rows.size_at(row) if newer is None else len(newer.text)

    def sizes(self) -> list[int]:
        """Characters of every row."""
        if not self._newer:  # as it is when a conversation is opened
            return self._rows.sizes()
        return [self.size_at(row) for row in range(len(self))]

    def append(self, item: MessageItem) -> None:
        self._added.append(item.id)
        self._newer[item.id] = item

    def tell(self, item: MessageItem) -> None:
        """The row of this message looks like this from now on."""
        self._newer[item.id] = item

    def ask_again(self, id_: str) -> None:
        """What was told about this row is old: the rows that were given know better."""
        if self._rows.row_of(id_) >= 0:
            self._newer.pop(id_, None)
