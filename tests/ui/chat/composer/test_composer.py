from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QInputMethodEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.chat.templates import Template
from app.chat.tree import Attachment, Draft, Queued
from app.ui.bridge import Bridge
from app.ui.chat.composer.composer import Composer
from app.ui.chat.composer.pasted import LINE_CHARS_MAX, TEXT_CHARS_MAX
from app.ui.chat.items import AttachmentItem, SendRequested
from app.ui.theme import Theme
from tests.ui.chat.composer.conftest import paste

LARGE = "x" * (LINE_CHARS_MAX + 1)


def test_enter_sends_and_keeps_the_text_until_it_is_stored(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.edit, "Hello")
    with qtbot.waitSignal(composer.send_requested) as told:
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    assert told.args == [SendRequested("Hello")]
    assert composer.text == "Hello"
    composer.clear()
    assert composer.text == ""


def test_what_was_typed_after_enter_stays_when_the_rest_is_stored(composer: Composer) -> None:
    paste(composer, LARGE)
    request = SendRequested("Hello", (AttachmentItem("", LARGE),))
    QTest.keyClicks(composer.edit, "Hello and then")
    composer.remove_sent(request)
    assert composer.draft == Draft("and then")


def test_shift_enter_is_a_new_line(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.edit, "a")
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(composer.edit, "b")
    assert composer.text == "a\nb"


def test_where_enter_begins_a_line_ctrl_enter_sends(composer: Composer, qtbot: QtBot) -> None:
    composer.set_enter_sends(False)
    QTest.keyClicks(composer.edit, "a")
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    QTest.keyClicks(composer.edit, "b")
    assert "Ctrl+Enter" in composer.button.toolTip()
    with qtbot.waitSignal(composer.send_requested) as told:
        QTest.keyClick(composer.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert told.args == [SendRequested("a\nb")]


def test_ctrl_enter_sends_in_any_case(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.edit, "a")
    with qtbot.waitSignal(composer.send_requested):
        QTest.keyClick(composer.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


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
    assert not composer.button.isEnabled()
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


@pytest.mark.parametrize("percent", [100, 130, 200])
def test_text_that_fits_never_scrolls(composer: Composer, theme: Theme, percent: int) -> None:
    font = theme.fonts.body
    font.setPixelSize(font.pixelSize() * percent // 100)
    composer.edit.setFont(font)
    QTest.keyClicks(composer.edit, "words that wrap at the end of the line " * 5)
    assert composer.edit.verticalScrollBar().maximum() == 0


def test_a_rich_paste_arrives_as_plain_text(composer: Composer) -> None:
    paste(composer, "plain", '<img src="file:///etc/passwd"><b>rich</b>')
    assert composer.text == "plain"


@pytest.mark.parametrize("text", ["line\n" * (TEXT_CHARS_MAX // 5 + 1), LARGE])
def test_a_large_paste_becomes_a_chip_and_is_sent_whole(composer: Composer, qtbot: QtBot, text: str) -> None:
    QTest.keyClicks(composer.edit, "Explain:")
    paste(composer, text)
    assert composer.edit.toPlainText() == "Explain:"
    assert composer.text == f"{text}\n\nExplain:", "what is pasted can be read ahead while the question is typed"
    with qtbot.waitSignal(composer.send_requested) as told:
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    assert told.args == [SendRequested("Explain:", (AttachmentItem("", text),))]


def test_what_is_attached_can_be_sent_without_a_word(composer: Composer, qtbot: QtBot) -> None:
    paste(composer, LARGE)
    with qtbot.waitSignal(composer.send_requested) as told:
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    assert told.args == [SendRequested("", (AttachmentItem("", LARGE),))]
    QTest.keyClicks(composer.edit, "typed meanwhile")
    composer.remove_sent(told.args[0])
    assert composer.draft == Draft("typed meanwhile")


def test_a_draft_comes_back_as_it_was(composer: Composer, qtbot: QtBot) -> None:
    attached = (Attachment("a.md", "# A"), Attachment("", "x" * 30))
    draft = Draft("half a quest", attached, (Queued("first"), Queued("second", attached[:1])))
    with qtbot.waitSignals([composer.draft_changed, composer.text_changed]):
        composer.set_draft(draft)
    assert composer.draft == draft
    composer.set_draft(Draft())
    assert not composer.draft


def test_nothing_of_another_chat_can_be_brought_back_by_undo(composer: Composer) -> None:
    QTest.keyClicks(composer.edit, "secret of one chat")
    composer.set_draft(Draft("draft of another"))
    composer.edit.undo()
    assert composer.draft == Draft("draft of another")


def test_a_large_text_comes_back_as_a_chip(composer: Composer) -> None:
    text = "line\n" * 20_000
    composer.set_text(text)
    assert composer.text == text
    assert composer.draft == Draft("", (Attachment("", text),))


def test_a_draft_changes_once_when_another_chat_is_shown(composer: Composer, qtbot: QtBot) -> None:
    changes: list[Draft] = []
    composer.draft_changed.connect(lambda: changes.append(composer.draft))
    draft = Draft("text", (Attachment("a", "b"),), (Queued("queued"),))
    composer.set_draft(draft)
    assert changes == [draft]


def test_the_mark_for_what_was_read_ahead_says_what_it_means(composer: Composer) -> None:
    mark = composer.read_mark
    assert mark.isHidden()
    composer.set_read_ahead(True)
    assert mark.isVisible()
    assert mark.accessibleName() == "Read ahead"
    assert "already read" in mark.accessibleDescription()
    for width in (800, 560, 360):
        composer.resize(width, composer.height())
        assert composer.card.card_rect.contains(mark.geometry())
        assert not mark.geometry().intersects(composer.button.geometry())


@pytest.mark.parametrize("width", [360, 800, 2400])
def test_everything_stays_inside_the_card(composer: Composer, width: int) -> None:
    attachments = tuple(Attachment(f"a long name of a file {number}.txt", "x" * 5_000) for number in range(9))
    composer.set_draft(Draft("What?", attachments, tuple(map(Queued, ("one", "two " * 90, "three", "four", "five")))))
    composer.resize(width, composer.sizeHint().height())
    card = composer.card
    for part in (card.chips, card.queue, card.edit, card.attach, card.button):
        assert card.card_rect.contains(part.geometry()), part
    assert card.chips.geometry().bottom() < card.edit.geometry().top()
    assert card.queue.geometry().bottom() < card.chips.geometry().top()


def test_from_right_to_left_the_buttons_change_sides_and_such_a_text_begins_at_the_right(
    composer: Composer, qtbot: QtBot
) -> None:
    composer.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert composer.button.x() < composer.card.attach.x()
    composer.set_text("שלום עולם")
    cursor = composer.edit.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.Start)
    composer.edit.setTextCursor(cursor)
    qtbot.waitUntil(lambda: composer.edit.cursorRect().x() > composer.edit.width() * 0.8)
    composer.set_text("hello world")
    composer.edit.moveCursor(QTextCursor.MoveOperation.Start)
    qtbot.waitUntil(lambda: composer.edit.cursorRect().x() < composer.edit.width() * 0.2)


def test_the_keyboard_can_be_sent_to_the_field_by_any_signal(composer: Composer) -> None:
    action = QAction(composer)
    action.triggered.connect(composer.setFocus)
    composer.card.attach.setFocus()
    action.trigger()
    assert composer.edit.hasFocus()
    assert composer.hasFocus()


def test_tab_goes_from_top_to_bottom_and_stays_in_its_place_in_the_window(
    theme: Theme, bridge: Bridge, qtbot: QtBot
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    before = QPushButton("before", window)
    composer = Composer(theme, bridge=bridge, parent=window)
    composer.set_templates([Template("1", "One", "")])
    after = QPushButton("after", window)
    window.resize(800, 500)
    composer.resize(800, 400)
    window.show()
    composer.set_draft(Draft("text", (Attachment("a.txt", "a"),), (Queued("one"), Queued("two"))))
    before.setFocus()
    names = []
    for _stop in range(11):
        window.focusNextChild()
        focused = window.focusWidget()
        assert focused is not None
        names.append(focused.accessibleName() or ("after" if focused is after else ""))
    assert names == [
        "Waiting: one",
        "Send now",
        "Remove: one",
        "Waiting: two",
        "Move up: two",
        "Remove: two",
        "Attached: a.txt, 1 byte",
        "Attached: a.txt, 1 byte, remove",
        "Message",
        "Attach files",
        "Prompt templates",
    ]
    for _stop in range(2):
        window.focusNextChild()
    assert window.focusWidget() is after


def test_without_a_bridge_nothing_is_offered_that_needs_one(theme: Theme, qtbot: QtBot) -> None:
    composer = Composer(theme)
    qtbot.addWidget(composer)
    composer.attach([])
    assert composer.card.attach.isHidden()
    assert composer.marks is None
