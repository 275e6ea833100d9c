"""OpenDocument texts, by hand; and what LibreOffice makes, where it is installed (`test_office_suite`)."""

from __future__ import annotations

from tests.documents import office_files as files
from tests.documents.reading_files import read_bytes


def test_headings_lists_and_tables_keep_their_structure() -> None:
    row = "<table:table-row>{}</table:table-row>".format
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>".format
    body = (
        '<text:h text:outline-level="1">Harbour</text:h>'
        "<text:p>Ships <text:span>wait</text:span><text:s/>here.</text:p>"
        "<text:list><text:list-item><text:p>First</text:p></text:list-item>"
        "<text:list-item><text:p>Second</text:p></text:list-item></text:list>"
        f"<table:table>{row(cell('Ship') + cell('Fee'))}{row(cell('Ferry') + cell('12'))}</table:table>"
        '<text:h text:outline-level="2">Fees</text:h><text:p>Twelve.</text:p>'
    )
    done = read_bytes("a.odt", files.odt(body, title="Of harbours"))
    assert done.text.split("\n\n") == [
        *("Harbour", "Ships wait here.", "• First\n• Second", "Ship | Fee\nFerry | 12", "Fees", "Twelve."),
    ]
    assert (done.about.title, done.about.kind) == ("Of harbours", "odt")


def test_text_that_nobody_sees_is_read_and_reported() -> None:
    styles = "".join(
        f'<style:style style:name="{name}"><style:text-properties {wish}/></style:style>'
        for name, wish in (
            ("off", 'text:display="none"'),
            ("white", 'fo:color="#ffffff"'),
            ("tiny", 'fo:font-size="1pt"'),
            ("label", 'fo:color="#ffffff" fo:background-color="#000080"'),
        )
    )
    styles += '<style:style style:name="child" style:parent-style-name="off"/>'
    body = "".join(
        f'<text:p text:style-name="{name}">{name} words</text:p>' for name in ("off", "white", "tiny", "label")
    )
    body += '<text:p>Seen <text:span text:style-name="child">by nobody</text:span>.</text:p>'
    body += '<text:section text:display="none"><text:p>In a section</text:p></text:section>'
    done = read_bytes("a.odt", files.odt(body, styles=styles))
    assert done.hidden == {
        ("attribute", "off words"),
        ("white", "white words"),
        ("tiny", "tiny words"),
        ("attribute", "by nobody"),
        ("attribute", "In a section"),
    }


def test_deleted_text_and_comments_are_left_out_and_footnotes_follow() -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>Old words</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes><text:p>Ships wait<text:note><text:note-citation>1"
        "</text:note-citation><text:note-body><text:p>Not at night.</text:p></text:note-body></text:note>"
        " here<office:annotation><text:p>Really?</text:p></office:annotation>.</text:p><text:p>Next.</text:p>"
    )
    done = read_bytes("a.odt", files.odt(body))
    assert done.text == "Ships wait here.\n\nNot at night.\n\nNext."
    assert "A comment was left out." in done.about.notes
    assert any("changes tracked" in note for note in done.about.notes)
