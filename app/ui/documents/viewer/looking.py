"""What the viewer asks the library for, off the window's thread; answers that came too late are dropped."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

from PySide6.QtCore import QObject, Signal

from app.documents.citing.quotes import find_quote
from app.documents.faults import DocumentFault
from app.documents.library import Library
from app.documents.parts import Part, Span
from app.documents.records import Document, Scope
from app.errors import PaddockError
from app.frozen import dataclass
from app.text import _
from app.ui.bridge import Bridge, nothing

MOST_HITS = 999
_NEAR = 5  # passages that are offered where the words themselves are nowhere


@dataclass(frozen=True, slots=True)
class Opened:
    """A document and what is marked in it, if anything is; `label` is that of the part to begin with."""

    document: Document
    span: Span | None
    label: str = ""


@dataclass(frozen=True, slots=True)
class PartCame:
    """A part that was asked for, and which document it is of."""

    document_id: str
    part: Part


@dataclass(frozen=True, slots=True)
class Hits:
    """Where the words stand, in order; with `is_near` only what comes near to them in meaning, the best first."""

    words: str
    spans: tuple[Span, ...]
    is_near: bool = False


@dataclass(frozen=True, slots=True)
class Copied:
    """The words of a span, in one line where the document's lines are those of its paper."""

    text: str
    part: int
    label: str
    has_source: bool


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What the library now says of a document; None where it is gone."""

    document_id: str
    document: Document | None


class Looking(QObject):
    """Of one document at a time."""

    opened = Signal(object)  # Opened
    open_failed = Signal(object)  # PaddockError
    part_came = Signal(object)  # PartCame
    part_failed = Signal(object)  # PaddockError
    found = Signal(object)  # Hits
    copied = Signal(object)  # Copied
    refreshed = Signal(object)  # Refreshed
    label_found = Signal(object)  # int, the part that was typed; -1 for none

    def __init__(self, bridge: Bridge, library: Library, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._library = library
        self._opening = 0
        self._search = threading.Event()  # set when what it stands for is not wanted any more

    def open(self, document_id: str, span: Span | None, words: str) -> None:
        self._opening += 1
        number, library = self._opening, self._library

        def done(opened: Opened) -> None:
            if number == self._opening:
                self.opened.emit(opened)

        def failed(error: PaddockError) -> None:
            if number == self._opening:
                self.open_failed.emit(error)

        self._bridge.run(lambda: _open(library, document_id, span, words), done, failed)

    def leave(self) -> None:
        """Nothing that is on its way is wanted."""
        self._opening += 1
        self._search.set()

    def ask_part(self, document_id: str, number: int) -> None:
        library = self._library
        self._bridge.run(
            lambda: PartCame(document_id, library.part(document_id, number)), self.part_came.emit, self._on_part_failed
        )

    def _on_part_failed(self, error: PaddockError) -> None:
        self.part_failed.emit(error)

    def refresh(self, document_id: str) -> None:
        library = self._library
        self._bridge.run(
            lambda: Refreshed(document_id, next(iter(library.documents(ids=[document_id])), None)),
            self.refreshed.emit,
            nothing,
        )

    def find(self, document_id: str, words: str) -> None:
        """Instead of what was looked for before."""
        self._search.set()
        self._search = over = threading.Event()
        library = self._library

        def done(hits: Hits) -> None:
            if not over.is_set():
                self.found.emit(hits)

        self._bridge.run(lambda: _find(library, document_id, words, over), done, nothing)

    def copy(self, document: Document, span: Span, *, has_source: bool) -> None:
        library = self._library
        self._bridge.run(lambda: _copied(library, document, span, has_source), self.copied.emit, nothing)

    def find_label(self, document_id: str, label: str) -> None:
        library = self._library
        self._bridge.run(lambda: _labelled(library.parts_of(document_id), label), self.label_found.emit, nothing)


def _open(library: Library, document_id: str, span: Span | None, words: str) -> Opened:
    """With `words`, only they are marked, where they stand in the span. Raises DocumentFault."""
    found = library.documents(ids=[document_id])
    if not found:
        raise DocumentFault(
            "gone", _("This document is not in Paddock any more."), _("To see it again, add its file once more.")
        )
    document = found[0]
    if not document.parts:
        return Opened(document, span)
    part = library.part(document_id, min(0 if span is None else span.first, document.parts - 1))
    if words and span is not None and span.first == span.last == part.number:
        place = find_quote(words, part.text[span.start : span.end])
        if place is not None:
            span = Span(span.first, span.start + place[0], span.last, span.start + place[1])
    return Opened(document, span, part.label)


def _find(library: Library, document_id: str, words: str, over: threading.Event) -> Hits:
    # White space in a page's text is where its lines end; the words go on.
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words.split()), re.IGNORECASE)
    spans: list[Span] = []
    for part in library.parts_of(document_id):
        if over.is_set() or len(spans) >= MOST_HITS:
            break
        spans += [Span(part.number, at.start(), part.number, at.end()) for at in pattern.finditer(part.text)]
    if spans or over.is_set():
        return Hits(words, tuple(spans[:MOST_HITS]))
    near = library.search(words, Scope((document_id,)), limit=_NEAR)
    return Hits(words, tuple(passage.span for passage in near), is_near=True)


def _copied(library: Library, document: Document, span: Span, has_source: bool) -> Copied:
    pieces, label = [], ""
    for number in range(span.first, span.last + 1):
        part = library.part(document.id, number)
        start = span.start if number == span.first else 0
        end = span.end if number == span.last else len(part.text)
        pieces.append(part.text[start:end])
        label = label or part.label
    text = "\n".join(pieces)
    return Copied(one_line(text) if document.kind == "pdf" else text, span.first, label, has_source)


def one_line(text: str) -> str:
    """Words of a page without the ends of its lines, and without the hyphens that are the layout's own."""
    return " ".join(re.sub(r"[\u0002\ufffe\u00ad]\s*", "", text).split())


def _labelled(parts: Iterator[Part], typed: str) -> int:
    """The part with this label, else the one with this number; -1 for none."""
    wanted, last = typed.strip().casefold(), -1
    for part in parts:
        if part.label.strip().casefold() == wanted:
            return part.number
        last = part.number
    digits = "".join(filter(str.isdigit, typed))
    return min(max(1, int(digits)) - 1, last) if digits and len(digits) < 10 else -1
