"""Parts into chunks: stretches of about so many tokens that are searched and quoted as one.

A chunk is a run of units (sentences; whole tables and listings where they fit), begun anew at a heading, and never
longer than a part but where a sentence goes on across the page break. Within a section chunks are made equally long,
so that none is left with a line. Lengths are estimated without a tokeniser, in one pass over the text.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import Final, NamedTuple

from app.documents.parts import Span
from app.documents.reading.blocks import Block, BlockRole, RawPart
from app.documents.reading.wire import RawChunk

HEADING_GAP: Final = " › "
HEADING_CHARACTERS: Final = 200
WHOLE_UP_TO: Final = 2.0  # times the wished length, for tables and listings
_WHOLE_PROSE: Final = 0.2  # paragraphs so short are not looked at for sentences
_OVERFULL: Final = 1.25
_SMALL: Final = 0.125  # of the wished length: a section so short goes on with the next
# Weighted least squares over MiniLM's own tokens of 567 paragraphs (abstracts of Cranfield, manuals of TeX and Debian,
# source code): the estimate is .99 of the count in the mean, and between .85 and 1.15 of it for nine paragraphs in ten.
_PER_WORD, _PER_CHARACTER, _PER_MARK = -0.37, 0.232, 1.10

# One set of characters first, which the regular expression engine looks for quickly.
_SENTENCE_END: Final = re.compile(
    r"""[.!?…。！？]["'”’»)\]]*(?:(?<=[。！？])\s*|\s+(?=["'“‘«(\[]*[A-Z0-9À-ÖØ-ÞΑ-ΩА-Я¿¡]))"""
)
_NO_MARKS: Final = str.maketrans("", "", string.punctuation.replace("_", ""))
_MARK: Final = re.compile(r"[^\w\s]")
_WIDE: Final = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
_HEADING_MARKS: Final = re.compile(r"^#+ +| (?:=+|-{2,})$")  # Markdown's
_LINE_END: Final = re.compile(r"\n")
_IS_OVER: Final = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*\s*$")
_BEGINNING: Final = 200  # characters of a page's head that may stand before the rest of a sentence
_UNIT_CHARACTERS: Final = 1_200  # a "sentence" that is longer is a list or a table in disguise, and cut at its lines
_SLICE_CHARACTERS: Final = 800  # what has not even lines


def tokens_of(text: str) -> int:
    """About how many tokens `text` has for an embedding model; each word has at least one."""
    words = len(text.split())
    if text.isascii():
        marks, wide = len(text) - len(text.translate(_NO_MARKS)), 0
    else:
        marks, wide = len(_MARK.findall(text)), len(_WIDE.findall(text))
    about = _PER_WORD * words + _PER_CHARACTER * (len(text) - wide) + _PER_MARK * marks + wide
    return max(1, words, round(about))


class _Unit(NamedTuple):  # there are a million in a large file, and a tuple is made in a third of the time
    """What is never divided. `heading` is the path that holds here."""

    start: int
    end: int
    tokens: int
    role: BlockRole
    heading: str


class Chunker:
    """Takes a document's parts in order; a chunk comes out with its last part, or with the one after it."""

    def __init__(self, chunk_tokens: int, overlap: float) -> None:
        self._wished = max(16, chunk_tokens)
        self._overlap = min(0.5, max(0.0, overlap)) * self._wished
        self._path: list[tuple[int, str]] = []  # (level, title) of the headings that hold now
        self._heading = ""
        self._number = 0
        self._held: RawChunk | None = None  # the last of a part, whose sentence may go on

    def add(self, part: RawPart) -> list[RawChunk]:
        """The chunks that are whole with this part."""
        number = self._number
        self._number += 1
        sections = self._sections(part)
        found = [] if self._held is None else [self._closed(number, part.text, sections)]
        for section in sections:
            found += self._pack(number, section)
        if sections and sections[-1][-1].role == "paragraph":
            end = found[-1].span.end
            if not _IS_OVER.search(part.text[max(0, end - 40) : end]):
                self._held = found.pop()
        return found

    def finish(self) -> list[RawChunk]:
        """What was held back for a part that did not come."""
        held, self._held = self._held, None
        return [] if held is None else [held]

    def _closed(self, number: int, text: str, sections: list[list[_Unit]]) -> RawChunk:
        """The chunk that waited: with the rest of its sentence, where this part begins with that."""
        held = self.finish()[0]
        first = sections[0][0] if sections else None
        if first is None or first.role != "paragraph" or first.start > _BEGINNING or first.tokens > self._wished:
            return held
        if held.span.last != number - 1 or not (text[first.start].islower() or _WIDE.match(text, first.start)):
            return held
        span = Span(held.span.first, held.span.start, number, first.end)
        return RawChunk(span, held.heading, held.tokens + first.tokens)

    def _sections(self, part: RawPart) -> list[list[_Unit]]:
        """The part's units, a new list at each heading; a section of a few words goes on with the next."""
        sections: list[list[_Unit]] = [[]]
        tokens = 0
        for block in part.blocks:
            if block.role == "heading":
                if tokens > self._wished * _SMALL:
                    sections.append([])
                    tokens = 0
                self._enter(part.text[block.start : block.end], block.level)
            for unit in self._units(part.text, block):
                sections[-1].append(unit)
                tokens += unit.tokens
        return [section for section in sections if section]

    def _enter(self, title: str, level: int) -> None:
        self._path = [step for step in self._path if step[0] < level]
        bare = _HEADING_MARKS.sub("", " ".join(title.split()))
        self._path.append((level, bare[:HEADING_CHARACTERS]))
        path = HEADING_GAP.join(title for _level, title in self._path)
        self._heading = path if len(path) <= HEADING_CHARACTERS else "…" + path[1 - HEADING_CHARACTERS :]

    def _units(self, text: str, block: Block) -> Iterator[_Unit]:
        tokens = tokens_of(text[block.start : block.end])
        whole = _WHOLE_PROSE if block.role in ("paragraph", "heading") else WHOLE_UP_TO
        if tokens <= self._wished * whole:
            yield _Unit(block.start, block.end, tokens, block.role, self._heading)
            return
        share = tokens / (block.end - block.start)  # what one sentence has more, another has less
        for start, end in _pieces(text, block.start, block.end, is_prose=block.role == "paragraph"):
            if not text[start:end].isspace():
                yield _Unit(start, end, round(share * (end - start)) or 1, block.role, self._heading)

    def _pack(self, number: int, units: list[_Unit]) -> list[RawChunk]:
        """Units of a section into chunks of about one length; each begins with the sentences that the last ended in."""
        left = sum(unit.tokens for unit in units)
        chunks: list[RawChunk] = []
        first = tokens = 0
        aim = _even(left, self._wished)
        for place, unit in enumerate(units):
            is_full = tokens + unit.tokens / 2 > aim or tokens + unit.tokens > self._wished * _OVERFULL
            if place > first and is_full and units[place - 1].role != "heading":
                chunks.append(_chunk(number, units[first:place], tokens))
                first, tokens = self._step_back(units, place)
                aim = _even(left + tokens, self._wished)
            tokens += unit.tokens
            left -= unit.tokens
        chunks.append(_chunk(number, units[first:], tokens))
        return chunks

    def _step_back(self, units: list[_Unit], place: int) -> tuple[int, int]:
        """Where the chunk before unit `place` is repeated from, and the tokens of that; sentences only."""
        tokens = 0
        first = place
        while first > 1 and units[first - 1].role == "paragraph" and units[place].role == "paragraph":
            if tokens + units[first - 1].tokens > self._overlap:
                break
            first -= 1
            tokens += units[first].tokens
        return first, tokens


def _even(tokens: int, wished: int) -> float:
    """The length of chunks that are equally long and none longer than wished."""
    return tokens / max(1, -(-tokens // wished))


def _chunk(number: int, units: list[_Unit], tokens: int) -> RawChunk:
    named = next((unit for unit in units if unit.role != "heading"), units[-1])
    return RawChunk(Span(number, units[0].start, number, units[-1].end), named.heading, tokens)


def _pieces(text: str, start: int, end: int, *, is_prose: bool) -> Iterator[tuple[int, int]]:
    """Sentences, or lines; what is longer than any is cut at lines, then at words, then anywhere."""
    cuts = [found.end() for found in (_SENTENCE_END if is_prose else _LINE_END).finditer(text, start, end)]
    for cut in (*cuts, end):
        while cut - start > _UNIT_CHARACTERS:
            nearer = _last_cut(text, start, start + _SLICE_CHARACTERS)
            yield start, nearer
            start = nearer
        if cut > start:
            yield start, cut
        start = cut


def _last_cut(text: str, start: int, limit: int) -> int:
    for mark in ("\n", " "):
        if (found := text.rfind(mark, start + 1, limit)) > start:
            return found + 1
    return limit
