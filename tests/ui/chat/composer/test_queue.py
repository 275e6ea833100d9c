from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.chat.tree import Attachment, Draft
from app.ui.chat.composer.composer import Composer
from app.ui.chat.items import SendRequested
from app.ui.controls import IconButton


def ask(composer: Composer, text: str) -> None:
    QTest.keyClicks(composer.edit, text)
    QTest.keyClick(composer.edit, Qt.Key.Key_Return)


def queued(composer: Composer) -> list[str]:
    return list(composer.draft.queued)


def named(composer: Composer, name: str) -> QPushButton | IconButton:
    found = [button for button in composer.card.queue.findChildren(QWidget) if button.accessibleName() == name]
    shown = [button for button in found if button.isVisible()]
    assert len(shown) == 1, name
    button = shown[0]
    assert isinstance(button, QPushButton | IconButton)
    return button


def test_enter_during_an_answer_queues_the_message(composer: Composer, qtbot: QtBot) -> None:
    composer.set_busy(True)
    with qtbot.assertNotEmitted(composer.send_requested):
        ask(composer, "next")
        ask(composer, "and then")
    assert composer.draft == Draft("", (), ("next", "and then"))
    assert named(composer, "Waiting: next")


def test_the_queue_is_handed_out_in_order_once_an_answer_ended_well(composer: Composer) -> None:
    composer.set_draft(Draft("typing", (), ("one", "two")))
    assert composer.take_next_queued() == "one"
    assert composer.draft == Draft("typing", (), ("two",))
    composer.put_back("one")
    assert composer.draft.queued == ("one", "two")
    assert [composer.take_next_queued() for _time in range(3)] == ["one", "two", None]


def test_after_a_stopped_answer_the_first_one_offers_to_be_sent(composer: Composer, qtbot: QtBot) -> None:
    composer.set_busy(True)
    composer.set_draft(Draft("", (), ("one", "two")))
    composer.set_busy(False)
    with qtbot.waitSignal(composer.send_requested) as told:
        named(composer, "Send now").click()
    assert told.args == [SendRequested("one", is_queued=True)]
    assert composer.draft.queued == ("two",)


def test_a_waiting_message_goes_back_into_the_field_and_what_stands_there_takes_its_place(composer: Composer) -> None:
    composer.set_busy(True)
    composer.set_draft(Draft("typing", (), ("one", "two")))
    named(composer, "Waiting: one").click()
    assert composer.draft == Draft("one", (), ("typing", "two"))
    assert composer.edit.hasFocus()


def test_up_in_an_empty_field_brings_back_what_waits_last(composer: Composer, qtbot: QtBot) -> None:
    composer.set_draft(Draft("", (), ("one", "two")))
    with qtbot.assertNotEmitted(composer.edit_last_requested):
        QTest.keyClick(composer.edit, Qt.Key.Key_Up)
    assert composer.draft == Draft("two", (), ("one",))


def test_waiting_messages_can_be_moved_and_removed_by_keyboard(composer: Composer) -> None:
    composer.set_draft(Draft("", (), ("one", "two", "three")))
    up = named(composer, "Move up: three")
    up.setFocus()
    QTest.keyClick(up, Qt.Key.Key_Space)
    assert queued(composer) == ["one", "three", "two"]
    for left in (["one", "three"], ["one"], []):
        text = queued(composer)[-1]
        remove = named(composer, f"Remove: {text}")
        remove.setFocus()
        QTest.keyClick(remove, Qt.Key.Key_Return)
        assert queued(composer) == left
    assert composer.edit.hasFocus()


def test_a_message_with_attachments_stays_in_the_field_and_says_why(composer: Composer, qtbot: QtBot) -> None:
    composer.set_busy(True)
    composer.set_draft(Draft("What is it?", (Attachment("a.txt", "a"),)))
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    assert composer.draft == Draft("What is it?", (Attachment("a.txt", "a"),))
    assert "once the answer is complete" in composer.hint


def test_what_waits_is_shown_as_one_line_and_never_as_markup(composer: Composer) -> None:
    composer.set_draft(Draft("", (), ("<b>one</b>\n\ntwo & three",)))
    message = named(composer, "Waiting: <b>one</b> two & three")
    assert "&lt;b&gt;" in message.toolTip()
