from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TypeVar

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.ui.chat.items import ChatEntry, ChatRequested, RenameRequested
from app.ui.chat.sidebar.chat_items import Heading, day_heading, group
from app.ui.chat.sidebar.sidebar import Sidebar
from app.ui.theme import Theme
from tests.ui.models.page.test_widths import larger

Kind = TypeVar("Kind", bound=QWidget)


def child(parent: QWidget, kind: type[Kind]) -> Kind:
    """The first child of that kind; there is one."""
    return parent.findChildren(kind)[0]


NOW = datetime(2026, 11, 21, 9, 30)  # noqa: DTZ001  # local time, as people read it
TODAY = NOW.date()
ENTRIES = (
    ChatEntry("old", "Letter", NOW - timedelta(days=30)),
    ChatEntry("new", "Porto", NOW),
    ChatEntry("week", "Invoices", NOW - timedelta(days=5)),
    ChatEntry("yesterday", "House", NOW - timedelta(days=1)),
    ChatEntry("newer", "Changelog", NOW + timedelta(minutes=5)),
)


@pytest.fixture
def sidebar(theme: Theme, qtbot: QtBot) -> Iterator[Sidebar]:
    made = Sidebar(theme)
    qtbot.addWidget(made)
    made.resize(made.width(), 800)
    made.set_chats(ENTRIES, TODAY)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()


def shown(sidebar: Sidebar) -> list[str]:
    return [row.text if isinstance(row, Heading) else row.id for row in sidebar.list.items.rows]


def focus_row(sidebar: Sidebar, id_: str) -> None:
    sidebar.list.setFocus(Qt.FocusReason.TabFocusReason)
    sidebar.list.setCurrentIndex(sidebar.list.items.index_of(id_))


@pytest.mark.parametrize(
    ("days_ago", "heading"),
    [
        (-1, "Today"),
        (0, "Today"),
        (1, "Yesterday"),
        (2, "Previous 7 days"),
        (7, "Previous 7 days"),
        (8, "Older"),
        (900, "Older"),
    ],
)
def test_days_have_the_headings_people_use(days_ago: int, heading: str) -> None:
    assert day_heading(date(2026, 3, 1) - timedelta(days=days_ago), date(2026, 3, 1)) == heading


def test_chats_are_listed_newest_first_below_their_day(sidebar: Sidebar) -> None:
    assert shown(sidebar) == [
        "Today",
        "newer",
        "new",
        "Yesterday",
        "yesterday",
        "Previous 7 days",
        "week",
        "Older",
        "old",
    ]


def test_midnight_moves_a_chat_to_yesterday() -> None:
    late = ChatEntry("a", "Late", datetime(2026, 11, 20, 23, 59))  # noqa: DTZ001  # local time
    assert group([late], date(2026, 11, 20))[0] == Heading("Today")
    assert group([late], date(2026, 11, 21))[0] == Heading("Yesterday")


def test_the_filter_keeps_names_with_all_the_words(sidebar: Sidebar, qtbot: QtBot) -> None:
    QTest.keyClicks(sidebar.filter, "pOR")
    assert shown(sidebar) == ["Today", "new"]
    sidebar.filter.setText("nothing like it")
    assert sidebar.empty_text == "No chat has this in its name."
    sidebar.filter.clear()
    assert len(shown(sidebar)) == 9


def test_an_empty_list_says_what_will_be_here(sidebar: Sidebar) -> None:
    sidebar.set_chats([], TODAY)
    assert sidebar.empty_text == "Your chats will be listed here."


def test_a_click_opens_a_chat_and_a_heading_does_nothing(sidebar: Sidebar, qtbot: QtBot) -> None:
    chats = sidebar.list
    place = chats.visualRect(chats.items.index_of("week")).center()
    with qtbot.waitSignal(sidebar.open_requested) as told:
        QTest.mouseClick(chats.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert told.args == [ChatRequested("week")]
    heading = chats.visualRect(chats.items.index(0)).center()
    with qtbot.assertNotEmitted(sidebar.open_requested):
        QTest.mouseClick(chats.viewport(), Qt.MouseButton.LeftButton, pos=heading)


def test_the_keyboard_skips_headings_and_opens_with_enter(sidebar: Sidebar, qtbot: QtBot) -> None:
    focus_row(sidebar, "new")
    QTest.keyClick(sidebar.list, Qt.Key.Key_Down)
    with qtbot.waitSignal(sidebar.open_requested) as told:
        QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
    assert told.args == [ChatRequested("yesterday")]


def test_f2_renames_in_place_and_asks(sidebar: Sidebar, qtbot: QtBot) -> None:
    focus_row(sidebar, "new")
    QTest.keyClick(sidebar.list, Qt.Key.Key_F2)
    editor = child(sidebar.list.viewport(), QLineEdit)
    assert editor.text() == "Porto"
    editor.setText("  Lisbon   in May ")
    with qtbot.waitSignal(sidebar.rename_requested) as told:
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert told.args == [RenameRequested("new", "Lisbon in May")]


def test_an_empty_or_unchanged_name_asks_for_nothing(sidebar: Sidebar, qtbot: QtBot) -> None:
    for text in ("", "Porto"):
        focus_row(sidebar, "new")
        sidebar.list.rename_focused()
        editor = sidebar.list.viewport().findChildren(QLineEdit)[-1]
        editor.setText(text)
        with qtbot.assertNotEmitted(sidebar.rename_requested):
            QTest.keyClick(editor, Qt.Key.Key_Return)


def test_news_wait_while_a_name_is_being_written(sidebar: Sidebar, qtbot: QtBot) -> None:
    focus_row(sidebar, "new")
    sidebar.list.rename_focused()
    editor = child(sidebar.list.viewport(), QLineEdit)
    sidebar.set_chats(ENTRIES[:2], TODAY)
    assert len(shown(sidebar)) == 9
    assert editor.isVisible()
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: shown(sidebar) == ["Today", "new", "Older", "old"])


def test_delete_asks_for_the_chat_in_focus(sidebar: Sidebar, qtbot: QtBot) -> None:
    focus_row(sidebar, "yesterday")
    with qtbot.waitSignal(sidebar.delete_requested) as told:
        QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)
    assert told.args == [ChatRequested("yesterday")]


def test_the_menu_of_a_row_renames_and_deletes(sidebar: Sidebar, qtbot: QtBot) -> None:
    focus_row(sidebar, "week")
    menu: QMenu = sidebar.list.show_menu(sidebar.list.currentIndex(), sidebar.mapToGlobal(sidebar.rect().center()))
    assert [action.text() for action in menu.actions()] == ["Rename", "Delete"]
    with qtbot.waitSignal(sidebar.delete_requested) as told:
        menu.actions()[1].trigger()
    assert told.args == [ChatRequested("week")]
    menu.close()


def test_the_open_chat_is_marked_and_stays_so_when_titles_change(sidebar: Sidebar) -> None:
    sidebar.set_current("week")
    renamed = [ChatEntry(e.id, f"{e.title}!", e.changed) for e in ENTRIES]
    sidebar.set_chats(renamed, TODAY)
    assert sidebar.list.current_id == "week"
    entry = sidebar.list.focused_entry()
    assert entry is not None
    assert entry.title == "Invoices!"


def test_a_title_in_a_tooltip_is_never_html(sidebar: Sidebar) -> None:
    sidebar.set_chats([ChatEntry("x", '<img src="file:////server/share/x.png">', NOW)], TODAY)
    tip = sidebar.list.items.index_of("x").data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tip


def test_everything_else_is_a_request(sidebar: Sidebar, qtbot: QtBot) -> None:
    wishes = {
        sidebar.new_chat: sidebar.new_chat_requested,
        sidebar.collapse: sidebar.collapse_requested,
        sidebar.models: sidebar.models_requested,
        sidebar.settings: sidebar.settings_requested,
        sidebar.privacy: sidebar.privacy_requested,
    }
    for button, signal in wishes.items():
        with qtbot.waitSignal(signal):
            button.click()


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
