"""PDF: each page's text just as PDFium counts it, its blocks, and what on it a person would not see.

A character's place in `RawPart.text` is PDFium's own index, so that any stretch has its rectangles (`pictures`). Text
comes in one call; where that does not agree with the count (characters without a meaning are left out of it), the
page is read one by one. Line ends stay two characters, a space and a line feed; a word that was divided at one has a
soft hyphen (U+00AD) there instead, as PDFium joins it.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from app.documents.faults import Unreadable
from app.documents.parts import Kind, PartName
from app.documents.reading import pdfium, running
from app.documents.reading.blocks import Block, RawPart
from app.documents.reading.pdf_hidden import Looker
from app.documents.reading.pdfium import Floats, Pointer, text_of
from app.documents.reading.running import Running
from app.documents.reading.wire import clean

MAX_PAGES = 100_000
MAX_OUTLINE, MAX_DEPTH = 3_000, 8  # an entry takes 0.2 ms in a file of 2,000 pages
MAX_PAGE_CHARACTERS = 2_000_000
_SAMPLES = 8
_PARAGRAPH_GAP = 1.45  # of the page's usual distance between lines
_HEADING_SIZE = 1.18  # of the page's usual size of letters
_HEADING_CHARACTERS = 150
_INDENT = 6.0  # points
_HYPHENS = ("\x02", "\ufffe")  # PDFium's marks for one at a line's end; it joins the two halves of the word
SOFT_HYPHEN = "\xad"
_LINE = re.compile(r"\S(?:.*\S)?")
_NOT_LETTERS = re.compile(r"[\W_]+")
_ENDS = (".", "!", "?", ":", ".”", '."', ".)")


class _Line(NamedTuple):  # forty a page: a tuple is made in a third of a dataclass's time
    start: int
    end: int
    x: float
    y: float  # of its base, downwards as it is read
    size: float  # of its letters, 0 where nobody needs it


class Document:
    """An open PDF. Raises Unreadable."""

    def __init__(self, data: bytes, password: str = "") -> None:
        self.library = pdfium.library()
        self._data = data  # PDFium reads from it as long as the document is open
        self.pointer: Pointer = self.library.FPDF_LoadMemDocument64(
            ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p), len(data), password.encode() or None
        )
        if not self.pointer:
            raise Unreadable(_fault(self.library.FPDF_GetLastError(), has_password=bool(password)))
        self.pages = int(self.library.FPDF_GetPageCount(self.pointer))
        if self.pages <= 0:
            raise Unreadable("damaged")
        if self.pages > MAX_PAGES:
            raise Unreadable("too_many_parts")

    def label(self, number: int) -> str:
        """What is printed on the page, else its number from 1."""
        label = text_of(lambda buffer, size: self.library.FPDF_GetPageLabel(self.pointer, number, buffer, size), 256)
        return label.strip() or str(number + 1)

    def title(self) -> str:
        said = text_of(lambda buffer, size: self.library.FPDF_GetMetaText(self.pointer, b"Title", buffer, size))
        return " ".join(clean(said).split())

    def outline(self) -> dict[int, list[tuple[str, int]]]:
        """(Title, level from 1) of its entries, by the page that they lead to."""
        found: dict[int, list[tuple[str, int]]] = {}
        seen: set[int] = set()
        waiting: list[tuple[Pointer, int]] = [(self.library.FPDFBookmark_GetFirstChild(self.pointer, None), 1)]
        while waiting and len(seen) < MAX_OUTLINE:
            mark, level = waiting.pop()
            if not mark or mark in seen:
                continue
            seen.add(mark)
            page = self._page_of(mark)
            title = text_of(lambda buffer, size, mark=mark: self.library.FPDFBookmark_GetTitle(mark, buffer, size))  # type: ignore[misc]  # bound now
            if page >= 0 and title.strip():
                found.setdefault(page, []).append((title, level))
            waiting.append((self.library.FPDFBookmark_GetNextSibling(self.pointer, mark), level))
            if level < MAX_DEPTH:
                waiting.append((self.library.FPDFBookmark_GetFirstChild(self.pointer, mark), level + 1))
        return found

    def _page_of(self, mark: int) -> int:
        library = self.library
        target = library.FPDFBookmark_GetDest(self.pointer, mark)
        if not target and (action := library.FPDFBookmark_GetAction(mark)):
            target = library.FPDFAction_GetDest(self.pointer, action)
        return int(library.FPDFDest_GetDestPageIndex(self.pointer, target)) if target else -1

    def open_page(self, number: int) -> Page:
        """Raises Unreadable where the page is damaged."""
        return Page(self, number)


class Page:
    """An open page with its text; `close` it."""

    def __init__(self, document: Document, number: int) -> None:
        self.library = document.library
        self.pointer: Pointer = self.library.FPDF_LoadPage(document.pointer, number)
        if not self.pointer:
            raise Unreadable("damaged")
        self.text_pointer: Pointer = self.library.FPDFText_LoadPage(self.pointer)
        self.count = max(0, int(self.library.FPDFText_CountChars(self.text_pointer))) if self.text_pointer else 0

    def close(self) -> None:
        if self.text_pointer:
            self.library.FPDFText_ClosePage(self.text_pointer)
        if self.pointer:
            self.library.FPDF_ClosePage(self.pointer)
        self.pointer = self.text_pointer = None

    def rotation(self) -> int:
        """Right angles that it is turned by for reading."""
        return int(self.library.FPDFPage_GetRotation(self.pointer))

    def upright(self) -> tuple[float, float]:
        """The upper edge of what is shown, upwards as it is read, and its height; in points."""
        box = Floats(4, ctypes.c_float)
        if not self.library.FPDF_GetPageBoundingBox(self.pointer, box.at[0]):
            return 0.0, 0.0
        left, top, right, bottom = box.values
        ups = [_turned(x, y, self.rotation())[1] for x, y in ((left, top), (right, bottom))]
        return max(ups), max(ups) - min(ups)

    def text(self) -> str:
        """Exactly `count` characters."""
        count = min(self.count, MAX_PAGE_CHARACTERS)
        if count == 0:
            return ""
        buffer = ctypes.create_string_buffer(2 * (2 * count + 2))  # a character beyond 16 bits takes two units
        units = self.library.FPDFText_GetText(self.text_pointer, 0, count, buffer)
        text = ctypes.string_at(buffer, 2 * max(0, units - 1)).decode("utf-16-le", "replace")
        if len(text) != count or not self._agrees(text):
            text = "".join(map(self._character, range(count)))
        for hyphen in _HYPHENS:
            text = text.replace(hyphen, SOFT_HYPHEN)
        return clean(text.replace("\r\n", " \n"))  # most controls are these, and replaced at a tenth of the cost

    def _agrees(self, text: str) -> bool:
        """Whether the text and PDFium's index say the same at a few places, the last among them."""
        step = max(1, len(text) // _SAMPLES)
        return all(self._character(at) == text[at] for at in (*range(0, len(text), step), len(text) - 1))

    def _character(self, index: int) -> str:
        code = self.library.FPDFText_GetUnicode(self.text_pointer, index)
        return chr(code) if 0 < code < 0xD800 or 0xDFFF < code <= 0x10FFFF else "\N{REPLACEMENT CHARACTER}"


class PdfReader:
    """Reads page by page; holds one page at a time. A page that is damaged becomes an empty part, and is counted."""

    kind: Kind = "pdf"
    part_name: PartName = "page"

    def __init__(self, data: bytes, password: str = "") -> None:
        self.document = Document(data, password)
        self._looker = Looker(self.document.library)
        self._origin = Floats(2, ctypes.c_double)
        self._sizes: list[float] = []  # of headings that were met, the largest first
        self._broken = 0
        self._title = ""
        self._running = Running(())

    @property
    def title(self) -> str:
        return self.document.title()

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"broken_parts:{self._broken}",) if self._broken else ()

    def count(self) -> int:
        return self.document.pages

    def parts(self) -> Iterator[RawPart]:
        outline = self.document.outline()
        self._running = Running(self._samples())
        for number in range(self.document.pages):
            label = self.document.label(number)
            try:
                page = self.document.open_page(number)
            except Unreadable:
                self._broken += 1
                yield RawPart(label, "", ())
                continue
            try:
                yield self._part(page, number, label, outline.get(number, []) if outline else None)
            finally:
                page.close()
        if self._broken == self.document.pages:
            raise Unreadable("damaged")

    def _samples(self) -> Iterator[tuple[int, float, list[running.Line]]]:
        """For what runs through all pages. One that is damaged says nothing."""
        for number in running.sampled(self.document.pages):
            with contextlib.suppress(Unreadable), contextlib.closing(self.document.open_page(number)) as page:
                text = page.text()
                lines = self._lines(page, text, has_outline=False)
                yield number, *_as_seen(page, text, lines)

    def _part(self, page: Page, number: int, label: str, outline: list[tuple[str, int]] | None) -> RawPart:
        text = page.text()
        seen = self._looker.look(page.pointer, page.text_pointer, text)
        lines = self._lines(page, text, has_outline=outline is not None)
        if self._running.is_any:
            out = self._running.among(number, *_as_seen(page, text, lines))
            lines = [line for place, line in enumerate(lines) if place not in out]
        levels = self._levels(text, lines) if outline is None else _outlined(text, lines, outline)
        return RawPart(label, text, _blocks(text, lines, levels), seen.hidden, seen.is_scan)

    def _lines(self, page: Page, text: str, *, has_outline: bool) -> list[_Line]:
        library, text_page = page.library, page.text_pointer
        origin_of, size_of = library.FPDFText_GetCharOrigin, library.FPDFText_GetFontSize
        (at_x, at_y), values = self._origin.at, self._origin.values
        rotation = page.rotation()
        lines = []
        size = 0.0
        for found in _LINE.finditer(text):
            first, end = found.span()
            origin_of(text_page, first, at_x, at_y)
            x, y = values[0], values[1]
            if rotation:
                x, y = _turned(x, y, rotation)
            if not has_outline:
                size = size_of(text_page, first)
            lines.append(_Line(first, end, x, -y, size))
        return lines

    def _levels(self, text: str, lines: list[_Line]) -> dict[int, int]:
        """Headings by the size of their letters, where the file has no outline: level by the line's number."""
        if len(lines) < 3 or len({line.size for line in lines}) == 1:
            return {}
        weights: dict[float, int] = {}
        for line in lines:
            weights[line.size] = weights.get(line.size, 0) + line.end - line.start
        usual = max(weights, key=lambda size: weights[size])
        levels = {}
        for number, line in enumerate(lines):
            is_large = line.size >= usual * _HEADING_SIZE and line.end - line.start <= _HEADING_CHARACTERS
            if is_large and sum(map(str.isalpha, text[line.start : line.end])) >= 3:
                size = round(line.size * 2) / 2
                if size not in self._sizes:
                    self._sizes = sorted([*self._sizes, size], reverse=True)[:MAX_DEPTH]
                levels[number] = 1 + self._sizes.index(size) if size in self._sizes else MAX_DEPTH
        return levels


def _as_seen(page: Page, text: str, lines: list[_Line]) -> tuple[float, list[running.Line]]:
    """The page's height, and its lines with how far down they are."""
    upper, height = page.upright()
    return height, [running.Line(text[line.start : line.end], upper + line.y, line.size) for line in lines]


def _fault(error: int, *, has_password: bool) -> Any:
    if error == pdfium.ERROR_PASSWORD:
        return "password" if has_password else "encrypted"
    return "locked" if error == pdfium.ERROR_SECURITY else "damaged"


def _turned(x: float, y: float, rotation: int) -> tuple[float, float]:
    """A place on a page that is turned for reading by so many right angles: to the right, and upwards."""
    match rotation:
        case 1:
            return y, -x
        case 2:
            return -x, -y
        case 3:
            return -y, x
    return x, y


def _outlined(text: str, lines: list[_Line], outline: list[tuple[str, int]]) -> dict[int, int]:
    """Which lines are headings by the file's own outline."""
    titles = [(_bare(title), level) for title, level in outline]
    levels: dict[int, int] = {}
    for number, line in enumerate(lines) if titles else ():
        if line.end - line.start > _HEADING_CHARACTERS:
            continue
        bare = _bare(text[line.start : line.end])
        for place, (title, level) in enumerate(titles):
            is_it = bare == title or (title and bare.endswith(title) and len(bare) <= len(title) + 8)
            if is_it or (len(bare) >= 12 and title.endswith(bare)) or (len(bare) >= 12 and title.startswith(bare)):
                levels[number] = level
                del titles[place]
                break
    return levels


def _bare(text: str) -> str:
    return _NOT_LETTERS.sub("", text).casefold()


def _blocks(text: str, lines: list[_Line], levels: dict[int, int]) -> tuple[Block, ...]:
    gaps = sorted(after.y - line.y for line, after in itertools.pairwise(lines) if after.y > line.y)
    usual = gaps[len(gaps) // 2] if gaps else 0.0
    blocks: list[Block] = []
    start = 0  # line that the paragraph begins with
    for number in range(1, len(lines) + 1):
        if number < len(lines) and not _is_break(text, lines, number, levels, usual):
            continue
        level = levels.get(start, 0)
        blocks.append(Block(lines[start].start, lines[number - 1].end, "heading" if level else "paragraph", level))
        start = number
    return tuple(blocks)


def _is_break(text: str, lines: list[_Line], number: int, levels: dict[int, int], usual: float) -> bool:
    """Whether another paragraph begins with this line."""
    before, line = lines[number - 1], lines[number]
    if number in levels or number - 1 in levels:
        return True
    has_end = text.endswith(_ENDS, before.start, before.end)
    gap = line.y - before.y
    if gap < -usual:  # up: the next column, in the middle of a sentence as likely as not
        return has_end
    if gap > usual * _PARAGRAPH_GAP:
        return True
    return has_end and line.x > before.x + _INDENT
