"""From message to message and page to page with the keyboard."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.ui.chat.items import MessageItem
from app.ui.chat.transcript.transcript import Transcript
from app.ui.theme import Theme
from tests.ui.chat.transcript.conftest import LazyRows


def in_focus() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def focused(transcript: Transcript) -> str:
    return next(id_ for id_, view in transcript.live_views.items() if view.hasFocus())


def test_it_begins_at_the_newest_and_goes_up_and_down(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_rows(LazyRows(10_000))
    seen = []
    for step in (-1, -1, -1, 1):
        transcript.focus_message(step)
        seen.append(focused(transcript))
    assert seen == ["m9999", "m9998", "m9997", "m9998"]
    transcript.focus_message(1)
    with qtbot.waitSignal(transcript.focus_left):
        transcript.focus_message(1)


def test_from_a_button_of_a_message_it_goes_to_the_next_one(transcript: Transcript) -> None:
    transcript.set_rows(LazyRows(20))
    transcript.live_views["m18"].action_row.copy.setFocus(Qt.FocusReason.TabFocusReason)
    transcript.focus_message(-1)
    assert focused(transcript) == "m17"


def test_home_and_end_go_to_the_first_and_last_message(transcript: Transcript) -> None:
    transcript.set_rows(LazyRows(10_000))
    transcript.focus_message(-1)
    QTest.keyClick(in_focus(), Qt.Key.Key_Home)
    assert focused(transcript) == "m0"
    assert transcript.verticalScrollBar().value() < 40
    QTest.keyClick(in_focus(), Qt.Key.Key_End)
    assert focused(transcript) == "m9999"
    assert transcript.is_following


def test_escape_gives_the_focus_back(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_rows(LazyRows(4))
    transcript.focus_message(-1)
    with qtbot.waitSignal(transcript.focus_left):
        QTest.keyClick(in_focus(), Qt.Key.Key_Escape)


@pytest.mark.parametrize(("key", "is_up"), [(Qt.Key.Key_PageUp, True), (Qt.Key.Key_PageDown, False)])
def test_a_page_is_scrolled_smoothly_and_ends_a_page_further(
    transcript: Transcript, qtbot: QtBot, key: Qt.Key, is_up: bool
) -> None:
    transcript.set_rows(LazyRows(400))
    bar = transcript.verticalScrollBar()
    bar.setValue(9_000)
    transcript.live_views[next(iter(transcript.live_views))].setFocus()
    before = bar.value()
    QTest.keyClick(in_focus(), key)
    at_once = abs(bar.value() - before)
    assert 0 < at_once < 400
    qtbot.waitUntil(lambda: not transcript.is_gliding)
    assert (bar.value() < before) is is_up


def test_reduced_motion_scrolls_at_once(transcript: Transcript, theme: Theme) -> None:
    theme.set_motion("reduced")
    transcript.set_rows(LazyRows(400))
    transcript.verticalScrollBar().setValue(9_000)
    transcript.scroll_page(1)
    assert not transcript.is_gliding
    assert transcript.verticalScrollBar().value() > 9_400


def test_a_glide_stops_at_the_edge(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.set_rows(LazyRows(40))
    transcript.verticalScrollBar().setValue(100)
    transcript.scroll_page(-1)
    qtbot.waitUntil(lambda: not transcript.is_gliding)
    assert transcript.verticalScrollBar().value() == 0


def test_a_found_message_is_brought_into_view_with_the_focus(transcript: Transcript) -> None:
    transcript.set_rows(LazyRows(10_000))
    transcript.reveal("m4000")
    assert focused(transcript) == "m4000"
    view = transcript.live_views["m4000"]
    assert 0 <= view.y() < transcript.viewport().height()


def test_tab_goes_through_the_parts_of_an_answer_in_their_order_and_then_on(
    transcript: Transcript, qtbot: QtBot
) -> None:
    words = "\n\n".join(
        (
            "<think>\nHm.\n</think>\nWords.",
            "| a | b |\n|---|---|\n| 1 | 2 |",
            "More [words](https://example.org).",
            "```python\nx = 1\n```",
            "End.",
        )
    )
    messages = [("q", "Why?"), ("a", words), ("q2", "Why else?"), ("a2", "So.")]
    made = [MessageItem(id_, "user" if "q" in id_ else "assistant", text) for id_, text in messages]
    transcript.set_items([replace(item, text="", status="streaming") if item.id == "a" else item for item in made])
    transcript.update_item(made[1])
    qtbot.wait(50)
    views = [transcript.live_views[id_] for id_, _text in messages]
    stops = [stop for view in views for stop in view.tab_stops()]
    wanted = [stop for stop in stops if stop.isVisible() and stop.isEnabled() and _is_stop(stop)]
    assert len(wanted) > 15
    wanted[0].setFocus(Qt.FocusReason.TabFocusReason)
    visited = [in_focus()]
    while visited[-1] is not wanted[-1] and len(visited) <= len(wanted):
        QTest.keyClick(in_focus(), Qt.Key.Key_Tab)
        if in_focus() is not visited[-1]:
            visited.append(in_focus())
    assert [stop.accessibleName() for stop in visited] == [stop.accessibleName() for stop in wanted]


def _is_stop(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
