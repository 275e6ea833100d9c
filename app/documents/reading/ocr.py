"""Text recognition for scanned pages, where tesserocr and its trained data are installed; it is no dependency.

A recognised page keeps where each of its words stands (`places`), so that a passage is marked on it as on any other.
Words that are hardly more than a guess are left out: they are what stains and pictures look like.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from app.documents.faults import Unreadable
from app.documents.parts import Picture, Rectangle, Word
from app.documents.reading import pictures, places
from app.documents.reading.blocks import GAP, Block, RawPart
from app.documents.reading.pdf import SOFT_HYPHEN, PdfReader
from app.documents.reading.wire import clean

# 200 dots an inch of A4 to A3; what says to be smaller or larger has measures that mean nothing. On clean print 200
# finds what 300 does (recall .99), in two thirds of the time.
_LEAST_PIXELS, _MOST_PIXELS, _PER_POINT = 3_870_000, 7_740_000, 200 / 72
# Per cent. None of 2,088 right words of clean and slightly blurred pages had less, and 6 of 425 of badly blurred ones,
# of whose wrong words it were 39 in a hundred.
_LEAST_CONFIDENCE: Final = 30.0
_DOUBTFUL: Final = 70.0  # in the mean of a page: print has 90 and more, the same upside down 46
_PAGE_MS: Final = 120_000
_PADDING_PX: Final = 2  # around a word, so that a mark does not cut its letters


class _Found(NamedTuple):
    """A word of the picture: pixels from its upper left corner, and how it begins."""

    text: str
    box: tuple[int, int, int, int]  # left, top, right, bottom
    confidence: float
    is_line: bool  # the first of its line
    is_paragraph: bool


class Recognised:
    """A PDF whose scans are read, too. Raises Unreadable."""

    def __init__(self, reader: PdfReader, folders: Sequence[Path], languages: Sequence[str]) -> None:
        if not folders or not languages:
            raise Unreadable("no_ocr")
        self._reader = reader
        self._read = 0
        # Untyped, and there only where a person installed it.
        self._library: Any = importlib.import_module("tesserocr")
        self._engine: Any = self._library.PyTessBaseAPI(
            path=str(folders[0]), lang="+".join(languages), psm=self._library.PSM.AUTO
        )

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"read_by_ocr:{self._read}",) if self._read else ()

    def parts(self) -> Iterator[RawPart]:
        for number, part in enumerate(self._reader.parts()):
            yield self._recognised(number, part) if part.is_scan else part

    def _recognised(self, number: int, part: RawPart) -> RawPart:
        """The page with the words of its picture; as it was, where there are none."""
        picture = pictures.picture_of(self._reader.document, number, self._width_px(number))
        words = self._words(picture)
        if not words:
            return part
        self._read += 1
        return _page(part.label, words, picture.width, picture.height)

    def _width_px(self, number: int) -> int:
        wide, high = pictures.points_of(self._reader.document, number)
        pixels = min(_MOST_PIXELS, max(_LEAST_PIXELS, wide * high * _PER_POINT**2))
        return round(math.sqrt(pixels * wide / high))

    def _words(self, picture: Picture) -> list[_Found]:
        """What is written on a page, whichever way it lies: lines that go down are read as they are, but not those that
        stand on their heads."""
        words = self._read_once(picture.rgb, picture)
        if _confidence(words) >= _DOUBTFUL:
            return _likely(words)
        # Turned by half a circle: all bytes the other way round. That red and blue change places, too, does no harm.
        turned = self._read_once(picture.rgb[::-1], picture)
        if _confidence(turned) * len(turned) <= _confidence(words) * len(words):
            return _likely(words)
        return [word._replace(box=_turned(word.box, picture)) for word in _likely(turned)]

    def _read_once(self, rgb: bytes, picture: Picture) -> list[_Found]:
        engine, word = self._engine, self._library.RIL.WORD
        line, paragraph = self._library.RIL.TEXTLINE, self._library.RIL.PARA
        engine.SetImageBytes(rgb, picture.width, picture.height, 3, 3 * picture.width)
        engine.Recognize(_PAGE_MS)
        found: list[_Found] = []
        is_line = is_paragraph = False
        at = engine.GetIterator()
        while at is not None:
            is_line, is_paragraph = is_line or at.IsAtBeginningOf(line), is_paragraph or at.IsAtBeginningOf(paragraph)
            text = "" if at.Empty(word) else clean(at.GetUTF8Text(word) or "").strip()
            if text:
                box = at.BoundingBox(word)
                found.append(_Found(" ".join(text.split()), box, at.Confidence(word), is_line, is_paragraph))
                is_line = is_paragraph = False
            if not at.Next(word):
                break
        engine.Clear()
        return found


def _confidence(words: Sequence[_Found]) -> float:
    return sum(word.confidence for word in words) / len(words) if words else 0.0


def _likely(words: Sequence[_Found]) -> list[_Found]:
    """Without the guesses; what begins with one begins with the word after it."""
    kept: list[_Found] = []
    is_line = is_paragraph = False
    for word in words:
        is_line, is_paragraph = is_line or word.is_line, is_paragraph or word.is_paragraph
        if word.confidence >= _LEAST_CONFIDENCE:
            kept.append(word._replace(is_line=is_line, is_paragraph=is_paragraph))
            is_line = is_paragraph = False
    return kept


def _turned(box: tuple[int, int, int, int], picture: Picture) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    return picture.width - right, picture.height - bottom, picture.width - left, picture.height - top


def _page(label: str, words: Sequence[_Found], width: int, height: int) -> RawPart:
    pieces: list[str] = []
    blocks: list[Block] = []
    placed: list[Word] = []
    at = start = 0
    for word in words:
        gap = _gap(pieces[-1] if pieces else "", word)
        if gap == SOFT_HYPHEN:  # instead of the one that is printed, as PDFium has it
            pieces[-1] = pieces[-1][:-1] + SOFT_HYPHEN
            gap = ""
        if gap == GAP:
            blocks.append(Block(start, at, "paragraph"))
            start = at + len(GAP)
        pieces += (gap, word.text)
        at += len(gap) + len(word.text)
        left, top, right, bottom = word.box
        left, top, right, bottom = left - _PADDING_PX, top - _PADDING_PX, right + _PADDING_PX, bottom + _PADDING_PX
        box = Rectangle(left / width, top / height, right / width, bottom / height)
        placed.append(Word(at - len(word.text), at, box))
    blocks.append(Block(start, at, "paragraph"))
    return RawPart(label, "".join(pieces), tuple(blocks), places=places.packed(placed))


def _gap(before: str, word: _Found) -> str:
    """What stands between two words."""
    if not before:
        return ""
    if word.is_paragraph:
        return GAP
    if not word.is_line:
        return " "
    is_divided = len(before) > 2 and before[-1] == "-" and before[-2].islower() and word.text[0].islower()
    return SOFT_HYPHEN if is_divided else " \n"
