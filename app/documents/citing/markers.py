"""References that a model writes by itself, "[1]" or "(Passage 2)": hints where to look first, and not shown."""

from __future__ import annotations

import re

from app.frozen import dataclass

# Patterns stand here as text: `re` compiles each when it is first used and keeps it, so that no start pays for them.
_NUMBERS = r"\d{1,3}(?:\s*(?:,|;|&|and|und|et|y|-|–)\s*(?:{words}\s*)?\d{1,3})*"
_WORDS = (
    r"(?:(?:passages?|sources?|documents?|excerpts?|references?|refs?\.?|quellen?|passagen?|auszug|auszüge|dokumente?"
    r"|extraits?|fuentes?|pasajes?|documentos?|fragmentos?|来源|段落|出典)\s*)"
)
_LIST = _NUMBERS.replace("{words}", _WORDS)
_MARKER = (
    rf"(?i)(?<![\\!])\[(?P<note>\^)?(?:{_WORDS})?(?P<square>{_LIST})\](?![(:])"
    rf"|【(?:{_WORDS})?(?P<thick>{_LIST})[^】\n]{{0,30}}】"
    rf"|\((?:see |cf\.? |siehe |voir |véase )?{_WORDS}(?P<round>{_LIST})(?:,[^()\n]{{0,30}})?\)"
)
_FORMULA = r"\$\$.+?\$\$|(?<![\\$\w])\$(?=\S)[^$\n]+?(?<=\S)\$(?![\d$])|\\\(.+?\\\)|\\\[.+?\\\]"
_CODE = r"(?sm)^[ \t]*(`{3,}|~{3,}).*?(?:^[ \t]*\1|\Z)|(`+)(?!`).+?(?<!`)\2(?!`)"
_OPEN_CODE = r"(`+)(?!`)[^`\n]*\Z|\$(?=[^\s\d])[^$\n]*\Z|\$\$[^$]*\Z|\\[(\[][^)\]]*\Z"
"""What may become code or a formula while an answer grows."""
_DEFINED = r"(?m)^ {0,3}\[(\^?\d{1,3})\]:[ \t]*(?=(\S*))"
_ADDRESS = r"(?:<|https?:|mailto:|www\.|/|#|\.)"
_UNFINISHED = rf"""(?ix)(?:[ \t]*(?:
    (?<![\\!])\[(?:{_WORDS.replace(" ", "[ ]")})?[\w\s,;&.–-]{{0,40}}
  | 【[^】\n]{{0,60}}
  | \((?:\w+\.?[ ]?){{0,2}}(?:\d[\w\s,;&.–-]{{0,40}})?
))\Z"""
_RANGE = r"(\d+)\s*[-–]\s*(?:\D*?)(\d+)"
_LONE_WORDS = "sources? references? citations? quellen? références? fuentes? referencias?"
_LONE = rf"(?i)[ \t]*[*_#> -]*(?:{'|'.join(_LONE_WORDS.split())})?[*_:. \t,;]*"
MOST_RANGE = 20
_LONGEST = 80
"""Characters of a reference."""


@dataclass(frozen=True, slots=True)
class Marker:
    """Characters `start` to `end` of the answer, with the space before; `passages` count from 0."""

    start: int
    end: int
    passages: tuple[int, ...]
    is_leading: bool  # it stands at the beginning of its line, before what it means


def find_markers(answer: str, passages: int, *, is_growing: bool = False) -> tuple[Marker, ...]:
    """Those that name passages which there are; not in code or formulas, and no links or footnotes.

    `is_growing`: the rest is not written yet, so that a footnote may still be explained, and code be closed.
    """
    aside = [match.span() for pattern in (_CODE, _FORMULA) for match in re.finditer(pattern, answer)]
    defined = _defined(answer)
    found: list[Marker] = []
    for match in re.finditer(_MARKER, answer):
        numbers = _numbers(match[match.lastgroup or 0])
        if any(start <= match.start() < end for start, end in aside):
            continue
        is_note = bool(match["note"]) and (is_growing or f"^{match['square']}" in defined)
        is_link = match["square"] in defined or _is_after_link(answer, match.start(), found)
        if is_note or is_link or not (numbers and all(1 <= number <= passages for number in numbers)):
            continue
        line_start = answer.rfind("\n", 0, match.start()) + 1
        is_leading = not re.search(r"[^\W_]", answer[line_start : match.start()])
        start = match.start() - (0 if is_leading else len(_space_before(answer, match.start())))
        found.append(Marker(start, match.end(), tuple(number - 1 for number in numbers), is_leading))
    if is_growing and found:
        bare = blanked(answer, tuple(found))
        opened = re.search(_OPEN_CODE, re.sub(_CODE, lambda code: " " * len(code[0]), bare))
        begun = len(answer) if opened is None else opened.start()
        found = [marker for marker in found if marker.start < begun]
    return tuple(found)


def _defined(answer: str) -> frozenset[str]:
    """What the answer explains itself: "1" for a link, "^1" for a footnote."""
    return frozenset(
        match[1] for match in re.finditer(_DEFINED, answer) if match[1][0] == "^" or re.match(_ADDRESS, match[2])
    )


def _is_after_link(answer: str, at: int, found: list[Marker]) -> bool:
    """Whether it is the second half of "[words][1]"."""
    return answer[at - 1 : at] == "]" and not (found and found[-1].end == at)


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


def growing(answer: str, passages: int) -> str:
    """What of an answer is shown while it is written: without its references, and without what may become one.

    Each longer answer shows at least as much, so that nothing that was seen goes away again.
    """
    if not passages:
        return answer
    answer = answer[: _unfinished(answer)].rstrip(" \t")
    if not re.search(r"[\[【(]", answer):
        return answer
    pieces, done = [], 0
    for start, end in hidden(answer, find_markers(answer, passages, is_growing=True)):
        pieces.append(answer[done:start])
        done = end
    return "".join((*pieces, answer[done:])).rstrip(" \t")


def _unfinished(answer: str) -> int:
    """Where a reference may have begun that is not complete, or a line that may hold nothing else."""
    line, end = answer.rfind("\n") + 1, len(answer)
    begun = re.compile(_UNFINISHED).search(answer, max(line, end - _LONGEST))
    if begun is not None and not re.search(_OPEN_CODE, re.sub(_CODE, " ", answer[line:])):
        end = begun.start()
    bare = re.sub(_MARKER, "", answer[line:end])
    begins = bare.lstrip(" \t*_#>-").lower()
    may_be_lone = (
        bool(begins)
        and end == len(answer)
        and any(word.replace("?", "").startswith(begins) for word in _LONE_WORDS.split())
    )
    is_lone = bool(bare.strip()) and (may_be_lone or re.fullmatch(_LONE, bare) is not None)
    return line if is_lone else end


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
    before = answer[max(0, at - _LONGEST) : at]
    return before[len(before.rstrip(" \t\u00a0\u202f")) :]
