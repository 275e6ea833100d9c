"""Word files: made by python-docx, or of a few members by hand where that library cannot say it."""

from __future__ import annotations

import pytest
from docx.shared import Pt, RGBColor

from tests.documents import office_files as files
from tests.documents.office_files import paragraph
from tests.documents.reading_files import read_bytes


def test_headings_lists_and_tables_keep_their_structure() -> None:
    word = files.new_docx()
    word.core_properties.title = "Of harbours"
    word.add_heading("Harbour", 1)
    word.add_paragraph("Ships wait here. " * 60)
    word.add_heading("Fees", 2)
    table = word.add_table(2, 2)
    for cell, text in zip((*table.rows[0].cells, *table.rows[1].cells), ("Ship", "Fee", "Ferry", "12"), strict=True):
        cell.text = text
    word.add_paragraph("Pay at the office", style="List Bullet")
    word.add_paragraph("Keep the receipt", style="List Bullet")
    done = read_bytes("a.docx", files.saved(word))
    assert done.about.title == "Of harbours"
    assert done.parts[0].label == "Harbour"
    assert done.text.endswith("Fees\n\nShip | Fee\nFerry | 12\n\n• Pay at the office\n• Keep the receipt")
    assert [chunk.heading for chunk in done.chunks][-1] == "Harbour › Fees"


def test_text_that_nobody_sees_is_read_and_reported() -> None:
    word = files.new_docx()
    line = word.add_paragraph("Seen. ")
    line.add_run("Vanished words.").font.hidden = True
    white = word.add_paragraph().add_run("White words.")
    white.font.color.rgb = RGBColor(255, 255, 255)
    word.add_paragraph().add_run("Tiny words.").font.size = Pt(1)
    done = read_bytes("a.docx", files.saved(word))
    assert done.hidden == {("attribute", "Vanished words."), ("white", "White words."), ("tiny", "Tiny words.")}
    assert done.text.startswith("Seen. Vanished words.")


def test_letters_hidden_by_their_style_are_reported() -> None:
    word = files.new_docx()
    style = word.styles.add_style("Secret", 1)
    style.font.hidden = True
    word.add_paragraph("Secret words.", style="Secret")
    assert read_bytes("a.docx", files.saved(word)).hidden == {("attribute", "Secret words.")}


@pytest.mark.parametrize("style", ['<w:shd w:fill="000080"/>', ""])
def test_white_letters_on_a_colour_are_not_reported(style: str) -> None:
    run = '<w:color w:val="FFFFFF"/>' + ("" if style else '<w:highlight w:val="blue"/>')
    assert read_bytes("a.docx", files.raw_docx(paragraph("White on blue", run, style))).hidden == set()


def test_deleted_text_is_left_out_and_inserted_text_kept() -> None:
    body = (
        "<w:p><w:r><w:t>The fee is </w:t></w:r><w:del><w:r><w:delText>ten</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>twelve</w:t></w:r></w:ins><w:r><w:t> euros.</w:t></w:r></w:p>"
    )
    done = read_bytes("a.docx", files.raw_docx(body))
    assert done.text == "The fee is twelve euros."
    assert any("changes tracked" in note for note in done.about.notes)


def test_footnotes_follow_their_paragraph_and_comments_are_counted() -> None:
    body = '<w:p><w:r><w:t>Ships wait.</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>' + paragraph("Next.")
    notes = f'<w:footnotes {files.W_NAMES}><w:footnote w:id="2">{paragraph("Not at night.")}</w:footnote></w:footnotes>'
    comments = f'<w:comments {files.W_NAMES}><w:comment w:id="0">{paragraph("Really?")}</w:comment></w:comments>'
    done = read_bytes("a.docx", files.raw_docx(body, footnotes=notes, comments=comments))
    assert done.text == "Ships wait.\n\n² Not at night.\n\nNext."
    assert "A comment was left out." in done.about.notes


def test_numbers_are_counted_as_word_counts_them() -> None:
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for level, form, text in ((0, "decimal", "%1."), (1, "decimal", "%1.%2"), (2, "lowerLetter", "(%3)"))
    )
    numbering = (
        f'<w:numbering {files.W_NAMES}><w:abstractNum w:abstractNumId="7">{levels}</w:abstractNum>'
        '<w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num></w:numbering>'
    )
    body = "".join(
        paragraph(text, style=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="3"/></w:numPr>')
        for level, text in ((0, "Rights"), (1, "Of the buyer"), (1, "Of the seller"), (2, "in writing"), (0, "Duties"))
    )
    done = read_bytes("a.docx", files.raw_docx(body, numbering=numbering))
    assert done.text == "1. Rights\n1.1 Of the buyer\n1.2 Of the seller\n(a) in writing\n2. Duties"


def test_a_text_box_is_read_once() -> None:
    box = f"<w:txbxContent>{paragraph('In a box.')}</w:txbxContent>"
    names = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    both = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    inside = f"<mc:AlternateContent {names}>{both}</mc:AlternateContent>"
    done = read_bytes("a.docx", files.raw_docx(f"<w:p><w:r>{inside}</w:r><w:r><w:t>Around it.</w:t></w:r></w:p>"))
    assert done.text == "In a box.\n\nAround it."


def test_a_table_within_a_cell_loses_no_words() -> None:
    def table(cell: str) -> str:
        return f"<w:tbl><w:tr><w:tc>{cell}</w:tc><w:tc>{paragraph('last')}</w:tc></w:tr></w:tbl>"

    done = read_bytes("a.docx", files.raw_docx(table(paragraph("before") + table(paragraph("inner")))))
    assert done.text == "before inner | last | last"


def test_what_comes_before_damaged_xml_is_read_and_the_damage_said() -> None:
    done = read_bytes("a.docx", files.raw_docx(paragraph("The wharf.") * 100 + "</w:broken>"))
    assert "The wharf." in done.text
    assert any("what could be read" in note for note in done.about.notes)
