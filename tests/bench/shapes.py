"""Models of full size that take no room: their weights are holes in the file, which read as zeros.

Zeros say nothing about quality, but everything about memory, loading and speed per byte. The vocabulary is real,
because engines read prompts and count their tokens with it.
"""

from __future__ import annotations

import contextlib
import functools
import shutil
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gguf import GGUFReader, GGUFValueType

from tests import assets
from tests.models import forge
from tests.models.forge import Shape

# Llama 3.2 model cards; those of 3.1 are the forge's own.
SHAPES = forge.SHAPES | {
    "1b": Shape(16, 2048, 8192, 32, 8, 128256),
    "3b": Shape(28, 3072, 8192, 24, 8, 128256),
}
TIED = ("1b", "3b")  # the output is the input table


def model(folder: Path, name: str, quantisation: str) -> Path:
    """The file of this shape, written when it is first asked for."""
    path = folder / f"{name}-{quantisation}.gguf"
    if not path.exists():
        forge.llama(path, SHAPES[name], quantisation=quantisation, tied=name in TIED, keys=_vocabulary())
    return path


@functools.cache
def _vocabulary() -> dict[str, forge.Value]:
    """That of Llama 3.1, out of a small file that the tests' own writer makes."""
    with folder() as place:
        fields = GGUFReader(assets.tiny_llama31(place)).fields
        keys = {name: field.contents() for name, field in fields.items() if name.startswith("tokenizer.")}
    kinds = keys["tokenizer.ggml.token_type"]
    signed = struct.pack("<IQ", GGUFValueType.INT32, len(kinds)) + struct.pack(f"<{len(kinds)}i", *kinds)
    return keys | {"tokenizer.ggml.token_type": forge.Raw(GGUFValueType.ARRAY, signed)}


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """For the files of one figure; needs a file system that knows holes."""
    path = Path(tempfile.mkdtemp(prefix="paddock-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path)
