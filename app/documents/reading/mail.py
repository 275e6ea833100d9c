"""E-mail: one message, or a box of them that streams by and is never whole in memory.

Headers are taken apart by hand and bodies without Python's newer policies, which are slow on hostile headers. A message
is its subject as a heading, from whom to whom and when, and its text: the plain one where there is one, else the page.
Attachments are named and counted, not read.
"""

from __future__ import annotations

import email
import email.errors
import email.header
import io
import re
from collections.abc import Iterator
from email.message import Message
from typing import BinaryIO, Final

from app.documents.faults import Unreadable
from app.documents.parts import Kind, PartName
from app.documents.reading.blocks import RawPart
from app.documents.reading.html import Page
from app.documents.reading.limits import MB
from app.documents.reading.sections import Marked, Sections

MESSAGE_BYTES: Final = 24 * MB  # of a message that are looked at; texts come before attachments
MESSAGES_MAX: Final = 150_000
MAIL_CHARACTERS: Final = 40_000  # a longer one is several parts of one name
_BODY_CHARACTERS: Final = 4_000_000
_PARTS_MAX: Final = 500  # pieces of one message that are looked at
_LINE_BYTES: Final = 65_536
_HEADER_CHARACTERS: Final = 2_000
_SHOWN: Final = ("From", "To", "Cc", "Date")
_NAMES_SHOWN: Final = 20
_BLANK: Final = re.compile(r"\n[ \t]*\n\s*")
_QUOTED_FROM: Final = re.compile(rb">+From ")
_Words = Message  # the plain kind, whose headers are text


def open_mail(data: bytes | BinaryIO, name: str) -> MailReader:
    """One message. Raises Unreadable."""
    del name
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    return MailReader(stream, is_box=False)


def open_mbox(data: bytes | BinaryIO, name: str) -> MailReader:
    """A box of messages. Raises Unreadable."""
    del name
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    return MailReader(stream, is_box=True)


class MailReader:
    """A part for each message; a message that cannot be taken apart is left out and counted."""

    part_name: PartName = "mail"

    def __init__(self, stream: BinaryIO, *, is_box: bool) -> None:
        self.kind: Kind = "mbox" if is_box else "mail"
        self.title = ""
        self._stream = stream
        self._attachments = 0
        self._broken = 0
        self._is_cut = False

    @property
    def notes(self) -> tuple[str, ...]:
        counted = (("attachments", self._attachments), ("broken_parts", self._broken))
        said = tuple(f"{name}:{count}" for name, count in counted if count)
        return (*said, "cut") if self._is_cut else said

    def count(self) -> int | None:
        return None

    def parts(self) -> Iterator[RawPart]:
        sections = Sections(label="", characters=MAIL_CHARACTERS)
        number = 0
        for number, untrusted in enumerate(self._messages(), 1):
            if number > MESSAGES_MAX:
                self._is_cut = True
                break
            try:
                yield from self._message(untrusted, number, sections)
            except (email.errors.MessageError, RecursionError, LookupError, ValueError, AssertionError):
                self._broken += 1
        if self._broken == number:
            raise Unreadable("damaged")

    def _messages(self) -> Iterator[bytes]:
        if self.kind == "mail":
            data = self._stream.read(MESSAGE_BYTES + 1)
            self._is_cut = len(data) > MESSAGE_BYTES
            yield data[:MESSAGE_BYTES].lstrip()
            return
        lines: list[bytes] = []
        size_bytes = 0
        is_blank, is_line_start = True, True
        while line := self._stream.readline(_LINE_BYTES):
            if is_blank and is_line_start and line.startswith(b"From "):
                if lines:
                    yield b"".join(lines)
                lines, size_bytes = [], 0
            elif size_bytes < MESSAGE_BYTES:
                lines.append(line[1:] if is_line_start and _QUOTED_FROM.match(line) else line)
                size_bytes += len(line)
            else:
                self._is_cut = True
            is_blank = is_line_start and line in (b"\n", b"\r\n")
            is_line_start = line.endswith(b"\n")
        if lines:
            yield b"".join(lines)

    def _message(self, untrusted: bytes, number: int, sections: Sections) -> Iterator[RawPart]:
        message = email.message_from_bytes(untrusted)
        if not message.keys():
            raise Unreadable("damaged") if self.kind == "mail" else ValueError
        subject = header(message, "Subject")
        if self.kind == "mail":
            self.title = subject
        plain, pages, names = _contents(message)
        self._attachments += len(names)
        sections.begin(subject or header(message, "From") or str(number))
        sections.add(Marked(subject), "heading", level=1)
        lines = [f"{name}: {value}" for name in _SHOWN if (value := header(message, name))]
        if names:
            lines.append(f"Attachments: {', '.join(names[:_NAMES_SHOWN])}")
        sections.add(Marked("\n".join(lines)))
        for text in plain:
            for paragraph in _BLANK.split(text):
                sections.add(Marked(paragraph))
        for text in () if plain else pages:
            for _ in Page(text, sections).read():
                yield from sections.ready()
        yield from sections.finish()


def header(message: _Words, name: str) -> str:
    """A header's words on one line, as far as they can be made out."""
    value = message.get(name)
    if value is None:
        return ""
    untrusted = str(value)[:_HEADER_CHARACTERS]
    try:
        pieces = email.header.decode_header(untrusted)
    except (email.errors.HeaderParseError, ValueError):
        return " ".join(_plain(untrusted).split())
    words = [piece if isinstance(piece, str) else _text(piece, charset or "utf-8") for piece, charset in pieces]
    return " ".join(_plain("".join(words)).split())


def _plain(text: str) -> str:
    """Bytes that came as halves of surrogate pairs, as the text that they are."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _contents(message: _Words) -> tuple[list[str], list[str], list[str]]:
    """(Plain texts, pages, names of attachments) of a message. Messages within it count as attachments."""
    plain: list[str] = []
    pages: list[str] = []
    names: list[str] = []
    waiting = [message]
    seen = characters = 0
    while waiting and seen < _PARTS_MAX and characters < _BODY_CHARACTERS:
        part = waiting.pop()
        seen += 1
        kind = part.get_content_type()
        name = part.get_filename()
        if part.get_content_maintype() == "multipart":
            payload = part.get_payload()
            waiting += (
                [one for one in reversed(payload) if isinstance(one, Message)] if isinstance(payload, list) else []
            )
        elif kind in ("text/plain", "text/html") and part.get_content_disposition() != "attachment":
            text = _body(part)[: _BODY_CHARACTERS - characters]
            characters += len(text)
            (plain if kind == "text/plain" else pages).append(text)
        else:
            names.append(" ".join(_name(name or kind).split()))
    return [text for text in plain if text.strip()], pages, names


def _name(untrusted: str) -> str:
    try:
        pieces = email.header.decode_header(untrusted[:_HEADER_CHARACTERS])
    except (email.errors.HeaderParseError, ValueError):
        return _plain(untrusted[:200])
    words = [piece if isinstance(piece, str) else _text(piece, charset or "utf-8") for piece, charset in pieces]
    return _plain("".join(words))[:200]


def _body(part: _Words) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    return _text(payload, charset).replace("\r\n", "\n").replace("\r", "\n")


def _text(data: bytes, charset: str) -> str:
    """`data` in the character set that it is said to be in, in UTF-8, or else in that of Windows."""
    for wanted in (charset, "utf-8"):
        try:
            return data.decode(wanted)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace")
