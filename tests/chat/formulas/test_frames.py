from __future__ import annotations

import json

import pytest

from app.chat.formulas.frames import (
    SIDE_MAX_PX,
    SVG_MAX_CHARS,
    UNDRAWN,
    Formula,
    FrameError,
    Wanted,
    decode_formula,
    decode_wanted,
    encode_formula,
    encode_wanted,
)

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9.5" height="9.5" '
    'viewBox="0 -9 9.5 9.5">'
)
GOOD = f'{HEAD}<path d="M 0 -9.84 L 12.9 2.3" stroke-width="1.1" stroke="black" /><rect x="0" y="-1" width="9" /></svg>'


def frame(svg: object, *measures: object) -> bytes:
    return json.dumps([svg, *(measures or (9.5, 9.0, 0.5))]).encode()


def test_what_is_wanted_and_what_is_drawn_cross_unchanged() -> None:
    wanted = Wanted("\\text{größer} > \U0001f642", 17.3, is_display=True)
    drawn = Formula(GOOD.encode(), 9.5, 9.0, 0.5)
    assert decode_wanted(encode_wanted(wanted)) == wanted
    assert decode_formula(encode_formula(drawn)) == drawn
    assert decode_formula(encode_formula(UNDRAWN)) == UNDRAWN


@pytest.mark.parametrize(
    "inside",
    [
        '<image href="file:///etc/passwd" />',
        '<use xlink:href="#a" />',
        '<path d="M 0 0" style="fill:url(x)" />',
        '<path d="M 0 0" fill="url(#a)" />',
        '<path d="M 0 0" onload="x" />',
        '<path d="&a;" />',
        "<style>*{}</style>",
        "<script />",
        "<text>words</text>",
        "words",
        "<!-- -->",
    ],
)
def test_a_picture_with_anything_but_strokes_and_areas_is_refused(inside: str) -> None:
    with pytest.raises(FrameError):
        decode_formula(frame(f"{HEAD}{inside}</svg>"))


@pytest.mark.parametrize(
    "untrusted",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b"7",
        frame(7),
        frame(GOOD + " "),
        frame('<!DOCTYPE svg [<!ENTITY a "b">]>' + GOOD),
        frame(GOOD, "wide", 1, 1),
        frame(GOOD, 1, 1),
        frame(GOOD, 0, 1, 1),
        frame(GOOD, float("nan"), 1, 1),
        frame(GOOD, float("inf"), 1, 1),
        frame(GOOD, 1, -1, 3),
        frame(GOOD, 1, SIDE_MAX_PX - 1, SIDE_MAX_PX - 1),
        frame(HEAD + "<path />" * (SVG_MAX_CHARS // 8) + "</svg>"),
    ],
)
def test_what_is_no_drawn_formula_is_refused(untrusted: bytes) -> None:
    with pytest.raises(FrameError):
        decode_formula(untrusted)
