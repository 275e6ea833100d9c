"""PowerPoint files, made by python-pptx."""

from __future__ import annotations

from pptx.util import Emu, Inches, Pt

from tests.documents import office_files as files
from tests.documents.reading_files import read_bytes


def test_each_slide_is_a_part_with_title_text_table_and_notes() -> None:
    show = files.new_pptx()
    first = show.slides.add_slide(show.slide_layouts[1])
    first.shapes.title.text = "Harbour"
    first.placeholders[1].text = "Ships wait\nUntil called"
    second = show.slides.add_slide(show.slide_layouts[5])
    second.shapes.title.text = "Fees"
    table = second.shapes.add_table(2, 2, 0, 0, Inches(4), Inches(2)).table
    for place, text in enumerate(("Ship", "Fee", "Ferry", "12")):
        table.cell(place // 2, place % 2).text = text
    second.notes_slide.notes_text_frame.text = "Mention the discount."
    done = read_bytes("a.pptx", files.saved(show))
    assert [part.label for part in done.parts] == ["1", "2"]
    assert done.parts[0].text == "Harbour\n\nShips wait\nUntil called"
    assert done.parts[1].text == "Fees\n\nShip | Fee\nFerry | 12\n\nMention the discount."
    assert (done.about.part_name, done.about.title) == ("slide", "Harbour")


def test_what_nobody_sees_on_a_slide_is_reported() -> None:
    show = files.new_pptx()
    shown = show.slides.add_slide(show.slide_layouts[6])
    beside = shown.shapes.add_textbox(show.slide_width + Emu(10), 0, Inches(2), Inches(1))
    beside.text_frame.text = "Beside the slide."
    tiny = shown.shapes.add_textbox(0, 0, Inches(2), Inches(1)).text_frame
    tiny.text = "Tiny words."
    tiny.paragraphs[0].runs[0].font.size = Pt(1)
    gone = shown.shapes.add_textbox(0, 0, Inches(2), Inches(1))
    gone.text_frame.text = "Switched off."
    gone._element.nvSpPr.cNvPr.set("hidden", "1")
    hidden = show.slides.add_slide(show.slide_layouts[6])
    hidden.shapes.add_textbox(0, 0, Inches(2), Inches(1)).text_frame.text = "A hidden slide."
    hidden._element.set("show", "0")
    done = read_bytes("a.pptx", files.saved(show))
    assert done.hidden == {
        ("off_page", "Beside the slide."),
        ("tiny", "Tiny words."),
        ("attribute", "Switched off."),
        ("attribute", "A hidden slide."),
    }
    assert "A slide is hidden." in done.about.notes


def test_shapes_in_groups_are_read_and_slides_without_text_keep_their_number() -> None:
    show = files.new_pptx()
    show.slides.add_slide(show.slide_layouts[6])
    group = show.slides.add_slide(show.slide_layouts[6]).shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(2), Inches(1)).text_frame.text = "Within a group."
    done = read_bytes("a.pptx", files.saved(show))
    assert [part.text for part in done.parts] == ["", "Within a group."]
