"""Models as they are offered on this computer: what each is, how it would run here, how long fetching it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Place = Literal["gpu", "split", "cpu", "disk", "none"]


@dataclass(frozen=True, slots=True)
class Fit:
    """How a model would run here. Speeds are forecasts; 0 where it does not run at all."""

    place: Place
    decode_tokens_per_s: float
    first_word_s: float  # for a question of usual length, once it is loaded
    is_estimate: bool  # the shape is guessed from the size, as for models that Paddock does not know
    reasons: tuple[str, ...] = ()  # sentences


@dataclass(frozen=True, slots=True)
class Choice:
    """One quantisation of a model: what a row of its card shows."""

    repository: str  # "owner/name"
    quantisation: str  # "Q4_K_M"
    words: str  # in plain words: "good balance of size and quality"
    size_bytes: int
    is_size_estimated: bool  # from the shape by formula, before the hub was asked
    fit: Fit
    variant: str = ""  # the file's name without ending and part number; empty while the hub was not asked


@dataclass(frozen=True, slots=True)
class Offer:
    """One model of the catalogue. `choices` from the smallest to the largest, of which `best` suits this computer."""

    key: str  # of the catalogue
    title: str  # "Llama 3.1 8B Instruct"
    words: str  # one sentence: what it is good for
    kind: Literal["chat", "embedding", "guard"]
    parameters: int
    context_tokens: int
    licence: str  # identifier: "llama3.1"
    licence_title: str  # "Llama 3.1 Community License"
    author: str  # "Meta"
    released: str  # ISO month: "2024-07"
    choices: tuple[Choice, ...]
    best: int = 0  # index into choices
