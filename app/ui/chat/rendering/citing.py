"""Chips among the tokens of an answer: where its sentences end that were found in a document. Pure.

The stored text has no chips, and the Markdown of it is parsed as it stands: the places are looked up in what came out
of that, so that no chip can change what is bold or a list.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from markdown_it.token import Token

from app.chat.unhidden import Unhidden
from app.frozen import dataclass
from app.text import _
from app.ui.chat.items import Sourced

CHIP = "chip"
"""The type of the tokens that are put in; their meta has the `Placed` under the same name."""
UNPROVEN = "unproven"
"""True in the meta of text that is a quotation and does not stand in the source."""
_AFTER = ".,;:!?…"
"""A chip goes after the full stop that follows a quotation."""
_LINK_END = r"\]\((?:[^()\n]|\([^()\n]*\))*\)|\]\[[^\]\n]*\]|\]|>"
_FAR = 60
"""Characters that may stand between two letters of a text in its source: an entity, or the end of a link."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A chip after `at` characters of what is shown. `place` is its place in `Sourced.chips`; `tip` says what it says.

    `start` is where a quotation begins that is not in the source, else it is `at`.
    """

    start: int
    at: int
    number: int
    is_proven: bool
    place: int
    tip: str


def placed(text: str, sourced: Sourced) -> tuple[str, tuple[Placed, ...]]:
    """What of an answer is shown, and the chips in it, in its order."""
    shown = Unhidden(text, sourced.hidden)
    chips = []
    for place, chip in enumerate(sourced.chips):
        is_proven = chip.is_literal is not False
        at = shown.place(chip.end)
        start = at if is_proven else shown.place(chip.start)
        chips.append(Placed(start, at, chip.number, is_proven, place, tip(sourced, place)))
    return shown.text, tuple(sorted(chips, key=lambda chip: chip.at))


def tip(sourced: Sourced, place: int) -> str:
    """Of one chip: where it leads, and whether a quotation stands there."""
    chip = sourced.chips[place]
    where = sourced.sources[chip.source].words if chip.source >= 0 else ""
    if chip.is_literal is None:
        return where
    if chip.is_literal:
        return _("{place}: word for word").format(place=where)
    if where:
        return _("These words are not in the document. The nearest place: {place}").format(place=where)
    return _("These words are not in the document.")


def moved(chips: Sequence[Placed], by: int) -> tuple[Placed, ...]:
    """The same in a text that begins `by` characters earlier."""
    return tuple(replace(chip, start=chip.start + by, at=chip.at + by) for chip in chips) if by else tuple(chips)


def put_in(tokens: Sequence[Token], chips: Sequence[Placed], source: str, lines: Sequence[int]) -> None:
    """Puts the chips that end in `source` among the children of its inline `tokens`; `lines` is where its lines begin.

    A chip whose sentence is in no text (it ends in code) goes to the end of the text before it.
    """
    inlines = sorted(_inlines(tokens, source, lines), key=lambda one: one.start)
    starts = [one.start for one in inlines]
    taken: dict[int, list[Placed]] = {}
    for chip in chips:
        if inlines and 0 < chip.at <= len(source):
            taken.setdefault(max(0, bisect.bisect_left(starts, chip.at) - 1), []).append(chip)
    for number, here in taken.items():
        inlines[number].put(here)


class _Inline:
    """The inside of a paragraph, a heading or a cell, and where in the source each of its lines stands."""

    def __init__(self, token: Token, places: Sequence[tuple[int, int]]) -> None:
        self._token = token
        self._content_starts = [at for at, _source in places]
        self._source_starts = [source for _at, source in places]
        self.start = self._source_starts[0]

    def put(self, chips: Sequence[Placed]) -> None:
        made: list[Token] = []
        left = list(chips)
        for child, places in self._placed_children():
            if child.type == "text" and places:
                made += _cut(child, places, left, chips)
                continue
            if places and child.type in ("softbreak", "hardbreak"):
                made += _chips(left, until=places[0])
            made.append(child)
            if places and child.type not in ("softbreak", "hardbreak"):
                made += _chips(left, until=places[-1])
        self._token.children = [*made, *_chips(left)]

    def _placed_children(self) -> Iterator[tuple[Token, list[int]]]:
        """Each with where its letters stand in the source, and its end; empty where it has none."""
        content, at = self._token.content, 0
        for child in self._token.children or ():
            if child.type in ("softbreak", "hardbreak"):
                at = max(content.find("\n", at), at)
                yield child, [self._source(at)]
                at += 1
            elif child.type == "link_close":
                ended = re.compile(_LINK_END).match(content, at)
                at = ended.end() if ended is not None else at
                yield child, []
            elif child.content:
                found = _letters(child.content, content, at)
                at = found[-1]
                yield child, [self._source(letter) for letter in found]
            else:
                yield child, []

    def _source(self, at: int) -> int:
        line = max(0, bisect.bisect_right(self._content_starts, at) - 1)
        return self._source_starts[line] + at - self._content_starts[line]


def _letters(text: str, content: str, at: int) -> list[int]:
    """Where each letter of a text stands in what it was parsed from, and its end. Escapes and entities make it longer
    there: then its letters are found one by one."""
    found = content.find(text, at)
    if 0 <= found <= at + _FAR:
        return list(range(found, found + len(text) + 1))
    places = []
    for letter in text:
        next_at = content.find(letter, at, at + _FAR)
        at = next_at if next_at >= 0 else at
        places.append(at)
        at += next_at >= 0
    return [*places, at]


def _cut(child: Token, places: Sequence[int], left: list[Placed], chips: Sequence[Placed]) -> Iterator[Token]:
    """A text with the chips in it, and what is quoted wrongly on its own."""
    text, end = child.content, places[-1]
    cuts = {0, len(text)}
    for chip in chips:
        cuts |= {_letter(text, places, chip.at, is_end=True)} if chip.at <= end else set()
        cuts |= {_letter(text, places, at) for at in (chip.start, chip.at)} if not chip.is_proven else set()
    ordered = sorted(cuts)
    if left and left[0].at <= places[0]:
        yield from _chips(left, until=places[0])
    for first, last in itertools.pairwise(ordered):
        is_unproven = any(not chip.is_proven and chip.start <= places[first] < chip.at for chip in chips)
        yield child.copy(content=text[first:last], meta={**child.meta, UNPROVEN: True} if is_unproven else child.meta)
        while left and left[0].at <= end and _letter(text, places, left[0].at, is_end=True) <= last:
            yield _token(left.pop(0))


def _letter(text: str, places: Sequence[int], at: int, *, is_end: bool = False) -> int:
    """How many letters of a text stand before `at` in the source; of the end of a sentence with what closes it."""
    letter = bisect.bisect_left(places, at, 0, len(text))
    while is_end and 0 < letter < len(text) and text[letter] in _AFTER:
        letter += 1
    return letter


def _chips(left: list[Placed], *, until: int | None = None) -> Iterator[Token]:
    while left and (until is None or left[0].at <= until):
        yield _token(left.pop(0))


def _token(chip: Placed) -> Token:
    return Token(CHIP, "", 0, meta={CHIP: chip})


def _inlines(tokens: Sequence[Token], source: str, lines: Sequence[int]) -> Iterator[_Inline]:
    """Those that have a place. Cells of one row share their line, so each is looked for behind the one before it."""
    line_at, behind = -1, 0
    for token in tokens:
        if token.type != "inline" or not token.map or not token.content:
            continue
        line, since = token.map[0], 0
        if line == line_at:
            since = behind
        places, at = [], 0
        for number, words in enumerate(token.content.split("\n")):
            row = min(line + number, len(lines) - 2)
            found = source.find(words, lines[row] + since, lines[row + 1]) if words else -1
            place = found if found >= 0 else lines[row] + since
            places.append((at, place))
            at += len(words) + 1
            line_at, behind = line + number, place + len(words) - lines[row]
            since = 0
        yield _Inline(token, places)
