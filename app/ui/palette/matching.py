"""Which commands fit what was typed, and how well. Pure.

Every word typed must be found, in any order: at the start of a word best, inside one less well, as the initials of
several ("nc" for "New chat"), or at last as letters in the right order with others between them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

ENOUGH = 20
"""With so many good matches, nobody looks for scattered letters."""

_START, _INITIALS, _INSIDE, _ASIDE, _SCATTERED = 100.0, 70.0, 50.0, 25.0, 8.0
_RECENT = 40.0
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Command:
    """Something that can be chosen. `keys` as this system writes them; `detail` is found as well, in a quiet colour."""

    id: str
    label: str
    group: str
    keys: str = ""
    icon: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A command as it is searched: without case and accents, letter for letter as in the label."""

    command: Command
    label: str
    aside: str
    starts: tuple[int, ...]
    initials: str


@dataclass(frozen=True, slots=True)
class Match:
    """`marks`: from and to, in the label, sorted and apart."""

    command: Command
    score: float = 0.0
    marks: tuple[tuple[int, int], ...] = field(default=())


def folded(text: str) -> str:
    """The text without case and accents, one character for each of its own."""
    return "".join(unicodedata.normalize("NFD", letter)[0].casefold()[:1] or letter for letter in text)


def prepare(commands: Iterable[Command]) -> tuple[Prepared, ...]:
    """Do this once for each list."""
    return tuple(_prepared(command) for command in commands)


def find(words: str, commands: Sequence[Prepared], recent: Sequence[str] = ()) -> list[Match]:
    """What fits, the best first; among equals the order they came in. Without words: nothing but all of them."""
    asked = folded(words).split()
    if not asked:
        return [Match(prepared.command) for prepared in commands]
    latest = {id_: _RECENT / (place + 1) for place, id_ in enumerate(recent)}
    found = [match for prepared in commands if (match := _match(prepared, asked, latest)) is not None]
    if len(found) < ENOUGH:
        scattered = [(word, re.compile(".*?".join(f"({re.escape(letter)})" for letter in word))) for word in asked]
        known = {match.command.id for match in found}
        rest = (prepared for prepared in commands if prepared.command.id not in known)
        found += [match for prepared in rest if (match := _scattered(prepared, scattered)) is not None]
    return sorted(found, key=lambda match: -match.score)


def _prepared(command: Command) -> Prepared:
    label = command.label.lower() if command.label.isascii() else folded(command.label)
    starts = tuple(word.start() for word in _WORD.finditer(label))
    aside = f"{command.detail} {command.group}"
    return Prepared(
        command,
        label,
        aside.lower() if aside.isascii() else folded(aside),
        starts,
        "".join(label[start] for start in starts),
    )


def _match(prepared: Prepared, asked: Sequence[str], latest: dict[str, float]) -> Match | None:
    score = 0.0
    marks: list[tuple[int, int]] = []
    for word in asked:
        found = _place(prepared, word)
        if found is None:
            return None
        points, at = found
        score += points
        marks += at
    # The shorter of two that match alike is the closer one.
    score += latest.get(prepared.command.id, 0.0) - len(prepared.label) / 50
    return Match(prepared.command, score, _joined(marks))


def _place(prepared: Prepared, word: str) -> tuple[float, list[tuple[int, int]]] | None:
    label = prepared.label
    place = label.find(word)
    if place >= 0:
        for start in prepared.starts:
            if label.startswith(word, start):
                return _START + (10 if start == 0 else 0), [(start, start + len(word))]
    if len(word) > 1 and (first := prepared.initials.find(word)) >= 0:
        places = prepared.starts[first : first + len(word)]
        return _INITIALS, [(at, at + 1) for at in places]
    if place >= 0:
        return _INSIDE, [(place, place + len(word))]
    return (_ASIDE, []) if word in prepared.aside else None


def _scattered(prepared: Prepared, asked: Sequence[tuple[str, re.Pattern[str]]]) -> Match | None:
    score = 0.0
    marks: list[tuple[int, int]] = []
    for word, pattern in asked:
        found = pattern.search(prepared.label)
        if found is not None:
            marks += [found.span(number + 1) for number in range(len(word))]
            score += _SCATTERED * len(word) / (found.end() - found.start())
        elif word not in prepared.aside:
            return None
    return Match(prepared.command, score, _joined(marks))


def _joined(marks: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(marks):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
