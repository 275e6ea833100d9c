from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLineEdit

from app.ui.controls import Ground
from app.ui.documents.unlock_dialog import PasswordGiven, UnlockDialog
from app.ui.theme import Theme


@pytest.fixture
def dialog(theme: Theme, host: Ground) -> UnlockDialog:
    made = UnlockDialog(theme, "Land register.pdf", parent=host)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.open()
    return made


@pytest.fixture
def given(dialog: UnlockDialog) -> list[object]:
    heard: list[object] = []
    dialog.given.connect(heard.append)
    return heard


def test_it_says_which_file_and_begins_in_the_field(dialog: UnlockDialog) -> None:
    assert "Land register.pdf" in dialog.accessibleName()
    assert dialog.focusWidget() is dialog.secret
    assert not dialog.accept_button.isEnabled(), "without a password there is nothing to try"


def test_enter_gives_what_was_typed_and_keeps_the_dialog_open(dialog: UnlockDialog, given: list[object]) -> None:
    QTest.keyClick(dialog.secret, Qt.Key.Key_Return)
    QTest.keyClicks(dialog.secret, "four keys")
    QTest.keyClick(dialog.secret, Qt.Key.Key_Return)
    assert given == [PasswordGiven("four keys")]
    assert dialog.isVisible()


def test_while_one_is_tried_no_other_is_given(dialog: UnlockDialog, given: list[object]) -> None:
    QTest.keyClicks(dialog.secret, "four keys")
    dialog.set_busy(True)
    QTest.keyClick(dialog.secret, Qt.Key.Key_Return)
    QTest.keyClicks(dialog.secret, "x")
    assert given == []
    assert dialog.secret.text() == "four keys"
    assert not dialog.accept_button.isEnabled()


def test_a_wrong_one_is_said_below_the_field_and_can_be_typed_over_at_once(
    dialog: UnlockDialog, given: list[object]
) -> None:
    QTest.keyClicks(dialog.secret, "horse")
    dialog.set_busy(True)
    dialog.show_fault("The password does not open this file.")
    assert dialog.fault.isVisible()
    assert dialog.fault.text() == "The password does not open this file."
    QTest.keyClicks(dialog.secret, "four keys")
    assert not dialog.fault.isVisible(), "of what is typed now it is not known"
    dialog.accept_button.click()
    assert given == [PasswordGiven("four keys")]


def test_the_eye_shows_what_is_typed_and_hides_it_again(dialog: UnlockDialog) -> None:
    assert dialog.secret.echoMode() == QLineEdit.EchoMode.Password
    dialog.secret.eye.click()
    assert dialog.secret.echoMode() == QLineEdit.EchoMode.Normal
    dialog.secret.eye.click()
    assert dialog.secret.echoMode() == QLineEdit.EchoMode.Password


def test_escape_lets_it_be(dialog: UnlockDialog, given: list[object]) -> None:
    QTest.keyClicks(dialog.secret, "four keys")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.result() == QDialog.DialogCode.Rejected
    assert given == []


def test_once_it_is_right_the_field_holds_nothing(dialog: UnlockDialog) -> None:
    QTest.keyClicks(dialog.secret, "four keys")
    dialog.finish()
    assert dialog.secret.text() == ""
    assert not dialog.isVisible()


def test_no_representation_tells_the_password() -> None:
    assert "four keys" not in repr(PasswordGiven("four keys"))
