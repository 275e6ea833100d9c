"""What the dialogs of instructions are given and tell: plain values, and what holds of what wider places say. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.chat import manner as manners
from app.chat.manner import OPEN, Manner, Persona
from app.models.library import KnownModel
from app.settings import SAMPLING
from app.text import _

Level = Literal["chat", "folder", "everything"]


@dataclass(frozen=True, slots=True)
class UndoOffer:
    """What was done, in a sentence, and how it is undone."""

    words: str
    undo: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Wider:
    """A place whose manner holds where a narrower one says nothing. `name`: of a folder; empty for everything."""

    name: str
    manner: Manner

    @property
    def source(self) -> str:
        """As the beginning of a line."""
        if not self.name:
            return _("From the settings for every chat")
        return _("From the folder {folder}").format(folder=self.name)


@dataclass(frozen=True, slots=True)
class Stock:
    """What can be chosen: personas (built-in ones first), and models that are here."""

    personas: tuple[Persona, ...]
    models: tuple[KnownModel, ...] = ()

    @property
    def by_id(self) -> Mapping[str, Persona]:
        return {persona.id: persona for persona in self.personas}


@dataclass(frozen=True, slots=True)
class InstructionsShown:
    """One place. `wider`: those around it, the nearest first. `begun`: what it said before changes not yet kept."""

    level: Level
    name: str
    manner: Manner
    wider: tuple[Wider, ...]
    stock: Stock
    begun: Manner | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Something that a wider place or a persona says, and which one it is (the beginning of a line)."""

    source: str
    value: str


@dataclass(frozen=True, slots=True)
class Inherited:
    """What holds where a place says nothing itself. None: nobody says anything."""

    system_prompt: Said | None = None
    model: Said | None = None
    sampling: tuple[tuple[str, float], ...] = ()


def inherited(persona_id: str | None, wider: Sequence[Wider], stock: Stock) -> Inherited:
    """What a place gets from its persona, then from the wider ones, key by key."""
    personas = stock.by_id
    speakers: list[tuple[str, Manner]] = []
    if persona_id in personas:
        speakers.append(_persona_speaks(personas[str(persona_id)], ""))
    for place in wider:
        speakers.append((place.source, place.manner))
        if place.manner.persona_id in personas:
            speakers.append(_persona_speaks(personas[str(place.manner.persona_id)], place.source))
    prompt = next((Said(who, said.system_prompt) for who, said in speakers if said.system_prompt is not None), None)
    model = next((Said(who, said.model) for who, said in speakers if said.model is not None), None)
    sampling: dict[str, float] = {}
    for _who, said in reversed(speakers):
        sampling.update(said.sampling)
    return Inherited(prompt, model, tuple(sorted(sampling.items())))


def told(manner: Manner, wider: Sequence[Wider], stock: Stock) -> str:
    """The system prompt that the model gets in the end."""
    return manners.effective((manner, *(place.manner for place in wider)), stock.by_id).system_prompt


def description(persona: Persona) -> str:
    """In a line or two: its words, and what else it sets."""
    said = " ".join((persona.manner.system_prompt or "").split())
    return " · ".join(part for part in (said, *also_set(persona.manner)) if part)


def also_set(manner: Manner) -> tuple[str, ...]:
    """What it sets besides words."""
    values = dict(manner.sampling)
    found = [f"{_(setting.label)} {values[setting.key]:.10g}" for setting in SAMPLING if setting.key in values]
    return (*found, _("own model")) if manner.model else tuple(found)


def cut(text: str, most: int) -> str:
    """Its beginning as one line, for places that cannot show all of it."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most and len(text) <= 4 * most else f"{line[:most].rstrip()}…"


def closed(manner: Manner) -> Manner:
    """Equal manners compare as equal, in whatever order their settings were changed."""
    return OPEN if manner.is_open else replace(manner, sampling=tuple(sorted(manner.sampling)))


def _persona_speaks(persona: Persona, source: str) -> tuple[str, Manner]:
    words = _("From the persona {persona}").format(persona=persona.name)
    return (f"{source}, {persona.name}" if source else words), persona.manner
