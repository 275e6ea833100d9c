"""What stands below an answer, in every state it can have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.chat.items import MessageItem, Status
from app.ui.chat.status_line import StatusLine
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
