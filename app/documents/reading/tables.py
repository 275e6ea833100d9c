"""Tables within tables, as a document's XML streams by."""

from __future__ import annotations

from app.documents.reading.sections import Marked, Sections, joined, row_of

_CELLS_MAX = 200  # that are filled in for one that is said to repeat


class Tables:
    """True while one is open. Rows of the outermost go to the sections, those of an inner one into the cell around."""

    def __init__(self, sections: Sections) -> None:
        self._sections = sections
        self._open: list[tuple[list[Marked], list[Marked]]] = []  # the cells of a row, the paragraphs of a cell

    def __bool__(self) -> bool:
        return bool(self._open)

    def begin(self) -> None:
        self._open.append(([], []))

    def add(self, marked: Marked) -> None:
        """A paragraph, into the cell that is open."""
        self._open[-1][1].append(marked)

    def end_cell(self, *, repeated: int = 1) -> None:
        cells, paragraphs = self._open[-1]
        cell = joined(paragraphs, "\n")
        paragraphs.clear()
        cells += [cell] * (min(_CELLS_MAX, repeated) if len(cells) < _CELLS_MAX else 1)

    def end_row(self) -> None:
        cells = self._open[-1][0]
        row = row_of(cells)
        cells.clear()
        if len(self._open) == 1:
            self._sections.add_row(row)
        elif row.text:
            self._open[-2][1].append(row)

    def end(self) -> bool:
        """Whether that was the outermost."""
        self._open.pop()
        if not self._open:
            self._sections.end_table()
        return not self._open
