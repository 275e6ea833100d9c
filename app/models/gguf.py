"""Is this a model file? Looked at before anything opens it for good; never blocks, reads eight bytes.

A model split into parts (`name-00001-of-00003.gguf`) is one model: any part stands for the whole.
"""

from __future__ import annotations

import os
import re
import stat
import struct
from dataclasses import dataclass
from pathlib import Path

from app.errors import ModelFault
from app.text import _

MAGIC = b"GGUF"
VERSIONS = (2, 3)  # 1 was given up by llama.cpp
PART_NAME = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf", re.IGNORECASE)


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
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise ModelFault(_("This is a folder, not a model file."), _("Choose a file whose name ends in .gguf."))
        if not stat.S_ISREG(kind):
            raise ModelFault(_("This is not an ordinary file."), _("Choose a file whose name ends in .gguf."))
        return _check_header(path)
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


def _check_header(path: Path) -> int:
    # O_NONBLOCK: between stat and open the name may have become a pipe, which would wait for a writer.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        untrusted_header = os.read(descriptor, 8) if stat.S_ISREG(status.st_mode) else b""
    finally:
        os.close(descriptor)
    if not untrusted_header:
        raise ModelFault(_("The model file is empty."), _("Download it again."))
    if untrusted_header[:4] != MAGIC:
        raise ModelFault(
            _("This is not a model file: its content is not in the GGUF format."),
            _("Choose another file; if this one should be a model, download it again."),
        )
    if len(untrusted_header) < 8:
        raise ModelFault(_("The model file is cut short."), _("Download it again."))
    (version,) = struct.unpack("<I", untrusted_header[4:])
    if version not in VERSIONS:
        raise ModelFault(_version_sentence(version), _("Look for a newer copy of this model."))
    return status.st_size


def _version_sentence(version: int) -> str:
    if version == 0 or version & 0xFFFF == 0:
        return _("This model file was made for a big-endian machine.")
    return _("This model file has GGUF version {version}, which this engine does not read.").format(version=version)
