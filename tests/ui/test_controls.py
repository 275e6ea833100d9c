from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from app.ui.controls import IconButton, TextButton
from app.ui.theme import Theme


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
@pytest.mark.parametrize("kind", [IconButton, TextButton])
def test_enter_and_the_space_bar_press_the_button_with_the_focus(
    kind: type[IconButton | TextButton], key: Qt.Key, theme: Theme, qtbot: QtBot
) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    made: QAbstractButton = (
        IconButton(theme, "x", "Close", parent=host) if kind is IconButton else TextButton(theme, "Close", parent=host)
    )
    host.show()
    with qtbot.waitSignal(made.clicked):
        QTest.keyClick(made, key)
    made.setEnabled(False)
    with qtbot.assertNotEmitted(made.clicked):
        QTest.keyClick(made, key)
