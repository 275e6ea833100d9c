"""Comparing over documents that take long to read: nothing begins until the person has chosen, and what a new chat
asks goes along. Real profile, reader and search; scripted engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.chat.tree import Message
from app.documents.answering.strategy import Plan
from app.engine.fake import Script
from app.ui.chat.composer.long_work import LongWorkBar
from app.ui.compare.page import ComparePage
from app.ui.compare.shown import SideWish, SideWished
from app.ui.theme import Theme
from app.ui.window import MainWindow
from tests.documents.pdfs import page_of, pdf, wrapped

OpenWindow = Callable[..., MainWindow]
RENT = "The monthly rent is 930 euros."
FILLING = "Nothing of this page matters much to anybody who reads it, and so it goes on for a while. " * 14
ALL = "Summarise this document."


@pytest.fixture
def slow(qtbot: QtBot, window: OpenWindow, tmp_path: Path) -> MainWindow:
    """A new chat with a thick document in its draft, on a slow machine; the page for comparing is open over it."""
    path = tmp_path / "thick.pdf"
    words = "\n".join(wrapped(FILLING))
    path.write_bytes(pdf([page_of(f"{RENT}\n{words}") for _number in range(40)]))
    opened = window(Script(answers=(RENT,), prefill_tokens_per_s=20_000))
    opened.keeper.preload()
    qtbot.waitUntil(lambda: opened.keeper.facts is not None)
    opened.page.composer.attach([path])
    sources = opened.page.composer.card.sources
    qtbot.waitUntil(lambda: [one.state for one in sources.asked] == ["read"], timeout=30_000)
    slow_down(opened)
    open_page(qtbot, opened)
    return opened


def slow_down(window: MainWindow) -> None:
    engine = window.parts._core.host.current
    assert engine is not None
    engine.prefill_tokens_per_s = 40.0  # type: ignore[misc] # what a slow machine would have measured


def open_page(qtbot: QtBot, window: MainWindow) -> None:
    """With sides that differ."""
    window.later.compare.open()
    qtbot.waitUntil(lambda: page_of_window(window).isVisible())
    wish_other_side(window, 0.0)


def wish_other_side(window: MainWindow, temperature: float) -> None:
    wishes = window.later.compare._wishes
    assert wishes is not None
    page_of_window(window).wished.emit(SideWished(1, SideWish(wishes[1].model, temperature=temperature)))


def page_of_window(window: MainWindow) -> ComparePage:
    page = window.later._compare_page
    assert page is not None
    return page


def ask(window: MainWindow, text: str) -> None:
    page = page_of_window(window)
    page.question.edit.setPlainText(text)
    page.question.edit.setFocus()
    QTest.keyClick(page.question.edit, Qt.Key.Key_Return)


def choosing(qtbot: QtBot, window: MainWindow) -> LongWorkBar:
    """The strip stands above the question, with its time, and has the focus: on the quiet choice."""
    page = page_of_window(window)
    qtbot.waitUntil(lambda: page._long_work is not None and page._long_work.plan is not None)
    bar = page._long_work
    assert bar is not None
    assert bar.isVisible()
    assert "takes about" in bar.accessibleName()
    assert bar.search.hasFocus()
    assert bar.mapTo(page, bar.rect().bottomLeft()).y() < page.question.y()
    assert not window.later.compare.is_running, "nothing has begun"
    return bar


def answers(qtbot: QtBot, window: MainWindow) -> tuple[Message, ...]:
    """All answers of the chat that the page has begun, once both sides are over."""
    qtbot.waitUntil(lambda: window.later.compare._has_changed, timeout=10_000)
    qtbot.waitUntil(lambda: not window.later.compare.is_running, timeout=30_000)
    chats = window.parts._core.chats
    (chat,) = chats.conversations()
    tree = chats.tree(chat.id)
    (question,) = tree.children(None)
    return chats.messages(tree.children(question))


def test_the_documents_of_a_new_chat_are_asked_and_go_along_with_it(qtbot: QtBot, slow: MainWindow) -> None:
    ask(slow, "How high is the monthly rent?")
    given = answers(qtbot, slow)
    assert [one.grounds.strategy for one in given if one.grounds is not None] == ["passages", "passages"]
    core = slow.parts._core
    assert core.documents.scope_of(given[0].conversation_id)
    page_of_window(slow).back.click()
    chips = slow.page.composer.card.sources
    qtbot.waitUntil(lambda: slow.conversation.conversation_id == given[0].conversation_id)
    qtbot.waitUntil(lambda: [one.name for one in chips.asked] == ["thick.pdf"])
    slow.conversation.open(None)
    qtbot.waitUntil(lambda: slow.page.is_greeting and not chips.asked)
    assert not slow.page.composer.draft.scope, "the next new chat does not ask it"


def test_escape_leaves_the_question_as_it_is_and_only_a_search_is_one_for_both(qtbot: QtBot, slow: MainWindow) -> None:
    ask(slow, ALL)
    bar = choosing(qtbot, slow)
    QTest.keyClick(bar.search, Qt.Key.Key_Escape)
    page = page_of_window(slow)
    assert bar.isHidden()
    assert page.isVisible(), "the strip goes, and not the page"
    assert page.question.edit.hasFocus()
    assert page.question.text == ALL
    assert not slow.parts._core.chats.conversations()
    ask(slow, ALL)
    choosing(qtbot, slow)
    page.question.edit.setFocus()
    QTest.keyClick(page.question.edit, Qt.Key.Key_Escape)
    assert bar.isHidden()
    assert page.isVisible()
    ask(slow, ALL)
    choosing(qtbot, slow)
    QTest.keyClick(bar.search, Qt.Key.Key_Return)
    assert bar.isHidden()
    given = answers(qtbot, slow)
    assert [one.grounds.strategy for one in given if one.grounds is not None] == ["passages", "passages"]


def test_all_of_it_is_read_where_the_person_says_so(qtbot: QtBot, slow: MainWindow) -> None:
    ask(slow, ALL)
    bar = choosing(qtbot, slow)
    engine = slow.parts._core.host.current
    assert engine is not None
    engine.prefill_tokens_per_s = 20_000.0  # type: ignore[misc] # as fast as the test would have it
    QTest.keyClick(bar.all, Qt.Key.Key_Return)
    assert {one.grounds.strategy for one in answers(qtbot, slow) if one.grounds is not None} <= {
        "every_part",
        "nothing",
    }


def test_another_question_or_another_side_withdraws_the_choice(qtbot: QtBot, slow: MainWindow) -> None:
    page = page_of_window(slow)
    ask(slow, ALL)
    bar = choosing(qtbot, slow)
    page.question.edit.setFocus()
    QTest.keyClicks(page.question.edit, " Please.")
    assert bar.isHidden()
    ask(slow, ALL)
    choosing(qtbot, slow)
    wish_other_side(slow, 0.7)
    assert bar.isHidden()
    assert not slow.later.compare.is_running


def test_what_was_found_before_serves_again_without_a_choice(qtbot: QtBot, slow: MainWindow) -> None:
    ask(slow, ALL)
    QTest.keyClick(choosing(qtbot, slow).search, Qt.Key.Key_Return)
    answers(qtbot, slow)
    page = page_of_window(slow)
    qtbot.waitUntil(lambda: page.question.button.text() == "Ask this again")
    slow.later.compare._has_changed = False
    page.question.button.click()
    given = answers(qtbot, slow)
    assert len(given) == 4
    assert [one.grounds.strategy for one in given if one.grounds is not None] == ["passages"] * 4


def test_the_choices_are_reached_by_tab_between_the_sides_and_the_question(qtbot: QtBot, slow: MainWindow) -> None:
    ask(slow, ALL)
    bar = choosing(qtbot, slow)
    stops: list[QWidget] = []
    bar.all.setFocus()
    for _stop in range(4):
        focus = QApplication.focusWidget()
        assert focus is not None
        stops.append(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    assert stops == [bar.all, bar.search, bar.cancel, page_of_window(slow).question.edit]


def test_a_low_page_leaves_its_room_to_the_choice(qtbot: QtBot, theme: Theme) -> None:
    page = ComparePage(theme)
    qtbot.addWidget(page)
    page.resize(400, 420)
    page.show()
    bar = page.make_long_work()
    bar.set_plan(Plan("every_part", 1500.0, 193, 240_000, needs_asking=True))
    qtbot.waitUntil(lambda: bar.geometry().bottom() < page.question.geometry().top())
    assert page.rect().contains(page.question.geometry())
    assert page.panes[0].isHidden()
    bar.set_plan(None)
    assert page.panes[0].isVisible()


def test_a_page_that_is_left_asks_nothing_any_more(qtbot: QtBot, slow: MainWindow) -> None:
    ask(slow, ALL)
    bar = choosing(qtbot, slow)
    page_of_window(slow).back.click()
    qtbot.waitUntil(slow.page.isVisible)
    assert bar.plan is None
    assert not slow.parts._core.chats.conversations()
    assert slow.page.composer.draft.scope, "the draft keeps its document"
