"""Files that mean harm, or are not what they say: a sentence each, from the real parser child, within its limits."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import xlsxwriter  # type: ignore[import-untyped]  # it has no types

from app.documents.faults import DocumentFault
from app.documents.parts import Chunk, Part
from app.documents.reader import ReadWish, read
from app.engine.stop import Stop
from tests.documents import office_files as files
from tests.documents.reading_files import read_bytes

ENTITIES = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {name} "{f"&{former};" * 10}">' for former, name in zip("abcdefghi", "bcdefghij", strict=True)
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def good() -> dict[str, bytes]:
    """A whole file of each kind, which says "wharf"."""
    word = files.new_docx()
    word.add_paragraph("The wharf.")
    slides = files.new_pptx()
    slides.slides.add_slide(slides.slide_layouts[0]).shapes.title.text = "The wharf."
    return {
        "a.docx": files.saved(word),
        "a.pptx": files.saved(slides),
        "a.xlsx": files.workbook(A=[["The wharf."]]),
        "a.odt": files.odt("<text:p>The wharf.</text:p>"),
        "a.epub": files.epub({"One": "<p>The wharf.</p>"}),
        "a.html": b"<html><p>The wharf.",
        "a.rtf": b"{\\rtf1 The wharf.}",
        "a.eml": b"Subject: Ships\n\nThe wharf.\n",
        "a.mbox": b"From a\nSubject: Ships\n\nThe wharf.\n",
    }


GOOD = good()
PACKED = ("a.docx", "a.pptx", "a.xlsx", "a.odt", "a.epub")


def fault_of(name: str, data: bytes) -> str:
    with pytest.raises(DocumentFault) as caught:
        read_bytes(name, data)
    assert str(caught.value).endswith(".")
    return caught.value.name


@pytest.mark.parametrize("name", GOOD)
def test_each_format_is_read_in_the_child(name: str) -> None:
    done = read_bytes(name, GOOD[name])
    assert "The wharf." in done.text
    assert any("The wharf." in chunk.text for chunk in done.chunks)
    assert not any("damaged" in note for note in done.about.notes)


@pytest.mark.parametrize("name", GOOD)
def test_an_empty_file_says_so(name: str) -> None:
    assert fault_of(name, b"") == "empty"


@pytest.mark.parametrize("name", PACKED)
def test_a_truncated_archive_is_damaged(name: str) -> None:
    assert fault_of(name, GOOD[name][: len(GOOD[name]) // 2]) == "damaged"


@pytest.mark.parametrize("name", PACKED)
def test_plain_text_under_an_office_name_is_another_kind(name: str) -> None:
    assert fault_of(name, b"Just some words.\n" * 50) == "another_kind"


@pytest.mark.parametrize(("name", "really"), [("a.docx", "a.odt"), ("a.odt", "a.epub"), ("a.txt", "a.docx")])
def test_an_archive_is_read_as_what_it_is_whatever_its_name(name: str, really: str) -> None:
    assert "The wharf." in read_bytes(name, GOOD[really]).text


@pytest.mark.parametrize("name", ["a.docx", "a.pptx"])
def test_an_archive_without_the_right_members_is_damaged(name: str) -> None:
    assert fault_of(name, files.packed({"readme.txt": "nothing here"})) == "damaged"


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.pptx"])
def test_a_locked_office_file_is_encrypted(name: str) -> None:
    locked = OLE + bytes(1024) + "EncryptedPackage".encode("utf-16-le") + bytes(4096)
    assert fault_of(name, locked) == "locked"


@pytest.mark.parametrize("name", ["a.odt", "a.ods"])
def test_a_locked_opendocument_file_is_encrypted(name: str) -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    locked = files.odt("<text:p>x</text:p>", manifest=manifest)
    if name == "a.ods":
        members = files.unpacked(locked)
        locked = files.packed({**members, "mimetype": b"application/vnd.oasis.opendocument.spreadsheet"})
    assert fault_of(name, locked) == "locked"


def test_a_book_of_a_shop_is_encrypted() -> None:
    locks = '<encryption><EncryptedData><CipherReference URI="OEBPS/text/c%200.xhtml"/></EncryptedData></encryption>'
    data = files.epub({"One": "<p>x</p>"}, **{"META-INF/encryption.xml": locks})
    assert fault_of("a.epub", data) == "locked"


@pytest.mark.parametrize("name", PACKED)
def test_flipped_bytes_never_get_past_the_child(name: str) -> None:
    """Whatever comes of it is a reading or a fault with a name."""
    luck = random.Random(name)
    for _ in range(6):
        data = bytearray(GOOD[name])
        for _ in range(20):
            data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
        try:
            read_bytes(name, bytes(data))
        except DocumentFault as fault:
            assert fault.name in ("damaged", "locked", "bomb", "another_kind", "unknown_kind", "memory")  # noqa: PT017 - any is fine


@pytest.mark.parametrize("name", PACKED)
def test_an_archive_that_unpacks_to_hundreds_of_megabytes_is_not_opened(name: str) -> None:
    members: dict[str, str | bytes] = dict(files.unpacked(GOOD[name]))
    members["more.xml"] = bytes(210 * 10**6)
    assert fault_of(name, files.packed(members)) == "bomb"


def test_a_word_file_of_endless_paragraphs_is_read_in_bounds_or_refused() -> None:
    """1.4 MB that unpack to 600 hold python-docx for a minute."""
    body = files.paragraph("x" * 50) * 4_000_000
    assert fault_of("a.docx", files.raw_docx(body)) == "bomb"


@pytest.mark.parametrize(
    ("name", "member"),
    [("a.docx", "word/document.xml"), ("a.odt", "content.xml"), ("a.pptx", "ppt/presentation.xml")],
)
def test_entities_do_not_grow(name: str, member: str) -> None:
    members = files.unpacked(GOOD[name])
    text = members[member].decode()
    start = text.index("?>") + 2 if text.startswith("<?xml") else 0
    grown = text[:start] + ENTITIES + "]>" + text[start:].replace("The wharf.", "The wharf. &j;")
    try:
        done = read_bytes(name, files.packed({**members, member: grown}))
    except DocumentFault as fault:
        assert fault.name == "damaged"  # noqa: PT017 - most raise nothing
    else:
        assert "aaaa" not in done.text


def test_an_entity_that_names_a_file_reads_none() -> None:
    body = files.unpacked(files.raw_docx(files.paragraph("seen &x;")))["word/document.xml"].decode()
    body = body.replace("?>", '?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>')
    done = read_bytes("a.docx", files.packed({"word/document.xml": body}))
    assert done.text == "seen"


def test_xml_that_is_nested_too_deeply_is_damaged() -> None:
    body = "<w:p>" * 100_000
    assert fault_of("a.docx", files.raw_docx(body)) in ("damaged", "bomb")


def test_a_page_that_is_nested_too_deeply_is_read_without_its_structure() -> None:
    done = read_bytes("a.html", b"<div>" * 200_000 + b"The wharf.")
    assert done.text == "The wharf."
    assert any("damaged" in note for note in done.about.notes)


def test_a_page_of_nothing_but_brackets_ends() -> None:
    assert read_bytes("a.html", b"<html><p>The wharf. " + b"<" * 500_000).about.parts >= 1


def test_a_cell_at_the_far_end_costs_one_sheet_and_not_the_memory() -> None:
    far = io.BytesIO()
    book = xlsxwriter.Workbook(far, {"in_memory": True})
    sheet = book.add_worksheet("Far")
    sheet.write(0, 0, "near")
    sheet.write(1_048_575, 16_383, "far")
    book.add_worksheet("Near").write(0, 0, "The wharf.")
    book.close()
    done = read_bytes("a.xlsx", far.getvalue())
    assert done.text == "The wharf."
    assert any("longer than what is read" in note for note in done.about.notes)


def test_repeated_cells_without_end_are_refused() -> None:
    wish = 'table:number-columns-repeated="1000" office:value-type="string"'
    cell = f"<table:table-cell {wish}><text:p>x</text:p></table:table-cell>"
    row = f'<table:table-row table:number-rows-repeated="100000">{cell}</table:table-row>'
    content = (
        f"<office:document-content {files.ODT_NAMES}><office:body><office:spreadsheet>"
        f'<table:table table:name="A">{row}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    data = files.packed({"mimetype": mime, "content.xml": content, "META-INF/manifest.xml": "<manifest/>"})
    assert fault_of("a.ods", data) == "memory"


def test_repeats_in_a_text_are_bounded() -> None:
    body = '<text:p>The<text:s text:c="999999999"/>wharf.</text:p>'
    cells = '<table:table-cell table:number-columns-repeated="999999999"><text:p>x</text:p></table:table-cell>'
    table = f'<table:table table:name="T"><table:table-row>{cells}</table:table-row></table:table>'
    done = read_bytes("a.odt", files.odt(body + table))
    assert "The wharf." in done.text
    assert len(done.text) < 1_000


def test_a_sheet_of_many_rows_comes_in_stretches() -> None:
    rows = [[number, *["x"] * 19] for number in range(10_000)]
    done = read_bytes("a.xlsx", files.workbook(Big=rows))
    assert done.about.characters > 400_000
    assert max(len(part.text) for part in done.parts) < 20_000


def test_groups_without_end_in_rtf_are_damaged() -> None:
    assert fault_of("a.rtf", b"{\\rtf1 " + b"{" * 1_000_000) == "damaged"


def test_binary_data_in_rtf_is_passed_over() -> None:
    done = read_bytes("a.rtf", b"{\\rtf1 The {\\pict\\bin9 }}}{{{\\x\\}wharf.\\bin99999999999 }")
    assert done.text == "The wharf."


def test_multiparts_within_multiparts_end() -> None:
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number) for number in range(3_000)
    )
    assert fault_of("a.eml", b"Subject: x\n" + nested) in ("damaged", "memory")
    box = b"From a\nSubject: x\n" + nested + b"\n\nFrom b\nSubject: Ships\n\nThe wharf.\n"
    done = read_bytes("a.mbox", box)
    assert "The wharf." in done.text
    assert any("part is damaged" in note for note in done.about.notes)


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox that is made as it is read."""

    name: str
    size_bytes: int

    def pieces(self) -> Iterator[bytes]:
        body = b"The wharf is closed on Sundays. " * 2 + b"\n"
        message = b"From a@b Thu Jan  1 00:00:00 2026\nSubject: Ships\n\n" + body * 500 + b"\n"
        piece = message * (2**18 // len(message))
        for _ in range(self.size_bytes // len(piece)):
            yield piece


def test_a_large_mailbox_streams_by() -> None:
    counts = {"parts": 0, "chunks": 0}

    def take(parts: list[Part], chunks: list[Chunk]) -> None:
        counts["parts"] += len(parts)
        counts["chunks"] += len(chunks)

    box = Box("a.mbox", 20 * 10**6)
    wish = ReadWish(chunk_tokens=2_000)
    about = read(box, wish, on_parts=take, on_progress=lambda _fraction: None, stop=Stop())  # type: ignore[arg-type]  # a Source
    assert about.parts == counts["parts"] > 500


def test_a_mail_of_a_line_without_end_is_cut() -> None:
    done = read_bytes("a.mbox", b"From a\nSubject: x\n\n" + b"y" * 30_000_000)
    assert any("longer than what is read" in note for note in done.about.notes)


def test_archives_that_lie_about_their_size_are_damaged() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<w:document>" + b"x" * 50_000)
    data = bytearray(out.getvalue())
    claimed = (50_012).to_bytes(4, "little")
    place = data.rindex(claimed)
    data[place : place + 4] = (500).to_bytes(4, "little")
    assert fault_of("a.docx", bytes(data)) == "damaged"


def test_a_row_of_long_cells_is_cut_and_its_hidden_columns_still_told() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("A")
    sheet.write_row(0, 0, ["y" * 30_000] * 40 + ["x"] * 14_000)
    sheet.write_row(1, 0, ["x"] * 14_000)
    for column in range(0, 14_000, 2):
        sheet.set_column(column, column, None, None, {"hidden": True})
    book.close()
    done = read_bytes("a.xlsx", out.getvalue())
    assert max(len(part.text) for part in done.parts) < 600_000
    assert done.about.hidden >= 5_000


def test_a_slide_with_a_book_in_it_is_several_parts() -> None:
    show = files.new_pptx()
    slide = show.slides.add_slide(show.slide_layouts[0])
    slide.shapes.title.text = "The wharf."
    slide.placeholders[1].text = "\n".join(["Ships wait here for the tide."] * 4_000)
    done = read_bytes("a.pptx", files.saved(show))
    assert {part.label for part in done.parts} == {"1"}
    assert done.text.count("tide") == 4_000
