"""What lies in a folder of models: looked through with bounds, for it may be somebody's whole disk.

Links are not followed to folders, nor to files elsewhere: what a folder holds is what is in it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.models import gguf
from app.models.shelf import manifest

MAX_ENTRIES = 50_000  # names looked at
MAX_DEPTH = 5
# Our own staging folders, of downloads (manifest.staging_of) and of copies (copying.staging).
STAGING = re.compile(r"(?P<home>.+-[0-9a-f]{8})(?P<copy>\.[0-9a-f]{8})?\.part")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with models in it. `models` are first parts."""

    folder: Path
    has_manifest: bool
    models: tuple[Path, ...]


def real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # Path.resolve raises for links in a circle


def as_spelled(home: Path, folder: Path) -> Path:
    """`home` by way of `folder` as that is spelled: what is known of checked files is kept by their spelling."""
    return folder / real(home).relative_to(real(folder))


def places(root: Path) -> Iterator[Place]:
    """Every folder with models in it, without following links to folders, or to files outside of `root`."""
    left, pending = MAX_ENTRIES, [(root, 0)]
    while pending and left > 0:
        folder, depth = pending.pop()
        models, has_manifest = [], False
        for entry in _entries(folder, left):
            left -= 1
            if entry.is_dir(follow_symlinks=False):
                if depth < MAX_DEPTH and not STAGING.fullmatch(entry.name):
                    pending.append((Path(entry.path), depth + 1))
            elif entry.name == manifest.NAME:
                has_manifest = True
            elif entry.name.lower().endswith(".gguf") and _stays_in(entry, root):
                models.append(Path(entry.path))
        if has_manifest or models:
            yield Place(folder, has_manifest, _first_parts(models))


def staging_in(root: Path) -> tuple[Path, ...]:
    """Unfinished models, where `manifest.home_of` puts them: three folders down."""
    level: tuple[Path, ...] = (root,)
    for _depth in range(3):
        level = tuple(inner for folder in level for inner in folders_in(folder))
    return tuple(path for path in level if STAGING.fullmatch(path.name))


def folders_in(folder: Path) -> tuple[Path, ...]:
    """The folders in one folder; those that links lead to are not."""
    entries = _entries(folder, MAX_ENTRIES)
    return tuple(sorted(Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)))


def files_in(folder: Path) -> Iterator[tuple[Path, int]]:
    """The files of one folder, with their sizes in bytes."""
    for entry in _entries(folder, MAX_ENTRIES):
        with contextlib.suppress(OSError):
            if entry.is_file(follow_symlinks=False):
                yield Path(entry.path), entry.stat(follow_symlinks=False).st_size


def tidy(folder: Path, root: Path) -> None:
    """Remove empty folders, from `folder` up to `root`, which stays."""
    while folder != root and folder.is_relative_to(root):
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            return
        folder = folder.parent


def _entries(folder: Path, most: int) -> list[os.DirEntry[str]]:
    """Without hidden names: among them are wastebaskets, and what macOS leaves on sticks ("._model.gguf")."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return [entry for entry in itertools.islice(entries, most) if not entry.name.startswith(".")]
    return []


def _stays_in(entry: os.DirEntry[str], root: Path) -> bool:
    return not entry.is_symlink() or real(Path(entry.path)).is_relative_to(real(root))


def _first_parts(paths: Iterable[Path]) -> tuple[Path, ...]:
    """One path for each model: of a split one the first part that is there."""
    firsts: dict[str, Path] = {}
    for path in sorted(paths):
        part = gguf.PART_NAME.fullmatch(path.name)
        firsts.setdefault(f"{part['stem']}/{part['count']}" if part else path.name, path)
    return tuple(firsts.values())
