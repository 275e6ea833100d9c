"""A viewer over a real profile, with the real reader and the real parser child."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.documents import reader
from app.documents.parts import Picture, Span
from app.documents.reader import Pages, Source
from app.documents.records import Document
from app.ui.bridge import Bridge
from app.ui.documents.viewer.pane import Pane
from app.ui.documents.viewer.viewer import Viewer
from app.ui.theme import Theme
from tests.documents.pdfs import Sheet, pdf
from tests.documents.plainly import Shelf

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

    def wait_for_text(self, words: str) -> None:
        self.wait(lambda: words in self.pane.text.toPlainText())


def lines(number: int) -> list[str]:
    return [f"Line {n} of leaf {number + 1} goes on." for n in range(40)]


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Desk]:
    shelf = Shelf(tmp_path)
    shelf.close()
    shelf.reader = reader.read  # type: ignore[assignment]  # the real one
    shelf.open()
    asked: list[tuple[int, int]] = []
    ended: list[str] = []

    def opener(source: Source) -> Pages:
        made = type("Opened", (CountedPages,), {"asked": asked, "ended": ended})(source)
        assert isinstance(made, Pages)
        return made

    bridge = Bridge()
    viewer = Viewer(theme, bridge, shelf.library, None, opener=opener)
    viewer.resize(700, 800)
    qtbot.addWidget(viewer)
    yield Desk(viewer, shelf, qtbot, theme, asked, ended)
    viewer.close()
    assert bridge.close(20)
    shelf.library.close()
    shelf.database.close()
