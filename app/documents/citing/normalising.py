"""A text as its words and nothing of how it was set, with the way back to its own characters.

White space, quotation marks, ligatures and soft hyphens are made alike. Dashes are taken out of the text and kept
beside it: a hyphen at the end of a line may belong to the word or to the line, so that only a comparison can tell.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

CJK = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u312f\u3131-\u318e\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff"
)
"""Scripts that put no spaces between words. Hangul does, and is like others."""
QUOTES = "\"'`´‘’‚‛“”„‟«»‹›′″「」『』〝〞＂＇"
DASHES = "-‐‑‒–—―−⁃﹘﹣－"
BROKEN = "\u0002\ufffe"
"""What PDFium writes for a hyphen at the end of a line."""

# As text: `re` compiles it when it is first used and keeps it. The first that fits counts.
_ODD = rf"""
  (?P<broken>(?<=[^\W\d_])(?:[-‐\u00ad][ \t]*\r?\n\s*|[{BROKEN}]\s*)(?=[^\W\d_]))
| (?P<dash>\s*(?:[{DASHES}]+(?:\s*[{DASHES}]+)*)\s*)
| (?P<nothing>[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff{BROKEN}\u0000]+
    |(?<![\w*])[*_]+(?=[^\s*_])|(?<=[^\s*_])[*_]+(?![\w*])|(?<=\*)\*(?=\w)|(?m:^)[ \t]*(?:>[ \t]?)+)
| (?P<mark>\s*[{QUOTES}]+\s*)
| (?P<space>\s+)
| (?P<dots>…)
| (?P<form>[\ufb00-\ufb4f\uff01-\uff5e\u2126\u212a\u212b])
| (?P<combined>\w[\u0300-\u036f]+)
"""
_NO_SPACE_AFTER = "([¿¡"
_NO_SPACE_BEFORE = ",.;:!?%)]、。，！？；："


@dataclass(frozen=True, slots=True)
class Normal:
    """`places[n]` is where character n of `text` stands in the original.

    Dashes are no part of `text`: `hard` and `soft` name the characters before which one stood. A soft one stood at the
    end of a line, and may mean nothing.
    """

    text: str
    places: list[int]
    hard: frozenset[int]
    soft: frozenset[int]


class _Maker:
    """Collects what the text becomes."""

    def __init__(self, original: str) -> None:
        self.original = original
        self.pieces: list[str] = []
        self.places: list[int] = []
        self.hard: set[int] = set()
        self.soft: set[int] = set()

    def keep(self, start: int, end: int) -> None:
        if start < end:
            self.pieces.append(self.original[start:end])
            self.places.extend(range(start, end))

    def put(self, text: str, place: int) -> None:
        self.pieces.append(text)
        self.places.extend([place] * len(text))

    def take(self, match: re.Match[str]) -> None:
        place = match.start()
        match match.lastgroup:
            case "broken":
                self.soft.add(len(self.places))
            case "dash":
                self.hard.add(len(self.places))
            case "mark":
                self.put("'", next(at for at in range(place, match.end()) if not self.original[at].isspace()))
            case "space":
                self._space(match)
            case "dots":
                self.put("...", place)
            case "form":
                self.put(unicodedata.normalize("NFKC", match.group()), place)
            case "combined":
                self.put(unicodedata.normalize("NFC", match.group()), place)

    def _space(self, match: re.Match[str]) -> None:
        before = self.original[match.start() - 1 : match.start()]
        after = self.original[match.end() : match.end() + 1]
        is_between_cjk = _is_cjk(before) and _is_cjk(after)
        if before and after and before not in _NO_SPACE_AFTER and after not in _NO_SPACE_BEFORE and not is_between_cjk:
            self.put(" ", match.start())


def normalised(text: str) -> Normal:
    maker = _Maker(text)
    done = 0
    for match in re.finditer(_ODD, text, re.VERBOSE):
        maker.keep(done, match.start())
        maker.take(match)
        done = match.end()
    maker.keep(done, len(text))
    return Normal("".join(maker.pieces), maker.places, frozenset(maker.hard), frozenset(maker.soft))


def _is_cjk(character: str) -> bool:
    return bool(character) and re.match(rf"[{CJK}、。，！？；：「」]", character) is not None
