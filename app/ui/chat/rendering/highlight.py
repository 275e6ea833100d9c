"""Colours for code: pygments' tokens as (start, length, token name) per line; theme.py knows the colours.

pygments and each of its languages take 50 ms to import, so that is left to the first piece of code in that language.
"""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    length: int
    color: str
    """Name of a colour in Tokens."""


def highlight(text: str, language: str) -> list[list[Span]]:
    """Spans for each line of `text`; none for a language nobody knows."""
    lines: list[list[Span]] = [[]]
    lexer = _lexer(language, threading.current_thread() is threading.main_thread())
    if lexer is None:
        return [[] for _line in text.split("\n")]
    column = 0
    for kind, value in lexer.get_tokens(text):
        color = _color(kind)
        for number, piece in enumerate(value.split("\n")):
            if number:
                lines.append([])
                column = 0
            length = _utf16_length(piece)
            if piece and color:
                lines[-1].append(Span(column, length, color))
            column += length
    return lines


def stable_line(text: str) -> int:
    """The last line that starts a new thought: not indented, after a blank line; colouring resumes there."""
    lines = text.split("\n")
    for number in range(len(lines) - 1, 0, -1):
        if lines[number] and not lines[number][0].isspace() and not lines[number - 1].strip():
            return number
    return 0


# Any: pygments has no types.
@functools.lru_cache(maxsize=64)
def _lexer(language: str, is_main_thread: bool) -> Any:
    """One for each of two threads, because some of them remember things about the text they read."""
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    if not language or len(language) > 40:
        return None
    try:
        return get_lexer_by_name(language.lower(), stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


# Any: pygments' token types.
def _color(kind: Any) -> str:
    return next((color for parent, color in _colors() if kind in parent), "")


@functools.cache
def _colors() -> tuple[tuple[Any, str], ...]:
    from pygments.token import Comment, Keyword, Name, Number, Operator, String

    return (
        (Comment, "code_comment"),
        (String, "code_string"),
        (Keyword, "code_keyword"),
        (Operator.Word, "code_keyword"),
        (Number, "code_number"),
        (Name.Function, "code_name"),
        (Name.Class, "code_name"),
        (Name.Builtin, "code_name"),
        (Name.Decorator, "code_name"),
        (Name.Tag, "code_keyword"),
        (Name.Attribute, "code_name"),
    )


def _utf16_length(text: str) -> int:
    """Qt counts UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
