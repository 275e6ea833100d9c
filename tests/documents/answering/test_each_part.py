"""Every part in turn: nothing is left out, notes know where they come from, and it can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.documents.answering import each_part
from app.documents.answering.each_part import Note, Stretch, condensed, notes_on, stretches
from app.documents.answering.events import EachPart, GroundEvent
from app.documents.answering.strategy import estimated_tokens
from app.documents.parts import Span
from app.documents.records import Passage
from app.engine.client import Stop
from app.engine.fake import FakeEngine, Script
from app.engine.protocol import Message
from app.errors import Cancelled, ContextFull, EngineDied
from tests.chat.talk import Listening

QUESTION = "Summarise the agreement."


def page(number: int, text: str, document: str = "d") -> Passage:
    return Passage(document, f"{document}.pdf", "page", str(number + 1), Span(number, 0, number, len(text)), "", text)


PAGES = [
    page(number, f"Clause {number} says that party {number} pays {number * 100} euros. " * 5) for number in range(9)
]


def ticks() -> Iterator[float]:
    now = 0.0
    while True:
        yield now
        now += 10.0


@pytest.mark.parametrize("most_tokens", [20, 100, 250, 10_000])
def test_stretches_hold_every_character_once_and_in_order(most_tokens: int) -> None:
    read = list(stretches(PAGES, most_tokens))
    for number, original in enumerate(PAGES):
        pieces = [one for stretch in read for one in stretch.passages if one.span.first == number]
        assert "".join(piece.text for piece in pieces) == original.text
        assert all(original.text[piece.span.start : piece.span.end] == piece.text for piece in pieces)
    assert all(sum(estimated_tokens(one.text) for one in stretch.passages) <= most_tokens for stretch in read)


def test_documents_are_never_read_together() -> None:
    read = list(stretches([page(0, "one"), page(0, "two", "e"), page(1, "three", "e")], 1_000))
    assert [[one.document_id for one in stretch.passages] for stretch in read] == [["d"], ["e", "e"]]
    assert [stretch.where for stretch in read] == ['"d.pdf", page 1', '"e.pdf", page 1 to 2']


def test_each_stretch_is_read_with_progress_and_its_notes_know_what_bears_them_out() -> None:
    events: list[GroundEvent] = []
    clock = ticks()
    answers = ("- Party 0 pays 0 euros under clause 0.", "nothing", "Party 2 pays 200 euros.")
    engine = Listening(Script(answers=answers))
    read = [Stretch((one,)) for one in PAGES[:3]]
    count = sum(one.characters for one in read)
    notes = notes_on(
        engine, QUESTION, read, characters=count, on_event=events.append, stop=Stop(), now=lambda: next(clock)
    )
    assert [note.where for note in notes] == ['"d.pdf", page 1', '"d.pdf", page 3']
    assert notes[1].borne[0].span.first == 2
    assert "party 2 pays 200 euros" in notes[1].borne[0].text
    assert PAGES[2].text[notes[1].borne[0].span.start : notes[1].borne[0].span.end] == notes[1].borne[0].text
    assert events == [EachPart(0, 3, None), EachPart(1, 3, 20.0), EachPart(2, 3, 10.0), EachPart(3, 3, 0.0)]
    assert all(QUESTION in heard[-1].text and "Clause" in heard[-1].text for heard in engine.heard)


def test_a_stretch_that_is_longer_than_was_estimated_is_halved() -> None:
    engine = Listening(Script(answers=("Party pays.",), context_tokens=400))
    long = Stretch((page(0, "one two three " * 200),))
    notes = notes_on(engine, QUESTION, [long], characters=long.characters, on_event=lambda _event: None, stop=Stop())
    assert len(notes) > 1
    tiny = FakeEngine(Script(context_tokens=20))
    with pytest.raises(ContextFull):
        notes_on(tiny, QUESTION, [long], characters=long.characters, on_event=lambda _event: None, stop=Stop())


def test_a_dead_engine_is_told() -> None:
    engine = FakeEngine(Script(dies_after_tokens=0))
    with pytest.raises(EngineDied):
        notes_on(engine, QUESTION, [Stretch((PAGES[0],))], characters=1, on_event=lambda _event: None, stop=Stop())


def test_stop_ends_it_between_words() -> None:
    stop, failed = Stop(), list[Cancelled]()

    def read() -> None:
        engine = FakeEngine(Script(hangs_after_tokens=1))
        try:
            notes_on(engine, QUESTION, [Stretch((PAGES[0],))], characters=1, on_event=lambda _event: None, stop=stop)
        except Cancelled as cancelled:
            failed.append(cancelled)

    worker = threading.Thread(target=read)
    worker.start()
    stop.set()
    worker.join(10)
    assert len(failed) == 1


def test_notes_that_are_too_many_are_written_shorter_and_keep_their_sources() -> None:
    notes = [Note(f"page {number}", "long note " * 40, (PAGES[number],)) for number in range(8)]
    engine = Listening(Script(answers=("Short.",)))
    kept = condensed(engine, QUESTION, notes, room_tokens=400, stop=Stop())
    assert len(kept) < len(notes)
    assert all(note.text == "Short." for note in kept)
    assert sum(len(note.borne) for note in kept) == len(notes)
    assert kept[0].where == "page 0 and on"


def test_notes_that_never_get_shorter_lose_their_end_instead_of_the_room() -> None:
    notes = [Note(f"page {number}", "long note " * 40) for number in range(8)]
    engine = FakeEngine(Script(answers=("long note " * 200,)))
    kept = condensed(engine, QUESTION, notes, room_tokens=300, stop=Stop())
    assert len(kept) == 1


def test_notes_that_fit_stay_as_they_are() -> None:
    notes = [Note("page 1", "short")]
    engine = Listening()
    assert condensed(engine, QUESTION, notes, room_tokens=400, stop=Stop()) == notes
    assert engine.heard == []
    assert Message("user", each_part.prompt(notes)).text.count("short") == 1
