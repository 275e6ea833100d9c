"""Reading a file through the real child, for tests: everything that it says in one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.documents.parts import About, Chunk, Part
from app.documents.reader import BytesSource, FileSource, ReadWish, Source, read
from app.engine.stop import Stop

WISH = ReadWish()


@dataclass(frozen=True, slots=True)
class Reading:
    about: About
    parts: tuple[Part, ...]
    chunks: tuple[Chunk, ...]
    fractions: tuple[float, ...]
    titles: tuple[tuple[str, int], ...] = ()  # that were said, and how many parts were there by then

    @property
    def text(self) -> str:
        return "\n".join(part.text for part in self.parts)

    @property
    def hidden(self) -> set[tuple[str, str]]:
        """(reason, the words)."""
        return {(h.reason, part.text[h.start : h.end]) for part in self.parts for h in part.hidden}


def read_bytes(name: str, data: bytes, wish: ReadWish = WISH) -> Reading:
    return read_source(BytesSource(name, data), wish)


def read_file(path: Path, wish: ReadWish = WISH) -> Reading:
    return read_source(FileSource(path), wish)


def read_source(source: Source, wish: ReadWish = WISH) -> Reading:
    parts: list[Part] = []
    chunks: list[Chunk] = []
    fractions: list[float] = []
    titles: list[tuple[str, int]] = []

    def take(new_parts: Sequence[Part], new_chunks: Sequence[Chunk]) -> None:
        parts.extend(new_parts)
        chunks.extend(new_chunks)

    def take_title(title: str) -> None:
        titles.append((title, len(parts)))

    about = read(source, wish, on_parts=take, on_progress=fractions.append, on_title=take_title, stop=Stop())
    return Reading(about, tuple(parts), tuple(chunks), tuple(fractions), tuple(titles))
