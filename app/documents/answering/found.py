"""Whether anything that was found has to do with the question, so that "not in your documents" can be said plainly.

It errs towards found: passages that do not answer cost the model a moment, a wrong "no" costs the person the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.documents.citing.terms import Term, stem, terms
from app.documents.records import Passage

# Measured with MiniLM on 160 documents of Cranfield: the nearest passage to 60 of its questions had a cosine of 0.21 to
# 0.80 (median 0.57) and shared 18 to 100 % of their weight; to 16 questions about other things 0.07 to 0.17, and up to
# 50 % for words like "when" something is "due".
NEAR_IN_MEANING = 0.25
FAR_IN_MEANING = 0.18
LEAST_SHARE = 0.15  # of what the question asks for, that must stand in one passage where nothing is near in meaning
LEAST_SHARE_OF_FAR = 0.6
_PROPER_WEIGHT = 2.0  # of names and numbers: a question about them is about nothing else
_ASKING = ("tell", "find", "show", "explain", "know", "want", "need", "please", "give", "sag", "zeig", "bitte", "dime")


def is_found(query: str, passages: Sequence[Passage], similarity: float | None = None) -> bool:
    """By the words of the query that stand in the passages, and by the nearest one's cosine, None if not measured."""
    if not passages:
        return False
    if similarity is not None and similarity >= NEAR_IN_MEANING:
        return True
    weights = _weights(terms(query))
    if not weights:
        return True  # it asks for nothing that could be missing
    best = max(_shared(weights, passage) for passage in passages) / sum(weights.values())
    is_far = similarity is not None and similarity < FAR_IN_MEANING
    return best >= (LEAST_SHARE_OF_FAR if is_far else LEAST_SHARE)


def similarity_of(passages: Sequence[Passage]) -> float | None:
    """Of the nearest one to the query; None where the store has no vectors."""
    measured = [passage.similarity for passage in passages]
    return max((value for value in measured if value is not None), default=None)


def _weights(found: Iterable[Term]) -> dict[str, float]:
    asking = {stem(word) for word in _ASKING}
    weights: dict[str, float] = {}
    is_first = True
    for term in found:
        if term.text not in asking:
            weights[term.text] = _PROPER_WEIGHT if term.is_number or (term.is_proper and not is_first) else 1.0
        is_first = False
    return weights


def _shared(weights: dict[str, float], passage: Passage) -> float:
    text = f"{passage.text}\n{passage.heading}\n{passage.document_name}"
    return sum(weights[word] for word in {term.text for term in terms(text)} & weights.keys())
