"""PDFs through the real parser child: text, headings, labels, scans, what is hidden, and pictures of pages."""

from __future__ import annotations

import pytest

from app.documents.faults import DocumentFault
from app.documents.parts import Rectangle, Span
from app.documents.reader import BytesSource, Pages, ReadWish
from app.documents.reading.pdf import Document
from app.documents.reading.pictures import rectangles
from tests.documents.pdfs import Sheet, page_of, pdf
from tests.documents.reading_files import read_bytes

SEEN = "Seen by everybody."


def test_each_page_is_a_part_with_its_own_label_and_the_files_title() -> None:
    sheets = [page_of("First page."), page_of("Second page."), page_of("Third page.")]
    done = read_bytes("a.pdf", pdf(sheets, title="On pages", labels="0<</S/r>>2<</S/D>>"))
    assert [(part.number, part.label) for part in done.parts] == [(0, "i"), (1, "ii"), (2, "1")]
    assert [part.text for part in done.parts] == ["First page.", "Second page.", "Third page."]
    assert (done.about.title, done.about.kind, done.about.part_name) == ("On pages", "pdf", "page")
    assert done.titles == (("On pages", 0),), "said before the first page, so that all are found by it"
    assert done.about.parts == 3
    assert done.about.characters == sum(len(part.text) for part in done.parts)


def test_pages_without_labels_are_counted_from_one() -> None:
    assert [part.label for part in read_bytes("a.pdf", pdf([page_of("a"), page_of("b")])).parts] == ["1", "2"]


def test_the_outline_says_what_is_a_heading_and_its_path() -> None:
    first = Sheet().lines(60, 780, ["1 Rights", "Who buys may return it.", "1.1 Of the buyer", "Within a month."])
    done = read_bytes("a.pdf", pdf([first], outline=[("Rights", 0), ("Of the buyer", 0)]))
    assert done.chunks[0].heading == "1 Rights"


def test_large_letters_are_headings_where_there_is_no_outline() -> None:
    sheet = Sheet().text(60, 780, "Of llamas", size=20).lines(60, 740, ["They carry loads in the mountains."] * 30)
    done = read_bytes("a.pdf", pdf([sheet]), ReadWish(chunk_tokens=100))
    assert {chunk.heading for chunk in done.chunks} == {"Of llamas"}
    assert len(done.chunks) > 1


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("white", Sheet().text(60, 700, "Secret words", colour=(1, 1, 1))),
        ("white", Sheet().text(60, 700, "Secret words", colour=(0.97, 0.98, 0.99))),
        ("tiny", Sheet().text(60, 700, "Secret words", size=1)),
        ("tiny", Sheet().text(60, 700, "Secret words", size=12, matrix="0.1 0 0 0.1")),
        ("invisible", Sheet().text(60, 700, "Secret words", mode=3)),
        ("off_page", Sheet().text(700, 700, "Secret words")),
        ("off_page", Sheet(crop=(50, 400, 500, 800)).text(60, 300, "Secret words")),
        ("off_page", Sheet(rotation=90, crop=(50, 400, 500, 800)).text(60, 300, "Secret words")),
    ],
)
def test_text_that_nobody_sees_is_read_and_reported(reason: str, words: Sheet) -> None:
    done = read_bytes("a.pdf", pdf([words.text(60, 600, SEEN)]))
    assert done.hidden == {(reason, "Secret words")}
    assert done.about.hidden == 1
    assert SEEN in done.text
    assert any("cannot be seen" in note for note in done.about.notes)


@pytest.mark.parametrize(
    "sheet",
    [
        Sheet().box(50, 600, 300, 100, (0, 0, 0.5)).text(60, 650, "White on blue", colour=(1, 1, 1)),
        Sheet().picture(0, 0, 595, 842).text(60, 650, "White on a picture", colour=(1, 1, 1)),
        Sheet().picture(0, 0, 595, 842).text(60, 650, "What recognition left on the scan of a page", mode=3),
        Sheet().text(60, 650, ". . . . . . . . . . . . . . . . . . ----", size=9),
        Sheet().text(60, 650, "Grey", colour=(0.7, 0.7, 0.7)),
    ],
)
def test_what_can_be_seen_is_not_called_hidden(sheet: Sheet) -> None:
    assert read_bytes("a.pdf", pdf([sheet])).hidden == set()


def test_white_text_under_a_box_that_is_drawn_later_is_hidden() -> None:
    sheet = Sheet().text(60, 650, "Covered", colour=(1, 1, 1)).box(50, 600, 300, 100, (0, 0, 0.5))
    assert read_bytes("a.pdf", pdf([sheet])).hidden == {("white", "Covered")}


def test_a_picture_of_a_page_is_a_scan_and_is_said_to_be_one() -> None:
    done = read_bytes("a.pdf", pdf([Sheet().picture(0, 0, 595, 842), page_of("Words.")]))
    assert [part.is_scan for part in done.parts] == [True, False]
    assert done.about.scans == 1
    assert "A page is a picture without text." in done.about.notes


def test_ligatures_hyphens_and_columns_keep_the_count_of_characters() -> None:
    sheet = Sheet().text(60, 700, "of\x01ce and ba\x02e \u2019").lines(60, 600, ["an exam-", "ple"])
    sheet.lines(320, 600, ["second", "column"])
    data = pdf([sheet])
    page = Document(data).open_page(0)
    text = page.text()
    assert len(text) == page.count
    page.close()
    assert read_bytes("a.pdf", data).parts[0].text == text
    assert "an exam\xadple" in text


def test_a_sentence_that_goes_on_over_the_page_break_is_one_chunk_over_both() -> None:
    done = read_bytes(
        "a.pdf", pdf([page_of("The llama carries the load up"), page_of("the hill and rests. Then down.")])
    )
    assert done.chunks[0].span == Span(0, 0, 1, done.chunks[0].span.end)
    assert done.chunks[0].text.startswith("The llama carries the load up\nthe hill")


def test_a_locked_file_opens_with_its_password_only() -> None:
    data = pdf([page_of("Behind the lock.")], password="open sesame")
    for password, fault in (("", "encrypted"), ("wrong", "password")):
        with pytest.raises(DocumentFault) as raised:
            read_bytes("a.pdf", data, ReadWish(password=password))
        assert raised.value.name == fault
        assert raised.value.next_step
    assert read_bytes("a.pdf", data, ReadWish(password="open sesame")).text == "Behind the lock."


def test_a_file_whose_cross_references_are_broken_is_read_all_the_same() -> None:
    data = pdf([page_of("Still here.")]).replace(b"\nxref\n", b"\nxxxx\n")
    assert read_bytes("a.pdf", data).text == "Still here."


def test_a_page_is_painted_with_the_span_marked_where_its_words_stand() -> None:
    sheet = Sheet().text(100, 421, "Here it stands", size=20)
    with Pages(BytesSource("a.pdf", pdf([page_of("First."), sheet]))) as pages:
        picture = pages.picture(1, width_px=300, span=Span(1, 0, 1, 14))
        assert (picture.width, picture.height) == (300, 425)
        assert len(picture.rgb) == 3 * 300 * 425
        (place,) = picture.rectangles
        assert place.left == pytest.approx(100 / 595, abs=0.02)
        assert place.bottom == pytest.approx(0.5, abs=0.02)
        assert _has_ink(picture.rgb, 300, 425, place)
        assert pages.picture(0, width_px=300, span=Span(1, 0, 1, 14)).rectangles == ()


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rectangles_lie_on_the_ink_however_the_page_is_turned_and_cropped(rotation: int) -> None:
    sheet = Sheet(rotation=rotation, crop=(50, 300, 500, 800)).text(100, 421, "Here it stands", size=20)
    with Pages(BytesSource("a.pdf", pdf([sheet]))) as pages:
        picture = pages.picture(0, width_px=400, span=Span(0, 0, 0, 14))
    (place,) = picture.rectangles
    inked = _ink(picture.rgb, picture.width, picture.height)
    inside = sum(
        place.left <= x / picture.width <= place.right and place.top <= y / picture.height <= place.bottom
        for x, y in inked
    )
    assert inked
    assert inside >= 0.97 * len(inked)


@pytest.mark.parametrize("rotation", [0, 90])
def test_each_word_of_a_page_has_its_place(rotation: int) -> None:
    sheet = Sheet(rotation=rotation).text(100, 421, "Here it", size=20).text(100, 380, "stands, too", size=20)
    data = pdf([page_of("First."), sheet])
    text = read_bytes("a.pdf", data).parts[1].text
    with Pages(BytesSource("a.pdf", data)) as pages:
        words = pages.words(1)
        picture = pages.picture(1, width_px=400)
        marked = [pages.picture(1, width_px=16, span=Span(1, word.start, 1, word.end)).rectangles for word in words]
        with pytest.raises(DocumentFault):
            pages.words(2)
    assert sorted(text[word.start : word.end] for word in words) == ["Here", "it", "stands,", "too"]
    assert [(word.box,) for word in words] == marked
    assert all(_has_ink(picture.rgb, picture.width, picture.height, word.box) for word in words)


def test_a_word_divided_at_the_end_of_a_line_has_two_places() -> None:
    data = pdf([Sheet().lines(60, 780, ["They came to an agree-", "ment at noon."])])
    text = read_bytes("a.pdf", data).parts[0].text
    with Pages(BytesSource("a.pdf", data)) as pages:
        words = pages.words(0)
    assert [text[word.start : word.end] for word in words][4:6] == ["agree\xad", "ment"]
    assert words[5].box.top > words[4].box.bottom - 0.005


def test_a_page_that_is_not_there_is_said_and_the_document_stays_open() -> None:
    with Pages(BytesSource("a.pdf", pdf([page_of("One.")]))) as pages:
        with pytest.raises(DocumentFault) as raised:
            pages.picture(7, width_px=100)
        assert raised.value.name == "no_such_part"
        assert pages.picture(0, width_px=100).width == 100


def test_a_page_of_absurd_shape_is_painted_within_bounds() -> None:
    with Pages(BytesSource("a.pdf", pdf([Sheet(width=100, height=14_400).text(5, 5, "low")]))) as pages:
        picture = pages.picture(0, width_px=4_000)
        assert picture.width * picture.height <= 16_000_000


def test_only_files_with_pages_are_opened_to_look_at() -> None:
    with pytest.raises(DocumentFault):
        Pages(BytesSource("a.txt", b"no pages here"))


def test_a_span_beyond_the_text_has_no_rectangles() -> None:
    page = Document(pdf([page_of("Short.")])).open_page(0)
    assert rectangles(page, 0, Span(0, 500, 0, 600)) == ()
    page.close()


def _ink(rgb: bytes, width: int, height: int) -> list[tuple[int, int]]:
    return [(at % width, at // width) for at in range(width * height) if rgb[3 * at] < 100]


def _has_ink(rgb: bytes, width: int, height: int, place: Rectangle) -> bool:
    return any(
        place.left <= x / width <= place.right and place.top <= y / height <= place.bottom
        for x, y in _ink(rgb, width, height)
    )
