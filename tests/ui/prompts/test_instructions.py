"""Instructions of a chat, a folder and everything: what is shown is what holds, and what is saved is what is kept."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from app.chat.manner import OPEN, Manner
from app.chat.tree import Folder
from app.settings import PERSONA, SYSTEM_PROMPT
from app.ui.chat.events import Beginning
from app.ui.prompts.instructions_dialog import InstructionsDialog
from tests.ui.prompts.conftest import CONTRACTS, NURSE, Desk


def opened(desk: Desk, qtbot: QtBot) -> InstructionsDialog:
    qtbot.waitUntil(lambda: desk.prompts.instructing.dialog is not None)
    dialog = desk.prompts.instructing.dialog
    assert dialog is not None
    return dialog


def for_chat(desk: Desk, qtbot: QtBot) -> InstructionsDialog:
    desk.prompts.show_chat(desk.conversation)
    return opened(desk, qtbot)


def press(dialog: InstructionsDialog, words: str) -> None:
    (button,) = [one for one in dialog.findChildren(QAbstractButton) if one.accessibleName() == words]
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)


def save(dialog: InstructionsDialog, desk: Desk, qtbot: QtBot) -> None:
    qtbot.waitUntil(dialog.isActiveWindow)
    with qtbot.waitSignal(desk.prompts.changed):
        QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def chat_in_folder(desk: Desk, qtbot: QtBot, manner: Manner = OPEN) -> str:
    """A chat with a question, on screen."""
    question, _answer = desk.core.chats.begin_turn(
        None, "Hello", parent_id=None, model="m", title="Hello", now=time.time(), folder_id="contracts", manner=manner
    )
    with qtbot.waitSignal(desk.conversation.shown):
        desk.conversation.open(question.conversation_id)
    return question.conversation_id


def kept(desk: Desk, chat: str) -> Manner:
    found = desk.core.chats.conversation(chat)
    assert found is not None
    return found.manner


def test_a_chat_says_what_it_gets_from_its_folder(desk: Desk, qtbot: QtBot) -> None:
    chat_in_folder(desk, qtbot)
    dialog = for_chat(desk, qtbot)
    assert dialog.source == "leave"
    assert dialog.inherited.text() == "From the folder Contracts: Speak as a lawyer."
    assert dialog.preview.text() == "The model is told: Speak as a lawyer."
    assert not dialog.is_changed
    dialog.reject()
    assert desk.offers == []


def test_own_words_are_kept_by_ctrl_enter_and_hold(desk: Desk, qtbot: QtBot) -> None:
    chat = chat_in_folder(desk, qtbot)
    dialog = for_chat(desk, qtbot)
    press(dialog, "Words of its own")
    assert dialog.words.edit.hasFocus()
    QTest.keyClicks(dialog.words.edit, "Be brief.")
    assert dialog.preview.text() == "The model is told: Be brief."
    with qtbot.waitSignal(desk.prompts.changed):
        QTest.keyClick(dialog.words.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert kept(desk, chat) == Manner("Be brief.")
    assert desk.core.effective(chat).system_prompt == "Be brief."


def test_switched_off_holds_against_the_folder(desk: Desk, qtbot: QtBot) -> None:
    chat = chat_in_folder(desk, qtbot)
    dialog = for_chat(desk, qtbot)
    press(dialog, "None at all")
    assert dialog.preview.text().startswith("Nothing.")
    save(dialog, desk, qtbot)
    assert kept(desk, chat) == Manner("")
    assert desk.core.effective(chat).system_prompt == ""


def test_leaving_it_to_the_folder_again_forgets_the_own_words(desk: Desk, qtbot: QtBot) -> None:
    chat = chat_in_folder(desk, qtbot, Manner("Mine."))
    dialog = for_chat(desk, qtbot)
    assert dialog.source == "own"
    press(dialog, "As inherited")
    save(dialog, desk, qtbot)
    assert kept(desk, chat) == OPEN
    assert desk.core.effective(chat).system_prompt == "Speak as a lawyer."


def test_a_persona_speaks_unless_there_are_own_words(desk: Desk, qtbot: QtBot) -> None:
    chat = chat_in_folder(desk, qtbot)
    dialog = for_chat(desk, qtbot)
    menu = dialog.persona.line.chooser.make_menu()
    next(action for action in menu.actions() if action.text() == "Nurse").trigger()
    menu.close()
    assert dialog.inherited.text() == "From the persona Nurse: Speak as a nurse."
    assert "Temperature 0.2" in dialog.persona.description.text()
    assert dialog.sampling.summary.text() == "Temperature 0.2"
    press(dialog, "Words of its own")
    QTest.keyClicks(dialog.words.edit, "Mine.")
    assert dialog.preview.text() == "The model is told: Mine."
    save(dialog, desk, qtbot)
    assert kept(desk, chat) == Manner("Mine.", "nurse")
    effective = desk.core.effective(chat)
    assert effective.system_prompt == "Mine."
    assert effective.sampling == {"answer.temperature": 0.2}


def test_only_the_numbers_that_were_changed_are_kept(desk: Desk, qtbot: QtBot) -> None:
    chat = chat_in_folder(desk, qtbot, Manner(sampling=(("answer.top_k", 20.0),)))
    dialog = for_chat(desk, qtbot)
    press(dialog, "Change the choice of words")
    rows = dialog.sampling.rows
    assert rows["answer.top_k"].edit.text() == "20"
    assert rows["answer.temperature"].edit.placeholderText() == "As the model"
    QTest.keyClicks(rows["answer.temperature"].edit, "0.4")
    rows["answer.top_k"].back.click()
    save(dialog, desk, qtbot)
    assert kept(desk, chat) == Manner(sampling=(("answer.temperature", 0.4),))


def test_a_number_outside_its_limits_cannot_be_saved(desk: Desk, qtbot: QtBot) -> None:
    chat_in_folder(desk, qtbot)
    dialog = for_chat(desk, qtbot)
    press(dialog, "Change the choice of words")
    edit = dialog.sampling.rows["answer.temperature"].edit
    QTest.keyClicks(edit, "7")
    assert not dialog.save_button.isEnabled()
    assert dialog.fault.text() == "Temperature: A number from 0 to 2."
    edit.clear()
    assert dialog.save_button.isEnabled()
    dialog.reject()


def test_a_model_of_the_folder_can_be_replaced_or_switched_off(desk: Desk, qtbot: QtBot) -> None:
    starter = str(desk.core.desk.known()[0].path)
    desk.core.chats.save_folder(Folder("contracts", "Contracts", 0, Manner(model="/gone/Old.gguf")))
    chat = chat_in_folder(desk, qtbot)
    dialog = for_chat(desk, qtbot)
    assert dialog.model.source.text() == "From the folder Contracts: Old"
    menu = dialog.model.line.chooser.make_menu()
    assert [action.text() for action in menu.actions()] == ["Old", "The one in the header", "SmolLM2 135M"]
    menu.actions()[1].trigger()
    assert dialog.model.model == ""
    menu.actions()[2].trigger()
    menu.close()
    save(dialog, desk, qtbot)
    assert kept(desk, chat).model == starter


def test_a_new_chat_begins_with_what_was_said_before_its_first_question(desk: Desk, qtbot: QtBot) -> None:
    desk.conversation.begin_with(Beginning("contracts"))
    dialog = for_chat(desk, qtbot)
    assert dialog.inherited.text().startswith("From the folder Contracts")
    press(dialog, "Words of its own")
    QTest.keyClicks(dialog.words.edit, "Be brief.")
    save(dialog, desk, qtbot)
    assert desk.conversation.beginning == Beginning("contracts", Manner("Be brief."))


def test_a_chat_that_began_meanwhile_keeps_them_in_its_row(desk: Desk, qtbot: QtBot) -> None:
    dialog = for_chat(desk, qtbot)
    chat = chat_in_folder(desk, qtbot)
    press(dialog, "None at all")
    save(dialog, desk, qtbot)
    assert kept(desk, chat) == Manner("")


def test_a_folder_keeps_its_name_that_changed_meanwhile(desk: Desk, qtbot: QtBot) -> None:
    desk.prompts.show_folder("contracts")
    dialog = opened(desk, qtbot)
    assert dialog.source == "own"
    assert dialog.words.text == "Speak as a lawyer."
    desk.core.chats.save_folder(Folder("contracts", "Agreements", 0, CONTRACTS.manner))
    dialog.words.show_text("Speak as a judge.")
    save(dialog, desk, qtbot)
    assert desk.core.chats.folders() == (Folder("contracts", "Agreements", 0, Manner("Speak as a judge.")),)


def test_a_folder_that_is_gone_is_a_sentence(desk: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(desk.prompts.failed):
        desk.prompts.show_folder("nowhere")
    (failure,) = desk.failures
    assert "not there any more" in failure.message
    desk.failures.clear()
    desk.prompts.show_folder("contracts")
    opened(desk, qtbot).reject()


def test_instructions_for_every_chat_go_into_the_settings(desk: Desk, qtbot: QtBot) -> None:
    desk.prompts.show_general()
    dialog = opened(desk, qtbot)
    assert dialog.source == "own"
    assert dialog.sampling.isHidden()
    dialog.persona.show_persona("nurse")
    QTest.keyClicks(dialog.words.edit, "Be kind.")
    save(dialog, desk, qtbot)
    assert desk.core.settings.get(SYSTEM_PROMPT) == "Be kind."
    assert desk.core.settings.get(PERSONA) == NURSE.id


def test_what_was_written_and_not_saved_can_be_had_back(desk: Desk, qtbot: QtBot) -> None:
    chat = chat_in_folder(desk, qtbot)
    dialog = for_chat(desk, qtbot)
    press(dialog, "Words of its own")
    QTest.keyClicks(dialog.words.edit, "A long text.")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert kept(desk, chat) == OPEN
    (offer,) = desk.offers
    offer.undo()
    again = opened(desk, qtbot)
    assert again.words.text == "A long text."
    again.reject()
    assert len(desk.offers) == 2, "and once more, as it is still not saved"
    desk.offers[1].undo()
    save(opened(desk, qtbot), desk, qtbot)
    assert kept(desk, chat) == Manner("A long text.")


def test_a_persona_that_was_deleted_is_said_to_be_so(desk: Desk, qtbot: QtBot) -> None:
    chat_in_folder(desk, qtbot, Manner(persona_id="gone"))
    dialog = for_chat(desk, qtbot)
    assert dialog.persona.line.chooser.text() == "A deleted persona"
    assert dialog.preview.text() == "The model is told: Speak as a lawyer."
    dialog.reject()
    assert desk.offers == []


def test_a_paste_that_is_too_long_is_refused_with_a_sentence(desk: Desk, qtbot: QtBot) -> None:
    chat_in_folder(desk, qtbot, Manner("Mine."))
    dialog = for_chat(desk, qtbot)
    QGuiApplication.clipboard().setText("x" * 200_000)
    dialog.words.edit.paste()
    QGuiApplication.clipboard().clear()
    assert dialog.words.text == "Mine."
    assert "100,000" in dialog.note.text()
    assert dialog.note.isVisible()
    dialog.reject()


def test_long_instructions_are_shown_in_part(desk: Desk, qtbot: QtBot) -> None:
    chat_in_folder(desk, qtbot, Manner("word " * 15_000))
    dialog = for_chat(desk, qtbot)
    assert "75,000 characters in all" in dialog.preview.text()
    assert len(dialog.preview.text()) < 600
    dialog.reject()


def test_a_second_call_does_not_open_a_second_dialog(desk: Desk, qtbot: QtBot) -> None:
    desk.prompts.show_chat(desk.conversation)
    desk.prompts.show_general()
    dialog = opened(desk, qtbot)
    desk.prompts.show_general()
    assert len(desk.window.findChildren(InstructionsDialog)) == 1
    dialog.reject()


def test_everything_that_takes_the_keyboard_has_a_name(desk: Desk, qtbot: QtBot) -> None:
    dialog = for_chat(desk, qtbot)
    press(dialog, "Change the choice of words")
    seen: set[QWidget] = set()
    at = dialog.nextInFocusChain()
    while at is not None and at is not dialog and at not in seen:
        seen.add(at)
        if at.focusPolicy() & Qt.FocusPolicy.TabFocus and at.isVisible():
            assert at.accessibleName(), type(at).__name__
        at = at.nextInFocusChain()
    assert dialog.save_button in seen
    dialog.reject()
