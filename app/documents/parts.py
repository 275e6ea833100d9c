"""What reading a file gives: its parts with their text, and the chunks that the index is made of.

Offsets count characters of `Part.text` (Python's, half open). Of a PDF's page they are PDFium's own character
indices, so that a span of the text has its rectangles on the page.
"""

from __future__ import annotations

from typing import Literal

from app.frozen import dataclass

Kind = Literal[
    "pdf",
    "docx",
    "pptx",
    "sheet",  # xlsx, xls, ods
    "odt",
    "epub",
    "html",
    "markdown",
    "text",
    "rtf",
    "csv",
    "mail",  # one message
    "mbox",
    "json",
    "code",
]
PartName = Literal["page", "slide", "sheet", "chapter", "mail", "section", "rows"]
"""What a part of such a file is to a person. A "section" is a stretch of a file that has no parts of its own."""

HiddenReason = Literal["white", "tiny", "off_page", "invisible", "attribute"]


@dataclass(frozen=True, slots=True)
class Hidden:
    """A stretch of a part's text that a person who looks at the page would not see."""

    start: int
    end: int
    reason: HiddenReason


@dataclass(frozen=True, slots=True)
class Part:
    """A page, slide, sheet, mail or chapter; `number` counts from 0. `label` is what is printed ("iv", "Sheet1")."""

    number: int
    label: str
    text: str
    hidden: tuple[Hidden, ...] = ()
    is_scan: bool = False  # a picture of a page, with no or almost no text of its own
    places: bytes = b""  # where recognised words stand (`reading.places`); empty for text that the file has itself


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` in part `first` to `end` in part `last`; mostly both are the same part."""

    first: int
    start: int
    last: int
    end: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch that is searched and quoted as one. `heading` is the path to it ("Rights › Of the buyer"), or empty.

    `text` is what the span covers; `tokens` estimates it in the embedding model's tokens.
    """

    number: int  # within the document, from 0
    span: Span
    heading: str
    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a file when all of it was read."""

    kind: Kind
    part_name: PartName
    title: str  # what it calls itself; empty if it does not
    parts: int
    characters: int
    scans: int  # parts that are pictures without text
    hidden: int  # stretches that a person would not see
    notes: tuple[str, ...] = ()  # sentences: what was left out, and why


@dataclass(frozen=True, slots=True)
class Rectangle:
    """On a page, in fractions of its width and height from the top left corner: 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a part's text, and where it stands on the page."""

    start: int
    end: int
    box: Rectangle


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as pixels: RGB, 8 bits each, rows without padding; and where the asked span stands on it."""

    width: int
    height: int
    rgb: bytes
    rectangles: tuple[Rectangle, ...]
