"""What a question is searched by: its telling words, the rarest first, and no more of them than time allows.

Common words cost most of the time, so what they are in is only ranked while it is not too much. Up to about 20,000
chunks nothing is left out. Of 100,000 that are all about one subject, nDCG@10 would fall from .37 to .33 (Cranfield,
by a budget as small for its size); leaving out every term in more than 5 % of the chunks would cost three times as much
(docs/retrieval.md).
Operators of the index's language are words like others here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from app.documents.index.counts import Counts
from app.documents.index.stopwords import stop_words
from app.documents.store.words import Among, best_matches
from app.storage.cipher import Connection
from app.words import UNSPACED, tokens_of

MAX_QUERY_CHARACTERS: Final = 2_000
MAX_TERMS: Final = 32
MOST_MATCHES: Final = 40_000
"""Chunks that are ranked for a question, once for each term that they have: about 30 ms, and 20 ms to count them the
first time, in the worst case."""
_LEAST_LETTERS: Final = 5
_LINKS: Final = r"^(?:es|s|en|n)(?=.{5})"
"""What German puts between the words of a compound."""
_PHRASES: Final = r'"([^"]*)"|([^"]+)'


@dataclass(frozen=True, slots=True)
class Term:
    """Words beside each other in this order; of the last one its beginning, where `is_prefix`."""

    tokens: tuple[str, ...]
    is_prefix: bool = False

    @property
    def match(self) -> str:
        """In the language of FTS5, in which a quoted string means nothing but its words."""
        return f'"{" ".join(self.tokens)}"' + (" *" if self.is_prefix else "")


def terms_of(query: str) -> tuple[Term, ...]:
    """The telling words of a question, and "phrases" as such, each once and in order.

    Of scripts that write without spaces it is each two characters beside each other. Stop words are left out, unless
    there is nothing else.
    """
    words: list[str] = []
    phrases: list[Term] = []
    for phrase, plain in re.findall(_PHRASES, query[:MAX_QUERY_CHARACTERS]):
        tokens = tokens_of(phrase)
        if len(tokens) > 1:
            phrases.append(Term(tuple(tokens[:MAX_TERMS])))
        words += tokens if len(tokens) < 2 else []
        words += tokens_of(plain)
    dull = stop_words(words)
    telling = [Term((word,)) for word in words if word not in dull and not _is_unspaced(word)]
    terms = dict.fromkeys([*phrases, *telling, *_pairs(words)])
    return tuple(terms or dict.fromkeys(Term((word,)) for word in words))[:MAX_TERMS]


def find(c: Connection, query: str, among: Among, limit: int, counts: Counts) -> list[int]:
    """The keys of the chunks that fit the words of a question best, the best first."""
    chosen = choose(c, terms_of(query), among, counts)
    return best_matches(c, " OR ".join(term.match for term in chosen), among, limit) if chosen else []


def choose(c: Connection, terms: tuple[Term, ...], among: Among, counts: Counts) -> tuple[Term, ...]:
    """Those of the terms that are searched; the rarest in any case."""
    count_of = counts.counter(c, among, MOST_MATCHES)
    counted = [(count_of(term.match), term) for term in terms]
    for count, term in tuple(counted):
        if not count and len(term.tokens) == 1:
            counted += _beginnings(count_of, term.tokens[0])
    chosen: list[Term] = []
    total = 0
    for count, term in sorted((pair for pair in counted if pair[0]), key=lambda pair: pair[0]):
        total += count
        if chosen and total > MOST_MATCHES:
            break
        chosen.append(term)
    return tuple(chosen)


def _beginnings(count_of: Callable[[str], int], word: str) -> list[tuple[int, Term]]:
    """For a word that stands nowhere: what begins like it, or like both halves of a compound ("Mietvertragsende")."""
    for length in range(len(word), max(_LEAST_LETTERS, len(word) * 2 // 5) - 1, -1):
        begun = Term((word[:length],), is_prefix=True)
        count = count_of(begun.match)
        if count:
            rest = re.sub(_LINKS, "", word[length:])
            ended = Term((rest,), is_prefix=True)
            more = count_of(ended.match) if len(rest) >= _LEAST_LETTERS else 0
            return [(count, begun), (more, ended)]
    return []


def _is_unspaced(word: str) -> bool:
    return re.match(rf"[{UNSPACED}]", word) is not None


def _pairs(words: list[str]) -> list[Term]:
    """Of characters that are words of their own: each with the next, or alone where none is beside it."""
    made: list[Term] = []
    for is_unspaced, run in groupby(words, _is_unspaced):
        characters = list(run) if is_unspaced else []
        made += [Term(pair) for pair in pairwise(characters)] or [Term((one,)) for one in characters]
    return made
