from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.ui.theme import Theme
from app.ui.welcome.keys import PassphraseChosen, PassphrasePage, UnlockPage, UnlockRequested, strength
from app.ui.welcome.recovery import RecoveryKeyOffered, RecoveryPage

GROUPS = ("k7pd2", "m4x9c", "tq3ra", "9wv6h", "b2nzs", "e8kf4", "u5jg7", "y3dpm")


def test_a_passphrase_is_typed_twice_before_it_counts(theme: Theme, qtbot: QtBot) -> None:
    page = PassphrasePage(theme)
    qtbot.addWidget(page)
    QTest.keyClicks(page.first, "four calm horses")
    assert not page.button.isEnabled()
    QTest.keyClicks(page.second, "four calm horsex")
    assert not page.button.isEnabled()
    assert page.hint == "The two do not match yet."
    page.second.setText("four calm horses")
    with qtbot.waitSignal(page.chosen) as told:
        QTest.keyClick(page.second, Qt.Key.Key_Return)
    assert told.args == [PassphraseChosen("four calm horses")]


def test_a_short_passphrase_is_not_taken(theme: Theme, qtbot: QtBot) -> None:
    page = PassphrasePage(theme)
    qtbot.addWidget(page)
    page.first.setText("short")
    page.second.setText("short")
    assert not page.button.isEnabled()
    assert page.hint == "At least 8 characters."


def test_a_passphrase_is_hidden_until_asked_for(theme: Theme, qtbot: QtBot) -> None:
    page = PassphrasePage(theme)
    qtbot.addWidget(page)
    assert page.first.echoMode() == page.second.echoMode() == QLineEdit.EchoMode.Password
    page.first.eye.click()
    assert page.first.echoMode() == page.second.echoMode() == QLineEdit.EchoMode.Normal


def test_longer_and_more_varied_is_stronger() -> None:
    assert strength("") == 0.0
    assert strength("aaaaaaaaaaaaaaaaaaaa") < strength("horse") * 1.6 < strength("four calm horses walk")
    assert strength("four calm horses walk") > 0.8


def test_secrets_do_not_show_in_a_log_line() -> None:
    secrets = (PassphraseChosen("hush"), UnlockRequested("hush"), RecoveryKeyOffered("hush"))
    assert all("hush" not in repr(secret) for secret in secrets)


def test_unlocking_asks_with_the_passphrase_or_the_recovery_key(theme: Theme, qtbot: QtBot) -> None:
    page = UnlockPage(theme)
    qtbot.addWidget(page)
    QTest.keyClicks(page.secret, "pass")
    with qtbot.waitSignal(page.unlock_requested) as told:
        QTest.keyClick(page.secret, Qt.Key.Key_Return)
    assert told.args == [UnlockRequested("pass")]
    page.other.click()
    assert page.secret.text() == ""
    QTest.keyClicks(page.secret, "k7pd2-m4x9c")
    with qtbot.waitSignal(page.unlock_requested) as told:
        page.button.click()
    assert told.args == [UnlockRequested("k7pd2-m4x9c", is_recovery=True)]


def test_a_wrong_key_is_said_and_stays_to_be_corrected(theme: Theme, qtbot: QtBot) -> None:
    page = UnlockPage(theme)
    qtbot.addWidget(page)
    page.show()
    page.secret.setText("wrong")
    page.set_busy("Opening…")
    assert not page.button.isEnabled()
    page.show_wrong()
    assert page.button.isEnabled()
    assert page.secret.selectedText() != "" or page.secret.hasSelectedText()
    assert not page.fault.isHidden()
    QTest.keyClicks(page.secret, "r")
    assert page.fault.isHidden()


def test_a_profile_without_a_passphrase_asks_for_the_recovery_key(theme: Theme, qtbot: QtBot) -> None:
    page = UnlockPage(theme, has_passphrase=False)
    qtbot.addWidget(page)
    assert page.is_recovery
    assert page.other.isHidden()


def test_an_opened_page_holds_no_secret(theme: Theme, qtbot: QtBot) -> None:
    page = UnlockPage(theme)
    qtbot.addWidget(page)
    page.secret.setText("pass")
    page.forget()
    assert page.secret.text() == ""
    chosen = PassphrasePage(theme)
    qtbot.addWidget(chosen)
    chosen.first.setText("pass")
    chosen.forget()
    assert chosen.first.text() == ""


def test_the_recovery_key_counts_only_when_two_groups_are_typed_back(theme: Theme, qtbot: QtBot) -> None:
    page = RecoveryPage(theme, GROUPS, (2, 5))
    qtbot.addWidget(page)
    page.show()
    page.next.click()
    assert page.is_asking
    assert not page.next.isEnabled()
    page.fields[0].setText("tq3ra")
    page.fields[1].setText("wrong")
    with qtbot.assertNotEmitted(page.confirmed):
        page.next.click()
    assert not page.fault.isHidden()
    page.fields[1].setText(" E8KF4 ")
    with qtbot.waitSignal(page.confirmed):
        QTest.keyClick(page.fields[1], Qt.Key.Key_Return)


def test_the_key_can_be_shown_again_and_postponed(theme: Theme, qtbot: QtBot) -> None:
    page = RecoveryPage(theme, GROUPS, (0, 1))
    qtbot.addWidget(page)
    page.next.click()
    page.later.click()
    assert not page.is_asking
    with qtbot.waitSignal(page.postponed):
        page.later.click()


def test_the_key_is_offered_for_keeping_as_one_line(theme: Theme, qtbot: QtBot) -> None:
    page = RecoveryPage(theme, GROUPS, (0, 1))
    qtbot.addWidget(page)
    for button, signal in ((page.copy, page.copy_requested), (page.save, page.save_requested)):
        with qtbot.waitSignal(signal) as told:
            button.click()
        assert told.args == [RecoveryKeyOffered("-".join(GROUPS))]
