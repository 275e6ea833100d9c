"""What the page for comparing is given, and what it asks for: frozen values only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.ui.chat.items import Sourced

TEMPERATURES = (0.0, 0.2, 0.5, 0.7, 1.0, 1.3)
State = Literal["none", "waiting", "writing", "over", "failed"]


@dataclass(frozen=True, slots=True)
class ModelChoice:
    path: Path
    title: str


@dataclass(frozen=True, slots=True)
class PersonaChoice:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What a side can be answered by; the models that are here."""

    models: tuple[ModelChoice, ...] = ()
    personas: tuple[PersonaChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class SideWish:
    """What one side is answered by. An empty persona and no temperature are as in the chat."""

    model: ModelChoice
    persona_id: str = ""
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class SideWished:
    """The person wishes this for side `number` (0 or 1)."""

    number: int
    wish: SideWish


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """One side's answer. `words` is how it goes, or what it cost; `fraction` is of a load or of reading, else None.

    `next_step` goes with a failure. `sourced` is what the answer `id` was given from, once it is whole.
    """

    state: State = "none"
    text: str = ""
    words: str = ""
    fraction: float | None = None
    next_step: str = ""
    can_keep: bool = False
    id: str = ""
    sourced: Sourced | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence above the question. `offers_chance`: both sides are the same, and may be asked all the same."""

    words: str = ""
    offers_chance: bool = False


@dataclass(frozen=True, slots=True)
class AskRequested:
    """`by_chance`: the sides are the same, and the person wants two tries."""

    text: str
    by_chance: bool = False


@dataclass(frozen=True, slots=True)
class KeepRequested:
    """Go on in the chat with the answer of side `number`."""

    number: int
