"""The way past a gated repository, and a token that is told once."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit
from pytestqt.qtbot import QtBot

from app.ui.chat.items import LinkRequested
from app.ui.controls import Text
from app.ui.models.access_dialog import AccessDialog, AccessShown, TokenGiven
from app.ui.theme import Theme

SHOWN = AccessShown("acme/Gated", "", False, "your keyring", "https://example.org/model", "https://example.org/token")
TOKEN = "hf_canary0123456789"


def opened(theme: Theme, qtbot: QtBot, shown: AccessShown = SHOWN) -> tuple[AccessDialog, list[object]]:
    """The dialog, and what it has told."""
    dialog = AccessDialog(theme, shown, parent=None)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    told: list[object] = []
    for signal in (dialog.token_given, dialog.link_requested):
        signal.connect(told.append)
    dialog.retry_requested.connect(lambda: told.append("retry"))
    dialog.forget_requested.connect(lambda: told.append("forget"))
    dialog.show()
    return dialog, told


def words(dialog: AccessDialog) -> str:
    return "\n".join(label.text().replace("\u200b", "") for label in dialog.findChildren(Text) if label.isVisible())


def test_a_token_is_told_without_its_blanks_and_never_drawn(theme: Theme, qtbot: QtBot) -> None:
    dialog, told = opened(theme, qtbot)
    QTest.keyClicks(dialog.token, f" {TOKEN} ")
    QTest.keyClick(dialog.token, Qt.Key.Key_Return)
    assert told == [TokenGiven(TOKEN)]
    assert TOKEN not in repr(told)
    assert dialog.token.echoMode() == QLineEdit.EchoMode.Password
    assert dialog.isVisible(), "it stays until the token is kept"


def test_nothing_is_told_twice_while_it_is_busy(theme: Theme, qtbot: QtBot) -> None:
    dialog, told = opened(theme, qtbot)
    dialog.token.setText(TOKEN)
    dialog.accept_button.click()
    dialog.set_busy(True)
    dialog.accept_button.click()
    QTest.keyClick(dialog.token, Qt.Key.Key_Return)
    assert told == [TokenGiven(TOKEN)]
    dialog.set_busy(False)
    dialog.accept_button.click()
    assert len(told) == 2


def test_an_empty_field_is_a_fault_or_another_try(theme: Theme, qtbot: QtBot) -> None:
    dialog, told = opened(theme, qtbot)
    dialog.accept_button.click()
    assert dialog.fault.text() == "Paste your token first."
    assert told == []
    known, retried = opened(theme, qtbot, replace(SHOWN, has_token=True))
    assert known.accept_button.text() == "Try again"
    known.accept_button.click()
    assert retried == ["retry"]
    known.token.setText(TOKEN)
    assert known.accept_button.text() == "Save and go on"


def test_a_password_that_was_pasted_by_mistake_is_not_told(theme: Theme, qtbot: QtBot) -> None:
    dialog, told = opened(theme, qtbot)
    dialog.token.setText("correct horse")
    dialog.accept_button.click()
    assert dialog.fault.text() == "An access token begins with hf_. Copy it whole."
    assert told == []


def test_a_fault_makes_the_dialog_taller_and_hides_nothing(theme: Theme, qtbot: QtBot) -> None:
    dialog, _told = opened(theme, qtbot)
    before = dialog.height()
    dialog.show_fault("This does not look like an access token. Copy it whole from the hub's page.")
    assert dialog.height() > before
    assert dialog.fault.isVisible()


def test_only_a_token_that_is_there_can_be_forgotten(theme: Theme, qtbot: QtBot) -> None:
    assert not opened(theme, qtbot)[0].forget.isVisible()
    dialog, told = opened(theme, qtbot, replace(SHOWN, has_token=True))
    dialog.forget.click()
    assert told == ["forget"]


def test_it_names_the_repository_the_reason_and_where_the_token_goes(theme: Theme, qtbot: QtBot) -> None:
    dialog, _told = opened(theme, qtbot, replace(SHOWN, reason="Your token has run out."))
    assert "acme/Gated" in words(dialog)
    assert "Your token has run out." in words(dialog)
    assert "kept in your keyring, nowhere else, and sent to huggingface.co only" in words(dialog)
    without, _told = opened(theme, qtbot, replace(SHOWN, keyring=""))
    assert "kept until Paddock is closed" in words(without)


def test_its_pages_are_told_and_not_opened(theme: Theme, qtbot: QtBot) -> None:
    dialog, told = opened(theme, qtbot)
    for button in dialog.findChildren(QAbstractButton):
        if button.property("link"):
            button.click()
    assert told == [LinkRequested(SHOWN.page), LinkRequested(SHOWN.token_page)]
