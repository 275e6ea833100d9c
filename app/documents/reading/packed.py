"""Packed files: their members by name, and XML out of them without entities, external parts or more than fits.

`archives.check_zip` came first: nothing here unpacks to more than it allows.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import IO, Any, Final
from urllib.parse import unquote

from lxml import etree  # type: ignore[import-untyped]  # it has no types

from app.documents.faults import Unreadable
from app.documents.reading.limits import MB

XML_BYTES: Final = 48 * MB  # of a member that is held as a whole: ten times that as a tree
_RELATION: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_TITLE: Final = "{http://purl.org/dc/elements/1.1/}title"

Element = Any  # lxml has no types


class Package:
    """An open archive. Raises Unreadable."""

    def __init__(self, data: bytes) -> None:
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as fault:
            raise Unreadable("damaged") from fault
        self.names = frozenset(self._archive.namelist())

    def open(self, name: str) -> IO[bytes]:
        """A member as a stream. Raises Unreadable where there is none."""
        try:
            return self._archive.open(name)
        except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as fault:
            raise Unreadable("damaged") from fault

    def read(self, name: str, limit_bytes: int = XML_BYTES) -> bytes | None:
        """A member as a whole; None where there is none. Raises Unreadable where it is too large."""
        if name not in self.names:
            return None
        with self.open(name) as stream:
            data = stream.read(limit_bytes + 1)
        if len(data) > limit_bytes:
            raise Unreadable("too_large")
        return data

    def xml(self, name: str) -> Element | None:
        """A member as a tree; None where there is none, or none that is well-formed."""
        data = self.read(name)
        return None if data is None else tree(data)

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """What a member of an Office file refers to within the archive: (last word of the type, name), by id."""
        folder, base = posixpath.split(name)
        root = self.xml(posixpath.join(folder, "_rels", f"{base}.rels"))
        found: dict[str, tuple[str, str]] = {}
        for one in () if root is None else root.iter(_RELATION):
            if one.get("TargetMode") != "External":
                kind = one.get("Type", "").rpartition("/")[2]
                found[one.get("Id", "")] = (kind, resolved(folder, one.get("Target", "")))
        return found

    def count(self, *folders: str) -> int:
        """How many members there are in these folders."""
        return sum(name.startswith(folders) and not name.endswith("/") for name in self.names)

    def core_title(self) -> str:
        """What an Office file says its title is."""
        root = self.xml("docProps/core.xml")
        return "" if root is None else " ".join((root.findtext(f".//{_TITLE}") or "").split())


def resolved(folder: str, untrusted_target: str) -> str:
    """The name of the member that a reference in `folder` leads to."""
    target = unquote(untrusted_target.partition("#")[0])
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def tree(data: bytes) -> Element | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def events(stream: IO[bytes], *, starts: tuple[str, ...], ends: tuple[str, ...]) -> Iterator[tuple[str, Element]]:
    """("start" or "end", element) of these tags, in order. Raises Unreadable where the XML breaks off or has entities.

    The tree grows with what the caller does not `release`.
    """
    parser = etree.iterparse(
        stream,
        events=("start", "end"),
        tag=tuple({*starts, *ends}),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    first, last = frozenset(starts), frozenset(ends)
    try:
        for event, element in parser:
            if element.tag in (first if event == "start" else last):
                yield event, element
    except (etree.XMLSyntaxError, zipfile.BadZipFile, EOFError) as fault:
        raise Unreadable("damaged") from fault


def release(element: Element, *, with_former: bool = False) -> None:
    """Forget what stands in an element that was read, and the siblings before it."""
    element.clear(keep_tail=True)
    if with_former:
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]


def whole_number(text: str | None, otherwise: int = 0) -> int:
    """Of an attribute, which may say anything."""
    try:
        return int(text or otherwise)
    except ValueError:
        return otherwise
