from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.actions import specs
from app.ui.controls import Text
from app.ui.shortcuts import ShortcutsDialog, groups
from app.ui.theme import Theme


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(1200, 900)
    made.show()
    yield made
    made.close()


def opened(theme: Theme, window: QWidget) -> ShortcutsDialog:
    dialog = ShortcutsDialog(theme, parent=window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    dialog.show()
    return dialog


def shown(dialog: ShortcutsDialog) -> set[str]:
    return {label.text() for label in dialog.page.findChildren(Text) if label.isVisible()}


def test_every_action_with_keys_and_every_way_without_a_mouse_is_on_the_sheet(theme: Theme, window: QWidget) -> None:
    words = shown(opened(theme, window))
    assert {spec.label for spec in specs() if spec.keys} <= words
    assert {"Send the message", "Back to writing", "Select several"} <= words


def test_no_group_is_empty_and_no_key_is_named_twice_in_one() -> None:
    for group in groups():
        keys = [shortcut.keys for shortcut in group.shortcuts]
        assert keys
        assert all(keys)
        assert len(set(keys)) == len(keys), group.title


def test_typing_finds_by_name_and_by_keys(theme: Theme, window: QWidget) -> None:
    dialog = opened(theme, window)
    dialog.filter.setText("temporary")
    assert shown(dialog) == {"Chats", "New temporary chat"}
    dialog.filter.setText("ctrl+,")
    assert "Settings" in shown(dialog)
    dialog.filter.setText("zebra")
    assert shown(dialog) == {"No shortcut is called that."}


@pytest.mark.parametrize("percent", [100, 200])
def test_it_can_be_read_in_a_narrow_window(theme: Theme, window: QWidget, qtbot: QtBot, percent: int) -> None:
    window.resize(360, 640)
    theme.set_text_percent(percent)
    dialog = opened(theme, window)
    qtbot.waitUntil(lambda: dialog.width() <= 360)
    parts = dialog._parts
    assert len({part.mapTo(dialog.page, QPoint()).x() for part in parts}) == 1, "one column"
    for label in dialog.page.findChildren(Text):
        if label.isVisible():
            assert label.mapTo(dialog.page, QPoint(label.width(), 0)).x() <= dialog.page.width()
            assert label.height() >= label.heightForWidth(label.width()), label.text()
    theme.set_text_percent(100)
    dialog.close()
