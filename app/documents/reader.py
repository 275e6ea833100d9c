"""The parent's side of the parser child: a file goes down a pipe in pieces, its parts and chunks come back.

One child per file. It has no file, no network and no more memory and time than `reading.limits` grants; whatever it
says is checked (`reading.wire`), and whatever happens to it becomes a sentence (`faults`). Memory here stays flat:
pieces are small, and parts are handed on as they come.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import signal
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from app.documents import faults
from app.documents.faults import FAULT_NAMES, DocumentFault, FaultName
from app.documents.kinds import HEAD_BYTES, can_show, is_known, kind_of
from app.documents.parts import About, Chunk, Kind, Part, Picture, Span, Word
from app.documents.reading import ocr_data, wire
from app.documents.reading.limits import FILE_BYTES_MAX, OCR_SILENCE_S, STREAMED, Limits
from app.documents.reading.wire import (
    AskWords,
    Batch,
    Ended,
    Failed,
    Hello,
    Incoming,
    Nonsense,
    Open,
    PageWords,
    Paint,
    Progressed,
    Titled,
)
from app.engine.stop import Stop
from app.errors import Cancelled
from app.process import Child, ChildBusy, ChildGone, Exit
from app.text import _, language

ROLE = "parser"
MIN_WIDTH_PX, MAX_WIDTH_PX = 16, 4096
_LOOK_EVERY_S = 0.1
# WORKAROUND(https://man7.org/linux/man-pages/man3/mallopt.3.html): glibc gives the memory of each page back to the
# system and asks for it again, which is a fifth of the time that PDFium takes; others ignore these. Remove when not.
_ENVIRONMENT = {"MALLOC_TRIM_THRESHOLD_": str(64 * 2**20), "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20)}
_OCR_ENVIRONMENT = {**_ENVIRONMENT, "OMP_THREAD_LIMIT": "1"}  # more threads recognise no faster, and take a core each
_READ_BYTES = wire.PIECE_BYTES
_DETAIL_CHARS = 300

OnParts = Callable[[Sequence[Part], Sequence[Chunk]], None]


class Source(Protocol):
    """A file's bytes, wherever they are."""

    @property
    def name(self) -> str:
        """With its ending, without a folder."""
        ...

    @property
    def size_bytes(self) -> int: ...

    def pieces(self) -> Iterator[bytes]:
        """From the beginning at each call. Raises PaddockError."""
        ...


@dataclass(frozen=True, slots=True)
class BytesSource:
    """A file that is in memory."""

    name: str
    data: bytes

    @property
    def size_bytes(self) -> int:
        return len(self.data)

    def pieces(self) -> Iterator[bytes]:
        for start in range(0, len(self.data), _READ_BYTES):
            yield self.data[start : start + _READ_BYTES]


class FileSource:
    """A file on disk: an ordinary one, however its path leads there. Raises DocumentFault."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        try:
            facts = path.stat()
        except OSError as error:
            raise _of_os_error(error) from error
        _require_ordinary(facts.st_mode)
        self.size_bytes = facts.st_size
        self.modified_ns = min(facts.st_mtime_ns, 2**63 - 1)

    def pieces(self) -> Iterator[bytes]:
        """Raises DocumentFault, also where the file is not what it was when this was made."""
        # Without O_NONBLOCK the opening of a named pipe that took the file's place would wait for a writer.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        try:
            descriptor = os.open(self.path, flags)
        except OSError as error:
            raise _of_os_error(error) from error
        try:
            self._require_unchanged(descriptor)
            while piece := os.read(descriptor, _READ_BYTES):
                yield piece
            self._require_unchanged(descriptor)
        except OSError as error:
            raise _of_os_error(error) from error
        finally:
            os.close(descriptor)

    def _require_unchanged(self, descriptor: int) -> None:
        facts = os.fstat(descriptor)
        _require_ordinary(facts.st_mode)
        if (facts.st_size, min(facts.st_mtime_ns, 2**63 - 1)) != (self.size_bytes, self.modified_ns):
            raise faults.of("changed")


class HashedSource:
    """Another source, and the SHA-256 of its bytes once all of them were read."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.name = source.name
        self.size_bytes = source.size_bytes
        self.sha256 = ""  # hexadecimal; empty until the bytes were read to their end

    def pieces(self) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for piece in self._source.pieces():
            digest.update(piece)
            yield piece
        self.sha256 = digest.hexdigest()


@dataclass(frozen=True, slots=True)
class ReadWish:
    """How a file is read. `overlap` is the share of a chunk that it has in common with the one before."""

    chunk_tokens: int = 256
    overlap: float = 0.15
    is_ocr_wanted: bool = False
    password: str = field(default="", repr=False)


_USUAL = Limits()


def _ignore(_title: str) -> None:
    return


def read(
    source: Source,
    wish: ReadWish,
    *,
    on_parts: OnParts,
    on_progress: Callable[[float], None],
    on_title: Callable[[str], None] = _ignore,
    stop: Stop,
    limits: Limits = _USUAL,
) -> About:
    """Read a file in a child of its own; blocks until all of it was read.

    `on_parts` gets batches in order: every chunk's parts came before or with it. `on_progress` gets fractions of the
    file, `on_title` what the file calls itself, before its first part, unless that is only known later. Raises
    DocumentFault with a sentence for whatever is wrong with the file, Cancelled, and what `source` and the callbacks
    raise; the child is gone then.
    """
    languages = ocr_data.chosen(ocr_languages(), language()) if wish.is_ocr_wanted else ()
    if wish.is_ocr_wanted and not languages:
        raise faults.of("no_ocr")
    pieces = source.pieces()
    begun, kind = _look(source, pieces)
    order = Open(
        "read", kind, source.name, source.size_bytes, wish.chunk_tokens, wish.overlap, languages, wish.password
    )
    if languages:
        limits = replace(limits, silence_s=max(limits.silence_s, OCR_SILENCE_S))
    receiver = _Receiver(kind, on_parts, on_progress, on_title)
    with contextlib.closing(_Session(order, stop, limits)) as session:
        for piece in itertools.chain(begun, pieces, (b"",)):
            if receiver.ended is None:  # else only the source's own end is wanted: its hash, or that it did not change
                session.send(wire.encode_piece(piece))
                for message in session.waiting():
                    receiver.take(message)
        while receiver.ended is None:
            receiver.take(session.receive())
    return receiver.about()


def _look(source: Source, pieces: Iterator[bytes]) -> tuple[list[bytes], Kind]:
    """The first pieces of a file, and what kind it is. Raises DocumentFault."""
    begun: list[bytes] = []
    while sum(map(len, begun)) < HEAD_BYTES and (piece := next(pieces, b"")):
        begun.append(piece)
    if not begun:
        raise faults.of("empty")
    kind = kind_of(source.name, b"".join(begun))
    if kind is None:
        raise faults.of("another_kind" if is_known(source.name) else "unknown_kind")
    if source.size_bytes > FILE_BYTES_MAX and kind not in STREAMED:
        raise faults.of("too_large")
    return begun, kind


class _Receiver:
    """Hands on what a child has read, and counts it."""

    def __init__(
        self, kind: Kind, on_parts: OnParts, on_progress: Callable[[float], None], on_title: Callable[[str], None]
    ) -> None:
        self.ended: Ended | None = None
        self._kind: Kind = kind
        self._on_parts = on_parts
        self._on_progress = on_progress
        self._on_title = on_title
        self._parts = self._characters = self._scans = self._hidden = 0

    def take(self, message: wire.ToParent) -> None:
        """Raises DocumentFault."""
        match message:
            case Batch(parts, chunks):
                self._parts += len(parts)
                self._characters += sum(len(part.text) for part in parts)
                self._scans += sum(part.is_scan for part in parts)
                self._hidden += sum(len(part.hidden) for part in parts)
                self._on_parts(parts, chunks)
            case Progressed(fraction):
                self._on_progress(fraction)
            case Titled(title):
                self._on_title(title)
            case Ended():
                self.ended = message
                self._on_progress(1.0)
            case _:
                raise _of_failure(message)

    def about(self) -> About:
        assert self.ended is not None  # noqa: S101 - the caller waited for it
        notes = [sentence for name in self.ended.notes if (sentence := faults.note(name)) is not None]
        for name, count in (("scans", self._scans), ("hidden", self._hidden)):
            if count and (sentence := faults.note(f"{name}:{count}")) is not None:
                notes.append(sentence)
        if not self._characters and not self._scans and (sentence := faults.note("no_text")) is not None:
            notes.append(sentence)
        return About(
            kind=self._kind,
            part_name=self.ended.part_name,
            title=self.ended.title,
            parts=self._parts,
            characters=self._characters,
            scans=self._scans,
            hidden=self._hidden,
            notes=tuple(notes),
        )


class _Session:
    """One child with one file: its frames, its clock, and how its end is told. Close it."""

    def __init__(self, order: Open, stop: Stop, limits: Limits) -> None:
        """Raises DocumentFault, Cancelled."""
        self._stop = stop
        self._limits = limits
        self._incoming = Incoming()
        self._born_at = self._heard_at = time.monotonic()
        self._silence_s = limits.start_s
        grants = ocr_data.folders() if order.ocr_languages else ()
        environment = _OCR_ENVIRONMENT if order.ocr_languages else _ENVIRONMENT
        try:
            self._child = Child(ROLE, grants=grants, environment=environment)
        except ChildGone as gone:
            raise faults.of("not_started", detail=gone.reason) from gone
        try:
            self._greet(order)
        except BaseException:
            self.close()
            raise

    def _greet(self, order: Open) -> None:
        match self.receive():
            case Hello(is_walled=True):
                pass
            case Hello(detail=detail):
                raise faults.of("no_walls", detail=detail)
            case _:
                raise faults.of("nonsense", detail="no hello")
        self._silence_s = self._limits.silence_s
        self.send(wire.encode_open(order))

    def send(self, frame: bytes) -> None:
        """Waits while the child is behind. Raises DocumentFault, Cancelled."""
        while True:
            self._go_on()
            try:
                self._child.send(frame)
            except ChildBusy:
                continue
            except ChildGone as gone:
                self._tell_last_words()
                raise _of_death(gone.exit, gone.reason) from None
            self._heard_at = time.monotonic()
            return

    def waiting(self) -> Iterator[wire.ToParent]:
        """What the child has said so far. Raises DocumentFault."""
        while (message := self._next(0.0)) is not None:
            yield message

    def receive(self) -> wire.ToParent:
        """Waits. Raises DocumentFault, Cancelled."""
        while True:
            self._go_on()
            if (message := self._next(_LOOK_EVERY_S)) is not None:
                return message

    def close(self) -> None:
        self._child.stop(grace_s=self._limits.grace_s)

    def _next(self, timeout_s: float) -> wire.ToParent | None:
        try:
            untrusted_frame = self._child.receive(timeout_s)
        except ChildGone as gone:
            raise _of_death(gone.exit, gone.reason) from None
        self._heard_at = self._heard_at if untrusted_frame is None else time.monotonic()
        if untrusted_frame is None:
            return None
        try:
            return self._incoming.decode(untrusted_frame)
        except Nonsense as nonsense:
            raise faults.of("nonsense", detail=str(nonsense)) from None

    def begin_wait(self) -> None:
        """The child's silence counts from now."""
        self._heard_at = time.monotonic()

    def _tell_last_words(self) -> None:
        """What a child that ended said about it. Raises DocumentFault."""
        for message in self.waiting():
            if isinstance(message, Failed):
                raise _of_failure(message)

    def _go_on(self) -> None:
        if self._stop.is_set:
            raise Cancelled(_("Reading was stopped."))
        now = time.monotonic()
        if now - self._heard_at > self._silence_s or now - self._born_at > self._limits.wall_s:
            raise faults.of("too_slow", detail="the parent's clock")


def _of_failure(message: wire.ToParent) -> DocumentFault:
    match message:
        case Failed(fault, detail) if fault in FAULT_NAMES:
            return faults.of(fault, detail=detail)  # type: ignore[arg-type]  # one of them
    return faults.of("nonsense", detail=type(message).__name__)


def _of_death(exit_: Exit, reason: str) -> DocumentFault:
    """The fault of a child that ended without a word."""
    detail = f"signal {exit_.signal}, code {exit_.code}, {reason}: {exit_.stderr_tail[-_DETAIL_CHARS:]}"
    name: FaultName = "crashed"
    if exit_.how == "killed":  # by app/process.py, because it broke the framing
        name = "nonsense"
    elif exit_.signal == getattr(signal, "SIGXCPU", -1):
        name = "too_slow"
    elif exit_.signal in (getattr(signal, "SIGKILL", -1), getattr(signal, "SIGTRAP", -1), signal.SIGABRT):
        name = "memory"  # the system ended it, or the library did because it was refused memory
    return faults.of(name, detail=detail)


class Pages:
    """An open document to look at: pictures of its pages. Only kinds that `kinds.can_show` names.

    One thread at a time; `close` may be called from any.
    """

    def __init__(self, source: Source, *, password: str = "", limits: Limits = _USUAL) -> None:
        """Reads the file into a child. Raises DocumentFault, Cancelled."""
        pieces = source.pieces()
        begun, kind = _look(source, pieces)
        if not can_show(kind):
            raise faults.of("unknown_kind")
        order = Open("show", kind, source.name, source.size_bytes, 0, 0.0, password=password)
        self._stop = Stop()
        self._session = _Session(order, self._stop, limits)
        try:
            for piece in itertools.chain(begun, pieces, (b"",)):
                self._session.send(wire.encode_piece(piece))
            answer = self._session.receive()
            if not isinstance(answer, Progressed):
                raise _of_failure(answer)
        except BaseException:
            self._session.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def picture(self, part: int, *, width_px: int, span: Span | None = None) -> Picture:
        """Page `part` as pixels, so wide (less where it would be huge), and where `span` stands on it.

        Raises DocumentFault, Cancelled where it was closed meanwhile.
        """
        width_px = min(MAX_WIDTH_PX, max(MIN_WIDTH_PX, width_px))
        self._session.begin_wait()
        self._session.send(wire.encode_paint(Paint(part, width_px, span)))
        answer = self._session.receive()
        if not isinstance(answer, Picture):
            raise _of_failure(answer)
        return answer

    def words(self, part: int) -> tuple[Word, ...]:
        """The words of a page as PDFium counts them, in the order of its text, with where they stand.

        Raises DocumentFault, Cancelled where it was closed meanwhile.
        """
        self._session.begin_wait()
        self._session.send(wire.encode_ask_words(AskWords(part)))
        answer = self._session.receive()
        if not isinstance(answer, PageWords):
            raise _of_failure(answer)
        return answer.words

    def close(self) -> None:
        """Ends the child. Idempotent."""
        self._stop.set()
        self._session.close()


def ocr_languages() -> tuple[str, ...]:
    """Languages that scanned pages can be read in ("eng"), by what is installed; empty without the component."""
    return ocr_data.languages()


def _require_ordinary(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise faults.of("not_a_file")


def _of_os_error(error: OSError) -> DocumentFault:
    is_gone = isinstance(error, FileNotFoundError | NotADirectoryError)
    return faults.of("gone" if is_gone else "unreadable", detail=f"errno {error.errno}")
