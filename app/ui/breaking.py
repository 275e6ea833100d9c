"""Names and pasted words in narrow places: where a line may be broken, and where it is enough."""

from __future__ import annotations

import re

MOST_CHARACTERS = 240
_PLACES = re.compile(r"[^\s/_.\-]{24}|[/_.\-](?=\w)")
_NO_ROOM = "\u200b"  # a place to break at that takes no room


def breakable(text: str) -> str:
    """For labels that wrap: with places to break long names at, and cut where it is very long."""
    cut = text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"
    return _PLACES.sub(lambda place: place[0] + _NO_ROOM, cut)
