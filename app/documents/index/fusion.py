"""Two rankings as one: reciprocal rank fusion, then neighbours merged and repetitions dropped.

score = sum of 1 / (60 + rank) over the rankings (Cormack, Clarke and Buettcher, SIGIR 2009). No diversity beyond
that: maximal marginal relevance cost a fifth of the quality where it was measured (arXiv 2604.13728).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.documents.parts import Span

RRF_K: Final = 60
CANDIDATES: Final = 100
"""Of each ranking."""
MOST_MERGED: Final = 4
"""Chunks in one passage: about a thousand tokens."""
_SAME_SHARE: Final = 0.9
_RUN: Final = 4
"""Words of the runs that two texts are compared by."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A chunk in the ranking of both; `ranks` are its places in them, from 1, and 0 where it is in none.

    `similarity` is the cosine by which it is in the second.
    """

    key: int
    score: float
    ranks: tuple[int, int]
    similarity: float | None = None


def fuse(by_words: Sequence[int], by_meaning: Sequence[tuple[int, float]], limit: int) -> list[Ranked]:
    """Keys in the order of each ranking, those by meaning with their similarity; the best `limit` of both."""
    near = dict(by_meaning)
    said = {key: place for place, key in enumerate(by_words, 1)}
    meant = {key: place for place, key in enumerate(near, 1)}
    scores = {key: 1 / (RRF_K + place) for key, place in said.items()}
    for key, place in meant.items():
        scores[key] = scores.get(key, 0.0) + 1 / (RRF_K + place)
    # Of equals the one that says the words is first: another may only be near because its betters have no vector yet.
    best = sorted(scores, key=lambda key: (-scores[key], key not in said, key))[:limit]
    return [Ranked(key, scores[key], (said.get(key, 0), meant.get(key, 0)), near.get(key)) for key in best]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where a passage stands: a chunk, or several neighbours; rank and similarity are the best of theirs."""

    document: int
    span: Span
    best: Ranked
    chunks: int = 1


def merge(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Those that touch or overlap as one, in the place of the better one."""
    made: list[Stretch] = []
    for one in stretches:
        whole = one
        for other in [other for other in made if _are_neighbours(other, whole)]:
            if other.chunks + whole.chunks <= MOST_MERGED:
                made.remove(other)
                whole = _joined(other, whole)
        made.append(whole)
    return sorted(made, key=lambda one: (-one.best.score, not one.best.ranks[0], one.best.key))


class Repetitions:
    """Tells texts that nearly repeat one that was seen before."""

    def __init__(self) -> None:
        self._seen: list[frozenset[int]] = []

    def has(self, text: str) -> bool:
        """Whether a text repeats another that this was asked about."""
        runs = _runs(text)
        for seen in self._seen:
            fewer, more = sorted((len(runs), len(seen)))
            if fewer >= _SAME_SHARE * more and len(runs & seen) >= _SAME_SHARE * more:
                return True
        self._seen.append(runs)
        return False


def _runs(text: str) -> frozenset[int]:
    words = re.findall(r"\w+", text.casefold()) or [text]
    if len(words) < _RUN:
        return frozenset([hash(tuple(words))])
    return frozenset(map(hash, zip(*(words[place:] for place in range(_RUN)), strict=False)))


def _are_neighbours(one: Stretch, other: Stretch) -> bool:
    """Within one part, or where both go on over the same break; with nothing but a gap between paragraphs apart."""
    if one.document != other.document:
        return False
    first, second = sorted((one.span, other.span), key=lambda span: (span.first, span.start))
    return (second.first, second.start) <= (first.last, first.end + _GAP)


_GAP: Final = 4
"""Characters between the end of a paragraph and the beginning of the next."""


def _joined(one: Stretch, other: Stretch) -> Stretch:
    first = min((one.span, other.span), key=lambda span: (span.first, span.start))
    last = max((one.span, other.span), key=lambda span: (span.last, span.end))
    span = Span(first.first, first.start, last.last, last.end)
    best = max((one.best, other.best), key=lambda ranked: ranked.score)
    similarities = [of for of in (one.best.similarity, other.best.similarity) if of is not None]
    best = replace(best, similarity=max(similarities, default=None))
    return Stretch(one.document, span, best, one.chunks + other.chunks)
