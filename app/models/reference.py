"""Models as headers without a file: what would Llama 3.1 405B do on this computer, before a byte of it is fetched?

Shapes are facts of the models' authors; the bytes follow from them and from the mixes of llama.cpp's quantiser
(llama-quant.cpp, as it works with an importance matrix): estimates, within 2 % of the published files of Llama 3.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from app.models.header import EMBEDDING_ARCHITECTURES, Header
from app.models.hub import variants
from app.models.quantisation import FORMATS, REPACKABLE, WeightFormat

_BY_NAME: Mapping[str, WeightFormat] = MappingProxyType({weights.name: weights for weights in FORMATS.values()})
Layers = Literal["all", "first two", "first four", "sixteenth", "eighth", "more", "middle"]


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers of a dense model of the Llama family, or of BERT's. `head_dim` is that of keys and of values."""

    layers: int
    embedding: int
    feed_forward: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    trained_context: int  # tokens
    is_tied: bool = False  # the output is the input table
    architecture: str = "llama"
    pooling: int = 0  # as in `Header`

    @property
    def parameters(self) -> int:
        """Norms included."""
        table = self.vocabulary * self.embedding
        layer = sum(rows * columns for rows, columns in _matrices(self).values()) + _small(self)
        return self.layers * layer + (1 if self.is_tied else 2) * table + _positions(self) + self.embedding


@dataclass(frozen=True, slots=True)
class Reference:
    title: str
    model: Header


# Meta's model cards and config.json
LLAMA_8B = Shape(32, 4096, 14336, 32, 8, 128, 128_256, 131_072)
LLAMA_70B = Shape(80, 8192, 28672, 64, 8, 128, 128_256, 131_072)
LLAMA_405B = Shape(126, 16384, 53248, 128, 8, 128, 128_256, 131_072)
ROPE_BASE = 500_000.0  # of Llama 3
BERT = "bert"  # the one architecture here without a gate, with biases, and with learned positions
DEFAULT_QUANTISATION = "Q4_K_M"


def llama31() -> tuple[Reference, ...]:
    """8B, 70B and 405B, as the quantisation Q4_K_M stores them."""
    return (
        Reference("Llama 3.1 8B", header_of(LLAMA_8B, DEFAULT_QUANTISATION)),
        Reference("Llama 3.1 70B", header_of(LLAMA_70B, DEFAULT_QUANTISATION)),
        Reference("Llama 3.1 405B", header_of(LLAMA_405B, DEFAULT_QUANTISATION)),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """The format of one kind of weights: another one `elsewhere` than in `layers`."""

    format: str
    layers: Layers = "all"
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class _Mix:
    """Which formats a quantisation gives to which weights; `base` to whatever is not named."""

    base: str
    output: str = "Q6_K"  # and of the input table, where that is the output
    table: str = ""
    value: _Part | None = None
    ungrouped_value: str = ""  # where fewer than four heads share keys and values
    query: str = ""  # and key
    attention_output: str = ""
    gate: _Part | None = None  # and up
    down: _Part | None = None


def _iq2(base: str, better: str, attention_output: str = "") -> _Mix:
    """`better` is for the input table, and for `down` in the first layers."""
    return _Mix(
        base,
        output="Q5_K",
        table=better,
        value=_Part("Q4_K"),
        ungrouped_value=better,
        attention_output=attention_output,
        down=_Part(better, "eighth", base),
    )


_MIXES: Mapping[str, _Mix] = MappingProxyType(
    {
        "F32": _Mix("F32", output="F32"),
        "F16": _Mix("F16", output="F16"),
        "BF16": _Mix("BF16", output="BF16"),
        "Q8_0": _Mix("Q8_0", output="Q8_0"),
        "Q6_K": _Mix("Q6_K"),
        "Q5_K_M": _Mix("Q5_K", value=_Part("Q6_K", "more", "Q5_K"), down=_Part("Q6_K", "more", "Q5_K")),
        "Q5_K_S": _Mix("Q5_K"),
        "Q5_1": _Mix("Q5_1"),
        "Q5_0": _Mix("Q5_0"),
        "Q4_K_M": _Mix("Q4_K", value=_Part("Q6_K", "more", "Q4_K"), down=_Part("Q6_K", "more", "Q4_K")),
        "Q4_K_S": _Mix("Q4_K", value=_Part("Q5_K", "first four", "Q4_K"), down=_Part("Q5_K", "eighth", "Q4_K")),
        "Q4_1": _Mix("Q4_1"),
        "Q4_0": _Mix("Q4_0"),
        "IQ4_NL": _Mix("IQ4_NL", value=_Part("Q5_K"), ungrouped_value="IQ4_NL"),
        "IQ4_XS": _Mix("IQ4_XS", value=_Part("Q5_K"), ungrouped_value="IQ4_XS"),
        "Q3_K_L": _Mix("Q3_K", value=_Part("Q5_K"), attention_output="Q5_K", down=_Part("Q5_K")),
        "Q3_K_M": _Mix(
            "Q3_K",
            value=_Part("Q5_K", "first two", "Q4_K"),
            attention_output="Q4_K",
            down=_Part("Q5_K", "sixteenth", "Q4_K"),
        ),
        "Q3_K_S": _Mix("Q3_K"),
        "IQ3_M": _Mix("IQ3_S", value=_Part("Q4_K"), attention_output="Q4_K", down=_Part("Q4_K", "eighth", "IQ3_S")),
        "IQ3_S": _Mix("IQ3_S", value=_Part("Q4_K"), ungrouped_value="IQ3_S"),
        "IQ3_XS": _Mix(
            "IQ3_S",
            value=_Part("Q4_K"),
            ungrouped_value="IQ3_S",
            query="IQ3_XXS",
            gate=_Part("IQ3_XXS", "middle", "IQ3_S"),
        ),
        "IQ3_XXS": _Mix(
            "IQ3_XXS",
            output="Q5_K",
            table="IQ3_S",
            value=_Part("Q4_K"),
            ungrouped_value="IQ3_XXS",
            query="IQ2_S",
            attention_output="IQ3_S",
        ),
        "Q2_K": _Mix("Q2_K", value=_Part("Q4_K"), ungrouped_value="Q3_K", attention_output="Q3_K", down=_Part("Q3_K")),
        "Q2_K_S": _Mix("Q2_K", value=_Part("Q4_K"), ungrouped_value="Q2_K", down=_Part("Q4_K", "eighth", "Q2_K")),
        "IQ2_M": _iq2("IQ2_S", "IQ3_S", "IQ3_S"),
        "IQ2_S": _iq2("IQ2_XS", "IQ3_S", "IQ3_S"),
        "IQ2_XS": _iq2("IQ2_XS", "Q2_K"),
        "IQ2_XXS": _iq2("IQ2_XXS", "Q2_K"),
        "IQ1_M": _iq2("IQ1_M", "Q2_K", "IQ2_XXS"),
        "IQ1_S": _iq2("IQ1_S", "Q2_K", "IQ2_XXS"),
    }
)
# The best quality first, as far as one order can say it (llama.cpp's tables of perplexity).
QUANTISATIONS = tuple(_MIXES)
_COMMON = ("F32", "BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q3_K_M", "Q2_K", "IQ2_XS", "IQ1_M")


@functools.lru_cache(maxsize=256)
def header_of(shape: Shape, quantisation: str) -> Header:
    """What the file of such a model would say. KeyError for a quantisation that is not in QUANTISATIONS."""
    mix = _MIXES[quantisation]
    layer_bytes, by_format = _layers(shape, mix)
    weights = shape.vocabulary * shape.embedding
    output = _fitting(mix.output, shape.embedding)
    input_bytes = _size(weights, output if shape.is_tied else _fitting(mix.table or mix.base, shape.embedding))
    norm_bytes = 4 * shape.embedding
    table_bytes = input_bytes if shape.is_tied else _size(weights, output)
    output_bytes = table_bytes + norm_bytes
    position_bytes = 4 * _positions(shape)
    has_cache = shape.architecture not in EMBEDDING_ARCHITECTURES
    repackable = sum(size for name, size in by_format.items() if name in REPACKABLE)
    return Header(
        architecture=shape.architecture,
        name="",
        quantisation=quantisation,
        parameters=shape.parameters,
        layers=shape.layers,
        embedding=shape.embedding,
        feed_forward=shape.feed_forward,
        heads=shape.heads,
        kv_heads=shape.kv_heads,
        head_dim_k=shape.head_dim,
        head_dim_v=shape.head_dim,
        kv_widths=(2 * shape.kv_heads * shape.head_dim if has_cache else 0,) * shape.layers,
        vocabulary=shape.vocabulary,
        trained_context=shape.trained_context,
        experts=0,
        experts_used=0,
        sliding_window=0,
        rope_base=ROPE_BASE,
        rope_scaling="",
        chat_template="",
        adapter_width=0,
        is_adapter=False,
        is_vocabulary_only=False,
        layer_bytes=layer_bytes,
        input_bytes=input_bytes + position_bytes,
        output_bytes=output_bytes,
        is_output_tied=shape.is_tied,
        other_bytes=0,
        active_bytes=sum(layer_bytes) + output_bytes,
        bytes_by_type=MappingProxyType(by_format),
        output_type=output,
        repackable_bytes=repackable + (table_bytes if output in REPACKABLE else 0),
        total_bytes=sum(layer_bytes) + input_bytes + position_bytes + (norm_bytes if shape.is_tied else output_bytes),
        facts=MappingProxyType({}),
        pooling=shape.pooling,
    )


def _layers(shape: Shape, mix: _Mix) -> tuple[tuple[int, ...], dict[str, int]]:
    """The bytes of each layer, and those of all matrices in them by format."""
    layer_bytes, by_format = [], Counter[str]()
    for layer in range(shape.layers):
        layer_bytes.append(4 * _small(shape))  # in single precision
        for role, (rows, columns) in _matrices(shape).items():
            name = _fitting(_format(mix, role, layer, shape), columns)
            size_bytes = _size(rows * columns, name)
            by_format[name] += size_bytes
            layer_bytes[-1] += size_bytes
    return tuple(layer_bytes), dict(by_format)


def _matrices(shape: Shape) -> Mapping[str, tuple[int, int]]:
    """Of one layer: rows and columns by what they are for."""
    width, kv_width = shape.embedding, shape.kv_heads * shape.head_dim
    made = {
        "query": (shape.heads * shape.head_dim, width),
        "key": (kv_width, width),
        "value": (kv_width, width),
        "attention_output": (width, shape.heads * shape.head_dim),
        "gate": (shape.feed_forward, width),
        "up": (shape.feed_forward, width),
        "down": (width, shape.feed_forward),
    }
    if shape.architecture == BERT:
        del made["gate"]
    return made


def _fitting(name: str, columns: int) -> str:
    """What stands in for a format whose blocks are longer than rows divide into (llama-quant.cpp)."""
    if columns % _BY_NAME[name].block_weights == 0:
        return name
    return {"Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"}.get(name, "IQ4_NL")


def _small(shape: Shape) -> int:
    """Numbers of one layer that are no matrix: norms, and BERT's biases of its norms and matrices."""
    if shape.architecture != BERT:
        return 2 * shape.embedding
    return 4 * shape.embedding + sum(rows for rows, _columns in _matrices(shape).values())


def _positions(shape: Shape) -> int:
    """Numbers of BERT's tables of positions and of the two kinds of tokens, and the bias of its only norm outside."""
    return (shape.trained_context + 3) * shape.embedding if shape.architecture == BERT else 0


def _size(weights: int, name: str) -> int:
    return weights // _BY_NAME[name].block_weights * _BY_NAME[name].block_bytes


def _format(mix: _Mix, role: str, layer: int, shape: Shape) -> str:
    """The rules of llama_tensor_get_type_impl (llama-quant.cpp) for models of the Llama family."""
    match role:
        case "query" | "key":
            return mix.query or mix.base
        case "attention_output":
            return mix.attention_output or mix.base
        case "gate" | "up":
            return _in_layer(mix.gate, mix, layer, shape)
        case "down":
            return _in_layer(mix.down, mix, layer, shape)
    is_grouped = shape.heads >= 4 * shape.kv_heads
    found = mix.ungrouped_value if mix.ungrouped_value and not is_grouped else _in_layer(mix.value, mix, layer, shape)
    is_70b = shape.layers == LLAMA_70B.layers and shape.heads != shape.kv_heads  # as llama.cpp tells it
    return "Q5_K" if is_70b and found in ("Q3_K", "Q4_K") else found


def _in_layer(part: _Part | None, mix: _Mix, layer: int, shape: Shape) -> str:
    if part is None:
        return mix.base
    return part.format if _is_among(part.layers, layer, shape.layers) else part.elsewhere


def _is_among(which: Layers, layer: int, layers: int) -> bool:
    match which:
        case "all":
            return True
        case "first two":
            return layer < 2
        case "first four":
            return layer < 4
        case "sixteenth":
            return layer < layers // 16
        case "eighth":
            return layer < layers // 8
        case "middle":
            return layers // 8 <= layer < 7 * layers // 8
        case "more":
            return layer < layers // 8 or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2


# Known shapes, between which others are guessed: parameters, layers, width, vocabulary. SmolLM2 135M, 360M and 1.7B,
# Llama 3.2 and 3.1, Llama 2 13B, Qwen2.5 32B, Mistral Large (config.json of each).
_LADDER = (
    (134.5e6, 30, 576, 49_152),
    (361.8e6, 32, 960, 49_152),
    (1.236e9, 16, 2048, 128_256),
    (3.213e9, 28, 3072, 128_256),
    (8.03e9, 32, 4096, 128_256),
    (13.0e9, 40, 5120, 128_256),
    (32.8e9, 64, 5120, 152_064),
    (70.55e9, 80, 8192, 128_256),
    (122.6e9, 88, 12288, 32_768),
    (405.9e9, 126, 16384, 128_256),
)
_STEP = 256  # K-quants need rows that are a multiple of it
_TIED_BELOW = 4e9  # parameters; small models save the second table
_HEAD_DIM, _KV_HEADS = 128, 8
_SMALL_BELOW, _SMALL_KV_HEADS = 2e9, 4


def header_by_size(
    size_bytes: int, quantisation: str = "", *, parameters: int = 0, architecture: str = "", context_tokens: int = 0
) -> Header:
    """The guessed header of a model of which only this is known: an estimate, and to be called one.

    Takes it for dense and shaped like Llama. What is unknown is empty or 0: without `parameters`, size and
    quantisation tell them.
    """
    bits = variants.bits(quantisation) or variants.bits(DEFAULT_QUANTISATION)
    guessed = parameters if parameters > 0 else max(1, round(size_bytes * 8 / bits))
    shape = replace(
        _shape_by(guessed), architecture=architecture or LLAMA_8B.architecture, trained_context=context_tokens
    )
    name = quantisation or ("" if parameters > 0 else DEFAULT_QUANTISATION)
    return replace(header_with_size(shape, name, size_bytes), parameters=guessed, architecture=architecture)


def header_with_size(shape: Shape, quantisation: str, size_bytes: int) -> Header:
    """Of a known shape and a known size: every part of `header_of` in its proportion, `size_bytes` in all.

    A quantisation that is not in QUANTISATIONS (there are many mixes) is taken for one with as many bits.
    """
    mix = quantisation if quantisation in _MIXES else _mix_with(size_bytes * 8 / shape.parameters)
    header = header_of(shape, mix)
    share = size_bytes / header.total_bytes
    layer_bytes = tuple(int(size * share) for size in header.layer_bytes)
    input_bytes, output_bytes = int(header.input_bytes * share), int(header.output_bytes * share)
    once_bytes = sum(layer_bytes) + input_bytes + (0 if header.is_output_tied else output_bytes)
    return replace(
        header,
        quantisation=quantisation or mix,
        layer_bytes=layer_bytes,
        input_bytes=input_bytes,
        output_bytes=output_bytes,
        other_bytes=max(0, size_bytes - once_bytes),  # what rounding left over
        active_bytes=sum(layer_bytes) + output_bytes,
        bytes_by_type=MappingProxyType({name: int(size * share) for name, size in header.bytes_by_type.items()}),
        repackable_bytes=int(header.repackable_bytes * share),
        total_bytes=size_bytes,
    )


def _mix_with(bits: float) -> str:
    """A common mix with about as many bits for each weight."""
    return min(_COMMON, key=lambda name: abs(variants.bits(name) - bits))


def _shape_by(parameters: int) -> Shape:
    """Between known shapes, layers and width grow as powers of the parameters; the feed-forward part fills up.

    Layers times width, which decides how large caches are, comes out within 10 % for most families, within 30 % for
    those with an unusually wide or narrow feed-forward part (Qwen2.5 7B, Yi, TinyLlama).
    """
    known = [math.log(size) for size, *_rest in _LADDER]
    at = math.log(parameters)
    low = max((number for number, size in enumerate(known[:-1]) if size <= at), default=0)
    share = (at - known[low]) / (known[low + 1] - known[low])
    layers, width = (_between(_LADDER[low][part], _LADDER[low + 1][part], share) for part in (1, 2))
    embedding = max(_STEP, round(width / _STEP) * _STEP)
    depth = min(max(1, round(layers * width / embedding)), 512)
    heads = max(1, embedding // _HEAD_DIM)
    kv_heads = min(heads, _KV_HEADS if parameters >= _SMALL_BELOW else _SMALL_KV_HEADS)
    shape = Shape(
        layers=depth,
        embedding=embedding,
        feed_forward=0,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=_HEAD_DIM,
        vocabulary=_LADDER[low][3],
        trained_context=0,
        is_tied=parameters < _TIED_BELOW,
    )
    left = max(0, parameters - shape.parameters) // (3 * depth * embedding)
    return replace(shape, feed_forward=max(1, round(left / _STEP)) * _STEP)


def _between(low: float, high: float, share: float) -> float:
    return math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
