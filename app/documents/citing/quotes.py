"""Whether a quotation stands in a text word for word, however the two are set.

What may differ: white space, the form of quotation marks and dashes, ligatures, hyphens at the ends of lines, the case
of the first letter, a full stop or comma at the end, and gaps that are marked as such. Never a word, a number, a unit
or a negation, and never a part of one of these: a quotation does not begin behind a minus or end before a decimal.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator

from app.documents.citing.normalising import CJK, DASHES, Normal, normalised

MOST_GAP_CHARACTERS = 600
"""Between two pieces of a quotation with a gap."""
MOST_PLACES = 200  # of a quotation's beginning that are looked at
LEAST_PIECE_CHARACTERS = 8
# Patterns stand here as text: `re` compiles each when it is first used and keeps it, so that no start pays for them.
_GAP = r"\s*(?:[\[(]\s*)?(?:\.{3,}|…|\. \. \.)(?:\s*[\])])?\s*"
_EDGES = " \t\r\n.,;:"
_CHANGED_CASE = r"^\[([^\W\d_])\](?=[^\W\d_])"
_SENTENCE_END = r"[.!?。！？]['\")\]]*(?:\s|$)"
_NEGATION = (
    r"(?i)\b(?:not|no|never|none|nor|neither|without|cannot|un(?:less|til)|except|hardly|[a-z]+n't"
    r"|nicht|kein\w*|nie|niemals|ohne|weder|außer|ne|n'|pas|jamais|sans|aucun\w*|sauf|ni|no|nunca|sin|salvo|ning[uú]n\w*)\b"
    r"|[不没沒無未非]|ない|ません"
)
_BEFORE_NUMBER = "$€£¥±<>≤≥~≈#§" + DASHES
_AFTER_NUMBER = "%‰°€$£¥²³⁄" + DASHES


def find_quote(quote: str, text: str) -> tuple[int, int] | None:
    """Where in `text` it stands, in characters, half open; None where it does not, or has no words."""
    return find_in(quote, normalised(text), text)


def find_in(quote: str, normal: Normal, text: str) -> tuple[int, int] | None:
    """`find_quote` for a `text` that was normalised before, for those who look for several."""
    bare = re.sub(_CHANGED_CASE, r"\1", quote.strip(_EDGES + "…\"'“”„«»‘’「」『』"))
    whole = _first(_placed(_needle(bare), normal, text))
    if whole is not None:
        return whole
    pieces = [piece for piece in re.split(_GAP, quote.strip().strip('"“”„«»「」『』')) if piece.strip(_EDGES)]
    if len(pieces) < 2 or any(len(piece) < LEAST_PIECE_CHARACTERS for piece in pieces):
        return None
    return _chained(pieces, normal, text)


def _needle(piece: str) -> Normal:
    return normalised(piece.strip(_EDGES))


def _chained(pieces: list[str], normal: Normal, text: str) -> tuple[int, int] | None:
    """The pieces in their order, each near to the one before, and no negation left out between them."""
    needles = [_needle(re.sub(_CHANGED_CASE, r"\1", piece)) for piece in pieces]
    for start, end in _placed(needles[0], normal, text):
        last = end
        for needle in needles[1:]:
            following = (
                place for place in _placed(needle, normal, text, after=last) if _may_skip(text, last, place[0])
            )
            found = _first(following)
            if found is None:
                break
            last = found[1]
        else:
            return start, last
    return None


def _may_skip(text: str, start: int, end: int) -> bool:
    """Leaving this out says nothing else: it is short, and what it denies is not in the sentence that is quoted."""
    skipped = text[start:end]
    if len(skipped) > MOST_GAP_CHARACTERS:
        return False
    ends = [match.end() for match in re.finditer(_SENTENCE_END, skipped)]
    quoted = skipped if not ends else f"{skipped[: ends[0]]} {skipped[ends[-1] :]}"
    return re.search(_NEGATION, quoted.replace("’", "'")) is None


def _placed(needle: Normal, normal: Normal, text: str, *, after: int = 0) -> Iterator[tuple[int, int]]:
    """Everywhere that it stands in the original from character `after` on."""
    if not any(c.isalnum() for c in needle.text):
        return
    at = bisect.bisect_left(normal.places, after)
    first, rest = needle.text[0], needle.text[1:]
    for _attempt in range(MOST_PLACES):
        at = _find(first, rest, normal.text, at)
        if at < 0:
            return
        end = at + len(needle.text)
        if _has_same_dashes(needle, normal, at, end):
            place = normal.places[at], _end(text, normal.places[end - 1])
            if not _is_cut(text, *place):
                yield place
        at += 1


def _find(first: str, rest: str, text: str, start: int) -> int:
    """`first` in either case, then `rest`."""
    cases = {first, first.lower(), first.upper()} if first.isalpha() else {first}
    found = [place for case in cases if len(case) == 1 and (place := text.find(case + rest, start)) >= 0]
    return min(found, default=-1)


def _has_same_dashes(needle: Normal, normal: Normal, at: int, end: int) -> bool:
    """Every dash of one is in the other, where it is not the end of a line that put it there."""
    inner_hard = {place for place in normal.hard if at < place < end}
    inner_soft = {place for place in normal.soft if at < place < end}
    hard = {place + at for place in needle.hard if 0 < place < len(needle.text)}
    soft = {place + at for place in needle.soft}
    sign = 0 in needle.hard and needle.text[0].isdigit() and at not in normal.hard  # a minus that the text has not
    return not sign and hard <= inner_hard | inner_soft and inner_hard <= hard | soft


def _end(text: str, last: int) -> int:
    """Behind the last character, and the accents that are written on it."""
    end = last + 1
    while end < len(text) and "\u0300" <= text[end] <= "\u036f":
        end += 1
    return end


def _is_cut(text: str, start: int, end: int) -> bool:
    """Whether its first or last word or number goes on outside of it."""
    return _is_cut_before(text, start) or _is_cut_after(text, end)


def _is_cut_before(text: str, start: int) -> bool:
    before, further, first = text[start - 1 : start], text[max(0, start - 2) : start - 1], text[start]
    if not before:
        return False
    if first.isdigit():
        is_decimal = before in ".,'’" and further.isdigit()
        return is_decimal or before.isalnum() or (before in _BEFORE_NUMBER and not further.isalnum())
    if first in _BEFORE_NUMBER or not first.isalnum() or _is_unspaced(first):
        return False
    is_compound = before in "-‐‑\u00ad\u0002\ufffe'’" and further.isalnum()
    return (before.isalnum() and not _is_unspaced(before)) or is_compound


def _is_cut_after(text: str, end: int) -> bool:
    last, after, further = text[end - 1], text[end : end + 1], text[end + 1 : end + 2]
    if last.isdigit():
        rest = text[end : end + 3].lstrip(" \u00a0\u202f\u2009")
        is_decimal = after in (".", ",", "'", "’", ":", "/") and further.isdigit()
        is_range = after != "" and after in DASHES and (further.isalnum())
        has_unit = rest[:1] != "" and rest[0] in _AFTER_NUMBER and rest[0] not in DASHES
        return is_decimal or is_range or has_unit or after.isalnum()
    if not last.isalnum() or _is_unspaced(last) or not after:
        return False
    is_compound = after in "-‐‑\u00ad\u0002\ufffe'’" and further.isalpha()
    is_broken = after in "-‐\u0002\ufffe\u00ad" and bool(
        re.match(r".\s*\n?\s*[^\W\d_]", text[end : end + 8], re.DOTALL)
    )
    return (after.isalnum() and not _is_unspaced(after)) or is_compound or (is_broken and further in "\r\n")


def _is_unspaced(character: str) -> bool:
    return re.match(rf"[{CJK}]", character) is not None


def _first(places: Iterator[tuple[int, int]]) -> tuple[int, int] | None:
    return next(places, None)
