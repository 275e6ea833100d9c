"""Which words a text is found by, what a person's search means, and where in a text its words stand.

Index and search see a text alike: lower case, without accents (of any alphabet), and every character of a script that
writes without spaces as a word of its own, so that it is found inside a run. Folding keeps every character in its
place, so positions in the folded text are positions in the text itself.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from app.chat.store.plain import plain

MAX_AT_ONCE = 200_000
"""Characters of a message that are indexed while the person waits for its transaction (about 0.1 s)."""
MAX_QUERY_CHARACTERS = 1000
MAX_TERMS = 32
SNIPPET_CHARACTERS = 160
_BEFORE_CHARACTERS = 50
_SLICE_CHARACTERS = 65536
_ACCENT = "\u0300"
"""What every combining accent is folded to; it stands for nothing."""

# Han, kana, bopomofo, Hangul; Thai, Lao, Myanmar, Khmer.
_UNSPACED = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7fb\uf900-\ufaff\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
    "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff"
)
_LETTER = rf"[^\W_{_UNSPACED}]"
# As text: `re` compiles each when it is first used and keeps it. At import they would cost each start 10 ms.
_TOKENS = rf"[{_UNSPACED}]|{_LETTER}+"
_UNSPACED_ONE = rf"([{_UNSPACED}])"
_BETWEEN = rf"(?:[\W_]|{_ACCENT})*"
_START = rf"(?<!{_LETTER})(?<!{_ACCENT})"
_END = rf"{_ACCENT}*(?!{_LETTER})"
_TERMS = re.compile(r'"([^"]*)("?)|([^\s"]+)')
_GAPS = rf"[^\w{_UNSPACED}]+"
_SPACES = re.compile(r"\s+")
_LONGEST_CHARACTER = 12
"""Of what people see as one, in characters: a family of emoji with their colours."""
_JOINER = "\u200d"
_JOINED = ("Mn", "Me", "Mc", "Sk")
"""Categories of characters that belong to the one before: accents, emoji's colours."""


class _Folded(dict[int, str]):
    """Each character in its plainest form, always exactly one; a table for str.translate that fills itself."""

    def __missing__(self, code: int) -> str:
        made = self[code] = _folded(chr(code))
        return made


def _folded(character: str) -> str:
    if "\u0300" <= character <= "\u036f":
        return _ACCENT
    parts = unicodedata.normalize("NFKD", character)
    if len(parts) > 1 and all("\u0300" <= part <= "\u036f" for part in parts[1:]):
        character = parts[0]
    elif len(parts) == 1:
        character = parts
    lower = character.casefold()
    return lower if len(lower) == 1 else character.lower()[0]


_FOLDED = _Folded()


def folded(text: str) -> str:
    """As index and search see it, and exactly as long."""
    return text.lower() if text.isascii() else text.translate(_FOLDED)


def words_of(text: str) -> str:
    """What the index is given of a text: only letters and spaces, so that its tokeniser has no mind of its own."""
    if text.isascii():
        return text.replace("\0", " ")
    plain = re.sub(_GAPS, " ", folded(text).replace(_ACCENT, ""))
    return re.sub(_UNSPACED_ONE, r" \1 ", plain)


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
        spelled = [f"{_ACCENT}*".join(re.escape(letter) for letter in token) for token in self.tokens]
        ends = [_END if _is_letter(token[-1]) else f"{_ACCENT}*" for token in self.tokens]
        if self.is_prefix:
            ends[-1] = f"{_ACCENT}*"
        return _BETWEEN.join(start + word + end for start, word, end in zip(starts, spelled, ends, strict=True))


def terms_of(query: str) -> tuple[Term, ...]:
    """What must occur: every word, and "phrases" as such. The last word may be a beginning of two letters or more.

    Operators of the index's language are words like others here. Empty where the query has no words.
    """
    terms = []
    for quoted, closed, word in _TERMS.findall(query[:MAX_QUERY_CHARACTERS])[:MAX_TERMS]:
        tokens = tuple(re.findall(_TOKENS, folded(quoted or word).replace(_ACCENT, "")))
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
        bare = plain.replace(_ACCENT, "")
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
    return re.match(_LETTER, character) is not None


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
