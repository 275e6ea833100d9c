"""EPUB: the chapters in the order of its spine, each read as the page that it is."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import BinaryIO, Final

from app.documents.faults import Unreadable
from app.documents.parts import Kind, PartName
from app.documents.reading.blocks import RawPart
from app.documents.reading.html import Page, decoded
from app.documents.reading.packed import Element, Package, resolved
from app.documents.reading.sections import Sections

CHAPTER_CHARACTERS: Final = 40_000  # a chapter that is longer is several parts of one name
_SPINE_MAX: Final = 2_000
_CONTAINER: Final = "META-INF/container.xml"
_LOCKS: Final = "META-INF/encryption.xml"
_PAGES: Final = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")


def open_epub(data: bytes | BinaryIO, name: str) -> EpubReader:
    """Raises Unreadable."""
    del name
    return EpubReader(data if isinstance(data, bytes) else data.read())


class EpubReader:
    """A book by its chapters. A chapter that is missing or broken is left out and counted."""

    kind: Kind = "epub"
    part_name: PartName = "chapter"

    def __init__(self, data: bytes) -> None:
        self._package = Package(data)
        book = self._book_name()
        root = self._package.xml(book)
        if root is None:
            raise Unreadable("damaged")
        folder = posixpath.dirname(book)
        items = {str(one.get("id", "")): one for one in root.iter("{*}item")}
        self.title = " ".join((root.findtext(".//{*}title") or "").split())
        self._chapters = [
            resolved(folder, items[one.get("idref", "")].get("href", ""))
            for one in root.iter("{*}itemref")
            if one.get("idref", "") in items and items[one.get("idref", "")].get("media-type") in _PAGES
        ][:_SPINE_MAX]
        self._require_open()
        self._labels = self._read_labels(folder, list(items.values()))
        self._broken = 0

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"broken_parts:{self._broken}",) if self._broken else ()

    def count(self) -> int | None:
        return None  # a long chapter is several parts

    def parts(self) -> Iterator[RawPart]:
        sections = Sections(label="", characters=CHAPTER_CHARACTERS)
        for number, name in enumerate(self._chapters, 1):
            data = self._read(name)
            if data is None:
                self._broken += 1
                continue
            sections.begin(self._labels.get(name, "") or str(number))
            for _ in Page(decoded(data)[0], sections).read():
                yield from sections.ready()
            yield from sections.finish()
        if self._broken == len(self._chapters):
            raise Unreadable("damaged")

    def _book_name(self) -> str:
        """Where the book says what is in it; by its ending if the container does not say."""
        root = self._package.xml(_CONTAINER)
        said = [] if root is None else [one.get("full-path", "") for one in root.iter("{*}rootfile")]
        found = [name for name in (*said, *sorted(self._package.names)) if name.endswith(".opf")]
        if not found:
            raise Unreadable("damaged")
        return str(found[0])

    def _require_open(self) -> None:
        """Fonts may be scrambled in any book; chapters that are belong to a shop."""
        root = self._package.xml(_LOCKS)
        locked = (
            set() if root is None else {resolved("", one.get("URI", "")) for one in root.iter("{*}CipherReference")}
        )
        if locked.intersection(self._chapters):
            raise Unreadable("locked")

    def _read_labels(self, folder: str, items: list[Element]) -> dict[str, str]:
        """Chapters' names out of its table of contents: the navigation page of EPUB 3, the NCX of EPUB 2."""
        labels: dict[str, str] = {}
        for item in items:
            is_page = "nav" in item.get("properties", "").split()
            if not is_page and item.get("media-type") != "application/x-dtbncx+xml":
                continue
            name = resolved(folder, item.get("href", ""))
            root = self._package.xml(name)
            inside = posixpath.dirname(name)
            for one in () if root is None else root.iter("{*}a" if is_page else "{*}navPoint"):
                target = one.get("href", "") if is_page else _source(one)
                text = "".join(one.itertext()) if is_page else (one.findtext("{*}navLabel/{*}text") or "")
                labels.setdefault(resolved(inside, target), " ".join(text.split()))
        return labels

    def _read(self, name: str) -> bytes | None:
        try:
            return self._package.read(name)
        except Unreadable:
            return None


def _source(point: Element) -> str:
    content = point.find("{*}content")
    return "" if content is None else str(content.get("src", ""))
