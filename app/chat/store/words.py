"""What a person's search means, and where in a text its words stand.

Index and search see a text alike (`app.words`), and what folds a text keeps every character in its place.
"""

from __future__ import annotations

import re
import unicodedata

from app.chat.store.plain import plain
from app.frozen import dataclass
from app.words import ACCENT, LETTER, folded, tokens_of

MAX_AT_ONCE = 200_000
"""Characters of a message that are indexed while the person waits for its transaction (about 0.1 s)."""
MAX_QUERY_CHARACTERS = 1000
MAX_TERMS = 32
SNIPPET_CHARACTERS = 160
_BEFORE_CHARACTERS = 50
_SLICE_CHARACTERS = 65536
# As text: `re` compiles each when it is first used and keeps it. At import they would cost each start 10 ms.
_BETWEEN = rf"(?:[\W_]|{ACCENT})*"
_START = rf"(?<!{LETTER})(?<!{ACCENT})"
_END = rf"{ACCENT}*(?!{LETTER})"
_TERMS = re.compile(r'"([^"]*)("?)|([^\s"]+)')
_SPACES = re.compile(r"\s+")
_LONGEST_CHARACTER = 12
"""Of what people see as one, in characters: a family of emoji with their colours."""
_JOINER = "\u200d"
_JOINED = ("Mn", "Me", "Mc", "Sk")
"""Categories of characters that belong to the one before: accents, emoji's colours."""


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must stand beside each other in this order; of the last one its beginning, where `is_prefix`."""

    tokens: tuple[str, ...]
    is_prefix: bool = False

    @property
    def match(self) -> str:
        """In the language of FTS5, in which a quoted string means nothing but its words."""
        return f'"{" ".join(self.tokens)}"' + (" *" if self.is_prefix else "")

    @property
    def pattern(self) -> str:
        """A regular expression for folded texts."""
        starts = [_START if _is_letter(token[0]) else "" for token in self.tokens]
        spelled = [f"{ACCENT}*".join(re.escape(letter) for letter in token) for token in self.tokens]
        ends = [_END if _is_letter(token[-1]) else f"{ACCENT}*" for token in self.tokens]
        if self.is_prefix:
            ends[-1] = f"{ACCENT}*"
        return _BETWEEN.join(start + word + end for start, word, end in zip(starts, spelled, ends, strict=True))


def terms_of(query: str) -> tuple[Term, ...]:
    """What must occur: every word, and "phrases" as such. The last word may be a beginning of two letters or more.

    Operators of the index's language are words like others here. Empty where the query has no words.
    """
    terms = []
    for quoted, closed, word in _TERMS.findall(query[:MAX_QUERY_CHARACTERS])[:MAX_TERMS]:
        tokens = tuple(tokens_of(quoted or word))
        if tokens:
            terms.append(Term(tokens, is_prefix=not closed and len(tokens[-1]) > 1))
    return (*(Term(term.tokens) for term in terms[:-1]), *terms[-1:])


def match_of(terms: tuple[Term, ...]) -> str:
    """The whole search in the language of FTS5."""
    return " AND ".join(term.match for term in terms)


class Finder:
    """Shows where the words of a search stand."""

    def __init__(self, terms: tuple[Term, ...]) -> None:
        self._tokens = [token for term in terms for token in term.tokens]
        self._each = [re.compile(term.pattern) for term in terms]
        self._any = re.compile("|".join(f"(?:{term.pattern})" for term in terms))

    def has_all(self, text: str) -> bool:
        """Whether every word of the search stands in this (short) text."""
        plain = folded(text)
        bare = plain.replace(ACCENT, "")
        # Most texts lack a word altogether, which is seen without a regular expression.
        return all(token in bare for token in self._tokens) and all(pattern.search(plain) for pattern in self._each)

    def marks(self, text: str) -> tuple[tuple[int, int], ...]:
        """First and last-but-one position of each match in a (short) text."""
        return tuple(match.span() for match in self._any.finditer(folded(text)))

    def first(self, text: str) -> int | None:
        """Where the first match in a text of any length begins."""
        for start in range(0, len(text), _SLICE_CHARACTERS):
            begin = max(0, start - SNIPPET_CHARACTERS)
            match = self._any.search(folded(text[begin : start + _SLICE_CHARACTERS + SNIPPET_CHARACTERS]))
            if match is not None:
                return begin + match.start()
        return None

    def snippet(self, text: str, *, is_message: bool = False) -> tuple[str, tuple[tuple[int, int], ...]] | None:
        """About SNIPPET_CHARACTERS around the first match, in one line, and the marks in them; None without one.

        Of a message it is what is read: without Markdown and TeX, unless the match is in what they leave out.
        """
        at = self.first(text)
        if at is None:
            return None
        line = _around(text, at, is_message=is_message)
        marks = self.marks(line)
        return (line, marks) if marks or not is_message else self.snippet(text)


def beginning(text: str) -> str:
    """The snippet of a message in which nothing is marked."""
    return _around(text, 0, is_message=True)


def _is_letter(character: str) -> bool:
    return re.match(LETTER, character) is not None


def _around(text: str, at: int, *, is_message: bool) -> str:
    """Whole words where they are not endless, and never half of a character that is made of several."""
    begin = max(0, at - _BEFORE_CHARACTERS)
    if begin:
        space = text.find(" ", begin, at)
        begin = _not_inside(text, begin if space < 0 else space + 1)
    end = min(len(text), begin + SNIPPET_CHARACTERS - 2)
    if end < len(text):
        space = max(
            text.rfind(" ", at + SNIPPET_CHARACTERS // 2, end), text.rfind("\n", at + SNIPPET_CHARACTERS // 2, end)
        )
        end = _not_inside(text, end if space < 0 else space)
    stretch = plain(text[begin:end]) if is_message else text[begin:end]
    line = _SPACES.sub(" ", stretch).strip()
    return ("…" if text[:begin].strip() else "") + line + ("…" if text[end:].strip() else "")


def _not_inside(text: str, place: int) -> int:
    """The nearest place before this one that is not in the middle of a character as people see it."""
    first = max(0, place - _LONGEST_CHARACTER)
    while place > first and place < len(text) and _is_joined(text, place):
        place -= 1
    return place


def _is_joined(text: str, place: int) -> bool:
    here, before = text[place], text[place - 1]
    if _is_flag_half(here):  # a flag is two of these, counted from the first in their row
        begin = place
        while begin and _is_flag_half(text[begin - 1]):
            begin -= 1
        return (place - begin) % 2 == 1
    return here == _JOINER or before == _JOINER or unicodedata.category(here) in _JOINED


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
