from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QListView, QWidget
from pytestqt.qtbot import QtBot

from app.ui.actions import Act, Actions, keys_text, specs
from app.ui.theme import Theme


def test_every_action_is_declared_once_with_its_own_keys() -> None:
    assert sorted(spec.act.name for spec in specs()) == sorted(act.name for act in Act)
    keys = [QKeySequence(spec.keys).toString() for spec in specs() if spec.keys]
    assert len(set(keys)) == len(keys)
    assert all(keys), "Qt knows them all"


def test_keys_of_the_list_work_only_in_the_list(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    chats = QListView(window)
    actions = Actions(theme, window, chats)
    assert actions[Act.DELETE].shortcutContext() == Qt.ShortcutContext.WidgetShortcut
    assert actions[Act.DELETE] in chats.actions()
    assert actions[Act.NEW_CHAT] in window.actions()
    assert actions[Act.DELETE] not in window.actions()


def test_escape_stops_only_while_there_is_something_to_stop(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    assert not Actions(theme, window, QListView(window))[Act.STOP].isEnabled()


def test_tooltips_show_the_keys_of_this_system() -> None:
    assert keys_text(Act.NEW_CHAT)
