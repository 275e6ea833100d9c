"""The front of GGUF files: their keys and the tables of their tensors, read without believing any of it.

Every count and length is held against the file's size and a budget before anything is walked or kept; long arrays are
passed over, not built. What llama.cpp refuses or dies of is refused here first. Read in chunks: a mapped file that
another program cuts short would end this process. The format: ggml/include/gguf.h.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.errors import ModelFault
from app.models.gguf import ModelFile, opened, read_at
from app.models.quantisation import FORMATS, REMOVED_FORMATS, WeightFormat
from app.text import _

CHUNK_BYTES = 256 * 2**10
DEFAULT_ALIGNMENT = 32  # GGUF_DEFAULT_ALIGNMENT
MAX_ALIGNMENT = 2**20
MAX_KEY_BYTES = 1024
MAX_TEXT_BYTES = 4096  # longer values are passed over: whole tokenizers have been seen there
MAX_TEMPLATE_BYTES = 2**20
MAX_ARRAY = 512  # longer ones are passed over; per-layer values need at most LLAMA_MAX_LAYERS
MAX_TENSOR_NAME_BYTES = 63  # GGML_MAX_NAME less its end mark
MAX_DIMENSIONS = 4  # GGML_MAX_DIMS
MAX_WEIGHTS = 2**63 - 1
MAX_PART_BYTES = 2**44
LEAST_KEY_BYTES = 8 + 4 + 1  # length of the name, kind, value
LEAST_TENSOR_BYTES = 8 + 4 + 4 + 8  # length of the name, dimensions, format, offset

TEMPLATE = "tokenizer.chat_template"
TEXT, ARRAY = 8, 9
# enum gguf_type, without texts and arrays
NUMBERS = {
    kind: struct.Struct(f"<{letter}") for kind, letter in zip((*range(8), 10, 11, 12), "BbHhIif?Qqd", strict=True)
}
U32, U64, COUNTS, ARRAY_HEAD = (struct.Struct(layout) for layout in ("<I", "<Q", "<QQ", "<IQ"))

Number = int | float | bool


@dataclass(slots=True)
class Budget:
    """What may still be spent on one model, all parts together. The limits are far above every model known."""

    header_bytes: int = 256 * 2**20
    keys: int = 4096
    tensors: int = 32_768
    strings: int = 2_000_000  # Gemma, the largest: 262,144 tokens and 514,906 merges
    kept_bytes: int = 8 * 2**20  # of values; names are bounded by their number

    def spend(
        self, *, header_bytes: int = 0, keys: int = 0, tensors: int = 0, strings: int = 0, kept_bytes: int = 0
    ) -> None:
        """Raises ModelFault when nothing is left."""
        self.header_bytes -= header_bytes
        self.keys -= keys
        self.tensors -= tensors
        self.strings -= strings
        self.kept_bytes -= kept_bytes
        if min(self.header_bytes, self.keys, self.tensors, self.strings, self.kept_bytes) < 0:
            raise ModelFault(
                _("What this model file says about itself is longer than that of any known model."),
                _("It is damaged, or was never meant to run. Choose another model."),
            )


@dataclass(frozen=True, slots=True)
class Tensor:
    """`shape` begins with the length of a row, as in the file."""

    name: str
    shape: tuple[int, ...]
    format: WeightFormat
    weights: int
    size_bytes: int
    offset: int  # bytes from the beginning of the file's data


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a model. Values and arrays that are too long to matter are left out; `lengths` knows all arrays."""

    values: Mapping[str, Number | str]
    arrays: Mapping[str, tuple[Number, ...]]
    lengths: Mapping[str, int]
    tensors: tuple[Tensor, ...]
    header_bytes: int

    def whole_number(self, key: str, default: int) -> int:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise damaged("a key holds another kind of value")
        return value


def damaged(detail: str) -> ModelFault:
    return ModelFault(_("The model file is damaged or was cut short."), _("Download it again."), detail=detail)


def read_parts(file: ModelFile) -> tuple[Part, ...]:
    """All parts of a model, in order. Raises ModelFault when one cannot be read or they are not one model."""
    budget = Budget()
    parts = tuple(read_part(shard, budget) for shard in file.shards)
    _require_own_name(file, parts[0])
    _require_one_model(parts)
    return parts


def read_part(path: Path, budget: Budget) -> Part:
    """One file, on its own. Raises ModelFault."""
    with opened(path) as (descriptor, size_bytes):
        cursor = _Cursor(descriptor, size_bytes, budget)
        cursor.skip(8)
        tensor_count, key_count = cursor.unpack(COUNTS)
        cursor.require(key_count * LEAST_KEY_BYTES + tensor_count * LEAST_TENSOR_BYTES)
        budget.spend(keys=key_count, tensors=tensor_count)
        keys = _Keys()
        for _number in range(key_count):
            _read_key(cursor, keys)
        part = Part(keys.values, keys.arrays, keys.lengths, _read_tensors(cursor, tensor_count), cursor.position)
        budget.spend(header_bytes=part.header_bytes)
        alignment = _alignment(part)
        data_bytes = _require_in_order(part.tensors, alignment)
        whole_bytes = _padded(part.header_bytes, alignment) + data_bytes
        if part.tensors and whole_bytes > size_bytes:
            raise _cut_short(path, size_bytes, whole_bytes)
        return part


class _Cursor:
    """A place in the untrusted front of a file. It reads ahead in chunks and passes over without reading."""

    def __init__(self, descriptor: int, size_bytes: int, budget: Budget) -> None:
        self.budget = budget
        self._descriptor = descriptor
        self._size_bytes = size_bytes
        self._most_bytes = budget.header_bytes
        self._chunk = b""
        self._chunk_offset = 0
        self._at = 0  # in the chunk, and beyond its end after a skip

    @property
    def position(self) -> int:
        return self._chunk_offset + self._at

    def require(self, count: int) -> None:
        """Raises ModelFault unless the file has `count` bytes more, and the budget too."""
        if count > self._size_bytes - self.position:
            raise damaged("the header goes on after the end of the file")
        if self.position + count > self._most_bytes:
            self.budget.spend(header_bytes=self.position + count)

    def skip(self, count: int) -> None:
        self.require(count)
        self._at += count

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._chunk):
            self._fetch(count)
        self._at += count
        return self._chunk[self._at - count : self._at]

    def unpack(self, layout: struct.Struct) -> tuple[Any, ...]:  # what `layout` says
        return layout.unpack(self.take(layout.size))

    def text(self, most_bytes: int) -> str:
        """A text with its length before it; one that is longer than `most_bytes` is damage."""
        (length,) = self.unpack(U64)
        if length > most_bytes:
            raise damaged("a name is too long")
        return self.take(length).decode("utf-8", "replace")

    def skip_texts(self, count: int) -> None:
        """The one loop that matters for speed: a vocabulary with its merges is half a million texts."""
        self.require(count * U64.size)
        self.budget.spend(strings=count)
        length_at = U64.unpack_from
        while count:
            if self._at + U64.size > len(self._chunk):
                self._fetch(U64.size)
            chunk, at = self._chunk, self._at
            last = len(chunk) - U64.size
            for passed in range(1, count + 1):  # noqa: B007 (a counter, and the fastest)
                at += U64.size + length_at(chunk, at)[0]
                if at > last:
                    break
            count -= passed
            self.skip(at - self._at)

    def _fetch(self, count: int) -> None:
        """A chunk that begins at this position and holds at least `count` bytes."""
        self.require(count)
        position = self.position
        self._chunk = read_at(self._descriptor, position, max(count, CHUNK_BYTES))
        self._chunk_offset, self._at = position, 0
        if len(self._chunk) < count:
            raise damaged("the file became shorter")


@dataclass(slots=True)
class _Keys:
    seen: set[str] = field(default_factory=set)
    values: dict[str, Number | str] = field(default_factory=dict)
    arrays: dict[str, tuple[Number, ...]] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)


def _read_key(cursor: _Cursor, keys: _Keys) -> None:
    name = cursor.text(MAX_KEY_BYTES)
    if not name or name in keys.seen:
        raise damaged("a key without a name, or twice the same")
    keys.seen.add(name)
    (kind,) = cursor.unpack(U32)
    if kind in NUMBERS:
        (keys.values[name],) = cursor.unpack(NUMBERS[kind])
    elif kind == TEXT:
        _read_text(cursor, keys, name)
    elif kind == ARRAY:
        _read_array(cursor, keys, name)
    else:
        raise damaged(f"a value of the unknown kind {kind}")


def _read_text(cursor: _Cursor, keys: _Keys, name: str) -> None:
    (length,) = cursor.unpack(U64)
    cursor.require(length)
    if name == TEMPLATE and length > MAX_TEMPLATE_BYTES:
        raise ModelFault(_("The chat template in this model file is too long to be one."), _("Choose another model."))
    if length > MAX_TEXT_BYTES and name != TEMPLATE:
        cursor.skip(length)
        return
    cursor.budget.spend(kept_bytes=length)
    keys.values[name] = cursor.take(length).decode("utf-8", "replace")


def _read_array(cursor: _Cursor, keys: _Keys, name: str) -> None:
    kind, count = cursor.unpack(ARRAY_HEAD)
    keys.lengths[name] = count
    if kind == TEXT:
        cursor.skip_texts(count)
    elif kind not in NUMBERS:  # llama.cpp reads no arrays of arrays
        raise damaged(f"an array of the unknown kind {kind}")
    elif count > MAX_ARRAY:
        cursor.skip(count * NUMBERS[kind].size)
    else:
        untrusted = cursor.take(count * NUMBERS[kind].size)
        cursor.budget.spend(kept_bytes=len(untrusted))
        keys.arrays[name] = tuple(value for (value,) in NUMBERS[kind].iter_unpack(untrusted))


def _read_tensors(cursor: _Cursor, count: int) -> tuple[Tensor, ...]:
    tensors = tuple(_read_tensor(cursor) for _number in range(count))
    if len({tensor.name for tensor in tensors}) < count:
        raise damaged("a tensor is there twice")
    return tensors


def _read_tensor(cursor: _Cursor) -> Tensor:
    name = cursor.text(MAX_TENSOR_NAME_BYTES)
    (dimensions,) = cursor.unpack(U32)
    if dimensions > MAX_DIMENSIONS:
        raise damaged(f"a tensor of {dimensions} dimensions")
    shape = struct.unpack(f"<{dimensions}Q", cursor.take(dimensions * U64.size))
    number, offset = cursor.unpack(ARRAY_HEAD)
    weight_format = FORMATS.get(number)
    if weight_format is None:
        raise _unknown_format(number)
    weights = 1
    for length in shape:
        weights *= length
        if max(length, weights) > MAX_WEIGHTS:
            raise damaged("a tensor of impossible size")
    row = shape[0] if shape else 1
    if row % weight_format.block_weights:
        raise damaged(f"a row that is not a whole number of {weight_format.name} blocks")
    size_bytes = weights // weight_format.block_weights * weight_format.block_bytes
    return Tensor(name, shape, weight_format, weights, size_bytes, offset)


def _unknown_format(number: int) -> ModelFault:
    if number in REMOVED_FORMATS:
        return ModelFault(
            _("This model's weights are in a format that engines no longer read."),
            _("Look for a newer copy of this model."),
        )
    return ModelFault(
        _("This model's weights are in a format that this engine does not know."),
        _("It may be newer than this Paddock, or damaged. Choose another model."),
        detail=f"format {number}",
    )


def _alignment(part: Part) -> int:
    alignment = part.whole_number("general.alignment", DEFAULT_ALIGNMENT)
    if not 0 < alignment <= MAX_ALIGNMENT or alignment & (alignment - 1):
        raise damaged(f"an alignment of {alignment}")
    return alignment


def _require_in_order(tensors: Sequence[Tensor], alignment: int) -> int:
    """The bytes from the first tensor's beginning to the last one's end.

    Each begins where the one before ends, rounded up: as llama.cpp demands, which leaves no room for overlaps.
    """
    end = 0
    for tensor in tensors:
        if tensor.offset != _padded(end, alignment):
            raise damaged("a tensor is not where it should be")
        end = tensor.offset + tensor.size_bytes
    return end


def _padded(count: int, alignment: int) -> int:
    return -(-count // alignment) * alignment


def _cut_short(path: Path, size_bytes: int, whole_bytes: int) -> ModelFault:
    if whole_bytes > MAX_PART_BYTES:
        return damaged("a tensor of impossible size")
    return ModelFault(
        _("The model file is cut short: {percent} % of it is there.").format(percent=size_bytes * 100 // whole_bytes),
        _("Download {name} again.").format(name=path.name),
    )


def _require_own_name(file: ModelFile, part: Part) -> None:
    """A part whose name lost its number would be taken for the whole."""
    count = part.whole_number("split.count", 1)
    if len(file.shards) > 1 or count <= 1:
        return
    number = part.whole_number("split.no", 0) + 1
    raise ModelFault(
        _("This is part {number} of a model that is split into {count} files, but its name does not say so.").format(
            number=number, count=count
        ),
        _("Give it back its name, which ends in {ending}, and put all parts into the same folder.").format(
            ending=f"-{number:05d}-of-{count:05d}.gguf"
        ),
    )


def _require_one_model(parts: Sequence[Part]) -> None:
    """Each part says how many there are, which one it is, and how many tensors all have (gguf-split.cpp)."""
    tensor_count = sum(len(part.tensors) for part in parts)
    for index, part in enumerate(parts):
        own = part.whole_number("split.no", 0)
        whole = part.whole_number("split.tensors.count", tensor_count)
        architecture = part.values.get("general.architecture", parts[0].values.get("general.architecture"))
        if (
            part.whole_number("split.count", 1) != len(parts)
            or whole != tensor_count
            or architecture != parts[0].values.get("general.architecture")
        ):
            raise _not_one_model()
        if own != index:
            raise ModelFault(
                _("The file that is named part {number} of this model is part {own}.").format(
                    number=index + 1, own=own + 1
                ),
                _("Give the parts their own names back, or download them again."),
            )
    if len({tensor.name for part in parts for tensor in part.tensors}) < tensor_count:
        raise _not_one_model()


def _not_one_model() -> ModelFault:
    return ModelFault(
        _("The parts of this model do not belong together."),
        _("Put all parts of one download into a folder of their own, under their own names."),
    )
