"""Colours and measures by name, light and dark. Text colours reach 4.5:1 on every ground they are used on
(a test says so), which is why the hint colour is darker than fashion has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SchemeName = Literal["light", "dark"]

COLUMN_PX = 760
BUBBLE_SHARE = 0.72
RADIUS_CARD = 12
RADIUS_CONTROL = 8
SIDEBAR_PX = 272
CONTROL_PX = 30


@dataclass(frozen=True, slots=True)
class Tokens:
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
    shadow: str
    code_keyword: str
    code_string: str
    code_comment: str
    code_name: str
    code_number: str


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
    shadow="#000000",
    code_keyword="#c4a1ff",
    code_string="#7ddba6",
    code_comment="#8b8b96",
    code_name="#8ab4ff",
    code_number="#f5b27a",
)

TOKENS: dict[SchemeName, Tokens] = {"light": LIGHT, "dark": DARK}
