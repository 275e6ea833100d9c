"""What is on a PDF's page that a person would not see, and whether the page is a picture: by its objects.

Every text object is asked for how it is drawn; only where one is suspicious are its characters looked for. Text drawn
invisibly over a picture of the page is what text recognition left there: it stands on the picture, so it is seen.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.documents.parts import Hidden, HiddenReason
from app.documents.reading import pdfium
from app.documents.reading.pdfium import Floats, Pdfium, Pointer

MAX_HIDDEN: Final = 2_000
_MAX_DEPTH: Final = 6  # of forms within forms
_WHITE: Final = 243  # of 255, each of red, green and blue: lighter than that is not read on paper
_FAINT: Final = 8  # of 255, of the opacity
_TINY: Final = 2.0  # points, of the size of letters
_BACKGROUNDS: Final = 2_000  # shapes that are kept to see what white text stands on
_SCAN_CHARACTERS: Final = 32
_SCAN_COVER, _LAYER_COVER = 0.5, 0.4  # of the page

_Box = tuple[float, float, float, float]  # left, bottom, right, top
_Matrix = tuple[float, float, float, float, float, float]
_SAME: Final[_Matrix] = (1, 0, 0, 1, 0, 0)


@dataclass(frozen=True, slots=True)
class Seen:
    hidden: tuple[Hidden, ...]
    is_scan: bool


_NOTHING: Final = Seen((), False)


class Looker:
    """Looks at one page after the other."""

    def __init__(self, library: Pdfium) -> None:
        self._library = library
        self._box = Floats(4, ctypes.c_float)
        self._colour = Floats(4, ctypes.c_uint)
        self._matrix = Floats(6, ctypes.c_float)

    def look(self, page: Pointer, text_page: Pointer, text: str) -> Seen:
        page_box = self._page_box(page)
        suspects: dict[int, HiddenReason] = {}
        boxes: dict[int, _Box] = {}
        pictures: list[_Box] = []
        backgrounds: list[tuple[int, _Box]] = []
        whites: list[tuple[int, int]] = []  # their place in the order of drawing, and they themselves
        for order, (thing, mode, matrix) in enumerate(self._suspicious(page, page_box)):
            if mode == pdfium.MODE_UNKNOWN:
                self._note_shape(order, thing, matrix, pictures, backgrounds)
                continue
            box = self._bounds(thing, matrix)
            reason = self._reason(thing, mode, matrix, box, page_box)
            if reason is not None:
                suspects[thing] = reason
                boxes[thing] = box
                if reason == "white":
                    whites.append((order, thing))
        for order, thing in whites:
            if any(at < order and _holds(shape, boxes[thing]) for at, shape in backgrounds):
                del suspects[thing]
        cover = _cover(pictures, page_box) if pictures else 0.0
        if cover >= _LAYER_COVER:
            suspects = {
                thing: reason
                for thing, reason in suspects.items()
                if reason != "invisible" or not any(_touches(picture, boxes[thing]) for picture in pictures)
            }
        is_scan = cover >= _SCAN_COVER and len(text) - text.count(" ") - text.count("\n") < _SCAN_CHARACTERS
        return Seen(self._stretches(text_page, text, suspects) if suspects else (), is_scan)

    def _suspicious(self, page: Pointer, page_box: _Box) -> Iterator[tuple[int, int, _Matrix]]:
        """Objects with how their text is drawn (MODE_UNKNOWN: it is none): all but text that is plainly to be seen.

        The loop that every page pays for: four calls for each object, and nothing that is not needed.
        """
        library = self._library
        get, mode_of = library.FPDFPage_GetObject, library.FPDFTextObj_GetTextRenderMode
        bounds_of, fill_of = library.FPDFPageObj_GetBounds, library.FPDFPageObj_GetFillColor
        box, at, colour, shades = self._box.values, self._box.at, self._colour.values, self._colour.at
        page_left, page_bottom, page_right, page_top = page_box
        for number in range(library.FPDFPage_CountObjects(page)):
            thing = get(page, number)
            mode = mode_of(thing)
            if mode == 0 and bounds_of(thing, *at):
                left, bottom, right, top = box
                is_tiny = right - left < _TINY or top - bottom < _TINY
                is_on_page = right > page_left and left < page_right and top > page_bottom and bottom < page_top
                is_placed = is_on_page and not is_tiny
                if is_placed and fill_of(thing, *shades) and colour[0] < _WHITE and colour[3] >= _FAINT:
                    continue
            elif mode == pdfium.MODE_UNKNOWN and library.FPDFPageObj_GetType(thing) == pdfium.OBJECT_FORM:
                yield from self._inside(thing, _SAME, 1)
                continue
            yield thing, mode, _SAME

    def _inside(self, form: int, outer: _Matrix, depth: int) -> Iterator[tuple[int, int, _Matrix]]:
        library = self._library
        matrix = outer
        if library.FPDFPageObj_GetMatrix(form, self._matrix.at[0]):
            matrix = _product(tuple(self._matrix.values), outer)
        for number in range(library.FPDFFormObj_CountObjects(form)):
            thing = library.FPDFFormObj_GetObject(form, number)
            mode = library.FPDFTextObj_GetTextRenderMode(thing)
            if mode == pdfium.MODE_UNKNOWN and library.FPDFPageObj_GetType(thing) == pdfium.OBJECT_FORM:
                if depth < _MAX_DEPTH:
                    yield from self._inside(thing, matrix, depth + 1)
            else:
                yield thing, mode, matrix

    def _reason(self, thing: int, mode: int, matrix: _Matrix, box: _Box, page_box: _Box) -> HiddenReason | None:
        if mode in (pdfium.MODE_INVISIBLE, pdfium.MODE_CLIP):
            return "invisible"
        left, bottom, right, top = box
        if right <= page_box[0] or left >= page_box[2] or top <= page_box[1] or bottom >= page_box[3]:
            return "off_page"
        if (top - bottom < _TINY or right - left < _TINY) and self._is_tiny(thing, matrix):
            return "tiny"
        if mode in (0, 4) and self._library.FPDFPageObj_GetFillColor(thing, *self._colour.at):
            red, green, blue, opacity = self._colour.values
            if opacity < _FAINT:
                return "invisible"
            if red >= _WHITE and green >= _WHITE and blue >= _WHITE:
                return "white"
        return None

    def _is_tiny(self, thing: int, matrix: _Matrix) -> bool:
        """By the size of its letters: what is low may be dashes or dots."""
        library, size = self._library, self._box
        if not library.FPDFTextObj_GetFontSize(thing, size.at[0]):
            return False
        points = size.values[0]
        if not library.FPDFPageObj_GetMatrix(thing, self._matrix.at[0]):
            return False
        _a, _b, c, d, _e, _f = _product(tuple(self._matrix.values), matrix)
        return 0 <= points * math.hypot(c, d) < _TINY

    def _note_shape(
        self, order: int, thing: int, matrix: _Matrix, pictures: list[_Box], backgrounds: list[tuple[int, _Box]]
    ) -> None:
        kind = self._library.FPDFPageObj_GetType(thing)
        if kind == pdfium.OBJECT_IMAGE:
            box = self._bounds(thing, matrix)
            if len(pictures) < _BACKGROUNDS:
                pictures.append(box)
        elif kind == pdfium.OBJECT_PATH:
            if not self._is_dark(thing):
                return
            box = self._bounds(thing, matrix)
        elif kind == pdfium.OBJECT_SHADING:
            box = self._bounds(thing, matrix)
        else:
            return
        if len(backgrounds) < _BACKGROUNDS:
            backgrounds.append((order, box))

    def _is_dark(self, path: int) -> bool:
        """Whether white could be read on it: a filled shape that is not itself white."""
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        drawn = self._library.FPDFPath_GetDrawMode(path, ctypes.addressof(fill), ctypes.addressof(stroke))
        if not drawn or not fill.value or not self._library.FPDFPageObj_GetFillColor(path, *self._colour.at):
            return False
        red, green, blue, opacity = self._colour.values
        return opacity >= _FAINT and min(red, green, blue) < _WHITE

    def _bounds(self, thing: int, matrix: _Matrix) -> _Box:
        if not self._library.FPDFPageObj_GetBounds(thing, *self._box.at):
            return (0.0, 0.0, 0.0, 0.0)
        left, bottom, right, top = self._box.values
        if matrix is _SAME:
            return left, bottom, right, top
        a, b, c, d, e, f = matrix
        xs = [a * x + c * y + e for x in (left, right) for y in (bottom, top)]
        ys = [b * x + d * y + f for x in (left, right) for y in (bottom, top)]
        return min(xs), min(ys), max(xs), max(ys)

    def _page_box(self, page: Pointer) -> _Box:
        """What of the page is shown. FS_RECTF is left, top, right, bottom."""
        if not self._library.FPDF_GetPageBoundingBox(page, self._box.at[0]):
            return (-1e9, -1e9, 1e9, 1e9)
        left, top, right, bottom = self._box.values
        return min(left, right), min(top, bottom), max(left, right), max(top, bottom)

    def _stretches(self, text_page: Pointer, text: str, suspects: dict[int, HiddenReason]) -> tuple[Hidden, ...]:
        """Where the characters of the suspects are; white space between two of one kind belongs to them."""
        object_of = self._library.FPDFText_GetTextObject
        found: list[Hidden] = []
        for index, character in enumerate(text):
            if character.isspace():
                continue
            reason = suspects.get(object_of(text_page, index) or 0)
            if reason is None:
                continue
            last = found[-1] if found else None
            if last is not None and last.reason == reason and not text[last.end : index].strip():
                found[-1] = Hidden(last.start, index + 1, reason)
            elif len(found) < MAX_HIDDEN:
                found.append(Hidden(index, index + 1, reason))
        return tuple(stretch for stretch in found if any(map(str.isalnum, text[stretch.start : stretch.end])))


def _product(inner: tuple[float, ...], outer: _Matrix) -> _Matrix:
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def _holds(outer: _Box, inner: _Box) -> bool:
    """With a point to spare, as letters reach over their line."""
    return (
        outer[0] <= inner[0] + 1 and outer[1] <= inner[1] + 1 and outer[2] >= inner[2] - 1 and outer[3] >= inner[3] - 1
    )


def _touches(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _cover(pictures: list[_Box], page: _Box) -> float:
    """How much of the page the pictures cover, 0 to 1; scans in strips are several, which do not overlap."""
    area = 0.0
    for left, bottom, right, top in pictures:
        width = min(right, page[2]) - max(left, page[0])
        height = min(top, page[3]) - max(bottom, page[1])
        area += max(0.0, width) * max(0.0, height)
    whole = (page[2] - page[0]) * (page[3] - page[1])
    return min(1.0, area / whole) if whole > 0 else 0.0
