"""Answering over the real store: what is cited stands in the document at exactly that place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.documents.answering.answerer import Answerer
from app.documents.answering.found import FAR_IN_MEANING, NEAR_IN_MEANING
from app.documents.answering.said import said
from app.documents.answering.strategy import Speed
from app.documents.citing.matching import cite
from app.documents.embedding import models
from app.documents.embedding.embedder import EngineEmbedder
from app.documents.grounds import Grounds
from app.documents.records import Scope
from app.engine.client import Stop
from app.engine.fake import FakeEngine, Script
from app.models import embedder
from tests.documents import plainly
from tests.documents.plainly import Shelf

PAGES = [
    f"# Flat {number}\n\nThe tenant of flat {number} pays {number}00 euros.\n\n" + "The usual terms hold. " * 60
    for number in range(10, 60)
]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    yield from plainly.shelf(tmp_path)


@pytest.mark.parametrize("room_tokens", [1_500, 20_000])
def test_citations_point_into_the_document_itself(shelf: Shelf, room_tokens: int) -> None:
    lease, menu = shelf.add(lease="\f".join(PAGES), menu="The soup costs 4 euros.\fThe cake costs 3 euros.")
    grounds = Answerer(shelf.library).ground(
        "What does the tenant of flat 17 pay?",
        Scope((lease, menu)),
        FakeEngine(Script(context_tokens=32_768)),
        room_tokens=room_tokens,
        speed=Speed(10_000, 1_000),
        stop=Stop(),
    )
    assert grounds.strategy == ("passages" if room_tokens == 1_500 else "whole")
    assert set(grounds.documents) == {lease, menu}
    assert "pages" in said(grounds)
    answer = 'The lease says "tenant of flat 17 pays 1700 euros".\n\nThe tenant of flat 17 pays 1700 euros [1].'
    cited = cite(answer, grounds).citations
    assert [citation.is_literal for citation in cited] == [True, None]
    for citation in cited:
        part = shelf.library.part(grounds.passages[citation.passage].document_id, citation.span.first)
        assert "flat 17 pays 1700 euros" in part.text[citation.span.start : citation.span.end]


@pytest.mark.model
def test_a_question_far_from_all_documents_finds_nothing_and_shows_what_is_nearest(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.embedder = minilm = EngineEmbedder(models.starter(), embedder.embedder(tmp_path / "minilm"))
    try:
        (own,) = shelf.add(lease="\f".join(PAGES[:8]))

        def ground(question: str) -> Grounds:
            engine = FakeEngine(Script(context_tokens=8192))
            return Answerer(shelf.library).ground(
                question, Scope((own,)), engine, room_tokens=1_500, stop=Stop(), wanted="passages"
            )

        far = ground("How do I prune an apple tree in winter?")
        assert (far.strategy, far.passages) == ("nothing", ())
        assert far.near
        assert max(passage.similarity or 0.0 for passage in far.near) < FAR_IN_MEANING
        close = ground("How much money does the renter owe?")
        assert close.strategy == "passages"
        assert max(passage.similarity or 0.0 for passage in close.passages) > NEAR_IN_MEANING
    finally:
        minilm.close()


def test_every_passage_says_what_stands_at_its_place_however_many_pages_it_covers(shelf: Shelf) -> None:
    (own,) = shelf.add(list="\f".join(f"Item {number}: the pump of type {number}." for number in range(40)))
    grounds = Answerer(shelf.library).ground(
        "Which pump is of type 7?",
        Scope((own,)),
        FakeEngine(Script(context_tokens=8192)),
        room_tokens=2_000,
        stop=Stop(),
        wanted="passages",
    )
    assert grounds.passages
    for passage in grounds.passages:
        parts = [shelf.library.part(own, number).text for number in range(passage.span.first, passage.span.last + 1)]
        assert len(parts) <= 2
        end = len("\n".join(parts)) - len(parts[-1]) + passage.span.end
        assert "\n".join(parts)[passage.span.start : end] == passage.text
