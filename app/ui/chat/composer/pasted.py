"""Which texts become a chip instead of being edited: laying a megabyte out at every keystroke would take Qt seconds."""

from __future__ import annotations

TEXT_CHARS_MAX = 20_000
LINE_CHARS_MAX = 10_000


def is_large(text: str) -> bool:
    """Whether a text is better not edited letter by letter."""
    return len(text) > TEXT_CHARS_MAX or any(len(line) > LINE_CHARS_MAX for line in text.split("\n"))
