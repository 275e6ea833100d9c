"""Scanned pages through the real parser child and the real recognition, where it is installed; and without it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import pytest

from app.documents.faults import DocumentFault
from app.documents.parts import Chunk, Part, Rectangle, Span
from app.documents.reader import BytesSource, Pages, ReadWish, ocr_languages, read
from app.documents.reading import ocr_data
from app.documents.reading.places import marked, words_of
from app.engine.stop import Stop
from app.errors import Cancelled
from tests.documents.pdfs import Sheet, page_of, pdf, wrapped
from tests.documents.reading_files import read_bytes
from tests.documents.scans import blank, bound, scan_of

LANGUAGES = ocr_languages()
installed = pytest.mark.skipif("eng" not in LANGUAGES, reason="tesserocr or its English data is not installed")
with_german = pytest.mark.skipif("deu" not in LANGUAGES, reason="tesserocr or its German data is not installed")
WISH = ReadWish(is_ocr_wanted=True)

PROSE = (
    "The tenant shall keep the garden in good order and return every key on the last day of the lease. Repairs "
    "that cost less than 120 euros are paid by whoever lives there; larger ones are the owner's business, unless "
    "somebody broke what must be repaired. Bicycles stand in the cellar, never in the hall, because the fire "
    "brigade needs the way out. Heating begins on 1 October and ends in the middle of April. Who plays an "
    "instrument may do so for two hours a day, but not between one and three in the afternoon. Smoke detectors "
    "are tested every spring by a company that rings twice and leaves a note when nobody opens. The deposit of "
    "2,400 euros is returned within six months."
)
OTHER = (
    "Llamas carry loads across the mountains and rest at noon beside the river. Their wool is sorted by hand into nine "
    "shades before it is spun, and the darkest of them is kept for blankets that are given at weddings."
)
GERMAN = (
    "Über die Größe der Häuser äußerte sich der Prüfer mißmutig: Die Fläche ist zu klein, die Höhe jedoch genügt. Der "
    "Käufer übernimmt die Kosten für Böden, Türen und Öfen gemäß dem Vertrage vom 4. März 2019. Schließlich müssen "
    "Müller, Weiß und Söhne die Schlüssel zurückgeben; für größere Schäden gewährt die Gesellschaft eine Vergütung."
)


def recall(wanted: str, found: str) -> float:
    """The share of words that were found, in their order."""
    words = wanted.split()
    same = difflib.SequenceMatcher(None, words, found.replace("\xad", "").split(), autojunk=False)
    return sum(block.size for block in same.get_matching_blocks()) / len(words)


@installed
@pytest.mark.parametrize(
    ("dots_per_inch", "noise", "least"), [(150, 0, 0.97), (150, 12, 0.95), (200, 0, 0.97), (300, 0, 0.97)]
)
def test_print_is_read_at_the_resolutions_of_scanners(dots_per_inch: int, noise: float, least: float) -> None:
    sheet = scan_of(pdf([page_of(PROSE)]), dots_per_inch=dots_per_inch)
    done = read_bytes("a.pdf", bound([sheet.noisy(noise) if noise else sheet]), WISH)
    assert recall(PROSE, done.text) >= least
    assert [chunk.text for chunk in done.chunks] == [done.text], "and is found by its words"
    assert done.about.scans == 0
    assert done.about.notes == ("A scanned page was read by text recognition, which makes mistakes.",)


@installed
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_page_is_read_whichever_way_it_lay_on_the_glass(quarters: int) -> None:
    source = pdf([page_of(PROSE)])
    done = read_bytes("a.pdf", bound([scan_of(source).turned(quarters)]), WISH)
    assert recall(PROSE, done.text) >= 0.97
    part = done.parts[0]
    start = part.text.index("Bicycles")
    found = _around(marked(part, Span(0, start, 0, start + 8)))
    assert _shared(found, _turned(_printed(source, "Bicycles"), quarters)) >= 0.6


@installed
def test_a_page_that_viewers_turn_is_read_as_they_show_it() -> None:
    done = read_bytes("a.pdf", bound([scan_of(pdf([page_of(PROSE)])).turned(3)], rotation=90), WISH)
    assert recall(PROSE, done.text) >= 0.97


@installed
def test_every_recognised_word_stands_where_it_is_printed() -> None:
    source = pdf([page_of(PROSE)])
    part = read_bytes("a.pdf", bound([scan_of(source)]), WISH).parts[0]
    with Pages(BytesSource("a.pdf", source)) as pages:
        printed = [word.box for word in pages.words(0)]
    recognised = words_of(part.places)
    assert [part.text[word.start : word.end] for word in recognised] == part.text.split()
    assert len(recognised) == len(printed)
    assert all(_shared(one.box, other) >= 0.5 for one, other in zip(recognised, printed, strict=True))


@installed
def test_columns_are_read_one_after_the_other() -> None:
    left, right = wrapped(PROSE, 42), wrapped(OTHER, 42)
    sheet = Sheet().lines(50, 780, left, size=10).lines(310, 780, right, size=10)
    text = read_bytes("a.pdf", bound([scan_of(pdf([sheet]))]), WISH).text
    assert recall(f"{PROSE} {OTHER}", text) >= 0.97


@installed
def test_a_word_divided_at_the_end_of_a_line_is_found_whole() -> None:
    sheet = Sheet().lines(
        60, 700, ["Nobody who has read the agree-", "ment from beginning to end can", "say so."], size=14
    )
    assert "agree\xadment" in read_bytes("a.pdf", bound([scan_of(pdf([sheet]))]), WISH).text


@with_german
def test_umlauts_are_read_where_their_language_is_installed() -> None:
    assert recall(GERMAN, read_bytes("a.pdf", bound([scan_of(pdf([page_of(GERMAN)]))]), WISH).text) >= 0.97


@installed
def test_only_scans_are_recognised_and_an_empty_one_stays_a_picture() -> None:
    scans = bound([scan_of(pdf([page_of(OTHER)])), blank()])
    done = read_bytes("a.pdf", scans, WISH)
    assert [bool(part.places) for part in done.parts] == [True, False]
    assert [part.is_scan for part in done.parts] == [False, True]
    assert done.about.notes == (
        "A scanned page was read by text recognition, which makes mistakes.",
        "A page is a picture without text.",
    )
    own = read_bytes("a.pdf", pdf([page_of(PROSE)]), WISH)
    assert own == read_bytes("a.pdf", pdf([page_of(PROSE)]))


@installed
def test_progress_is_said_after_each_page_and_a_stop_ends_between_two() -> None:
    scans = bound([scan_of(pdf([page_of(OTHER)]))] * 4)
    stop = Stop()
    fractions: list[float] = []
    got: list[Part] = []

    def take(parts: Sequence[Part], _chunks: Sequence[Chunk]) -> None:
        got.extend(parts)
        if len(got) == 2:
            stop.set()

    with pytest.raises(Cancelled):
        read(BytesSource("a.pdf", scans), WISH, on_parts=take, on_progress=fractions.append, stop=stop)
    assert [part.number for part in got] == [0, 1]
    assert fractions == [0.25]


def test_without_the_component_a_scan_says_so_and_recognition_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr_data, "folders", tuple)  # as they are where nothing is installed
    scans = bound([blank()])
    done = read_bytes("a.pdf", scans)
    assert done.about.scans == 1
    assert done.about.notes == ("A page is a picture without text.",)
    with pytest.raises(DocumentFault) as raised:
        read_bytes("a.pdf", scans, WISH)
    assert raised.value.name == "no_ocr"
    assert raised.value.next_step


def test_pages_are_read_in_the_languages_of_the_app_first_and_in_few() -> None:
    many = ("afr", "deu", "eng", "fra", "ita", "spa")
    assert ocr_data.chosen(many, "de") == ("deu", "eng", "afr", "fra")
    assert ocr_data.chosen(many, "en") == ("eng", "afr", "deu", "fra")
    assert ocr_data.chosen(("ita",), "fr") == ("ita",)
    assert ocr_data.chosen((), "en") == ()


def _printed(source: bytes, words: str) -> Rectangle:
    """Where PDFium has words of the first page."""
    start = read_bytes("a.pdf", source).parts[0].text.index(words)
    with Pages(BytesSource("a.pdf", source)) as pages:
        return _around(pages.picture(0, width_px=100, span=Span(0, start, 0, start + len(words))).rectangles)


def _around(boxes: Sequence[Rectangle]) -> Rectangle:
    return Rectangle(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _turned(box: Rectangle, quarters: int) -> Rectangle:
    for _quarter in range(quarters):
        box = Rectangle(1 - box.bottom, box.left, 1 - box.top, box.right)
    return box


def _shared(one: Rectangle, other: Rectangle) -> float:
    """How much of the smaller one lies in the other."""
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    areas = [(box.right - box.left) * (box.bottom - box.top) for box in (one, other)]
    return max(0.0, wide) * max(0.0, high) / min(areas)
