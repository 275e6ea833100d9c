"""PowerPoint files (pptx): a part for each slide in the order of the show, its title as heading, its notes at the end.

Hidden slides and shapes, letters too small to see and boxes beside the slide are reported. White letters are not:
slides have backgrounds of any colour.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from app.documents.faults import Unreadable
from app.documents.parts import HiddenReason, Kind, PartName
from app.documents.reading.blocks import RawPart
from app.documents.reading.packed import Element, Package, whole_number
from app.documents.reading.sections import TINY_PT, Line, Marked, Sections, joined, row_of

SLIDE_CHARACTERS: Final = 40_000
_A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P: Final = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MAIN: Final = "ppt/presentation.xml"
_TITLES: Final = frozenset({"title", "ctrTitle"})
_NO_TEXT: Final = frozenset({"sldNum", "dt", "ftr", "hdr", "sldImg"})
_SHAPES: Final = (f"{_P}sp", f"{_P}grpSp", f"{_P}graphicFrame", f"{_P}cxnSp", f"{_P}pic")
_DEPTH: Final = 40  # groups within groups


def open_pptx(data: bytes | BinaryIO, name: str) -> PptxReader:
    """Raises Unreadable."""
    del name
    return PptxReader(data if isinstance(data, bytes) else data.read())


class PptxReader:
    """Slide by slide; holds one of them. A slide that is broken becomes an empty part, and is counted."""

    kind: Kind = "pptx"
    part_name: PartName = "slide"

    def __init__(self, data: bytes) -> None:
        self._package = Package(data)
        root = self._package.xml(_MAIN)
        if root is None:
            raise Unreadable("damaged")
        relations = self._package.relations(_MAIN)
        listed = [one.get(f"{_R}id", "") for one in root.iter(f"{_P}sldId")]
        self._slides = [relations[one][1] for one in listed if one in relations]
        size = root.find(f"{_P}sldSz")
        self._size = (0, 0) if size is None else (whole_number(size.get("cx")), whole_number(size.get("cy")))
        self.title = self._package.core_title()
        self._broken = self._hidden = 0

    @property
    def notes(self) -> tuple[str, ...]:
        counted = (
            ("broken_parts", self._broken),
            ("hidden_slides", self._hidden),
            ("pictures", self._package.count("ppt/media/")),
            ("embedded", self._package.count("ppt/embeddings/")),
            ("comments", self._package.count("ppt/comments/")),
        )
        return tuple(f"{name}:{count}" for name, count in counted if count)

    def count(self) -> int | None:
        return len(self._slides) or None

    def parts(self) -> Iterator[RawPart]:
        for number, name in enumerate(self._slides, 1):
            root = self._package.xml(name)
            if root is None:
                self._broken += 1
                yield RawPart(str(number), "", ())
                continue
            yield from self._parts(root, name, str(number))
        if self._slides and self._broken == len(self._slides):
            raise Unreadable("damaged")

    def _parts(self, root: Element, name: str, label: str) -> Iterator[RawPart]:
        """A slide; one with more text than any has is several parts of one name."""
        reason: HiddenReason | None = "attribute" if root.get("show") in ("0", "false") else None
        self._hidden += reason is not None
        sections = Sections(label=label, characters=SLIDE_CHARACTERS)
        slide = _Slide(sections, self._package, self._package.relations(name), self._size, reason)
        tree = root.find(f"{_P}cSld/{_P}spTree")
        if tree is not None:
            slide.read(tree)
        for kind, target in self._package.relations(name).values():
            if kind == "notesSlide":
                slide.read_notes(self._package.xml(target))
        parts = list(sections.finish())
        self.title = self.title or (slide.title if label == "1" else "")
        yield from parts or [RawPart(label, "", ())]


class _Slide:
    """One slide's shapes into sections: its title first, the others as they are stored."""

    def __init__(
        self,
        sections: Sections,
        package: Package,
        relations: dict[str, tuple[str, str]],
        size: tuple[int, int],
        reason: HiddenReason | None,
    ) -> None:
        self.title = ""
        self._sections = sections
        self._package = package
        self._relations = relations
        self._size = size
        self._reason = reason

    def read(self, tree: Element) -> None:
        shapes = list(_shapes(tree, self._reason, self._size, 0))
        for shape, reason in sorted(shapes, key=lambda one: _placeholder(one[0]) not in _TITLES):
            self._shape(shape, reason)

    def read_notes(self, root: Element | None) -> None:
        """What the speaker has before him: not on the slide, but not hidden from whoever has the file."""
        for shape in () if root is None else root.iter(f"{_P}sp"):
            if _placeholder(shape) == "body":
                self._paragraphs(shape, self._reason)

    def _shape(self, shape: Element, reason: HiddenReason | None) -> None:
        placeholder = _placeholder(shape)
        if placeholder in _NO_TEXT:
            return
        if placeholder in _TITLES:
            title = joined([one for one in _texts(shape, reason) if one.text], " ")
            self.title = self.title or " ".join(title.text.split())
            self._sections.add(title, "heading", level=1)
            return
        for table in shape.iter(f"{_A}tbl"):
            for row in table.iter(f"{_A}tr"):
                cells = [joined([*_texts(cell, reason)], " ") for cell in row.iter(f"{_A}tc")]
                self._sections.add_row(row_of(cells))
            self._sections.end_table()
        if shape.tag == f"{_P}sp":
            self._paragraphs(shape, reason)
        for diagram in shape.iter("{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"):
            self._diagram(diagram.get(f"{_R}dm", ""), reason)

    def _paragraphs(self, shape: Element, reason: HiddenReason | None) -> None:
        texts = [one for one in _texts(shape, reason) if one.text]
        for text in texts:
            self._sections.add(text, is_item=len(texts) > 1)

    def _diagram(self, relation: str, reason: HiddenReason | None) -> None:
        root = self._package.xml(self._relations.get(relation, ("", ""))[1])
        for text in () if root is None else _texts(root, reason):
            self._sections.add(text, is_item=True)


def _shapes(
    tree: Element, reason: HiddenReason | None, size: tuple[int, int], depth: int
) -> Iterator[tuple[Element, HiddenReason | None]]:
    """Shapes with words, those in groups as well, and why nobody sees them."""
    for shape in tree:
        if shape.tag not in _SHAPES or depth > _DEPTH:
            continue
        named = shape.find(f"*/{_P}cNvPr")
        is_off = named is not None and named.get("hidden") in ("1", "true")
        why: HiddenReason | None = reason or ("attribute" if is_off else None)
        why = why or ("off_page" if depth == 0 and _is_beside(shape, size) else None)
        if shape.tag == f"{_P}grpSp":
            yield from _shapes(shape, why, size, depth + 1)
        else:
            yield shape, why


def _is_beside(shape: Element, size: tuple[int, int]) -> bool:
    """Whether none of it is on the slide."""
    place = next(shape.iter(f"{_A}xfrm", f"{_P}xfrm"), None)
    at = None if place is None else place.find(f"{_A}off")
    ext = None if place is None else place.find(f"{_A}ext")
    if at is None or ext is None or not all(size):
        return False
    x, y = whole_number(at.get("x")), whole_number(at.get("y"))
    width, height = whole_number(ext.get("cx")), whole_number(ext.get("cy"))
    return x >= size[0] or y >= size[1] or x + width <= 0 or y + height <= 0


def _placeholder(shape: Element) -> str:
    found = next(shape.iter(f"{_P}ph"), None)
    return "" if found is None else str(found.get("type", "body"))


def _texts(element: Element, reason: HiddenReason | None) -> Iterator[Marked]:
    for paragraph in element.iter(f"{_A}p"):
        line = Line()
        for run in paragraph:
            if run.tag == f"{_A}br":
                line.end_line()
            else:
                properties = run.find(f"{_A}rPr")
                size_pt = 0.0 if properties is None else whole_number(properties.get("sz")) / 100
                why: HiddenReason | None = reason or ("tiny" if 0 < size_pt <= TINY_PT else None)
                for text in run.iter(f"{_A}t"):
                    line.add(text.text or "", why)
        yield line.taken()
