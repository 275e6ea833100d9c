"""Files of plain text: as they come down the pipe, so that one of any length passes and nothing is cut.

A part is a section of a few thousand characters, labelled by its lines ("L1–L240"); of a table (CSV) a run of rows
under the table's first row. Only JSON small enough to be laid out anew is held as a whole.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Final

from app.documents.faults import Unreadable
from app.documents.parts import Kind, PartName
from app.documents.reading.blocks import Block, BlockRole, RawPart

SECTION_CHARACTERS: Final = 8_000
_LOOK_BYTES: Final = 65_536  # enough to tell one encoding from another
_JSON_BYTES: Final = 16_000_000  # taken apart this is some 300 MB
_ROWS, _ROW_CHARACTERS = 200, 6_000  # of a part
_FIELD_CHARACTERS: Final = 10_000_000
_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_WESTERN: Final = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŒœ“”„‘’‚–—…€«»¿¡°§£©®·•½ºª\xa0")
_WESTERN_SHARE: Final = 0.08  # of the characters: French has 0.05, Czech, whose letters have the same codes, 0.13
_BLANK: Final = re.compile(r"\n[ \t]*\n\s*")
_FENCE: Final = re.compile(r" {0,3}(```+|~~~+)")
_HEADING: Final = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$")
_UNDERLINE: Final = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_BYTE_AS_TEXT: Final = "paddock-single-bytes"


def open_text(pieces: Iterator[bytes], name: str, kind: Kind) -> TextReader | TableReader:
    """The reader for "text", "markdown", "code", "json" or "csv". Raises Unreadable."""
    decoded = _Decoded(pieces)
    if kind == "csv":
        return TableReader(decoded, is_tabbed=name.lower().endswith(".tsv"))
    return TextReader(decoded, kind)


class _Decoded:
    """A file's text, stretch by stretch, with line feeds alone between its lines."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self.begin = b""
        while len(self.begin) < _LOOK_BYTES and (piece := next(pieces, b"")):
            self.begin += piece
        if not self.begin:
            raise Unreadable("empty")
        self.encoding = _encoding_of(self.begin[:_LOOK_BYTES])
        self.has_doubts = False

    def take_all(self, limit_bytes: int) -> bytes | None:
        """All of the file, if it is no longer than that; else the stretches still are all of it."""
        taken = [self.begin]
        size_bytes = len(self.begin)
        while size_bytes <= limit_bytes and (piece := next(self._pieces, b"")):
            taken.append(piece)
            size_bytes += len(piece)
        self.begin = b"".join(taken)
        return self.begin if size_bytes <= limit_bytes else None

    def stretches(self) -> Iterator[str]:
        codecs.register_error(_BYTE_AS_TEXT, self._single_bytes)
        decoder = io.IncrementalNewlineDecoder(
            codecs.getincrementaldecoder(self.encoding)(_BYTE_AS_TEXT if self.encoding == "utf-8" else "replace"),
            translate=True,
        )
        begin, self.begin = self.begin, b""
        yield decoder.decode(begin)
        for piece in self._pieces:
            yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)

    def _single_bytes(self, fault: UnicodeError) -> tuple[str, int]:
        """Bytes that are no UTF-8 in a text that began as such: as Windows writes western languages."""
        assert isinstance(fault, UnicodeDecodeError)  # noqa: S101 - only decoders call this
        self.has_doubts = True
        return fault.object[fault.start : fault.end].decode("cp1252", "replace"), fault.end


def _encoding_of(untrusted_begin: bytes) -> str:
    for mark, encoding in _BOMS:
        if untrusted_begin.startswith(mark):
            return encoding
    if b"\0" in untrusted_begin:
        raise Unreadable("binary")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(untrusted_begin)  # it may end within a character
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    if _is_western(untrusted_begin):
        return "cp1252"
    import charset_normalizer

    best = charset_normalizer.from_bytes(untrusted_begin).best()
    if best is None:
        raise Unreadable("binary")
    return best.encoding


def _is_western(untrusted_begin: bytes) -> bool:
    """Whether this reads as a western language in Windows' encoding: for which charset-normalizer takes rare ones."""
    text = untrusted_begin.decode("cp1252", "replace")
    others = [character for character in text if not character.isascii()]
    return len(others) <= _WESTERN_SHARE * len(text) and _WESTERN.issuperset(others)


class TextReader:
    """Sections of a text, cut where a paragraph ends if one does nearby."""

    part_name: PartName = "section"

    def __init__(self, decoded: _Decoded, kind: Kind) -> None:
        self.kind: Kind = kind
        self.title = ""
        self._decoded = decoded
        self._fence = ""  # what ends the listing that goes on from the last section

    @property
    def notes(self) -> tuple[str, ...]:
        return ("encoding",) if self._decoded.has_doubts else ()

    def count(self) -> int | None:
        return None

    def parts(self) -> Iterator[RawPart]:
        stretches = self._decoded.stretches()
        if self.kind == "json":
            laid_out = _laid_out(self._decoded)
            stretches = stretches if laid_out is None else iter([laid_out])
        line = 1
        for text in _sections(stretches):
            lines = text.count("\n") + (not text.endswith("\n"))
            if text.strip():
                yield RawPart(f"L{line}–L{line + lines - 1}", text, tuple(self._blocks(text)))
            line += lines

    def _blocks(self, text: str) -> Iterator[Block]:
        if self.kind == "markdown":
            yield from self._markdown(text)
            return
        start = 0
        role: BlockRole = "paragraph" if self.kind == "text" else "code"
        for gap in (*_BLANK.finditer(text), None):
            end = len(text) if gap is None else gap.start()
            if text[start:end].strip():
                yield Block(start, end, role)
            start = len(text) if gap is None else gap.end()

    def _markdown(self, text: str) -> Iterator[Block]:
        """By lines: listings between fences, headings, tables, and paragraphs between blank lines."""
        start, at = 0, 0
        role: BlockRole = "code" if self._fence else "paragraph"
        for line in text.splitlines(keepends=True):
            begin, at = at, at + len(line)
            fence = _FENCE.match(line)
            if self._fence:
                if fence and fence[1].startswith(self._fence) and not line[fence.end() :].strip():
                    self._fence = ""
                    yield from _block(text, start, at, "code")
                    start, role = at, "paragraph"
                continue
            if fence:
                yield from _block(text, start, begin, role)
                self._fence, start, role = fence[1], begin, "code"
                continue
            if heading := _HEADING.match(line):
                yield from _block(text, start, begin, role)
                yield from self._heading(text, begin, begin + len(line.rstrip()), len(heading[1]), heading[2])
                start, role = at, "paragraph"
            elif _UNDERLINE.match(line) and role == "paragraph" and 0 < len(text[start:begin].strip()) <= 150:
                title = text[start:begin].strip()
                if "\n" not in title:
                    yield from self._heading(text, start, begin, 1 if line.lstrip()[0] == "=" else 2, title)
                    start = at
            elif not line.strip():
                yield from _block(text, start, begin, role)
                start, role = at, "paragraph"
            elif line.lstrip().startswith("|") and not text[start:begin].strip():
                role = "table"
        yield from _block(text, start, len(text), role)

    def _heading(self, text: str, start: int, end: int, level: int, title: str) -> Iterator[Block]:
        self.title = self.title or title.strip()
        for block in _block(text, start, end, "paragraph"):
            yield Block(block.start, block.end, "heading", level)


def _block(text: str, start: int, end: int, role: BlockRole) -> Iterator[Block]:
    stretch = text[start:end]
    if stretch.strip():
        yield Block(start, start + len(stretch.rstrip()), role)


def _sections(stretches: Iterator[str]) -> Iterator[str]:
    text = ""
    for stretch in stretches:
        text += stretch
        at = 0
        while len(text) - at > 2 * SECTION_CHARACTERS:
            end = _cut(text, at)
            yield text[at:end]
            at = end
        text = text[at:]
    if text:
        yield text


def _cut(text: str, start: int) -> int:
    """Where a section that begins at `start` best ends: before a heading, after a paragraph, a line, a word."""
    low, high = start + SECTION_CHARACTERS // 2, start + SECTION_CHARACTERS
    for mark, kept in (("\n#", 1), ("\n\n", 2), ("\n", 1), ("},", 2), (". ", 2), (",", 1), (" ", 1)):
        if (found := text.rfind(mark, low, high)) >= 0:
            return found + kept
    return high


def _laid_out(decoded: _Decoded) -> str | None:
    """JSON on lines of its own, None where it is too long for that, is one value per line, or none at all."""
    untrusted = decoded.take_all(_JSON_BYTES)
    if untrusted is None:
        return None
    try:
        value = json.loads(untrusted)
        return json.dumps(value, indent=1, ensure_ascii=False)
    except (ValueError, RecursionError, MemoryError):
        return None


class TableReader:
    """Rows as lines with their fields apart; each part begins with the table's first row, which names the columns."""

    kind: Kind = "csv"
    part_name: PartName = "rows"
    title = ""

    def __init__(self, decoded: _Decoded, *, is_tabbed: bool) -> None:
        self._decoded = decoded
        self._is_tabbed = is_tabbed

    @property
    def notes(self) -> tuple[str, ...]:
        return ("encoding",) if self._decoded.has_doubts else ()

    def count(self) -> int | None:
        return None

    def parts(self) -> Iterator[RawPart]:
        csv.field_size_limit(_FIELD_CHARACTERS)
        delimiter = "\t" if self._is_tabbed else _delimiter(self._decoded)
        rows = csv.reader(_lines(self._decoded.stretches()), delimiter=delimiter)
        head = ""
        kept: list[str] = []
        size = 0
        first = number = 1
        for row in _rows(rows):
            line = " | ".join(" ".join(field.split()) for field in row)
            if not line.strip(" |"):
                continue
            if not head:
                head = line
                continue
            kept.append(line)
            size += len(line)
            number += 1
            if len(kept) >= _ROWS or size >= _ROW_CHARACTERS:
                yield _table(first, number - 1, head, kept)
                kept, size, first = [], 0, number
        if kept or number == 1:
            yield _table(first, max(first, number - 1), head, kept)


def _rows(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error:  # a row that is none: the next one may be
            continue


def _table(first: int, last: int, head: str, rows: list[str]) -> RawPart:
    text = "\n".join((head, *rows))
    return RawPart(f"{first}–{last}", text, (Block(0, len(text), "table"),) if text else ())


def _delimiter(decoded: _Decoded) -> str:
    begin = decoded.begin[:_LOOK_BYTES].decode(decoded.encoding, "replace")
    line = begin.partition("\n")[0]
    return max(",;\t|", key=line.count)


def _lines(stretches: Iterator[str]) -> Iterator[str]:
    text = ""
    for stretch in stretches:
        lines = (text + stretch).split("\n")
        text = lines.pop()
        for line in lines:
            yield line + "\n"
    if text:
        yield text
