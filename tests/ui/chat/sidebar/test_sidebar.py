from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QDragMoveEvent, QDropEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.ui.chat.items import (
    ChatAt,
    ChatEntry,
    ChatRequested,
    ChatsMoved,
    ChatsRequested,
    FolderEntry,
    RenameRequested,
)
from app.ui.chat.sidebar import dragging
from app.ui.chat.sidebar.asks import ChatsMarked, FolderRequested, SearchRequested
from app.ui.chat.sidebar.rows import ARCHIVE, Heading, HitEntry
from app.ui.chat.sidebar.sidebar import Sidebar
from app.ui.theme import Theme
from tests.ui.models.page.test_widths import larger

Kind = TypeVar("Kind", bound=QWidget)
Key = Qt.Key
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
NOW = datetime(2026, 11, 21, 9, 30)  # noqa: DTZ001  # local time, as people read it
TODAY = NOW.date()
ENTRIES = (
    ChatEntry("old", "Letter", NOW - timedelta(days=20)),
    ChatEntry("new", "Porto", NOW),
    ChatEntry("week", "Invoices", NOW - timedelta(days=5)),
    ChatEntry("yesterday", "House", NOW - timedelta(days=1)),
    ChatEntry("newer", "Changelog", NOW + timedelta(minutes=5)),
)
LOOSE = ["Today", "newer", "new", "Yesterday", "yesterday", "Previous 7 days", "week", "Previous 30 days", "old"]
FOLDERS = (FolderEntry("f", "Contracts"), FolderEntry("g", "Recipes"))
FILED = (
    *ENTRIES,
    ChatEntry("lease", "Lease", NOW - timedelta(days=2), folder_id="f"),
    ChatEntry("deed", "Deed", NOW - timedelta(days=3), is_busy=True, folder_id="f"),
    ChatEntry("pin", "Kept", NOW - timedelta(days=9), is_pinned=True),
    ChatEntry("away", "Away", NOW - timedelta(days=9), is_archived=True),
)
HIT = HitEntry("week", "m7", "Invoices", "the number is here", ((4, 10),), NOW, 7, is_question=True)


def child(parent: QWidget, kind: type[Kind]) -> Kind:
    """The first child of that kind; there is one."""
    return parent.findChildren(kind)[0]


@pytest.fixture
def sidebar(theme: Theme, qtbot: QtBot) -> Iterator[Sidebar]:
    made = Sidebar(theme)
    qtbot.addWidget(made)
    made.resize(made.width(), 900)
    made.set_chats(ENTRIES, TODAY)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()


@pytest.fixture
def filed(sidebar: Sidebar) -> Sidebar:
    """With folders, a pinned and an archived chat."""
    sidebar.set_chats(FILED, TODAY, FOLDERS)
    return sidebar


def shown(sidebar: Sidebar) -> list[str]:
    return [row.text if isinstance(row, Heading) else row.id for row in sidebar.list.items.rows]


def focus_row(sidebar: Sidebar, id_: str) -> None:
    sidebar.list.setFocus(Qt.FocusReason.TabFocusReason)
    sidebar.list.setCurrentIndex(sidebar.list.items.index_of(id_))


def press(sidebar: Sidebar, key: Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(sidebar.list, key, modifiers)


def click(sidebar: Sidebar, id_: str, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    place = sidebar.list.visualRect(sidebar.list.items.index_of(id_)).center()
    QTest.mouseClick(sidebar.list.viewport(), Qt.MouseButton.LeftButton, modifiers, place)


def spoken(sidebar: Sidebar, id_: str) -> object:
    return sidebar.list.items.index_of(id_).data(Qt.ItemDataRole.AccessibleTextRole)


def entries_of(menu: QMenu) -> dict[str, object]:
    return {action.text(): action for action in menu.actions() if action.text()}


def selected(sidebar: Sidebar) -> list[str]:
    return [entry.id for entry in sidebar.list.selected()]


def test_chats_are_listed_newest_first_below_their_day(sidebar: Sidebar) -> None:
    assert shown(sidebar) == LOOSE


def test_an_empty_list_says_what_will_be_here(sidebar: Sidebar) -> None:
    sidebar.set_chats([], TODAY)
    assert sidebar.empty_text == "Your chats will be listed here."


def test_a_click_opens_a_chat_and_a_heading_does_nothing(sidebar: Sidebar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(sidebar.chosen), qtbot.waitSignal(sidebar.asks.open_chat) as told:
        click(sidebar, "week")
    assert told.args == [ChatRequested("week")]
    with qtbot.assertNotEmitted(sidebar.asks.open_chat), qtbot.assertNotEmitted(sidebar.chosen):
        click(sidebar, "heading/Today")


def test_the_keyboard_skips_headings_and_opens_with_enter(sidebar: Sidebar, qtbot: QtBot) -> None:
    focus_row(sidebar, "new")
    press(sidebar, Key.Key_Down)
    with qtbot.assertNotEmitted(sidebar.chosen), qtbot.waitSignal(sidebar.asks.open_chat) as told:
        press(sidebar, Key.Key_Return)
    assert told.args == [ChatRequested("yesterday")]


def test_f2_renames_in_place_and_asks(sidebar: Sidebar, qtbot: QtBot) -> None:
    focus_row(sidebar, "new")
    press(sidebar, Key.Key_F2)
    editor = child(sidebar.list.viewport(), QLineEdit)
    assert editor.text() == "Porto"
    editor.setText("  Lisbon   in May ")
    with qtbot.assertNotEmitted(sidebar.asks.open_chat), qtbot.waitSignal(sidebar.asks.rename) as told:
        QTest.keyClick(editor, Key.Key_Return)
    assert told.args == [RenameRequested("new", "Lisbon in May")]


def test_an_empty_or_unchanged_name_asks_for_nothing(sidebar: Sidebar, qtbot: QtBot) -> None:
    for text in ("", "Porto"):
        focus_row(sidebar, "new")
        sidebar.list.rename_focused()
        editor = sidebar.list.viewport().findChildren(QLineEdit)[-1]
        editor.setText(text)
        with qtbot.assertNotEmitted(sidebar.asks.rename):
            QTest.keyClick(editor, Key.Key_Return)


def test_news_wait_while_a_name_is_being_written(sidebar: Sidebar, qtbot: QtBot) -> None:
    focus_row(sidebar, "new")
    sidebar.list.rename_focused()
    editor = child(sidebar.list.viewport(), QLineEdit)
    sidebar.set_chats(ENTRIES[:2], TODAY)
    assert len(shown(sidebar)) == 9
    assert editor.isVisible()
    QTest.keyClick(editor, Key.Key_Escape)
    qtbot.waitUntil(lambda: shown(sidebar) == ["Today", "new", "Previous 30 days", "old"])


def test_delete_asks_for_the_chat_in_focus(sidebar: Sidebar, qtbot: QtBot) -> None:
    focus_row(sidebar, "yesterday")
    with qtbot.waitSignal(sidebar.asks.delete) as told:
        press(sidebar, Key.Key_Delete)
    assert told.args == [ChatsRequested(("yesterday",))]


def test_the_menu_of_a_chat_has_everything_that_can_be_done_with_it(filed: Sidebar, qtbot: QtBot) -> None:
    focus_row(filed, "week")
    menu = filed.list.show_menu(filed.list.currentIndex(), filed.mapToGlobal(filed.rect().center()))
    actions = {action.text(): action for action in menu.actions() if action.text()}
    assert list(actions) == [
        *("Rename", "Pin", "Move to folder", "Duplicate", "Archive", "Save as a file…", "Select", "Delete")
    ]
    wishes = {
        "Pin": (filed.asks.pin, ChatsMarked(("week",), is_on=True)),
        "Duplicate": (filed.asks.duplicate, ChatRequested("week")),
        "Archive": (filed.asks.archive, ChatsMarked(("week",), is_on=True)),
        "Save as a file…": (filed.asks.export, ChatsRequested(("week",))),
        "Delete": (filed.asks.delete, ChatsRequested(("week",))),
    }
    for text, (signal, value) in wishes.items():
        with qtbot.waitSignal(signal) as told:
            actions[text].trigger()
        assert told.args == [value]
    below = child(menu, QMenu)
    assert [action.text() for action in below.actions() if action.text()] == ["Contracts", "Recipes", "New folder…"]
    with qtbot.waitSignal(filed.asks.move) as told:
        below.actions()[1].trigger()
    assert told.args == [ChatsMoved(("week",), "g")]
    menu.close()


def test_a_chat_in_a_folder_can_go_out_of_it_and_not_into_it(filed: Sidebar, qtbot: QtBot) -> None:
    filed.list.set_open("f", is_open=True)
    focus_row(filed, "lease")
    menu = filed.list.show_menu(filed.list.currentIndex(), QPoint(0, 0))
    below = entries_of(child(menu, QMenu))
    assert list(below) == ["Recipes", "Out of its folder", "New folder…"]
    menu.close()


def test_the_menu_key_opens_the_menu_at_the_row(filed: Sidebar) -> None:
    focus_row(filed, "folder/f")
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), QPoint(5, 5))
    QApplication.sendEvent(filed.list.viewport(), event)
    menu = child(filed.list, QMenu)
    assert list(entries_of(menu)) == [
        *("New chat in this folder", "Rename", "Instructions and model…", "Delete the folder, keep its chats")
    ]
    row = filed.list.visualRect(filed.list.items.index_of("folder/f"))
    assert menu.pos().y() >= filed.list.viewport().mapToGlobal(row.topLeft()).y()
    menu.close()


def test_an_ampersand_in_a_folders_name_is_shown_in_menus(sidebar: Sidebar) -> None:
    sidebar.set_chats(ENTRIES, TODAY, [FolderEntry("f", "Bread & butter")])
    focus_row(sidebar, "new")
    menu = sidebar.list.show_menu(sidebar.list.currentIndex(), QPoint(0, 0))
    assert child(menu, QMenu).actions()[0].text() == "Bread && butter"
    menu.close()


def test_folders_open_and_close_by_click_and_keys(filed: Sidebar, qtbot: QtBot) -> None:
    assert shown(filed)[:5] == ["Pinned", "pin", "Folders", "folder/f", "folder/g"]
    with qtbot.assertNotEmitted(filed.chosen):
        click(filed, "folder/f")
    assert shown(filed)[3:7] == ["folder/f", "lease", "deed", "folder/g"]
    focus_row(filed, "deed")
    press(filed, Key.Key_Left)
    assert filed.list.currentIndex() == filed.list.items.index_of("folder/f")
    assert "deed" not in shown(filed)
    press(filed, Key.Key_Right)
    assert "deed" in shown(filed)
    press(filed, Key.Key_Return)
    assert "deed" not in shown(filed)


def test_from_right_to_left_the_arrows_change_places(filed: Sidebar) -> None:
    filed.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    focus_row(filed, "folder/f")
    press(filed, Key.Key_Left)
    assert "lease" in shown(filed)


def test_an_open_folder_stays_open_while_the_list_changes(filed: Sidebar) -> None:
    filed.list.set_open("f", is_open=True)
    filed.set_chats(FILED[1:], TODAY, FOLDERS)
    assert "lease" in shown(filed)


def test_the_archive_opens_like_a_folder(filed: Sidebar) -> None:
    assert shown(filed)[-1] == "archive/"
    focus_row(filed, "archive/")
    press(filed, Key.Key_Right)
    assert shown(filed)[-2:] == ["archive/", "away"]
    assert filed.list.items.group_of("away") == ARCHIVE


def test_folders_are_renamed_and_deleted_with_the_keys_of_chats(filed: Sidebar, qtbot: QtBot) -> None:
    focus_row(filed, "folder/f")
    press(filed, Key.Key_F2)
    editor = child(filed.list.viewport(), QLineEdit)
    editor.setText("Papers")
    with qtbot.waitSignal(filed.asks.rename_folder) as told:
        QTest.keyClick(editor, Key.Key_Return)
    assert told.args == [RenameRequested("f", "Papers")]
    with qtbot.waitSignal(filed.asks.delete_folder) as told:
        press(filed, Key.Key_Delete)
    assert told.args == [FolderRequested("f")]


def test_a_screen_reader_hears_what_is_only_drawn(filed: Sidebar) -> None:
    assert spoken(filed, "folder/f") == "Contracts, folder, 2 chats, closed"
    filed.list.set_open("f", is_open=True)
    assert spoken(filed, "folder/f") == "Contracts, folder, 2 chats, open"
    assert spoken(filed, "deed") == "Deed, being answered"
    assert spoken(filed, "pin") == "Kept, pinned"
    assert spoken(filed, "archive/") == "Archived, 1 chat, closed"


def test_control_click_begins_selecting_and_a_plain_click_goes_on(sidebar: Sidebar, qtbot: QtBot) -> None:
    click(sidebar, "new")
    with qtbot.assertNotEmitted(sidebar.asks.open_chat):
        click(sidebar, "week", CONTROL)
        assert selected(sidebar) == ["new", "week"]
        assert sidebar.selection.isVisible()
        click(sidebar, "old")
    assert selected(sidebar) == ["new", "week", "old"]
    assert sidebar.selection.count.accessibleName() == "3 selected"


def test_shift_click_selects_all_between(sidebar: Sidebar) -> None:
    click(sidebar, "newer")
    click(sidebar, "week", SHIFT)
    assert selected(sidebar) == ["newer", "new", "yesterday", "week"]


@pytest.mark.parametrize("key", [Key.Key_Home, Key.Key_PageUp])
def test_the_first_chat_is_one_key_away_although_a_heading_is_above_it(sidebar: Sidebar, key: Key) -> None:
    focus_row(sidebar, "yesterday")
    press(sidebar, Key.Key_End)
    assert sidebar.list.currentIndex() == sidebar.list.items.index_of("old")
    press(sidebar, key)
    assert sidebar.list.currentIndex() == sidebar.list.items.index_of("newer")


def test_shift_and_arrows_stretch_the_selection_and_take_it_back(sidebar: Sidebar) -> None:
    focus_row(sidebar, "newer")
    press(sidebar, Key.Key_Down, SHIFT)
    press(sidebar, Key.Key_Down, SHIFT)
    assert selected(sidebar) == ["newer", "new", "yesterday"]
    press(sidebar, Key.Key_Up, SHIFT)
    assert selected(sidebar) == ["newer", "new"]


def test_space_switches_one_while_the_arrows_leave_the_selection(sidebar: Sidebar) -> None:
    focus_row(sidebar, "new")
    sidebar.list.begin_selecting()
    assert selected(sidebar) == ["new"]
    press(sidebar, Key.Key_Down)
    assert selected(sidebar) == ["new"]
    press(sidebar, Key.Key_Space)
    assert selected(sidebar) == ["new", "yesterday"]
    press(sidebar, Key.Key_Space)
    assert selected(sidebar) == ["new"]


def test_control_a_selects_every_chat_and_escape_leaves(filed: Sidebar) -> None:
    focus_row(filed, "new")
    press(filed, Key.Key_A, CONTROL)
    assert selected(filed) == ["pin", "newer", "new", "yesterday", "week", "old"]
    press(filed, Key.Key_Escape)
    assert selected(filed) == []
    assert filed.selection.isHidden()


def test_escape_reaches_the_list_before_it_stops_an_answer(sidebar: Sidebar) -> None:
    def is_taken() -> bool:
        event = QKeyEvent(QEvent.Type.ShortcutOverride, Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(sidebar.list, event)
        return event.isAccepted()

    focus_row(sidebar, "new")
    assert not is_taken()
    sidebar.list.begin_selecting()
    assert is_taken()


def test_the_bar_asks_for_all_selected_chats(filed: Sidebar, qtbot: QtBot) -> None:
    focus_row(filed, "new")
    press(filed, Key.Key_Down, SHIFT)
    bar = filed.selection
    wishes = {
        bar.archive_button: (filed.asks.archive, ChatsMarked(("new", "yesterday"), is_on=True)),
        bar.export_button: (filed.asks.export, ChatsRequested(("new", "yesterday"))),
        bar.delete_button: (filed.asks.delete, ChatsRequested(("new", "yesterday"))),
    }
    for button, (signal, value) in wishes.items():
        with qtbot.waitSignal(signal) as told:
            button.click()
        assert told.args == [value]
    bar.move_button.click()
    menu = child(bar, QMenu)
    with qtbot.waitSignal(filed.asks.move) as told:
        menu.actions()[0].trigger()
    assert told.args == [ChatsMoved(("new", "yesterday"), "f")]
    menu.close()
    bar.end_button.click()
    assert bar.isHidden()


def test_what_is_selected_stays_so_when_the_list_changes(sidebar: Sidebar) -> None:
    focus_row(sidebar, "new")
    press(sidebar, Key.Key_Down, SHIFT)
    sidebar.set_chats([*ENTRIES, ChatEntry("newest", "More", NOW + timedelta(minutes=9))], TODAY)
    assert selected(sidebar) == ["new", "yesterday"]
    sidebar.set_chats([entry for entry in ENTRIES if entry.id != "new"], TODAY)
    assert selected(sidebar) == ["yesterday"]
    assert sidebar.selection.count.accessibleName() == "1 selected"


def test_deleting_while_selecting_means_all_that_is_selected(sidebar: Sidebar, qtbot: QtBot) -> None:
    focus_row(sidebar, "new")
    press(sidebar, Key.Key_Down, SHIFT)
    press(sidebar, Key.Key_Down)
    with qtbot.waitSignal(sidebar.asks.delete) as told:
        press(sidebar, Key.Key_Delete)
    assert told.args == [ChatsRequested(("new", "yesterday"))]


def drag_to(sidebar: Sidebar, data: QMimeData, place: QPoint) -> tuple[bool, bool]:
    """Whether dragging over the place and letting go there were accepted."""
    chats, action, none = sidebar.list, Qt.DropAction.MoveAction, Qt.KeyboardModifier.NoModifier
    move = QDragMoveEvent(place, action, data, Qt.MouseButton.LeftButton, none)
    chats.dragMoveEvent(move)
    drop = QDropEvent(QPointF(place), action, data, Qt.MouseButton.LeftButton, none)
    drop.ignore()
    chats.dropEvent(drop)
    return move.isAccepted(), drop.isAccepted()


@pytest.mark.parametrize(
    ("dragged", "onto", "moved"),
    [
        (("new", "week"), "folder/g", ChatsMoved(("new", "week"), "g")),
        (("new",), "lease", ChatsMoved(("new",), "f")),
        (("lease", "new"), "folder/f", ChatsMoved(("new",), "f")),
        (("lease",), "heading/Today", ChatsMoved(("lease",), "")),
        (("lease", "deed"), "week", ChatsMoved(("lease", "deed"), "")),
    ],
)
def test_chats_are_dragged_into_folders_and_out_of_them(
    filed: Sidebar, qtbot: QtBot, dragged: tuple[str, ...], onto: str, moved: ChatsMoved
) -> None:
    filed.list.set_open("f", is_open=True)
    place = filed.list.visualRect(filed.list.items.index_of(onto)).center()
    with qtbot.waitSignal(filed.asks.move) as told:
        assert drag_to(filed, dragging.mime(dragged), place) == (True, True)
    assert told.args == [moved]


def test_below_everything_is_outside_of_any_folder(filed: Sidebar, qtbot: QtBot) -> None:
    bottom = QPoint(40, filed.list.viewport().height() - 2)
    assert not filed.list.indexAt(bottom).isValid()
    with qtbot.waitSignal(filed.asks.move) as told:
        drag_to(filed, dragging.mime(("deed",)), bottom)
    assert told.args == [ChatsMoved(("deed",), "")]


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": 1}', b"[1, 2]", b'["unknown"]', b"\xff"])
def test_what_is_not_ours_is_not_let_go_here(filed: Sidebar, qtbot: QtBot, content: bytes) -> None:
    untrusted_data = QMimeData()
    untrusted_data.setData(dragging.FORMAT, content)
    place = filed.list.visualRect(filed.list.items.index_of("folder/f")).center()
    with qtbot.assertNotEmitted(filed.asks.move):
        assert drag_to(filed, untrusted_data, place) == (False, False)


def test_a_chat_is_not_moved_to_where_it_is(filed: Sidebar, qtbot: QtBot) -> None:
    place = filed.list.visualRect(filed.list.items.index_of("folder/f")).center()
    with qtbot.assertNotEmitted(filed.asks.move):
        assert drag_to(filed, dragging.mime(("lease",)), place) == (False, False)


def test_names_are_filtered_at_once_and_messages_asked_for_a_moment_later(sidebar: Sidebar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(sidebar.asks.search) as told:
        QTest.keyClicks(sidebar.filter, "pOR")
        assert shown(sidebar) == ["Names", "new"]
    assert told.args == [SearchRequested("pOR")]


def test_nothing_found_is_said_once_everything_was_searched(sidebar: Sidebar) -> None:
    sidebar.filter.setText("nothing like it")
    assert sidebar.empty_text == "Searching…"
    sidebar.show_hits("nothing like it", [])
    assert sidebar.empty_text == "No chat and no message has “nothing like it” in it."
    sidebar.filter.clear()
    assert shown(sidebar) == LOOSE


def test_messages_found_are_listed_below_names_and_jump_to_their_place(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.filter.setText("num")
    sidebar.show_hits("num", [HIT])
    assert shown(sidebar) == ["Messages", "hit/m7"]
    assert spoken(sidebar, "hit/m7") == "Invoices. You: the number is here. 09:30"
    with qtbot.waitSignal(sidebar.chosen), qtbot.waitSignal(sidebar.asks.open_at) as told:
        click(sidebar, "hit/m7")
    assert told.args == [ChatAt("week", "m7", "num")]


def test_hits_of_older_words_are_ignored(sidebar: Sidebar) -> None:
    sidebar.filter.setText("numb")
    sidebar.show_hits("num", [HIT])
    assert shown(sidebar) == []


def test_more_asks_for_messages_before_the_last_one(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.filter.setText("num")
    sidebar.show_hits("num", [HIT], has_more=True)
    with qtbot.waitSignal(sidebar.asks.search) as told:
        click(sidebar, "more/hits")
    assert told.args == [SearchRequested("num", 7)]


def test_many_names_come_by_the_hundred(sidebar: Sidebar) -> None:
    many = [ChatEntry(str(n), f"Tea {n}", NOW - timedelta(minutes=n)) for n in range(230)]
    sidebar.set_chats(many, TODAY)
    sidebar.filter.setText("tea")
    assert len(shown(sidebar)) == 102
    for _page in range(2):
        focus_row(sidebar, "more/names")
        press(sidebar, Key.Key_Return)
    assert len(shown(sidebar)) == 231


def test_keys_lead_from_the_field_into_the_results_and_back(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.activateWindow()
    sidebar.filter.setFocus()
    sidebar.filter.setText("o")
    QTest.keyClick(sidebar.filter, Key.Key_Down)
    assert sidebar.focusWidget() is sidebar.list
    assert sidebar.list.focused_entry() == ENTRIES[4]
    press(sidebar, Key.Key_Up)
    assert sidebar.focusWidget() is sidebar.filter
    with qtbot.waitSignal(sidebar.asks.open_chat) as told:
        QTest.keyClick(sidebar.filter, Key.Key_Return)
    assert told.args == [ChatRequested("newer")]


def test_escape_in_the_results_shows_all_chats_again(sidebar: Sidebar) -> None:
    sidebar.filter.setText("porto")
    focus_row(sidebar, "new")
    press(sidebar, Key.Key_Escape)
    assert sidebar.filter.text() == ""
    assert shown(sidebar) == LOOSE
    assert sidebar.focusWidget() is sidebar.list


def test_escape_empties_the_field_before_it_stops_an_answer(sidebar: Sidebar) -> None:
    sidebar.filter.setText("porto")
    for is_taken in (True, False):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(sidebar.filter, event)
        assert event.isAccepted() == is_taken
        QTest.keyClick(sidebar.filter, Key.Key_Escape)
    assert sidebar.filter.text() == ""


def test_what_is_dragged_is_named_below_the_pointer(sidebar: Sidebar, theme: Theme) -> None:
    one, two = dragging.drag(theme, ENTRIES[:1], sidebar), dragging.drag(theme, ENTRIES[:2], sidebar)
    assert dragging.carried(two.mimeData()) == ("old", "new")
    assert one.pixmap().width() < two.pixmap().width() <= 220 * sidebar.devicePixelRatioF()


def test_the_field_has_a_button_that_empties_it(sidebar: Sidebar) -> None:
    assert sidebar.filter.clear_button.isHidden()
    sidebar.filter.setText("porto")
    sidebar.filter.clear_button.click()
    assert shown(sidebar) == LOOSE
    assert sidebar.filter.clear_button.isHidden()


def test_the_open_chat_is_marked_and_stays_so_when_titles_change(sidebar: Sidebar) -> None:
    sidebar.set_current("week")
    renamed = [ChatEntry(e.id, f"{e.title}!", e.changed) for e in ENTRIES]
    sidebar.set_chats(renamed, TODAY)
    assert sidebar.list.current_id == "week"
    entry = sidebar.list.focused_entry()
    assert entry is not None
    assert entry.title == "Invoices!"


def test_the_place_in_a_long_list_stays_when_a_chat_is_added(sidebar: Sidebar, qtbot: QtBot) -> None:
    many = [ChatEntry(str(n), f"Tea {n}", NOW - timedelta(minutes=n)) for n in range(300)]
    sidebar.set_chats(many, TODAY)
    bar = sidebar.list.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 2_000)
    bar.setValue(2_000)
    sidebar.set_chats([*many, ChatEntry("x", "X", NOW - timedelta(days=3))], TODAY)
    assert bar.value() == 2_000


def test_a_hidden_chat_is_revealed_by_opening_its_folder(filed: Sidebar) -> None:
    assert filed.list.reveal("lease")
    assert filed.list.focused_entry() == FILED[5]
    assert not filed.list.reveal("unknown")


def test_a_title_in_a_tooltip_is_never_html(sidebar: Sidebar) -> None:
    sidebar.set_chats([ChatEntry("x", '<img src="file:////server/share/x.png">', NOW)], TODAY)
    tip = sidebar.list.items.index_of("x").data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tip


def test_everything_else_is_a_request(sidebar: Sidebar, qtbot: QtBot) -> None:
    wishes = {
        sidebar.new_chat: sidebar.new_chat_requested,
        sidebar.temporary: sidebar.temporary_chat_requested,
        sidebar.collapse: sidebar.collapse_requested,
        sidebar.models: sidebar.models_requested,
        sidebar.settings: sidebar.settings_requested,
        sidebar.privacy: sidebar.privacy_requested,
    }
    for button, signal in wishes.items():
        with qtbot.waitSignal(signal):
            button.click()


def test_the_list_as_a_whole_has_a_menu(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.more.click()
    menu = child(sidebar, QMenu)
    actions = {action.text(): action for action in menu.actions() if action.text()}
    for text, signal in {"New folder": sidebar.asks.new_folder, "Deleted chats…": sidebar.asks.show_bin}.items():
        with qtbot.waitSignal(signal):
            actions[text].trigger()
    actions["Select chats"].trigger()
    assert sidebar.list.is_selecting
    menu.close()


def test_every_control_has_a_name_and_is_reached_by_tab(filed: Sidebar) -> None:
    filed.list.begin_selecting()
    controls = (filed.collapse, filed.new_chat, filed.temporary, filed.filter, filed.more, filed.list)
    for control in (*controls, *filed.selection.buttons, filed.models, filed.settings, filed.privacy):
        assert control.accessibleName()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_the_promise_is_never_cut(theme: Theme, qtbot: QtBot, scale: float) -> None:
    theme.fonts = larger(theme.fonts, scale)
    made = Sidebar(theme)
    qtbot.addWidget(made)
    made.resize(made.width(), 700)
    made.privacy.set_state("Offline until you ask", "Chats are encrypted and stay here", is_good=True)
    made.show()
    inside = QRectF(made.privacy.rect())
    assert all(inside.contains(rect) for rect in made.privacy._rects(inside))
    assert (made.privacy.height() > 46) == (scale > 1), "the second line wraps"


@pytest.mark.window
def test_a_chat_dragged_with_the_mouse_lands_in_a_folder(filed: Sidebar, qtbot: QtBot) -> None:
    chats, window = filed.list, filed.windowHandle()
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier

    def place(id_: str) -> QPoint:
        return chats.viewport().mapTo(filed, chats.visualRect(chats.items.index_of(id_)).center())

    start, end = place("week"), place("folder/g")
    moved: list[ChatsMoved] = []
    filed.asks.move.connect(moved.append)
    # What happens while the drag has its own event loop.
    QTimer.singleShot(200, lambda: QTest.mouseMove(window, end))
    QTimer.singleShot(400, lambda: QTest.mouseRelease(window, left, none, end))
    QTest.mousePress(window, left, none, start)
    QTest.mouseMove(window, start - QPoint(0, 6))
    QTest.mouseMove(window, start - QPoint(0, 20))
    qtbot.waitUntil(lambda: moved == [ChatsMoved(("week",), "g")])
