"""The parser child: gives up its privileges and bounds itself, takes one file's bytes, and says what is in them.

One thread: pieces are taken from the pipe when a reader asks for them, so a file that streams is never whole in
memory. Each format's libraries are imported late, when a file of that kind comes.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final

from app import sandbox
from app.documents.faults import FaultName, Unreadable
from app.documents.parts import Kind
from app.documents.reading import limits, wire
from app.documents.reading.blocks import RawPart, Reader
from app.documents.reading.chunking import Chunker
from app.documents.reading.wire import Ended, Failed, Hello, Nonsense, Open, RawChunk
from app.process import Pipe, granted_paths

EXIT_WELL, EXIT_FAULT, EXIT_PROTOCOL = 0, 1, 2
_BATCH_CHARACTERS: Final = 200_000
_BATCH_PARTS: Final = 64
_BATCH_S: Final = 0.25
_NICE: Final = 5  # reading waits for whoever writes an answer
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED_OFFICE: Final = "EncryptedPackage".encode("utf-16-le")

# The module and the function that open a kind; each gets the file's bytes, or a stream of them, and its name.
_OPENERS: Final[dict[Kind, tuple[str, str]]] = {
    "docx": ("docx", "open_docx"),
    "pptx": ("pptx", "open_pptx"),
    "sheet": ("sheet", "open_sheet"),
    "odt": ("odt", "open_odt"),
    "epub": ("epub", "open_epub"),
    "html": ("html", "open_html"),
    "rtf": ("rtf", "open_rtf"),
    "mail": ("mail", "open_mail"),
    "mbox": ("mail", "open_mbox"),
}


def main() -> int:
    """`--worker parser`."""
    pipe = Pipe()
    guards = sandbox.give_up("parser", read_only=granted_paths())
    is_walled = guards.seccomp or sys.platform != "linux"
    pipe.send(wire.encode_hello(Hello(is_walled, f"seccomp {guards.seccomp}, landlock {guards.landlock}")))
    frame = pipe.recv()
    if frame is None:
        return EXIT_WELL
    if not is_walled:
        return EXIT_FAULT
    if sys.platform != "win32":
        os.nice(_NICE)
    return _serve(pipe, wire.decode_open(frame))


def _serve(pipe: Pipe, order: Open) -> int:
    """One file. Whatever is wrong with it is said by name; only our own bugs leave a traceback."""
    try:
        limits.keep(
            order.size_bytes, is_streamed=order.kind in limits.STREAMED, is_ocr_wanted=bool(order.ocr_languages)
        )
        feed = Feed(pipe, order.size_bytes)
        if order.task == "show":
            _show(pipe, feed, order)
        else:
            _read(pipe, feed, order)
    except Unreadable as fault:
        return _fail(pipe, fault.name)
    except (MemoryError, RecursionError) as fault:
        return _fail(pipe, "memory", type(fault).__name__)
    except (BrokenPipeError, EndOfInput):
        return EXIT_WELL
    except Nonsense:
        return EXIT_PROTOCOL
    except Exception as fault:  # a library that trips over the file
        return _fail(pipe, "damaged", _where(fault))
    return EXIT_WELL


def _fail(pipe: Pipe, name: FaultName, detail: str = "") -> int:
    pipe.send(wire.encode_failed(Failed(name, detail)))
    return EXIT_FAULT


def _where(fault: BaseException) -> str:
    """The kind of error and the line that raised it: never its message, which may quote the file."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f" in {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"  # noqa: PTH119 - a name, no path
    return type(fault).__name__ + place


class EndOfInput(Exception):
    """The parent closed the pipe, or is gone."""


class Feed(io.RawIOBase):
    """The file as it comes down the pipe, forwards only."""

    def __init__(self, pipe: Pipe, size_bytes: int) -> None:
        super().__init__()
        self._pipe = pipe
        self._size_bytes = max(1, size_bytes)
        self._taken_bytes = 0
        self._rest = b""
        self._is_over = False

    @property
    def fraction(self) -> float:
        return min(1.0, self._taken_bytes / self._size_bytes)

    def pieces(self) -> Iterator[bytes]:
        while not self._is_over:
            frame = self._pipe.recv()
            if frame is None:
                raise EndOfInput
            piece = wire.decode_piece(frame)
            self._is_over = not piece
            self._taken_bytes += len(piece)
            if piece:
                yield piece

    def everything(self) -> bytes:
        return b"".join(self.pieces())

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # any writable buffer, as RawIOBase has it
        if not self._rest:
            self._rest = next(self.pieces(), b"")
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _open(feed: Feed, order: Open) -> Reader:
    """The reader of the file's kind. Raises Unreadable."""
    kind = order.kind
    if kind == "pdf":
        from app.documents.reading.pdf import PdfReader

        return PdfReader(feed.everything(), order.password)
    if kind not in _OPENERS:
        from app.documents.reading import plain

        return plain.open_text(feed.pieces(), order.name, kind)
    if kind in limits.STREAMED:
        return _opener(kind)(io.BufferedReader(feed, wire.PIECE_BYTES), order.name)
    data = feed.everything()
    if kind in limits.PACKED:
        _check_packed(data, kind)  # before any library is there that could trip over it
    return _opener(kind)(data, order.name)


def _opener(kind: Kind) -> Callable[[bytes | BinaryIO, str], Reader]:
    module, function = _OPENERS[kind]
    opener: Callable[[bytes | BinaryIO, str], Reader] = getattr(
        importlib.import_module(f"app.documents.reading.{module}"), function
    )
    return opener


def _check_packed(data: bytes, kind: Kind) -> None:
    if not data.startswith(_OLE):
        from app.documents.reading import archives

        archives.check_zip(io.BytesIO(data), kind)
    elif _LOCKED_OFFICE in data:  # Office locks its archives inside this older container
        raise Unreadable("locked")
    elif kind != "sheet":
        raise Unreadable("another_kind")


def _read(pipe: Pipe, feed: Feed, order: Open) -> None:
    reader = _open(feed, order)
    parts: Iterator[RawPart] = reader.parts()
    recognised = None
    if order.ocr_languages and order.kind == "pdf":
        from app.documents.reading import ocr
        from app.documents.reading.pdf import PdfReader

        assert isinstance(reader, PdfReader)  # noqa: S101 - of that kind
        recognised = ocr.Recognised(reader, granted_paths(), order.ocr_languages)
        parts = recognised.parts()
    outgoing = _Outgoing(pipe, Chunker(order.chunk_tokens, order.overlap), lambda: reader.title)
    total = reader.count()
    for number, part in enumerate(parts, 1):
        outgoing.add(part, number / total if total else feed.fraction)
    outgoing.finish()
    notes = reader.notes if recognised is None else (*reader.notes, *recognised.notes)
    pipe.send(wire.encode_ended(Ended(reader.part_name, reader.title[: wire.MAX_TITLE], notes)))


class _Outgoing:
    """Parts and their chunks, gathered into frames; before the first the title, which is found with all of them."""

    def __init__(self, pipe: Pipe, chunker: Chunker, title: Callable[[], str]) -> None:
        self._pipe = pipe
        self._chunker = chunker
        self._title = title  # of the file, as far as it is known
        self._is_begun = False
        self._parts: list[RawPart] = []
        self._chunks: list[RawChunk] = []
        self._characters = 0
        self._sent_at = time.monotonic()

    def add(self, part: RawPart, fraction: float) -> None:
        self._parts.append(part)
        self._chunks += self._chunker.add(part)
        self._characters += len(part.text)
        is_much = self._characters >= _BATCH_CHARACTERS or len(self._parts) >= _BATCH_PARTS
        if is_much or part.places or time.monotonic() - self._sent_at >= _BATCH_S:
            self._send()
            self._pipe.send(wire.encode_progress(min(1.0, fraction)))

    def finish(self) -> None:
        self._chunks += self._chunker.finish()
        self._send()

    def _send(self) -> None:
        if not self._is_begun and (title := self._title()):
            self._pipe.send(wire.encode_title(title))
        self._is_begun = True
        if self._parts or self._chunks:
            self._pipe.send(wire.encode_batch(self._parts, self._chunks))
        self._parts, self._chunks, self._characters = [], [], 0
        self._sent_at = time.monotonic()


def _show(pipe: Pipe, feed: Feed, order: Open) -> None:
    from app.documents.reading import pictures

    book = pictures.Book(feed.everything(), order.password)
    pipe.send(wire.encode_progress(1.0))
    while (frame := pipe.recv()) is not None:
        asked = wire.decode_asked(frame)
        try:
            if isinstance(asked, wire.AskWords):
                answer = wire.encode_words(wire.PageWords(book.words(asked.part)))
            else:
                answer = wire.encode_picture(book.picture(asked.part, asked.width_px, asked.span))
        except Unreadable as fault:
            answer = wire.encode_failed(Failed(fault.name, ""))
        pipe.send(answer)
