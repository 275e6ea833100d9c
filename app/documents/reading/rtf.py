r"""RTF: read in one pass over its control words, with what tells hidden letters, headings and tables apart.

Our own: striprtf gives plain text alone, and builds it by adding to one string. Groups that are no text (pictures,
fonts, objects, headers) are passed over by their first word; `\bin` data is skipped by its length.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from app.documents.faults import Unreadable
from app.documents.parts import HiddenReason, Kind, PartName
from app.documents.reading.blocks import RawPart
from app.documents.reading.sections import TINY_PT, Line, Marked, Sections, joined, row_of

_DEPTH_MAX: Final = 5_000  # groups within groups
_TOKEN: Final = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.S
)
_GROUPS: Final = (
    "pict object fldinst header headerl headerr headerf footer footerl footerr footerf ftnsep ftnsepc aftnsep aftnsepc",
    "fonttbl filetbl listtable listoverridetable revtbl rsidtbl generator xmlnstbl themedata colorschememapping",
    "datastore latentstyles operator author company creatim revtim printim bkmkstart bkmkend pntext listtext sp",
    "annotation atnid atnauthor atrfstart atrfend subject keywords comment doccomm userprops xe tc private nonshppict",
)
_SKIPPED: Final = frozenset(word for line in _GROUPS for word in line.split())
_KEPT: Final = frozenset({"shpinst", "shptxt", "footnote", "title", "pn"})  # of those that may be passed over
_TEXTS: Final = {
    "tab": "\t",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
}
_SIGNS: Final = {b"~": "\u00a0", b"_": "-", b"{": "{", b"}": "}", b"\\": "\\"}
_ENDS: Final = frozenset({"par", "sect", "page", "column"})
# Of fonts (RTF specification 1.9.1, \fcharset), to Python's names.
_CHARSETS: Final = {
    0: "cp1252",
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    134: "gbk",
    136: "big5",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}


def open_rtf(data: bytes | BinaryIO, name: str) -> RtfReader:
    """Raises Unreadable."""
    del name
    return RtfReader(data if isinstance(data, bytes) else data.read())


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits. `skip`: nothing of it is text."""

    skip: bool = False
    place: str = ""  # "", "stylesheet", "colortbl", "fonttbl", "title", "footnote"
    is_vanished: bool = False
    is_deleted: bool = False
    colour: int = 0
    has_ground: bool = False
    half_points: int = 24
    encoding: str = ""
    fallback: int = 1  # bytes that stand for a character after \u


class RtfReader:
    """The text in sections."""

    kind: Kind = "rtf"
    part_name: PartName = "section"

    def __init__(self, data: bytes) -> None:
        if not data.lstrip()[:5].startswith(b"{\\rtf"):
            raise Unreadable("another_kind")
        self._data = data
        self.title = ""
        self._text: _Text | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        text = self._text
        if text is None:
            return ()
        said = [f"{name}:{count}" for name, count in (("pictures", text.pictures), ("embedded", text.objects)) if count]
        said += ["deleted_text"] if text.has_deleted else []
        return (*said, "repaired") if text.is_broken else tuple(said)

    def count(self) -> int | None:
        return None

    def parts(self) -> Iterator[RawPart]:
        sections = Sections()
        self._text = _Text(sections)
        for _ in self._text.read(self._data):
            yield from sections.ready()
        self.title = " ".join(self._text.title.taken().text.split())
        yield from sections.finish()


class _Text:
    """The control words of a file, as they come."""

    def __init__(self, sections: Sections) -> None:
        self.title = Line()
        self.pictures = self.objects = 0
        self.has_deleted = self.is_broken = False
        self._sections = sections
        self._state = _State()
        self._stack: list[_State] = []
        self._encoding = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._colours: list[list[int]] = [[-1, -1, -1]]
        self._levels: dict[int, int] = {}  # of paragraph styles that are headings
        self._style = self._level = 0
        self._is_in_table = False
        self._is_item = False
        self._line = Line()
        self._cell: list[Marked] = []
        self._cells: list[Marked] = []
        self._notes: list[Marked] = []
        self._outer: list[tuple[int, Line]] = []  # lines that footnotes interrupted, and how deep
        self._waiting = bytearray()  # bytes of one character set
        self._is_starred = self._is_group_start = False
        self._skip_next = 0

    def read(self, data: bytes) -> Iterator[None]:
        """Give all of it to the sections, pausing now and then."""
        at = number = 0
        while (found := _TOKEN.match(data, at)) is not None:
            at = found.end()
            word, argument, code, sign, brace, text = found.groups()
            if word == b"bin":
                at += max(0, min(int(argument or 0), len(data)))
            if code is not None:
                self._bytes(bytes([int(code, 16)]))
                continue
            if text is not None:
                self._plain(text)
                continue
            if brace is not None:
                self._flush()
                self._brace(brace)
                if not self._stack:
                    break
            elif word is not None:
                self._flush()
                self._word(word.decode("ascii"), None if argument is None else int(argument))
            elif sign is not None:
                self._sign(sign)
            number += 1
            if number % 256 == 0:
                yield
        self._flush()
        self.is_broken = bool(self._stack)
        self._end_paragraph()

    def _brace(self, brace: bytes) -> None:
        self._skip_next = 0
        if brace == b"{":
            if len(self._stack) >= _DEPTH_MAX:
                raise Unreadable("damaged")
            self._stack.append(self._state)
            self._is_group_start, self._is_starred = True, False
            return
        if self._outer and self._outer[-1][0] == len(self._stack):
            note = self._line.taken()
            self._line = self._outer.pop()[1]
            self._notes += [note] if note.text else []
        self._state = self._stack.pop() if self._stack else self._state
        self._is_group_start = False

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._is_starred = True
            return
        self._flush()
        if sign in b"\r\n":
            self._word("par", None)
        elif sign in _SIGNS:
            self._add(_SIGNS[sign])

    def _plain(self, text: bytes) -> None:
        if self._skip_next:
            taken = min(self._skip_next, len(text))
            self._skip_next -= taken
            text = text[taken:]
        if not text:
            return
        self._is_group_start = False
        if self._state.place == "colortbl":
            self._colours += (
                [[-1, -1, -1] for _ in range(min(text.count(b";"), 256))] if len(self._colours) < 4096 else []
            )
        elif not self._state.skip:
            self._waiting += text

    def _bytes(self, one: bytes) -> None:
        self._is_group_start = False
        if self._skip_next:
            self._skip_next -= 1
        elif not self._state.skip:
            self._waiting += one

    def _flush(self) -> None:
        """The bytes that came, as text of the font's character set."""
        if self._waiting:
            data = bytes(self._waiting)
            self._waiting.clear()
            self._add(data.decode(self._state.encoding or self._encoding, "replace"))

    def _add(self, text: str) -> None:
        state = self._state
        if state.skip or state.place in ("stylesheet", "colortbl", "fonttbl"):
            return
        if state.is_deleted:
            self.has_deleted = True
        elif state.place == "title":
            self.title.add(text)
        else:
            self._line.add(text, self._hidden())

    def _hidden(self) -> HiddenReason | None:
        state = self._state
        if state.is_vanished:
            return "attribute"
        if 0 < state.half_points <= 2 * TINY_PT:
            return "tiny"
        colour = self._colours[state.colour] if state.colour < len(self._colours) else [0]
        is_white = state.colour > 0 and min(colour) >= 253
        return "white" if is_white and not state.has_ground and not self._is_in_table else None

    def _word(self, word: str, number: int | None) -> None:
        is_first, self._is_group_start = self._is_group_start, False
        self._skip_next = 0
        if is_first and self._enter(word):
            return
        if self._state.skip:
            return
        if self._state.place in ("colortbl", "fonttbl", "stylesheet"):
            self._table_word(word, number or 0)
        elif word in _TEXTS:
            self._add(_TEXTS[word])
        elif word == "u":
            self._add(_character(number or 0))
            self._skip_next = self._state.fallback
        elif word == "line":
            self._line.end_line()
        elif word in _ENDS:
            self._end_paragraph()
        elif not self._paragraph_word(word, number):
            self._letter_word(word, number)

    def _enter(self, word: str) -> bool:
        """A group by its first word. True where that was all."""
        is_starred, self._is_starred = self._is_starred, False
        if word in ("stylesheet", "colortbl", "fonttbl", "title"):
            self._state = replace(self._state, place=word)
            return True
        if word == "footnote":
            self._outer.append((len(self._stack), self._line))
            self._line = Line()
            return True
        if word == "pict":
            self.pictures += not self._state.skip
        elif word == "object":
            self.objects += not self._state.skip
        if word in ("listtext", "pntext"):
            self._is_item = True
        if word in _SKIPPED or (is_starred and word not in _KEPT):
            self._state = replace(self._state, skip=word != "object")
            return True
        return False

    def _table_word(self, word: str, number: int) -> None:
        """A word in the tables at the beginning: colours, fonts and styles."""
        place = self._state.place
        if place == "colortbl" and word in ("red", "green", "blue"):
            self._colours[-1][("red", "green", "blue").index(word)] = number
        elif place == "fonttbl" and word == "f":
            self._font = number
        elif place == "fonttbl" and word == "fcharset":
            self._fonts[self._font] = _CHARSETS.get(number, "")
        elif place == "stylesheet" and word == "s":
            self._style = number
        elif place == "stylesheet" and word == "outlinelevel" and 0 <= number < 9:
            self._levels[self._style] = number + 1

    def _paragraph_word(self, word: str, number: int | None) -> bool:
        match word:
            case "pard":
                self._level, self._is_in_table = 0, False
            case "s":
                self._level = self._levels.get(number or 0, 0)
            case "outlinelevel":
                self._level = (number or 0) + 1 if 0 <= (number or 0) < 9 else 0
            case "intbl":
                self._is_in_table = True
            case "ls" if number:
                self._is_item = True
            case "cell" | "nestcell":
                self._end_cell()
            case "row" | "nestrow":
                self._sections.add_row(row_of(self._cells))
                self._cells = []
            case _:
                return False
        return True

    def _letter_word(self, word: str, number: int | None) -> None:
        state = self._state
        is_on = number != 0
        match word:
            case "v":
                state = replace(state, is_vanished=is_on)
            case "deleted":
                state = replace(state, is_deleted=is_on)
            case "cf":
                state = replace(state, colour=max(0, number or 0))
            case "cb" | "chcbpat" | "highlight" | "cbpat":
                state = replace(state, has_ground=bool(number))
            case "fs":
                state = replace(state, half_points=number or 24)
            case "plain":
                state = replace(state, is_vanished=False, colour=0, has_ground=False, half_points=24, encoding="")
            case "uc":
                state = replace(state, fallback=max(0, min(number or 0, 16)))
            case "f":
                state = replace(state, encoding=self._fonts.get(number or 0, ""))
            case "ansicpg":
                self._encoding = _known(f"cp{number}") or self._encoding
            case "mac":
                self._encoding = "mac_roman"
            case _:
                return
        self._state = state

    def _end_cell(self) -> None:
        self._end_paragraph(is_cell=True)
        self._cells.append(joined(self._cell, "\n"))
        self._cell = []

    def _end_paragraph(self, *, is_cell: bool = False) -> None:
        if self._outer:  # within a footnote
            self._line.end_line()
            return
        marked = self._line.taken()
        notes, self._notes = self._notes, []
        if self._is_item and marked.text and not self._level:
            marked = joined((Marked("•"), marked), " ")
        if is_cell or self._is_in_table:
            self._cell += [one for one in (marked, *notes) if one.text]
        else:
            self._sections.add(
                marked,
                "heading" if self._level else "paragraph",
                level=self._level,
                is_item=self._is_item and not self._level,
            )
            for note in notes:
                self._sections.add(note)
        self._is_item = False


def _character(number: int) -> str:
    """The one that `\\u` names, whose number is written with a sign; half of a pair is none."""
    number &= 0xFFFF
    return "\N{REPLACEMENT CHARACTER}" if 0xD800 <= number <= 0xDFFF or not number else chr(number)


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return ""
