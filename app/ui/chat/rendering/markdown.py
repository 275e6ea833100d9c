"""Markdown to blocks, and where a growing text is final.

No HTML is ever made from a model's words: blocks keep markdown-it's tokens, and writer.py turns those into
document formats one by one, so that there is no markup for Qt to act on. A block is final as soon as the next
one has begun, which markdown-it itself decides; cutting at blank lines would break loose lists.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

CELLS_MAX = 1_500
CODE_MAX_CHARS = 20_000
UNBROKEN_MAX_CHARS = 2_048

# Scripts that break between any two letters (CJK, Thai and so on) are left out: their long runs lay out quickly.
_UNBROKEN = re.compile(rf"[\x21-\x7e\u00a1-\u0dff]{{{UNBROKEN_MAX_CHARS + 1},}}")

References = dict[str, dict[str, str]]
Why = Literal["table", "code", "unbroken"]


@dataclass(frozen=True, slots=True)
class Prose:
    tokens: tuple[Token, ...]
    start: int
    """Where it begins in the text, in characters."""


@dataclass(frozen=True, slots=True)
class Code:
    language: str
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Plain:
    """Something that would take Qt seconds to lay out; shown as text, the rest on request."""

    text: str
    why: Why
    start: int


Block = Prose | Code | Plain


class Parser:
    """CommonMark with tables and strikethrough; raw HTML and images are off."""

    def __init__(self) -> None:
        self._md = MarkdownIt("commonmark", {"html": False, "breaks": True})
        self._md.enable(["table", "strikethrough"]).disable(["image", "html_block", "html_inline"])

    def parse(self, source: str, references: References | None = None) -> list[Block]:
        """The top-level blocks of `source`. Link definitions are read from and added to `references`."""
        env: dict[str, References] = {"references": references if references is not None else {}}
        tokens = self._md.parse(source, env)
        offsets = line_offsets(source)
        blocks: list[Block] = []
        for group in _top_level(tokens):
            first, last = group[0].map or [0, len(offsets) - 1]
            raw_end = offsets[min(last, len(offsets) - 1)]
            blocks.append(_block(group, offsets[first], source[offsets[first] : raw_end]))
        return blocks


def normalise(source: str) -> str:
    """What markdown-it does to a text first, done here so that its line numbers fit ours."""
    return source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def line_offsets(source: str) -> list[int]:
    """Where each line begins; the last entry is the end of the text."""
    offsets = [0]
    position = source.find("\n")
    while position != -1:
        offsets.append(position + 1)
        position = source.find("\n", position + 1)
    offsets.append(len(source))
    return offsets


def final_until(blocks: Sequence[Block], source: str) -> int:
    """Up to which character of `source` nothing will change any more while it grows.

    A block whose first line is not complete may still turn out to belong to the one before ("2" becomes "2. item").
    """
    begun = [block for block in blocks if source.find("\n", block.start) != -1]
    return begun[-1].start if begun and begun[-1] is not blocks[0] else 0


def safe_url(href: str) -> str:
    """The address if it is a web address with a host, else nothing."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return ""
    return href if parts.scheme in ("http", "https") and parts.hostname else ""


def has_unbroken(text: str) -> bool:
    return len(text) > UNBROKEN_MAX_CHARS and _UNBROKEN.search(text) is not None


def _top_level(tokens: list[Token]) -> list[list[Token]]:
    groups: list[list[Token]] = []
    depth = 0
    for token in tokens:
        if depth == 0:
            groups.append([])
        groups[-1].append(token)
        depth += token.nesting
    return groups


def _block(tokens: list[Token], start: int, raw: str) -> Block:
    head = tokens[0]
    if head.type in ("fence", "code_block"):
        if len(head.content) > CODE_MAX_CHARS or has_unbroken(head.content):
            return Plain(head.content, "code", start)
        language = head.info.split()[0] if head.info.split() else ""
        return Code(language, head.content.rstrip("\n"), start)
    if sum(token.type in ("th_open", "td_open") for token in tokens) > CELLS_MAX:
        return Plain(raw, "table", start)
    if has_unbroken(raw):
        return Plain(raw, "unbroken", start)
    return Prose(tuple(tokens), start)
