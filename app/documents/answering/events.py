"""What is told while the grounds of an answer are put together."""

from __future__ import annotations

from collections.abc import Callable

from app.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Searching:
    """The documents are searched for `query`: the question, made to stand alone."""

    query: str


@dataclass(frozen=True, slots=True)
class EachPart:
    """`done` of `total` stretches are read one after the other; `left_s` is None while nothing was measured."""

    done: int
    total: int
    left_s: float | None


GroundEvent = Searching | EachPart
OnGroundEvent = Callable[[GroundEvent], None]
