"""Whether a text repeats given words: whole sentences of them, or more words in a row than anybody writes by chance.

Marks of Markdown, references like [1], case and accents do not matter. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from app.words import tokens_of

IN_A_ROW = 8
LEAST_WORDS = 4  # of a sentence: shorter ones are said of anything
# As text: `re` compiles each when it is first used and keeps it, so that no start pays for them.
_REFERENCE = r"\[\d{1,3}\]"
_SENTENCE = r"[^.!?。！？\n]*+(?:[.!?。！？]++|\n|$)"  # tries nothing twice


class Words:
    """Of all that is not to be repeated. What was found of a text is remembered."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = frozenset(texts)
        self._sentences: set[tuple[str, ...]] = set()
        self._runs: set[tuple[str, ...]] = set()
        self._found: dict[str, bool] = {}
        for text in self._texts:
            self._sentences.update(found for one in _sentences(text) if len(found := _words(one)) >= LEAST_WORDS)
            self._runs.update(_runs(_words(text)))

    def __bool__(self) -> bool:
        return bool(self._sentences or self._runs)

    def are_of(self, texts: Iterable[str]) -> bool:
        return self._texts == frozenset(texts)

    def stand_in(self, text: str) -> bool:
        if text not in self._found:
            self._found[text] = bool(self) and self._is_repeated_in(text)
        return self._found[text]

    def taken_from(self, text: str) -> str:
        """The text without sentences that repeat them."""
        kept = "".join(one for one in _sentences(text) if not self._is_one(one)).strip()
        return "" if self.stand_in(kept) else kept  # what runs over the end of a sentence is one with it

    def _is_repeated_in(self, text: str) -> bool:
        if self._runs and not self._runs.isdisjoint(_runs(_words(text))):
            return True
        return bool(self._sentences) and any(_words(one) in self._sentences for one in _sentences(text))

    def _is_one(self, sentence: str) -> bool:
        found = _words(sentence)
        return found in self._sentences or not self._runs.isdisjoint(_runs(found))


def _sentences(text: str) -> Iterator[str]:
    """All of it, in its order."""
    return (match.group() for match in re.finditer(_SENTENCE, text) if match.group())


def _words(text: str) -> tuple[str, ...]:
    return tuple(tokens_of(re.sub(_REFERENCE, " ", text)))


def _runs(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return (words[at : at + IN_A_ROW] for at in range(len(words) - IN_A_ROW + 1))
