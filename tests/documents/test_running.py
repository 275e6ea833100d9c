"""Running heads and feet: out of what is indexed, never out of the text, and nothing of the body with them."""

from __future__ import annotations

import pytest

from tests.documents.pdfs import Sheet, pdf, wrapped
from tests.documents.reading_files import Reading, read_bytes

BODY = (
    "The ferry to the island leaves at nine from the second quay and takes forty minutes when the sea is calm. Tickets "
    "are sold on board. Dogs travel on deck with their owners, bicycles in the hold. "
)
HEAD, FOOT = "Handbook of the islands", "Page {number} of 8"


def page(number: int, *, head: str = HEAD, foot: str = FOOT, body: str = "", rotation: int = 0) -> Sheet:
    words = f"Leaf{number} begins. {body or BODY * 3}"
    sheet = Sheet(rotation=rotation).lines(60, 740, wrapped(words))
    sheet.text(60, 800, head.format(number=number)) if head else None
    return sheet.text(280, 40, foot.format(number=number)) if foot else sheet


def read(sheets: list[Sheet]) -> Reading:
    return read_bytes("a.pdf", pdf(sheets))


def indexed(done: Reading) -> str:
    return "\n".join(chunk.text for chunk in done.chunks)


def test_what_runs_through_the_pages_is_shown_and_not_indexed_but_once() -> None:
    done = read([page(number) for number in range(1, 9)])
    assert all(HEAD in part.text and f"Page {part.number + 1} of 8" in part.text for part in done.parts)
    assert indexed(done).count(HEAD) == 1, "so that its words are found"
    assert "of 8" not in indexed(done)
    assert [f"Leaf{number} begins." in indexed(done) for number in range(1, 9)] == [True] * 8


def test_every_word_of_the_body_is_indexed_in_its_order() -> None:
    done = read([page(number) for number in range(1, 9)])
    for number, part in enumerate(done.parts, 1):
        own = " ".join(chunk.text for chunk in done.chunks if chunk.span.first == part.number)
        assert f"Leaf{number} begins. {BODY * 3}".split() == own.split()[: len((BODY * 3).split()) + 2]


def test_a_sentence_goes_on_past_a_foot_and_a_head() -> None:
    lines = ["of the ferry, which", "leaves", "at nine and calls at every quay"]
    sheets = [Sheet().text(60, 800, HEAD).lines(60, 740, lines) for _number in range(8)]
    done = read([sheet.text(290, 40, str(number)) for number, sheet in enumerate(sheets, 1)])
    assert any(chunk.span.last > chunk.span.first for chunk in done.chunks)


def test_left_and_right_pages_may_have_heads_of_their_own() -> None:
    heads = ("Of ferries", "Chapter two")
    done = read([page(number, head=heads[number % 2], foot="{number}") for number in range(1, 13)])
    assert [indexed(done).count(head) for head in heads] == [1, 1]
    assert [chunk.text for chunk in done.chunks if chunk.text.rstrip()[-1].isdigit()] == []


@pytest.mark.parametrize(
    "sheets",
    [
        [page(number) for number in range(1, 5)],
        [page(number, head=f"Chapter of {'abcdef'[number]}", foot="") for number in range(6)],
        [Sheet().lines(60, 800, ["Dear customer,", "your number is here.", "We wish you well."]) for _n in range(8)],
        [Sheet().text(60, 790, "Exercise {number}", size=24).lines(60, 740, wrapped(BODY * 3)) for _n in range(8)],
        [Sheet().text(60, 800, "Only this.") for _n in range(8)],
    ],
    ids=["few pages", "another head on each", "not set apart", "a title", "nothing else"],
)  # fmt: skip # read by columns
def test_what_may_be_meant_is_indexed_on_every_page(sheets: list[Sheet]) -> None:
    done = read(sheets)
    for part in done.parts:
        spoken = " ".join(chunk.text for chunk in done.chunks if chunk.span.first <= part.number <= chunk.span.last)
        assert [word for word in part.text.split() if word not in spoken] == []


def test_numbers_that_do_not_count_the_pages_are_indexed() -> None:
    totals = (417, 92, 1033, 58, 760, 311, 204, 999)
    done = read([page(number, foot=str(total), head="") for number, total in enumerate(totals)])
    assert [str(total) in indexed(done) for total in totals] == [True] * 8


def test_a_turned_page_is_looked_at_as_it_is_read() -> None:
    done = read([Sheet(rotation=180).text(60, 40, HEAD).lines(60, 300, wrapped(BODY * 3)) for _number in range(8)])
    assert indexed(done).count(HEAD) == 1
