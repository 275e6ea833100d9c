from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.ui.chat.page import ChatPage
from app.ui.theme import Theme


def test_the_greeting_leaves_room_for_the_list_of_chats_in_a_narrow_window(theme: Theme, qtbot: QtBot) -> None:
    page = ChatPage(theme)
    qtbot.addWidget(page)
    assert page.minimumSizeHint().width() <= 300
