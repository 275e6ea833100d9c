"""Texts on their way to the embedding child, and their vectors on the way back, as the bytes of a `Chunk`.

Lists of numbers in JSON would cost more time than computing short texts. What comes back is untrusted.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from app.engine.protocol import MAX_CHUNK_BYTES
from app.engine.wire import ProtocolError

MAX_TEXTS = 1024  # of one request
MAX_WIDTH = 2**16
NUMBER_BYTES = 4  # a float32, little-endian as on every machine that we build for

_REQUEST = struct.Struct("<BHI")  # is it urgent, threads, how many texts; then the length of each in bytes, the texts
_REPLY = struct.Struct("<II")  # how many vectors, numbers of each; then places, cuts, numbers


@dataclass(frozen=True, slots=True)
class Texts:
    """What one request brings. `threads` 0 leaves the child's own number."""

    texts: tuple[str, ...]
    is_urgent: bool
    threads: int

    def pack(self) -> bytes:
        encoded = [text.encode("utf-8", "replace") for text in self.texts]
        lengths = struct.pack(f"<{len(encoded)}I", *map(len, encoded))
        return b"".join((_REQUEST.pack(self.is_urgent, self.threads, len(encoded)), lengths, *encoded))


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors of some texts of a request: `places` says of which, `cuts` whether its end was left out.

    `numbers` are `width` float32 for each, in the order of `places`, as the model made them: of any length.
    """

    places: tuple[int, ...]
    cuts: tuple[bool, ...]
    width: int
    numbers: bytes

    def pack(self) -> bytes:
        places = struct.pack(f"<{len(self.places)}I", *self.places)
        return b"".join((_REPLY.pack(len(self.places), self.width), places, bytes(self.cuts), self.numbers))


def texts_in(data: bytes) -> Texts:
    """Raises ProtocolError for what is no request."""
    try:
        urgent, threads, count = _REQUEST.unpack_from(data)
        lengths = struct.unpack_from(f"<{count}I", data, _REQUEST.size)
    except struct.error:
        raise ProtocolError("not a request for vectors") from None
    start = _REQUEST.size + NUMBER_BYTES * count
    ends = list(itertools.accumulate(lengths, initial=start))
    if ends[-1] != len(data):
        raise ProtocolError("texts of another length")
    texts = tuple(data[begin:end].decode("utf-8", "replace") for begin, end in itertools.pairwise(ends))
    return Texts(texts, bool(urgent), threads)


def embedded_in(untrusted: bytes) -> Embedded:
    """Raises ProtocolError for what is no reply, whatever its numbers are."""
    try:
        count, width = _REPLY.unpack_from(untrusted)
        if not 0 < count <= MAX_TEXTS or not 0 < width <= MAX_WIDTH:
            raise ProtocolError("not as many vectors as can be")
        places = struct.unpack_from(f"<{count}I", untrusted, _REPLY.size)
    except struct.error:
        raise ProtocolError("not a reply with vectors") from None
    at = _REPLY.size + NUMBER_BYTES * count
    numbers = untrusted[at + count :]
    if len(numbers) != NUMBER_BYTES * count * width:
        raise ProtocolError("vectors of another size")
    return Embedded(places, tuple(map(bool, untrusted[at : at + count])), width, numbers)


def requests(texts: Sequence[str], *, limit_bytes: int = MAX_CHUNK_BYTES // 2) -> list[range]:
    """Which texts go into one request each: as many as fit, in order. No single one may be longer than the limit."""
    found: list[range] = []
    start, size = 0, 0
    for place, text in enumerate(texts):
        length = NUMBER_BYTES * (len(text) + 1)  # no character takes more in UTF-8
        if place > start and (size + length > limit_bytes or place - start >= MAX_TEXTS):
            found.append(range(start, place))
            start, size = place, 0
        size += length
    if start < len(texts):
        found.append(range(start, len(texts)))
    return found
