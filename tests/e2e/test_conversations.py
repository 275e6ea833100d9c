"""Many chats as a person keeps them, with keys and clicks in a real window: folders, archive, bin, search, files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from app.engine.fake import Script
from app.ui.actions import Act
from app.ui.chat.items import ChatEntry
from app.ui.chat.sidebar.bin_dialog import BinDialog
from app.ui.chat.sidebar.rows import ArchiveRow, FolderRow, HitEntry
from app.ui.exchange.export_dialog import ExportDialog
from app.ui.exchange.import_dialog import ImportDialog
from app.ui.prompts.instructions_dialog import InstructionsDialog
from tests.chat.exchange.samples import chatgpt

from .conftest import Open
from .hands import CTRL, SHIFT, Person, again, new_user

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("on_screen"), pytest.mark.timeout(120)]

OWN_WORDS = "Words of its own"
ANSWERS = Script(answers=("One.", "Two.", "Three.", "Four."))


def chats(person: Person, *questions: str) -> None:
    """A chat for each question."""
    for question in questions:
        person.press(Qt.Key.Key_N, CTRL)
        person.until(lambda: person.window.page.is_greeting and person.window.conversation.conversation_id is None)
        person.ask(question)
        person.answered()
        person.row(ChatEntry, question)


def titles(person: Person) -> list[str]:
    """Of the chats in sight, as they are listed."""
    return [row.title for row in person.rows if isinstance(row, ChatEntry)]


def test_a_folder_is_made_renamed_filled_and_left(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, ANSWERS)
    chats(person, "Bread", "Trains")
    person.press(Qt.Key.Key_N, CTRL | Qt.KeyboardModifier.AltModifier)
    person.row(FolderRow, "New folder")
    person.until(lambda: person.is_renaming)
    person.press(Qt.Key.Key_A, CTRL)
    person.write("Kitchen")
    person.press(Qt.Key.Key_Return)
    person.row(FolderRow, "Kitchen")

    person.menu_of_row(person.row(ChatEntry, "Bread"))
    person.choose("Move to folder", "Kitchen")
    person.until(lambda: "Moved to “Kitchen”." in person.toast)
    person.until(lambda: person.folder_of("Bread") == "Kitchen")
    assert person.folder_of("Trains") == ""

    person.menu_of_row(person.row(FolderRow, "Kitchen"))
    person.choose("New chat in this folder")
    person.until(lambda: bool(person.window.conversation.beginning.folder_id))
    person.ask("Soup")
    person.answered()
    person.until(lambda: person.folder_of("Soup") == "Kitchen")

    person.menu_of_row(person.row(FolderRow, "Kitchen"))
    person.choose("Delete the folder, keep its chats")
    person.until(lambda: person.folder_of("Bread") == person.folder_of("Soup") == "")
    person.undo("The folder “Kitchen” was deleted.")
    person.until(lambda: person.folder_of("Bread") == person.folder_of("Soup") == "Kitchen")


def test_a_chat_is_pinned_renamed_and_archived(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, ANSWERS)
    chats(person, "Bread", "Trains", "Clouds")
    person.menu_of_row(person.row(ChatEntry, "Bread"))
    person.choose("Pin")
    person.until(lambda: titles(person)[0] == "Bread")

    person.menu_of_row(person.row(ChatEntry, "Trains"))
    person.choose("Rename")
    person.until(lambda: person.is_renaming)
    person.write("Night trains")
    person.press(Qt.Key.Key_Return)
    person.row(ChatEntry, "Night trains")

    person.menu_of_row(person.row(ChatEntry, "Clouds"))
    person.choose("Archive")
    person.until(lambda: titles(person) == ["Bread", "Night trains"])
    person.click_row(person.window.sidebar.list, person.row(ArchiveRow))
    person.until(lambda: titles(person) == ["Bread", "Night trains", "Clouds"])
    person.undo("“Clouds” was archived.")
    person.until(lambda: titles(person) == ["Bread", "Clouds", "Night trains"])

    person.shell.quit()
    later = again(qtbot, open_shell)
    later.until(lambda: titles(later) == ["Bread", "Clouds", "Night trains"])


def test_several_chats_go_to_the_bin_and_come_back(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, ANSWERS)
    chats(person, "Bread", "Trains", "Clouds")
    chat_list = person.window.sidebar.list
    person.click_row(chat_list, person.row(ChatEntry, "Bread"), CTRL)
    person.click_row(chat_list, person.row(ChatEntry, "Trains"), CTRL)
    person.until(lambda: person.window.sidebar.selection.count.accessibleName() == "2 selected")
    person.click(person.window.sidebar.selection.delete_button)
    person.until(lambda: titles(person) == ["Clouds"])
    person.undo("2 chats were deleted.")
    person.until(lambda: len(titles(person)) == 3)

    person.click_row(chat_list, person.row(ChatEntry, "Bread"))
    person.until(lambda: person.said == ["Bread", "One."])
    chat_list.setFocus()
    person.press(Qt.Key.Key_Delete)
    person.until(lambda: "Bread" not in titles(person))
    assert person.window.page.is_greeting

    person.window.actions_of_window[Act.BIN].trigger()
    dialog = person.dialog(BinDialog)
    person.click_row(dialog.list, 0)
    person.click(dialog.bring_back)
    person.until(lambda: len(titles(person)) == 3)
    person.press(Qt.Key.Key_Escape)
    person.until(lambda: person.window.library.bin.dialog is None)


def test_what_is_deleted_for_good_is_asked_about_and_then_gone(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, ANSWERS)
    chats(person, "Bread", "Trains")
    person.window.sidebar.list.setFocus()
    person.window.sidebar.list.selectionModel().setCurrentIndex(
        person.window.sidebar.list.items.index(person.row(ChatEntry, "Bread")),
        person.window.sidebar.list.selectionModel().SelectionFlag.NoUpdate,
    )
    person.press(Qt.Key.Key_Delete)
    person.until(lambda: titles(person) == ["Trains"])
    person.window.actions_of_window[Act.BIN].trigger()
    dialog = person.dialog(BinDialog)
    person.click_row(dialog.list, 0)
    person.click(dialog.purge)
    asked = person.sentence("Delete for good?")
    person.press(Qt.Key.Key_Return)  # what is chosen already keeps it
    person.until(lambda: not asked.isVisible())
    assert dialog.list.items.rowCount() == 1
    person.turn_to(dialog)
    person.click(dialog.purge)
    asked = person.sentence("Delete for good?")
    person.click(asked.accept_button)
    person.until(lambda: dialog.list.items.rowCount() == 0)
    person.turn_to(dialog)
    person.press(Qt.Key.Key_Escape)
    assert person.shell.core is not None
    assert [row.title for row in person.shell.core.chats.conversations()] == ["Trains"]
    assert person.shell.core.chats.binned() == ()


def test_a_search_finds_a_message_in_another_version_and_goes_there(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, Script(answers=("Vicunas are small.", "Horses are tall.", "Other things.")))
    chats(person, "Which animals")
    person.click(person.message(-1).action_row.again)
    person.until(lambda: person.said == ["Which animals", "Horses are tall."])
    person.answered()
    chats(person, "Something else")

    person.press(Qt.Key.Key_F, CTRL | SHIFT)
    person.write("vicu")
    hit = person.row(HitEntry)
    row = person.rows[hit]
    assert isinstance(row, HitEntry)
    ((start, end),) = row.marks
    assert row.snippet[start:end].casefold().startswith("vicu")
    person.click_row(person.window.sidebar.list, hit)
    person.until(lambda: person.said == ["Which animals", "Vicunas are small."])
    found = person.message(-1)
    assert (found.item.version, found.item.versions) == (1, 2)
    person.until(lambda: person.window.focusWidget() is not None)

    person.press(Qt.Key.Key_F, CTRL | SHIFT)
    person.press(Qt.Key.Key_Escape)
    person.until(lambda: titles(person) == ["Something else", "Which animals"])


def test_a_folder_has_instructions_of_its_own_and_the_model_gets_them(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, ANSWERS)
    person.press(Qt.Key.Key_N, CTRL | Qt.KeyboardModifier.AltModifier)
    person.until(lambda: person.is_renaming)
    person.press(Qt.Key.Key_Return)
    person.menu_of_row(person.row(FolderRow, "New folder"))
    person.choose("Instructions and model…")
    dialog = person.dialog(InstructionsDialog)
    (own,) = [one for one in dialog.findChildren(QAbstractButton) if one.text() == OWN_WORDS]
    person.click(own)
    person.write("Answer in rhymes.")
    person.click(dialog.save_button)
    person.until(lambda: not dialog.isVisible())
    person.turn_to(person.shell)
    person.menu_of_row(person.row(FolderRow, "New folder"))
    person.choose("New chat in this folder")
    person.until(lambda: bool(person.window.conversation.beginning.folder_id))
    person.ask("Soup")
    person.answered()
    home, core = person.window.conversation.conversation_id, person.shell.core
    assert core is not None
    assert core.effective(home).system_prompt == "Answer in rhymes."


def test_a_chat_is_saved_as_markdown(qtbot: QtBot, open_shell: Open, tmp_path: Path) -> None:
    person = new_user(qtbot, open_shell, Script(answers=("A **strong** answer.",)))
    chats(person, "Bread")
    person.press(Qt.Key.Key_S, CTRL)
    save(person, "Markdown", tmp_path / "bread.md")
    person.until(lambda: "1 chat was saved in “bread.md”." in person.toast)
    text = (tmp_path / "bread.md").read_text("utf-8")
    assert "Bread" in text
    assert "A **strong** answer." in text


def test_all_chats_are_saved_and_brought_into_another_profile(qtbot: QtBot, open_shell: Open, tmp_path: Path) -> None:
    person = new_user(qtbot, open_shell, Script(answers=("One.", "Two.", "Three.")))
    chats(person, "Bread", "Trains")
    person.click(person.message(-1).action_row.again)
    person.until(lambda: person.said == ["Trains", "Three."])
    person.answered()
    person.window.actions_of_window[Act.EXPORT_ALL].trigger()
    save(person, "JSON", tmp_path / "all.json", place="One for all")
    person.until(lambda: "2 chats were saved in “all.json”." in person.toast)
    person.shell.quit()
    (tmp_path / "profile").rename(tmp_path / "first")
    (tmp_path / "secrets.json").unlink()

    other = new_user(qtbot, open_shell)
    assert titles(other) == []
    bring_in(other, tmp_path / "all.json")
    other.until(lambda: sorted(titles(other)) == ["Bread", "Trains"])
    other.click_row(other.window.sidebar.list, other.row(ChatEntry, "Trains"))
    other.until(lambda: other.said == ["Trains", "Three."])
    assert (other.items[1].version, other.items[1].versions) == (2, 2)
    other.click(other.message(-1).action_row.older)
    other.until(lambda: other.said == ["Trains", "Two."])


def test_an_export_of_another_program_is_brought_in_and_found(qtbot: QtBot, open_shell: Open, tmp_path: Path) -> None:
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([chatgpt()]), "utf-8")
    person = new_user(qtbot, open_shell)
    bring_in(person, path)
    person.row(ChatEntry, "The sky")
    person.press(Qt.Key.Key_F, CTRL | SHIFT)
    person.write("rayleigh")
    person.click_row(person.window.sidebar.list, person.row(HitEntry))
    person.until(lambda: person.said == ["Why is the sky blue?", "Rayleigh."])


def save(person: Person, kind: str, path: Path, *, place: str = "") -> None:
    """Through the dialogs that ask as what and where."""
    dialog = person.dialog(ExportDialog)
    for group, words in ((dialog.kinds, kind), (dialog.places, place)):
        for button in group.buttons():
            if button.text() == words:
                person.click(button)
    person.click(dialog.accept_button)
    person.file(path)
    person.until(lambda: not dialog.isVisible())
    person.turn_to(person.shell)


def bring_in(person: Person, path: Path) -> None:
    """Through the dialogs, from the palette to the end."""
    person.press(Qt.Key.Key_K, CTRL)
    person.until(lambda: person.window.later.palette.is_open)
    person.write("bring in chats")
    person.press(Qt.Key.Key_Return)
    dialog = person.dialog(ImportDialog)
    person.click(dialog.drop.files_button)
    person.file(path)
    person.until(lambda: dialog.bring_button.isVisible() and dialog.bring_button.isEnabled())
    person.turn_to(dialog)
    person.click(dialog.bring_button)
    person.until(lambda: dialog.open_button.isVisible())
    person.click(dialog.close_button)
    person.turn_to(person.shell)
