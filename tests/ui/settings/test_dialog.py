"""Settings: every change is told at once, nothing impossible is told, and the keys of the profile can be changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.core import Core
from app.declared import AnySetting
from app.engine.states import StateKey
from app.home import Home
from app.settings import (
    BIN_DAYS,
    CONTRAST,
    IDLE_UNLOAD_MINUTES,
    MAX_ANSWER_TOKENS,
    QUICK_KEYS,
    READ_AHEAD,
    STATES_LIMIT_GB,
    TEMPERATURE,
    TEXT_PERCENT,
    THEME,
    TRAY,
)
from app.storage.secrets import MemorySecrets
from app.ui.controls import Text
from app.ui.models.fields import ChoiceRow, NumberRow
from app.ui.models.shown import OptionChanged, OptionReset
from app.ui.network.state import NetworkState
from app.ui.settings.dialog import ROWS, SettingsDialog, SettingsShown
from app.ui.settings.network_rows import CHOICES, ConsentChosen
from app.ui.settings.profile_row import ProfileRow
from app.ui.settings.rows import KeysButton
from app.ui.theme import Theme
from app.ui.welcome.keys import PassphrasePage
from app.ui.welcome.recovery import RecoveryPage
from app.ui.window import MainWindow
from tests.ui.conftest import OpenShell, page

SHOWN = SettingsShown(
    theme="light",
    values={setting.key: setting.default for setting in ROWS},
    states_bytes=1_200_000_000,
    has_passphrase=False,
    is_recovery_confirmed=False,
    profile_folder="/somewhere",
    models_folder="/somewhere/models",
)
KEY = StateKey("a model", "a place")


@pytest.fixture
def dialog(qtbot: QtBot, qapp: QApplication) -> Iterator[SettingsDialog]:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = SettingsDialog(Theme(qapp, choice="light", parent=parent), SHOWN, parent=parent)
    made.show()
    yield made
    parent.close()


def number(dialog: SettingsDialog, setting: AnySetting) -> NumberRow:
    row = dialog.rows[setting.key]
    assert isinstance(row, NumberRow)
    return row


def write(dialog: SettingsDialog, setting: AnySetting, text: str) -> None:
    edit = number(dialog, setting).edit
    edit.setText(text)
    edit.editingFinished.emit()


def opened_settings(qtbot: QtBot, opened: MainWindow) -> SettingsDialog:
    opened.later.preferences.show_settings()
    qtbot.waitUntil(lambda: bool(opened.findChildren(SettingsDialog)))
    (settings,) = opened.findChildren(SettingsDialog)
    return settings


def keep_a_state(core: Core, size_bytes: int) -> None:
    with core.states.writer("a conversation", KEY) as writer:
        writer.add(bytes(size_bytes))
        writer.commit(10)


def test_numbers_are_told_when_they_make_sense(dialog: SettingsDialog) -> None:
    told: list[object] = []
    dialog.changed.connect(told.append)
    dialog.reset.connect(told.append)
    write(dialog, TEMPERATURE, "1.2")
    write(dialog, TEMPERATURE, "9")
    write(dialog, MAX_ANSWER_TOKENS, "256")
    write(dialog, IDLE_UNLOAD_MINUTES, "0")
    write(dialog, STATES_LIMIT_GB, "0.5")
    write(dialog, MAX_ANSWER_TOKENS, "")
    assert told == [
        OptionChanged(TEMPERATURE.key, 1.2),
        OptionChanged(MAX_ANSWER_TOKENS.key, 256),
        OptionChanged(IDLE_UNLOAD_MINUTES.key, 0),
        OptionChanged(STATES_LIMIT_GB.key, 0.5),
        OptionReset(MAX_ANSWER_TOKENS.key),
    ]


def test_the_keyboard_begins_in_the_field_that_finds_settings_and_goes_on_to_the_first_row(
    qtbot: QtBot, dialog: SettingsDialog
) -> None:
    dialog.activateWindow()
    qtbot.waitUntil(lambda: dialog.focusWidget() is not None)
    assert dialog.focusWidget() is dialog.filter
    QTest.keyClick(dialog.filter, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: dialog.focusWidget() in dialog._themes.buttons())


def test_typing_leaves_the_rows_that_are_meant(dialog: SettingsDialog) -> None:
    dialog.filter.setText("text siz")
    assert dialog.rows[TEXT_PERCENT.key].isVisible()
    assert not dialog.rows[CONTRAST.key].isVisible()
    assert not dialog.consent.isVisible()
    dialog.filter.setText("keyring")
    assert any(row.isVisible() for row in dialog.findChildren(ProfileRow))
    dialog.filter.setText("zebra")
    assert dialog._nothing.isVisible()
    dialog.filter.clear()
    assert all(row.isVisibleTo(dialog) for row in dialog.rows.values())


@pytest.mark.parametrize("setting", [BIN_DAYS, TRAY, TEMPERATURE, THEME, QUICK_KEYS])
def test_one_can_be_led_to_a_setting(qtbot: QtBot, dialog: SettingsDialog, setting: AnySetting) -> None:
    dialog.activateWindow()
    dialog.filter.setText("zebra")
    dialog.go_to(setting.key)
    view = dialog._area.viewport()
    qtbot.waitUntil(lambda: dialog.focusWidget() is not dialog.filter)
    focused = dialog.focusWidget()
    qtbot.waitUntil(lambda: view.rect().contains(focused.mapTo(view, QPoint())))


def test_words_stand_for_values_in_their_rows(dialog: SettingsDialog) -> None:
    told: list[object] = []
    dialog.changed.connect(told.append)
    row = dialog.rows[CONTRAST.key]
    assert isinstance(row, ChoiceRow)
    assert [action.text() for action in row.chooser.make_menu().actions()] == ["Like the system", "Normal", "High"]
    row.chooser.make_menu().actions()[2].trigger()
    dialog.show_value(TEXT_PERCENT.key, 130)
    sizes = dialog.rows[TEXT_PERCENT.key]
    assert isinstance(sizes, ChoiceRow)
    assert sizes.chooser.text() == "130 %"
    assert told == [OptionChanged(CONTRAST.key, "high")]


def is_recording(button: KeysButton) -> bool:
    return button.is_recording


def test_keys_are_recorded_as_they_are_pressed(dialog: SettingsDialog) -> None:
    told: list[object] = []
    dialog.changed.connect(told.append)
    dialog.reset.connect(told.append)
    button = dialog.quick_keys.button
    button.click()
    QTest.keyClick(button, Qt.Key.Key_A)
    assert is_recording(button), "a letter alone would be taken from every program"
    QTest.keyClick(button, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    assert not is_recording(button)
    button.click()
    QTest.keyClick(button, Qt.Key.Key_Escape)
    button.click()
    QTest.keyClick(button, Qt.Key.Key_Backspace)
    assert told == [OptionChanged(QUICK_KEYS.key, "Ctrl+Alt+Space"), OptionReset(QUICK_KEYS.key)]
    dialog.show_keys_fault("Another program uses these keys already.")
    assert "Another program" in " ".join(text.text() for text in dialog.quick_keys.findChildren(Text))


@pytest.mark.parametrize("percent", [100, 200])
def test_nothing_is_cut_off_in_a_narrow_window(qtbot: QtBot, qapp: QApplication, percent: int) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(360, 640)
    parent.show()
    theme = Theme(qapp, choice="light", parent=parent)
    made = SettingsDialog(theme, SHOWN, parent=parent)
    made.show()
    theme.set_text_percent(percent)
    qtbot.waitUntil(lambda: made.width() <= 360)
    right = made.page.width()
    cut = [
        row.setting.key
        for row in made.rows.values()
        if row.entry.mapTo(made.page, QPoint(row.entry.width(), 0)).x() > right
    ]
    assert cut == []
    made.close()
    theme.set_text_percent(100)
    parent.close()


def test_who_asks_about_the_network_comes_to_its_rows(qtbot: QtBot, window: Callable[..., MainWindow]) -> None:
    opened = window()
    opened.later.models_page.network_requested.emit()
    qtbot.waitUntil(lambda: bool(opened.findChildren(SettingsDialog)))
    (settings,) = opened.findChildren(SettingsDialog)
    assert settings.focusWidget() is settings.consent.choices.button(0)
    view = settings._area.viewport()
    qtbot.waitUntil(lambda: view.rect().contains(settings.consent.mapTo(view, QPoint())))


def test_closing_takes_what_is_still_being_typed(dialog: SettingsDialog) -> None:
    told: list[object] = []
    dialog.changed.connect(told.append)
    number(dialog, IDLE_UNLOAD_MINUTES).edit.setText("5")
    dialog.reject()
    assert told == [OptionChanged(IDLE_UNLOAD_MINUTES.key, 5)]


def test_reading_ahead_can_be_turned_off(dialog: SettingsDialog) -> None:
    told: list[object] = []
    dialog.changed.connect(told.append)
    row = dialog.rows[READ_AHEAD.key]
    assert isinstance(row, ChoiceRow)
    menu = row.chooser.make_menu()
    next(action for action in menu.actions() if action.text() == "Off").trigger()
    assert told == [OptionChanged(READ_AHEAD.key, False)]


def test_the_space_in_use_is_said_and_cleared_only_where_there_is_some(dialog: SettingsDialog) -> None:
    assert dialog.space._used.text() == "Used now: 1.2 GB"
    asked: list[bool] = []
    dialog.clear_requested.connect(lambda: asked.append(True))
    dialog.space.clear.click()
    dialog.space.clear.click()
    assert asked == [True]
    dialog.show_used(0)
    assert dialog.space._used.text() == "Used now: nothing"
    assert not dialog.space.clear.isEnabled()


def test_what_may_be_sent_is_told_when_it_is_chosen(dialog: SettingsDialog) -> None:
    told: list[object] = []
    dialog.consent_chosen.connect(told.append)
    buttons = {choice: dialog.consent.choices.button(number) for number, choice in enumerate(CHOICES)}
    assert buttons["ask"].isChecked()
    for choice in ("models", "never", "ask"):
        buttons[choice].click()
    buttons["ask"].click()
    assert told == [ConsentChosen("models"), ConsentChosen("never"), ConsentChosen("ask")]


def test_each_choice_of_what_may_be_sent_says_what_it_means(dialog: SettingsDialog) -> None:
    said = set()
    for number in range(len(CHOICES)):
        button = dialog.consent.choices.button(number)
        button.click()
        assert dialog.consent.help.text() == button.accessibleDescription()
        said.add(dialog.consent.help.text())
    assert len(said) == len(CHOICES)


def test_what_an_administrator_has_fixed_cannot_be_changed_and_says_so(dialog: SettingsDialog) -> None:
    told: list[object] = []
    dialog.consent_chosen.connect(told.append)
    dialog.show_network(NetworkState(consent="models", is_fixed_by_admin=True, requests=1_234))
    for number in range(len(CHOICES)):
        dialog.consent.choices.button(number).click()
    assert told == []
    assert dialog.consent.choices.checkedId() == CHOICES.index("never")
    assert "administrator" in dialog.consent.help.text()
    assert dialog.requests.help.text() == "1,234 requests so far, each of them listed."
    dialog.show_network(NetworkState(is_fixed_by_admin=True, problem="The policy could not be read."))
    assert dialog.consent.help.text() == "The policy could not be read."


def test_the_list_of_requests_is_one_step_away(qtbot: QtBot, dialog: SettingsDialog) -> None:
    assert dialog.requests.help.text() == "Paddock has not made a single request."
    with qtbot.waitSignal(dialog.requests_requested):
        dialog.requests.button.click()


def test_the_folder_for_models_can_be_changed_and_taken_back(qtbot: QtBot, dialog: SettingsDialog) -> None:
    assert not dialog.folder.default.isVisible()
    with qtbot.waitSignal(dialog.models_folder_requested):
        dialog.folder.change.click()
    dialog.show_models_folder("/media/" + "a very long name/" * 30, is_default=False)
    assert dialog.folder.path.width() < dialog.folder.width()
    assert dialog.folder.change.accessibleDescription().startswith("/media/")
    with qtbot.waitSignal(dialog.default_models_folder_requested):
        dialog.folder.default.click()
    dialog.show_models_folder("/somewhere/models", is_default=True)
    assert not dialog.folder.default.isVisible()


def test_it_stays_within_a_low_window_and_its_buttons_are_always_there(qtbot: QtBot, theme: Theme) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    owner.resize(1_000, 480)
    owner.show()
    low = SettingsDialog(theme, SHOWN, parent=owner)
    low.show()
    assert low.height() <= 480
    assert low.done_button.mapTo(low, low.done_button.rect().bottomLeft()).y() < low.height()
    assert low.page.height() > low._area.viewport().height()
    low.close()
    owner.close()


def test_every_control_has_a_name(dialog: SettingsDialog) -> None:
    controls = [*dialog.findChildren(QAbstractButton), *dialog.findChildren(QLineEdit)]
    assert len(controls) >= 20
    assert all(control.accessibleName() for control in controls)


def test_changes_are_kept_in_the_profile_and_shown_at_once(qtbot: QtBot, open_shell: OpenShell) -> None:
    shell = open_shell(prepare=lambda _core: None)
    opened = page(qtbot, shell, MainWindow)
    settings = opened_settings(qtbot, opened)
    settings._themes.button(2).click()
    write(settings, MAX_ANSWER_TOKENS, "77")
    write(settings, IDLE_UNLOAD_MINUTES, "5")
    write(settings, IDLE_UNLOAD_MINUTES, "")
    assert shell.core is not None
    values = shell.core.settings
    qtbot.waitUntil(lambda: values.get(THEME) == "dark" and values.get(MAX_ANSWER_TOKENS) == 77)
    assert values.get(TEMPERATURE) == 0.7
    qtbot.waitUntil(lambda: values.get(IDLE_UNLOAD_MINUTES) == 30)
    assert opened.page._theme.tokens.scheme == "dark"


def test_kept_states_are_cleared(qtbot: QtBot, open_shell: OpenShell) -> None:
    shell = open_shell(prepare=lambda _core: None)
    opened = page(qtbot, shell, MainWindow)
    assert shell.core is not None
    states = shell.core.states
    keep_a_state(shell.core, 2_000_000)
    settings = opened_settings(qtbot, opened)
    assert settings.space._used.text() == "Used now: 2 MB"
    settings.space.clear.click()
    qtbot.waitUntil(lambda: settings.space._used.text() == "Used now: nothing")
    assert states.used_bytes() == 0


def test_a_lower_limit_holds_at_once(qtbot: QtBot, open_shell: OpenShell) -> None:
    shell = open_shell(prepare=lambda _core: None)
    opened = page(qtbot, shell, MainWindow)
    assert shell.core is not None
    keep_a_state(shell.core, 2_000_000)
    settings = opened_settings(qtbot, opened)
    write(settings, STATES_LIMIT_GB, "0.001")
    qtbot.waitUntil(lambda: settings.space._used.text() == "Used now: nothing")
    assert shell.core.settings.get(STATES_LIMIT_GB) == 0.001
    assert shell.core.states.used_bytes() == 0


def test_the_settings_of_the_model_are_one_step_away(qtbot: QtBot, open_shell: OpenShell) -> None:
    shell = open_shell(prepare=lambda _core: None)
    opened = page(qtbot, shell, MainWindow)
    settings = opened_settings(qtbot, opened)
    with qtbot.waitSignal(opened.later.preferences.model_settings_requested):
        settings.for_model.click()
    assert not settings.isVisible()


def test_a_passphrase_can_be_set_and_then_opens_the_profile(qtbot: QtBot, open_shell: OpenShell) -> None:
    shell = open_shell(prepare=lambda _core: None)
    opened = page(qtbot, shell, MainWindow)
    opened.later.preferences._on_passphrase()
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
    opened.later.preferences._on_recovery()
    qtbot.waitUntil(lambda: bool(opened.findChildren(RecoveryPage)))
    (offered,) = opened.findChildren(RecoveryPage)
    offered.confirmed.emit()
    core = shell.core
    assert core is not None
    qtbot.waitUntil(lambda: core.slots().is_recovery_confirmed)
