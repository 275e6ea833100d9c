"""What every format's reader makes: raw parts, whose text is divided into blocks by what they are.

The chunker needs to know where headings, paragraphs and tables begin and end; everything else about a format stays
in its reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from app.documents.parts import Hidden, HiddenReason, Kind, PartName

BlockRole = Literal["heading", "paragraph", "table", "code"]
GAP = "\n\n"
"""Between two blocks of a part whose reader chooses its own layout."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a part's text. `level` is a heading's, from 1."""

    start: int
    end: int
    role: BlockRole
    level: int = 0


@dataclass(frozen=True, slots=True)
class RawPart:
    """A part as its reader found it; blocks are in order and do not overlap."""

    label: str
    text: str
    blocks: tuple[Block, ...]
    hidden: tuple[Hidden, ...] = ()
    is_scan: bool = False
    places: bytes = b""  # of recognised words, see `places`


class Reader(Protocol):
    """A file being read. Made with its bytes; raises Unreadable where they are not what they should be."""

    kind: Kind
    part_name: PartName

    @property
    def title(self) -> str:
        """What the file calls itself; known at the latest when all parts were read."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Names of sentences (see `faults.NOTES`) about what was left out; known when all parts were read."""
        ...

    def count(self) -> int | None:
        """How many parts there are, None where only reading tells."""
        ...

    def parts(self) -> Iterator[RawPart]: ...


class PartBuilder:
    """Puts a part together out of blocks, for readers whose format has no text of its own to keep."""

    def __init__(self, label: str = "") -> None:
        self.label = label
        self._pieces: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._hidden: list[Hidden] = []

    def add(
        self, text: str, role: BlockRole = "paragraph", *, level: int = 0, hidden: HiddenReason | None = None
    ) -> None:
        """Append a block; one of nothing but white space is left out."""
        text = text.strip("\n") if role in ("code", "table") else text.strip()
        if not text.strip():
            return
        if self._pieces:
            self._pieces.append(GAP)
            self._length += len(GAP)
        start = self._length
        self._pieces.append(text)
        self._length += len(text)
        self._blocks.append(Block(start, self._length, role, level))
        if hidden is not None:
            self._hidden.append(Hidden(start, self._length, hidden))

    @property
    def characters(self) -> int:
        return self._length

    def part(self) -> RawPart:
        return RawPart(self.label, "".join(self._pieces), tuple(self._blocks), tuple(self._hidden))
