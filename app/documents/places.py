"""Places in documents as people say them."""

from __future__ import annotations

from app.documents.parts import PartName
from app.documents.records import Passage
from app.text import _, grouped


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
            return _("part {label}").format(label=shown)


def source_words(name: str, place: str) -> str:
    """Such as "policy.pdf, page 21"."""
    return _("{document}, {place}").format(document=name, place=place)


def passage_words(passage: Passage) -> str:
    """Where a passage stands, such as "policy.pdf, page 21"."""
    place = place_words(passage.part_name, passage.part_label, passage.span.first)
    return source_words(passage.document_name, place)
