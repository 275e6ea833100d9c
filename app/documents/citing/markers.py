"""References that a model writes by itself, "[1]" or "(Passage 2)": hints where to look first, and not shown."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Patterns stand here as text: `re` compiles each when it is first used and keeps it, so that no start pays for them.
_NUMBERS = r"\d{1,3}(?:\s*(?:,|;|&|and|und|et|y|-|–)\s*(?:{words}\s*)?\d{1,3})*"
_WORDS = (
    r"(?:(?:passages?|sources?|documents?|excerpts?|references?|refs?\.?|quellen?|passagen?|auszug|auszüge|dokumente?"
    r"|extraits?|fuentes?|pasajes?|documentos?|fragmentos?|来源|段落|出典)\s*)"
)
_LIST = _NUMBERS.replace("{words}", _WORDS)
_MARKER = (
    rf"(?i)(?<![\\!])\[\^?(?:{_WORDS})?(?P<square>{_LIST})\](?![(:])"
    rf"|【(?:{_WORDS})?(?P<thick>{_LIST})[^】\n]{{0,30}}】"
    rf"|\((?:see |cf\.? |siehe |voir |véase )?{_WORDS}(?P<round>{_LIST})(?:,[^()\n]{{0,30}})?\)"
)
_CODE = r"(?sm)^[ \t]*(`{3,}|~{3,}).*?(?:^[ \t]*\1|\Z)|(`+)(?!`).+?(?<!`)\2(?!`)"
_RANGE = r"(\d+)\s*[-–]\s*(?:\D*?)(\d+)"
_LONE = (
    r"(?i)[ \t]*[*_#> -]*(?:sources?|references?|citations?|quellen?|références?|fuentes?|referencias?)?[*_:. \t,;]*"
)
MOST_RANGE = 20


@dataclass(frozen=True, slots=True)
class Marker:
    """Characters `start` to `end` of the answer, with the space before; `passages` count from 0."""

    start: int
    end: int
    passages: tuple[int, ...]
    is_leading: bool  # it stands at the beginning of its line, before what it means


def find_markers(answer: str, passages: int) -> tuple[Marker, ...]:
    """Those that name passages which there are; not in code, and no links."""
    code = [match.span() for match in re.finditer(_CODE, answer)]
    found = []
    for match in re.finditer(_MARKER, answer):
        numbers = _numbers(match[match.lastgroup or 0])
        if any(start <= match.start() < end for start, end in code):
            continue
        if numbers and all(1 <= number <= passages for number in numbers):
            line_start = answer.rfind("\n", 0, match.start()) + 1
            is_leading = not re.search(r"[^\W_]", answer[line_start : match.start()])
            start = match.start() - (0 if is_leading else len(_space_before(answer, match.start())))
            found.append(Marker(start, match.end(), tuple(number - 1 for number in numbers), is_leading))
    return tuple(found)


def blanked(answer: str, markers: tuple[Marker, ...]) -> str:
    """The answer with spaces in place of them: everything else stays where it is."""
    pieces, done = [], 0
    for marker in markers:
        pieces += [answer[done : marker.start], " " * (marker.end - marker.start)]
        done = marker.end
    return "".join((*pieces, answer[done:]))


def hidden(answer: str, markers: tuple[Marker, ...]) -> tuple[tuple[int, int], ...]:
    """What is not shown: the markers, and lines that hold nothing but them ("Sources: [1], [2]")."""
    spans = [(marker.start, marker.end) for marker in markers]
    bare = blanked(answer, markers)
    for marker in markers:
        start = answer.rfind("\n", 0, marker.start + 1) + 1 if answer[marker.start] != "\n" else marker.start + 1
        end = answer.find("\n", marker.end)
        end = len(answer) if end < 0 else end
        if re.compile(_LONE).fullmatch(bare, start, end):
            spans.append((start, end))
    return _joined(sorted(spans))


def _joined(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return tuple(joined)


def _numbers(listed: str) -> list[int]:
    spread = re.search(_RANGE, listed)
    if spread is not None and 0 < int(spread[2]) - int(spread[1]) <= MOST_RANGE:
        return list(range(int(spread[1]), int(spread[2]) + 1))
    return [int(number) for number in re.findall(r"\d+", listed)]


def _space_before(answer: str, at: int) -> str:
    before = answer[:at]
    return before[len(before.rstrip(" \t\u00a0\u202f")) :]
