"""What a question was answered from, and which sentence of the answer stands where in it."""

from __future__ import annotations

from typing import Literal

from app.documents.parts import PartName, Span
from app.documents.records import Passage
from app.frozen import dataclass

Strategy = Literal["whole", "passages", "every_part", "nothing"]
"""All of the documents in one prompt; passages that were found; each part in turn, then their notes; none was found."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """`text` is what stands before the question as the model reads it: fenced, and marked as data.

    `passages` are those in it, in its order. `near` are the nearest ones where nothing was found that answers.
    `query` is the question as it was searched, made to stand alone.
    """

    strategy: Strategy
    query: str
    passages: tuple[Passage, ...]
    text: str
    parts_read: int
    parts: int  # of all documents that were asked
    documents: tuple[str, ...]  # their ids
    hashes: tuple[str, ...] = ()  # SHA-256 of each of their files, as they were read
    near: tuple[Passage, ...] = ()
    note: str = ""  # a sentence: what was not looked at, and why
    part_name: PartName | None = None  # what the parts are called, where all are of one kind
    hidden: int = 0  # stretches that a person would not see, which were left out of `text`


NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Citation:
    """Characters `start` to `end` of the answer are borne out by `span` of `Grounds.passages[passage]`'s document.

    `number` is the chip's, from 1, counted by the first appearance of its passage. `is_literal` is None for a sentence
    in the model's own words, True for a quotation that stands in the source word for word, False for one that does not:
    then `span` is what is nearest to it, or where nothing is near, `passage` is NOWHERE and `number` 0.
    """

    start: int
    end: int
    number: int
    passage: int
    span: Span
    is_literal: bool | None = None
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer's citations, in its order. `markers` are stretches of it, each (start, end), that the model wrote as
    references of its own ("[1]"): they are not shown, because the chips stand for what was checked.
    """

    citations: tuple[Citation, ...] = ()
    markers: tuple[tuple[int, int], ...] = ()


NOT_CITED = Cited()
