"""Every control of every page has a name, and everything that can be pressed or typed into can be tabbed to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLineEdit, QPlainTextEdit, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from app.ui import accessible
from app.ui.chat.items import ChatEntry, MessageItem
from app.ui.chat.page import ChatPage
from app.ui.chat.sidebar.sidebar import Sidebar
from app.ui.theme import Theme
from app.ui.welcome.keys import PassphrasePage, UnlockPage
from app.ui.welcome.recovery import RecoveryPage
from app.ui.welcome.welcome import WelcomePage

CONTROLS = (QAbstractButton, QLineEdit, QPlainTextEdit, QTextEdit, QAbstractItemView)
GROUPS = tuple("abcdefgh")


def chat_page(theme: Theme) -> QWidget:
    page = ChatPage(theme)
    page.show_transcript()
    text = "Words with [a link](https://example.org).\n\n```python\nx = 1\n```"
    page.transcript.set_items(
        [
            MessageItem("q", "user", "Question"),
            MessageItem("a", "assistant", text, versions=2),
            MessageItem("f", "assistant", "", "failed", note="It failed.\nDo this."),
        ]
    )
    return page


def sidebar(theme: Theme) -> QWidget:
    side = Sidebar(theme)
    now = datetime(2026, 11, 21)  # noqa: DTZ001  # local time, as shown
    side.set_chats([ChatEntry("1", "A chat", now)], now.date())
    return side


PAGES: dict[str, Callable[[Theme], QWidget]] = {
    "chat": chat_page,
    "sidebar": sidebar,
    "welcome": WelcomePage,
    "passphrase": PassphrasePage,
    "unlock": UnlockPage,
    "recovery": lambda theme: RecoveryPage(theme, GROUPS, (1, 4)),
}


@pytest.mark.parametrize("name", PAGES)
def test_every_control_has_a_name(theme: Theme, qtbot: QtBot, name: str) -> None:
    page = PAGES[name](theme)
    qtbot.addWidget(page)
    page.resize(1000, 800)
    page.show()
    controls = [widget for widget in page.findChildren(QWidget) if isinstance(widget, CONTROLS)]
    assert controls
    nameless = [widget for widget in controls if not widget.accessibleName() and not widget.isHidden()]
    assert nameless == []


@pytest.mark.parametrize("name", PAGES)
def test_every_button_and_field_can_be_tabbed_to(theme: Theme, qtbot: QtBot, name: str) -> None:
    page = PAGES[name](theme)
    qtbot.addWidget(page)
    page.resize(1000, 800)
    page.show()
    pressable = [widget for widget in page.findChildren(QWidget) if isinstance(widget, QAbstractButton | QLineEdit)]
    unreachable = [widget for widget in pressable if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert unreachable == []


def test_a_tooltip_is_text_whatever_it_says() -> None:
    made = accessible.plain_tooltip('<img src="file:////server/share/x.png">')
    assert "<img" not in made
    assert accessible.plain_tooltip("") == ""


def test_announcing_works_without_a_screen_reader(theme: Theme, qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    accessible.announce(widget, "The answer is complete.")
