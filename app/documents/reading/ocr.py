"""Text recognition for scanned pages, where tesserocr and its trained data are installed; it is no dependency.

What is recognised has no characters of PDFium's, so a stretch of it has no rectangles: the page is shown without.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from app.documents.faults import Unreadable
from app.documents.reading import ocr_data, pictures
from app.documents.reading.blocks import PartBuilder, RawPart
from app.documents.reading.pdf import PdfReader
from app.documents.reading.wire import clean

_WIDTH_PX: Final = 1_654  # a page of A4 at 200 dots an inch: recall .99 at 2 s a page
_LANGUAGES_MAX: Final = 4  # each makes every page slower


class Recognised:
    """A PDF whose scans are read, too. Raises Unreadable."""

    def __init__(self, reader: PdfReader, folders: Sequence[Path]) -> None:
        languages = ocr_data.languages_in(folders)
        if not languages:
            raise Unreadable("no_ocr")
        self._reader = reader
        self._read = 0
        # Untyped, and there only where a person installed it.
        tesserocr: Any = importlib.import_module("tesserocr")
        self._engine: Any = tesserocr.PyTessBaseAPI(path=str(folders[0]), lang="+".join(languages[:_LANGUAGES_MAX]))

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"read_by_ocr:{self._read}",) if self._read else ()

    def parts(self) -> Iterator[RawPart]:
        for number, part in enumerate(self._reader.parts()):
            yield self._recognised(number, part) if part.is_scan else part

    def _recognised(self, number: int, part: RawPart) -> RawPart:
        picture = pictures.picture_of(self._reader.document, number, _WIDTH_PX)
        self._engine.SetImageBytes(picture.rgb, picture.width, picture.height, 3, 3 * picture.width)
        text = clean(self._engine.GetUTF8Text()).strip()
        if not text:
            return part
        self._read += 1
        builder = PartBuilder(part.label)
        for paragraph in text.split("\n\n"):
            builder.add(paragraph)
        return builder.part()
