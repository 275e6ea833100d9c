from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.row_items import VALUE, WORDS, RowItems, RowWords, TwoLines
from app.ui.row_list import RowList
from app.ui.theme import Theme


def words(name: str) -> RowWords:
    return RowWords(name, "quiet", aside="mark", tooltip=f"<b>{name}</b>")


@pytest.fixture
def items(qapp: object) -> RowItems[str]:
    made = RowItems(words, None)  # type: ignore[arg-type] # kept by the test
    made.set_values(("one", "two", "three"))
    return made


def test_a_row_is_its_value_its_words_and_what_is_spoken(items: RowItems[str]) -> None:
    index = items.index(1)
    assert (index.data(VALUE), index.data(), index.data(WORDS)) == ("two", "two", words("two"))
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "two. mark. quiet"
    assert "&lt;b&gt;" in index.data(Qt.ItemDataRole.ToolTipRole), "a name is no markup"


def test_what_changes_in_its_place_is_told_row_by_row(items: RowItems[str], qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(items.modelReset), qtbot.waitSignal(items.dataChanged) as told:
        items.replace_values(("one", "TWO", "three"))
    first, last, *_roles = told.args or []
    assert isinstance(first, QModelIndex)
    assert (first.row(), last.row()) == (1, 1)
    assert items.value(items.index(1)) == "TWO"


def test_the_icon_stands_where_lines_begin(theme: Theme, qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    host.setStyleSheet("background: white")
    view = RowList(theme, "Rows", parent=host)
    items: RowItems[str] = RowItems(lambda name: RowWords(name, "", icon="file-pdf"), view)
    view.setModel(items)
    view.setItemDelegate(TwoLines(theme, view))
    items.set_values(("",))
    view.resize(300, 80)
    sides = []
    for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        host.setLayoutDirection(direction)
        image = view.grab().toImage()
        middle, end = image.width() // 2, image.width()
        ink = [x for x in range(end) if any(_is_ink(image.pixelColor(QPoint(x, y))) for y in range(4, 50))]
        sides.append({x < middle for x in ink})
    assert sides == [{True}, {False}]


def _is_ink(color: QColor) -> bool:
    return color.lightness() < 160
