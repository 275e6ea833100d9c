from __future__ import annotations

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from app.ui.theme import Theme
from app.ui.tray import Tray


def test_without_a_tray_nothing_is_shown_whatever_is_wanted(theme: Theme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)
    tray = Tray(theme, QObject(theme))
    tray.set_wanted(True)
    assert not tray.is_shown


def test_everything_in_its_menu_asks_for_something(theme: Theme, qtbot: QtBot) -> None:
    tray = Tray(theme, QObject(theme))
    actions = [action for action in tray.menu.actions() if not action.isSeparator()]
    signals = [tray.open_requested, tray.quick_requested, tray.new_chat_requested, tray.quit_requested]
    assert len(actions) == len(signals)
    for action, signal in zip(actions, signals, strict=True):
        with qtbot.waitSignal(signal):
            action.trigger()
