"""What a screen reader finds of the messages: all of them, in a list that is never drawn."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QApplication

from app.ui.chat.items import MessageItem
from app.ui.chat.transcript.hearing import AllMessages, name_of
from app.ui.chat.transcript.transcript import Transcript
from tests.ui.chat.transcript.conftest import LazyRows


def listed(transcript: Transcript) -> AllMessages:
    (found,) = transcript.findChildren(AllMessages)
    return found


@pytest.mark.parametrize(
    ("item", "name"),
    [
        (MessageItem("q", "user", "Why?"), "You: Why?"),
        (MessageItem("q", "user", "Why?", number=3, of=10_000), "Message 3 of 10,000. You: Why?"),
        (MessageItem("a", "assistant", "So.", number=1_234, of=10_000), "Message 1,234 of 10,000. Answer: So."),
        (MessageItem("a", "assistant", "<think>Hm.</think>\n\nSo."), "Answer: So."),
        (MessageItem("a", "assistant", "<think>Hm, what"), "Answer: Hm, what"),
        (MessageItem("a", "assistant", "", number=2, of=9, is_here=False), "Message 2 of 9. Answer: not read yet"),
    ],
)
def test_a_message_is_called_by_its_place_who_says_it_and_its_words(item: MessageItem, name: str) -> None:
    assert name_of(item) == name


def test_every_row_is_in_the_list_and_none_is_asked_for_before_it_is_read(transcript: Transcript) -> None:
    rows = LazyRows(10_000)
    transcript.set_rows(rows)
    QApplication.processEvents()
    model = listed(transcript).model()
    assert model.rowCount() == 10_000
    assert 5_000 not in rows.asked
    said = model.data(model.index(5_000, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("Message 5,001 of 10,000. You: Row 5000: ")


def test_choosing_a_row_twice_goes_there_twice(transcript: Transcript) -> None:
    transcript.set_rows(LazyRows(10_000))
    found = listed(transcript)
    for _time in range(2):
        found.selectionModel().select(found.model().index(2, 0), QItemSelectionModel.SelectionFlag.Select)
        assert transcript.live_views["m2"].hasFocus()
        transcript.focus_message(1)


def test_an_appended_message_is_in_the_list(transcript: Transcript) -> None:
    transcript.set_rows(LazyRows(3))
    transcript.append(MessageItem("new", "user", "More"))
    assert listed(transcript).model().rowCount() == 4
