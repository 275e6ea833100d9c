"""Numbers that Word gives to paragraphs of lists and to headings ("3.2", "(b)"): a file holds only their rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from app.documents.reading.docx_styles import Style, W, value
from app.documents.reading.packed import Element

BULLET: Final = "•"
_LEVELS: Final = 9
_PLACE: Final = re.compile(r"%([1-9])")
_ROMAN: Final = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    text: str  # "%1.%2"
    start: int


class Numbering:
    """Counts as the paragraphs come. `root` is the file's rules as a tree, None where it has none."""

    def __init__(self, root: Element | None) -> None:
        self._rules: dict[str, dict[int, _Level]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, list[int]] = {}
        if root is None:
            return
        for one in root.iter(f"{W}abstractNum"):
            self._rules[value(one, "abstractNumId")] = dict(_level(level) for level in one.iter(f"{W}lvl"))
        for one in root.iter(f"{W}num"):
            if (abstract := one.find(f"{W}abstractNumId")) is not None:
                self._abstract[value(one, "numId")] = value(abstract, "val")

    def of_paragraph(self, paragraph: Element, style: Style) -> str:
        """What stands before this paragraph; empty where it is in no list."""
        del paragraph
        if style.list_id in ("", "0"):
            return ""
        rules = self._rules.get(self._abstract.get(style.list_id, ""), {})
        rule = rules.get(style.list_level)
        if rule is None:
            return "" if style.level else BULLET
        counts = self._counts.setdefault(self._abstract[style.list_id], [0] * _LEVELS)
        place = style.list_level
        counts[place] = counts[place] + 1 if counts[place] else rule.start
        counts[place + 1 :] = [0] * (_LEVELS - place - 1)
        if rule.form == "bullet":
            return BULLET
        if rule.form == "none":
            return ""
        return _PLACE.sub(lambda found: _written(rules, counts, int(found[1]) - 1), rule.text).strip()


def _level(element: Element) -> tuple[int, _Level]:
    said = {name: element.find(f"{W}{name}") for name in ("numFmt", "lvlText", "start")}
    form, text, start = (("" if one is None else value(one, "val")) for one in said.values())
    depth = value(element, "ilvl")
    return int(depth) if depth.isdigit() else 0, _Level(form, text[:40], int(start) if start.isdigit() else 1)


def _written(rules: dict[int, _Level], counts: list[int], place: int) -> str:
    rule = rules.get(place, _Level("decimal", "", 1))
    count = counts[place] or rule.start
    match rule.form:
        case "lowerLetter" | "upperLetter":
            letters = chr(ord("a") + (count - 1) % 26) * min(10, 1 + (count - 1) // 26)
            return letters if rule.form == "lowerLetter" else letters.upper()
        case "lowerRoman" | "upperRoman":
            return _roman(count) if rule.form == "lowerRoman" else _roman(count).upper()
    return str(count)


def _roman(count: int) -> str:
    written: list[str] = []
    for worth, sign in _ROMAN:
        while count >= worth and len(written) < 20:
            written.append(sign)
            count -= worth
    return "".join(written)
