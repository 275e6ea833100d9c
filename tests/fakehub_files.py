"""Files as a hub holds them: with both of its names for a content, in memory or on the disk."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

LEAST_LFS_BYTES = 2**20  # the hub keeps .gguf and whatever is large outside of git

Content = bytes | Path


@dataclass(frozen=True, slots=True)
class HeldFile:
    """`blob_id` is git's name: of the content, or, in LFS, of the pointer that git keeps in its place."""

    content: Content
    size_bytes: int
    sha256: str
    blob_id: str
    is_lfs: bool

    @property
    def pointer(self) -> bytes:
        return _pointer(self.sha256, self.size_bytes)

    def open(self) -> BinaryIO:
        return _opened(self.content)


def held(name: str, content: Content, *, is_lfs: bool = False) -> HeldFile:
    size_bytes = len(content) if isinstance(content, bytes) else content.stat().st_size
    sha256, blob = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % size_bytes)
    with _opened(content) as stream:
        while chunk := stream.read(2**20):
            sha256.update(chunk)
            blob.update(chunk)
    is_lfs = is_lfs or name.lower().endswith((".gguf", ".bin", ".safetensors")) or size_bytes >= LEAST_LFS_BYTES
    if is_lfs:
        pointer = _pointer(sha256.hexdigest(), size_bytes)
        blob = hashlib.sha1(b"blob %d\0" % len(pointer) + pointer)
    return HeldFile(content, size_bytes, sha256.hexdigest(), blob.hexdigest(), is_lfs)


def _opened(content: Content) -> BinaryIO:
    return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")


def _pointer(sha256: str, size_bytes: int) -> bytes:
    """What git itself keeps of a file in LFS: https://git-lfs.com, version 1 of the pointer file."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size_bytes}\n".encode()
