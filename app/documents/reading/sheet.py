"""Workbooks (xlsx, xlsm, xlsb, xls, ods): cells as they were last computed, a row to a line.

Read by calamine, which keeps one sheet in memory. It tells which sheets are hidden; hidden rows and columns it does not
know, so of xlsx files alone they are looked up in the sheet's own XML first. Colours and sizes of cells are not
looked at: white letters in a cell are not reported.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final, NamedTuple

import python_calamine

from app.documents.faults import Unreadable
from app.documents.parts import Hidden, HiddenReason, Kind, PartName
from app.documents.reading.blocks import Block, RawPart
from app.documents.reading.limits import MB
from app.documents.reading.packed import Package
from app.documents.reading.sections import CELL_GAP, Marked, cut, hide, joined

ROWS: Final = 200  # of a part
ROW_CHARACTERS: Final = 12_000  # of a part, from which on it takes no more rows
LINE_CHARACTERS: Final = 500_000  # of a row
HIDDEN_MAX: Final = 5_000  # stretches of a part
CELL_CHARACTERS: Final = 32_767  # Excel's own limit
SHEET_ROWS_MAX: Final = 1_048_576
CELLS_MAX: Final = 32_000_000  # of one sheet's rectangle: calamine takes 32 bytes for each, empty or not
_PIECE_BYTES: Final = 1 * MB
_NAME_CHARACTERS: Final = 50  # of a label, so that the rows stand in it, too
_ROW: Final = re.compile(rb"<(?:\w+:)?row\s([^<>]{0,1000})>")
_FAR_CELL: Final = re.compile(rb"""<(?:\w+:)?c\s[^<>]{0,60}?r="([A-Z]{2,3})\d{1,7}"[^<>]{0,200}(?<!/)>""")
_COLUMN: Final = re.compile(rb"<(?:\w+:)?col\s([^<>]{0,1000})>")
_ATTRIBUTE: Final = re.compile(rb"""(\w+)\s*=\s*["']([^"']{0,40})["']""")
_ODS_LOCK: Final = b"encryption-data"


def open_sheet(data: bytes | BinaryIO, name: str) -> SheetReader:
    """Raises Unreadable."""
    del name
    return SheetReader(data if isinstance(data, bytes) else data.read())


class _Unseen(NamedTuple):
    """Rows and columns that are hidden, by number from 0."""

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()
    cells: int = 0  # of the rectangle around all of them, at most


class SheetReader:
    """Stretches of rows, each under its sheet's first row. A sheet that is broken is left out and counted."""

    kind: Kind = "sheet"
    part_name: PartName = "sheet"
    title = ""

    def __init__(self, data: bytes) -> None:
        self._package = Package(data) if data.startswith(b"PK") else None
        if self._package and _ODS_LOCK in (self._package.read("META-INF/manifest.xml") or b""):
            raise Unreadable("locked")
        if self._package and "docProps/core.xml" in self._package.names:
            self.title = self._package.core_title()
        try:
            self._book = python_calamine.load_workbook(io.BytesIO(data))
            self._sheets = [
                one for one in self._book.sheets_metadata if one.typ == python_calamine.SheetTypeEnum.WorkSheet
            ]
        except python_calamine.PasswordError as fault:
            raise Unreadable("locked") from fault
        except (python_calamine.CalamineError, OSError, ValueError) as fault:
            raise Unreadable("damaged") from fault
        self._broken = self._long = 0

    @property
    def notes(self) -> tuple[str, ...]:
        hidden = sum(one.visible != python_calamine.SheetVisibleEnum.Visible for one in self._sheets)
        counted = (("hidden_sheets", hidden), ("broken_parts", self._broken), ("cut_rows", self._long))
        return tuple(f"{name}:{count}" for name, count in counted if count)

    def count(self) -> int | None:
        return None

    def parts(self) -> Iterator[RawPart]:
        members = self._members()
        for number, facts in enumerate(self._sheets):
            try:
                unseen = self._unseen(members.get(facts.name, ""))
                if unseen.cells > CELLS_MAX:  # one cell far from the others
                    self._long += 1
                    continue
                sheet = self._book.get_sheet_by_name(facts.name)
            except (python_calamine.CalamineError, zipfile.BadZipFile, Unreadable, OSError, ValueError):
                self._broken += 1
                continue
            if sheet.height * sheet.width > CELLS_MAX:
                self._long += 1
            is_hidden = facts.visible != python_calamine.SheetVisibleEnum.Visible
            yield from _parts(sheet, facts.name or str(number + 1), unseen, "attribute" if is_hidden else None)
        if self._broken and self._broken == len(self._sheets):
            raise Unreadable("damaged")

    def _members(self) -> dict[str, str]:
        """Where in the archive each sheet of an xlsx file is."""
        root = self._package.xml("xl/workbook.xml") if self._package else None
        if root is None or self._package is None:
            return {}
        relations = self._package.relations("xl/workbook.xml")
        found: dict[str, str] = {}
        for sheet in root.iter("{*}sheet"):
            relation = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
            found[sheet.get("name", "")] = relations.get(relation, ("", ""))[1]
        return found

    def _unseen(self, member: str) -> _Unseen:
        if self._package is None or member not in self._package.names:
            return _Unseen()
        rows: set[int] = set()
        columns: set[int] = set()
        rest, row, width = b"", 0, 26
        with self._package.open(member) as stream:
            while piece := stream.read(_PIECE_BYTES):
                text = rest + piece
                rest = text[max(text.rfind(b"<"), len(text) - 2_000) :]
                text = text[: len(text) - len(rest)]
                for found in _ROW.finditer(text):
                    said = dict(_ATTRIBUTE.findall(found[1]))
                    row = int(said.get(b"r", b"") or row + 1)
                    if said.get(b"hidden") in (b"1", b"true") and row <= SHEET_ROWS_MAX:
                        rows.add(row - 1)
                for found in _COLUMN.finditer(text):
                    said = dict(_ATTRIBUTE.findall(found[1]))
                    if said.get(b"hidden") in (b"1", b"true"):
                        columns.update(range(int(said[b"min"]) - 1, min(int(said[b"max"]), 16_384)))
                for found in _FAR_CELL.finditer(text):
                    width = max(width, _column(found[1]))
        return _Unseen(frozenset(rows), frozenset(columns), row * width)


def _column(letters: bytes) -> int:
    """The number of a column from 1: "AA" is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _parts(sheet: Any, name: str, unseen: _Unseen, reason: HiddenReason | None) -> Iterator[RawPart]:
    """A sheet's stretches. Rows are numbered as the sheet numbers them."""
    top, left = sheet.start or (0, 0)
    head = Marked("")
    kept: list[Marked] = []
    first = last = top
    size = 0
    is_whole = True
    for row_number, cells in enumerate(_rows(sheet), top):
        row = _row(cells, row_number, left, unseen, reason)
        if len(row.text) > LINE_CHARACTERS:
            row = cut(row, 0, LINE_CHARACTERS)
        if not row.text:
            continue
        if kept and (len(kept) > ROWS or size + len(row.text) > ROW_CHARACTERS):
            yield _part(_label(name, first, last), kept)
            kept, size, is_whole = [head] if head.text else [], len(head.text), False
            first = row_number
        if is_whole and not kept:
            first = row_number
            head = row if len(row.text) <= ROW_CHARACTERS // 4 else Marked("")
        kept.append(row)
        size += len(row.text)
        last = row_number
    if kept:
        yield _part(name[:80] if is_whole else _label(name, first, last), kept)


def _rows(sheet: Any) -> Iterator[Sequence[object]]:
    """What comes of a damaged sheet before its damage."""
    limit = CELLS_MAX // max(1, sheet.width)
    for number, row in enumerate(sheet.iter_rows()):
        if number >= limit:
            return
        yield row


def _label(name: str, first: int, last: int) -> str:
    return f"{name[:_NAME_CHARACTERS]}, {first + 1}–{last + 1}"


def _part(label: str, rows: list[Marked]) -> RawPart:
    whole = joined(rows, "\n")
    return RawPart(label, whole.text, (Block(0, len(whole.text), "table"),), _grown(whole.hidden))


def _grown(hidden: tuple[Hidden, ...]) -> tuple[Hidden, ...]:
    """Stretches that a line end alone keeps apart, as one."""
    grown: list[Hidden] = []
    for one in hidden:
        if grown and one.start - grown[-1].end <= 1 and one.reason == grown[-1].reason:
            grown[-1] = Hidden(grown[-1].start, one.end, one.reason)
        else:
            grown.append(one)
    if len(grown) > HIDDEN_MAX:  # the last ones as one, so that none is lost
        grown[HIDDEN_MAX - 1 :] = [Hidden(grown[HIDDEN_MAX - 1].start, grown[-1].end, grown[-1].reason)]
    return tuple(grown)


def _row(cells: Sequence[object], number: int, left: int, unseen: _Unseen, reason: HiddenReason | None) -> Marked:
    texts = [_cell(cell) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    if not texts:
        return Marked("")
    if reason is not None or number in unseen.rows:
        return hide(Marked(CELL_GAP.join(texts)), "attribute")
    if not unseen.columns:
        return Marked(CELL_GAP.join(texts))
    return joined(
        [hide(Marked(text), "attribute" if left + at in unseen.columns else None) for at, text in enumerate(texts)],
        CELL_GAP,
    )


def _cell(value: object) -> str:
    """As a person would write it; numbers as they are kept, without the cell's format."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        at_midnight = value.time() == datetime.time()
        return value.date().isoformat() if at_midnight else value.isoformat(" ", "seconds")
    text = value if isinstance(value, str) else str(value)
    return " ".join(text[:CELL_CHARACTERS].split())
