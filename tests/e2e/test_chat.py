"""The chat as a person uses it, with keys and clicks in a real window. The real model where its answers matter; else
the scripted one, which the same code asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.chat import prompt
from app.chat.tree import Attachment, Queued
from app.engine.fake import Script
from app.settings import AUTO_TITLES, TEMPERATURE
from app.ui.chat.items import ChatEntry
from app.ui.preferences import TEXT_STEP
from app.ui.settings.dialog import SettingsDialog
from app.ui.shortcuts import ShortcutsDialog

from .conftest import Open, first_start
from .hands import ALT, CTRL, SHIFT, Person, again, clipboard, new_user

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("on_screen"), pytest.mark.timeout(120)]

LONG = "Write a very long story about a llama that crosses the Andes."
SLOW = Script(answers=("word " * 400,), tokens_per_s=150)
PASTED = "0123456789" * 500_000
FILE_WORDS = "The ferry leaves at nine.\nBring a warm coat.\n"
FILE_QUESTION = "When does it leave?"


@pytest.mark.model
def test_a_story_of_the_real_model_is_stopped_and_goes_on_where_it_stopped(qtbot: QtBot, open_shell: Open) -> None:
    shell = open_shell()
    person = Person(qtbot, shell, first_start(qtbot, shell))
    assert shell.core is not None
    shell.core.settings.set(AUTO_TITLES, False)
    shell.core.settings.set(TEMPERATURE, 0.0)
    person.ask(LONG)
    person.until(lambda: len(person.said) == 2 and len(person.said[1]) > 60, 60)
    person.press(Qt.Key.Key_Escape)
    stopped = person.answered()
    assert stopped.status == "stopped"
    person.press(Qt.Key.Key_Return, ALT)
    person.until(lambda: len(person.said[-1]) > len(stopped.text) + 40, 60)
    person.press(Qt.Key.Key_Escape)
    went_on = person.answered()
    assert went_on.text.startswith(stopped.text)
    assert (went_on.id, went_on.versions) == (stopped.id, 1)


def test_versions_are_made_and_walked_with_the_arrows(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, Script(answers=("One.", "Two.", "Three.")))
    person.ask("Which?")
    assert person.answered().text == "One."
    person.click(person.message(-1).action_row.again)
    person.until(lambda: person.said == ["Which?", "Two."])
    assert (person.answered().version, person.items[-1].versions) == (2, 2)
    person.click(person.message(-1).action_row.older)
    person.until(lambda: person.said == ["Which?", "One."])
    person.click(person.message(-1).action_row.newer)
    person.until(lambda: person.said == ["Which?", "Two."])


def test_a_question_and_an_answer_are_changed_in_place(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, Script(answers=("An animal.", "Another animal.")))
    person.ask("What is a llama?")
    person.answered()
    person.click(person.message(0).action_row.edit)
    person.press(Qt.Key.Key_A, CTRL)
    person.write("What is an alpaca?")
    person.press(Qt.Key.Key_Return)
    person.until(lambda: person.said == ["What is an alpaca?", "Another animal."])
    person.answered()
    assert person.items[0].versions == 2

    person.do(-1, "Edit answer")
    person.press(Qt.Key.Key_A, CTRL)
    person.write("A small llama.")
    person.press(Qt.Key.Key_Return)
    person.until(lambda: person.said == ["What is an alpaca?", "A small llama."])
    assert (person.items[1].version, person.items[1].versions) == (2, 2)
    assert not person.window.conversation.is_busy, "one's own words are not answered"


def test_arrow_up_changes_the_last_question(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, Script(answers=("One.", "Two.")))
    person.ask("First")
    person.answered()
    person.press(Qt.Key.Key_Up)
    person.write(" of all")
    person.press(Qt.Key.Key_Return)
    person.until(lambda: person.said == ["First of all", "Two."])


def test_a_new_chat_begins_at_any_message_and_the_old_one_stays(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, Script(answers=("One.", "Two.")))
    for question in ("First", "Second"):
        person.ask(question)
        person.answered()
    old = person.window.conversation.conversation_id
    person.do(1, "New chat from here")
    person.until(lambda: person.said == ["First", "One."])
    assert person.window.conversation.conversation_id not in (None, old)
    person.until(lambda: len([row for row in person.rows if isinstance(row, ChatEntry)]) == 2)
    person.press(Qt.Key.Key_PageDown, CTRL)
    person.until(lambda: person.said == ["First", "One.", "Second", "Two."])


def test_a_deleted_message_comes_back_with_undo(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, Script(answers=("One.", "Two.")))
    for question in ("First", "Second"):
        person.ask(question)
        person.answered()
    person.do(0, "Delete")
    person.until(lambda: person.said == ["Second", "Two."])
    person.undo("2 messages were deleted.")
    person.until(lambda: person.said == ["First", "One.", "Second", "Two."])


def test_a_message_written_meanwhile_waits_and_is_sent(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, Script(answers=("word " * 40, "Here."), tokens_per_s=100))
    person.ask("First")
    person.until(lambda: len(person.said) == 2 and len(person.said[1]) > 20)
    person.write("Second")
    person.press(Qt.Key.Key_Return)
    assert person.window.page.composer.draft.queued == (Queued("Second"),)
    person.until(lambda: len(person.said) == 4)
    assert person.said[2] == "Second"
    assert person.answered().text == "Here."


def test_a_file_is_attached_and_the_model_reads_it(qtbot: QtBot, open_shell: Open, tmp_path: Path) -> None:
    path = tmp_path / "trip.txt"
    path.write_text(FILE_WORDS, "utf-8")
    read = prompt.content_of(FILE_QUESTION, (Attachment("trip.txt", FILE_WORDS),))
    person = new_user(qtbot, open_shell, Script(replies={read: "At nine."}, answers=("No file.",)))
    composer = person.window.page.composer
    person.press(Qt.Key.Key_U, CTRL)
    person.file(path)
    person.until(lambda: [one.name for one in composer.draft.attachments] == ["trip.txt"])
    person.turn_to(person.shell)
    person.ask(FILE_QUESTION)
    assert person.answered().text == "At nine."
    assert composer.draft.attachments == ()
    assert [one.name for one in person.items[0].attachments] == ["trip.txt"]


def test_five_megabytes_are_pasted_as_a_chip_sent_and_read(qtbot: QtBot, open_shell: Open) -> None:
    read = prompt.content_of("How long is this?", (Attachment("", PASTED),))
    person = new_user(qtbot, open_shell, Script(replies={read: "Very."}, answers=("Not there.",)))
    composer = person.window.page.composer
    QGuiApplication.clipboard().setText(PASTED)
    person.press(Qt.Key.Key_V, CTRL)
    (pasted,) = composer.draft.attachments
    assert pasted.text == PASTED
    assert composer.edit.toPlainText() == ""
    person.ask("How long is this?")
    assert person.answered().text == "Very."
    assert person.items[0].attachments[0].text == PASTED
    QGuiApplication.clipboard().clear()


def test_words_are_found_in_the_chat_and_gone_through(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, Script(answers=("A llama, and a **llama**.",)))
    person.ask("Say llama")
    person.answered()
    bar = person.window.page.transcript.find_bar
    person.press(Qt.Key.Key_F, CTRL)
    person.write("llama")
    person.until(lambda: bar.count.text() == "1 of 3")
    person.press(Qt.Key.Key_F3)
    person.until(lambda: bar.count.text() == "2 of 3")
    person.press(Qt.Key.Key_F3)
    person.press(Qt.Key.Key_F3)
    person.until(lambda: bar.count.text() == "1 of 3")
    person.press(Qt.Key.Key_F3, SHIFT)
    person.until(lambda: bar.count.text() == "3 of 3")
    person.press(Qt.Key.Key_Escape)
    assert bar.isHidden()
    assert person.window.page.composer.hasFocus()


def test_an_answer_is_copied_with_and_without_its_markup(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, Script(answers=("A **strong** llama.\n\n- one\n- two",)))
    person.ask("Say it")
    person.answered()
    person.do(-1, "Copy as Markdown")
    person.until(lambda: clipboard() == "A **strong** llama.\n\n- one\n- two")
    person.click(person.message(-1).action_row.copy)
    person.until(lambda: "**" not in clipboard())
    assert "A strong llama." in clipboard()


def test_a_temporary_chat_is_listed_nowhere_and_gone_after_leaving_it(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, Script(answers=("Between us.",)))
    person.click(person.window.sidebar.temporary)
    person.until(lambda: person.window.conversation.is_temporary)
    person.ask("My secret canary")
    assert person.answered().text == "Between us."
    temporary = person.window.conversation.conversation_id
    assert temporary is not None
    assert person.rows == []
    person.press(Qt.Key.Key_N, CTRL)
    person.until(lambda: person.window.page.is_greeting and "has ended" in person.toast)
    person.window.toast.dismiss()
    core = person.shell.core
    assert core is not None
    person.until(lambda: core.room(temporary, is_temporary=True).chats.conversation(temporary) is None)
    assert core.chats.conversations() == ()
    person.press(Qt.Key.Key_F, CTRL | SHIFT)
    person.write("canary")
    person.until(lambda: "has “canary” in it" in person.window.sidebar.empty_text)


def test_the_palette_does_what_is_typed_and_opens_what_is_found(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, Script(answers=("Nothing to do with it.",)))
    person.ask("Where do vicunas live?")
    person.answered()
    palette = person.window.later.palette
    person.press(Qt.Key.Key_K, CTRL)
    person.until(lambda: palette.is_open)
    person.write("new chat")
    person.press(Qt.Key.Key_Return)
    person.until(lambda: person.window.page.is_greeting)

    person.press(Qt.Key.Key_K, CTRL)
    person.until(lambda: palette.is_open)
    person.write("vicunas")
    person.press(Qt.Key.Key_Return)
    person.until(lambda: person.said[:1] == ["Where do vicunas live?"])

    person.press(Qt.Key.Key_K, CTRL)
    person.until(lambda: palette.is_open)
    person.write("settings")
    person.press(Qt.Key.Key_Return)
    person.dialog(SettingsDialog).reject()


def test_the_sheet_of_keys_and_the_size_of_the_text(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell)
    theme = person.window._theme
    person.press(Qt.Key.Key_Slash, CTRL)
    sheet = person.dialog(ShortcutsDialog)
    person.press(Qt.Key.Key_Escape)
    person.until(lambda: not sheet.isVisible())
    person.turn_to(person.shell)
    person.press(Qt.Key.Key_Plus, CTRL)
    assert theme.appearance.text_percent == 100 + TEXT_STEP
    person.press(Qt.Key.Key_Plus, CTRL)
    person.press(Qt.Key.Key_Minus, CTRL)
    assert theme.appearance.text_percent == 100 + TEXT_STEP
    person.shell.quit()
    later = again(qtbot, open_shell)
    assert later.window._theme.appearance.text_percent == 100 + TEXT_STEP
    later.press(Qt.Key.Key_0, CTRL)
    assert later.window._theme.appearance.text_percent == 100


def test_a_restart_finds_chats_drafts_and_what_waits(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, SLOW)
    person.ask("First")
    person.until(lambda: len(person.said) == 2 and len(person.said[1]) > 20)
    person.write("What waits")
    person.press(Qt.Key.Key_Return)
    person.write("half a thought")
    person.press(Qt.Key.Key_Escape)
    person.answered()
    before = person.said
    question = person.window.page.transcript.items[0].id
    person.window.page.transcript.start_edit(question)
    person.write(", or second")
    person.shell.quit()
    later = again(qtbot, open_shell)
    later.click_row(later.window.sidebar.list, later.row(ChatEntry, "First"))
    later.until(lambda: later.said == before)
    draft = later.window.page.composer.draft
    assert (draft.text, draft.queued) == ("half a thought", (Queued("What waits"),))
    editor = later.window.page.transcript.live_views[question].editor
    assert editor is not None
    assert editor.text == "First, or second"
