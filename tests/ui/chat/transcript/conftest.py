"""A transcript in a window of its own, and a branch that makes its rows when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from app.ui.chat.items import MessageItem, Role
from app.ui.chat.transcript.transcript import Transcript
from app.ui.theme import Theme

WORDS = "Some words that take a line or two when the column is not too wide for them. "


@pytest.fixture
def transcript(theme: Theme, qtbot: QtBot) -> Iterator[Transcript]:
    made = Transcript(theme)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()  # a bare X server has nobody who would do it
    qtbot.waitUntil(made.isActiveWindow)
    yield made
    made.close()


class LazyRows:
    """`here` are the rows whose words are read; `asked` counts what was asked for."""

    def __init__(self, count: int, *, here: range | None = None, first: int = 0) -> None:
        self.here = here if here is not None else range(count)
        self.asked: list[int] = []
        self._ids = [f"m{number}" for number in range(first, first + count)]
        self._rows = {id_: row for row, id_ in enumerate(self._ids)}

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, row: int) -> MessageItem:
        self.asked.append(row)
        role: Role = "assistant" if row % 2 else "user"
        item = MessageItem(self._ids[row], role, "", number=row + 1, of=len(self), is_here=False)
        return replace(item, text=f"Row {row}: {WORDS * (row % 5 + 1)}", is_here=True) if row in self.here else item

    def id_at(self, row: int) -> str:
        return self._ids[row]

    def row_of(self, id_: str) -> int:
        return self._rows.get(id_, -1)

    def size_at(self, row: int) -> int:
        return len(WORDS) * (row % 5 + 1)

    def sizes(self) -> list[int]:
        return [self.size_at(row) for row in range(len(self))]
