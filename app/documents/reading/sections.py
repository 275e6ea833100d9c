"""Parts for files that have no layout of their own: marked lines go in, sections of a few thousand characters come out.

A section ends before a heading where one comes near its end. A table that goes on in the next section begins there
with its first row again, which names the columns; that is text of the part like any other, so spans stay honest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from app.documents.parts import Hidden, HiddenReason
from app.documents.reading.blocks import GAP, Block, BlockRole, RawPart

SECTION_CHARACTERS: Final = 8_000
BLOCK_CHARACTERS: Final = 16_000  # a paragraph that is longer is cut
TINY_PT: Final = 2.0  # letters so small are not read
CELL_GAP: Final = " | "
_HEAD_CHARACTERS: Final = 1_000  # of a first row that is repeated
_HIDDEN_MAX: Final = 1_000  # stretches of one part; the parent takes ten times as many
_SPACE: Final = re.compile(r"[ \t\r\n\f\v]+")
_LABEL_CHARACTERS: Final = 80


class Marked(NamedTuple):
    """A stretch of text, and what in it nobody sees."""

    text: str
    hidden: tuple[Hidden, ...] = ()


NOTHING: Final = Marked("")


class Line:
    """The text of one block as it is gathered. White space becomes one blank, unless it is laid out by it."""

    def __init__(self, *, is_laid_out: bool = False) -> None:
        self._is_laid_out = is_laid_out
        self._pieces: list[str] = []
        self._length = 0
        self._last = "\n"
        self._hidden: list[Hidden] = []

    def __bool__(self) -> bool:
        return self._length > 0

    def add(self, text: str, hidden: HiddenReason | None = None) -> None:
        if not self._is_laid_out:
            text = _SPACE.sub(" ", text)
            if text.startswith(" ") and self._last in " \n":
                text = text[1:]
        if not text:
            return
        start = self._length
        self._pieces.append(text)
        self._length += len(text)
        self._last = text[-1]
        if hidden is not None and not text.isspace():
            _mark(self._hidden, Hidden(start, self._length, hidden))

    def add_marked(self, marked: Marked) -> None:
        """`marked` as it is."""
        for one in marked.hidden:
            _mark(self._hidden, Hidden(self._length + one.start, self._length + one.end, one.reason))
        if marked.text:
            self._pieces.append(marked.text)
            self._length += len(marked.text)
            self._last = marked.text[-1]

    def end_line(self) -> None:
        if self._last == " " and not self._is_laid_out:
            self._pieces[-1] = self._pieces[-1][:-1]
            self._length -= 1
            if self._hidden and self._hidden[-1].end > self._length:
                last = self._hidden.pop()
                self._hidden += [Hidden(last.start, self._length, last.reason)] if last.start < self._length else []
        self._pieces.append("\n")
        self._length += 1
        self._last = "\n"

    def begin_line(self) -> None:
        """End the line, where one has begun."""
        if self._last != "\n":
            self.end_line()

    def taken(self) -> Marked:
        """What was gathered, without white space at its ends. The line is empty then."""
        text = "".join(self._pieces)
        marked = cut(Marked(text, tuple(self._hidden)), 0, len(text))
        self.__init__(is_laid_out=self._is_laid_out)  # type: ignore[misc]  # begins anew
        return marked


def cut(marked: Marked, start: int, end: int) -> Marked:
    """A stretch of it, less the white space at its ends."""
    text = marked.text[start:end]
    start += len(text) - len(text.lstrip())
    text = text.strip()
    end = start + len(text)
    kept = [
        Hidden(max(one.start, start) - start, min(one.end, end) - start, one.reason)
        for one in marked.hidden
        if one.start < end and one.end > start
    ]
    return Marked(text, tuple(kept))


def joined(pieces: Sequence[Marked], gap: str) -> Marked:
    text: list[str] = []
    hidden: list[Hidden] = []
    length = 0
    for number, piece in enumerate(pieces):
        if number:
            text.append(gap)
            length += len(gap)
        hidden += [Hidden(length + one.start, length + one.end, one.reason) for one in piece.hidden]
        text.append(piece.text)
        length += len(piece.text)
    return Marked("".join(text), tuple(hidden))


def hide(marked: Marked, reason: HiddenReason | None) -> Marked:
    """All of it hidden, where there is a reason."""
    if reason is None or not marked.text:
        return marked
    return Marked(marked.text, (Hidden(0, len(marked.text), reason),))


def row_of(cells: Sequence[Marked]) -> Marked:
    """A table's row as one line; empty where no cell says anything."""
    if not any(cell.text for cell in cells):
        return NOTHING
    last = max(number for number, cell in enumerate(cells) if cell.text)
    return joined([_one_line(cell) for cell in cells[: last + 1]], CELL_GAP)


def _one_line(marked: Marked) -> Marked:
    return Marked(marked.text.replace("\n", " "), marked.hidden)


class Sections:
    """Blocks in; `ready` gives the parts that are whole by now, `finish` the last one as well.

    `label` names all parts; without one each is called by the heading that it begins under.
    """

    def __init__(self, *, label: str | None = None, characters: int = SECTION_CHARACTERS) -> None:
        self._fixed_label = label
        self._limit = characters
        self._heading = ""
        self._done: list[RawPart] = []
        self._head = NOTHING  # of the table that is being read
        self._table_start: int | None = None
        self._begin()

    def _begin(self) -> None:
        self._label = self._fixed_label if self._fixed_label is not None else self._heading
        self._pieces: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._hidden: list[Hidden] = []
        self._is_item = False

    def add(self, marked: Marked, role: BlockRole = "paragraph", *, level: int = 0, is_item: bool = False) -> None:
        """Append a block; one of nothing but white space is left out. Items of a list stand close together."""
        self.end_table()
        if role != "code":
            marked = cut(marked, 0, len(marked.text))
        if not marked.text.strip():
            return
        if role == "heading":
            if self._length > self._limit // 2:
                self._close()
            self._heading = " ".join(marked.text.split())[:_LABEL_CHARACTERS]
            if self._fixed_label is None and not self._length:
                self._label = self._heading
        for piece in _slices(marked):
            self._make_room(len(piece.text))
            self._append(piece, "\n" if is_item and self._is_item else GAP)
            self._blocks.append(Block(self._length - len(piece.text), self._length, role, level))
        self._is_item = is_item

    def add_row(self, row: Marked) -> None:
        """The next row of a table; the first one names its columns. `end_table` ends it, and any other block."""
        if not row.text.strip():
            return
        for piece in _slices(row):
            if self._table_start is not None and self._is_full(len(piece.text)):
                self._close_table()
                self._close()
                self._append(self._head, GAP)
                self._table_start = 0
            if self._table_start is None:
                self._make_room(len(piece.text))
                self._append(piece, GAP)
                self._table_start = self._length - len(piece.text)
                self._head = piece if len(piece.text) <= _HEAD_CHARACTERS else NOTHING
            else:
                self._append(piece, "\n")
        self._is_item = False

    def end_table(self) -> None:
        self._close_table()
        self._head = NOTHING

    def begin(self, label: str) -> None:
        """Another part, of that label."""
        self.end_table()
        self._close()
        self._fixed_label = self._label = label

    def ready(self) -> Iterator[RawPart]:
        done, self._done = self._done, []
        return iter(done)

    def finish(self) -> Iterator[RawPart]:
        self.end_table()
        self._close()
        return self.ready()

    def _make_room(self, characters: int) -> None:
        if self._length and self._is_full(characters):
            self._close()

    def _is_full(self, characters: int) -> bool:
        return self._length + characters > self._limit or len(self._hidden) >= _HIDDEN_MAX

    def _append(self, marked: Marked, gap: str) -> None:
        if not marked.text:
            return
        if self._pieces:
            self._pieces.append(gap)
            self._length += len(gap)
        for one in marked.hidden:
            _mark(self._hidden, Hidden(self._length + one.start, self._length + one.end, one.reason))
        self._pieces.append(marked.text)
        self._length += len(marked.text)

    def _close_table(self) -> None:
        if self._table_start is not None and self._length > self._table_start:
            self._blocks.append(Block(self._table_start, self._length, "table"))
        self._table_start = None

    def _close(self) -> None:
        if self._pieces:
            label, text = self._label, "".join(self._pieces)
            self._done.append(RawPart(label, text, tuple(self._blocks), tuple(self._hidden)))
        self._begin()


def _mark(stretches: list[Hidden], one: Hidden) -> None:
    """Add a stretch, to the last one where it goes on. Beyond the limit stretches grow together: none is lost."""
    last = stretches[-1] if stretches else None
    if last is not None and (
        (last.end == one.start and last.reason == one.reason) or len(stretches) >= 4 * _HIDDEN_MAX
    ):
        stretches[-1] = Hidden(last.start, max(last.end, one.end), last.reason)
    else:
        stretches.append(one)


def _slices(marked: Marked) -> Iterator[Marked]:
    """A block in pieces that are not too long, cut at lines, sentences or words."""
    text = marked.text
    start = 0
    while len(text) - start > BLOCK_CHARACTERS:
        low, high = start + BLOCK_CHARACTERS // 2, start + BLOCK_CHARACTERS
        end = next((at + len(sign) for sign in ("\n", ". ", " ") if (at := text.rfind(sign, low, high)) >= 0), high)
        yield cut(marked, start, end)
        start = end
    yield cut(marked, start, len(text)) if start else marked
