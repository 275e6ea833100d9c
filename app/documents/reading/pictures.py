"""Pages as pictures, and where their words, or a stretch of their text, stand on them."""

from __future__ import annotations

import ctypes
import functools
import itertools
import re
from typing import Final

from app.documents.faults import Unreadable
from app.documents.parts import Picture, Rectangle, Span, Word
from app.documents.reading import pdfium
from app.documents.reading.pdf import Document, Page
from app.documents.reading.pdfium import Floats
from app.documents.reading.places import around, joined, stretch
from app.documents.reading.wire import MAX_PICTURE_PIXELS, MAX_RECTANGLES, MAX_WORDS

_FINE: Final = 1_000_000  # steps that a page's width and height are divided into
_WHITE: Final = 0xFFFFFFFF
_PADDING: Final = 0.6  # points around letters, so that a mark does not cut them
# What a person selects at once: letters without white space, of a script that has none a single one. A word that was
# divided at a line's end is two.
_WIDE: Final = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_WORD: Final = re.compile(f"[{_WIDE}]|[^\\s\xad{_WIDE}]+\xad?")


class Book:
    """An open PDF to look at. Raises Unreadable."""

    def __init__(self, data: bytes, password: str = "") -> None:
        self.document = Document(data, password)

    def picture(self, part: int, width_px: int, span: Span | None) -> Picture:
        """Raises Unreadable."""
        return picture_of(self.document, part, width_px, span=span)

    def words(self, part: int) -> tuple[Word, ...]:
        """Of a page, with where they stand. Raises Unreadable."""
        page = _opened(self.document, part)
        try:
            return _words(page)
        finally:
            page.close()


def picture_of(document: Document, part: int, width_px: int, *, span: Span | None = None) -> Picture:
    """A page as pixels, so wide or less, and where the span stands on it. Raises Unreadable."""
    page = _opened(document, part)
    try:
        width, height = _size(page, width_px)
        places = () if span is None else rectangles(page, part, span)
        return Picture(width, height, _painted(page, width, height), places)
    finally:
        page.close()


def points_of(document: Document, part: int) -> tuple[float, float]:
    """How wide and high a page is, as it is shown. Raises Unreadable."""
    page = _opened(document, part)
    try:
        return _points(page)
    finally:
        page.close()


def _points(page: Page) -> tuple[float, float]:
    wide, high = page.library.FPDF_GetPageWidthF(page.pointer), page.library.FPDF_GetPageHeightF(page.pointer)
    if not (wide > 0 and high > 0):
        raise Unreadable("damaged")
    return wide, high


def _opened(document: Document, part: int) -> Page:
    if not 0 <= part < document.pages:
        raise Unreadable("no_such_part")
    return document.open_page(part)


def _words(page: Page) -> tuple[Word, ...]:
    found = []
    for word in itertools.islice(_WORD.finditer(page.text()), MAX_WORDS):
        boxes = _boxes(page, *word.span())
        if boxes:
            found.append(Word(*word.span(), functools.reduce(around, boxes)))
    return tuple(found)


def rectangles(page: Page, part: int, span: Span) -> tuple[Rectangle, ...]:
    """Where the span's characters of this page stand, as fractions of the page as it is shown."""
    start, end = stretch(span, part, page.count)
    # PDFium has one for each run of letters.
    return joined(_boxes(page, start, end)) if start < end else ()


def _boxes(page: Page, start: int, end: int) -> list[Rectangle]:
    library, box = page.library, Floats(4, ctypes.c_double)
    count = min(MAX_RECTANGLES, library.FPDFText_CountRects(page.text_pointer, start, end - start))
    found = []
    for number in range(count):
        if library.FPDFText_GetRect(page.text_pointer, number, *box.at):
            left, top, right, bottom = box.values
            place = _on_page(page, left - _PADDING, top + _PADDING, right + _PADDING, bottom - _PADDING)
            if place is not None:
                found.append(place)
    return found


def _on_page(page: Page, left: float, top: float, right: float, bottom: float) -> Rectangle | None:
    """Page coordinates (points, upwards, not turned) as fractions of what is shown; None for what is not."""
    x, y = ctypes.c_int(), ctypes.c_int()
    places = []
    for at in ((left, top), (right, bottom)):
        to = (ctypes.addressof(x), ctypes.addressof(y))
        page.library.FPDF_PageToDevice(page.pointer, 0, 0, _FINE, _FINE, 0, *at, *to)
        places.append((x.value / _FINE, y.value / _FINE))
    (x0, y0), (x1, y1) = places
    found = Rectangle(*(min(1.0, max(0.0, value)) for value in (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))))
    return found if found.right > found.left and found.bottom > found.top else None


def _size(page: Page, width_px: int) -> tuple[int, int]:
    """Pixels of a picture so wide, or less where it would have too many."""
    wide, high = _points(page)
    width = max(1, width_px)
    height = max(1, round(width * high / wide))
    if width * height > MAX_PICTURE_PIXELS:
        scale = (MAX_PICTURE_PIXELS / (width * height)) ** 0.5
        width, height = max(1, int(width * scale)), max(1, int(height * scale))
    if width * height > MAX_PICTURE_PIXELS:  # a page a thousand times longer than wide
        raise Unreadable("damaged")
    return width, height


def _painted(page: Page, width: int, height: int) -> bytes:
    """RGB, rows without padding."""
    library = page.library
    stride = (3 * width + 3) // 4 * 4
    pixels = ctypes.create_string_buffer(stride * height)
    bitmap = library.FPDFBitmap_CreateEx(width, height, pdfium.BITMAP_BGR, ctypes.addressof(pixels), stride)
    if not bitmap:
        raise MemoryError
    try:
        library.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, _WHITE)
        flags = pdfium.RENDER_ANNOTATIONS | pdfium.RENDER_RGB
        library.FPDF_RenderPageBitmap(bitmap, page.pointer, 0, 0, width, height, 0, flags)
    finally:
        library.FPDFBitmap_Destroy(bitmap)
    if stride == 3 * width:
        return pixels.raw
    rows = memoryview(pixels)
    return b"".join(rows[row * stride : row * stride + 3 * width] for row in range(height))
