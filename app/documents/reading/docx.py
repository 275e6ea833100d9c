"""Word files (docx): the text as it streams out of the archive, never a whole tree of it.

python-docx builds the tree of everything first (600 MB of XML in a file of 1.4 MB held it for a minute); here a
paragraph is forgotten when it was read. Text that was deleted with changes tracked is left out, footnotes follow their
paragraph, numbers of lists and headings are counted as Word does (`numbering`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from app.documents.faults import Unreadable
from app.documents.parts import HiddenReason, Kind, PartName
from app.documents.reading.blocks import RawPart
from app.documents.reading.docx_styles import DRAWN, Style, Styles, W, value
from app.documents.reading.numbering import Numbering
from app.documents.reading.packed import Element, Package, events, release
from app.documents.reading.sections import Line, Marked, Sections, joined
from app.documents.reading.tables import Tables

_MATH: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_P, _TBL, _TR, _TC = f"{W}p", f"{W}tbl", f"{W}tr", f"{W}tc"
_LEFT_OUT: Final = frozenset({f"{W}del", f"{W}moveFrom"})
_SKIPPED: Final = frozenset({f"{W}pPr", f"{W}rPr", f"{W}sdtPr", _FALLBACK, f"{W}txbxContent", f"{W}rt"})
_MARKS: Final = {f"{W}tab": "\t", f"{W}noBreakHyphen": "-", f"{W}ptab": "\t"}
_NOTES: Final = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_NOTE_CHARACTERS: Final = 20_000_000
_SUPERSCRIPT: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def open_docx(data: bytes | BinaryIO, name: str) -> DocxReader:
    """Raises Unreadable."""
    del name
    return DocxReader(data if isinstance(data, bytes) else data.read())


class DocxReader:
    """The main text in sections. Headers, footers, comments and pictures are left out."""

    kind: Kind = "docx"
    part_name: PartName = "section"

    def __init__(self, data: bytes) -> None:
        self._package = Package(data)
        relations = self._package.relations("")
        found = (target for kind, target in relations.values() if kind == "officeDocument")
        self._main = next(found, "word/document.xml")
        if self._main not in self._package.names:
            raise Unreadable("damaged")
        self.title = self._package.core_title()
        self._text: _Text | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        pictures = self._package.count("word/media/")
        embedded = self._package.count("word/embeddings/")
        comments = _count(self._package, "word/comments.xml", f"{W}comment")
        counted = (("pictures", pictures), ("embedded", embedded), ("comments", comments))
        said = [f"{name}:{count}" for name, count in counted if count]
        if self._text is not None and self._text.has_deleted:
            said.append("deleted_text")
        if self._text is not None and self._text.is_broken:
            said.append("repaired")
        return tuple(said)

    def count(self) -> int | None:
        return None

    def parts(self) -> Iterator[RawPart]:
        sections = Sections()
        self._text = _Text(self._package, self._main, sections)
        for _ in self._text.read():
            yield from sections.ready()
        self.title = self.title or self._text.title
        yield from sections.finish()


class _Text:
    """The main member, paragraph by paragraph."""

    def __init__(self, package: Package, main: str, sections: Sections) -> None:
        self.title = ""
        self.has_deleted = False
        self.is_broken = False
        self._package = package
        self._main = main
        self._sections = sections
        self._styles = Styles(package.xml("word/styles.xml"))
        self._numbering = Numbering(package.xml("word/numbering.xml"))
        self._tables = Tables(sections)
        self._is_coloured = False  # the page itself
        self._notes = {name: self._read_notes(f"word/{name}.xml") for name in ("footnotes", "endnotes")}

    def read(self) -> Iterator[None]:
        """Give all of it to the sections, pausing at each paragraph and row."""
        has_begun = False
        tags = (_P, _TBL, _TR, _TC)
        try:
            with self._package.open(self._main) as stream:
                for event, element in events(stream, starts=(_TBL, f"{W}background"), ends=tags):
                    has_begun = True
                    if event == "start":
                        self._start(element)
                    else:
                        self._end(element)
                    yield
        except Unreadable:
            if not has_begun:
                raise
            self.is_broken = True

    def _start(self, element: Element) -> None:
        if element.tag == _TBL:
            self._tables.begin()
        else:
            self._is_coloured = True

    def _end(self, element: Element) -> None:
        if element.tag == _P:
            self._end_paragraph(element)
        elif not self._tables:
            return
        elif element.tag == _TC:
            self._tables.end_cell()
        elif element.tag == _TR:
            self._tables.end_row()
            release(element, with_former=True)
        elif self._tables.end():
            release(element, with_former=True)

    def _end_paragraph(self, paragraph: Element) -> None:
        if next(paragraph.iterancestors(_FALLBACK), None) is not None:
            return
        style = self._styles.of_paragraph(paragraph)
        line = Line()
        notes: list[tuple[str, str]] = []
        has_ground = self._is_coloured or bool(self._tables) or style.has_ground or _is_boxed(paragraph)
        self._gather(paragraph, line, style, notes, has_ground=has_ground)
        marked = line.taken()
        if marked.text:
            self._add(paragraph, style, marked)
        for kind, number in notes:
            if note := self._notes[kind].get(number, ""):
                self._place(Marked(f"{number.translate(_SUPERSCRIPT)} {note}"))
        is_top = paragraph.getparent() is not None and paragraph.getparent().tag == f"{W}body"
        release(paragraph, with_former=is_top)

    def _add(self, paragraph: Element, style: Style, marked: Marked) -> None:
        number = self._numbering.of_paragraph(paragraph, style)
        if number:
            marked = joined((Marked(number), marked), " ")
        if self._tables:
            self._tables.add(marked)
        elif style.level:
            if style.is_title:
                self.title = self.title or " ".join(marked.text.split())
            self._sections.add(marked, "heading", level=style.level)
        else:
            self._sections.add(marked, is_item=bool(number))

    def _place(self, marked: Marked) -> None:
        if self._tables:
            self._tables.add(marked)
        else:
            self._sections.add(marked)

    def _gather(
        self, element: Element, line: Line, style: Style, notes: list[tuple[str, str]], *, has_ground: bool
    ) -> None:
        """The runs in an element. The parser allows 256 elements within each other, so this may call itself."""
        hidden: HiddenReason | None = None
        if element.tag == f"{W}r":
            hidden = self._styles.hidden(element, style, has_ground=has_ground)
        for child in element:
            tag = child.tag
            if tag in _SKIPPED:
                continue
            if tag in _LEFT_OUT:
                self.has_deleted = True
            elif tag in (f"{W}t", _MATH):
                line.add(child.text or "", hidden)
            elif tag in _MARKS:
                line.add(_MARKS[tag])
            elif tag in (f"{W}br", f"{W}cr"):
                line.end_line()
            elif tag in _NOTES:
                notes.append((_NOTES[tag], value(child, "id")))
            elif len(child):
                self._gather(child, line, style, notes, has_ground=has_ground)

    def _read_notes(self, member: str) -> dict[str, str]:
        """Texts of footnotes by their id."""
        found: dict[str, str] = {}
        if member not in self._package.names:
            return found
        tags = (f"{W}footnote", f"{W}endnote")
        characters = 0
        try:
            with self._package.open(member) as stream:
                for _event, element in events(stream, starts=(), ends=tags):
                    text = " ".join("".join(one.text or "" for one in element.iter(f"{W}t")).split())
                    characters += len(text)
                    if characters > _NOTE_CHARACTERS:
                        break
                    found[value(element, "id")] = text
                    release(element, with_former=True)
        except Unreadable:
            self.is_broken = True
        return found


def _is_boxed(paragraph: Element) -> bool:
    """Whether it stands in a drawn box, whose colour is not known."""
    return next(paragraph.iterancestors(*DRAWN), None) is not None


def _count(package: Package, member: str, tag: str) -> int:
    root = package.xml(member)
    return 0 if root is None else sum(1 for _ in root.iter(tag))
