"""How the lines of a part's text are shown: readers keep the words alone, so what a line is must be seen by its form.

Mistakes cost a bold line and nothing else: no character is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

from app.documents.parts import Kind
from app.frozen import dataclass

Role = Literal["heading", "mono"]

_MONO: Final[frozenset[str]] = frozenset({"code", "json", "csv"})
_BLOCKS: Final[frozenset[str]] = frozenset({"docx", "odt", "html", "epub", "pptx", "rtf"})
"""Kinds whose readers put an empty line between paragraphs."""
_MARKED: Final[frozenset[str]] = frozenset({"markdown", "text"})
_HASHES: Final = re.compile(r" {0,3}#{1,6}[ \t]+\S")
_FENCE: Final = re.compile(r" {0,3}(```|~~~)")
_CELL: Final = " | "
_LIST: Final = re.compile(r"\s*([-*•–+]|\d{1,3}[.)])\s")
_SENTENCE_ENDS: Final = tuple(".,:;!?…。！？")
_HEADING_CHARACTERS: Final = 90


@dataclass(frozen=True, slots=True)
class Styled:
    """A stretch of a part's text."""

    start: int
    end: int
    role: Role


def is_mono(kind: Kind | Literal[""]) -> bool:
    """Whether all of such a file is shown in letters of one width."""
    return kind in _MONO


def styled(text: str, kind: Kind | Literal[""]) -> Iterator[Styled]:
    """The lines that are not ordinary, in order."""
    lines = text.split("\n")
    start, is_fenced = 0, False
    for number, line in enumerate(lines):
        role: Role | None = None
        if kind in _MARKED and _FENCE.match(line):
            is_fenced, role = not is_fenced, "mono"
        elif is_fenced or _CELL in line:
            role = "mono"
        elif (kind in _MARKED and _HASHES.match(line)) or (kind in _BLOCKS and _is_alone(lines, number)):
            role = "heading"
        if role is not None and line:
            yield Styled(start, start + len(line), role)
        start += len(line) + 1


def _is_alone(lines: list[str], number: int) -> bool:
    """A short line between empty ones that is no sentence and no list, with something after it."""
    line = lines[number].strip()
    if not 0 < len(line) <= _HEADING_CHARACTERS or line.endswith(_SENTENCE_ENDS) or _LIST.match(line):
        return False
    before, after = lines[number - 1 : number] if number else [], lines[number + 1 : number + 3]
    return not any(before) and len(after) == 2 and not after[0] and bool(after[1].strip())
