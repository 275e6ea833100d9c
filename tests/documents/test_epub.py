"""Books, by hand: chapters in the order of the spine, by the names of the table of contents."""

from __future__ import annotations

from tests.documents import office_files as files
from tests.documents.reading_files import read_bytes


def test_chapters_come_in_order_with_their_names() -> None:
    done = read_bytes("a.epub", files.epub({"Of ships": "<h1>One</h1><p>Wait.</p>", "Of fees": "<p>Pay.</p>"}))
    assert [(part.label, part.text) for part in done.parts] == [("Of ships", "One\n\nWait."), ("Of fees", "Pay.")]
    assert (done.about.title, done.about.part_name) == ("A book", "chapter")


def test_a_long_chapter_is_several_parts_of_one_name() -> None:
    done = read_bytes("a.epub", files.epub({"Long": "<p>Ships wait here for the tide.</p>" * 3_000}))
    assert done.about.parts == 3
    assert {part.label for part in done.parts} == {"Long"}


def test_a_chapter_that_is_missing_costs_that_chapter_alone() -> None:
    members = files.unpacked(files.epub({"One": "<p>Wait.</p>", "Two": "<p>Pay.</p>"}))
    del members["OEBPS/text/c 0.xhtml"]
    done = read_bytes("a.epub", files.packed(members))
    assert done.text == "Pay."
    assert "A part is damaged and was left out." in done.about.notes


def test_hidden_words_in_a_chapter_are_reported() -> None:
    done = read_bytes("a.epub", files.epub({"One": '<p>Seen.</p><p style="display:none">Secret words</p>'}))
    assert done.hidden == {("attribute", "Secret words")}
