from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.ui.chat.composer.composer import Composer
from app.ui.chat.composer.pasted import LINE_CHARS_MAX, TEXT_CHARS_MAX, PastedChip
from app.ui.chat.items import SendRequested
from app.ui.theme import Theme

Kind = TypeVar("Kind", bound=QWidget)


def child(parent: QWidget, kind: type[Kind]) -> Kind:
    """The first child of that kind; there is one."""
    return parent.findChildren(kind)[0]


@pytest.fixture
def composer(theme: Theme, qtbot: QtBot) -> Iterator[Composer]:
    made = Composer(theme)
    qtbot.addWidget(made)
    made.resize(800, made.sizeHint().height())
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()


def paste(composer: Composer, text: str, html: str = "") -> None:
    data = QMimeData()
    data.setText(text)
    if html:
        data.setHtml(html)
    composer.edit.insertFromMimeData(data)


def test_enter_sends_and_keeps_the_text_until_it_is_stored(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.edit, "Hello")
    with qtbot.waitSignal(composer.send_requested) as told:
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    assert told.args == [SendRequested("Hello")]
    assert composer.text == "Hello"
    composer.clear()
    assert composer.text == ""


def test_shift_enter_is_a_new_line(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.edit, "a")
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(composer.edit, "b")
    assert composer.text == "a\nb"


def test_enter_that_ends_a_composition_does_not_send(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.edit, "a")
    QApplication.sendEvent(composer.edit, QInputMethodEvent("に", []))
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    done = QInputMethodEvent("", [])
    done.setCommitString("日")
    QApplication.sendEvent(composer.edit, done)
    with qtbot.waitSignal(composer.send_requested):
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)


def test_nothing_but_spaces_is_not_sent(composer: Composer, qtbot: QtBot) -> None:
    composer.set_text("  \n ")
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)


def test_the_button_sends_and_becomes_stop_while_answering(composer: Composer, qtbot: QtBot) -> None:
    assert not composer.button.isEnabled()
    composer.set_text("Hello")
    with qtbot.waitSignal(composer.send_requested):
        composer.button.click()
    composer.set_busy(True)
    assert composer.button.accessibleName() == "Stop the answer"
    with qtbot.waitSignal(composer.stop_requested), qtbot.assertNotEmitted(composer.send_requested):
        composer.button.click()


def test_one_can_stop_with_an_empty_field_and_type_meanwhile(composer: Composer, qtbot: QtBot) -> None:
    composer.set_busy(True)
    assert composer.button.isEnabled()
    QTest.keyClicks(composer.edit, "next")
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    assert composer.text == "next"


def test_a_reason_keeps_from_sending_but_not_from_typing(composer: Composer, qtbot: QtBot) -> None:
    composer.set_enabled_reason("The model is loading…")
    QTest.keyClicks(composer.edit, "Hello")
    assert not composer.button.isEnabled()
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    composer.set_enabled_reason("")
    assert composer.button.isEnabled()


def test_up_in_an_empty_field_asks_for_the_last_question(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(composer.edit_last_requested):
        QTest.keyClick(composer.edit, Qt.Key.Key_Up)
    composer.set_text("x")
    with qtbot.assertNotEmitted(composer.edit_last_requested):
        QTest.keyClick(composer.edit, Qt.Key.Key_Up)


def test_it_grows_with_its_lines_up_to_ten(composer: Composer) -> None:
    heights = []
    for lines in (1, 3, 10, 40):
        composer.set_text("\n".join("x" for _line in range(lines)))
        heights.append(composer.sizeHint().height())
    assert heights[0] < heights[1] < heights[2] == heights[3]


def test_a_rich_paste_arrives_as_plain_text(composer: Composer) -> None:
    paste(composer, "plain", '<img src="file:///etc/passwd"><b>rich</b>')
    assert composer.text == "plain"


@pytest.mark.parametrize("text", ["line\n" * (TEXT_CHARS_MAX // 5 + 1), "x" * (LINE_CHARS_MAX + 1)])
def test_a_large_paste_becomes_a_chip_and_is_sent_whole(composer: Composer, qtbot: QtBot, text: str) -> None:
    QTest.keyClicks(composer.edit, "Explain:")
    paste(composer, text)
    assert composer.edit.toPlainText() == "Explain:"
    assert composer.text == f"{text}\n\nExplain:", "what is pasted can be read ahead while the question is typed"
    with qtbot.waitSignal(composer.send_requested) as told:
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    assert told.args == [SendRequested(f"{text}\n\nExplain:".strip())]


def test_a_chip_can_be_removed(composer: Composer) -> None:
    paste(composer, "x" * (LINE_CHARS_MAX + 1))
    assert composer.button.isEnabled()
    child(composer, PastedChip).close_button.click()
    assert composer.text == ""
    assert not composer.button.isEnabled()


def test_many_large_pastes_lose_nothing(composer: Composer) -> None:
    texts = [str(number) * (LINE_CHARS_MAX + 1) for number in range(6)]
    for text in texts:
        paste(composer, text)
    assert composer.text == "\n\n".join(texts)


def test_a_large_draft_comes_back_as_it_was(composer: Composer) -> None:
    draft = "line\n" * 20_000
    composer.set_text(draft)
    assert composer.text == draft


def test_the_mark_for_what_was_read_ahead_says_what_it_means(composer: Composer) -> None:
    mark = composer.read_mark
    assert mark.isHidden()
    composer.set_read_ahead(True)
    assert mark.isVisible()
    assert mark.accessibleName() == "Read ahead"
    assert "already read" in mark.accessibleDescription()
    assert composer.rect().contains(mark.geometry())
    composer.resize(560, composer.height())
    assert composer.rect().contains(mark.geometry())
