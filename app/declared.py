"""What a setting is: its declaration, what it accepts, and its value as text.

A text that does not fit the declaration has no value: whoever reads it takes the default, and leaves it in place.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from app.frozen import dataclass

T = TypeVar("T", str, bool, int, float, tuple[str, ...])


class Backend(Protocol):
    """Where JSON texts are kept by key."""

    def get(self, key: str) -> str | None: ...
    def set(self, key: str, text: str) -> None: ...
    def remove(self, key: str) -> None: ...
    def all(self) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True)
class Between:
    """Accepts numbers from `lowest` to `highest`, and `also`, one that stands for something else ("automatic")."""

    lowest: float
    highest: float
    also: float | None = None

    def __call__(self, value: float) -> bool:
        return self.lowest <= value <= self.highest or value == self.also


@dataclass(frozen=True, slots=True)
class OneOf:
    """Accepts these words."""

    choices: tuple[str, ...]

    def __call__(self, value: str) -> bool:
        return value in self.choices


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One setting. `accepts` narrows what its type allows."""

    key: str
    default: T
    label: str
    help: str
    accepts: Callable[[T], bool] = lambda value: True


AnySetting: TypeAlias = Setting[Any]  # of whichever type: lists of settings mix them


def decoded(setting: Setting[T], text: str | None) -> T | None:
    """The value of a stored text; None where there is none, and for one that does not fit the declaration."""
    if text is None:
        return None
    try:
        value = _as_type_of(setting.default, json.loads(text))
    except (ValueError, TypeError, OverflowError):
        return None
    return value if setting.accepts(value) else None


def encoded(setting: Setting[T], value: T) -> str:
    """Raises ValueError or TypeError for a value outside the declaration: a caller's bug, not the person's."""
    if not setting.accepts(_as_type_of(setting.default, value)):
        raise ValueError(f"{setting.key} does not accept this value")
    return json.dumps(value)


def _as_type_of(default: T, value: object) -> T:
    if isinstance(default, tuple):
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise TypeError("not a list of strings")
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    if type(value) is not type(default):
        raise TypeError("another type than declared")
    return value
