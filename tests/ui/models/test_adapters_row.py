"""Adapters: each with a strength, none twice, and an end to them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.settings import ADAPTERS, MOST_ADAPTERS
from app.ui.models.adapters_row import AdaptersRow
from app.ui.models.shown import OptionChanged, OptionReset
from app.ui.theme import Theme

TWO = ("0.5 /a.gguf", "1 /b c.gguf")


@pytest.fixture
def row(theme: Theme, qtbot: QtBot) -> Iterator[AdaptersRow]:
    host = QWidget()
    qtbot.addWidget(host)
    made = AdaptersRow(theme, (), parent=host)
    made.show_value(TWO, is_changed=True)
    host.show()
    yield made
    host.close()


@pytest.fixture
def told(row: AdaptersRow) -> list[object]:
    heard: list[object] = []
    row.changed.connect(heard.append)
    row.reset.connect(heard.append)
    return heard


def write(edit: QLineEdit, text: str) -> None:
    edit.selectAll()
    QTest.keyClick(edit, Qt.Key.Key_Delete)
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)


def test_a_strength_is_told_with_all_adapters(row: AdaptersRow, told: list[object]) -> None:
    assert [line.strength.text() for line in row.lines] == ["0.5", "1"]
    write(row.lines[0].strength, "0,8")
    assert told == [OptionChanged(ADAPTERS.key, ("0.8 /a.gguf", "1 /b c.gguf"))]
    write(row.lines[0].strength, "")
    assert told[1:] == [OptionChanged(ADAPTERS.key, ("1 /a.gguf", "1 /b c.gguf"))]


def test_a_strength_that_cannot_be_is_not_told(row: AdaptersRow, told: list[object]) -> None:
    write(row.lines[1].strength, "5")
    assert told == []
    assert row._help.text() == "A number from 0 to 2."
    write(row.lines[1].strength, "1")
    assert row._help.text() == ADAPTERS.help


def test_a_file_is_added_once_and_as_it_was_trained(row: AdaptersRow, told: list[object]) -> None:
    row.take("/a.gguf")
    assert told == []
    row.take("/c.gguf")
    assert told == [OptionChanged(ADAPTERS.key, (*TWO, "1 /c.gguf"))]
    assert [line.strength.accessibleName() for line in row.lines][2] == "Strength of c.gguf"


def test_adapters_are_removed_one_by_one_or_all_at_once(row: AdaptersRow, told: list[object]) -> None:
    row.lines[1].remove.click()
    assert told == [OptionChanged(ADAPTERS.key, TWO[:1])]
    row.back.click()
    assert told[1:] == [OptionReset(ADAPTERS.key)]
    assert row.lines == []
    assert not row.back.isVisible()


def test_there_is_an_end_to_adapters(row: AdaptersRow) -> None:
    for place in range(len(TWO), MOST_ADAPTERS):
        assert row.add.isEnabled()
        row.take(f"/{place}.gguf")
    assert not row.add.isEnabled()
    row.lines[0].remove.click()
    assert row.add.isEnabled()
