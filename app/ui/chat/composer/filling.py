"""Prompt templates as they are found by what is typed after "/". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.chat.templates import Template, filled, variables

__all__ = ["DATE", "filled", "matching", "variables"]

DATE = "date"
"""This variable is filled by itself."""
_NO_MATCH = 100


def matching(templates: Iterable[Template], query: str) -> Sequence[Template]:
    """Those whose names fit what was typed, the closest first."""
    wanted = " ".join(query.casefold().split())
    ranked = [(_rank(template.name.casefold(), wanted), template.name.casefold(), template) for template in templates]
    return [template for rank, _name, template in sorted(ranked, key=lambda r: r[:2]) if rank < _NO_MATCH]


def _rank(name: str, wanted: str) -> int:
    """0 for a name that begins with it; then a word of it, any part of it, and its letters in their order."""
    if name.startswith(wanted):
        return 0
    if any(word.startswith(wanted) for word in re.split(r"[\s\-_/]+", name)):
        return 1
    if wanted in name:
        return 2
    letters = iter(name)
    return 3 if all(letter in letters for letter in wanted.replace(" ", "")) else _NO_MATCH
