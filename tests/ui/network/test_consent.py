"""The question before anything is sent: what it tells, and that it is answered exactly once."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.net.policy import DETAILS, DOWNLOAD, SEARCH, Purpose
from app.ui.breaking import MOST_CHARACTERS, breakable
from app.ui.controls import Text
from app.ui.network.consent import ConsentAnswer, ConsentDialog, ConsentShown
from app.ui.theme import Theme
from tests.ui.models.page.test_widths import larger

NAME = "acme/Tiny-GGUF"


def opened(
    theme: Theme, qtbot: QtBot, purpose: Purpose = DOWNLOAD, subject: str = NAME, *, sends_token: bool = False
) -> tuple[ConsentDialog, list[object]]:
    """The dialog, and the answers that it has given."""
    dialog = ConsentDialog(theme, ConsentShown("huggingface.co", purpose, subject, sends_token), parent=None)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    answers: list[object] = []
    dialog.answered.connect(answers.append)
    dialog.show()
    return dialog, answers


def words(dialog: ConsentDialog) -> str:
    return "\n".join(label.text().replace("\u200b", "") for label in dialog.findChildren(Text))


@pytest.mark.parametrize(
    ("button", "answer"),
    [("accept_button", "once"), ("models", "models"), ("never", "never"), ("reject_button", "no")],
)
def test_each_button_is_one_answer(theme: Theme, qtbot: QtBot, button: str, answer: str) -> None:
    dialog, answers = opened(theme, qtbot)
    getattr(dialog, button).click()
    getattr(dialog, button).click()
    assert answers == [ConsentAnswer(answer)]  # type: ignore[arg-type] # the table above has the words
    assert not dialog.isVisible()


def test_escape_and_closing_mean_not_now(theme: Theme, qtbot: QtBot) -> None:
    dialog, answers = opened(theme, qtbot)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    closed, told = opened(theme, qtbot)
    closed.close()
    assert answers == told == [ConsentAnswer("no")]


def test_enter_allows_what_was_just_asked_for_and_only_once(theme: Theme, qtbot: QtBot) -> None:
    dialog, answers = opened(theme, qtbot)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert answers == [ConsentAnswer("once")]


def test_enter_on_another_button_presses_that_one(theme: Theme, qtbot: QtBot) -> None:
    dialog, answers = opened(theme, qtbot)
    dialog.never.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(dialog.never, Qt.Key.Key_Return)
    assert answers == [ConsentAnswer("never")]


@pytest.mark.parametrize(
    ("purpose", "asks", "sent"),
    [
        (SEARCH, "for models that match your search", "these words, and Paddock's name and version"),
        (DETAILS, "for the list of a model's files", "this name, and Paddock's name and version"),
        (DOWNLOAD, "for the files of a model", "this name, and Paddock's name and version"),
    ],
)
def test_it_says_what_is_asked_of_whom_and_what_goes_along(
    theme: Theme, qtbot: QtBot, purpose: Purpose, asks: str, sent: str
) -> None:
    dialog, _answers = opened(theme, qtbot, purpose)
    told = words(dialog)
    assert f"Paddock would like to ask huggingface.co {asks}." in told
    assert NAME in told
    assert sent in told
    assert "your chats, your files, or anything else that identifies you" in told
    assert "network address" in told


def test_a_token_that_goes_along_is_named_and_nothing_is_claimed_that_it_breaks(theme: Theme, qtbot: QtBot) -> None:
    dialog, _answers = opened(theme, qtbot, sends_token=True)
    told = words(dialog)
    assert "your access token" in told
    assert "identifies" not in told


def test_a_long_subject_wraps_inside_the_dialog(theme: Theme, qtbot: QtBot) -> None:
    dialog, _answers = opened(theme, qtbot, SEARCH, "x" * 5_000)
    assert dialog.height() < 520
    (told,) = [label for label in dialog.findChildren(Text) if label.text().startswith("x")]
    assert told.accessibleName().endswith("x" * 5_000)
    assert told.geometry().right() < dialog.width() - 24


def test_names_break_after_their_signs_and_keep_every_letter() -> None:
    name = "acme/Some_Very.Long-Name"
    assert breakable(name).replace("\u200b", "") == name
    assert breakable(name).split("\u200b") == ["acme/", "Some_", "Very.", "Long-", "Name"]
    assert len(breakable("word " * 200).replace("\u200b", "")) == MOST_CHARACTERS + 1


def test_larger_text_cuts_no_answer(theme: Theme, qtbot: QtBot) -> None:
    theme.fonts = larger(theme.fonts, 1.5)
    dialog, _answers = opened(theme, qtbot)
    buttons = (dialog.never, dialog.reject_button, dialog.models, dialog.accept_button)
    assert [button.text() for button in buttons if button.width() < button.sizeHint().width()] == []
