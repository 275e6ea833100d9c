"""Workbooks, made by xlsxwriter: stretches of rows, values as they were computed, what is hidden."""

from __future__ import annotations

import datetime
import io

import xlsxwriter  # type: ignore[import-untyped]  # it has no types

from tests.documents import office_files as files
from tests.documents.reading_files import read_bytes


def test_each_sheet_is_a_part_and_rows_are_lines() -> None:
    done = read_bytes(
        "a.xlsx", files.workbook(Prices=[["Name", "Price"], ["Pear", 1.5], ["Plum", 2]], Notes=[["None."]])
    )
    assert [(part.label, part.text) for part in done.parts] == [
        ("Prices", "Name | Price\nPear | 1.5\nPlum | 2"),
        ("Notes", "None."),
    ]
    assert done.about.part_name == "sheet"


def test_a_long_sheet_comes_in_stretches_under_its_first_row() -> None:
    rows: list[list[object]] = [["Name", "Price"], *([f"Pear {number}", number] for number in range(1, 451))]
    done = read_bytes("a.xlsx", files.workbook(Prices=rows))
    assert [part.label for part in done.parts] == ["Prices, 1–201", "Prices, 202–401", "Prices, 402–451"]
    assert all(part.text.startswith("Name | Price\n") for part in done.parts)
    assert done.text.count("Pear 200 |") == done.text.count("Pear 201 |") == 1
    for chunk in done.chunks:
        assert chunk.text == done.parts[chunk.span.first].text[chunk.span.start : chunk.span.end]


def test_values_are_as_they_were_computed_and_dates_as_people_write_them() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_formula(0, 0, "=1+2", None, 3)
    sheet.write_datetime(0, 1, datetime.date(2026, 3, 4), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_boolean(0, 2, boolean=True)
    sheet.write_number(0, 3, 0.1 + 0.2)
    sheet.write_number(0, 4, 12345678901)
    sheet.write_string(0, 5, "two\nlines")
    book.close()
    assert read_bytes("a.xlsx", out.getvalue()).text == "3 | 2026-03-04 | TRUE | 0.3 | 12345678901 | two lines"


def test_hidden_sheets_rows_and_columns_are_reported() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    shown = book.add_worksheet("Shown")
    for row in range(3):
        shown.write_row(row, 0, [f"a{row}", f"b{row}", f"c{row}"])
    shown.set_row(1, None, None, {"hidden": True})
    shown.set_column(2, 2, None, None, {"hidden": True})
    hidden = book.add_worksheet("Hidden")
    hidden.write_row(0, 0, ["secret", "words"])
    hidden.hide()
    book.close()
    done = read_bytes("a.xlsx", out.getvalue())
    assert done.hidden == {("attribute", words) for words in ("c0\na1 | b1 | c1", "c2", "secret | words")}
    assert "A sheet is hidden." in done.about.notes


def test_an_empty_workbook_has_no_text() -> None:
    done = read_bytes("a.xlsx", files.workbook(A=[]))
    assert (done.text, done.about.notes) == ("", ("There is no text in this file.",))
