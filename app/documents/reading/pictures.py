"""Pages as pictures, and where a stretch of their text stands on them."""

from __future__ import annotations

import ctypes
from typing import Final

from app.documents.faults import Unreadable
from app.documents.parts import Picture, Rectangle, Span
from app.documents.reading import pdfium
from app.documents.reading.pdf import Document, Page
from app.documents.reading.pdfium import Floats
from app.documents.reading.wire import MAX_PICTURE_PIXELS, MAX_RECTANGLES

_FINE: Final = 1_000_000  # steps that a page's width and height are divided into
_WHITE: Final = 0xFFFFFFFF
_PADDING: Final = 0.6  # points around letters, so that a mark does not cut them


class Book:
    """An open PDF to look at. Raises Unreadable."""

    def __init__(self, data: bytes, password: str = "") -> None:
        self.document = Document(data, password)

    def picture(self, part: int, width_px: int, span: Span | None) -> Picture:
        """Raises Unreadable."""
        return picture_of(self.document, part, width_px, span=span)


def picture_of(document: Document, part: int, width_px: int, *, span: Span | None = None) -> Picture:
    """A page as pixels, so wide or less, and where the span stands on it. Raises Unreadable."""
    if not 0 <= part < document.pages:
        raise Unreadable("no_such_part")
    page = document.open_page(part)
    try:
        width, height = _size(page, width_px)
        places = () if span is None else rectangles(page, part, span)
        return Picture(width, height, _painted(page, width, height), places)
    finally:
        page.close()


def rectangles(page: Page, part: int, span: Span) -> tuple[Rectangle, ...]:
    """Where the span's characters of this page stand, as fractions of the page as it is shown."""
    if not span.first <= part <= span.last:
        return ()
    start = span.start if part == span.first else 0
    end = min(span.end if part == span.last else page.count, page.count)
    if end <= start:
        return ()
    library, box = page.library, Floats(4, ctypes.c_double)
    count = min(MAX_RECTANGLES, library.FPDFText_CountRects(page.text_pointer, start, end - start))
    found = []
    for number in range(count):
        if library.FPDFText_GetRect(page.text_pointer, number, *box.at):
            left, top, right, bottom = box.values
            place = _on_page(page, left - _PADDING, top + _PADDING, right + _PADDING, bottom - _PADDING)
            if place is not None:
                found.append(place)
    return _joined(found)


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


def _joined(places: list[Rectangle]) -> tuple[Rectangle, ...]:
    """Neighbours on one line as one: PDFium has one for each run of letters."""
    found: list[Rectangle] = []
    for place in places:
        last = found[-1] if found else None
        if last is not None and _is_one_line(last, place):
            found[-1] = Rectangle(
                min(last.left, place.left),
                min(last.top, place.top),
                max(last.right, place.right),
                max(last.bottom, place.bottom),
            )
        else:
            found.append(place)
    return tuple(found)


def _is_one_line(one: Rectangle, other: Rectangle) -> bool:
    height = min(one.bottom - one.top, other.bottom - other.top)
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    gap = max(other.left - one.right, one.left - other.right)
    return shared >= 0.6 * height and gap <= 1.5 * max(one.bottom - one.top, other.bottom - other.top)


def _size(page: Page, width_px: int) -> tuple[int, int]:
    """Pixels of a picture so wide, or less where it would have too many."""
    wide, high = page.library.FPDF_GetPageWidthF(page.pointer), page.library.FPDF_GetPageHeightF(page.pointer)
    if not (wide > 0 and high > 0):
        raise Unreadable("damaged")
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
