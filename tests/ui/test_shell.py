"""From the first start or a locked profile to the chat: every page on the way, and every wrong turn."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from app.core import Core
from app.engine.fake import Script
from app.errors import ModelFault
from app.models import library
from app.settings import CONTRAST, TEXT_PERCENT, TRAY
from app.storage.secrets import MemorySecrets
from app.ui.dialogs import SentenceDialog
from app.ui.quick import door
from app.ui.shell import Shell
from app.ui.theme import Appearance
from app.ui.welcome.keys import PassphrasePage, UnlockPage
from app.ui.welcome.recovery import RecoveryPage
from app.ui.welcome.welcome import WelcomePage
from app.ui.window import MainWindow

from .conftest import OpenShell, page

PASSPHRASE = "correct horse battery"
NO_RING = MemorySecrets(is_available=False)


def type_recovery_groups(found: RecoveryPage) -> None:
    """Write the key down, then type back the groups it asks for."""
    groups = found._groups
    asked = found._asked
    found.next.click()
    for field, number in zip(found.fields, asked, strict=True):
        field.setText(groups[number].lower())
    found.next.click()


def recovery_key(found: RecoveryPage) -> str:
    return " ".join(found._groups)


def test_a_new_user_with_a_keyring_sees_welcome_recovery_key_and_chat(qtbot: QtBot, open_shell: OpenShell) -> None:
    shell = open_shell()
    welcome = page(qtbot, shell, WelcomePage)
    assert not shell._home.places.keyfile.exists(), "nothing is made before the person chose"
    welcome.start_button.click()
    type_recovery_groups(page(qtbot, shell, RecoveryPage))
    window = page(qtbot, shell, MainWindow)
    assert window.page.is_greeting
    assert shell.core is not None
    assert shell.core.slots().is_recovery_confirmed
    assert shell.core.desk.chosen() == library.starter()
    qtbot.waitUntil(lambda: window.keeper.state.state == "ready")


def test_a_new_user_without_a_keyring_chooses_a_passphrase(qtbot: QtBot, open_shell: OpenShell) -> None:
    shell = open_shell(secrets=NO_RING)
    page(qtbot, shell, WelcomePage).start_button.click()
    asked = page(qtbot, shell, PassphrasePage)
    asked.first.setText(PASSPHRASE)
    asked.second.setText("something else")
    assert not asked.button.isEnabled()
    asked.second.setText(PASSPHRASE)
    asked.button.click()
    page(qtbot, shell, RecoveryPage).later.click()
    page(qtbot, shell, MainWindow)
    assert shell.core is not None
    assert not shell.core.slots().is_recovery_confirmed


def test_there_is_a_way_back_from_the_passphrase_to_the_welcome(qtbot: QtBot, open_shell: OpenShell) -> None:
    shell = open_shell(secrets=NO_RING)
    page(qtbot, shell, WelcomePage).start_button.click()
    page(qtbot, shell, PassphrasePage).back.click()
    page(qtbot, shell, WelcomePage)
    assert not shell._home.places.keyfile.exists()


def test_a_model_that_went_while_the_keys_were_made_leads_back_to_the_welcome(
    qtbot: QtBot, open_shell: OpenShell, tmp_path: Path
) -> None:
    model = tmp_path / "short-lived.gguf"
    model.write_bytes(b"GGUF\x03\x00\x00\x00" + bytes(16))
    shell = open_shell(secrets=NO_RING)
    page(qtbot, shell, WelcomePage)
    shell._on_file(str(model))
    asked = page(qtbot, shell, PassphrasePage)
    model.unlink()
    asked.first.setText(PASSPHRASE)
    asked.second.setText(PASSPHRASE)
    asked.button.click()
    page(qtbot, shell, RecoveryPage).later.click()
    page(qtbot, shell, WelcomePage).start_button.click()
    page(qtbot, shell, MainWindow)


def test_a_wrong_passphrase_is_told_and_the_right_one_and_the_recovery_key_open(
    qtbot: QtBot, open_shell: OpenShell
) -> None:
    first = open_shell(secrets=NO_RING)
    page(qtbot, first, WelcomePage).start_button.click()
    asked = page(qtbot, first, PassphrasePage)
    asked.first.setText(PASSPHRASE)
    asked.second.setText(PASSPHRASE)
    asked.button.click()
    offered = page(qtbot, first, RecoveryPage)
    key = recovery_key(offered)
    offered.later.click()
    page(qtbot, first, MainWindow)
    first.close()

    second = open_shell(secrets=NO_RING)
    unlock = page(qtbot, second, UnlockPage)
    unlock.secret.setText("not this one")
    unlock.button.click()
    qtbot.waitUntil(lambda: not unlock.fault.isHidden(), timeout=10_000)
    assert unlock.secret.text() == "not this one", "what was typed stays, to be corrected"
    unlock.secret.setText(PASSPHRASE)
    unlock.button.click()
    page(qtbot, second, MainWindow)
    second.close()

    third = open_shell(secrets=NO_RING)
    unlock = page(qtbot, third, UnlockPage)
    unlock.other.click()
    unlock.secret.setText(key)
    unlock.button.click()
    page(qtbot, third, MainWindow)


def test_a_keyring_that_lost_the_key_leads_to_the_recovery_key(qtbot: QtBot, open_shell: OpenShell) -> None:
    first = open_shell()
    page(qtbot, first, WelcomePage).start_button.click()
    offered = page(qtbot, first, RecoveryPage)
    key = recovery_key(offered)
    offered.later.click()
    page(qtbot, first, MainWindow)
    first.close()
    second = open_shell(secrets=MemorySecrets())
    unlock = page(qtbot, second, UnlockPage)
    assert unlock.is_recovery
    assert not unlock.fault.isHidden()
    unlock.secret.setText(key)
    unlock.button.click()
    page(qtbot, second, MainWindow)


def test_a_bad_file_at_the_welcome_is_a_sentence_and_nothing_is_made(
    qtbot: QtBot, open_shell: OpenShell, tmp_path: Path
) -> None:
    bad = tmp_path / "holiday.gguf"
    bad.write_bytes(b"a photo, really")
    shell = open_shell()
    welcome = page(qtbot, shell, WelcomePage)
    shell._on_file(str(bad))
    qtbot.waitUntil(lambda: not welcome._problem.isHidden())
    assert not shell._home.places.keyfile.exists()


def test_a_model_that_does_not_load_is_told_and_the_window_stays(qtbot: QtBot, open_shell: OpenShell) -> None:
    script = Script(load_fault=ModelFault("The model is damaged.", "Get it again."))
    window = page(qtbot, open_shell(script, prepare=lambda _core: None), MainWindow)
    qtbot.waitUntil(lambda: bool(window.findChildren(SentenceDialog)))
    (dialog,) = window.findChildren(SentenceDialog)
    assert "damaged" in dialog.accessibleDescription()
    dialog.accept()
    assert window.keeper.state.state == "fault"


def test_a_profile_that_cannot_be_opened_is_a_sentence_with_a_way_out(qtbot: QtBot, open_shell: OpenShell) -> None:
    first = open_shell(prepare=lambda _core: None)
    page(qtbot, first, MainWindow)
    places = first._home.places
    first.close()
    for copy in places.root.glob("keyfile.json*"):
        copy.unlink()
    second = open_shell()
    qtbot.waitUntil(lambda: bool(second.findChildren(SentenceDialog)))
    (dialog,) = second.findChildren(SentenceDialog)
    assert "key file" in dialog.accessibleDescription()
    dialog.accept()
    qtbot.waitUntil(lambda: not second.isVisible())


def test_no_field_of_the_unlock_page_keeps_a_secret_afterwards(qtbot: QtBot, open_shell: OpenShell) -> None:
    first = open_shell(secrets=NO_RING)
    page(qtbot, first, WelcomePage).start_button.click()
    asked = page(qtbot, first, PassphrasePage)
    asked.first.setText(PASSPHRASE)
    asked.second.setText(PASSPHRASE)
    asked.button.click()
    page(qtbot, first, RecoveryPage).later.click()
    page(qtbot, first, MainWindow)
    assert all(PASSPHRASE not in field.text() for field in _fields(first))


def test_the_window_comes_back_as_it_was_left(qtbot: QtBot, open_shell: OpenShell) -> None:
    def prepare(core: Core) -> None:
        core.settings.set(TEXT_PERCENT, 150)
        core.settings.set(CONTRAST, "high")

    first = open_shell(prepare=prepare)
    page(qtbot, first, MainWindow)
    assert first._theme.tokens.is_high_contrast
    assert first._theme.appearance.text_percent == 150
    first.resize(700, 560)
    first.move(31, 17)
    first.close()
    second = open_shell()
    page(qtbot, second, MainWindow)
    assert (second.width(), second.height()) == (700, 560)
    assert second.pos() == first.pos()
    second._theme.apply(Appearance("light"))


def test_the_window_can_be_as_small_as_a_telephone(qtbot: QtBot, open_shell: OpenShell) -> None:
    shell = open_shell(prepare=lambda _core: None)
    page(qtbot, shell, MainWindow)
    shell.resize(360, 480)
    assert (shell.width(), shell.height()) == (360, 480)


def test_a_second_start_may_ask_quickly_and_the_window_stays_as_it_is(qtbot: QtBot, open_shell: OpenShell) -> None:
    shell = open_shell(prepare=lambda _core: None)
    page(qtbot, shell, MainWindow)
    assert list(shell._answer_door(door.encode("How late is it?"))) == [b"{}"]
    qtbot.waitUntil(lambda: shell.extras is not None and shell.extras.quick.window.keep.isVisible(), timeout=10_000)
    assert shell.extras is not None
    shell.extras.quick.window.keep.click()
    window = page(qtbot, shell, MainWindow)
    qtbot.waitUntil(lambda: window.conversation.conversation_id is not None and not window.conversation.is_busy)


def test_a_quick_question_waits_until_the_profile_is_unlocked(qtbot: QtBot, open_shell: OpenShell) -> None:
    shell = open_shell()
    welcome = page(qtbot, shell, WelcomePage)
    shell.ask_quickly("")
    welcome.start_button.click()
    type_recovery_groups(page(qtbot, shell, RecoveryPage))
    page(qtbot, shell, MainWindow)
    qtbot.waitUntil(lambda: shell.extras is not None and shell.extras.quick.is_shown)


def test_a_start_for_a_quick_question_shows_nothing_else_and_ends_with_it(qtbot: QtBot, open_shell: OpenShell) -> None:
    shell = open_shell(prepare=lambda _core: None, quick="")
    qtbot.waitUntil(lambda: shell.extras is not None and shell.extras.quick.is_shown, timeout=10_000)
    assert shell.isHidden()
    assert shell.extras is not None
    with qtbot.waitSignal(shell.closed):
        shell.extras.quick.window.close()


def test_with_a_tray_the_window_goes_and_paddock_stays_until_it_is_quit(
    qtbot: QtBot, open_shell: OpenShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)
    shell = open_shell(prepare=lambda core: core.settings.set(TRAY, True))
    qtbot.waitUntil(lambda: shell.extras is not None, timeout=10_000)
    assert shell.extras is not None
    tray = shell.extras.tray
    qtbot.waitUntil(lambda: tray.is_shown)
    shell.close()
    assert shell.isHidden()
    assert shell.core is not None
    shell.core.chats.conversations()
    next(action for action in tray.menu.actions() if action.text() == "Open Paddock").trigger()
    assert shell.isVisible()
    with qtbot.waitSignal(shell.closed):
        shell.quit()
    assert not tray.is_shown


def _fields(shell: Shell) -> list[QLineEdit]:
    return shell.findChildren(QLineEdit)
