"""Which of the passages that were found are read, where there is no room for all of them.

The first ones, whole. Where there is no room for even one, sentences of it: around that which has most of the
question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.documents.answering import fencing
from app.documents.answering.strategy import estimated_tokens
from app.documents.citing.matching import span_of
from app.documents.citing.sentences import Stretch, sentences
from app.documents.citing.terms import terms
from app.documents.records import Passage

Fits = Callable[[Sequence[Passage]], bool]
"""Whether so much can be read."""


def first_ones(passages: Sequence[Passage], most_tokens: int) -> list[Passage]:
    """As many as there is room for by an estimate; at least one."""
    kept: list[Passage] = []
    tokens = 0
    for passage in passages:
        tokens += estimated_tokens(passage.text) + estimated_tokens(fencing.where(passage)) + 8
        if kept and tokens > most_tokens:
            break
        kept.append(passage)
    return kept


def cut_to_fit(passage: Passage, query: str, fits: Fits) -> Passage | None:
    """So many whole sentences of one part's passage as fit; None where not even one does."""
    found = sentences(passage.text, Stretch(0, len(passage.text)))
    if not found:
        return None
    first = last = _best(passage.text, found, query)
    kept = _between(passage, found[first], found[last])
    if not fits([kept]):
        return None
    is_growing = True
    while is_growing:
        is_growing = False
        for before, after in ((0, 1), (1, 0)):  # what follows a sentence mostly says more of it than what precedes it
            start, end = first - before, last + after
            if start < 0 or end == len(found):
                continue
            longer = _between(passage, found[start], found[end])
            if fits([longer]):
                first, last, kept, is_growing = start, end, longer, True
    return kept


def _best(text: str, found: Sequence[Stretch], query: str) -> int:
    """The sentence that shares most words with the question; the first of these."""
    wanted = {term.text for term in terms(query)}
    shared = [len(wanted & {term.text for term in terms(text, one.start, one.end)}) for one in found]
    return shared.index(max(shared))


def _between(passage: Passage, first: Stretch, last: Stretch) -> Passage:
    start, end = first.start, last.end
    return replace(passage, span=span_of(passage, start, end), text=passage.text[start:end])
