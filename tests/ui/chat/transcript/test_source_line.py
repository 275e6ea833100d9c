"""An answer from documents: its chips, and below it what was read."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.chat.tree import Message
from app.documents.grounds import NOWHERE, Citation, Cited, Grounds
from app.documents.parts import Span
from app.documents.records import Passage
from app.ui.chat.items import CitationRequested, MessageItem, ReadRequested, RegenerateRequested, Sourced
from app.ui.chat.sourced import sourced
from app.ui.chat.transcript.deeds import Deed, citation, copied, offered, request
from app.ui.chat.transcript.source_line import SourceLine
from app.ui.chat.transcript.state import TranscriptState
from app.ui.chat.transcript.transcript import Transcript

IDLE = TranscriptState(is_idle=True, can_read=False)
TEXT = "It is so.[1] He says “it is so”. And “it is never so”."
FIRST, SECOND, LAST = TEXT.index("It"), TEXT.index("“it is so"), TEXT.index("“it is never")


def passage(number: int, name: str = "policy.pdf") -> Passage:
    return Passage(f"d{number}", name, "page", str(number), Span(number, 0, number, 9), "", "It is so.")


def grounds(count: int = 2, **changes: object) -> Grounds:
    made = {
        "strategy": "passages",
        "query": "Is it?",
        "passages": tuple(passage(number) for number in range(1, count + 1)),
        "text": "",
        "parts_read": count,
        "parts": 193,
        "documents": ("d1",),
        "part_name": "page",
    }
    return Grounds(**{**made, **changes})  # type: ignore[arg-type] # each test says what differs


def answer(made: Grounds | None = None, cited: Cited | None = None) -> MessageItem:
    citations = (
        Citation(FIRST, FIRST + 9, 1, 1, Span(2, 3, 2, 9)),
        Citation(SECOND, SECOND + 10, 2, 0, Span(1, 0, 1, 8), is_literal=True),
        Citation(LAST, LAST + 16, 0, NOWHERE, Span(0, 0, 0, 0), is_literal=False),
    )
    kept = cited if cited is not None else Cited(citations, ((9, 12),))
    stored = Message(2, "a", "c", "q", "assistant", TEXT, "done", 0.0, grounds=made or grounds(), cited=kept)
    return MessageItem("a", "assistant", TEXT, sourced=sourced(stored))


def line_of(transcript: Transcript) -> SourceLine:
    return transcript.live_views["a"].findChildren(SourceLine)[0]


def test_sources_are_numbered_as_their_chips_are() -> None:
    made = answer().sourced
    assert made is not None
    assert [(one.number, one.words) for one in made.sources] == [(1, "policy.pdf, page 2"), (2, "policy.pdf, page 1")]
    assert [(one.number, one.source) for one in made.chips] == [(1, 0), (2, 1), (0, -1)]
    assert made.said == "Read 2 passages of 193 pages."
    assert sourced(Message(1, "a", "c", "q", "assistant", "Hello.", "done", 0.0)) is None


def test_a_chip_asks_for_its_own_place_and_a_quotation_for_its_words() -> None:
    item = answer()
    assert citation(item, 0) == CitationRequested("a", 1, "d2", Span(2, 3, 2, 9))
    assert citation(item, 1) == CitationRequested("a", 2, "d1", Span(1, 0, 1, 8), "“it is so”")
    assert citation(item, 2) is None


def test_what_was_read_stands_below_the_answer(transcript: Transcript) -> None:
    transcript.set_items([MessageItem("q", "user", "Is it?"), answer()])
    line = line_of(transcript)
    assert line.isVisible()
    assert line.read.text() == "Read 2 passages of 193 pages"
    assert [button.source.words for button in line.buttons] == ["policy.pdf, page 2", "policy.pdf, page 1"]
    assert line.buttons[0].accessibleName() == "source 1: policy.pdf, page 2"


def test_an_answer_without_documents_has_nothing_below_it(transcript: Transcript) -> None:
    transcript.set_items([MessageItem("a", "assistant", "Hello.")])
    assert transcript.live_views["a"].findChildren(SourceLine) == []


def test_sources_and_what_was_read_are_opened_with_the_keyboard(transcript: Transcript) -> None:
    transcript.set_items([answer()])
    wanted: list[object] = []
    transcript.citation_requested.connect(wanted.append)
    transcript.read_requested.connect(wanted.append)
    line = line_of(transcript)
    QTest.keyClick(line.read, Qt.Key.Key_Return)
    QTest.keyClick(line.buttons[0], Qt.Key.Key_Return)
    assert wanted == [ReadRequested("a"), CitationRequested("a", 1, "d2", Span(2, 0, 2, 9))]
    assert set(line.tab_stops()) <= set(transcript.live_views["a"].tab_stops())


def test_a_pressed_chip_asks_for_its_place_and_one_that_stands_nowhere_for_what_was_read(
    transcript: Transcript,
) -> None:
    transcript.set_items([answer()])
    wanted: list[object] = []
    transcript.citation_requested.connect(wanted.append)
    transcript.read_requested.connect(wanted.append)
    body = transcript.live_views["a"].body
    assert body is not None
    body.chip_pressed.emit(1)
    body.chip_pressed.emit(2)
    assert wanted == [citation(answer(), 1), ReadRequested("a")]


def test_nothing_found_shows_the_nearest_passages(transcript: Transcript) -> None:
    near = grounds(0, strategy="nothing", near=(passage(7), passage(8)), note="1 document is not read yet.")
    transcript.set_items([answer(near, Cited())])
    line = line_of(transcript)
    assert line.read.text() == "Nothing about this was found in your documents (193 pages searched)"
    assert [button.accessibleName() for button in line.buttons] == [
        "Near: policy.pdf, page 7",
        "Near: policy.pdf, page 8",
    ]
    assert line.note.text() == "1 document is not read yet."


def test_many_sources_take_two_rows_and_say_how_many_more_there_are(transcript: Transcript) -> None:
    many = grounds(30)
    cited = Cited(tuple(Citation(0, 9, number + 1, number, Span(1, 0, 1, 9)) for number in range(30)))
    transcript.set_items([answer(many, cited)])
    line = line_of(transcript)
    shown = [button for button in line.buttons if button.isVisible()]
    assert 0 < len(shown) < 30
    assert len({button.y() for button in shown}) == 2
    assert line.more.text() == f"{30 - len(shown)} more"
    assert line.more.geometry().right() <= line.width()


def test_while_an_answer_is_written_nothing_stands_below_it(transcript: Transcript) -> None:
    transcript.set_items([answer()])
    item = answer()
    transcript.update_item(MessageItem("a", "assistant", TEXT, "streaming", sourced=None))
    assert line_of(transcript).isHidden()
    transcript.update_item(item)
    assert line_of(transcript).isVisible()


def test_references_that_are_not_shown_are_not_copied() -> None:
    assert copied(answer()).text == "It is so. He says “it is so”. And “it is never so”."


@pytest.mark.parametrize(
    ("deed", "wish"),
    [
        (Deed.SEARCH_AGAIN, RegenerateRequested("a", "passages")),
        (Deed.READ_EVERYTHING, RegenerateRequested("a", "every_part")),
        (Deed.SOURCES, ReadRequested("a")),
    ],
)
def test_an_answer_from_documents_can_be_given_from_more_or_less_of_them(deed: Deed, wish: object) -> None:
    assert deed in offered(answer(), IDLE)
    assert request(deed, answer()) == wish
    assert deed not in offered(MessageItem("a", "assistant", "Hello."), IDLE)


def test_what_was_read_whole_is_not_offered_to_be_read_whole() -> None:
    whole = MessageItem("a", "assistant", TEXT, sourced=Sourced("Read all of it.", "whole"))
    assert Deed.READ_EVERYTHING not in offered(whole, IDLE)
    assert Deed.SEARCH_AGAIN in offered(whole, IDLE)
