"""RTF by hand: characters, headings, tables, lists, notes, and what nobody sees."""

from __future__ import annotations

from app.documents.reading.rtf import open_rtf
from tests.documents.reading_files import read_bytes

HEAD = (
    rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}}"
    rb"{\colortbl;\red255\green0\blue0;\red255\green255\blue255;}"
    rb"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}}{\info{\title Of harbours}{\author Nobody}}"
)


def rtf(body: bytes) -> bytes:
    return HEAD + body + b"}"


def test_characters_come_from_bytes_numbers_and_fonts() -> None:
    done = read_bytes(
        "a.rtf", rtf(rb"Caf\'e9 \u8364?5 \uc2\u960 ab \uc1{\f1 \'cf\'f0\'e8} a\~b \{x\} \emdash\par Next.")
    )
    assert done.text == "Café €5 π При a\u00a0b {x} —\n\nNext."
    assert done.about.title == "Of harbours"


def test_headings_tables_lists_and_footnotes_keep_their_structure() -> None:
    body = (
        rb"\pard\s1 Harbour\par\pard Ships wait{\footnote\pard Not at night.} here.\par"
        rb"\trowd\pard\intbl Ship\cell Fee\cell\row\trowd\pard\intbl Ferry\cell 12\cell\row"
        rb"\pard{\listtext\bullet\tab}First\par{\listtext\bullet\tab}Second\par"
        rb"\pard\outlinelevel1 Fees\par\pard Twelve."
    )
    (part,) = open_rtf(rtf(body), "a.rtf").parts()
    assert part.text.split("\n\n") == [
        *(
            "Harbour",
            "Ships wait here.",
            "Not at night.",
            "Ship | Fee\nFerry | 12",
            "• First\n• Second",
            "Fees",
            "Twelve.",
        ),
    ]
    assert [block.level for block in part.blocks if block.role == "heading"] == [1, 2]


def test_text_that_nobody_sees_is_read_and_reported() -> None:
    body = (
        rb"Seen {\v vanished} {\cf1 red}\par {\cf2 White words}\par {\fs2 Tiny words}\par {\cf2\highlight1 On red}\par"
    )
    done = read_bytes("a.rtf", rtf(body))
    assert done.hidden == {("attribute", "vanished"), ("white", "White words"), ("tiny", "Tiny words")}


def test_what_is_no_text_is_left_out() -> None:
    body = (
        rb"{\header Page}{\pict\pngblip 89504e47}{\*\generator Us;}{\field{\*\fldinst HYPERLINK x}{\fldrslt The wharf}}"
        rb"{\deleted gone}.{\*\unheard of}"
    )
    done = read_bytes("a.rtf", rtf(body))
    assert done.text == "The wharf."
    assert "A picture was not read." in done.about.notes
    assert any("changes tracked" in note for note in done.about.notes)


def test_a_truncated_file_is_read_as_far_as_it_goes() -> None:
    done = read_bytes("a.rtf", HEAD + rb"{\b The wharf.")
    assert done.text == "The wharf."
    assert any("what could be read" in note for note in done.about.notes)
