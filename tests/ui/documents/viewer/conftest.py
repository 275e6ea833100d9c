"""A viewer over a real profile, with the real reader and the real parser child."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

from app.documents import reader
from app.documents.library import Library
from app.documents.parts import About, Chunk, Part, Picture, Span
from app.documents.reader import BytesSource, OnParts, Pages, ReadWish, Source
from app.documents.reading.places import packed
from app.documents.records import Document
from app.ui.bridge import Bridge
from app.ui.documents.viewer.pane import Pane
from app.ui.documents.viewer.paper import mark_rect
from app.ui.documents.viewer.viewer import Viewer
from app.ui.theme import Theme
from tests.documents.pdfs import Sheet, pdf
from tests.documents.plainly import Shelf
from tests.documents.reading_files import read_bytes
from tests.documents.scans import bound, scan_of

WAIT_MS = 20_000


class CountedPages(Pages):
    """The real child; `asked` are the pages that it drew, `ended` how many of them were closed."""

    asked: list[tuple[int, int]]
    ended: list[str]

    def picture(self, part: int, *, width_px: int, span: Span | None = None) -> Picture:
        self.asked.append((part, width_px))
        return super().picture(part, width_px=width_px, span=span)

    def close(self) -> None:
        super().close()
        self.ended.append(type(self).__name__)


@dataclass
class Desk:
    """What the tests work with. `asked`: (page, pixels) in the order in which pictures were made."""

    viewer: Viewer
    shelf: Shelf
    qtbot: QtBot
    theme: Theme
    asked: list[tuple[int, int]]
    ended: list[str]
    recognised: dict[str, Part]

    @property
    def pane(self) -> Pane:
        return self.viewer.pane

    def add(self, name: str, data: bytes | str) -> Document:
        path = self.shelf.files / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        (added,) = self.shelf.library.add_files([path])
        self.shelf.work()
        (document,) = self.shelf.library.documents(ids=[added.id])
        return document

    def add_pages(self, count: int, name: str = "policy.pdf") -> Document:
        sheets = [Sheet().lines(60, 780, [f"This is leaf {n + 1}.", *lines(n)]) for n in range(count)]
        return self.add(name, pdf(sheets))

    def add_scan(self, source: bytes, name: str = "scan.pdf") -> Document:
        """A picture of the first page of a PDF, with its words recognised where they stand."""
        with Pages(BytesSource(name, source)) as pages:
            found = pages.words(0)
        text = read_bytes(name, source).parts[0].text
        self.recognised[name] = Part(0, "1", text, places=packed(found))
        return self.add(name, bound([scan_of(source, dots_per_inch=100)]))

    def span(self, document: Document, words: str, page: int = 0) -> Span:
        text = self.shelf.library.part(document.id, page).text
        start = text.index(words)
        return Span(page, start, page, start + len(words))

    def wait(self, holds: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(holds, timeout=WAIT_MS)

    def wait_for_page(self, page: int) -> None:
        """Until it is drawn, with its marks."""
        pictures = self.pane.pages.pictures
        self.wait(lambda: pictures.image(page) is not None and pictures.marks(page) is not None)

    def wait_for_words(self, page: int) -> None:
        self.wait(lambda: bool(self.pane.pages.pictures.words(page)))

    def place_of(self, document: Document, words: str, page: int = 0) -> QRectF:
        """Where the first of these words is in the view of the pages."""
        span, pages = self.span(document, words, page), self.pane.pages
        box = next(word.box for word in pages.pictures.words(page) if word.start <= span.start < word.end)
        return mark_rect(pages.place_of(page), box)

    def wait_for_text(self, words: str) -> None:
        self.wait(lambda: words in self.pane.text.toPlainText())


def lines(number: int) -> list[str]:
    return [f"Line {n} of leaf {number + 1} goes on." for n in range(40)]


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Desk]:
    shelf = Shelf(tmp_path)
    shelf.close()
    recognised: dict[str, Part] = {}

    def read(source: Source, wish: ReadWish, *, on_parts: OnParts, **rest: Any) -> About:  # Any: as they are
        """The real one; pages of scans as recognition would have given them."""

        def take(parts: Sequence[Part], chunks: Sequence[Chunk]) -> None:
            on_parts([recognised.get(source.name, part) for part in parts], chunks)

        return reader.read(source, wish, on_parts=take, **rest)

    shelf.reader = read  # type: ignore[assignment]  # instead of the one for plain text
    shelf.open()
    asked: list[tuple[int, int]] = []
    ended: list[str] = []

    def opener(library: Library, document_id: str) -> Pages:
        source = library.source(document_id)
        made = type("Opened", (CountedPages,), {"asked": asked, "ended": ended})(source)
        assert isinstance(made, Pages)
        return made

    bridge = Bridge()
    viewer = Viewer(theme, bridge, shelf.library, None, opener=opener)
    viewer.resize(700, 800)
    qtbot.addWidget(viewer)
    yield Desk(viewer, shelf, qtbot, theme, asked, ended, recognised)
    viewer.close()
    assert bridge.close(20)
    shelf.library.close()
    shelf.database.close()
