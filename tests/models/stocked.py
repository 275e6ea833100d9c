"""Folders with models in them as Paddock leaves them, and disks that are small, or cannot be written to."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from app.models.header import read_header
from app.models.shelf import manifest
from app.models.shelf.manifest import Manifest, ManifestFile
from app.models.shelf.shelf import Shelf
from app.models.store import MIGRATIONS, VerifiedFiles
from app.paths import Places
from app.storage import values
from app.storage.database import Database
from tests.models import forge

COMMIT = "0123456789" * 4
REPOSITORY = "owner/Llama-GGUF"
HOME_NAME = "Llama-Q4_K_M-01234567"
NEVER = threading.Event()  # a stop that nobody asks for
KEY = bytes(32)


def give_search_model(places: Places, converted: Path) -> None:
    """As if the profile had converted it already. It is a link, so nobody may write to it; they do not: files of models
    are put in place by a rename."""
    places.search.mkdir(parents=True, exist_ok=True)
    if not (places.search / converted.name).exists():
        os.link(converted, places.search / converted.name)


TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"


def ignore(done_bytes: int, total_bytes: int) -> None:
    """Progress that nobody looks at."""


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def content(folder: Path) -> dict[str, bytes]:
    """Every file below the folder, by its path."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def put(folder: Path, repository: str = REPOSITORY, *, title: str = "A Llama", parts: int = 1) -> Path:
    """A small model in its home, with manifest and licence. Returns the home."""
    home = manifest.home_of(folder, repository, "Llama-Q4_K_M", COMMIT)
    home.mkdir(parents=True)
    forge.llama(home / "Llama-Q4_K_M.gguf", keys={"tokenizer.chat_template": TEMPLATE}, parts=parts)
    described(home, title, repository)
    return home


def described(home: Path, title: str = "A Llama", repository: str = REPOSITORY) -> Manifest:
    """Write the manifest for the model files in the folder."""
    paths = sorted(home.glob("*.gguf"))
    header = read_header(paths[0])
    (home / "LICENSE").write_text("You may use this model.\n")
    made = Manifest(
        title=title,
        files=tuple(ManifestFile(path.name, path.stat().st_size, digest(path)) for path in paths),
        repository=repository,
        commit=COMMIT,
        licence="llama3.1",
        quantisation=header.quantisation,
        architecture=header.architecture,
        texts=("LICENSE",),
        template_sha256=manifest.template_digest(header.chat_template),
        added="2026-07-01",
    )
    manifest.write(home, made)
    return made


def relabel(home: Path, **changes: object) -> None:
    """The manifest of that home, with other fields."""
    manifest.write(home, replace(manifest.read(home), **changes))  # type: ignore[arg-type]  # fields have many types


def spoil(path: Path) -> None:
    """One other bit in the middle; size and time of change stay."""
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(before.st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@dataclass
class Watched:
    """Counts progress, and stops the work once `most` bytes are done."""

    most: int | None = None
    told: list[tuple[int, int]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def __call__(self, done_bytes: int, total_bytes: int) -> None:
        self.told.append((done_bytes, total_bytes))
        if self.most is not None and done_bytes >= self.most:
            self.stop.set()


@contextlib.contextmanager
def opened_shelf(tmp_path: Path, *folders: Path, shared: tuple[Path, ...] = ()) -> Iterator[Shelf]:
    """A shelf over these folders, with what it knows of checked files in a real database."""
    own = tuple(replace(step, number=number) for number, step in enumerate(MIGRATIONS, len(values.MIGRATIONS) + 1))
    database = Database.open(tmp_path / "profile" / "paddock.db", KEY, migrations=values.MIGRATIONS + own)
    try:
        yield Shelf(lambda: folders, shared, VerifiedFiles(database))
    finally:
        database.close()


@contextlib.contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A file system of its own in memory. Skips the test where mounting is not permitted."""
    folder.mkdir(exist_ok=True)
    mount = shutil.which("mount")
    command = [str(mount), "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a tmpfs needs Linux and root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def make_read_only(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
