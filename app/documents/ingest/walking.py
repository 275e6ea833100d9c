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
from app.documents.store.shelves import FileSeen

MOST_FILES: Final = 50_000
MOST_DEPTH: Final = 24
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "$RECYCLE.BIN", "System Volume Information"})
_NOT_MEANT: Final = ("~$", ".~lock.")
"""What the names of files begin with that office programs leave beside the one that is open."""


@dataclass(slots=True)
class Walked:
    """What was seen. `unreadable` are folders that did not let themselves be listed; `is_cut`: there are more files."""

    files: dict[str, FileSeen] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    is_empty: bool = True  # nothing at all, as where a drive is unplugged
    is_cut: bool = False

    def could_see(self, path: str) -> bool:
        """Whether a file at this place would be in `files`."""
        return not self.is_cut and not any(PurePath(path).is_relative_to(folder) for folder in self.unreadable)


def walk(folder: Path, *, stop: Callable[[], bool] = lambda: False) -> Walked | None:
    """None where the folder itself is not there (an unplugged drive, say), or where it was stopped."""
    if not folder.is_dir():
        return None
    walked = Walked()
    waiting = [(str(folder), 0)]
    while waiting:
        if stop():
            return None
        where, depth = waiting.pop()
        try:
            entries = sorted(os.scandir(where), key=lambda entry: entry.name)
        except OSError:
            walked.unreadable.append(where)
            continue
        walked.is_empty = walked.is_empty and not entries
        for entry in entries:
            _look(entry, depth, walked, waiting)
        if walked.is_cut:
            break
    return None if walked.unreadable == [str(folder)] else walked


def files_of(paths: Sequence[Path]) -> Iterator[FileSeen]:
    """Files, and what is in folders among them. What is neither is left out."""
    for path in paths:
        absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would replace links that the person chose
        if absolute.is_dir():
            walked = walk(absolute)
            yield from walked.files.values() if walked else ()
        else:
            seen = look(absolute)
            if seen is not None:
                yield seen


def look(path: Path) -> FileSeen | None:
    """An ordinary file as it is now, None where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return _seen(str(path), facts) if stat.S_ISREG(facts.st_mode) and is_text(str(path)) else None


def _look(entry: os.DirEntry[str], depth: int, walked: Walked, waiting: list[tuple[str, int]]) -> None:
    if entry.name.startswith((".", *_NOT_MEANT)) or entry.name in _SKIPPED or not is_text(entry.name):
        return
    try:
        if entry.is_dir(follow_symlinks=False):
            if depth < MOST_DEPTH:
                waiting.append((entry.path, depth + 1))
        elif PurePath(entry.name).suffix.lower() in SUFFIXES and entry.is_file():
            if len(walked.files) == MOST_FILES:
                walked.is_cut = True
            else:
                walked.files[entry.path] = _seen(entry.path, entry.stat())
    except OSError:
        walked.unreadable.append(entry.path)


def is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _seen(path: str, facts: os.stat_result) -> FileSeen:
    return FileSeen(path, PurePath(path).name, facts.st_size, min(facts.st_mtime_ns, 2**63 - 1))
