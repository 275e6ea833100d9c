"""Colours and measures by name: light, dark, and both in high contrast.

Text colours reach 4.5:1 on every ground they are used on, 7:1 in high contrast (a test says so), which is why the
hint colour is darker than fashion has it. Measures are those at a text size of 100 %: `theme.px` scales them.
"""

from __future__ import annotations

from typing import Literal

from app.frozen import dataclass

SchemeName = Literal["light", "dark"]

COLUMN_PX = 760
BUBBLE_SHARE = 0.72
RADIUS_CARD = 12
RADIUS_CONTROL = 8
SIDEBAR_PX = 272
CONTROL_PX = 30
MESSAGE_MARGIN_PX = 8


@dataclass(frozen=True, slots=True)
class Tokens:
    """One scheme: colours as #rrggbb."""

    scheme: SchemeName
    window: str
    sidebar: str
    card: str
    field: str
    hover: str
    pressed: str
    selected: str
    line: str
    line_strong: str
    text: str
    muted: str
    hint: str
    accent: str
    accent_ground: str
    on_accent: str
    strong: str
    """Ground of the one most important button, and what is drawn on it."""
    on_strong: str
    bubble: str
    code_ground: str
    code_inline: str
    danger: str
    danger_ground: str
    good: str
    selection: str
    mark: str
    """Ground of words in a text that were looked for."""
    paper_mark: str
    """What a text marker leaves on the picture of a page, multiplied with it: paper is white in the dark, too."""
    paper_line: str
    """Around such a mark in high contrast, where a colour alone says too little."""
    paper_selection: str
    shadow: str
    code_keyword: str
    code_string: str
    code_comment: str
    code_name: str
    code_number: str
    is_high_contrast: bool = False
    """Grounds hardly differ then: what is selected or focused needs a line in `line_strong` around it."""


LIGHT = Tokens(
    scheme="light",
    window="#ffffff",
    sidebar="#f6f6f8",
    card="#ffffff",
    field="#ebebef",
    hover="#ececf1",
    pressed="#e0e0e7",
    selected="#e4e4ea",
    line="#e3e3e9",
    line_strong="#b9b9c3",
    text="#18181b",
    muted="#565660",
    hint="#696974",
    accent="#4640c8",
    accent_ground="#eeeefd",
    on_accent="#ffffff",
    strong="#18181b",
    on_strong="#ffffff",
    bubble="#f0f0f3",
    code_ground="#f7f7fa",
    code_inline="#eeeef2",
    danger="#b42318",
    danger_ground="#fdf2f1",
    good="#1a9c50",
    selection="#cfd3fb",
    mark="#ffee9e",
    paper_mark="#ffed91",
    paper_line="#8a6d00",
    paper_selection="#cfd3fb",
    shadow="#18181b",
    code_keyword="#7a3fd0",
    code_string="#12744f",
    code_comment="#6c6c77",
    code_name="#2557c4",
    code_number="#a4480e",
)

DARK = Tokens(
    scheme="dark",
    window="#18181b",
    sidebar="#111113",
    card="#1f1f23",
    field="#1f1f23",
    hover="#26262b",
    pressed="#303036",
    selected="#2a2a30",
    line="#2e2e34",
    line_strong="#5b5b66",
    text="#f1f1f4",
    muted="#aeaeb8",
    hint="#92929d",
    accent="#a3a6ff",
    accent_ground="#28294a",
    on_accent="#14142b",
    strong="#f1f1f4",
    on_strong="#18181b",
    bubble="#27272c",
    code_ground="#121214",
    code_inline="#2a2a30",
    danger="#ff9b91",
    danger_ground="#2f1c1c",
    good="#4ade80",
    selection="#3d4080",
    mark="#5c4a08",
    paper_mark="#ffed91",
    paper_line="#8a6d00",
    paper_selection="#cfd3fb",
    shadow="#000000",
    code_keyword="#c4a1ff",
    code_string="#7ddba6",
    code_comment="#8b8b96",
    code_name="#8ab4ff",
    code_number="#f5b27a",
)

HIGH_LIGHT = Tokens(
    scheme="light",
    window="#ffffff",
    sidebar="#ffffff",
    card="#ffffff",
    field="#ffffff",
    hover="#e2e2f2",
    pressed="#c9c9e8",
    selected="#d2d2fb",
    line="#5a5a5a",
    line_strong="#000000",
    text="#000000",
    muted="#262626",
    hint="#3d3d3d",
    accent="#1a0fb8",
    accent_ground="#e6e6ff",
    on_accent="#ffffff",
    strong="#000000",
    on_strong="#ffffff",
    bubble="#ebebf2",
    code_ground="#ffffff",
    code_inline="#e8e8ee",
    danger="#8f0000",
    danger_ground="#fff0f0",
    good="#00561f",
    selection="#b8bcff",
    mark="#ffe46b",
    paper_mark="#ffe46b",
    paper_line="#6b5400",
    paper_selection="#b8bcff",
    shadow="#000000",
    code_keyword="#5213a8",
    code_string="#004d30",
    code_comment="#474747",
    code_name="#00308f",
    code_number="#702b00",
    is_high_contrast=True,
)

HIGH_DARK = Tokens(
    scheme="dark",
    window="#000000",
    sidebar="#000000",
    card="#000000",
    field="#000000",
    hover="#2a2a30",
    pressed="#3d3d45",
    selected="#2b2b60",
    line="#b4b4b4",
    line_strong="#ffffff",
    text="#ffffff",
    muted="#e6e6e6",
    hint="#cfcfcf",
    accent="#bfc2ff",
    accent_ground="#1d1d3d",
    on_accent="#000000",
    strong="#ffffff",
    on_strong="#000000",
    bubble="#1f1f23",
    code_ground="#000000",
    code_inline="#2a2a2e",
    danger="#ffb3ab",
    danger_ground="#330000",
    good="#5df19a",
    selection="#3a3d8f",
    mark="#5c4a08",
    paper_mark="#ffe46b",
    paper_line="#6b5400",
    paper_selection="#b8bcff",
    shadow="#000000",
    code_keyword="#d6bdff",
    code_string="#8cf0b8",
    code_comment="#c4c4c4",
    code_name="#a8c8ff",
    code_number="#ffc896",
    is_high_contrast=True,
)

TOKENS: dict[SchemeName, Tokens] = {"light": LIGHT, "dark": DARK}
HIGH_CONTRAST: dict[SchemeName, Tokens] = {"light": HIGH_LIGHT, "dark": HIGH_DARK}
