"""Markdown to blocks, and where a growing text is final.

No HTML is ever made from a model's words: blocks keep markdown-it's tokens, and writer.py turns those into
document formats one by one, so that there is no markup for Qt to act on. A block is final as soon as the next
one has begun, which markdown-it itself decides; cutting at blank lines would break loose lists. Each item of a
list and each row of a table is as good as a block, so that a list of 16 KB is not read anew with every word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from markdown_it.token import Token

from app.chat.markup import NESTING_MAX, footnotes_last, markdown_it
from app.ui.chat.rendering.citing import Placed, moved, put_in

CELLS_MAX = 1_000
CODE_MAX_CHARS = 20_000
UNBROKEN_MAX_CHARS = 2_048

# Scripts that break between any two letters (CJK, Thai and so on) are left out: their long runs lay out quickly.
_UNBROKEN = re.compile(rf"[\x21-\x7e\u00a1-\u0dff]{{{UNBROKEN_MAX_CHARS + 1},}}")

_FENCE = re.compile(r"(?:(`{3,})[^`\n]*|(~{3,})[^\n]*)\n")

Why = Literal["table", "code", "unbroken", "deep", "long"]


@dataclass(slots=True)
class Definitions:
    """What a text has defined so far, as markdown-it keeps it: links by name, and footnotes."""

    references: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: dict[str, dict[str, int]] = field(default_factory=dict)

    def copy(self) -> Definitions:
        return Definitions(dict(self.references), {name: dict(known) for name, known in self.notes.items()})


@dataclass(frozen=True, slots=True)
class Prose:
    tokens: tuple[Token, ...]
    start: int
    """Where it begins in the text, in characters."""
    item: Item | None = None
    """Set where this is one item of a list at the top level."""


@dataclass(frozen=True, slots=True)
class Item:
    number: int
    """0 for bullets."""
    is_first: bool
    is_apart: bool
    """A blank line stands before it."""


@dataclass(frozen=True, slots=True)
class Cell:
    tokens: tuple[Token, ...]
    content: str
    """Its source, by which two cells are compared."""


@dataclass(frozen=True, slots=True)
class Table:
    """`head` and the rest of `rows` have as many cells as there are `aligns` ("left", "right", "center", "")."""

    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    aligns: tuple[str, ...]
    source: str
    start: int
    row_starts: tuple[int, ...]
    """Where each of `rows` begins in the text."""
    cells: int
    """In all; of a table that `is_large`, `rows` are only those met last."""

    @property
    def is_large(self) -> bool:
        return self.cells > CELLS_MAX


@dataclass(frozen=True, slots=True)
class Code:
    language: str
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Plain:
    """Something that would take Qt seconds to lay out; shown as text, the rest on request."""

    text: str
    why: Why
    start: int


Block = Prose | Table | Code | Plain


class Parser:
    """Reads what `app.chat.markup` says Markdown is, and cuts it into blocks."""

    def __init__(self) -> None:
        self._md = markdown_it()

    def parse(
        self,
        source: str,
        definitions: Definitions | None = None,
        *,
        after: Item | OpenTable | None = None,
        is_whole: bool = False,
        chips: Sequence[Placed] = (),
    ) -> list[Block]:
        """The top-level blocks of `source`. Definitions are read from and added to `definitions`.

        `after`: the text is the rest of one that was cut at this item of a list or in this table. `is_whole`: nothing
        follows, so that footnotes are put at the end. `chips` are those in `source`, and may be more.
        """
        known = definitions if definitions is not None else Definitions()
        opening = after.opening if isinstance(after, OpenTable) else ""
        source = opening + source
        env = {"references": known.references, "footnotes": known.notes}
        tokens = self._md.parse(source, env)
        if is_whole:
            tokens = footnotes_last(tokens)
        lines = _Lines(source)
        if chips:
            put_in(tokens, moved(chips, len(opening)), source, lines.offsets)
        blocks: list[Block] = []
        for group in _top_level(tokens):
            item = after if isinstance(after, Item) and not blocks else None
            blocks.extend(_blocks(group, lines, item))
        if isinstance(after, OpenTable):
            cut = len(opening)
            rest = [replace(block, start=block.start - cut) for block in blocks[1:]]
            first = blocks[0]
            return [after.joined(first, cut) if isinstance(first, Table) else first, *rest]
        return blocks


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A table that was cut before one of its rows: what is needed to go on with it."""

    table: Table
    """Up to there."""

    @property
    def opening(self) -> str:
        """Its first two lines, which make rows of the lines that follow."""
        return "".join(self.table.source.splitlines(keepends=True)[:2])

    def joined(self, rest: Table, cut: int) -> Table:
        """The whole table, out of what was parsed of the opening and the rest. Places are in the rest, so they
        are `cut` less than in the opening and the rest together."""
        known = self.table
        cells = known.cells + len(rest.rows) * len(rest.head)
        if cells > CELLS_MAX:  # shown as text
            known = replace(known, rows=())
        starts = (*(-1 for _row in known.rows), *(start - cut for start in rest.row_starts))
        source = self.table.source + rest.source[cut:]
        return Table(rest.head, (*known.rows, *rest.rows), rest.aligns, source, 0, starts, cells)


class _Lines:
    def __init__(self, source: str) -> None:
        self._source = source
        self.offsets = line_offsets(source)

    def start(self, tokens: Sequence[Token]) -> int:
        """Footnotes at the end have no place: theirs is the end of the text."""
        place = next((token.map for token in tokens if token.map), None)
        return self.offsets[place[0] if place else -1]

    def raw(self, token: Token) -> str:
        first, last = token.map or [0, 0]
        return self._source[self.offsets[first] : self.offsets[min(last, len(self.offsets) - 1)]]

    def is_apart(self, token: Token) -> bool:
        line = (token.map or [0])[0]
        return line > 0 and not self._source[self.offsets[line - 1] : self.offsets[line]].strip()


def normalise(source: str) -> str:
    """What markdown-it does to a text first, done here so that its line numbers fit ours."""
    return source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def line_offsets(source: str) -> list[int]:
    """Where each line begins; the last entry is the end of the text."""
    offsets = [0]
    position = source.find("\n")
    while position != -1:
        offsets.append(position + 1)
        position = source.find("\n", position + 1)
    offsets.append(len(source))
    return offsets


def final_until(blocks: Sequence[Block], source: str) -> int:
    """Up to which character of `source` nothing will change any more while it grows.

    A block whose first line is not complete may still turn out to belong to the one before ("2" becomes "2. item").
    """
    begun = [block for block in blocks if source.find("\n", block.start) != -1]
    return begun[-1].start if begun and begun[-1] is not blocks[0] else 0


def open_fence(source: str) -> Plain | None:
    """Code at the front of `source` that nothing has closed and that is too long to be shown as such; None: parse it.

    The parser would read all of it again with every word, and come to the same.
    """
    opened = _FENCE.match(source)
    if opened is None or len(source) - opened.end() <= CODE_MAX_CHARS:
        return None
    marker = opened[1] or opened[2]
    closing = re.compile(rf"^ {{0,3}}{marker[0]}{{{len(marker)},}}[ \t]*$", re.MULTILINE)
    return None if closing.search(source, opened.end()) else Plain(source[opened.end() :], "code", 0)


def row_cut(table: Table, source: str) -> int:
    """Up to which character of `source` the rows of a table at its end will not change any more; 0: none is final.

    The last row may still grow, and one of which only a part of a line is there may be no row at all.
    """
    begun = [start for start in table.row_starts if start > 0 and source.find("\n", start) != -1]
    return begun[-1] if len(begun) > 1 else 0


def has_unbroken(text: str) -> bool:
    return len(text) > UNBROKEN_MAX_CHARS and _UNBROKEN.search(text) is not None


def _top_level(tokens: list[Token]) -> list[list[Token]]:
    groups: list[list[Token]] = []
    depth = 0
    for token in tokens:
        if token.type in ("footnote_block_open", "footnote_block_close"):
            continue
        if depth == 0:
            groups.append([])
        groups[-1].append(token)
        depth += token.nesting
    return groups


def _blocks(tokens: list[Token], lines: _Lines, after: Item | None) -> list[Block]:
    head = tokens[0]
    start = lines.start(tokens)
    if max(token.level for token in tokens) >= NESTING_MAX - 1:
        return [Plain(lines.raw(head), "deep", start)]
    if head.type in ("fence", "code_block"):
        return [_code(head, start)]
    if head.type == "table_open":
        return [_table(tokens, lines, start)]
    if has_unbroken(lines.raw(head)):
        return [Plain(lines.raw(head), "unbroken", start)]
    if head.type in ("bullet_list_open", "ordered_list_open"):
        return list(_items(tokens, lines, after))
    return [Prose(tuple(tokens), start)]


def _code(token: Token, start: int) -> Block:
    if len(token.content) > CODE_MAX_CHARS or has_unbroken(token.content):
        return Plain(token.content, "code", start)
    words = token.info.split()
    return Code(words[0] if words else "", token.content.rstrip("\n"), start)


def _items(tokens: list[Token], lines: _Lines, after: Item | None) -> list[Prose]:
    """A list as one block for each of its items, which knows what came before it."""
    opener, closer = tokens[0], tokens[-1]
    is_ordered = opener.type == "ordered_list_open"
    first_number = min(int(opener.attrs.get("start", 1)), 999_999_999) if is_ordered else 0
    made: list[Prose] = []
    for group in _top_level(tokens[1:-1]):
        for token in group[1:]:
            if token.type == "list_item_open":
                token.meta["apart"] = lines.is_apart(token)
        if made or after is None:
            number = (made[-1].item.number + 1 if is_ordered else 0) if made and made[-1].item else first_number
            item = Item(number, not made, lines.is_apart(group[0]))
        else:
            item = replace(after, number=after.number if is_ordered else 0)
        made.append(Prose((opener, *group, closer), lines.start(group), item))
    return made


def _table(tokens: list[Token], lines: _Lines, start: int) -> Block:
    raw = lines.raw(tokens[0])
    starts: list[int] = []
    rows: list[list[Cell]] = []
    aligns: list[str] = []
    count = 0
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
            starts.append(lines.start([token]))
        elif token.type in ("th_open", "td_open"):
            count += 1
            inline = tokens[index + 1]
            rows[-1].append(Cell(tuple(inline.children or ()), inline.content))
            if token.type == "th_open":
                aligns.append(str(token.attrs.get("style", "")).removeprefix("text-align:"))
    if has_unbroken(raw):
        return Plain(raw, "table", start)
    return Table(
        tuple(rows[0]), tuple(tuple(row) for row in rows[1:]), tuple(aligns), raw, start, tuple(starts[1:]), count
    )
