"""Found, or not in the documents: a wrong "no" is worse than a passage too many."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.documents.answering.found import is_found, similarity_of
from app.documents.parts import Span
from app.documents.records import Passage


def passage(text: str, name: str = "lease.pdf") -> Passage:
    return Passage("d", name, "page", "1", Span(0, 0, 0, len(text)), "", text)


LEASE = (
    passage("The rent is due on the first day of each month."),
    passage("Pets are allowed with the landlord's leave."),
)


@pytest.mark.parametrize(
    "query",
    [
        "When is the rent due?",
        "Are pets allowed?",
        "Can I keep a dog or other pets in the flat?",
        "What happens if the rent is late?",
        "What is in lease.pdf?",
        "Why?",
        "",
    ],
)
def test_what_has_to_do_with_it_counts_as_found(query: str) -> None:
    assert is_found(query, LEASE)


@pytest.mark.parametrize(
    "query",
    [
        "Which vaccine did Maria Alvarez receive in Porto?",
        "How do I bake sourdough bread?",
        "Wer gewann die Fußballweltmeisterschaft 1974?",
    ],
)
def test_what_is_about_something_else_does_not(query: str) -> None:
    assert not is_found(query, LEASE)


def test_no_passages_are_no_find() -> None:
    assert not is_found("When is the rent due?", ())


def test_nearness_in_meaning_decides_where_it_was_measured() -> None:
    query = "May I have a dog?"
    assert not is_found(query, LEASE), "no word of it is there"
    assert is_found(query, LEASE, 0.4), "a dog is a pet"
    assert not is_found("When is the tax on wine due each year?", LEASE, 0.1), "a few common words are not enough"
    assert is_found("When is the tax on wine due each year?", LEASE, 0.2)
    assert similarity_of(LEASE) is None
    assert similarity_of((LEASE[0], replace(LEASE[1], similarity=0.3), replace(LEASE[1], similarity=0.2))) == 0.3
