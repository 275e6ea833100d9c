"""Files, archives and folders of other programs, and ours: what they have, and reading it one chat after the other.

What a file is, its content says and never its name. A path inside an archive is a word to group by, and never opened.
"""

from __future__ import annotations

import io
import lzma
import os
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from app.chat.carried import Carried
from app.chat.exchange import chatgpt, claude, gpt4all, jan, json_stream, lmstudio, lossless, openwebui
from app.chat.exchange.forms import Found, OnProgress, Origin, Problem, require_going
from app.chat.exchange.untrusted import Fields, fields
from app.chat.exchange.untrusted import title as shown_title
from app.errors import PaddockError, UsageError
from app.models.shelf.names import one_line
from app.text import _

MOST_BYTES = 8 * 2**30  # unpacked, of one path
MOST_FILES = 50_000
MOST_PROBLEMS = 1_000
_MOST_DEPTH = 6
_ENDINGS = (".json", ".jsonl", ".chat")
_ZIP = b"PK\x03\x04"
# What the library raises for archives that are broken, locked, or packed in a way it does not know.
_UNREADABLE = (
    *(OSError, EOFError, ValueError, OverflowError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
)

_FORMATS: tuple[tuple[Origin, Callable[[Fields], bool], Callable[[Fields], Carried]], ...] = (
    ("chatgpt", chatgpt.recognises, chatgpt.read),
    ("claude", claude.recognises, claude.read),
    ("openwebui", openwebui.recognises, openwebui.read),
    ("lmstudio", lmstudio.recognises, lmstudio.read),
)


def look(
    paths: Iterable[Path], *, on_progress: OnProgress | None = None, stop: threading.Event | None = None
) -> tuple[Found, ...]:
    """What each path has, by reading all of it. Raises Cancelled; what cannot be read is among the problems."""
    given = tuple(paths)
    halt = stop or threading.Event()
    work = _Work(sum(map(_size, given)), on_progress, halt)
    return tuple(_look(path, work) for path in given)


def read(
    paths: Iterable[Path], *, on_progress: OnProgress | None = None, stop: threading.Event | None = None
) -> Iterator[Carried | Problem]:
    """Every chat, and a problem in the place of each that cannot be read. Raises Cancelled."""
    given = tuple(paths)
    work = _Work(sum(map(_size, given)), on_progress, stop or threading.Event())
    for path in given:
        for _kind, one in _read_path(path, work):
            yield one


@dataclass(slots=True)
class _Work:
    """How far reading is, in bytes, over all paths."""

    total_bytes: int
    on_progress: OnProgress | None
    stop: threading.Event
    done_bytes: int = 0
    unpacked_bytes: int = 0

    def step(self, size: int) -> None:
        require_going(self.stop)
        self.unpacked_bytes += size
        if self.unpacked_bytes > MOST_BYTES:
            raise PaddockError(_("It unpacks to more than Paddock takes in (8 GB)."))
        self.done_bytes = min(self.total_bytes, self.done_bytes + size)
        if self.on_progress is not None:
            self.on_progress(self.done_bytes, self.total_bytes)


@dataclass(frozen=True, slots=True)
class _Document:
    """A file, wherever it lies. `name` has "/" between folders, for grouping and for sentences."""

    name: str
    size_bytes: int
    open: Callable[[], BinaryIO]

    @property
    def folder(self) -> str:
        return str(PurePosixPath(self.name).parent)

    @property
    def shown(self) -> str:
        return one_line(PurePosixPath(self.name).name, 120)


_One = tuple[Origin, Carried | Problem]


def _look(path: Path, work: _Work) -> Found:
    ids: dict[str, None] = {}
    problems: list[Problem] = []
    kind: Origin | None = None
    for origin, one in _read_path(path, work):
        if isinstance(one, Problem):
            problems += [one] if len(problems) < MOST_PROBLEMS else []
        else:
            kind = kind or origin
            ids[one.conversation.id] = None
    return Found(path, kind, tuple(ids), tuple(problems))


def _read_path(path: Path, work: _Work) -> Iterator[_One]:
    """Of one path; its own fault is a problem among the others, and no reason to leave other paths out."""
    name = one_line(path.name, 120)
    work.unpacked_bytes = 0
    has_any = False
    try:
        with _Documents(path) as documents:
            for origin, one in _read_all(documents, work):
                has_any = True
                yield origin, one
        if not has_any:
            raise UsageError(
                _("There are no chats in it that Paddock knows."),
                _("It can bring in chats of Paddock, ChatGPT, Claude, LM Studio, Jan, GPT4All and Open WebUI."),
            )
    except UsageError as error:
        yield "paddock", Problem(name, str(error))
    except _UNREADABLE as error:
        is_locked = type(error) is RuntimeError  # as zipfile calls a member with a password
        sentence = _("The archive has a password.") if is_locked else _("It could not be read to its end.")
        yield "paddock", Problem(name, sentence)


class _Documents:
    """The documents of a path, in order of their names. Open while it is entered."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._archive: zipfile.ZipFile | None = None
        self.is_single = False
        self.documents: tuple[_Document, ...] = ()

    def __enter__(self) -> _Documents:
        path = self._path
        if path.is_dir():
            self.documents = tuple(_in_folder(path))
        elif not path.is_file():  # nothing there, or what never ends
            raise UsageError(_("There is no such file."))
        elif _starts_with(path, _ZIP):
            self._archive = zipfile.ZipFile(path)
            try:
                self.documents = tuple(_in_archive(self._archive))
            except BaseException:
                self._archive.close()
                raise
        else:
            self.is_single = True
            beside = [path.with_name("messages.jsonl")] if path.name == "thread.json" else []
            self.documents = tuple(_of_file(each, each.name) for each in (path, *beside) if each.is_file())
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._archive is not None:
            self._archive.close()


def _in_folder(folder: Path) -> Iterator[_Document]:
    found: list[Path] = []
    for root, folders, names in os.walk(folder):  # links to folders are not followed
        here = Path(root)
        if len(here.relative_to(folder).parts) >= _MOST_DEPTH:
            folders.clear()
        found += [here / name for name in names if name.lower().endswith(_ENDINGS)]
        if len(found) > MOST_FILES:
            raise UsageError(_("The folder has too many files."), _("Choose the one that has only the chats."))
    for path in sorted(found):
        if path.is_file():
            yield _of_file(path, path.relative_to(folder).as_posix())


def _in_archive(archive: zipfile.ZipFile) -> Iterator[_Document]:
    members = [member for member in archive.infolist() if member.filename.lower().endswith(_ENDINGS)]
    if len(members) > MOST_FILES:
        raise UsageError(_("The archive has too many files."))
    for member in sorted(members, key=lambda each: each.filename):
        yield _Document(member.filename, member.file_size, _opener(archive, member))


def _opener(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        return archive.open(member)  # type: ignore[return-value] # reads bytes, which is all that is done with it

    return opened


def _of_file(path: Path, name: str) -> _Document:
    return _Document(name, path.stat().st_size, lambda: path.open("rb"))


def _read_all(documents: _Documents, work: _Work) -> Iterator[_One]:
    """Files that are no chats are passed over among others; one that was given by itself is said to be none."""
    by_folder: dict[str, list[_Document]] = {}
    for document in documents.documents:
        by_folder.setdefault(document.folder, []).append(document)
    for together in by_folder.values():
        threads = _Threads()
        for document in together:
            yield from _read_document(document, threads, work, is_single=documents.is_single)
        yield from threads.read()


def _read_document(document: _Document, threads: _Threads, work: _Work, *, is_single: bool) -> Iterator[_One]:
    """Its chats; threads and messages of Jan are put aside, as each needs the other.

    What is no JSON is a problem among the others, and no reason to leave the files beside it out.
    """
    origin: Origin | None = None
    try:
        with document.open() as raw:
            stream = _Counted(raw, work)
            if stream.front(len(gpt4all.MAGIC)) == gpt4all.MAGIC:
                yield "gpt4all", _gpt4all(document, stream)
                return
            for head, value in json_stream.values(stream):  # type: ignore[arg-type] # it reads, and no more is done
                origin = _origin(head, fields(value)) or origin
                if origin is None and not threads.take(document, fields(value)):
                    return
                if origin is not None:
                    yield origin, _one(document, origin, head, value)
    except PaddockError as error:
        require_going(work.stop)
        if origin is not None or threads.has(document):
            yield origin or "jan", Problem(document.shown, str(error))
        elif is_single and document.name.lower().endswith(".json"):
            raise UsageError(str(error)) from error
        elif document.name.lower().endswith(".json"):
            yield "paddock", Problem(document.shown, str(error))


def _origin(head: Fields, value: Fields) -> Origin | None:
    if head.get("format") == lossless.FORMAT or value.get("format") == lossless.FORMAT:
        return "paddock"
    return next((origin for origin, recognises, _read in _FORMATS if recognises(value)), None)


def _one(document: _Document, origin: Origin, head: Fields, value: object) -> Carried | Problem:
    """A chat, or what is wrong with this one."""
    title = shown_title(fields(value).get("title") or fields(value).get("name"))
    try:
        if not isinstance(value, dict):
            raise PaddockError(_("One of the entries is not a chat. It was left out."))
        if origin == "paddock":
            lossless.require_known(head or fields(value))
            return lossless.read(value)
        return next(read for name, _recognises, read in _FORMATS if name == origin)(value)
    except PaddockError as error:
        return Problem(document.shown, str(error), title)


def _gpt4all(document: _Document, stream: _Counted) -> Carried | Problem:
    try:
        if document.size_bytes > gpt4all.MOST_BYTES:
            raise PaddockError(_("It is too large to be a chat."))
        return gpt4all.read(stream.rest(gpt4all.MOST_BYTES))
    except PaddockError as error:
        require_going(stream.work.stop)
        return Problem(document.shown, str(error))


@dataclass(slots=True)
class _Threads:
    """What one folder has of Jan: its thread, and the messages that lie beside it."""

    threads: list[tuple[_Document, Fields]] = field(default_factory=list)
    messages: dict[str, list[Fields]] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)
    _first: _Document | None = None

    def take(self, document: _Document, value: Fields) -> bool:
        """Whether it is one of Jan's."""
        if jan.recognises_message(value):
            self.messages.setdefault(str(value.get("thread_id")), []).append(value)
            self._first = self._first or document
        elif jan.recognises_thread(value):
            self.threads.append((document, value))
        else:
            return False
        self._names.add(document.name)
        return True

    def has(self, document: _Document) -> bool:
        return document.name in self._names

    def read(self) -> Iterator[_One]:
        if len(self.threads) == 1 and len(self.messages) == 1:  # in one folder they belong together
            (document, thread), (messages,) = self.threads[0], self.messages.values()
            yield "jan", _thread(document, thread, messages)
            return
        for document, thread in self.threads:
            yield "jan", _thread(document, thread, self.messages.pop(str(thread.get("id")), []))
        for messages in self.messages.values():
            if self._first is not None:
                yield "jan", _thread(self._first, {}, messages)


def _thread(document: _Document, thread: Fields, messages: Sequence[Fields]) -> Carried | Problem:
    try:
        return jan.read(thread, messages)
    except PaddockError as error:
        return Problem(document.shown, str(error), shown_title(thread.get("title")))


class _Counted:
    """A stream that is read once, forward, and tells how far it is."""

    def __init__(self, raw: BinaryIO, work: _Work) -> None:
        self._raw = raw
        self._front = b""
        self.work = work

    def front(self, size: int) -> bytes:
        """The first bytes, which `read` will give again."""
        self._front = self._raw.read(size)
        return self._front

    def read(self, size: int) -> bytes:
        found = self._front + self._raw.read(max(0, size - len(self._front)))
        self._front = b""
        self.work.step(len(found))
        return found

    def rest(self, most: int) -> bytes:
        whole = io.BytesIO()
        while read := self.read(json_stream.READ_BYTES):
            whole.write(read)
            if whole.tell() > most:
                raise PaddockError(_("It is too large to be a chat."))
        return whole.getvalue()


def _starts_with(path: Path, front: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(front)) == front


def _size(path: Path) -> int:
    """About how many bytes will be read; 0 where nobody can say."""
    try:
        with _Documents(path) as documents:
            return sum(document.size_bytes for document in documents.documents)
    except (PaddockError, *_UNREADABLE):
        return 0
