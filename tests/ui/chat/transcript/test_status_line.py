"""What stands below an answer, in every state it can have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.chat.items import MessageItem, Status
from app.ui.chat.transcript.status_line import StatusLine
from app.ui.theme import Theme


@pytest.fixture
def line(theme: Theme, qtbot: QtBot) -> Iterator[StatusLine]:
    host = QWidget()
    qtbot.addWidget(host)
    yield StatusLine(theme, parent=host)
    host.close()


def shown(line: StatusLine, status: Status, *, text: str = "Words", note: str = "") -> str:
    line.set_state(MessageItem("a", "assistant", text, status, note=note))
    return line.sentence.text() if line.has_something else ""


def test_a_stop_is_acknowledged_below_the_words_that_are_there(line: StatusLine) -> None:
    assert shown(line, "streaming") == ""
    assert shown(line, "streaming", note="Stopping…") == "Stopping…"
    assert shown(line, "streaming", text="") == "Thinking…"
    assert shown(line, "streaming", text="", note="Reading… 42 %") == "Reading… 42 %"


def test_what_was_left_out_is_said_beside_how_it_ended(line: StatusLine) -> None:
    left_out = "The 4 oldest messages were left out."
    assert shown(line, "done") == ""
    assert shown(line, "done", note=left_out) == left_out
    assert shown(line, "stopped", note=left_out) == f"Stopped. {left_out}"
    assert shown(line, "context", note=left_out).endswith(left_out)
    assert shown(line, "context", note=left_out).startswith("Cut short")


@pytest.mark.parametrize(
    ("status", "offers"), [("done", False), ("stopped", False), ("interrupted", True), ("failed", True)]
)
def test_try_again_is_offered_where_it_helps(line: StatusLine, status: Status, offers: bool) -> None:
    shown(line, status, note="It broke.\nDo this.")
    assert line.retry.isHidden() is not offers


def test_a_silent_model_is_asked_about_and_nothing_else_is(line: StatusLine) -> None:
    silent = "The model has said nothing for 1 minute."
    line.set_state(MessageItem("a", "assistant", "Half a", "streaming", note=silent, is_asking=True))
    assert line.sentence.text() == silent
    assert (line.wait.isHidden(), line.stop.isHidden(), line.retry.isHidden()) == (False, False, True)
    shown(line, "streaming", text="Half a word")
    assert (line.wait.isHidden(), line.stop.isHidden()) == (True, True)


@pytest.mark.parametrize("width", [320, 560, 760])
def test_its_buttons_stand_beside_the_words_or_below_them_and_never_on_them(line: StatusLine, width: int) -> None:
    silent = "The model has said nothing for 12 minutes."
    line.set_state(MessageItem("a", "assistant", "", "streaming", note=silent, is_asking=True))
    line.resize(width, line.arrange(width))
    for button in (line.wait, line.stop):
        assert line.rect().contains(button.geometry())
        assert not button.geometry().intersects(line.sentence.geometry())
    assert not line.wait.geometry().intersects(line.stop.geometry())
