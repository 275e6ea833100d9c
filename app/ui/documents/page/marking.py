"""The part of a passage that shows why it was found, and where the words searched for stand in it."""

from __future__ import annotations

import re

from app import words
from app.documents.index.stopwords import stop_words
from app.frozen import dataclass

MOST_CHARACTERS = 280
_BEFORE = 60  # characters ahead of the first word that was searched for
_ENDINGS = 3  # letters: what words of one stem may differ in at their ends
_LEAST_STEM = 4


@dataclass(frozen=True, slots=True)
class Snippet:
    """One line of text. `marks` are stretches of it, each (start, end)."""

    text: str
    marks: tuple[tuple[int, int], ...]


def snippet(text: str, query: str) -> Snippet:
    """From a little before the first word of the query; from the beginning where it was found by meaning."""
    line = " ".join(text.split())
    asked = words.tokens_of(query)
    asked = [word for word in asked if word not in stop_words(asked)] or asked
    marks = [
        (found.start(), found.end())
        for found in re.finditer(words.TOKENS, words.folded(line))
        if any(_is_like(found.group(), word) for word in asked)
    ]
    start = 0
    if marks and marks[0][0] > _BEFORE:
        start = line.find(" ", marks[0][0] - _BEFORE, marks[0][0]) + 1
    shown = line[start : start + MOST_CHARACTERS]
    head, tail = ("…" if start else ""), ("…" if start + MOST_CHARACTERS < len(line) else "")
    shift = len(head) - start
    seen = [(left + shift, right + shift) for left, right in marks if left >= start and right <= start + len(shown)]
    return Snippet(f"{head}{shown}{tail}", tuple(seen))


def _is_like(word: str, asked: str) -> bool:
    """As the index sees it: endings do not count. A mark too many does no harm."""
    if len(asked) < _LEAST_STEM:
        return word == asked
    stem = asked[: max(_LEAST_STEM, len(asked) - _ENDINGS)]
    return word.startswith(stem) and abs(len(word) - len(asked)) <= _ENDINGS
