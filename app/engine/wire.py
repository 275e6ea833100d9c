"""Messages to frames and back: one JSON object per frame, checked field by field.

Both ends treat what arrives as untrusted: `decode` checks every field against its declared type, and one
rule bounds all numbers (finite, not negative, below 2**53), so that a hostile model file that took over
the child can send text and numbers, and nothing else. The one exception is `Chunk`, a piece of a KV state in
either direction: bytes behind a mark and a job number, which the parent stores sealed and never looks into.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import struct
import types
import typing
from collections.abc import Callable
from typing import Literal, TypeAlias

from app.engine.protocol import MAX_CHUNK_BYTES, AnswerEvent, Chunk, Frame

MAX_NUMBER = 2**53
MAX_TEXT_CHARS = 32 * 2**20
MAX_ITEMS = 100_000

# JSON is untyped, hence Any: values on their way in or out, checked field by field below.
Json: TypeAlias = typing.Any

_TOP_LEVEL: dict[str, Json] = {kind.__name__: kind for kind in typing.get_args(Frame) if kind is not Chunk}
_EVENTS: dict[str, Json] = {kind.__name__: kind for kind in typing.get_args(AnswerEvent)}


class ProtocolError(Exception):
    """A frame that the protocol does not know. Never holds the frame's text."""


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_CHUNK = struct.Struct("<BQ")  # a mark that no JSON begins with, and the job
_CHUNK_MARK = 0


def encode(message: Frame) -> bytes:
    """The frame for `message`. A lone surrogate (from an odd clipboard) becomes `?`."""
    if isinstance(message, Chunk):
        return _CHUNK.pack(_CHUNK_MARK, message.job) + message.data
    return _ENCODER.encode(_plain(message)).encode("utf-8", "replace")


def decode(untrusted: bytes) -> Frame:
    """The message in `untrusted`, or ProtocolError."""
    if untrusted[:1] == b"\0":
        return _chunk(untrusted)
    try:
        value = json.loads(untrusted.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as fault:
        raise ProtocolError(f"not a frame: {type(fault).__name__}") from None
    message: Frame = _tagged(value, _TOP_LEVEL)
    return message


def _chunk(untrusted: bytes) -> Chunk:
    data = untrusted[_CHUNK.size :]
    if not 0 < len(data) <= MAX_CHUNK_BYTES:
        raise ProtocolError("not a chunk within bounds")
    _mark, job = _CHUNK.unpack_from(untrusted)
    return Chunk(job, data)


def _plain(value: Json) -> Json:
    if isinstance(value, (str, int, float)) or value is None:
        return value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    kind: Json = type(value)
    plain = {name: _plain(getattr(value, name)) for name in _field_names(kind)}
    if kind.__name__ in _TOP_LEVEL or kind.__name__ in _EVENTS:
        plain["is"] = kind.__name__
    return plain


@functools.cache
def _field_names(kind: Json) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _refuse_constant(name: str) -> Json:
    raise ValueError(name)


def _tagged(untrusted: Json, kinds: dict[str, Json]) -> Json:
    tag = untrusted.pop("is", None) if isinstance(untrusted, dict) else None
    kind: Json = kinds.get(tag) if isinstance(tag, str) else None
    if kind is None:
        raise ProtocolError("unknown kind of message")
    return _fields(kind)(untrusted)


Check: TypeAlias = Callable[[Json], Json]


@functools.cache
def _fields(kind: Json) -> Check:
    hints = typing.get_type_hints(kind)
    checks = {name: _check(hints[name]) for name in _field_names(kind)}

    def check(untrusted: Json) -> Json:
        if not isinstance(untrusted, dict) or untrusted.keys() != checks.keys():
            raise ProtocolError(f"{kind.__name__} has other fields")
        return kind(**{name: checks[name](value) for name, value in untrusted.items()})

    return check


def _check(hint: Json) -> Check:
    """How a value of the declared type `hint` is checked; only what our messages use is known."""
    simple = {str: _text, int: _integer, float: _number, bool: _boolean}.get(hint)
    if simple is not None:
        return simple
    origin: Json = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if origin is Literal:
        return _choice(arguments)
    if origin is tuple:
        return _list(_check(arguments[0]))
    if origin in (types.UnionType, typing.Union):
        if types.NoneType in arguments:
            return _optional(_check(arguments[0]))
        return lambda untrusted: _tagged(untrusted, _EVENTS)
    return _fields(hint)


def _text(untrusted: Json) -> str:
    if not isinstance(untrusted, str) or len(untrusted) > MAX_TEXT_CHARS:
        raise ProtocolError("not a text within bounds")
    try:
        untrusted.encode("utf-8")
    except UnicodeEncodeError:
        raise ProtocolError("half a character") from None
    return untrusted


def _integer(untrusted: Json) -> int:
    if type(untrusted) is not int or not 0 <= untrusted < MAX_NUMBER:
        raise ProtocolError("not an integer within bounds")
    return untrusted


def _number(untrusted: Json) -> float:
    if type(untrusted) not in (int, float) or not 0 <= untrusted < MAX_NUMBER or not math.isfinite(untrusted):
        raise ProtocolError("not a number within bounds")
    return float(untrusted)


def _boolean(untrusted: Json) -> bool:
    if not isinstance(untrusted, bool):
        raise ProtocolError("not a yes or no")
    return untrusted


def _choice(choices: tuple[str, ...]) -> Check:
    def check(untrusted: Json) -> str:
        if not isinstance(untrusted, str) or untrusted not in choices:
            raise ProtocolError("none of the choices")
        return untrusted

    return check


def _list(item: Check) -> Check:
    def check(untrusted: Json) -> tuple[Json, ...]:
        if not isinstance(untrusted, list) or len(untrusted) > MAX_ITEMS:
            raise ProtocolError("not a list within bounds")
        return tuple(item(value) for value in untrusted)

    return check


def _optional(present: Check) -> Check:
    return lambda untrusted: None if untrusted is None else present(untrusted)
