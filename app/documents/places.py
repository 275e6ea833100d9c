"""Places in documents as people say them."""

from __future__ import annotations

import re

from app.documents.parts import PartName
from app.documents.records import Passage
from app.text import _, grouped

_LINES = r"L(\d+)–L(\d+)"  # what `reading.plain` labels a stretch of a file without parts


def place_words(part_name: PartName, label: str, number: int) -> str:
    """Such as "page iv" or "sheet Prices". `label` is the part's own, and may be empty; `number` counts from 0."""
    shown = " ".join(label.split()) or grouped(number + 1)
    match part_name:
        case "page":
            return _("page {label}").format(label=shown)
        case "slide":
            return _("slide {label}").format(label=shown)
        case "sheet":
            return _("sheet {label}").format(label=shown)
        case "chapter":
            return _("chapter {label}").format(label=shown)
        case "mail":
            return _("mail {label}").format(label=shown)
        case "rows":
            return _("rows {label}").format(label=shown)
        case "section":
            return _line_words(shown) or _("part {label}").format(label=shown)


def _line_words(label: str) -> str:
    """Such as "lines 1–240"; empty for a label that is none of lines."""
    lines = re.fullmatch(_LINES, label)
    if lines is None:
        return ""
    first, last = (grouped(int(line)) for line in lines.groups())
    if first == last:
        return _("line {number}").format(number=first)
    return _("lines {first}–{last}").format(first=first, last=last)


def source_words(name: str, place: str) -> str:
    """Such as "policy.pdf, page 21"."""
    return _("{document}, {place}").format(document=name, place=place)


def passage_words(passage: Passage) -> str:
    """Where a passage stands, such as "policy.pdf, page 21"."""
    place = place_words(passage.part_name, passage.part_label, passage.span.first)
    return source_words(passage.document_name, place)
