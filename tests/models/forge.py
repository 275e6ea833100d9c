"""Writes model files for tests: honest ones of any size (sparse: 229 GB take no room), split ones, hostile ones.

forge.llama(tmp_path / "m.gguf")                              a small one
forge.llama(tmp_path / "m.gguf", "70b", quantisation="Q8_0")  the shape of Llama 3.1 70B, at its full size
forge.llama(tmp_path / "m.gguf", layers=3, tied=True, keys={"general.name": "Mine"}, parts=3)
forge.write(path, keys, tensors)                              whatever else; `Raw` lies about anything
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.models.quantisation import FILE_TYPES, FORMATS

ALIGNMENT = 32
NUMBERS = {weights.name: number for number, weights in FORMATS.items()}
MIXES = {name: number for number, name in FILE_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Raw:
    """A value as bytes, with the number of its kind: for what Python has no type for, and for lies."""

    kind: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Tensor:
    """`shape` begins with the length of a row. Without an `offset` it stands where it should."""

    name: str
    shape: tuple[int, ...]
    format: str = "F32"
    offset: int | None = None
    number: int | None = None  # of the format, where it is none

    @property
    def size_bytes(self) -> int:
        weights = FORMATS[NUMBERS[self.format]]
        return math.prod(self.shape) // weights.block_weights * weights.block_bytes


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers of a model of the Llama family."""

    layers: int = 2
    embedding: int = 256
    feed_forward: int = 512
    heads: int = 4
    kv_heads: int = 2
    vocabulary: int = 512
    context: int = 131072
    experts: int = 0
    experts_used: int = 0


# Llama 3.1 model cards
SHAPES = {
    "tiny": Shape(),
    "8b": Shape(32, 4096, 14336, 32, 8, 128256),
    "70b": Shape(80, 8192, 28672, 64, 8, 128256),
    "405b": Shape(126, 16384, 53248, 128, 8, 128256),
}

Value = bool | int | float | str | Raw | Sequence[int] | Sequence[float] | Sequence[str]


def text(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(data)) + data


def raw(value: Value) -> Raw:
    """As llama.cpp's tools write it: whole numbers in 32 bits, fractions too."""
    if isinstance(value, Raw):
        return value
    if isinstance(value, bool):
        return Raw(7, struct.pack("<?", value))
    if isinstance(value, int):
        return Raw(4, struct.pack("<I", value)) if 0 <= value < 2**32 else Raw(11, struct.pack("<q", value))
    if isinstance(value, float):
        return Raw(6, struct.pack("<f", value))
    if isinstance(value, str):
        return Raw(8, text(value))
    items = [raw(item) for item in value]
    kind = items[0].kind if items else 4
    return Raw(9, struct.pack("<IQ", kind, len(items)) + b"".join(item.data for item in items))


def front(
    keys: Mapping[str, Value] | Iterable[tuple[str | bytes, Value]] = (),
    tensors: Sequence[Tensor] = (),
    *,
    counts: tuple[int, int] | None = None,
    alignment: int = ALIGNMENT,
    version: int = 3,
) -> bytes:
    """A header, padded. `counts` are the numbers of tensors and keys that it claims; pairs allow a key twice."""
    pairs = list(keys.items() if isinstance(keys, Mapping) else keys)
    data = [b"GGUF", struct.pack("<I", version), struct.pack("<QQ", *(counts or (len(tensors), len(pairs))))]
    for key, value in pairs:
        made = raw(value)
        data += [text(key), struct.pack("<I", made.kind), made.data]
    end = 0
    for tensor in tensors:
        offset = end if tensor.offset is None else tensor.offset
        number = NUMBERS[tensor.format] if tensor.number is None else tensor.number
        data += [text(tensor.name), struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)]
        data.append(struct.pack("<IQ", number, offset))
        end = padded(offset + tensor.size_bytes, alignment)
    made_front = b"".join(data)
    return made_front + bytes(padded(len(made_front), alignment) - len(made_front))


def write(
    path: Path,
    keys: Mapping[str, Value] | Iterable[tuple[str | bytes, Value]] = (),
    tensors: Sequence[Tensor] = (),
    *,
    counts: tuple[int, int] | None = None,
    alignment: int = ALIGNMENT,
    version: int = 3,
) -> Path:
    """A file with that header, and holes in place of weights, which read as zeros."""
    data = front(keys, tensors, counts=counts, alignment=alignment, version=version)
    path.write_bytes(data)
    with path.open("r+b") as file:
        file.truncate(len(data) + sum(padded(tensor.size_bytes, alignment) for tensor in tensors))
    return path


def write_parts(path: Path, keys: Mapping[str, Value], tensors: Sequence[Tensor], parts: int) -> Path:
    """Split the way of llama.cpp's own tool: `path` gives folder and stem. Returns the first part."""
    per_part = -(-len(tensors) // parts)
    for number in range(parts):
        split: dict[str, Value] = {
            "split.no": Raw(2, struct.pack("<H", number)),
            "split.count": Raw(2, struct.pack("<H", parts)),
            "split.tensors.count": Raw(5, struct.pack("<i", len(tensors))),
        }
        own = tensors[number * per_part : (number + 1) * per_part]
        write(part_path(path, number + 1, parts), {**(keys if number == 0 else {}), **split}, own)
    return part_path(path, 1, parts)


def part_path(path: Path, number: int, parts: int) -> Path:
    return path.with_name(f"{path.stem}-{number:05d}-of-{parts:05d}.gguf")


def llama(
    path: Path,
    shape: Shape | str = "tiny",
    *,
    quantisation: str = "Q4_K_M",
    tied: bool = False,
    keys: Mapping[str, Value | None] | None = None,
    without: Sequence[str] = (),
    parts: int = 1,
    **numbers: int,
) -> Path:
    """A model of the Llama family at its real size. Returns the path to open.

    `numbers` replace those of the shape (`layers=3`); `keys` add and replace, `without` takes away.
    """
    made = replace(SHAPES[shape] if isinstance(shape, str) else shape, **numbers)
    all_keys = {**llama_keys(made, quantisation), **(keys or {})}
    kept = {key: value for key, value in all_keys.items() if value is not None and key not in without}
    tensors = llama_tensors(made, quantisation, tied=tied)
    return write_parts(path, kept, tensors, parts) if parts > 1 else write(path, kept, tensors)


def llama_keys(shape: Shape, quantisation: str) -> dict[str, Value]:
    keys: dict[str, Value] = {
        "general.architecture": "llama",
        "general.type": "model",
        "general.name": "Forged Llama",
        "llama.block_count": shape.layers,
        "llama.context_length": shape.context,
        "llama.embedding_length": shape.embedding,
        "llama.feed_forward_length": shape.feed_forward,
        "llama.attention.head_count": shape.heads,
        "llama.attention.head_count_kv": shape.kv_heads,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.freq_base": 500000.0,
        "llama.rope.dimension_count": shape.embedding // shape.heads,
        "llama.vocab_size": shape.vocabulary,
        "general.file_type": MIXES[quantisation],
        "tokenizer.ggml.model": "no_vocab",  # llama.cpp opens such a file, but cannot tokenise with it
    }
    if shape.experts:
        keys |= {"llama.expert_count": shape.experts, "llama.expert_used_count": shape.experts_used}
    return keys


def vocabulary(tokens: int = 128256, merges: int = 280147) -> dict[str, Value]:
    """Arrays as long as those of Llama 3 (as they stand here), with texts about as long."""
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "llama-bpe",
        "tokenizer.ggml.tokens": _texts(f"token{number:x}" for number in range(tokens)),
        "tokenizer.ggml.token_type": Raw(9, struct.pack("<IQ", 5, tokens) + struct.pack("<i", 1) * tokens),
        "tokenizer.ggml.merges": _texts(f"{number:x} {number:x}" for number in range(merges)),
    }


def _texts(texts: Iterable[str]) -> Raw:
    made = [text(each) for each in texts]
    return Raw(9, struct.pack("<IQ", 8, len(made)) + b"".join(made))


def llama_tensors(shape: Shape, quantisation: str, *, tied: bool = False) -> list[Tensor]:
    """In the order and the formats that llama.cpp's converter and quantiser choose."""
    width = shape.embedding
    table = (width, shape.vocabulary)
    base, better = _mix(quantisation)
    tensors = [Tensor("token_embd.weight", table, better if tied else base)]
    for layer in range(shape.layers):
        tensors += _block(shape, quantisation, layer)
    tensors.append(Tensor("output_norm.weight", (width,)))
    if not tied:
        tensors.append(Tensor("output.weight", table, better))
    tensors.append(Tensor("rope_freqs.weight", (width // shape.heads // 2,)))
    return tensors


def _block(shape: Shape, quantisation: str, layer: int) -> list[Tensor]:
    width, hidden, front_name = shape.embedding, shape.feed_forward, f"blk.{layer}."
    kv_width = width // shape.heads * shape.kv_heads
    base, better = _mix(quantisation)
    eighth = shape.layers // 8
    is_better = layer < eighth or layer >= 7 * shape.layers // 8 or (layer - eighth) % 3 == 2  # llama-quant.cpp
    value = better if is_better else base
    if shape.layers == SHAPES["70b"].layers and value == "Q4_K":
        value = "Q5_K"  # llama-quant.cpp: eight heads share these weights
    per_expert = (shape.experts,) if shape.experts else ()
    name = "_exps.weight" if shape.experts else ".weight"
    tensors = [
        Tensor("attn_norm.weight", (width,)),
        Tensor("ffn_norm.weight", (width,)),
        Tensor("attn_q.weight", (width, width), base),
        Tensor("attn_k.weight", (width, kv_width), base),
        Tensor("attn_v.weight", (width, kv_width), value),
        Tensor("attn_output.weight", (width, width), base),
        Tensor(f"ffn_gate{name}", (width, hidden, *per_expert), base),
        Tensor(f"ffn_up{name}", (width, hidden, *per_expert), base),
        Tensor(f"ffn_down{name}", (hidden, width, *per_expert), better if is_better else base),
    ]
    if shape.experts:
        tensors.append(Tensor("ffn_gate_inp.weight", (width, shape.experts)))
    return [replace(tensor, name=front_name + tensor.name) for tensor in tensors]


def _mix(quantisation: str) -> tuple[str, str]:
    """The format of most weights, and that of the few that llama.cpp's quantiser treats better."""
    base = quantisation.removesuffix("_M").removesuffix("_S")
    better = {"Q4_K_M": "Q6_K", "Q5_K_M": "Q6_K"}.get(quantisation, base)
    return base, better


def padded(count: int, alignment: int = ALIGNMENT) -> int:
    return -(-count // alignment) * alignment
