from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.chat.tree import Attachment, Draft, Queued
from app.ui.chat.composer.composer import Composer
from app.ui.chat.items import AttachmentItem, SendRequested
from app.ui.controls import IconButton


def ask(composer: Composer, text: str) -> None:
    QTest.keyClicks(composer.edit, text)
    QTest.keyClick(composer.edit, Qt.Key.Key_Return)


def queued(composer: Composer) -> list[str]:
    return [message.text for message in composer.draft.queued]


def waiting(*texts: str, typed: str = "") -> Draft:
    return Draft(typed, queued=tuple(Queued(text) for text in texts))


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
    assert composer.draft == waiting("next", "and then")
    assert named(composer, "Waiting: next")


def test_the_queue_is_handed_out_in_order_once_an_answer_ended_well(composer: Composer) -> None:
    composer.set_draft(waiting("one", "two", typed="typing"))
    assert composer.take_next_queued() == Queued("one")
    assert composer.draft == waiting("two", typed="typing")
    composer.put_back(Queued("one"))
    assert queued(composer) == ["one", "two"]
    assert [composer.take_next_queued() for _time in range(3)] == [Queued("one"), Queued("two"), None]


def test_after_a_stopped_answer_the_first_one_offers_to_be_sent(composer: Composer, qtbot: QtBot) -> None:
    composer.set_busy(True)
    composer.set_draft(waiting("one", "two"))
    composer.set_busy(False)
    with qtbot.waitSignal(composer.send_requested) as told:
        named(composer, "Send now").click()
    assert told.args == [SendRequested("one", is_queued=True)]
    assert queued(composer) == ["two"]


def test_a_waiting_message_goes_back_into_the_field_and_what_stands_there_takes_its_place(composer: Composer) -> None:
    composer.set_busy(True)
    composer.set_draft(waiting("one", "two", typed="typing"))
    named(composer, "Waiting: one").click()
    assert composer.draft == waiting("typing", "two", typed="one")
    assert composer.edit.hasFocus()


def test_up_in_an_empty_field_brings_back_what_waits_last(composer: Composer, qtbot: QtBot) -> None:
    composer.set_draft(waiting("one", "two"))
    with qtbot.assertNotEmitted(composer.edit_last_requested):
        QTest.keyClick(composer.edit, Qt.Key.Key_Up)
    assert composer.draft == waiting("one", typed="two")


def test_waiting_messages_can_be_moved_and_removed_by_keyboard(composer: Composer) -> None:
    composer.set_draft(waiting("one", "two", "three"))
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


NOTES, LOG = Attachment("notes.txt", "one\ntwo"), Attachment("a-log-with-a-very-long-name-" + "x" * 60 + ".txt", "log")


def test_a_message_waits_with_what_is_attached_to_it(composer: Composer, qtbot: QtBot) -> None:
    composer.set_busy(True)
    composer.set_draft(Draft("What is it?", (NOTES, LOG)))
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    assert composer.draft == Draft(queued=(Queued("What is it?", (NOTES, LOG)),))
    shown = named(composer, "Waiting: What is it?")
    assert "notes.txt" in shown.accessibleDescription()
    assert LOG.name in shown.toolTip()
    composer.set_busy(False)
    with qtbot.waitSignal(composer.send_requested) as told:
        named(composer, "Send now").click()
    items = (AttachmentItem(NOTES.name, NOTES.text), AttachmentItem(LOG.name, LOG.text))
    assert told.args == [SendRequested("What is it?", items, is_queued=True)]


def test_attachments_alone_wait_under_their_names(composer: Composer) -> None:
    composer.set_busy(True)
    composer.set_draft(Draft("", (NOTES,)))
    QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    assert composer.draft == Draft(queued=(Queued("", (NOTES,)),))
    named(composer, "Waiting: Attached: notes.txt").click()
    assert composer.draft == Draft("", (NOTES,))


def test_a_message_and_its_attachments_change_places_with_those_in_the_field(composer: Composer) -> None:
    composer.set_busy(True)
    composer.set_draft(Draft("typing", (LOG,), (Queued("one", (NOTES,)), Queued("two"))))
    named(composer, "Waiting: one").click()
    assert composer.draft == Draft("one", (NOTES,), (Queued("typing", (LOG,)), Queued("two")))
    composer.card.chips.chips[0].close_button.click()
    assert composer.draft == Draft("one", (), (Queued("typing", (LOG,)), Queued("two")))


def test_a_file_that_is_still_being_read_stays_in_the_field(composer: Composer) -> None:
    composer.set_busy(True)
    composer.set_draft(Draft("", (), (Queued("one", (NOTES,)),)))
    chip = composer.card.chips.add("slow.txt", None)
    named(composer, "Waiting: one").click()
    composer.card.chips.fill(chip, Attachment("slow.txt", "late"))
    assert composer.draft == Draft("one", (Attachment("slow.txt", "late"), NOTES))


def test_what_waits_is_shown_as_one_line_and_never_as_markup(composer: Composer) -> None:
    composer.set_draft(waiting("<b>one</b>\n\ntwo & three"))
    message = named(composer, "Waiting: <b>one</b> two & three")
    assert "&lt;b&gt;" in message.toolTip()
