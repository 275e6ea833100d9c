"""The banner above the composer and the popup of the gauge: what they say, offer and ask for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.ui.chat.context.context_popup import ContextPopup, ContextShown, sentence
from app.ui.chat.context.fullness import Fullness
from app.ui.chat.context.room import Kind, RoomBanner, RoomNews
from app.ui.chat.items import Boundary
from app.ui.theme import Theme

HALF = Fullness(4096, 8192, 20)


@pytest.fixture
def host(theme: Theme, qtbot: QtBot) -> Iterator[QWidget]:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(900, 300)
    column = QVBoxLayout(made)
    column.addWidget(QLineEdit(made), 1)
    column.addWidget(RoomBanner(theme, parent=made))
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield made
    made.close()


@pytest.fixture
def banner(host: QWidget) -> RoomBanner:
    return host.findChildren(RoomBanner)[0]


def buttons(banner: RoomBanner) -> list[str]:
    return [button.text() for button in banner.findChildren(QPushButton) if button.isVisible()]


def test_it_takes_no_room_while_there_is_nothing_to_say(banner: RoomBanner) -> None:
    assert (banner.isHidden(), banner.height(), banner.sentence) == (True, 0, "")
    banner.set_news(RoomNews("filling"))
    assert banner.isVisible()
    assert banner.height() > 40
    banner.set_news(None)
    assert (banner.isHidden(), banner.height()) == (True, 0)


@pytest.mark.parametrize(
    ("news", "says", "offers", "can_close"),
    [
        (RoomNews("filling"), "nearly fills", ["Summarise them", "Larger context", "New chat"], True),
        (RoomNews("filling", can_enlarge=False), "nearly fills", ["Summarise them", "New chat"], True),
        (RoomNews("cut", 12), "12 messages are", ["Summarise them", "Larger context", "New chat"], True),
        (RoomNews("cut", 1), "One message is", ["Summarise them", "Larger context", "New chat"], True),
        (RoomNews("summarising", text="They"), "Writing a summary…", ["Stop"], False),
        (RoomNews("summarising", is_stopping=True), "Stopping…", ["Stop"], False),
        (RoomNews("summarised", 12), "a summary of the 12", ["Show it"], True),
    ],
)
def test_each_state_says_what_is_and_offers_what_can_be_done(
    banner: RoomBanner, news: RoomNews, says: str, offers: list[str], can_close: bool
) -> None:
    banner.set_news(news)
    assert says in banner.sentence
    assert banner.accessibleName() == banner.sentence
    assert buttons(banner) == offers
    assert banner.close_button.isVisible() is can_close


def test_every_button_asks_for_what_it_says(banner: RoomBanner, qtbot: QtBot) -> None:
    banner.set_news(RoomNews("filling"))
    for button, signal in (
        (banner.summarise, banner.summarise_requested),
        (banner.enlarge, banner.enlarge_requested),
        (banner.new_chat, banner.new_chat_requested),
        (banner.close_button, banner.closed),
    ):
        with qtbot.waitSignal(signal):
            button.click()
    banner.set_news(RoomNews("summarising"))
    with qtbot.waitSignal(banner.stop_requested):
        banner.stop.click()
    banner.set_news(RoomNews("summarised", 4))
    with qtbot.waitSignal(banner.show_requested):
        banner.show_it.click()


def test_while_an_answer_is_under_way_only_a_new_chat_can_be_begun(banner: RoomBanner) -> None:
    banner.set_news(RoomNews("cut", 4, is_busy=True))
    assert (banner.summarise.isEnabled(), banner.enlarge.isEnabled(), banner.new_chat.isEnabled()) == (
        False,
        False,
        True,
    )


def test_a_stop_can_be_asked_for_once(banner: RoomBanner) -> None:
    banner.set_news(RoomNews("summarising", text="They talk"))
    assert banner.stop.isEnabled()
    banner.set_news(RoomNews("summarising", text="They talk", is_stopping=True))
    assert not banner.stop.isEnabled()


@pytest.mark.parametrize("width", [560, 640, 760, 908, 1600])
@pytest.mark.parametrize("kind", ["filling", "cut", "summarising", "summarised"])
def test_nothing_lies_on_anything_else_at_any_width(host: QWidget, banner: RoomBanner, kind: Kind, width: int) -> None:
    host.resize(width, 300)
    banner.set_news(RoomNews(kind, 12, "They talk about words. " * 20))
    QApplication.sendPostedEvents()
    shown = [child for child in banner.findChildren(QWidget) if child.isVisible()]
    for number, one in enumerate(shown):
        assert banner.rect().contains(one.geometry()), one.accessibleName()
        for other in shown[number + 1 :]:
            assert not one.geometry().intersects(other.geometry()), (one.accessibleName(), other.accessibleName())


def test_the_focus_goes_on_to_what_takes_the_pressed_buttons_place(
    host: QWidget, banner: RoomBanner, qtbot: QtBot
) -> None:
    banner.set_news(RoomNews("filling"))
    banner.summarise.setFocus(Qt.FocusReason.TabFocusReason)
    banner.set_news(RoomNews("summarising"))
    assert banner.stop.hasFocus()
    with qtbot.waitSignal(banner.focus_left):
        banner.set_news(None)


def popup(theme: Theme, host: QWidget, qtbot: QtBot, shown: ContextShown) -> ContextPopup:
    made = ContextPopup(theme, shown, parent=host)
    made.open_below(host.mapToGlobal(host.rect().center()))
    qtbot.waitExposed(made)
    return made


def is_gone(host: QWidget) -> bool:
    return not host.findChildren(ContextPopup)


def test_the_popup_closes_with_what_is_chosen_in_it(theme: Theme, host: QWidget, qtbot: QtBot) -> None:
    for name in ("summarise", "enlarge", "new_chat"):
        opened = popup(theme, host, qtbot, ContextShown(HALF, None, can_summarise=True, can_enlarge=True))
        with qtbot.waitSignal(getattr(opened, f"{name}_requested")):
            QTest.keyClick(getattr(opened, name), Qt.Key.Key_Return)
        qtbot.waitUntil(partial(is_gone, host))


def test_the_popup_closes_with_escape(theme: Theme, host: QWidget, qtbot: QtBot) -> None:
    opened = popup(theme, host, qtbot, ContextShown(HALF, None, can_summarise=False, can_enlarge=False))
    assert opened.new_chat.hasFocus(), "what can be done now"
    assert not opened.summarise.isEnabled()
    assert not opened.enlarge.isEnabled()
    assert "50 %" in opened.accessibleDescription()
    QTest.keyClick(opened, Qt.Key.Key_Escape)
    qtbot.waitUntil(partial(is_gone, host))


@pytest.mark.parametrize(
    ("full", "boundary", "says"),
    [
        (Fullness(0, 8192, 0), None, "A token is about three quarters of a word."),
        (Fullness(4096, 8192, 20), None, "There is room for about 17 more messages of this length."),
        (Fullness(7500, 8192, 50), None, "There is room for about one more message of this length."),
        (Fullness(8000, 8192, 20), None, "With the next message the oldest ones will be left out."),
        (Fullness(4096, 8192, 20), Boundary("m", 6), "The model no longer sees the 6 oldest messages. There is room"),
        (Fullness(4096, 8192, 20), Boundary("m", 6, "Sum."), "Of the 6 oldest messages the model sees a summary."),
    ],
)
def test_it_says_what_the_numbers_mean(full: Fullness, boundary: Boundary | None, says: str) -> None:
    assert sentence(ContextShown(full, boundary, can_summarise=True, can_enlarge=True)).startswith(says)
