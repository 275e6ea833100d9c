"""The palette by keyboard and mouse, over a window that has shortcuts of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.ui.palette.matching import Match
from app.ui.palette.palette import Command, CommandChosen, Palette
from app.ui.palette.rows import Heading
from app.ui.theme import Theme

COMMANDS = [
    Command("new", "New chat", "Chats", keys="Ctrl+N", icon="note-pencil"),
    Command("next", "Next chat", "Chats"),
    Command("models", "Models", "Window", detail="What answers"),
]


@pytest.fixture
def window(theme: Theme, qtbot: QtBot) -> Iterator[QWidget]:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(900, 700)
    QLineEdit(made).setFocus()
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield made
    made.close()


@pytest.fixture
def palette(theme: Theme, window: QWidget) -> Palette:
    return Palette(theme, window)


def labels(palette: Palette) -> list[str]:
    return [row.text if isinstance(row, Heading) else row.command.label for row in palette.items.rows]


def current(palette: Palette) -> str:
    row = palette.items.rows[palette.list.currentIndex().row()]
    assert isinstance(row, Match)
    return row.command.id


def press(palette: Palette, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(palette.field, key)


def test_it_lists_everything_below_headings_and_types_at_once(palette: Palette) -> None:
    palette.open(COMMANDS)
    assert labels(palette) == ["Chats", "New chat", "Next chat", "Window", "Models"]
    assert palette.field.hasFocus()
    assert current(palette) == "new"
    QTest.keyClicks(palette.field, "mod")
    assert labels(palette) == ["Window", "Models"]


def test_arrow_keys_pass_over_headings_and_go_round(palette: Palette) -> None:
    palette.open(COMMANDS)
    press(palette, Qt.Key.Key_Down, Qt.Key.Key_Down)
    assert current(palette) == "models"
    press(palette, Qt.Key.Key_Down)
    assert current(palette) == "new"
    press(palette, Qt.Key.Key_Up)
    assert current(palette) == "models"
    press(palette, Qt.Key.Key_PageUp)
    assert current(palette) == "new"
    press(palette, Qt.Key.Key_Tab)
    assert current(palette) == "next"
    assert palette.field.hasFocus()


def test_enter_chooses_and_the_focus_goes_back(qtbot: QtBot, palette: Palette, window: QWidget) -> None:
    before = window.findChildren(QLineEdit)[0]
    palette.open(COMMANDS)
    QTest.keyClicks(palette.field, "next")
    with qtbot.waitSignal(palette.chosen) as told:
        press(palette, Qt.Key.Key_Return)
    assert told.args == [CommandChosen("next")]
    assert not palette.is_open
    assert before.hasFocus()


def test_a_click_chooses_and_one_beside_the_card_closes(qtbot: QtBot, palette: Palette) -> None:
    palette.open(COMMANDS)
    place = palette.list.visualRect(palette.items.index(2, 0)).center()
    with qtbot.waitSignal(palette.chosen) as told:
        QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert told.args == [CommandChosen("next")]
    palette.open(COMMANDS)
    with qtbot.assertNotEmitted(palette.chosen):
        QTest.mouseClick(palette, Qt.MouseButton.LeftButton, pos=QPoint(4, 690))
    assert not palette.is_open


@pytest.mark.parametrize(
    "keys", [(Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)]
)
def test_escape_and_its_own_keys_close_it(palette: Palette, keys: tuple[Qt.Key, Qt.KeyboardModifier]) -> None:
    palette.open(COMMANDS)
    QTest.keyClick(palette.field, *keys)
    assert not palette.is_open


def test_no_shortcut_of_the_window_works_below_it(qtbot: QtBot, palette: Palette, window: QWidget) -> None:
    action = QAction(window)
    action.setShortcut(QKeySequence("Ctrl+N"))
    window.addAction(action)
    palette.open(COMMANDS)
    with qtbot.assertNotEmitted(action.triggered):
        QTest.keyClick(palette.field, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)


def test_what_was_chosen_lately_comes_first_the_next_time(palette: Palette) -> None:
    palette.open(COMMANDS)
    QTest.keyClicks(palette.field, "models")
    press(palette, Qt.Key.Key_Return)
    palette.open(COMMANDS)
    assert labels(palette)[:2] == ["Recent", "Models"]
    assert labels(palette).count("Models") == 1


def test_more_is_asked_for_when_the_typing_rests_and_comes_below(qtbot: QtBot, palette: Palette) -> None:
    palette.open(COMMANDS)
    with qtbot.waitSignal(palette.asked) as told:
        QTest.keyClicks(palette.field, "chat")
    assert told.args == ["chat"]
    palette.add("chat", [Command("m1", "…about a chat…", "Messages"), COMMANDS[0]])
    assert labels(palette) == ["Chats", "New chat", "Next chat", "Messages", "…about a chat…"]
    assert current(palette) == "new"
    palette.add("older words", [Command("m2", "Too late", "Messages")])
    assert "Too late" not in labels(palette)


def test_more_that_comes_where_nothing_was_found_can_be_chosen(palette: Palette) -> None:
    palette.open(COMMANDS)
    QTest.keyClicks(palette.field, "zebra")
    assert labels(palette) == []
    assert not palette.list.isVisible()
    palette.add("zebra", [Command("m1", "A zebra", "Messages")])
    assert palette.list.isVisible()
    assert current(palette) == "m1"


def test_a_screen_reader_hears_the_current_row(palette: Palette) -> None:
    palette.open(COMMANDS)
    assert palette.field.accessibleDescription() == "New chat, Ctrl+N"
    press(palette, Qt.Key.Key_Up)
    assert palette.field.accessibleDescription() == "Models, What answers"


def test_it_fits_a_narrow_window_with_large_text(theme: Theme, palette: Palette, window: QWidget) -> None:
    theme.set_text_percent(200)
    window.resize(360, 480)
    palette.open(COMMANDS)
    assert palette.field.geometry().left() >= 0
    assert palette.field.geometry().right() < 360
    assert palette.list.geometry().bottom() < 480


def test_of_ten_thousand_commands_only_some_become_rows(palette: Palette) -> None:
    many = [Command(str(number), f"Chat number {number} about trips and reports", "Chats") for number in range(10_000)]
    palette.open(many)
    QTest.keyClicks(palette.field, "report")
    assert palette.items.rowCount() < 500, "only what somebody may look at is made into rows"
