"""Chats into files. What is written appears whole or not at all: beside its place first, then by one rename.

Several files go into a folder of their own first, inside the one that was chosen, and move out of it at the end.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from app import __version__
from app.chat.carried import Carried
from app.chat.exchange import lossless, page, readable
from app.chat.exchange.forms import Form, OnProgress, Printer, Written, require_going
from app.chat.exchange.names import file_name
from app.errors import DiskFull, PaddockError, StorageFault, UsageError
from app.storage import files
from app.text import _

WRITE_CHARACTERS = 2**18
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP can name


def write(
    carried: Iterable[Carried],
    target: Path,
    form: Form,
    *,
    total: int = 0,
    printer: Printer | None = None,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> Written:
    """Write chats to `target`: the file (replaced if it is there), or the folder (made if it is not).

    `total`: how many there will be, for progress. Raises Cancelled, DiskFull, StorageFault, UsageError; nothing is left
    behind then.
    """
    if form.kind == "pdf" and printer is None:
        raise UsageError(_("PDF files are made in Paddock's window."), _("Choose Markdown, HTML, plain text or JSON."))
    job = _Job(carried, form, printer, total, on_progress, stop or threading.Event())
    with _sentences():
        if form.place == "folder":
            count = _write_folder(job, target)
        elif form.place == "zip":
            count = _replaced(target, lambda file: _write_zip(job, file))
        else:
            _replaced(target, lambda file: _write_one(job, file))
            count = 1
    return Written(target, job.done, count)


class _Job:
    """The chats, counted while they are taken."""

    def __init__(
        self,
        carried: Iterable[Carried],
        form: Form,
        printer: Printer | None,
        total: int,
        on_progress: OnProgress | None,
        stop: threading.Event,
    ) -> None:
        self.form = form
        self.done = 0
        self._carried = carried
        self._printer = printer
        self._total = total
        self._on_progress = on_progress
        self._stop = stop

    def chats(self) -> Iterator[Carried]:
        for one in self._carried:
            require_going(self._stop)
            yield one
            self.done += 1
            if self._on_progress is not None:
                self._on_progress(self.done, max(self.done, self._total))
        require_going(self._stop)

    def pieces(self, chats: Iterable[Carried]) -> Iterator[bytes]:
        """One file with these chats, bit by bit."""
        if self.form.kind == "pdf" and self._printer is not None:
            yield self._printer(chats)
            return
        for text in self._texts(chats):
            for start in range(0, len(text), WRITE_CHARACTERS):
                require_going(self._stop)
                yield text[start : start + WRITE_CHARACTERS].encode("utf-8", "replace")

    def _texts(self, chats: Iterable[Carried]) -> Iterator[str]:
        has_all = self.form.has_all_versions
        if self.form.kind == "json":
            yield from _json(chats)
        elif self.form.kind == "html":
            yield from _html(chats, has_all_versions=has_all)
        else:
            one = readable.markdown if self.form.kind == "md" else readable.plain
            for number, carried in enumerate(chats):
                yield ("\n\n" if number else "") + one(carried, has_all_versions=has_all)


def _json(chats: Iterable[Carried]) -> Iterator[str]:
    """The head comes first, so that a reader knows what it reads before the first chat."""
    head = {
        "format": lossless.FORMAT,
        "version": lossless.VERSION,
        "written_by": f"Paddock {__version__}",
        "written_at": int(time.time()),
    }
    yield json.dumps(head)[:-1] + ', "conversations": ['
    for number, carried in enumerate(chats):
        yield (",\n" if number else "\n") + json.dumps(lossless.to_json(carried), ensure_ascii=False, allow_nan=False)
    yield "\n]}\n"


def _html(chats: Iterable[Carried], *, has_all_versions: bool) -> Iterator[str]:
    is_begun = False
    for carried in chats:
        if not is_begun:
            yield page.head(" ".join(carried.conversation.title.split()))
        is_begun = True
        yield page.article(carried, has_all_versions=has_all_versions)
    yield page.FOOT if is_begun else page.head(_("Chats")) + page.FOOT


def _write_one(job: _Job, file: BinaryIO) -> int:
    for piece in job.pieces(job.chats()):
        file.write(piece)
    return 1


def _write_zip(job: _Job, file: BinaryIO) -> int:
    taken: set[str] = set()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for carried in job.chats():
            member = zipfile.ZipInfo(file_name(carried.conversation.title, job.form.kind, taken), _changed(carried))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o600 << 16
            with archive.open(member, "w", force_zip64=True) as inside:
                for piece in job.pieces([carried]):
                    inside.write(piece)
    return len(taken)


def _changed(carried: Carried) -> tuple[int, int, int, int, int, int]:
    """When the chat was last changed, as an archive can say it: from 1980 to 2107."""
    try:
        at = time.localtime(carried.conversation.changed_at)
    except (ValueError, OverflowError, OSError):
        return _LONG_AGO
    return at[:6] if 1980 <= at.tm_year <= 2107 else _LONG_AGO


def _write_folder(job: _Job, folder: Path) -> int:
    """Names that are there already are not taken again."""
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    staging = folder / f".{secrets.token_hex(4)}.part"
    moved: list[Path] = []
    try:
        staging.mkdir(mode=0o700)
        taken = {path.name.casefold() for path in folder.iterdir()}
        names = []
        for carried in job.chats():
            names.append(file_name(carried.conversation.title, job.form.kind, taken))
            _fill(staging / names[-1], partial(_write_pieces, job.pieces([carried])))
        for name in names:
            files.rename_over(staging / name, folder / name)
            moved.append(folder / name)
        return len(names)
    except BaseException:
        for path in moved:
            path.unlink(missing_ok=True)
        moved.clear()
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if is_new and not moved:
            with contextlib.suppress(OSError):
                folder.rmdir()


def _write_pieces(pieces: Iterable[bytes], file: BinaryIO) -> int:
    for piece in pieces:
        file.write(piece)
    return 1


def _replaced(target: Path, fill: Callable[[BinaryIO], int]) -> int:
    """Put a new file in the place of `target`, or leave it as it was."""
    beside = target.with_name(f".{secrets.token_hex(4)}.part")
    try:
        count = _fill(beside, fill)
        files.rename_over(beside, target)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    return count


def _fill(path: Path, fill: Callable[[BinaryIO], int]) -> int:
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb"
    ) as file:
        count = fill(file)
        file.flush()
        os.fsync(file.fileno())
    return count


@contextmanager
def _sentences() -> Iterator[None]:
    """Faults of the file system as sentences about this export."""
    try:
        yield
    except OSError as error:
        if isinstance(files.as_fault(error), DiskFull):
            raise DiskFull(
                _("The disk is full, so nothing was exported."), _("Free some space, or choose another place.")
            ) from error
        raise StorageFault(
            _("The export could not be written there."),
            _("Check that the folder is there and that you may write to it, or choose another."),
            detail=type(error).__name__,
        ) from error
    except RecursionError as error:
        raise PaddockError(_("One of the chats is nested too deeply to be written in this form.")) from error
