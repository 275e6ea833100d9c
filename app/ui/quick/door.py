"""What a second start says through the door when it was asked for a quick question: pure bytes, checked when read."""

from __future__ import annotations

import json

MOST_CHARACTERS = 100_000


def encode(words: str) -> bytes:
    return json.dumps({"quick": True, "words": words[:MOST_CHARACTERS]}).encode()


def decode(untrusted: bytes) -> str | None:
    """The words to begin with, possibly none; None where something else is asked for."""
    try:
        fields = json.loads(untrusted)
    except ValueError:
        return None
    if not isinstance(fields, dict) or fields.get("quick") is not True:
        return None
    words = fields.get("words", "")
    return words[:MOST_CHARACTERS] if isinstance(words, str) else ""
