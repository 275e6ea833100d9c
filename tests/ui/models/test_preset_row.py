"""Presets: which names can be given, and which presets can go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.models.preset_row import PresetRow
from app.ui.models.shown import PresetSaved, PresetShown
from app.ui.theme import Theme

PRESETS = (PresetShown("Balanced", is_built_in=True), PresetShown("Mine", is_built_in=False))


@pytest.fixture
def row(theme: Theme, qtbot: QtBot) -> Iterator[PresetRow]:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(680, 80)
    made = PresetRow(theme, parent=host)
    made.resize(host.size())
    made.show_presets(PRESETS, "Balanced")
    host.show()
    yield made
    host.close()


def test_values_are_saved_under_a_tidy_name(row: PresetRow) -> None:
    told: list[object] = []
    row.saved.connect(told.append)
    row.save_as.click()
    row.name.setText("  My   letters ")
    QTest.keyClick(row.name, Qt.Key.Key_Return)
    assert told == [PresetSaved("My letters")]
    assert row.save_as.isVisible()
    assert not row.name.isVisible()


@pytest.mark.parametrize(("name", "words"), [("", ""), ("   ", ""), ("balanced", "A built-in one has that name.")])
def test_a_name_that_cannot_be_given_is_not(name: str, words: str, row: PresetRow) -> None:
    told: list[object] = []
    row.saved.connect(told.append)
    row.save_as.click()
    row.name.setText(name)
    QTest.keyClick(row.name, Qt.Key.Key_Return)
    assert told == []
    assert not row.save.isEnabled()
    assert row._note.text() == words
    assert row.name.isVisible()


def test_a_name_that_is_taken_already_is_replaced_and_that_is_said(row: PresetRow) -> None:
    told: list[object] = []
    row.saved.connect(told.append)
    row.show_presets(PRESETS, "Mine")
    row.save_as.click()
    assert row.name.text() == "Mine"
    assert row._note.text() == "Replaces the one of that name."
    row.save.click()
    assert told == [PresetSaved("Mine")]


def test_only_ones_own_presets_can_be_deleted(row: PresetRow) -> None:
    assert not row.delete.isVisible()
    row.show_presets(PRESETS, "Mine")
    assert row.delete.isVisible()
    row.delete.click()
    row.show_presets(PRESETS[:1], "")
    assert row.chooser.text() == "Own values"
    assert not row.delete.isVisible()
    assert [action.text() for action in row.chooser.make_menu().actions()] == ["Balanced"]
