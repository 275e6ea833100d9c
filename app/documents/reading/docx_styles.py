"""Word's styles as far as text needs them: which are headings, and what makes letters that nobody sees."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from app.documents.parts import HiddenReason
from app.documents.reading.packed import Element
from app.documents.reading.sections import TINY_PT

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DRAWN: Final = (f"{W}txbxContent",)
_DEPTH: Final = 12  # of styles that are based on others
_HEADING: Final = re.compile(r"heading ([1-9])", re.IGNORECASE)
_WHITES: Final = frozenset({"FFFFFF", "FEFEFE", "FDFDFD", "FFFFFE"})
_NO_FILL: Final = frozenset({"", "auto", *_WHITES})


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph's or a run's. `level` is a heading's, from 1; 0 where it is none."""

    level: int = 0
    is_title: bool = False
    is_vanished: bool = False
    is_white: bool = False
    size_pt: float = 0.0  # 0 where nothing says it
    has_ground: bool = False  # a colour behind it
    list_id: str = ""
    list_level: int = 0


PLAIN: Final = Style()


class Styles:
    """Those of a file. `root` is its styles as a tree, None where it has none."""

    def __init__(self, root: Element | None) -> None:
        self._elements = {} if root is None else {value(one, "styleId"): one for one in root.iter(f"{W}style")}
        self._made: dict[str, Style] = {}

    def of_paragraph(self, paragraph: Element) -> Style:
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return self._by_id(self._default())
        named = properties.find(f"{W}pStyle")
        style = self._by_id(self._default() if named is None else value(named, "val"))
        return _with_paragraph(properties, style)

    def hidden(self, run: Element, around: Style, *, has_ground: bool) -> HiddenReason | None:
        """Why nobody sees a run; None of what can be seen."""
        properties = run.find(f"{W}rPr")
        style = around
        if properties is not None:
            named = properties.find(f"{W}rStyle")
            if named is not None:
                style = _over(style, self._by_id(value(named, "val")))
            style = _with_run(properties, style)
        if style.is_vanished:
            return "attribute"
        if 0 < style.size_pt <= TINY_PT:
            return "tiny"
        return "white" if style.is_white and not (has_ground or style.has_ground) else None

    def _default(self) -> str:
        if "" not in self._made:
            self._made[""] = PLAIN
        return "Normal" if "Normal" in self._elements else ""

    def _by_id(self, name: str) -> Style:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Style:
        chain: list[Element] = []
        while name in self._elements and len(chain) < _DEPTH:
            chain.append(self._elements[name])
            based = chain[-1].find(f"{W}basedOn")
            name = "" if based is None else value(based, "val")
        style = PLAIN
        for element in reversed(chain):
            called = element.find(f"{W}name")
            style = _named("" if called is None else value(called, "val"), style)
            if (properties := element.find(f"{W}pPr")) is not None:
                style = _with_paragraph(properties, style)
            if (properties := element.find(f"{W}rPr")) is not None:
                style = _with_run(properties, style)
        return style


def value(element: Element, name: str) -> str:
    """An attribute of Word's, empty where it is not there."""
    return str(element.get(W + name, ""))


def _is_on(element: Element | None) -> bool | None:
    return None if element is None else value(element, "val") not in ("0", "false", "off")


def _named(name: str, style: Style) -> Style:
    if found := _HEADING.fullmatch(name):
        return _replace(style, level=int(found[1]))
    if name.lower() == "title":
        return _replace(style, level=1, is_title=True)
    return style


def _with_paragraph(properties: Element, style: Style) -> Style:
    if not len(properties):
        return style
    level, list_id, list_level, has_ground = style.level, style.list_id, style.list_level, style.has_ground
    if (outline := properties.find(f"{W}outlineLvl")) is not None:
        depth = _number(value(outline, "val"), 9)
        level = depth + 1 if depth < 9 else 0  # 9 is the body's
    if (numbers := properties.find(f"{W}numPr")) is not None:
        said, depth_said = numbers.find(f"{W}numId"), numbers.find(f"{W}ilvl")
        list_id = list_id if said is None else value(said, "val")
        list_level = list_level if depth_said is None else min(8, _number(value(depth_said, "val"), 0))
    has_ground = has_ground or _is_filled(properties)
    return _replace(style, level=level, list_id=list_id, list_level=list_level, has_ground=has_ground)


def _with_run(properties: Element, style: Style) -> Style:
    if not len(properties):
        return style
    vanished = _is_on(properties.find(f"{W}vanish"))
    colour, size = properties.find(f"{W}color"), properties.find(f"{W}sz")
    marked = properties.find(f"{W}highlight")
    is_marked = marked is not None and value(marked, "val") not in ("none", "white")
    return _replace(
        style,
        is_vanished=style.is_vanished if vanished is None else vanished,
        is_white=style.is_white if colour is None else value(colour, "val").upper() in _WHITES,
        size_pt=style.size_pt if size is None else _number(value(size, "val"), 24) / 2,
        has_ground=style.has_ground or is_marked or _is_filled(properties),
    )


def _over(style: Style, named: Style) -> Style:
    """A run's own style over its paragraph's."""
    return _replace(
        style,
        is_vanished=style.is_vanished or named.is_vanished,
        is_white=style.is_white or named.is_white,
        size_pt=named.size_pt or style.size_pt,
        has_ground=style.has_ground or named.has_ground,
    )


def _is_filled(properties: Element) -> bool:
    shade = properties.find(f"{W}shd")
    return shade is not None and value(shade, "fill") not in _NO_FILL


def _number(text: str, otherwise: int) -> int:
    try:
        return max(0, int(float(text)))
    except (ValueError, OverflowError):
        return otherwise


def _replace(style: Style, **changes: object) -> Style:
    return replace(style, **changes)  # type: ignore[arg-type]  # fields of Style
