"""Scanned papers, made of PDFs that have text: each page as a picture in grey, as a scanner leaves it."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from app.documents.reading.pdf import Document
from app.documents.reading.pictures import picture_of

WIDTH, HEIGHT = 595, 842


@dataclass(frozen=True, slots=True)
class Sheet:
    """One picture: its grey values, a byte each, row by row."""

    width: int
    height: int
    grey: bytes

    def turned(self, quarters: int) -> Sheet:
        """Clockwise, as it was laid on the glass."""
        if quarters % 4 == 0:
            return self
        rows = [self.grey[at : at + self.width] for at in range(0, len(self.grey), self.width)]
        columns = [bytes(column) for column in zip(*reversed(rows), strict=True)]
        return Sheet(self.height, self.width, b"".join(columns)).turned(quarters - 1)

    def noisy(self, deviation: float) -> Sheet:
        chance = random.Random(1)
        dots = bytes(min(255, max(0, round(value + chance.gauss(0, deviation)))) for value in self.grey)
        return Sheet(self.width, self.height, dots)


def scan_of(pdf: bytes, page: int = 0, *, dots_per_inch: int = 200) -> Sheet:
    picture = picture_of(Document(pdf), page, round(WIDTH * dots_per_inch / 72))
    return Sheet(picture.width, picture.height, picture.rgb[::3])


def blank(dots_per_inch: int = 200) -> Sheet:
    width, height = round(WIDTH * dots_per_inch / 72), round(HEIGHT * dots_per_inch / 72)
    return Sheet(width, height, b"\xff" * (width * height))


def bound(sheets: Sequence[Sheet], *, rotation: int = 0) -> bytes:
    """A PDF of nothing but these pictures; `rotation` is how viewers are to turn its pages, in degrees."""
    first = 3
    kids = b" ".join(b"%d 0 R" % (first + 3 * number) for number in range(len(sheets)))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(sheets), kids)]
    for number, sheet in enumerate(sheets):
        own = first + 3 * number
        wide, high = (WIDTH, HEIGHT) if sheet.width < sheet.height else (HEIGHT, WIDTH)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Rotate %d/Resources<</XObject<</Im1 %d 0 R>>>>"
            b"/Contents %d 0 R>>" % (wide, high, rotation, own + 1, own + 2)
        )
        shape = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray" % (sheet.width, sheet.height)
        objects.append(_stream(shape + b"/BitsPerComponent 8/Filter/FlateDecode", zlib.compress(sheet.grey)))
        objects.append(_stream(b"", b"q %d 0 0 %d 0 0 cm /Im1 Do Q" % (wide, high)))
    out = bytearray(b"%PDF-1.6\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))


def _stream(entries: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data)
