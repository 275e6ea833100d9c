"""JSON of any size, one conversation at a time, so that a file of 2 GB needs the memory of its largest chat.

Whole values are parsed by the standard library from a window over the text, which grows until a value fits into it.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from app.chat.exchange.untrusted import Fields
from app.errors import PaddockError
from app.text import _

READ_BYTES = 2**18
MOST_CHARACTERS = 256 * 2**20  # of one value
MOST_CONTAINERS = 4_000_000  # of one value, braces in its texts included: each takes memory of its own
MOST_ITEMS = 10_000_000  # of one value, commas in its texts included
FEW_CHARACTERS = 8 * 2**20  # cannot hold too many
_SPACES = re.compile(r"[ \t\r\n]*")
_REST_OF_NUMBER = re.compile(r"[0-9.eE+-]*")
_STREAMED = ("conversations", "chats")

_DECODER = json.JSONDecoder()


def values(stream: BinaryIO) -> Iterator[tuple[Fields, object]]:
    """Every value at the top: an array's elements, those of an object's "conversations", else whole objects.

    With each come the fields of the object that it stands in. Raises PaddockError where it is not JSON.
    """
    window = _Window(stream)
    while window.peek():
        if window.peek() == "[":
            yield from (({}, value) for value in _elements(window))
        elif window.peek() == "{":
            yield from _object(window)
        else:
            yield {}, window.value()


def _elements(window: _Window) -> Iterator[object]:
    window.take("[")
    if window.peek() == "]":
        window.take("]")
        return
    while True:
        yield window.value()
        if window.peek() == "]":
            window.take("]")
            return
        window.take(",")


def _object(window: _Window) -> Iterator[tuple[Fields, object]]:
    window.take("{")
    head: dict[str, object] = {}
    is_streamed = False
    while window.peek() != "}":
        name = window.value()
        if not isinstance(name, str):
            raise _damaged()
        window.take(":")
        if name in _STREAMED and window.peek() == "[":
            is_streamed = True
            for value in _elements(window):
                yield head, value
        else:
            head[name] = window.value()
        if window.peek() == ",":
            window.take(",")
        elif window.peek() != "}":
            raise _damaged()
    window.take("}")
    if not is_streamed:
        yield {}, head


class _Window:
    """The part of the text that is being looked at."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        first = stream.read(READ_BYTES)
        is_wide = first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        self._decoder = codecs.getincrementaldecoder("utf-16" if is_wide else "utf-8-sig")("replace")
        self._text = self._decoder.decode(first, final=not first)
        self._at = 0
        self._is_over = not first

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            spaces = _SPACES.match(self._text, self._at)
            self._at = spaces.end() if spaces is not None else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._grow():
                return ""

    def take(self, expected: str) -> None:
        if self.peek() != expected:
            raise _damaged()
        self._at += 1

    def value(self) -> object:
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                raise PaddockError(_("It is nested too deeply to be a chat.")) from None
            except ValueError:  # cut short by the window, or not JSON at all
                if not self._grow():
                    raise _damaged() from None
                continue
            rest = _REST_OF_NUMBER.match(self._text, end)
            if rest is not None and rest.end() == len(self._text) and isinstance(value, int | float) and self._grow():
                continue  # a number may go on in what was not read yet
            self._at = end
            return value

    def _grow(self) -> bool:
        """Read as much again as is there already; whether there was more."""
        if self._is_over:
            return False
        rest = self._text[self._at :]
        if len(rest) > MOST_CHARACTERS:
            raise PaddockError(_("One of its chats is larger than Paddock takes in (256 MB)."))
        if len(rest) > FEW_CHARACTERS and _is_bomb(rest):
            raise PaddockError(_("It has more parts than a chat can have."))
        read = self._stream.read(max(READ_BYTES, len(rest)))
        self._is_over = not read
        self._text, self._at = rest + self._decoder.decode(read, final=not read), 0
        return bool(read)


def _is_bomb(text: str) -> bool:
    """Whether so much smaller in a file than in memory that no chat is like that."""
    return text.count("[") + text.count("{") > MOST_CONTAINERS or text.count(",") > MOST_ITEMS


def _damaged() -> PaddockError:
    return PaddockError(_("The file is damaged or cut short."))
