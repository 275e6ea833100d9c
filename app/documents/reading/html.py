"""HTML: what a person reads of a page, with headings, lists and tables. Nothing is fetched, no script is run.

The tree is made as browsers do it (lexbor) and walked without recursion. Of style sheets only those in the page are
looked at, and only rules for one tag, class or id: enough to see what is meant to be hidden. White letters are
reported where nothing around them says that they stand on a colour.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from app.documents.faults import Unreadable
from app.documents.parts import Kind, PartName
from app.documents.reading.blocks import BlockRole, RawPart
from app.documents.reading.html_style import Look, Styles
from app.documents.reading.sections import Line, Marked, Sections, row_of

MAX_DEPTH: Final = 2_000  # elements within elements; lexbor looks at all of them for each new one
_DECLARED: Final = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})|<\?xml[^>]{0,100}?encoding=["']([\w.:-]{1,40})""", re.I
)
_DECLARED_BYTES: Final = 4_096
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_ANY_TAG: Final = re.compile(r"<[^<>]*>")
_BREAKS: Final = re.compile(r"\n\s*\n")
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_VOID_NAMES: Final = "area base br col embed hr img input link meta param source track wbr p li td tr th dt dd"
_DROPPED_NAMES: Final = (
    "script style noscript template svg nav iframe object embed audio video canvas head select datalist button"
)
_BLOCK_NAMES: Final = (
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure",
    "footer form header hgroup hr html legend li main menu ol p pre section summary table tbody tfoot thead title tr",
    "ul h1 h2 h3 h4 h5 h6",
)
_VOID: Final = frozenset(_VOID_NAMES.split())  # those that are open for no long time, too
_DROPPED: Final = frozenset(_DROPPED_NAMES.split())
_BLOCKS: Final = frozenset(name for line in _BLOCK_NAMES for name in line.split())
_DROPPED_ROLES: Final = frozenset({"navigation", "search", "menu", "menubar", "toolbar"})


def open_html(data: bytes | BinaryIO, name: str) -> HtmlReader:
    """Raises Unreadable."""
    del name
    return HtmlReader(data if isinstance(data, bytes) else data.read())


class HtmlReader:
    """A page in sections."""

    kind: Kind = "html"
    part_name: PartName = "section"

    def __init__(self, data: bytes) -> None:
        self._text, self._has_doubts = decoded(data)
        self._is_repaired = False
        self.title = ""

    @property
    def notes(self) -> tuple[str, ...]:
        said = (("encoding", self._has_doubts), ("repaired", self._is_repaired))
        return tuple(name for name, is_so in said if is_so)

    def count(self) -> int | None:
        return None

    def parts(self) -> Iterator[RawPart]:
        text, self._text = self._text, ""
        sections = Sections()
        page = Page(text, sections)
        for _ in page.read():
            yield from sections.ready()
        self.title, self._is_repaired = page.title, page.is_repaired
        yield from sections.finish()


def decoded(data: bytes) -> tuple[str, bool]:
    """The text of a page, and whether some of it could not be made out."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, "replace"), False
    said = _DECLARED.search(data[:_DECLARED_BYTES])
    wanted = (said[1] or said[2]).decode("ascii") if said else "utf-8"
    wanted = "cp1252" if wanted.lower() in ("iso-8859-1", "latin1", "us-ascii") else wanted  # as browsers do
    for encoding in (wanted, "utf-8"):
        try:
            return data.decode(encoding), False
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    import charset_normalizer

    best = charset_normalizer.from_bytes(data[:65_536]).best()
    return data.decode(best.encoding if best is not None else "cp1252", "replace"), True


class Page:
    """One document's way into sections; also a chapter of a book, and the body of a mail."""

    def __init__(self, text: str, sections: Sections) -> None:
        self.title = ""
        self.is_repaired = False
        self._text = text
        self._sections = sections
        self._styles = Styles()
        self._line = Line()
        self._role: BlockRole = "paragraph"
        self._level = 0
        self._bullet = ""
        self._cells: list[list[Marked]] = []  # of the rows that are open, the innermost last
        self._kept: list[tuple[Line, BlockRole, int, str]] = []  # what the open cells interrupted

    def read(self) -> Iterator[None]:
        """Give all of it to the sections, pausing at each block."""
        if is_too_deep(self._text):
            self.is_repaired = True
            for paragraph in _BREAKS.split(_ANY_TAG.sub(" ", self._text)):
                self._sections.add(Marked(" ".join(paragraph.split())))
                yield
            return
        parser = LexborHTMLParser(self._text)
        self._text = ""
        for style in parser.css("style"):
            self._styles.learn(style.text() or "")
        if (title := parser.css_first("title", None)) is not None:
            self.title = " ".join((title.text() or "").split())
        body = parser.body or parser.root
        if body is None:
            raise Unreadable("damaged")
        yield from self._walk(body)

    def _walk(self, body: LexborNode) -> Iterator[None]:
        """Depth first, by hand: a page may be nested more deeply than Python may call."""
        looks = [Look()]
        node: LexborNode | None = body
        while node is not None:
            child = None
            tag = node.tag or ""
            if node.is_text_node:
                self._line.add(node.text_content or "", looks[-1].hidden)
            elif node.is_element_node and not self._is_dropped(node, tag):
                look = self._styles.look(tag, node.attributes, looks[-1])
                self._enter(tag, node)
                if (child := node.child) is not None:
                    looks.append(look)
                else:
                    self._leave(tag)
            if child is None:
                yield
            node = child if child is not None else self._next(node, body, looks)
        self._end_block()

    def _next(self, node: LexborNode, body: LexborNode, looks: list[Look]) -> LexborNode | None:
        """What comes after a node, leaving the elements that end with it."""
        here: LexborNode | None = node
        while here is not None and len(looks) > 1:
            if (following := here.next) is not None:
                return following
            here = here.parent
            looks.pop()
            if here is not None:
                self._leave(here.tag or "")
        return None

    def _is_dropped(self, node: LexborNode, tag: str) -> bool:
        return tag in _DROPPED or (node.attributes.get("role") or "").lower() in _DROPPED_ROLES

    def _enter(self, tag: str, node: LexborNode) -> None:
        if tag == "br":
            self._line.end_line()
        elif tag in ("td", "th"):
            self._kept.append((self._line, self._role, self._level, self._bullet))
            self._line, self._role, self._level, self._bullet = Line(), "paragraph", 0, ""
        elif tag in _BLOCKS:
            self._end_block()
        if tag == "tr":
            self._cells.append([])
        elif tag in _HEADINGS:
            self._role, self._level = "heading", _HEADINGS[tag]
        elif tag == "pre" and not self._kept:
            self._role, self._line = "code", Line(is_laid_out=True)
        elif tag == "li":
            self._bullet = "• "

    def _leave(self, tag: str) -> None:
        if tag in ("td", "th"):
            cell = self._line.taken()
            if self._kept:
                self._line, self._role, self._level, self._bullet = self._kept.pop()
            if self._cells:
                self._cells[-1].append(cell)
            else:  # a cell outside a row
                self._sections.add(cell)
        elif tag in _BLOCKS:
            self._end_block()
        if tag == "tr" and self._cells:
            self._end_row(row_of(self._cells.pop()))
        elif tag == "table" and not self._kept:
            self._sections.end_table()
        elif tag == "pre" and not self._kept:
            self._role, self._line = "paragraph", Line()

    def _end_row(self, row: Marked) -> None:
        if self._kept:  # a table within a cell
            self._line.begin_line()
            self._line.add_marked(row)
            self._line.end_line()
        else:
            self._sections.add_row(row)

    def _end_block(self) -> None:
        if self._kept:  # in a cell
            self._line.begin_line()
            return
        marked = self._line.taken()
        if marked.text:
            if self._bullet:
                line = Line(is_laid_out=True)
                line.add(self._bullet)
                line.add_marked(marked)
                marked = line.taken()
            self._sections.add(marked, self._role, level=self._level, is_item=bool(self._bullet))
            self._bullet = ""
        if self._role != "code":
            self._role, self._level = "paragraph", 0


def is_too_deep(text: str) -> bool:
    """Whether more elements are open at once than any page has, by a count of their tags."""
    depth = 0
    for found in _TAG.finditer(text):
        if found[2].lower() not in _VOID:
            depth += -1 if found[1] else 1
            if depth > MAX_DEPTH:
                return True
            depth = max(0, depth)
    return False
