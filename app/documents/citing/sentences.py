"""An answer in Markdown as the sentences, table rows and quotations that can be cited; code and headings cannot.

Positions are those of the answer itself, so nothing is rendered: lines are told apart by how they begin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.documents.citing.normalising import CJK

LEAST_QUOTE_WORDS = 4
LEAST_QUOTE_CHARACTERS = 20
LEAST_QUOTE_CJK = 8

BlockKind = Literal["text", "row", "quote", "heading"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters `start` to `end` of the answer. One that `is_item` stands in a list."""

    start: int
    end: int
    kind: BlockKind = "text"
    is_item: bool = False


@dataclass(frozen=True, slots=True)
class Quotation:
    """`start` to `end` with its marks, `inner` between them."""

    start: int
    end: int
    inner: tuple[int, int]
    is_block: bool = False


# Patterns stand here as text: `re` compiles each when it is first used and keeps it, so that no start pays for them.
_THOUGHT = r"(?s)\s*<(think|thinking)>.*?(?:</\1>|\Z)"
_FENCE = r"\s{0,12}(`{3,}|~{3,})"
_HEADING = r"\s{0,3}#{1,6}[ \t]+"
_SKIPPED = r"\s{0,3}#{1,6}\s*$|\s*(?:[-*_][ \t]*){3,}$|\s*\$\$"
_ITEM = r"\s*(?:[-*+•]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?"
_CELL = r"(?:[^|\\]|\\.)+"
_RULE = r"\s*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*$"
_QUOTED_LINE = r"\s{0,3}>"
_MARKS = (("“", "”"), ("„", "“”"), ("«", "»"), ("»", "«"), ("「", "」"), ("『", "』"), ('"', '"'))
_QUOTATIONS = "|".join(
    rf"{opening}(?P<q{number}>[^{opening}{closing}]{{1,2000}}?)[{closing}]"
    for number, (opening, closing) in enumerate(_MARKS)
)
_END = rf"[.!?…]+[*_]{{0,3}}[\"'”’»)\]]*[*_]{{0,3}}(?=\s|$|[{CJK}])|[。！？]+[」』”）]*|;(?=\s*\n)"
_JOINT = r"(?i)[;,]?\s+(?:and|while|whereas|but|und|während|aber|et|tandis que|mais|y|mientras que|pero)\s+|[;,]\s+"
_WORD_BEFORE = r"[^\W_][\w.]*$"
_ABBREVIATIONS = """
    mr mrs ms dr prof st no nos vol fig figs eq eqs sec secs art arts ch p pp par paras para cf e.g i.e vs al ed
    eds inc ltd approx dept est jan feb mar apr jun jul aug sep sept oct nov dec z.b d.h u.a u.u i.d.r o.ä bzw
    ca nr abs bsp evtl ggf inkl vgl str tel sog mind max min mio mrd hr fr lt gem ziff zzgl exkl allg bzgl m mme
    mlle ex env chap sr sra srta dra ud uds pág págs núm ej aprox cap
"""
_MONTHS = "januar februar märz april mai juni juli august september oktober november dezember jahrhundert"


def blocks(answer: str) -> Iterator[Stretch]:
    """Paragraphs, items, rows and block quotes, in their order."""
    reading = _Reading()
    lines = list(_lines(answer))
    for number, (start, line) in enumerate(lines):
        following = lines[number + 1][1] if number + 1 < len(lines) else ""
        yield from reading.take(start, line, following)
    yield from reading.finish()


class _Reading:
    """Where in the answer the lines have come to."""

    def __init__(self) -> None:
        self._open: Stretch | None = None
        self._fence = ""
        self._is_table = False

    def take(self, start: int, line: str, following: str) -> Iterator[Stretch]:
        fence = re.match(_FENCE, line)
        if self._fence:
            if fence is not None and fence[1].startswith(self._fence):
                self._fence = ""
            return
        if fence is not None:
            yield from self.finish()
            self._fence = fence[1]
        elif not line.strip() or re.match(_SKIPPED, line):
            yield from self.finish()
        elif "|" in line and (self._is_table or (re.match(_RULE, following) and "|" in following)):
            is_cells = self._is_table and not re.match(_RULE, line)
            yield from self.finish()
            self._is_table = True
            if is_cells:
                yield _trimmed(start, line, "row")
        elif (heading := re.match(_HEADING, line)) is not None:
            yield from self.finish()
            begin = start + heading.end()
            yield Stretch(begin, start + len(line.rstrip().rstrip("#").rstrip()), "heading")
        else:
            yield from self._text(start, line)

    def _text(self, start: int, line: str) -> Iterator[Stretch]:
        kind: BlockKind = "quote" if re.match(_QUOTED_LINE, line) else "text"
        item = re.match(_ITEM, line) if kind == "text" else None
        if item is not None or self._open is None or self._open.kind != kind:
            yield from self.finish()
            begin = item.end() if item is not None else len(line) - len(line.lstrip())
            self._open = Stretch(start + begin, start + len(line.rstrip()), kind, item is not None)
        else:
            self._open = replace(self._open, end=start + len(line.rstrip()))

    def finish(self) -> Iterator[Stretch]:
        if self._open is not None and self._open.start < self._open.end:
            yield self._open
        self._open = None
        self._is_table = False


def _lines(answer: str) -> Iterator[tuple[int, str]]:
    thought = re.match(_THOUGHT, answer)
    start = thought.end() if thought is not None else 0
    for line in answer[start:].splitlines(keepends=True):
        yield start, line
        start += len(line)


def _trimmed(start: int, line: str, kind: BlockKind) -> Stretch:
    inner = line.strip(" \t\r\n|")
    begin = start + line.find(inner) if inner else start
    return Stretch(begin, begin + len(inner), kind)


def quotations(answer: str, block: Stretch) -> list[Quotation]:
    """Those in a block that are long enough to be checked; a block quote is one."""
    if block.kind == "quote":
        return [Quotation(block.start, block.end, (block.start, block.end), is_block=True)]
    found = []
    for match in re.compile(_QUOTATIONS).finditer(answer, block.start, block.end):
        name = match.lastgroup
        if name is not None and _is_long(match[name]):
            found.append(Quotation(match.start(), match.end(), match.span(name)))
    return found


def _is_long(quoted: str) -> bool:
    return (
        len(quoted.split()) >= LEAST_QUOTE_WORDS
        or len(quoted.strip()) >= LEAST_QUOTE_CHARACTERS
        or len(re.findall(rf"[{CJK}]", quoted)) >= LEAST_QUOTE_CJK
    )


def sentences(text: str, block: Stretch, whole: Sequence[Quotation] = ()) -> list[Stretch]:
    """Of a block; what is quoted (`whole`) is not taken apart. A row is one sentence, and so is a heading."""
    if block.kind in ("row", "heading"):
        return [block]
    found, start = [], block.start
    for match in re.compile(_END).finditer(text, block.start, block.end):
        end = match.end()
        is_inside = any(quotation.start < end < quotation.end for quotation in whole)
        if is_inside or not is_end(text, match.start(), end, block.start, block.end):
            continue
        found += _stripped(text, start, end)
        start = end
    return [*found, *_stripped(text, start, block.end)]


def cells(text: str, row: Stretch) -> list[Stretch]:
    """Those of a row that have words."""
    found: list[Stretch] = []
    for match in re.compile(_CELL).finditer(text, row.start, row.end):
        found += _stripped(text, *match.span())
    return found


def halves(text: str, sentence: Stretch) -> Iterator[tuple[Stretch, Stretch]]:
    """Ways to part a sentence that joins two facts."""
    for match in re.compile(_JOINT).finditer(text, sentence.start, sentence.end):
        first, second = _stripped(text, sentence.start, match.start()), _stripped(text, match.end(), sentence.end)
        if first and second:
            yield first[0], second[0]


def is_end(text: str, at: int, end: int, first: int = 0, last: int | None = None) -> bool:
    """Whether what stands at `at` to `end` ends a sentence, and no abbreviation, in `text` from `first` to `last`."""
    if text[at] not in ".…":
        return True
    rest = text[end : min(end + 40, len(text) if last is None else last)].lstrip(" \t\r\n\"'“„«(*_[")
    if rest[:1].islower():
        return False
    before = re.compile(_WORD_BEFORE).search(text, max(first, at - 30), at)
    word = before[0].lower() if before is not None else ""
    if text[at:end] == "." and (word in _ABBREVIATIONS.split() or (len(word) == 1 and word.isalpha())):
        return False
    next_word = re.match(r"\w*", rest)
    is_german_date = (
        word.isdigit() and len(word) <= 2 and next_word is not None and next_word[0].lower() in _MONTHS.split()
    )
    return not is_german_date


def _stripped(text: str, start: int, end: int) -> list[Stretch]:
    inner = text[start:end]
    begin = start + len(inner) - len(inner.lstrip())
    last = start + len(inner.rstrip())
    return [Stretch(begin, last)] if begin < last and re.search(r"[^\W_]", text[begin:last]) else []
