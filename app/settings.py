"""Every setting, declared once: key, default, limits, label, help. The type is the default's.

Values are kept as JSON text by whatever `Backend` is passed in (storage.values for a profile, a dict for a
temporary run); a stored value that no longer fits its declaration reads as the default and is left in place.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

T = TypeVar("T", str, bool, int, float, tuple[str, ...])


class Backend(Protocol):
    def get(self, key: str) -> str | None: ...
    def set(self, key: str, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One setting. `accepts` narrows what its type allows."""

    key: str
    default: T
    label: str
    help: str
    accepts: Callable[[T], bool] = lambda value: True


THEMES = ("system", "light", "dark")
MOST_TOKENS = 1_000_000  # of one answer

THEME = Setting(
    "look.theme",
    "system",
    "Appearance",
    "Follow the system, or always light or dark.",
    lambda value: value in THEMES,
)
SIDEBAR_OPEN = Setting("look.sidebar_open", True, "Sidebar", "Show the list of chats.")
WINDOW_SIZE = Setting(
    "look.window_size", "1180x820", "Window size", "Width and height in pixels when Paddock was last closed."
)
MODEL_PATH = Setting("model.path", "", "Model", "The model file that answers; empty until one is chosen.")
RECENT_MODELS: Setting[tuple[str, ...]] = Setting(
    "model.recent",
    (),
    "Recent models",
    "Model files that were opened, the latest first.",
    lambda v: len(v) <= 12,
)
TEMPERATURE = Setting(
    "answer.temperature",
    0.7,
    "Temperature",
    "Lower is more predictable, higher is more varied.",
    lambda value: 0.0 <= value <= 2.0,
)
MAX_ANSWER_TOKENS = Setting(
    "answer.max_tokens",
    0,
    "Longest answer",
    "In tokens; empty or 0 lets the model end by itself.",
    lambda value: 0 <= value <= MOST_TOKENS,
)
CONTEXT_TOKENS = Setting(
    "engine.context_tokens",
    0,
    "Context",
    "How many tokens the model keeps in view; 0 chooses by model, up to 8,192.",
    lambda value: value == 0 or 256 <= value <= 1_048_576,
)

ALL: tuple[Setting[str] | Setting[bool] | Setting[int] | Setting[float] | Setting[tuple[str, ...]], ...] = (
    THEME,
    SIDEBAR_OPEN,
    WINDOW_SIZE,
    MODEL_PATH,
    RECENT_MODELS,
    TEMPERATURE,
    MAX_ANSWER_TOKENS,
    CONTEXT_TOKENS,
)


class Settings:
    """Reads and writes declared settings through a backend."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def get(self, setting: Setting[T]) -> T:
        text = self._backend.get(setting.key)
        if text is None:
            return setting.default
        try:
            value = _as_type_of(setting.default, json.loads(text))
        except (ValueError, TypeError):
            return setting.default
        return value if setting.accepts(value) else setting.default

    def set(self, setting: Setting[T], value: T) -> None:
        """Raises ValueError for a value outside the declaration: a caller's bug, not the person's."""
        if not setting.accepts(_as_type_of(setting.default, value)):
            raise ValueError(f"{setting.key} does not accept this value")
        self._backend.set(setting.key, json.dumps(value))


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
