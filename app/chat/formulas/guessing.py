"""How high a formula will be, before it is drawn, so that the text around it stays where it is when it comes."""

from __future__ import annotations

import re
from typing import Final

from app.chat.formulas.frames import Wanted

# Measured over ziamath's own font (STIX Two), in sizes of the text: above and below the line, inline and in display.
_ROWS_ABOVE, _ROWS_BELOW = (0.1, 0.56), (-0.2, 0.48)  # at none, and for each
_HIGH: Final = (
    (re.compile(r"\\i+nt(?![a-z])"), (1.72, 1.09), (1.72, 1.09)),
    (re.compile(r"\\(?:sum|prod|bigcup|bigcap|coprod)(?![a-z])"), (1.12, 0.6), (1.48, 1.1)),
    (re.compile(r"\\(?:[dct]?frac|[dt]?binom)(?![a-z])"), (0.95, 0.43), (1.25, 0.68)),
    (re.compile(r"\\sqrt|\^"), (0.88, 0.2), (0.88, 0.2)),
)
_LOW: Final = (0.75, 0.2)


def height_of(wanted: Wanted) -> tuple[float, float]:
    """(ascent, descent) in px: right for what is common, and near for the rest."""
    rows = wanted.tex.count(r"\\") + 1 if r"\begin" in wanted.tex else 1
    if rows > 1:
        above, below = (none + each * rows for none, each in (_ROWS_ABOVE, _ROWS_BELOW))
    else:
        found = ((inline, display) for look, inline, display in _HIGH if look.search(wanted.tex))
        above, below = next(found, (_LOW, _LOW))[wanted.is_display]
    return above * wanted.size_px, below * wanted.size_px
