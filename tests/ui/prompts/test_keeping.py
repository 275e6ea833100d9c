"""The lists of personas and templates over a real store: new, changed, copied, deleted and back, out and in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.chat import templates as library
from app.chat.manner import OPEN, Manner, built_in
from app.chat.templates import Template
from app.ui.chat.events import Beginning
from app.ui.prompts.editors import PersonaEditor, TemplateEditor, asked_words
from app.ui.prompts.keeping import Keeper
from app.ui.prompts.kept_dialog import FileWanted, KeptDialog
from tests.ui.prompts.conftest import LETTER, NURSE, Desk

CTRL = Qt.KeyboardModifier.ControlModifier


def opened(keeper: Keeper, qtbot: QtBot) -> KeptDialog:
    keeper.show()
    qtbot.waitUntil(lambda: keeper.dialog is not None)
    assert keeper.dialog is not None
    return keeper.dialog


def names(dialog: KeptDialog) -> list[str]:
    items = dialog.list.items
    return [str(items.index(row).data()) for row in range(items.rowCount())]


def persona_editor(desk: Desk) -> PersonaEditor:
    found = desk.prompts.personas.editor
    assert isinstance(found, PersonaEditor)
    return found


def template_editor(desk: Desk) -> TemplateEditor:
    found = desk.prompts.templates.editor
    assert isinstance(found, TemplateEditor)
    return found


def save(editor: PersonaEditor | TemplateEditor, keeper: Keeper, qtbot: QtBot) -> None:
    qtbot.waitUntil(editor.isActiveWindow)
    with qtbot.waitSignal(keeper.kept):
        QTest.keyClick(editor, Qt.Key.Key_Return, CTRL)


def test_the_window_is_told_of_all_templates_at_the_start(desk: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(desk.prompts.templates_changed):
        desk.prompts.look()
    assert desk.templates == [(*library.built_in(), LETTER)]


def test_built_in_personas_come_first_and_are_marked(desk: Desk, qtbot: QtBot) -> None:
    dialog = opened(desk.prompts.personas, qtbot)
    assert names(dialog) == [persona.name for persona in built_in()] + ["Nurse"]
    first = dialog.list.items.index(0)
    assert "Built in" in str(first.data(Qt.ItemDataRole.AccessibleTextRole))
    assert not dialog.edit.isEnabled()
    assert not dialog.delete.isEnabled()
    assert dialog.copy.isEnabled()
    dialog.reject()


def test_a_new_persona_is_written_and_kept_by_keyboard(desk: Desk, qtbot: QtBot) -> None:
    dialog = opened(desk.prompts.personas, qtbot)
    dialog.new.click()
    editor = persona_editor(desk)
    assert not editor.save_button.isEnabled()
    assert editor.fault.text() == "It needs a name."
    QTest.keyClicks(editor.name, "Pilot")
    assert editor.fault.text() == "It says nothing yet."
    QTest.keyClicks(editor.words.edit, "Speak as a pilot.")
    save(editor, desk.prompts.personas, qtbot)
    assert [one.name for one in desk.core.chats.personas()] == ["Nurse", "Pilot"]
    assert dialog.list.current is not None
    assert dialog.list.current.name == "Pilot"
    dialog.reject()


def test_a_built_in_persona_opens_as_a_copy(desk: Desk, qtbot: QtBot) -> None:
    dialog = opened(desk.prompts.personas, qtbot)
    dialog.list.choose("built-in/editor")
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    editor = persona_editor(desk)
    assert editor.name.text() == "Careful editor (2)"
    save(editor, desk.prompts.personas, qtbot)
    copied = next(one for one in desk.core.chats.personas() if one.name == "Careful editor (2)")
    assert copied.manner == next(one for one in built_in() if one.id == "built-in/editor").manner
    assert not copied.id.startswith("built-in/")
    dialog.reject()


def test_enter_changes_an_own_persona(desk: Desk, qtbot: QtBot) -> None:
    dialog = opened(desk.prompts.personas, qtbot)
    dialog.list.choose("nurse")
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    editor = persona_editor(desk)
    editor.words.show_text("Speak as a doctor.")
    save(editor, desk.prompts.personas, qtbot)
    (kept,) = desk.core.chats.personas()
    assert kept.manner == Manner("Speak as a doctor.", sampling=NURSE.manner.sampling)
    dialog.reject()


def test_delete_takes_one_away_and_undo_brings_it_back(desk: Desk, qtbot: QtBot) -> None:
    keeper = desk.prompts.personas
    dialog = opened(keeper, qtbot)
    dialog.list.choose("nurse")
    with qtbot.waitSignal(keeper.kept):
        QTest.keyClick(dialog.list, Qt.Key.Key_Delete)
    assert desk.core.chats.personas() == ()
    assert dialog.toast.text == "The persona Nurse was deleted."
    with qtbot.waitSignal(keeper.kept):
        dialog.toast.action_button.click()
    assert desk.core.chats.personas() == (NURSE,)
    dialog.reject()
    assert desk.offers == []


def test_closed_the_list_leaves_the_undo_to_the_window(desk: Desk, qtbot: QtBot) -> None:
    keeper = desk.prompts.personas
    dialog = opened(keeper, qtbot)
    dialog.list.choose("nurse")
    with qtbot.waitSignal(keeper.kept):
        dialog.delete.click()
    dialog.accept()
    (offer,) = desk.offers
    with qtbot.waitSignal(keeper.kept):
        offer.undo()
    assert desk.core.chats.personas() == (NURSE,)


def test_the_delete_key_leaves_built_in_ones_alone(desk: Desk, qtbot: QtBot) -> None:
    dialog = opened(desk.prompts.personas, qtbot)
    with qtbot.assertNotEmitted(desk.prompts.personas.kept, wait=50):
        QTest.keyClick(dialog.list, Qt.Key.Key_Delete)
    assert dialog.toast.isHidden()
    dialog.reject()


def test_use_gives_the_persona_to_the_new_chat_and_can_be_undone(desk: Desk, qtbot: QtBot) -> None:
    before = Manner("Mine.")
    desk.conversation.begin_with(Beginning(None, before))
    dialog = opened(desk.prompts.personas, qtbot)
    dialog.list.choose("nurse")
    with qtbot.waitSignal(desk.prompts.undo_offered):
        dialog.use.click()
    assert desk.conversation.beginning.manner == Manner(persona_id="nurse")
    desk.offers[0].undo()
    assert desk.conversation.beginning.manner == before


def test_use_gives_the_persona_to_the_chat_on_screen(desk: Desk, qtbot: QtBot) -> None:
    chats = desk.core.chats
    question, _answer = chats.begin_turn(None, "Hello", parent_id=None, model="m", title="Hello", now=1.0)
    with qtbot.waitSignal(desk.conversation.shown):
        desk.conversation.open(question.conversation_id)
    dialog = opened(desk.prompts.personas, qtbot)
    dialog.list.choose("nurse")
    with qtbot.waitSignals([desk.prompts.undo_offered, desk.prompts.changed]):
        dialog.use.click()
    assert desk.core.effective(question.conversation_id).system_prompt == "Speak as a nurse."
    with qtbot.waitSignal(desk.prompts.changed):
        desk.offers[0].undo()
    found = chats.conversation(question.conversation_id)
    assert found is not None
    assert found.manner == OPEN


def test_the_filter_narrows_the_list_down(desk: Desk, qtbot: QtBot) -> None:
    dialog = opened(desk.prompts.templates, qtbot)
    QTest.keyClicks(dialog.filter, "LANGUAGE transl")
    assert names(dialog) == ["Translate"]
    dialog.filter.setText("nothing like it")
    assert names(dialog) == []
    assert not dialog.copy.isEnabled()
    dialog.filter.clear()
    assert "Letter" in names(dialog)
    dialog.reject()


def test_a_template_says_what_it_asks_for_while_it_is_written(desk: Desk, qtbot: QtBot) -> None:
    dialog = opened(desk.prompts.templates, qtbot)
    dialog.new.click()
    editor = template_editor(desk)
    QTest.keyClicks(editor.name, "Greeting")
    QTest.keyClicks(editor.words.edit, "Greet {first_name} on {date}.")
    assert editor.asked.text() == "Asked for when it is used: first name. The date of today goes in by itself."
    save(editor, desk.prompts.templates, qtbot)
    assert desk.templates[-1][-2].name == "Greeting"
    dialog.reject()


def test_names_of_templates_are_free_only_once(desk: Desk, qtbot: QtBot) -> None:
    dialog = opened(desk.prompts.templates, qtbot)
    dialog.new.click()
    editor = template_editor(desk)
    QTest.keyClicks(editor.words.edit, "x")
    for taken in ("letter", "SUMMARISE"):
        editor.name.setText(taken)
        assert editor.fault.text() == "Another one has that name."
        assert not editor.save_button.isEnabled()
    editor.name.setText("Letter 2")
    assert editor.save_button.isEnabled()
    editor.reject()
    dialog.reject()


def test_a_template_keeps_its_own_name_when_it_is_changed(desk: Desk, qtbot: QtBot) -> None:
    dialog = opened(desk.prompts.templates, qtbot)
    dialog.list.choose("letter")
    dialog.edit.click()
    editor = template_editor(desk)
    editor.words.show_text("Dear {name},")
    save(editor, desk.prompts.templates, qtbot)
    assert desk.core.chats.templates() == (Template("letter", "Letter", "Dear {name},"),)
    dialog.reject()


def test_a_text_that_was_not_saved_can_be_had_back(desk: Desk, qtbot: QtBot) -> None:
    dialog = opened(desk.prompts.templates, qtbot)
    dialog.new.click()
    QTest.keyClicks(template_editor(desk).words.edit, "A long text.")
    template_editor(desk).reject()
    assert dialog.toast.text == "Your changes to this template were not saved."
    dialog.toast.action_button.click()
    again = template_editor(desk)
    assert again.words.text == "A long text."
    again.name.setText("Long")
    save(again, desk.prompts.templates, qtbot)
    assert [one.name for one in desk.core.chats.templates()] == ["Letter", "Long"]
    dialog.reject()


def test_out_and_in_again(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    keeper = desk.prompts.templates
    dialog = opened(keeper, qtbot)
    file = FileWanted(tmp_path / "mine.json")
    dialog.export_requested.emit(file)
    qtbot.waitUntil(lambda: dialog.toast.text == "1 was saved in “mine.json”.")
    dialog.import_requested.emit(file)
    qtbot.waitUntil(lambda: dialog.toast.text == "1 was here already.")
    desk.core.chats.delete_template("letter")
    with qtbot.waitSignal(keeper.kept):
        dialog.import_requested.emit(file)
    (brought,) = desk.core.chats.templates()
    assert (brought.name, brought.text) == (LETTER.name, LETTER.text)
    assert dialog.toast.text == "1 was brought in."
    with qtbot.waitSignal(keeper.kept):
        dialog.toast.action_button.click()
    assert desk.core.chats.templates() == ()
    dialog.reject()


def test_a_file_may_bring_personas_and_templates_at_once(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "both.json"
    content = {
        "format": "paddock-prompts",
        "version": 1,
        "personas": [{"name": "Pilot", "system_prompt": "Fly."}, 7],
        "templates": [{"name": "Log", "text": "Log {what}"}],
    }
    path.write_text(json.dumps(content), "utf-8")
    dialog = opened(desk.prompts.personas, qtbot)
    with qtbot.waitSignals([desk.prompts.templates_changed, desk.prompts.changed]):
        dialog.import_requested.emit(FileWanted(path))
    assert dialog.toast.text == "2 were brought in. 1 could not be read."
    assert [one.name for one in desk.core.chats.personas()] == ["Nurse", "Pilot"]
    assert "Log" in [one.name for one in desk.templates[-1]]
    dialog.reject()


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 10_000])
def test_a_foreign_file_is_a_sentence(desk: Desk, qtbot: QtBot, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "theirs.json"
    path.write_bytes(content)
    dialog = opened(desk.prompts.personas, qtbot)
    with qtbot.waitSignal(desk.prompts.failed):
        dialog.import_requested.emit(FileWanted(path))
    (failure,) = desk.failures
    assert failure.next_step
    desk.failures.clear()
    dialog.reject()


def test_one_list_and_one_editor_at_a_time(desk: Desk, qtbot: QtBot) -> None:
    desk.prompts.show_personas()
    dialog = opened(desk.prompts.personas, qtbot)
    dialog.new.click()
    editor = persona_editor(desk)
    dialog.copy.click()
    assert persona_editor(desk) is editor
    assert len(desk.window.findChildren(KeptDialog)) == 1
    editor.reject()
    dialog.reject()


def test_without_a_conversation_there_is_nothing_to_use_a_persona_for(desk: Desk, qtbot: QtBot) -> None:
    dialog = opened(desk.prompts.templates, qtbot)
    assert dialog.use.isHidden()
    dialog.reject()


def test_without_variables_a_template_says_how_to_have_some() -> None:
    assert "{language}" in asked_words("Just words")
