"""Which elements of a page nobody sees: by their attributes, and by the simplest rules of its own style sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.documents.parts import HiddenReason
from app.documents.reading.sections import TINY_PT

_RULES_MAX: Final = 20_000
_STYLE_CHARACTERS: Final = 1_000_000
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.S)
_SIMPLE: Final = re.compile(r"[a-zA-Z][\w-]*|[.#][\w-]+")
_SIZE: Final = re.compile(r"([\d.]+)(px|pt|em|rem|%)?")
_FAR: Final = re.compile(r"-\d{4,}(\.\d+)?(px|pt)?|-\d{3,}(\.\d+)?(em|rem|%)")
_POINTS: Final = {"px": 0.75, "pt": 1.0, "em": 12.0, "rem": 12.0, "%": 0.12, None: 0.75}
_WHITES: Final = frozenset(
    {"white", "#fff", "#ffffff", "#fefefe", "#fdfdfd", "snow", "rgb(255,255,255)", "rgba(255,255,255,1)"}
)
_CLEAR: Final = frozenset({"", "none", "transparent", "inherit", "initial", "unset", *_WHITES})
_NOWHERE: Final = frozenset({"rect(0,0,0,0)", "rect(0 0 0 0)", "rect(0px,0px,0px,0px)", "rect(1px,1px,1px,1px)"})


@dataclass(frozen=True, slots=True)
class Look:
    """How text is drawn here. What is None in a rule is as it is around it."""

    hidden: HiddenReason | None = None
    is_on_colour: bool = False


@dataclass(frozen=True, slots=True)
class _Rule:
    reason: HiddenReason | None = None
    is_white: bool | None = None
    has_background: bool = False
    is_shown_again: bool = False  # visibility, size and colour can be given back further in; display cannot


class Styles:
    """A page's rules for one tag, class or id."""

    def __init__(self) -> None:
        self._rules: dict[str, _Rule] = {}

    def learn(self, untrusted_sheet: str) -> None:
        """A <style> element's text; of its @-rules only what holds on a screen."""
        for selectors, declarations in _rules(_COMMENT.sub("", untrusted_sheet[:_STYLE_CHARACTERS])):
            rule = _rule(declarations)
            if rule == _Rule() or len(self._rules) > _RULES_MAX:
                continue
            for selector in selectors.split(","):
                if _SIMPLE.fullmatch(selector.strip()):
                    self._rules[selector.strip().lower()] = rule

    def look(self, tag: str, attributes: Mapping[str, str | None], around: Look) -> Look:
        """An element's."""
        if not attributes and not self._rules:
            return around
        if "hidden" in attributes or (attributes.get("aria-hidden") or "").lower() == "true":
            return Look("attribute", around.is_on_colour)
        rules = [rule for name in _names(tag, attributes) if (rule := self._rules.get(name)) is not None]
        if style := attributes.get("style"):
            rules.append(_rule(style[:4_000]))
        if colour := attributes.get("color"):
            rules.append(_Rule(is_white=_plain(colour) in _WHITES))
        if attributes.get("background") or _plain(attributes.get("bgcolor") or "") not in _CLEAR:
            rules.append(_Rule(has_background=True))
        return _applied(rules, around) if rules else around


def _applied(rules: list[_Rule], around: Look) -> Look:
    is_on_colour = around.is_on_colour or any(rule.has_background for rule in rules)
    hidden = around.hidden
    if hidden == "white" and any(rule.is_white is False or rule.has_background for rule in rules):
        hidden = None
    for rule in rules:
        hidden = rule.reason or hidden
    if hidden is None and any(rule.is_white for rule in rules) and not is_on_colour:
        hidden = "white"
    return around if (hidden, is_on_colour) == (around.hidden, around.is_on_colour) else Look(hidden, is_on_colour)


def _names(tag: str, attributes: Mapping[str, str | None]) -> Iterator[str]:
    yield tag
    for name in (attributes.get("class") or "").split()[:50]:
        yield f".{name.lower()}"
    if own := attributes.get("id"):
        yield f"#{own.lower()}"


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """(Selectors, declarations), without those in @-rules that are not for every screen."""
    start = depth = skipped = 0
    selectors = ""
    for found in re.finditer(r"[{};]", sheet):
        text, sign = sheet[start : found.start()].strip(), found[0]
        if sign == ";" and selectors:
            continue
        start = found.end()
        if sign == "{":
            depth += 1
            if text.startswith("@"):
                skipped = skipped or (0 if text.lower() in ("@media screen", "@media all") else depth)
            else:
                selectors = text
        elif sign == "}":
            if selectors and not skipped:
                yield selectors, text
            selectors = ""
            skipped = 0 if skipped == depth else skipped
            depth = max(0, depth - 1)


def _rule(untrusted_declarations: str) -> _Rule:
    said: dict[str, str] = {}
    for one in untrusted_declarations.split(";"):
        name, _colon, value = one.partition(":")
        said[name.strip().lower()] = _plain(value.replace("!important", ""))
    background = said.get("background", "") or said.get("background-color", "") or said.get("background-image", "")
    return _Rule(
        reason=_reason(said),
        is_white=said["color"] in _WHITES if "color" in said else None,
        has_background=not (background in _CLEAR or background.split("#")[-1] in ("fff", "ffffff")),
    )


def _reason(said: Mapping[str, str]) -> HiddenReason | None:
    if said.get("display") == "none" or said.get("visibility") in ("hidden", "collapse"):
        return "attribute"
    if said.get("opacity") in ("0", "0.0", "0%") or said.get("color") == "transparent":
        return "invisible"
    size = _SIZE.fullmatch(said.get("font-size", ""))
    if size and _points(size[1], size[2]) <= TINY_PT:
        return "tiny"
    moved = [
        said.get(name, "") for name in ("left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top")
    ]
    if any(_FAR.fullmatch(value) for value in moved) or said.get("clip") in _NOWHERE:
        return "off_page"
    if said.get("overflow") == "hidden" and ("0" in (said.get("height"), said.get("width")) or "0px" in said.values()):
        return "invisible"
    return None


def _points(number: str, unit: str | None) -> float:
    try:
        return float(number) * _POINTS[unit]
    except ValueError:
        return 12.0


def _plain(value: str) -> str:
    return re.sub(r"\s*,\s*", ",", " ".join(value.lower().split()))
