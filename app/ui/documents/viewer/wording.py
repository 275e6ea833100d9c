"""What the viewer says about a document and its parts."""

from __future__ import annotations

from app.documents.parts import Part, PartName
from app.documents.records import Document
from app.text import _, plural


def part_title(name: PartName) -> str:
    """What a part is called at the beginning of a line."""
    match name:
        case "page":
            return _("Page")
        case "slide":
            return _("Slide")
        case "sheet":
            return _("Sheet")
        case "chapter":
            return _("Chapter")
        case "mail":
            return _("Mail")
        case "rows":
            return _("Rows")
        case "section":
            return _("Part")


def said_of(document: Document) -> tuple[str, str]:
    """Why nothing of it can be shown, and what to do."""
    if document.fault:
        return document.fault, document.next_step
    if document.status in ("waiting", "reading"):
        return _("This document has not been read yet."), _("It is shown here as soon as that is done.")
    return _("There is no text in this document."), ""


def about_text(part: Part, *, is_cut: bool) -> str:
    """What a person should know who reads a part as text; empty where that is nothing."""
    if part.is_scan and not part.text.strip():
        return _("This page is a picture without text.")
    said = []
    if part.hidden:
        said.append(
            plural(
                "A stretch of this text cannot be seen by a person who looks at the file. It is underlined with dots.",
                "{count} stretches of this text cannot be seen by a person who looks at the file. "
                "They are underlined with dots.",
                len(part.hidden),
            )
        )
    if is_cut:
        said.append(_("This is a piece of a very long text."))
    return " ".join(said)
