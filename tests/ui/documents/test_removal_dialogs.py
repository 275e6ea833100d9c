from __future__ import annotations

from app.documents.records import Receipt
from app.ui.documents.removal_dialogs import receipt_lines

RECEIPT = Receipt(("a.pdf", "b.pdf"), parts=1_247, chunks=12, vectors=11, original_bytes=3_000_000, quoting=("m", "n"))


def test_a_receipt_has_a_line_for_everything_that_went() -> None:
    assert receipt_lines(RECEIPT, with_answers=True) == (
        "Documents: 2",
        "a.pdf, b.pdf",
        "Pages and other parts, with their text: 1,247",
        "Passages of the index: 12",
        "Vectors: 11",
        "Encrypted copies: 3.0 MB",
        "2 answers that quoted it",
    )


def test_answers_that_stay_are_counted_as_what_lost_its_passages() -> None:
    assert receipt_lines(RECEIPT, with_answers=False)[-1] == "Passages behind 2 answers"


def test_what_there_was_nothing_of_is_not_mentioned() -> None:
    lines = receipt_lines(Receipt(("a.pdf",), 1, 1, 0, 0), with_answers=False)
    assert not any("copies" in line or "answer" in line for line in lines)


def test_many_names_are_cut_to_the_first_few() -> None:
    names = tuple(f"{number}.pdf" for number in range(100))
    assert receipt_lines(Receipt(names, 1, 1, 1, 0), with_answers=False)[1].endswith("4.pdf and 95 more")
