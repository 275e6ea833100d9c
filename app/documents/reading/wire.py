"""What the parser child and its parent say to each other: messages to frames and back.

The parent trusts nothing that comes: every number is checked against the text that it counts in, texts are bounded and
cleaned of control characters (one for one, so that offsets hold), sentences come as names. Parts and chunks carry no
numbers of their own; they are counted as they come. Bytes of the file go down as frames behind a mark, and a picture
comes back behind one; all else is JSON.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, TypeAlias, get_args

from app.documents.parts import Chunk, Hidden, HiddenReason, Kind, Part, PartName, Picture, Rectangle, Span, Word
from app.documents.reading import places

PIECE_BYTES: Final = 2**18
MAX_PARTS: Final = 200_000
MAX_CHUNKS: Final = 4_000_000
MAX_PART_CHARACTERS: Final = 16 * 2**20
MAX_LABEL, MAX_TITLE, MAX_HEADING, MAX_NOTES, MAX_DETAIL = 80, 300, 400, 16, 300
MAX_HIDDEN: Final = 10_000  # in one part
MAX_TOKENS: Final = 100_000
MAX_RECTANGLES: Final = 2_000
MAX_WORDS: Final = 50_000  # of one page
MAX_PICTURE_PIXELS: Final = 16_000_000  # 48 MB of RGB: below what a frame may hold

_PIECE_MARK, _PICTURE_MARK, _WORDS_MARK = b"\0", b"\1", b"\2"
_PICTURE: Final = struct.Struct("<III")  # width, height, rectangles: four floats each
_RECTANGLE: Final = struct.Struct("<4f")
_WORD: Final = struct.Struct("<II4f")  # start, end, and where it stands
# What no text of ours holds: controls, halves of surrogate pairs, noncharacters.
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_KINDS: Final = frozenset(get_args(Kind))
_PART_NAMES: Final = frozenset(get_args(PartName))
_REASONS: Final = frozenset(get_args(HiddenReason))

Json: TypeAlias = Any  # JSON is untyped: values on their way in, checked one by one below


class Nonsense(Exception):
    """The other side said something that does not belong here. Never holds its text."""


@dataclass(frozen=True, slots=True)
class Open:
    """The first order: what comes, and what is wanted of it. The bytes follow."""

    task: Literal["read", "show"]
    kind: Kind
    name: str
    size_bytes: int
    chunk_tokens: int
    overlap: float
    ocr_languages: tuple[str, ...] = ()  # that scanned pages are to be read in; none: they are left as they are
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Paint:
    """A picture of part `part`, so many pixels wide, and where `span` stands on it."""

    part: int
    width_px: int
    span: Span | None


@dataclass(frozen=True, slots=True)
class AskWords:
    """The words of part `part`, with where they stand."""

    part: int


@dataclass(frozen=True, slots=True)
class Hello:
    """`is_walled`: whether enough guards took for files that nobody trusts. Said before any byte is read."""

    is_walled: bool
    detail: str


@dataclass(frozen=True, slots=True)
class RawChunk:
    """A chunk as the child says it: the parent numbers it and cuts its text out of the parts."""

    span: Span
    heading: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Batch:
    parts: tuple[Part, ...]
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Titled:
    """What the file calls itself, where that is known with its first parts; said before them."""

    title: str


@dataclass(frozen=True, slots=True)
class PageWords:
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Progressed:
    fraction: float


@dataclass(frozen=True, slots=True)
class Ended:
    part_name: PartName
    title: str
    notes: tuple[str, ...]  # names, see `faults.NOTES`


@dataclass(frozen=True, slots=True)
class Failed:
    fault: str  # a name, see `faults.FaultName`
    detail: str


ToParent: TypeAlias = Hello | Titled | Batch | Progressed | Ended | Failed | Picture | PageWords

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _frame(value: Json) -> bytes:
    return _ENCODER.encode(value).encode("utf-8", "replace")


def clean(text: str) -> str:
    """`text` without control characters, of the same length. Lines end in a line feed alone."""
    if text.replace("\n", "").isprintable():  # as most is, and told at a quarter of the cost
        return text
    return _CONTROL.sub(" ", text)


# Down to the child, which is ours until it has read the file.


def encode_open(order: Open) -> bytes:
    return _frame(asdict(order))


def encode_paint(order: Paint) -> bytes:
    span = order.span
    return _frame([order.part, order.width_px, None if span is None else [span.first, span.start, span.last, span.end]])


def encode_ask_words(asked: AskWords) -> bytes:
    return _frame([asked.part])


def encode_piece(piece: bytes) -> bytes:
    """An empty one says that all of the file was sent."""
    return _PIECE_MARK + piece


def decode_open(frame: bytes) -> Open:
    said = json.loads(frame)
    return Open(**{**said, "ocr_languages": tuple(said["ocr_languages"])})


def decode_asked(frame: bytes) -> Paint | AskWords:
    part, *rest = json.loads(frame)
    if not rest:
        return AskWords(part)
    width_px, span = rest
    return Paint(part, width_px, None if span is None else Span(*span))


def decode_piece(frame: bytes) -> bytes:
    if frame[:1] != _PIECE_MARK:
        raise Nonsense("not a piece")
    return frame[1:]


# Up to the parent.


def encode_hello(hello: Hello) -> bytes:
    return _frame(["hello", hello.is_walled, hello.detail])


def encode_title(title: str) -> bytes:
    return _frame(["title", title[:MAX_TITLE]])


def encode_batch(parts: Sequence[Json], chunks: Sequence[RawChunk]) -> bytes:
    """`parts` are RawParts (not named here, so that the parent needs no readers)."""
    return _frame(
        [
            "batch",
            [
                [
                    part.label,
                    part.text,
                    [[h.start, h.end, h.reason] for h in part.hidden],
                    part.is_scan,
                    base64.b64encode(part.places).decode("ascii"),
                ]
                for part in parts
            ],
            [[c.span.first, c.span.start, c.span.last, c.span.end, c.heading, c.tokens] for c in chunks],
        ]
    )


def encode_progress(fraction: float) -> bytes:
    return _frame(["progress", round(fraction, 4)])


def encode_ended(ended: Ended) -> bytes:
    return _frame(["ended", ended.part_name, ended.title, ended.notes])


def encode_failed(failed: Failed) -> bytes:
    return _frame(["failed", failed.fault, failed.detail[:MAX_DETAIL]])


def encode_picture(picture: Picture) -> bytes:
    head = _PICTURE.pack(picture.width, picture.height, len(picture.rectangles))
    places = b"".join(_RECTANGLE.pack(r.left, r.top, r.right, r.bottom) for r in picture.rectangles)
    return b"".join((_PICTURE_MARK, head, places, picture.rgb))


def encode_words(found: PageWords) -> bytes:
    return _WORDS_MARK + b"".join(
        _WORD.pack(word.start, word.end, word.box.left, word.box.top, word.box.right, word.box.bottom)
        for word in found.words
    )


class Incoming:
    """Takes one child's frames, and remembers of its parts what later chunks may speak about."""

    def __init__(self) -> None:
        self.parts = 0
        self.chunks = 0
        self._kept: dict[int, str] = {}  # texts of parts that a chunk may still cover

    def decode(self, untrusted: bytes) -> ToParent:
        """The message. Raises Nonsense."""
        if untrusted[:1] == _PICTURE_MARK:
            return _picture(untrusted)
        if untrusted[:1] == _WORDS_MARK:
            return _page_words(untrusted[1:])
        try:
            message = json.loads(untrusted.decode("utf-8"), parse_constant=_refuse)
        except (ValueError, RecursionError) as fault:
            raise Nonsense(f"not a frame: {type(fault).__name__}") from None
        match message:
            case ["batch", list(parts), list(chunks)]:
                return self._batch(parts, chunks)
            case ["title", title] if self.parts == 0:
                return Titled(_line(title, MAX_TITLE))
            case ["progress", int() | float() as fraction] if 0 <= fraction <= 1 and math.isfinite(fraction):
                return Progressed(float(fraction))
            case ["ended", str(part_name), title, list(notes)] if part_name in _PART_NAMES:
                names = tuple(_line(name, MAX_LABEL) for name in notes[:MAX_NOTES])
                return Ended(part_name, _line(title, MAX_TITLE), names)  # type: ignore[arg-type]  # one of them
            case ["failed", str(name), detail]:
                return Failed(name, _line(detail, MAX_DETAIL))
            case ["hello", bool(is_walled), detail]:
                return Hello(is_walled, _line(detail, MAX_DETAIL))
        raise Nonsense("unknown message")

    def _batch(self, untrusted_parts: list[Json], untrusted_chunks: list[Json]) -> Batch:
        parts = tuple(self._part(value) for value in untrusted_parts)
        chunks = tuple(self._chunk(value) for value in untrusted_chunks)
        for number in [number for number in self._kept if number < self.parts - 1]:
            del self._kept[number]
        return Batch(parts, chunks)

    def _part(self, untrusted: Json) -> Part:
        match untrusted:
            case [label, str(text), list(hidden), bool(is_scan), str(placed)]:
                pass
            case _:
                raise Nonsense("not a part")
        if len(text) > MAX_PART_CHARACTERS or len(hidden) > MAX_HIDDEN or self.parts >= MAX_PARTS:
            raise Nonsense("a part out of bounds")
        text = clean(text)
        seen = tuple(_hidden(value, len(text)) for value in hidden)
        part = Part(self.parts, _line(label, MAX_LABEL), text, seen, is_scan, _places(placed, len(text)))
        self._kept[self.parts] = text
        self.parts += 1
        return part

    def _chunk(self, untrusted: Json) -> Chunk:
        if not isinstance(untrusted, list) or len(untrusted) != 6:
            raise Nonsense("not a chunk")
        first, start, last, end = (_whole(value, 2**31) for value in untrusted[:4])
        tokens = _whole(untrusted[5], MAX_TOKENS)
        if first not in self._kept or last not in self._kept or not first <= last <= first + 1:
            raise Nonsense("a chunk of parts that are not here")
        if start > len(self._kept[first]) or end > len(self._kept[last]) or (first == last and start >= end):
            raise Nonsense("a chunk outside its part")
        if self.chunks >= MAX_CHUNKS:
            raise Nonsense("too many chunks")
        span = Span(first, start, last, end)
        chunk = Chunk(self.chunks, span, _line(untrusted[4], MAX_HEADING), self._text(span), tokens)
        self.chunks += 1
        return chunk

    def _text(self, span: Span) -> str:
        if span.first == span.last:
            return self._kept[span.first][span.start : span.end]
        return f"{self._kept[span.first][span.start :]}\n{self._kept[span.last][: span.end]}"


def _hidden(untrusted: Json, length: int) -> Hidden:
    if not isinstance(untrusted, list) or len(untrusted) != 3 or untrusted[2] not in _REASONS:
        raise Nonsense("not a hidden stretch")
    start, end = _whole(untrusted[0], length), _whole(untrusted[1], length)
    if start >= end:
        raise Nonsense("a hidden stretch of nothing")
    return Hidden(start, end, untrusted[2])


def _picture(untrusted: bytes) -> Picture:
    try:
        width, height, count = _PICTURE.unpack_from(untrusted, 1)
    except struct.error:
        raise Nonsense("not a picture") from None
    begin = 1 + _PICTURE.size + count * _RECTANGLE.size
    is_bounded = 0 < width * height <= MAX_PICTURE_PIXELS and count <= MAX_RECTANGLES
    if not is_bounded or len(untrusted) != begin + 3 * width * height:
        raise Nonsense("a picture out of bounds")
    rectangles = []
    for number in range(count):
        rectangles.append(_rectangle(_RECTANGLE.unpack_from(untrusted, 1 + _PICTURE.size + number * _RECTANGLE.size)))
    return Picture(width, height, untrusted[begin:], tuple(rectangles))


def _rectangle(untrusted: tuple[float, ...]) -> Rectangle:
    left, top, right, bottom = untrusted
    if not all(0 <= value <= 1 for value in untrusted) or left > right or top > bottom:
        raise Nonsense("a rectangle outside its page")
    return Rectangle(left, top, right, bottom)


def _page_words(untrusted: bytes) -> PageWords:
    if len(untrusted) % _WORD.size or len(untrusted) > MAX_WORDS * _WORD.size:
        raise Nonsense("not a page's words")
    words = []
    at = 0
    for start, end, *box in _WORD.iter_unpack(untrusted):
        if not at <= start < end <= MAX_PART_CHARACTERS:
            raise Nonsense("a word out of order")
        at = end
        words.append(Word(start, end, _rectangle(tuple(box))))
    return PageWords(tuple(words))


def _places(untrusted: str, characters: int) -> bytes:
    """Where the words of a part stand."""
    try:
        found = base64.b64decode(untrusted, validate=True)
    except (binascii.Error, ValueError):
        raise Nonsense("not the places of words") from None
    if not places.is_within(found, characters):
        raise Nonsense("places outside their part")
    return found


def _line(untrusted: Json, limit: int) -> str:
    """One line of text within bounds, without control characters."""
    if not isinstance(untrusted, str):
        raise Nonsense("not a text")
    return " ".join(clean(untrusted[: 4 * limit]).split())[:limit]


def _whole(untrusted: Json, limit: int) -> int:
    if type(untrusted) is not int or not 0 <= untrusted <= limit:
        raise Nonsense("not a number within bounds")
    return untrusted


def _refuse(name: str) -> Json:
    raise ValueError(name)
