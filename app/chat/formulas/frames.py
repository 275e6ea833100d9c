"""A formula that is wanted, the same one drawn, and the frames in which both cross between window and child.

What the child sends is untrusted: of SVG only the few words pass that ziamath writes, none of which names anything
outside the picture.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

READY: Final = b"ready"
"""The child's first frame: it has given up what it gives up, and can draw."""
SIDE_MAX_PX: Final = 6_000
SVG_MAX_CHARS: Final = 2**20

_NAMESPACES = r'xmlns="http://www\.w3\.org/2000/svg" xmlns:xlink="http://www\.w3\.org/1999/xlink"'
_PLACES = r'(?: (?:x|y|x1|y1|x2|y2|cx|cy|r|rx|ry|width|height|stroke-width)="[-0-9.e]{1,30}")'
_COLOURS = r'(?: (?:fill|stroke)="[#\w]{1,30}")'
_OUTLINE = r'(?: (?:d|points)="[-A-Za-z0-9., ]*")'
_SVG: Final = re.compile(
    rf'<svg {_NAMESPACES} width="[-0-9.e]{{1,30}}" height="[-0-9.e]{{1,30}}" viewBox="[-0-9.e ]{{1,120}}">'
    rf"(?:<(?:path|rect|line|circle|ellipse|polyline|polygon)(?:{_PLACES}|{_COLOURS}|{_OUTLINE})* ?/>)*</svg>",
    re.ASCII,
)


class FrameError(Exception):
    """What came is no such frame."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """TeX without its dollars."""

    tex: str
    size_px: float
    """Of the text around it."""
    is_display: bool


@dataclass(frozen=True, slots=True)
class Formula:
    """Measures in px; `svg` is empty where the TeX cannot be drawn."""

    svg: bytes
    width: float = 0.0
    ascent: float = 0.0
    descent: float = 0.0

    @property
    def is_drawn(self) -> bool:
        return bool(self.svg)


UNDRAWN: Final = Formula(b"")


def encode_wanted(wanted: Wanted) -> bytes:
    return json.dumps([wanted.tex, wanted.size_px, wanted.is_display]).encode()


def decode_wanted(frame: bytes) -> Wanted:
    """In the child, from its parent."""
    tex, size_px, is_display = json.loads(frame)
    return Wanted(str(tex), float(size_px), bool(is_display))


def encode_formula(formula: Formula) -> bytes:
    return json.dumps([formula.svg.decode(), formula.width, formula.ascent, formula.descent]).encode()


def decode_formula(untrusted_frame: bytes) -> Formula:
    """Raises FrameError for anything but a picture of strokes and areas, of a size that fits."""
    try:
        svg, *untrusted_measures = json.loads(untrusted_frame)
        width, ascent, descent = (float(measure) for measure in untrusted_measures)
    except (ValueError, TypeError, RecursionError) as error:
        raise FrameError from error
    if svg == "":
        return UNDRAWN
    is_in_bounds = 0 < width < SIDE_MAX_PX and 0 <= ascent < SIDE_MAX_PX and 0 <= descent < SIDE_MAX_PX
    if not is_in_bounds or not 0 < ascent + descent < SIDE_MAX_PX:
        raise FrameError
    if not isinstance(svg, str) or len(svg) > SVG_MAX_CHARS or _SVG.fullmatch(svg) is None:
        raise FrameError
    return Formula(svg.encode(), width, ascent, descent)
