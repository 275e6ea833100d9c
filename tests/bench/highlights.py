"""PDF citations whose highlighted rectangles contain the quoted words: over generated pages, and over real ones.

`.venv/bin/python tests/bench/highlights.py [FOLDER]`: real pages come out of the PDFs in FOLDER (or in the system's own
documentation). A quotation is a stretch of a page's text; its rectangles are those that the window draws, and what
pypdfium2 finds inside them is compared with the quotation's words.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import pypdfium2

from app.documents.faults import Unreadable
from app.documents.parts import Rectangle, Span
from app.documents.reading.pdf import Document
from app.documents.reading.pictures import rectangles
from tests.bench.llama_bench import Unavailable
from tests.bench.measure import Row
from tests.bench.reading import words_of
from tests.documents.pdfs import Sheet, pdf, wrapped

GENERATED, REAL = 200, 50
QUOTES = 5  # of a page
_DOCUMENTATION = Path("/usr/share/doc")
_WORD = re.compile(r"\w+")


def highlights() -> Iterator[Row]:
    yield _row("generated", _generated())
    yield _row("real", _real(_DOCUMENTATION))


def _row(kind: str, pages: Iterator[tuple[bytes, int]]) -> Row:
    found = list(pages)
    if not found:
        raise Unavailable(f"no {kind} PDF is here")
    asked = held = 0
    for data, number in found:
        results = _quotes(data, number)
        asked += len(results)
        held += sum(results)
    what = f"PDF citations whose rectangles contain the quoted words, {len(found)} {kind} pages"
    return Row(what, "100 %", f"{100 * held / asked:.1f} % of {asked}")


def _generated() -> Iterator[tuple[bytes, int]]:
    """One and two columns, turned and cropped, large and small letters, ligatures."""
    chance = random.Random(6)
    for number in range(GENERATED):
        sheet = Sheet(rotation=chance.choice((0, 0, 90, 180, 270)))
        if number % 5 == 0:
            sheet.crop = (20, 20, 580, 820)
        size = chance.choice((7, 9, 11, 14))
        lines = wrapped(
            words_of(chance, 1_500).replace("fi", "\x01"), width=int(440 / size if number % 2 else 880 / size)
        )
        per_column = int(700 / (1.3 * size))
        sheet.lines(40, 780, lines[:per_column], size=size, leading=1.3 * size)
        if number % 2:
            sheet.lines(310, 780, lines[per_column : 2 * per_column], size=size, leading=1.3 * size)
        yield pdf([sheet]), 0


def _real(folder: Path) -> Iterator[tuple[bytes, int]]:
    """Pages by chance out of the PDFs that there are, at most ten of one file."""
    chance = random.Random(6)
    pages: list[tuple[Path, int]] = []
    for path in sorted(folder.rglob("*.pdf")):
        try:
            count = Document(path.read_bytes()).pages
        except (Unreadable, OSError):
            continue
        pages += [(path, number) for number in chance.sample(range(count), min(count, 10))]
    chance.shuffle(pages)
    taken = 0
    for path, number in pages:
        data = path.read_bytes()
        if taken < REAL and _has_words(data, number):
            taken += 1
            yield data, number


def _has_words(data: bytes, number: int) -> bool:
    page = Document(data).open_page(number)
    try:
        return len(_WORD.findall(page.text())) >= 40
    finally:
        page.close()


def _quotes(data: bytes, number: int) -> list[bool]:
    """For some quotations of a page: whether what stands in their rectangles has their words."""
    chance = random.Random(number)
    document = Document(data)
    page = document.open_page(number)
    beside = pypdfium2.PdfDocument(data)
    text = page.text()
    words = list(_WORD.finditer(text))
    results = []
    for _ in range(QUOTES):
        first = chance.randrange(max(1, len(words) - 25))
        last = min(len(words) - 1, first + chance.randint(4, 24))
        span = Span(number, words[first].start(), number, words[last].end())
        inside = _inside(beside[number], rectangles(page, number, span))
        results.append(_contains(inside, text[span.start : span.end]))
        if not results[-1] and "-v" in sys.argv:
            print(repr(text[span.start : span.end]), "\n  ", repr(inside), file=sys.stderr)
    page.close()
    beside.close()
    return results


def _contains(inside: str, quote: str) -> bool:
    """Whether the quotation's letters stand there in its order. Marks at line ends are not drawn as they are read."""
    return _bare(quote) in _bare(inside)


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", text)


def _inside(page: pypdfium2.PdfPage, places: tuple[Rectangle, ...]) -> str:
    text_page = page.get_textpage()
    found = [text_page.get_text_bounded(*_points(page, place)) for place in places]
    text_page.close()
    return " ".join(found)


def _points(page: pypdfium2.PdfPage, place: Rectangle) -> tuple[float, float, float, float]:
    """Fractions of the page as it is shown, back to its own coordinates: left, bottom, right, top."""
    left, bottom, right, top = page.get_bbox()
    wide, high = right - left, top - bottom

    def own(x: float, y: float) -> tuple[float, float]:
        match page.get_rotation():
            case 90:
                return left + y * wide, bottom + x * high
            case 180:
                return right - x * wide, bottom + y * high
            case 270:
                return right - y * wide, top - x * high
        return left + x * wide, top - y * high

    (x0, y0), (x1, y1) = own(place.left, place.top), own(place.right, place.bottom)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


if __name__ == "__main__":
    folders = [argument for argument in sys.argv[1:] if argument != "-v"]
    for row in (_row("generated", _generated()), _row("real", _real(Path(folders[0]) if folders else _DOCUMENTATION))):
        print(f"| {row.what} | {row.bar} | {row.measured} |")
