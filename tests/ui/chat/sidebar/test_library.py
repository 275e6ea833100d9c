"""The sidebar over a real profile: real store, real conversation, scripted engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app import paths
from app.chat.manner import Manner
from app.core import Core
from app.engine.fake import Script, fake_load
from app.home import Home
from app.storage.secrets import MemorySecrets
from app.ui.actions import Actions
from app.ui.bridge import Bridge
from app.ui.chat.changes import Changes
from app.ui.chat.conversation import Conversation
from app.ui.chat.items import ChatAt, ChatEntry, ChatRequested, ChatsMoved, ChatsRequested, RenameRequested
from app.ui.chat.menu import chat_menu
from app.ui.chat.sidebar.asks import ChatsMarked, FolderRequested
from app.ui.chat.sidebar.bin_dialog import BinDialog
from app.ui.chat.sidebar.library import ChatLibrary
from app.ui.chat.sidebar.rows import FolderRow, HitEntry
from app.ui.chat.sidebar.sidebar import Sidebar
from app.ui.dialogs import SentenceDialog
from app.ui.theme import Theme
from app.ui.toast import Toast

NOW = 1_790_000_000.0


@dataclass(frozen=True, slots=True)
class Desk:
    core: Core
    sidebar: Sidebar
    conversation: Conversation
    toast: Toast
    library: ChatLibrary
    ids: tuple[str, ...]
    """Of the chats Bread, Boats and Birds, the newest last."""


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Desk]:
    home = Home(paths.places(tmp_path / "profile"), MemorySecrets(), load=fake_load(Script()))
    core = home.create().core
    ids = tuple(chat(core, title, number) for number, title in enumerate(("Bread", "Boats", "Birds")))
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 800)
    bridge = Bridge(window)
    sidebar = Sidebar(theme, parent=window)
    sidebar.resize(272, 800)
    toast = Toast(theme, parent=window)
    conversation = Conversation(core, bridge, window)
    library = ChatLibrary(core, bridge, sidebar, conversation, toast)
    library.refresh()
    window.show()
    qtbot.waitExposed(window)
    qtbot.waitUntil(lambda: bool(listed(sidebar)))
    yield Desk(core, sidebar, conversation, toast, library, ids)
    bridge.close(5)
    window.close()
    core.close()
    home.close()


def chat(core: Core, title: str, number: int) -> str:
    """A finished chat whose question and answer name its title."""
    question, answer = core.chats.begin_turn(
        None, f"Tell me about {title}", parent_id=None, model="", title=title, now=NOW + number
    )
    core.chats.finish(answer.id, f"{title} are fine things.", "done", model="", note="", stats=None)
    return question.conversation_id


def listed(sidebar: Sidebar) -> list[str]:
    """Titles and headings, as they stand."""
    return [str(sidebar.list.items.index(n).data()) for n in range(sidebar.list.items.rowCount())]


def titles(sidebar: Sidebar) -> list[str]:
    return [row.title for row in sidebar.list.items.rows if isinstance(row, ChatEntry)]


def open_chat(qtbot: QtBot, desk: Desk, id_: str) -> None:
    with qtbot.waitSignal(desk.library.opened):
        desk.sidebar.asks.open_chat.emit(ChatRequested(id_))
    qtbot.waitUntil(lambda: desk.conversation.conversation_id == id_)


def make_folder(qtbot: QtBot, desk: Desk, *ids: str) -> str:
    """With these chats in it, under the name that it has by itself."""
    desk.sidebar.asks.move_to_new_folder.emit(ChatsRequested(ids))
    qtbot.waitUntil(lambda: bool(desk.sidebar.list.viewport().findChildren(QLineEdit)))
    editor = desk.sidebar.list.viewport().findChildren(QLineEdit)[0]
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    return desk.core.chats.folders()[0].id


def test_what_is_deleted_goes_to_the_bin_and_comes_back_with_undo(qtbot: QtBot, desk: Desk) -> None:
    open_chat(qtbot, desk, desk.ids[1])
    desk.sidebar.asks.delete.emit(ChatsRequested(desk.ids[1:]))
    qtbot.waitUntil(lambda: titles(desk.sidebar) == ["Bread"])
    assert desk.conversation.conversation_id is None
    assert {row.id for row in desk.core.chats.binned()} == set(desk.ids[1:])
    assert desk.toast.text == "2 chats were deleted."
    desk.toast.action_button.click()
    qtbot.waitUntil(lambda: titles(desk.sidebar) == ["Birds", "Boats", "Bread"])
    qtbot.waitUntil(lambda: desk.conversation.conversation_id == desk.ids[1])


def test_undo_reaches_back_over_several_deletions_whose_toasts_are_gone(qtbot: QtBot, desk: Desk) -> None:
    for id_ in desk.ids[:2]:
        desk.library.delete(id_)
        qtbot.waitUntil(lambda id_=id_: not desk.library.title(id_))  # type: ignore[misc] # bound at once
        qtbot.waitUntil(lambda: not desk.toast.isHidden())
        desk.toast.dismiss()
    desk.library.undo_delete()
    qtbot.waitUntil(lambda: titles(desk.sidebar) == ["Birds", "Boats"])
    desk.library.undo_delete()
    qtbot.waitUntil(lambda: titles(desk.sidebar) == ["Birds", "Boats", "Bread"])
    desk.library.undo_delete()
    assert desk.core.chats.binned() == ()


def test_an_undo_of_something_else_is_not_dismissed_by_bringing_a_chat_back(qtbot: QtBot, desk: Desk) -> None:
    desk.library.delete(desk.ids[0])
    qtbot.waitUntil(lambda: not desk.toast.isHidden())
    desk.toast.show_undo("Another room.", lambda: None)
    desk.library.undo_delete()
    qtbot.waitUntil(lambda: len(titles(desk.sidebar)) == 3)
    assert not desk.toast.isHidden()


def test_a_pinned_chat_is_first_and_unpinned_by_the_same_key(qtbot: QtBot, desk: Desk) -> None:
    open_chat(qtbot, desk, desk.ids[0])
    desk.library.pin_open()
    qtbot.waitUntil(lambda: listed(desk.sidebar)[:2] == ["Pinned", "Bread"])
    desk.library.pin_open()
    qtbot.waitUntil(lambda: titles(desk.sidebar) == ["Birds", "Boats", "Bread"])


def test_archiving_can_be_undone(qtbot: QtBot, desk: Desk) -> None:
    desk.sidebar.asks.archive.emit(ChatsMarked(desk.ids[:1], is_on=True))
    qtbot.waitUntil(lambda: listed(desk.sidebar)[-1] == "Archived (1)")
    assert desk.toast.text == "“Bread” was archived."
    desk.toast.action_button.click()
    qtbot.waitUntil(lambda: titles(desk.sidebar) == ["Birds", "Boats", "Bread"])


def test_a_new_folder_is_named_in_place(qtbot: QtBot, desk: Desk) -> None:
    desk.library.new_folder()
    qtbot.waitUntil(lambda: bool(desk.sidebar.list.viewport().findChildren(QLineEdit)))
    editor = desk.sidebar.list.viewport().findChildren(QLineEdit)[0]
    editor.setText("Food")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [folder.name for folder in desk.core.chats.folders()] == ["Food"])
    qtbot.waitUntil(lambda: listed(desk.sidebar)[:2] == ["Folders", "Food"])


def test_moving_is_undone_to_where_each_chat_was(qtbot: QtBot, desk: Desk) -> None:
    first = make_folder(qtbot, desk, desk.ids[0])
    desk.sidebar.asks.move.emit(ChatsMoved(desk.ids[:1], ""))
    qtbot.waitUntil(lambda: desk.toast.text == "Moved out of its folder.")
    desk.toast.action_button.click()
    folder_of = desk.core.chats.conversation
    qtbot.waitUntil(lambda: getattr(folder_of(desk.ids[0]), "folder_id", "") == first)
    desk.sidebar.asks.move.emit(ChatsMoved(desk.ids[:2], first))
    qtbot.waitUntil(lambda: desk.toast.text == "Moved to “New folder”.")
    desk.toast.action_button.click()
    qtbot.waitUntil(lambda: getattr(folder_of(desk.ids[1]), "folder_id", "") is None)
    assert getattr(folder_of(desk.ids[0]), "folder_id", "") == first


def test_a_deleted_folder_leaves_its_chats_and_comes_back_with_its_instructions(qtbot: QtBot, desk: Desk) -> None:
    made = make_folder(qtbot, desk, desk.ids[0])
    (folder,) = desk.core.chats.folders()
    desk.core.chats.save_folder(type(folder)(folder.id, "Food", 1, Manner("Be brief.")))
    desk.library.refresh()
    qtbot.waitUntil(lambda: "Food" in listed(desk.sidebar))
    desk.sidebar.asks.delete_folder.emit(FolderRequested(made))
    qtbot.waitUntil(lambda: "Folders" not in listed(desk.sidebar))
    assert titles(desk.sidebar) == ["Birds", "Boats", "Bread"]
    assert desk.toast.text == "The folder “Food” was deleted. Its chats are still here."
    desk.toast.action_button.click()
    qtbot.waitUntil(lambda: "Food" in listed(desk.sidebar))
    assert desk.core.chats.folders()[0].manner == Manner("Be brief.")
    row = next(row for row in desk.sidebar.list.items.rows if isinstance(row, FolderRow))
    assert (row.count, row.folder.has_manner) == (1, True)


def test_a_new_chat_of_a_folder_is_opened_to_be_written_in(qtbot: QtBot, desk: Desk) -> None:
    made = make_folder(qtbot, desk, desk.ids[0])
    with qtbot.waitSignal(desk.library.opened), qtbot.waitSignal(desk.sidebar.chosen):
        desk.sidebar.asks.chat_in_folder.emit(FolderRequested(made))
    qtbot.waitUntil(lambda: desk.conversation.beginning.folder_id == made)


def test_settings_of_a_folder_and_exports_are_asked_for_elsewhere(qtbot: QtBot, desk: Desk) -> None:
    with qtbot.waitSignal(desk.library.folder_settings_requested) as told:
        desk.sidebar.asks.folder_settings.emit(FolderRequested("f"))
    assert told.args == ["f"]
    with qtbot.waitSignal(desk.library.export_requested) as told:
        desk.sidebar.asks.export.emit(ChatsRequested(desk.ids))
    assert told.args == [ChatsRequested(desk.ids)]


def test_a_copy_has_its_own_title_and_is_opened(qtbot: QtBot, desk: Desk) -> None:
    desk.sidebar.asks.duplicate.emit(ChatRequested(desk.ids[2]))
    qtbot.waitUntil(lambda: "Birds (copy)" in titles(desk.sidebar))
    qtbot.waitUntil(lambda: desk.library.title(desk.conversation.conversation_id or "") == "Birds (copy)")


def test_a_name_is_tidied_and_an_empty_one_changes_nothing(qtbot: QtBot, desk: Desk) -> None:
    desk.sidebar.asks.rename.emit(RenameRequested(desk.ids[0], "   "))
    desk.sidebar.asks.rename.emit(RenameRequested(desk.ids[0], " Rye \n bread " + "x" * 300))
    qtbot.waitUntil(lambda: desk.library.title(desk.ids[0]).startswith("Rye bread x"))
    assert len(desk.library.title(desk.ids[0])) == 200


def test_the_open_chat_is_renamed_in_the_list_even_inside_a_closed_folder(qtbot: QtBot, desk: Desk) -> None:
    made = make_folder(qtbot, desk, desk.ids[0])
    desk.sidebar.list.set_open(made, is_open=False)
    open_chat(qtbot, desk, desk.ids[0])
    desk.library.begin_rename()
    qtbot.waitUntil(lambda: bool(desk.sidebar.list.viewport().findChildren(QLineEdit)))
    entry = desk.sidebar.list.focused_entry()
    assert entry is not None
    assert entry.title == "Bread"


def test_next_and_previous_follow_the_list(qtbot: QtBot, desk: Desk) -> None:
    desk.library.open_next()
    qtbot.waitUntil(lambda: desk.conversation.conversation_id == desk.ids[2])
    desk.library.open_next()
    qtbot.waitUntil(lambda: desk.conversation.conversation_id == desk.ids[1])
    desk.library.open_previous()
    qtbot.waitUntil(lambda: desk.conversation.conversation_id == desk.ids[2])
    desk.library.open_previous()
    assert desk.conversation.conversation_id == desk.ids[2]


def test_search_finds_words_in_messages_and_opens_them_in_place(qtbot: QtBot, desk: Desk) -> None:
    desk.sidebar.filter.setText("fine boat")
    hits = desk.sidebar.list.items
    qtbot.waitUntil(lambda: not hits.is_waiting)
    qtbot.waitUntil(lambda: bool(hits.hits) or bool(desk.sidebar.empty_text))
    desk.sidebar.filter.setText("fine things")
    qtbot.waitUntil(lambda: len(hits.hits) == 3)
    row = next(row for row in hits.rows if isinstance(row, HitEntry))
    assert [row.snippet[a:b] for a, b in row.marks] == ["fine", "things"]
    desk.sidebar.asks.open_at.emit(ChatAt(row.chat_id, row.message_id, "fine things"))
    qtbot.waitUntil(lambda: desk.conversation.conversation_id == row.chat_id)


def test_more_results_come_page_by_page_without_one_twice(qtbot: QtBot, desk: Desk) -> None:
    for number in range(60):
        chat(desk.core, "Buttons", 10 + number)
    desk.sidebar.filter.setText("fine")
    items = desk.sidebar.list.items
    qtbot.waitUntil(lambda: len(items.hits) == 50)
    desk.sidebar.list.setCurrentIndex(items.index_of("more/hits"))
    QTest.keyClick(desk.sidebar.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(items.hits) == 63)
    assert len({hit.message_id for hit in items.hits}) == 63
    assert not items.index_of("more/hits").isValid()


def bin_dialog(qtbot: QtBot, desk: Desk) -> BinDialog:
    desk.sidebar.asks.show_bin.emit()
    qtbot.waitUntil(lambda: desk.library.bin.dialog is not None)
    dialog = desk.library.bin.dialog
    assert dialog is not None
    return dialog


def test_the_bin_gives_chats_back(qtbot: QtBot, desk: Desk) -> None:
    desk.library.delete(*desk.ids[:2])
    qtbot.waitUntil(lambda: titles(desk.sidebar) == ["Birds"])
    dialog = bin_dialog(qtbot, desk)
    assert "30 days" in dialog.note.text()
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.list.items.rowCount() == 1)
    qtbot.waitUntil(lambda: len(titles(desk.sidebar)) == 2)
    dialog.close()


def test_deleting_for_good_is_asked_about_once_and_keeping_is_the_default(qtbot: QtBot, desk: Desk) -> None:
    desk.library.delete(*desk.ids[:2])
    qtbot.waitUntil(lambda: titles(desk.sidebar) == ["Birds"])
    dialog = bin_dialog(qtbot, desk)
    dialog.purge.click()
    asking = dialog.findChildren(SentenceDialog)[0]
    assert asking.reject_button.isDefault()
    asking.reject()
    dialog.purge.click()
    dialog.findChildren(SentenceDialog)[-1].accept()
    qtbot.waitUntil(lambda: dialog.list.items.rowCount() == 1)
    dialog.empty.click()
    dialog.findChildren(SentenceDialog)[-1].accept()
    qtbot.waitUntil(lambda: dialog.list.items.rowCount() == 0)
    assert desk.core.chats.binned() == ()
    assert not dialog.empty.isEnabled()
    dialog.close()


def menu_of(desk: Desk, theme: Theme) -> dict[str, QAction]:
    """The menu of the open chat, by its words."""
    window = desk.sidebar.window()
    actions = Actions(theme, window, desk.sidebar.list)
    changes = Changes(desk.core, Bridge(window), desk.conversation, desk.toast)
    menu = chat_menu(window, desk.conversation, desk.library, actions, theme, changes)
    return {action.text(): action for action in menu.actions() if action.text()}


def test_the_menu_of_the_open_chat_has_what_the_list_has(qtbot: QtBot, desk: Desk, theme: Theme) -> None:
    open_chat(qtbot, desk, desk.ids[0])
    found = menu_of(desk, theme)
    for words in ("Copy chat as Markdown", "Rename chat", "Pin", "Move to folder", "Duplicate", "Archive"):
        assert words in found
    found["Delete chat"].trigger()
    qtbot.waitUntil(lambda: titles(desk.sidebar) == ["Birds", "Boats"])


def test_the_menu_of_a_chat_that_is_not_kept_offers_no_place_for_it(desk: Desk, theme: Theme) -> None:
    assert {"Rename chat", "Pin", "Archive", "Delete chat"}.isdisjoint(menu_of(desk, theme))


def test_a_chat_is_written_as_temporary_and_the_button_shows_it(qtbot: QtBot, desk: Desk) -> None:
    desk.conversation.open(None, is_temporary=True)
    qtbot.waitUntil(lambda: desk.conversation.is_temporary)
    desk.library.refresh()
    qtbot.waitUntil(lambda: desk.sidebar.temporary.accessibleDescription() != "")
    desk.conversation.open(desk.ids[0])
    qtbot.waitUntil(lambda: not desk.conversation.is_temporary)
    desk.library.refresh()
    qtbot.waitUntil(lambda: desk.sidebar.temporary.accessibleDescription() == "")
