"""Is this a model file, and which one? Looked at before anything opens it for good; never waits, reads little.

A model split into parts (`name-00001-of-00003.gguf`) is one model: any part stands for the whole.
What the file says about itself is read by `header.py`.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.errors import ModelFault
from app.text import _

MAGIC = b"GGUF"
VERSIONS = (2, 3)  # 1 was given up by llama.cpp
PART_NAME = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf", re.IGNORECASE)

# The header of a Llama 3 model is 7.9 MB, most of it vocabulary; that of a later part names only its tensors.
FINGERPRINT_FRONT_BYTES = 8 * 2**20
FINGERPRINT_LATER_FRONT_BYTES = 64 * 2**10
FINGERPRINT_SAMPLES = 64  # over the whole model, and at least this many in each part:
FINGERPRINT_SAMPLES_PER_PART = 4
FINGERPRINT_SAMPLE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class ModelFile:
    """`path` is what llama.cpp opens (the first part), `shards` all files it will read."""

    path: Path
    size_bytes: int
    shards: tuple[Path, ...]


def check(path: Path) -> ModelFile:
    """The model file that `path` stands for. Raises ModelFault, with a sentence per cause."""
    path = path.absolute()
    own_size = _check_one(path)
    shards = _shards(path)
    missing = [shard for shard in shards if not shard.exists()]
    if missing:
        raise ModelFault(
            _("This model is split into {count} files, and {missing} of them are missing.").format(
                count=len(shards), missing=len(missing)
            ),
            _("Put all parts into the same folder: {name} is not there.").format(name=missing[0].name),
        )
    size_bytes = sum(own_size if shard == path else _check_one(shard) for shard in shards)
    return ModelFile(shards[0], size_bytes, shards)


def fingerprint(path: Path) -> str:
    """Which model this is, as 64 hex digits: the same for a copy elsewhere, another for other weights or vocabulary.

    SHA-256 over the sizes of all parts, their beginnings (where the header is) and blocks taken evenly from the rest.
    It tells models apart; it does not prove that every byte is right. Raises ModelFault.
    """
    shards = check(path).shards
    samples = max(FINGERPRINT_SAMPLES // len(shards), FINGERPRINT_SAMPLES_PER_PART)
    digest = hashlib.sha256()
    for shard in shards:
        front_bytes = FINGERPRINT_FRONT_BYTES if shard == shards[0] else FINGERPRINT_LATER_FRONT_BYTES
        with opened(shard) as (descriptor, size_bytes):
            digest.update(struct.pack("<Q", size_bytes))
            digest.update(read_at(descriptor, 0, front_bytes))
            for number in range(1, samples + 1):
                offset = max(size_bytes - FINGERPRINT_SAMPLE_BYTES, 0) * number // samples
                digest.update(read_at(descriptor, offset, FINGERPRINT_SAMPLE_BYTES))
    return digest.hexdigest()


def read_at(descriptor: int, offset: int, count: int) -> bytes:
    """`count` bytes of the file from `offset` on, fewer only where it ends."""
    os.lseek(descriptor, offset, os.SEEK_SET)
    untrusted = os.read(descriptor, count)
    while len(untrusted) < count and (more := os.read(descriptor, count - len(untrusted))):
        untrusted += more
    return untrusted


@contextmanager
def opened(path: Path) -> Iterator[tuple[int, int]]:
    """A descriptor to read a GGUF file by, and the file's size in bytes.

    Raises ModelFault with a sentence per cause, for what fails inside the `with` block too.
    """
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise ModelFault(_("This is a folder, not a model file."), _("Choose a file whose name ends in .gguf."))
        if not stat.S_ISREG(kind):
            raise ModelFault(_("This is not an ordinary file."), _("Choose a file whose name ends in .gguf."))
        # O_NONBLOCK: between stat and open the name may have become a pipe, which would wait for a writer.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(path, flags)
        try:
            status = os.fstat(descriptor)
            _check_front(os.read(descriptor, 8) if stat.S_ISREG(status.st_mode) else b"")
            yield descriptor, status.st_size
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise ModelFault(
            _("The model file is not there any more, or never was."), _("Choose another model file.")
        ) from None
    except PermissionError:
        raise ModelFault(
            _("The model file may not be read."),
            _("Change its permissions, or copy it to a folder of yours."),
        ) from None
    except OSError as fault:
        raise ModelFault(
            _("The model file cannot be read: {reason}.").format(reason=fault.strerror or type(fault).__name__),
            _("Check the disk that it is on, or choose another model file."),
        ) from None


def _shards(path: Path) -> tuple[Path, ...]:
    name = PART_NAME.fullmatch(path.name)
    if name is None or not 1 <= int(name["number"]) <= int(name["count"]) <= 9999:
        return (path,)
    suffix = path.suffix
    total = name["count"]
    return tuple(
        path.with_name(f"{name['stem']}-{number:05d}-of-{total}{suffix}") for number in range(1, int(total) + 1)
    )


def _check_one(path: Path) -> int:
    """The size in bytes of a readable GGUF file."""
    with opened(path) as (_descriptor, size_bytes):
        return size_bytes


def _check_front(untrusted_front: bytes) -> None:
    """Magic and version, the first eight bytes."""
    if not untrusted_front:
        raise ModelFault(_("The model file is empty."), _("Download it again."))
    if untrusted_front[:4] != MAGIC:
        raise ModelFault(
            _("This is not a model file: its content is not in the GGUF format."),
            _("Choose another file; if this one should be a model, download it again."),
        )
    if len(untrusted_front) < 8:
        raise ModelFault(_("The model file is cut short."), _("Download it again."))
    (version,) = struct.unpack("<I", untrusted_front[4:])
    if version not in VERSIONS:
        raise ModelFault(_version_sentence(version), _("Look for a newer copy of this model."))


def _version_sentence(version: int) -> str:
    if version == 0 or version & 0xFFFF == 0:
        return _("This model file was made for a big-endian machine.")
    return _("This model file has GGUF version {version}, which this engine does not read.").format(version=version)
