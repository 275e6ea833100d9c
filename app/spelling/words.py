"""Which words of a message are worth checking: those of sentences, and nothing that stands in code, addresses, numbers
or names of things."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.frozen import dataclass

TEXT_CHARACTERS_MAX = 20_000
_FENCE = re.compile(r"^ {0,3}(```+|~~~+).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.M | re.S)
_INLINE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)|`[^`\n]*\Z", re.S)
_PIECE = re.compile(r"\S+")
_SYMBOLS = re.compile(r"[\d_@/\\<>{}=$#|~^+]|\w[.:]\w|^(?:-+|\.)\w")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_HUMP = re.compile(r"[^\W\d_]*[a-zà-öø-ÿ][A-ZÀ-ÖØ-Þ]")


@dataclass(frozen=True, slots=True)
class Word:
    """`start` and `end` count characters of the text, as Python does."""

    start: int
    end: int
    text: str


def words_in(text: str) -> tuple[Word, ...]:
    """The words to check; none of a text over 20,000 characters, which was hardly typed."""
    return tuple(_words(text)) if len(text) <= TEXT_CHARACTERS_MAX else ()


def _words(text: str) -> Iterator[Word]:
    prose = _INLINE.sub(_blank, _FENCE.sub(_blank, text))
    for piece in _PIECE.finditer(prose):
        if _SYMBOLS.search(piece.group()):
            continue
        for match in _WORD.finditer(piece.group()):
            word = match.group()
            if len(word) > 1 and not word.isupper() and not _HUMP.match(word):
                yield Word(piece.start() + match.start(), piece.start() + match.end(), word)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"\S", " ", match.group())
