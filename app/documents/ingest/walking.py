"""Which files there are in a folder, by a plain walk: nothing is opened, no link to a folder is followed.

It is bounded, and it knows what it could not see, because what is not seen is not therefore deleted.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Final

from app.documents.kinds import SUFFIXES
from app.documents.store.following import FileSeen

MOST_FILES: Final = 50_000
MOST_DEPTH: Final = 24
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "$RECYCLE.BIN", "System Volume Information"})
_LATEST_NS: Final = 2**63 - 1  # the database's largest number
_NOT_MEANT: Final = ("~$", ".~lock.")
"""What the names of files begin with that office programs leave beside the one that is open."""


@dataclass(slots=True)
class Walked:
    """What was seen. `unreadable` are folders that did not let themselves be listed, and links to what is not there,
    an unplugged drive, say; `is_cut`: there are more files.

    `folders` are those in which there is anything, and whether they are on another drive than the one gone through.
    """

    files: dict[str, FileSeen] = field(default_factory=dict)
    folders: dict[str, bool] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    is_empty: bool = True  # nothing at all, as where a drive is unplugged
    is_cut: bool = False

    def could_see(self, path: str) -> bool:
        """Whether a file at this place would be in `files`."""
        return not self.is_cut and self.unreadable.isdisjoint((path, *map(str, PurePath(path).parents)))


def walk(folder: Path, *, stop: Callable[[], bool] = lambda: False) -> Walked | None:
    """None where the folder itself is not there (an unplugged drive, say), or where it was stopped."""
    if not is_folder(folder):
        return None
    walked = Walked()
    drive = _drive(str(folder))
    waiting = [(str(folder), 0)]
    while waiting:
        if stop():
            return None
        where, depth = waiting.pop()
        try:
            entries = sorted(os.scandir(where), key=lambda entry: entry.name)
        except OSError:
            walked.unreadable.add(where)
            continue
        if entries:
            walked.is_empty = False
            walked.folders[where] = _drive(where) != drive
        for entry in entries:
            _look(entry, depth, walked, waiting)
        if walked.is_cut:
            break
    return None if walked.unreadable == {str(folder)} else walked


def files_of(paths: Sequence[Path]) -> Iterator[FileSeen]:
    """Files, and what is in folders among them. What is neither is left out."""
    for path in paths:
        absolute = whole_path(path)
        if is_folder(absolute):
            walked = walk(absolute)
            yield from walked.files.values() if walked else ()
        else:
            seen = look(absolute)
            if seen is not None:
                yield seen


def whole_path(path: Path) -> Path:
    """From the root on and without "..", so that one place has one name."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would replace links that the person chose


def is_folder(path: Path) -> bool:
    """Also where that may not be found out, which pathlib raises for before Python 3.14: it is none then."""
    return os.path.isdir(path)  # noqa: PTH112 - as above


def look(path: Path) -> FileSeen | None:
    """An ordinary file as it is now, None where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return _seen(str(path), facts, facts.st_ino) if stat.S_ISREG(facts.st_mode) and is_text(str(path)) else None


def _look(entry: os.DirEntry[str], depth: int, walked: Walked, waiting: list[tuple[str, int]]) -> None:
    if entry.name.startswith((".", *_NOT_MEANT)) or entry.name in _SKIPPED or not is_text(entry.name):
        return
    try:
        if entry.is_dir(follow_symlinks=False):
            if depth < MOST_DEPTH:
                waiting.append((entry.path, depth + 1))
        elif PurePath(entry.name).suffix.lower() not in SUFFIXES:
            return
        elif not entry.is_file():
            if entry.is_symlink() and not os.path.exists(entry.path):  # noqa: PTH110 - as in is_folder
                walked.unreadable.add(entry.path)
        elif len(walked.files) == MOST_FILES:
            walked.is_cut = True
        else:
            is_apart = walked.folders[str(PurePath(entry.path).parent)]
            walked.files[entry.path] = _seen(entry.path, entry.stat(), entry.inode(), is_apart=is_apart)
    except OSError:
        walked.unreadable.add(entry.path)


def is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _drive(folder: str) -> int | None:
    """The device that it is on, None where that cannot be said."""
    try:
        return os.stat(folder).st_dev  # noqa: PTH116 - a walk's own string
    except OSError:
        return None


def _seen(path: str, facts: os.stat_result, number: int, *, is_apart: bool = False) -> FileSeen:
    return FileSeen(
        path,
        PurePath(path).name,
        facts.st_size,
        min(facts.st_mtime_ns, _LATEST_NS),
        min(facts.st_ctime_ns, _LATEST_NS),
        str(number) if os.name == "nt" else "",
        is_apart,
    )
