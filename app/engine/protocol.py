"""What the engine child and its parent say to each other: frozen dataclasses, one JSON object per frame.

Both ends treat what arrives as untrusted: `decode` checks every field against its declared type, and one
rule bounds all numbers (finite, not negative, below 2**53), so that a hostile model file that took over
the child can send text and numbers, and nothing else.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from app.sandbox import Guards

MAX_NUMBER = 2**53
MAX_TEXT_CHARS = 32 * 2**20
MAX_ITEMS = 100_000

# Values for people who call the engine.


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. `temperature` 0 takes the likeliest one; `seed` None is a new one each time."""

    temperature: float = 0.7
    top_p: float = 0.95
    top_k: int = 40
    min_p: float = 0.05
    repeat_penalty: float = 1.1
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class LoadWish:
    """What the person asked for; None leaves the choice to us (see `client.plan`)."""

    path: Path
    context_tokens: int | None = None
    gpu_layers: int | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class ModelFacts:
    name: str
    architecture: str
    parameters: int
    size_bytes: int
    context_tokens: int  # in use
    trained_context_tokens: int
    quantisation: str
    template_family: str
    devices: tuple[str, ...]
    load_s: float
    guards: Guards
    engine_build: str


@dataclass(frozen=True, slots=True)
class Timings:
    """`first_token_s` counts from the request's arrival in the child; `reused_tokens` were in the KV cache already."""

    prompt_tokens: int
    reused_tokens: int
    prefill_s: float
    answer_tokens: int
    decode_s: float
    first_token_s: float


StopReason = Literal["end", "length", "stopped", "context", "stop_string"]


@dataclass(frozen=True, slots=True)
class Prefilling:
    """`done` of `total` prompt tokens are in the KV cache."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Delta:
    """More text; `tokens` were sampled for it. Whole characters only."""

    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Finished:
    stop_reason: StopReason
    timings: Timings


AnswerEvent: TypeAlias = Prefilling | Delta | Finished

# Frames from the parent to the child.


@dataclass(frozen=True, slots=True)
class Load:
    path: str
    context_tokens: int  # the upper bound; a model trained for less gets less
    gpu_layers: int | None  # None = all
    threads: int
    repack: bool  # weights copied into a faster layout; costs their size again


@dataclass(frozen=True, slots=True)
class Ask:
    job: int
    messages: tuple[Message, ...]
    sampling: Sampling
    max_tokens: int | None
    stop_strings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cancel:
    job: int


@dataclass(frozen=True, slots=True)
class Count:
    job: int
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Ping:
    number: int


# Frames from the child to the parent.


@dataclass(frozen=True, slots=True)
class Hello:
    guards: Guards
    build: str
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The child found that it must not go on (wrong library build, guards missing)."""

    reason: str


@dataclass(frozen=True, slots=True)
class LoadProgress:
    fraction: float


@dataclass(frozen=True, slots=True)
class Loaded:
    facts: ModelFacts


LoadFault = Literal["not_gguf", "truncated", "architecture", "split", "memory", "context_memory", "unreadable", "other"]


@dataclass(frozen=True, slots=True)
class LoadFailed:
    fault: LoadFault
    detail: str  # llama.cpp's own words, without paths


@dataclass(frozen=True, slots=True)
class Progressed:
    """`event` of answer `job`."""

    job: int
    event: Prefilling | Delta | Finished


@dataclass(frozen=True, slots=True)
class Counted:
    job: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Failed:
    """Answer or count `job` could not be done; the engine stays usable."""

    job: int
    fault: Literal["context_full", "decode"]
    tokens: int
    limit: int
    detail: str


@dataclass(frozen=True, slots=True)
class Pong:
    number: int


ToChild: TypeAlias = Load | Ask | Cancel | Count | Ping
ToParent: TypeAlias = Hello | Refused | LoadProgress | Loaded | LoadFailed | Progressed | Counted | Failed | Pong
Frame: TypeAlias = ToChild | ToParent

# JSON is untyped, hence Any: values on their way in or out, checked field by field below.
Json: TypeAlias = typing.Any

_TOP_LEVEL: dict[str, Json] = {kind.__name__: kind for kind in typing.get_args(Frame)}
_EVENTS: dict[str, Json] = {kind.__name__: kind for kind in typing.get_args(AnswerEvent)}


class ProtocolError(Exception):
    """A frame that the protocol does not know. Never holds the frame's text."""


def encode(message: Frame) -> bytes:
    """The frame for `message`. A lone surrogate (from an odd clipboard) becomes `?`."""
    return json.dumps(_plain(message), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def decode(untrusted: bytes) -> Frame:
    """The message in `untrusted`, or ProtocolError."""
    try:
        value = json.loads(untrusted.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as fault:
        raise ProtocolError(f"not a frame: {type(fault).__name__}") from None
    message: Frame = _tagged(value, _TOP_LEVEL)
    return message


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
