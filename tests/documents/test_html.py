"""Pages: what is kept of them, their structure, and what in them nobody sees."""

from __future__ import annotations

import pytest

from app.documents.reader import ReadWish
from app.documents.reading.html import open_html
from tests.documents.reading_files import read_bytes

SEEN = "<p>Seen by everybody.</p>"


def page(body: str, head: str = "") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


def test_headings_lists_and_tables_keep_their_structure() -> None:
    body = (
        "<h1>Harbour</h1><p>Ships\n   wait <b>here</b>.</p><ul><li>First</li><li><p>Second</p></li></ul>"
        "<h2>Fees</h2><table><tr><th>Ship</th><th>Fee</th></tr><tr><td>Ferry</td><td>12<br>net</td></tr></table>"
        "<pre>if a:\n    b()</pre><p>After.</p>"
    )
    (part,) = open_html(page(body, "<title>Of harbours</title>"), "a.html").parts()
    assert part.text.split("\n\n") == [
        *("Harbour", "Ships wait here.", "• First\n• Second", "Fees", "Ship | Fee\nFerry | 12 net"),
        *("if a:\n    b()", "After."),
    ]
    assert [(block.role, block.level) for block in part.blocks if block.role != "paragraph"] == [
        ("heading", 1),
        ("heading", 2),
        ("table", 0),
        ("code", 0),
    ]
    assert part.label == "Harbour"


def test_the_title_and_the_path_of_headings_come_through_the_child() -> None:
    words = "<p>They carry loads in the mountains.</p>" * 30
    done = read_bytes("a.html", page(f"<h1>Llamas</h1>{words}<h2>Loads</h2>{words}", "<title>Of llamas</title>"))
    assert done.about.title == "Of llamas"
    assert [chunk.heading for chunk in done.chunks][-1] == "Llamas › Loads"


def test_scripts_styles_and_navigation_are_dropped() -> None:
    body = (
        "<nav>Home</nav><div role=navigation>Up</div><script>var a=1</script><style>p{}</style><noscript>No</noscript>"
        f"<svg><text>drawn</text></svg><template>kept back</template><!-- said aside -->{SEEN}"
    )
    assert read_bytes("a.html", page(body)).text == "Seen by everybody."


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("attribute", "<p style='display: none'>Secret words</p>"),
        ("attribute", "<p hidden>Secret words</p>"),
        ("attribute", "<p aria-hidden=true>Secret words</p>"),
        ("attribute", "<div style='visibility:hidden'><p>Secret words</p></div>"),
        ("attribute", "<style>.x, p.y {display:none}</style><p class=x>Secret words</p>"),
        ("attribute", "<style>@media screen{#x{display:none !important}}</style><p id=x>Secret words</p>"),
        ("white", "<p style='color:#FFFFFF'>Secret words</p>"),
        ("white", "<font color=white>Secret words</font>"),
        ("white", "<p style='color: rgb(255, 255, 255); background: #fff'>Secret words</p>"),
        ("tiny", "<p style='font-size:1px'>Secret words</p>"),
        ("tiny", "<p style='font-size:0'>Secret words</p>"),
        ("invisible", "<p style='opacity:0'>Secret words</p>"),
        ("off_page", "<p style='position:absolute;left:-9999px'>Secret words</p>"),
    ],
)
def test_text_that_nobody_sees_is_read_and_reported(reason: str, words: str) -> None:
    done = read_bytes("a.html", page(words + SEEN))
    assert done.hidden == {(reason, "Secret words")}
    assert "Seen by everybody." in done.text


@pytest.mark.parametrize(
    "words",
    [
        "<div style='background-color:navy'><p style='color:white'>White on blue</p></div>",
        "<table bgcolor=black><tr><td><font color=white>White on black</font></td></tr></table>",
        "<style>@media print{.x{display:none}}</style><p class=x>Not on paper</p>",
        "<style>.x .y{display:none}</style><p class=y>Only within another</p>",
        "<p style='color:white'><span style='color:black'>Black again</span></p>",
    ],
)
def test_what_can_be_seen_is_not_reported(words: str) -> None:
    assert read_bytes("a.html", page(words)).hidden == set()


def test_hidden_words_within_a_paragraph_are_told_from_the_others() -> None:
    done = read_bytes("a.html", page("<p>Pay <span style='display:none'>nothing or</span> twelve euros.</p>"))
    assert done.text == "Pay nothing or twelve euros."
    assert {words.strip() for _reason, words in done.hidden} == {"nothing or"}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<html><meta charset=iso-8859-1><p>Café".encode("latin-1"), "Café"),
        ("<html><p>Žluťoučký".encode("utf-16"), "Žluťoučký"),
        ("<html><meta http-equiv=x content='text/html; charset=windows-1251'><p>Привет".encode("cp1251"), "Привет"),
        ("<html><meta charset=nonsense><p>Grüße".encode(), "Grüße"),
    ],
)
def test_a_page_is_read_in_the_encoding_that_it_names(data: bytes, text: str) -> None:
    assert read_bytes("a.html", data).text == text


def test_a_table_that_goes_on_in_another_part_begins_with_its_first_row_again() -> None:
    rows = "".join(
        f"<tr><td>Ship {number}</td><td>{number} euros and a few more words</td></tr>" for number in range(600)
    )
    done = read_bytes("a.html", page(f"<table><tr><th>Name</th><th>Fee</th></tr>{rows}</table>"), ReadWish())
    assert done.about.parts > 2
    assert all(part.text.startswith("Name | Fee\n") for part in done.parts)
    assert done.text.count("Ship 599 |") == 1


def test_tables_within_tables_lose_no_words() -> None:
    inner = "<table><tr><td>inner one</td><td>inner two</td></tr></table>"
    done = read_bytes("a.html", page(f"<table><tr><td>before {inner} after</td><td>last</td></tr></table>"))
    assert done.text == "before inner one | inner two after | last"
