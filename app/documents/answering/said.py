"""What was read for an answer, in one line for the person."""

from __future__ import annotations

from app.documents.grounds import Grounds
from app.documents.parts import PartName
from app.text import _, plural


def said(grounds: Grounds) -> str:
    """Such as "Read 7 passages of 193 pages." """
    parts = parts_words(grounds.parts, grounds.part_name)
    match grounds.strategy:
        case "whole":
            return _("Read all of it: {parts}.").format(parts=parts)
        case "every_part":
            if grounds.parts_read < grounds.parts:
                return _("Read {count} of {parts}, one after the other.").format(count=grounds.parts_read, parts=parts)
            return _("Read all of it, part by part: {parts}.").format(parts=parts)
        case "passages":
            passages = plural("{count} passage", "{count} passages", len(grounds.passages))
            return _("Read {passages} of {parts}.").format(passages=passages, parts=parts)
        case "nothing" if not grounds.parts:
            return _("Your documents could not be searched yet.")
        case "nothing":
            return _("Nothing about this was found in your documents ({parts} searched).").format(parts=parts)


def parts_words(count: int, name: PartName | None) -> str:
    """Such as "193 pages"; parts of several kinds are parts."""
    match name:
        case "page":
            return plural("{count} page", "{count} pages", count)
        case "slide":
            return plural("{count} slide", "{count} slides", count)
        case "sheet":
            return plural("{count} sheet", "{count} sheets", count)
        case "chapter":
            return plural("{count} chapter", "{count} chapters", count)
        case "mail":
            return plural("{count} mail", "{count} mails", count)
        case "section" | "rows" | None:
            return plural("{count} part", "{count} parts", count)
