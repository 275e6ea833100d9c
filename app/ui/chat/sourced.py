"""What an answer's grounds and citations say, as the transcript shows it. Pure."""

from __future__ import annotations

from app.chat.tree import Message
from app.documents.answering.said import said
from app.documents.grounds import NOWHERE, Grounds
from app.documents.places import passage_words
from app.documents.records import Passage
from app.text import plural
from app.ui.chat.items import ChipItem, CitationRequested, Sourced, SourceItem


def sourced(message: Message) -> Sourced | None:
    """None for an answer that was not given from documents."""
    grounds, citations = message.grounds, message.cited.citations
    if grounds is None:
        return None
    numbers = {cited.passage: cited.number for cited in citations if cited.passage != NOWHERE}
    by_number = sorted(numbers, key=lambda passage: numbers[passage])
    places = {passage: place for place, passage in enumerate(by_number)}
    return Sourced(
        said=said(grounds),
        strategy=grounds.strategy,
        note=_note(grounds),
        sources=tuple(_source(grounds.passages[passage], numbers[passage]) for passage in by_number),
        near=tuple(_source(passage, 0) for passage in grounds.near),
        chips=tuple(
            ChipItem(one.start, one.end, one.number, places.get(one.passage, -1), one.span, one.is_literal)
            for one in citations
        ),
        hidden=message.cited.markers,
    )


def place_of(id_: str, text: str, made: Sourced, place: int) -> CitationRequested | None:
    """What the chip at `place` of the answer `id_` asks for; None where its words stand nowhere."""
    chip = made.chips[place]
    if chip.source < 0:
        return None
    words = text[chip.start : chip.end] if chip.is_literal else ""
    return CitationRequested(id_, chip.number, made.sources[chip.source].document_id, chip.span, words)


def _source(passage: Passage, number: int) -> SourceItem:
    return SourceItem(number, passage.document_id, passage_words(passage), passage.span)


def _note(grounds: Grounds) -> str:
    hidden = plural(
        "A stretch of text that a person would not see was left out.",
        "{count} stretches of text that a person would not see were left out.",
        grounds.hidden,
    )
    return f"{grounds.note} {hidden if grounds.hidden else ''}".strip()
