"""OpenDocument text (odt): streamed out of the archive, with its styles looked up for headings and hidden letters.

Counts that a file gives for blanks and repeated cells are bounded. Text that was deleted with changes tracked and
comments are left out; footnotes follow their paragraph.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from app.documents.faults import Unreadable
from app.documents.parts import HiddenReason, Kind, PartName
from app.documents.reading.blocks import RawPart
from app.documents.reading.packed import Element, Package, events, release, whole_number
from app.documents.reading.sections import TINY_PT, Line, Marked, Sections, joined
from app.documents.reading.tables import Tables

_URN: Final = "{urn:oasis:names:tc:opendocument:xmlns:"
_TEXT, _TABLE, _STYLE = f"{_URN}text:1.0}}", f"{_URN}table:1.0}}", f"{_URN}style:1.0}}"
_OFFICE, _FO, _DRAW = f"{_URN}office:1.0}}", f"{_URN}xsl-fo-compatible:1.0}}", f"{_URN}drawing:1.0}}"
_P, _H, _ITEM, _NOTE = f"{_TEXT}p", f"{_TEXT}h", f"{_TEXT}list-item", f"{_TEXT}note"
_CHANGES, _COMMENT, _SECTION = f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}section"
_TBL, _ROW, _CELL = f"{_TABLE}table", f"{_TABLE}table-row", f"{_TABLE}table-cell"
_BOX: Final = f"{_DRAW}text-box"
_SKIPPED: Final = frozenset({_NOTE, _COMMENT, _BOX, f"{_TEXT}ruby-text"})
_WHITES: Final = frozenset({"#ffffff", "#fefefe", "#fdfdfd"})
_BLANKS_MAX, _DEPTH = 100, 12
_POINTS: Final = {"pt": 1.0, "in": 72.0, "cm": 28.35, "mm": 2.835, "px": 0.75}


def open_odt(data: bytes | BinaryIO, name: str) -> OdtReader:
    """Raises Unreadable."""
    del name
    return OdtReader(data if isinstance(data, bytes) else data.read())


class OdtReader:
    """The text in sections. Headers, footers, comments and pictures are left out."""

    kind: Kind = "odt"
    part_name: PartName = "section"

    def __init__(self, data: bytes) -> None:
        self._package = Package(data)
        if b"encryption-data" in (self._package.read("META-INF/manifest.xml") or b""):
            raise Unreadable("locked")
        if "content.xml" not in self._package.names:
            raise Unreadable("damaged")
        meta = self._package.xml("meta.xml")
        said = None if meta is None else meta.findtext(".//{http://purl.org/dc/elements/1.1/}title")
        self.title = " ".join((said or "").split())
        self._text: _Text | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        pictures = self._package.count("Pictures/")
        said = [f"pictures:{pictures}"] if pictures else []
        if self._text is not None:
            if self._text.comments:
                said.append(f"comments:{self._text.comments}")
            said += ["deleted_text"] if self._text.has_deleted else []
            said += ["repaired"] if self._text.is_broken else []
        return tuple(said)

    def count(self) -> int | None:
        return None

    def parts(self) -> Iterator[RawPart]:
        sections = Sections()
        self._text = _Text(self._package, sections)
        for _ in self._text.read():
            yield from sections.ready()
        self.title = self.title or self._text.title
        yield from sections.finish()


@dataclass(frozen=True, slots=True)
class _Look:
    """How letters are drawn: `size_pt` is 0 where nothing says it."""

    is_off: bool = False
    is_white: bool = False
    has_ground: bool = False
    size_pt: float = 0.0

    @property
    def hidden(self) -> HiddenReason | None:
        if self.is_off:
            return "attribute"
        if 0 < self.size_pt <= TINY_PT:
            return "tiny"
        return "white" if self.is_white and not self.has_ground else None


class _Styles:
    def __init__(self, root: Element | None) -> None:
        self._elements: dict[str, Element] = {}
        self._looks: dict[str, _Look] = {}
        for one in () if root is None else root.iter(f"{_STYLE}style"):
            self.learn(one)

    def learn(self, style: Element) -> None:
        self._elements[style.get(f"{_STYLE}name", "")] = style

    def over(self, look: _Look, name: str | None) -> _Look:
        """`look` with a named style's wishes laid over it."""
        if not name or name not in self._elements:
            return look
        own = self._own(name)
        return replace(
            look,
            is_off=look.is_off or own.is_off,
            is_white=look.is_white or own.is_white,
            has_ground=look.has_ground or own.has_ground,
            size_pt=own.size_pt or look.size_pt,
        )

    def title_name(self, name: str | None) -> bool:
        """Whether a paragraph style is the title's."""
        return any(one == "Title" for one in self._chain(name or ""))

    def _chain(self, name: str) -> list[str]:
        chain: list[str] = []
        while name in self._elements and len(chain) < _DEPTH:
            chain.append(name)
            name = self._elements[name].get(f"{_STYLE}parent-style-name", "")
        return chain

    def _own(self, name: str) -> _Look:
        if name not in self._looks:
            look = _Look()
            for one in reversed(self._chain(name)):
                for properties in self._elements[one]:
                    look = _with(look, properties)
            self._looks[name] = look
        return self._looks[name]


def _with(look: _Look, properties: Element) -> _Look:
    colour, ground = properties.get(f"{_FO}color"), properties.get(f"{_FO}background-color")
    size, display = properties.get(f"{_FO}font-size"), properties.get(f"{_TEXT}display")
    return _Look(
        is_off=look.is_off if display is None else display == "none",
        is_white=look.is_white if colour is None else colour.lower() in _WHITES,
        has_ground=look.has_ground or (ground or "transparent").lower() not in ("transparent", *_WHITES),
        size_pt=(_points(size) or look.size_pt) if size else look.size_pt,
    )


class _Text:
    """content.xml, paragraph by paragraph."""

    def __init__(self, package: Package, sections: Sections) -> None:
        self.title = ""
        self.comments = 0
        self.has_deleted = False
        self.is_broken = False
        self._package = package
        self._sections = sections
        self._styles = _Styles(package.xml("styles.xml"))
        self._open: dict[str, int] = dict.fromkeys((_CHANGES, _COMMENT, _NOTE, _ITEM, _BOX), 0)
        self._tables = Tables(sections)
        self._notes: list[Marked] = []
        self._is_first_of_item = False

    def read(self) -> Iterator[None]:
        """Give all of it to the sections, pausing at each paragraph and row."""
        starts = (*self._open, _TBL)
        ends = (*self._open, _TBL, _ROW, _CELL, f"{_TABLE}covered-table-cell", _P, _H, f"{_STYLE}style")
        has_begun = False
        try:
            with self._package.open("content.xml") as stream:
                for event, element in events(stream, starts=starts, ends=ends):
                    has_begun = True
                    if event == "start":
                        self._start(element.tag)
                    else:
                        self._end(element)
                    yield
        except Unreadable:
            if not has_begun:
                raise
            self.is_broken = True

    def _start(self, tag: str) -> None:
        if tag == _TBL:
            self._tables.begin()
            return
        self._open[tag] += 1
        self._is_first_of_item = tag == _ITEM
        self.comments += tag == _COMMENT
        self.has_deleted = self.has_deleted or tag == _CHANGES

    def _end(self, element: Element) -> None:
        tag = element.tag
        if tag in self._open:
            self._open[tag] -= 1
        elif tag == f"{_STYLE}style":
            self._styles.learn(element)
        elif tag in (_P, _H):
            self._end_paragraph(element)
        elif self._tables:
            self._end_of_table(element, tag)

    def _end_of_table(self, element: Element, tag: str) -> None:
        if tag == _ROW:
            self._tables.end_row()
            release(element, with_former=True)
        elif tag != _TBL:
            self._tables.end_cell(repeated=whole_number(element.get(f"{_TABLE}number-columns-repeated"), 1))
        elif self._tables.end():
            release(element, with_former=True)

    def _end_paragraph(self, element: Element) -> None:
        is_heading = element.tag == _H
        if self._open[_CHANGES] or self._open[_COMMENT]:
            release(element)
            return
        look = self._styles.over(_Look(), element.get(f"{_TEXT}style-name"))
        if self._open[_BOX] or self._tables:  # whose colour is not known
            look = replace(look, has_ground=True)
        if (
            next((one for one in element.iterancestors(_SECTION) if one.get(f"{_TEXT}display") == "none"), None)
            is not None
        ):
            look = replace(look, is_off=True)
        line = Line()
        self._gather(element, line, look)
        marked = line.taken()
        if self._open[_NOTE]:
            self._notes.append(marked)
            return
        if marked.text:
            self._add(element, marked, is_heading=is_heading)
        notes, self._notes = self._notes, []
        for note in notes:
            self._add_plain(note)
        parent = element.getparent()
        release(element, with_former=parent is not None and parent.tag == f"{_OFFICE}text")

    def _add(self, element: Element, marked: Marked, *, is_heading: bool) -> None:
        is_item = self._open[_ITEM] > 0 and not is_heading
        if is_item and self._is_first_of_item:
            marked = joined((Marked("•"), marked), " ")
        self._is_first_of_item = False
        if self._tables:
            self._tables.add(marked)
        elif is_heading:
            level = min(9, max(1, whole_number(element.get(f"{_TEXT}outline-level"), 1)))
            self._sections.add(marked, "heading", level=level)
        elif self._styles.title_name(element.get(f"{_TEXT}style-name")):
            self.title = self.title or " ".join(marked.text.split())
            self._sections.add(marked, "heading", level=1)
        else:
            self._sections.add(marked, is_item=is_item)

    def _add_plain(self, marked: Marked) -> None:
        if self._tables:
            self._tables.add(marked)
        else:
            self._sections.add(marked)

    def _gather(self, element: Element, line: Line, look: _Look) -> None:
        """The parser allows 256 elements within each other, so this may call itself."""
        line.add(element.text or "", look.hidden)
        for child in element:
            tag = child.tag
            if tag == f"{_TEXT}s":
                line.add(" " * min(_BLANKS_MAX, max(1, whole_number(child.get(f"{_TEXT}c"), 1))))
            elif tag == f"{_TEXT}tab":
                line.add("\t")
            elif tag == f"{_TEXT}line-break":
                line.end_line()
            elif tag == f"{_TEXT}hidden-text":
                line.add(child.get(f"{_TEXT}string-value") or "".join(child.itertext()), "attribute")
            elif tag == f"{_TEXT}hidden-paragraph":
                look = replace(look, is_off=True)
            elif tag not in _SKIPPED and isinstance(tag, str):
                self._gather(child, line, self._styles.over(look, child.get(f"{_TEXT}style-name")))
            line.add(child.tail or "", look.hidden)


def _points(size: str) -> float:
    try:
        return float(size[:-2]) * _POINTS.get(size[-2:], 0.0)
    except ValueError:
        return 0.0
