"""Documents to do something with: the real store and the real worker, and a reader that knows plain text alone.

What the parser child does with real files is tested beside it; here a file is what its bytes say: pages end with a
form feed, chunks with an empty line, a line "# so" is a heading, "TITLE so" at the beginning is known before the rest.
"FAIL" in a file fails it, "HOLD" waits for `gate`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.core import MIGRATIONS as CORE_MIGRATIONS
from app.documents import faults
from app.documents.embedding.embedder import Embedder
from app.documents.library import Library
from app.documents.parts import About, Chunk, Part, Span
from app.documents.reader import ReadWish, Source
from app.documents.store.schema import MIGRATIONS
from app.engine.stop import Stop
from app.errors import Cancelled
from app.storage.database import Database

KEY = bytes(range(32))
IDLE_S = 60.0


def open_database(path: Path) -> Database:
    migrations = {migration.number: migration for migration in (*CORE_MIGRATIONS, *MIGRATIONS)}
    return Database.open(path, KEY, migrations=tuple(migrations.values()))


class PlainReader:
    """`reader.read` for plain text. `read_names` tells which files were read, in order."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.is_holding = threading.Event()
        self.read_names: list[str] = []

    def __call__(
        self,
        source: Source,
        wish: ReadWish,
        *,
        on_parts: Callable[[Sequence[Part], Sequence[Chunk]], None],
        on_progress: Callable[[float], None],
        on_title: Callable[[str], None],
        stop: Stop,
    ) -> About:
        self.read_names.append(source.name)
        text = b"".join(source.pieces()).decode("utf-8")
        if "FAIL" in text:
            raise faults.of("damaged")
        number, title = 0, ""
        if text.startswith("TITLE "):
            title = text.splitlines()[0][6:]
            on_title(title)
        pages = text.split("\f")
        for place, page in enumerate(pages):
            chunks, number = _chunks(page, place, number)
            title = title or next((chunk.heading for chunk in chunks if chunk.heading), "")
            on_parts([Part(place, str(place + 1), page)], chunks)
            on_progress((place + 1) / len(pages))
            if "HOLD" in page:
                self.is_holding.set()
                while not self.gate.wait(0.01):
                    if stop.is_set:
                        raise Cancelled("Stopped.")
            if stop.is_set:
                raise Cancelled("Stopped.")
        return About("text", "page", title, len(pages), len(text), 0, 0)


def _chunks(page: str, place: int, number: int) -> tuple[list[Chunk], int]:
    made: list[Chunk] = []
    start, heading = 0, ""
    for paragraph in page.split("\n\n"):
        if paragraph.startswith("# "):
            heading = paragraph[2:]
        elif paragraph.strip():
            span = Span(place, start, place, start + len(paragraph))
            made.append(Chunk(number + len(made), span, heading, paragraph, len(paragraph.split())))
        start += len(paragraph) + 2
    return made, number + len(made)


class Shelf:
    """A library on a folder of its own. `open` is what a later start finds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / "files"
        self.files.mkdir(exist_ok=True)
        self.reader = PlainReader()
        self.embedder: Embedder | None = None
        self.older: Embedder | None = None
        self.database: Database
        self.library: Library
        self.open()

    def open(self, **wishes: Any) -> Library:  # Any: of Library's
        self.database = open_database(self.folder / "profile" / "paddock.db")
        self.library = Library(
            self.database,
            embedder=lambda: self.embedder,
            older_embedder=lambda model: self.older if self.older and self.older.model.id == model else None,
            read=self.reader,
            **{"scan_every_s": 3600.0} | wishes,
        )
        return self.library

    def close(self) -> None:
        self.library.close()
        self.database.close()

    def write(self, name: str, text: str) -> Path:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def add(self, **texts: str) -> tuple[str, ...]:
        """Files by name without ending; read when this returns. Their ids."""
        paths = [self.write(f"{name}.txt", text) for name, text in texts.items()]
        added = self.library.add_files(paths)
        self.work()
        return tuple(document.id for document in added)

    def work(self) -> None:
        """Until nothing is left to be done."""
        self.library.start()
        assert self.library.wait_until_idle(IDLE_S), "still at work"

    def look(self) -> None:
        """At the folders, and do what follows from it."""
        self.library.look_now()
        self.work()

    def names(self, query: str, **wishes: Any) -> list[str]:  # Any: of search's
        """Of the documents that are found, the best first."""
        return [passage.document_name for passage in self.library.search(query, **wishes)]


@contextmanager
def full_disk() -> Iterator[None]:
    """Nothing that this process writes comes to a file."""
    resource = pytest.importorskip("resource")  # POSIX
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def stuck_while_reading(shelf: Shelf, name: str, text: str) -> str:
    """The id of a file whose reading a full disk ended, and which could not be noted to wait again; there is room now,
    but the next try has not come.
    """
    (document,) = shelf.library.add_files([shelf.write(name, f"{text}HOLD")])
    shelf.library.start()
    assert shelf.reader.is_holding.wait(IDLE_S)
    with full_disk():
        shelf.reader.gate.set()
        assert shelf.library.wait_until_idle(IDLE_S)
    return document.id


def shelf(folder: Path) -> Iterator[Shelf]:
    made = Shelf(folder)
    yield made
    made.reader.gate.set()
    made.close()
