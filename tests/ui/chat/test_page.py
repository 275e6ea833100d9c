from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.ui.chat.page import ChatPage
from app.ui.theme import Theme


def test_the_greeting_leaves_room_for_the_list_of_chats_in_a_narrow_window(theme: Theme, qtbot: QtBot) -> None:
    page = ChatPage(theme)
    qtbot.addWidget(page)
    assert page.minimumSizeHint().width() <= 300


def test_in_a_narrow_window_the_name_of_the_model_stays_at_the_beginning(theme: Theme, qtbot: QtBot) -> None:
    page = ChatPage(theme)
    qtbot.addWidget(page)
    page.header.set_sidebar_hidden(True)
    page.header.set_model("Llama 3.1 8B", words="On this processor", state="ready")
    page.resize(400, 700)
    page.show()
    model, beside = page.header.model, page.header.show_sidebar
    assert model.x() <= beside.geometry().right() + 12
    assert model.width() <= model.sizeHint().width()
