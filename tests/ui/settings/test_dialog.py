"""Settings: every change is told at once, nothing impossible is told, and the keys of the profile can be changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.core import Home
from app.settings import MAX_ANSWER_TOKENS, TEMPERATURE, THEME
from app.storage.secrets import MemorySecrets
from app.ui.settings.dialog import AnswersChosen, SettingsDialog, SettingsShown
from app.ui.theme import Theme
from app.ui.welcome.keys import PassphrasePage
from app.ui.welcome.recovery import RecoveryPage
from app.ui.window import MainWindow
from tests.ui.conftest import OpenShell, page

SHOWN = SettingsShown("light", 0.7, 0, has_passphrase=False, is_recovery_confirmed=False, profile_folder="/somewhere")


@pytest.fixture
def dialog(qtbot: QtBot, qapp: QApplication) -> Iterator[SettingsDialog]:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = SettingsDialog(Theme(qapp, choice="light", parent=parent), SHOWN, parent=parent)
    made.show()
    yield made
    parent.close()


def test_numbers_are_told_when_they_make_sense(dialog: SettingsDialog) -> None:
    told: list[AnswersChosen] = []
    dialog.answers_chosen.connect(told.append)
    dialog._temperature.setText("1.2")
    dialog._length.setText("256")
    assert told[-1] == AnswersChosen(1.2, 256)
    count = len(told)
    dialog._temperature.setText("")
    dialog._temperature.setText("9")
    assert len(told) == count
    dialog._temperature.setText("0.0")
    dialog._length.setText("")
    assert told[-1] == AnswersChosen(0.0, 0)


def test_every_control_has_a_name(dialog: SettingsDialog) -> None:
    controls = [*dialog.findChildren(QAbstractButton), *dialog.findChildren(QLineEdit)]
    assert len(controls) >= 9
    assert all(control.accessibleName() for control in controls)


def test_changes_are_kept_in_the_profile_and_shown_at_once(qtbot: QtBot, open_shell: OpenShell) -> None:
    shell = open_shell(prepare=lambda _core: None)
    opened = page(qtbot, shell, MainWindow)
    opened.preferences.show_settings()
    qtbot.waitUntil(lambda: bool(opened.findChildren(SettingsDialog)))
    (settings,) = opened.findChildren(SettingsDialog)
    settings._themes.button(2).click()
    settings._length.setText("77")
    assert shell.core is not None
    values = shell.core.settings
    qtbot.waitUntil(lambda: values.get(THEME) == "dark" and values.get(MAX_ANSWER_TOKENS) == 77)
    assert values.get(TEMPERATURE) == 0.7
    assert opened.page._theme.tokens.scheme == "dark"


def test_a_passphrase_can_be_set_and_then_opens_the_profile(qtbot: QtBot, open_shell: OpenShell) -> None:
    shell = open_shell(prepare=lambda _core: None)
    opened = page(qtbot, shell, MainWindow)
    opened.preferences._on_passphrase()
    qtbot.waitUntil(lambda: bool(opened.findChildren(PassphrasePage)))
    (asked,) = opened.findChildren(PassphrasePage)
    asked.first.setText("a new passphrase")
    asked.second.setText("a new passphrase")
    asked.button.click()
    core = shell.core
    assert core is not None
    qtbot.waitUntil(lambda: core.slots().has_passphrase, timeout=10_000)
    qtbot.waitUntil(lambda: not any(d.isVisible() for d in opened.findChildren(QDialog)))
    shell.close()
    again = Home(core.places, MemorySecrets(is_available=False))
    again.open_by_passphrase("a new passphrase").core.close()
    again.close()


def test_a_new_recovery_key_is_shown_and_confirmed(qtbot: QtBot, open_shell: OpenShell) -> None:
    shell = open_shell(prepare=lambda _core: None)
    opened = page(qtbot, shell, MainWindow)
    opened.preferences._on_recovery()
    qtbot.waitUntil(lambda: bool(opened.findChildren(RecoveryPage)))
    (offered,) = opened.findChildren(RecoveryPage)
    offered.confirmed.emit()
    core = shell.core
    assert core is not None
    qtbot.waitUntil(lambda: core.slots().is_recovery_confirmed)
