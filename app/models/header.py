"""What a model file says about itself, as far as planning, forecasts and screens need it.

Made for the Llama family, and right for others as far as their keys follow the common names: what a file does not say
is 0 or empty, never guessed. Read from the file's front alone, so it costs milliseconds for any size of model.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import ModelFault
from app.models import container, gguf
from app.models.container import Number, Part, Tensor, damaged
from app.models.quantisation import FILE_TYPES, GUESSED_FILE_TYPE, REPACKABLE, REPACKED_BY, REPACKED_ROWS
from app.text import _

MAX_LAYERS = 512  # LLAMA_MAX_LAYERS: llama.cpp ends its process above it
MAX_COUNT = 2**32 - 1  # such keys are 32 bits wide in llama.cpp
MAX_NAME = 120  # characters
BLOCK = re.compile(r"(?:enc\.|dec\.)?blk\.(?P<layer>\d{1,4})\.(?P<role>\w+)")
# Weights of one expert among many: all in one tensor, or (before 2024) each in its own.
EXPERT = re.compile(r"_exps\.|\.ffn_(?:gate|up|down)\.\d+\.")
# By the sides of llama.cpp's LLM_TENSOR_INFOS (llama-arch.cpp); the dot or underscore ends the word.
INPUT_TENSORS = ("token_embd.", "token_embd_norm.", "position_embd.", "token_types.", "per_layer_token_embd.")
OUTPUT_TENSORS = ("output.", "output_", "cls.", "enc.output_", "dec.output_", "dense_", "altup_")
OUTPUT, INPUT = "output.weight", "token_embd.weight"
# LoRA's first matrix beside a weight that reads the embedding: its rows are as long (convert_lora_to_gguf.py).
ADAPTER_INPUT = re.compile(r"\.(?:attn_[qkv]|attn_qkv|ffn_up|ffn_gate)\.weight\.lora_a$")
# What layers without attention have in its place.
RECURRENT_ROLES = ("ssm_", "time_mix_", "shortconv_")
# Architectures that turn text into numbers for searching (llama-arch.cpp).
EMBEDDING_ARCHITECTURES = frozenset(
    {"bert", "modern-bert", "neo-bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3", "eurobert"}
    | {"gemma-embedding", "llama-embed", "t5encoder"}
)
# Mean, first and last token (llama.h, llama_pooling_type): other architectures say so of models made for searching,
# such as Qwen3 Embedding's "qwen3.pooling_type" 3 (llama.cpp pull request 15023). Ranking, 4, makes no vectors.
POOLINGS = frozenset({1, 2, 3})


@dataclass(frozen=True, slots=True)
class Header:
    """All parts of a split model together. Bytes are as in the file, without the padding between tensors."""

    architecture: str
    name: str  # may be empty
    quantisation: str  # "Q4_K_M" as the file says, else the format with the most bytes
    parameters: int
    layers: int
    embedding: int
    feed_forward: int  # the widest layer's; of one expert where the file says only that
    heads: int  # the most that a layer has
    kv_heads: int  # the most that a layer has
    head_dim_k: int
    head_dim_v: int
    kv_widths: tuple[int, ...]  # per layer: elements of K and V together that one token adds; 0 without attention
    vocabulary: int
    trained_context: int  # tokens
    experts: int  # 0 for dense models
    experts_used: int
    sliding_window: int  # tokens, 0 for none
    rope_base: float
    rope_scaling: str
    chat_template: str
    adapter_width: int  # of a LoRA: the `embedding` of the models it goes with; 0 for others, and where it is not told
    is_adapter: bool  # a LoRA, and `architecture` is that of the models it goes with
    is_vocabulary_only: bool
    layer_bytes: tuple[int, ...]
    input_bytes: int
    output_bytes: int  # a tied output is the input table and counts here too, though the file has it once
    is_output_tied: bool
    other_bytes: int
    active_bytes: int  # read for each decoded token: layers (experts as far as used) and output, not the input table
    bytes_by_type: Mapping[str, int] = field(hash=False)  # matrices inside blocks, by format: "Q4_K"
    output_type: str  # the output matrix's format, empty where there is none
    repackable_bytes: int  # matrices that some CPU's backend copies; see `repacked_bytes`
    total_bytes: int
    facts: Mapping[str, Number | str] = field(hash=False)  # short values under general.* and adapter.*, for screens
    pooling: int = 0  # how tokens' vectors become one; 0 for models that are not made for it
    tokeniser: str = ""  # how it cuts text, by llama.cpp's name: "bert" is WordPiece, "t5" SentencePiece's unigram

    @property
    def is_embedding_model(self) -> bool:
        """Whether it turns text into vectors, and cannot answer."""
        return self.architecture in EMBEDDING_ARCHITECTURES or self.pooling in POOLINGS


def read_header(path: Path) -> Header:
    """The header of the model that `path` is, or is a part of. Raises ModelFault, with a sentence per cause."""
    parts = container.read_parts(gguf.check(path))
    return _header(_Keys(parts[0]), [tensor for part in parts for tensor in part.tensors])


def require_chat_model(header: Header) -> None:
    """Raises ModelFault that says what the file is, when it is not a model that can answer."""
    kind = header.facts.get("general.type", "")
    another = _("Choose a model to chat with.")
    if header.is_adapter:
        raise ModelFault(
            _("This is an adapter (LoRA), which changes how a model answers and is no model by itself."),
            _("Open the model that it was made for, and add the adapter in the model's settings."),
        )
    if header.architecture == "clip" or kind == "mmproj":
        raise ModelFault(_("This is the part of a model that sees pictures; it cannot answer by itself."), another)
    if kind == "imatrix" or header.architecture in ("imatrix", "controlvector"):
        raise ModelFault(_("This file helps to make or steer models; it is no model itself."), another)
    if header.is_vocabulary_only:
        raise ModelFault(_("This file holds only a vocabulary, without a model's weights."), another)
    if header.is_embedding_model:
        raise ModelFault(_("This model is made for searching: it turns text into numbers and cannot answer."), another)
    if not header.architecture or not header.layers:
        raise ModelFault(_("This model file does not say what kind of model it is."), _("Look for another copy of it."))


def repacked_bytes(header: Header, instruction_sets: Collection[str]) -> int:
    """Bytes of blocks and output that a CPU with these instruction sets (hardware.py) copies when it loads all of them.

    An upper bound: matrices with an odd number of rows stay as they are. A tied output is copied beside its table.
    """
    formats = frozenset().union(*(REPACKED_BY.get(name, frozenset()) for name in instruction_sets))
    in_blocks = sum(size for name, size in header.bytes_by_type.items() if name in formats)
    return in_blocks + (header.output_bytes if header.output_type in formats else 0)


class _Keys:
    """Typed looks into a model's keys. What is absent is 0 or empty; a value of another kind is damage."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self.architecture = self.text("general.architecture")

    def text(self, key: str, most: int = container.MAX_TEXT_BYTES) -> str:
        value = self._part.values.get(self._full(key), "")
        if not isinstance(value, str):
            raise damaged("a number where a text belongs")
        return value[:most]

    def count(self, key: str) -> int:
        """A whole number; of a per-layer array the largest."""
        array = self._part.arrays.get(self._full(key))
        if array is not None:
            return max((_counted(value) for value in array), default=0)
        return _counted(self._part.whole_number(self._full(key), 0))

    def per_layer(self, key: str, layers: int) -> tuple[int, ...]:
        """One number for each layer, from an array or from one number for all."""
        array = self._part.arrays.get(self._full(key))
        if array is None:
            return (self.count(key),) * layers
        if len(array) < layers:
            raise damaged("an array that is shorter than the model has layers")
        return tuple(_counted(value) for value in array[:layers])

    def real(self, key: str) -> float:
        value = self._part.values.get(self._full(key), 0.0)
        if isinstance(value, str):
            raise damaged("a text where a number belongs")
        return float(value) if math.isfinite(value) else 0.0

    def has(self, key: str) -> bool:
        return self._full(key) in self._part.values or self._full(key) in self._part.lengths

    def length(self, key: str) -> int:
        """Of an array."""
        return self._part.lengths.get(key, 0)

    def facts(self) -> Mapping[str, Number | str]:
        return {
            key: _shown(value) if isinstance(value, str) else value
            for key, value in self._part.values.items()
            if key.startswith(("general.", "adapter."))
        }

    def _full(self, key: str) -> str:
        """Keys that start with a dot are the architecture's own."""
        return self.architecture + key if key.startswith(".") else key


def _counted(value: Number) -> int:
    if not isinstance(value, int) or not 0 <= value <= MAX_COUNT:
        raise damaged("a count that is none")
    return int(value)


def _shown(text: str) -> str:
    """Without line breaks and marks that would change how the screen around it reads."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


@dataclass(frozen=True, slots=True)
class _Attention:
    heads: int
    kv_heads: tuple[int, ...]  # per layer
    head_dim_k: int
    head_dim_v: int


def _header(keys: _Keys, tensors: Sequence[Tensor]) -> Header:
    by_name = {tensor.name: tensor for tensor in tensors}
    layers = _layers(keys, tensors)
    attention = _attention(keys, layers)
    experts, experts_used = keys.count(".expert_count"), keys.count(".expert_used_count")
    layer_bytes, active_bytes = _layer_bytes(tensors, layers, (experts_used, experts))
    is_tied = OUTPUT not in by_name and INPUT in by_name
    output = by_name.get(OUTPUT, by_name.get(INPUT))
    input_bytes = _bytes_of(tensors, INPUT_TENSORS)
    own_output_bytes = _bytes_of(tensors, OUTPUT_TENSORS)
    output_bytes = own_output_bytes + (by_name[INPUT].size_bytes if is_tied else 0)
    total_bytes = sum(tensor.size_bytes for tensor in tensors)
    matrices = [tensor for tensor in tensors if len(tensor.shape) > 1 and _layer_of(tensor) < layers]
    return Header(
        architecture=_shown(keys.architecture)[:MAX_NAME],
        name=_shown(keys.text("general.name"))[:MAX_NAME],
        quantisation=_quantisation(keys, tensors),
        parameters=sum(tensor.weights for tensor in tensors),
        layers=layers,
        embedding=keys.count(".embedding_length"),
        feed_forward=max(keys.per_layer(".feed_forward_length", layers), default=0)
        or keys.count(".expert_feed_forward_length"),
        heads=attention.heads,
        kv_heads=max(attention.kv_heads, default=0),
        head_dim_k=attention.head_dim_k,
        head_dim_v=attention.head_dim_v,
        kv_widths=_kv_widths(keys, attention, _roles(tensors, layers)),
        vocabulary=_vocabulary(keys, by_name.get(INPUT)),
        trained_context=keys.count(".context_length"),
        experts=experts,
        experts_used=experts_used,
        sliding_window=keys.count(".attention.sliding_window"),
        rope_base=keys.real(".rope.freq_base"),
        rope_scaling=_shown(keys.text(".rope.scaling.type"))[:MAX_NAME],
        chat_template=keys.text(container.TEMPLATE, container.MAX_TEMPLATE_BYTES),
        adapter_width=next((tensor.shape[0] for tensor in tensors if ADAPTER_INPUT.search(tensor.name)), 0),
        is_adapter=keys.text("general.type") == "adapter",
        is_vocabulary_only=not tensors,
        layer_bytes=layer_bytes,
        input_bytes=input_bytes,
        output_bytes=output_bytes,
        is_output_tied=is_tied,
        other_bytes=total_bytes - sum(layer_bytes) - input_bytes - own_output_bytes,
        active_bytes=active_bytes + output_bytes,
        bytes_by_type=_bytes_by_format(matrices),
        output_type=output.format.name if output else "",
        repackable_bytes=sum(map(_repackable, [*matrices, *([output] if output else [])])),
        total_bytes=total_bytes,
        facts=keys.facts(),
        pooling=keys.count(".pooling_type"),
        tokeniser=_shown(keys.text("tokenizer.ggml.model"))[:MAX_NAME],
    )


def _layers(keys: _Keys, tensors: Sequence[Tensor]) -> int:
    if not keys.has(".block_count"):
        return 1 + max((layer for layer in map(_layer_of, tensors) if layer < MAX_LAYERS), default=-1)
    layers = keys.count(".block_count")
    if not (0 if not tensors else 1) <= layers <= MAX_LAYERS:
        raise damaged(f"{layers} layers")
    return layers


def _layer_of(tensor: Tensor) -> int:
    """The number of its block; beyond all layers for what stands outside of blocks."""
    block = BLOCK.match(tensor.name)
    return int(block["layer"]) if block else MAX_LAYERS


def _attention(keys: _Keys, layers: int) -> _Attention:
    heads = max(keys.per_layer(".attention.head_count", layers), default=0)
    kv_heads = ".attention.head_count_kv" if keys.has(".attention.head_count_kv") else ".attention.head_count"
    width = keys.count(".embedding_length") // heads if heads else 0  # as llama.cpp does where the keys are not there
    return _Attention(
        heads,
        keys.per_layer(kv_heads, layers),
        keys.count(".attention.key_length") or width,
        keys.count(".attention.value_length") or width,
    )


def _roles(tensors: Sequence[Tensor], layers: int) -> Sequence[Mapping[str, int]]:
    """For each layer what its tensors are (`attn_k`), with the number of their rows."""
    roles: list[dict[str, int]] = [{} for _layer in range(layers)]
    for tensor in tensors:
        block = BLOCK.match(tensor.name)
        if block and int(block["layer"]) < layers and tensor.name.endswith(".weight"):
            roles[int(block["layer"])][block["role"]] = tensor.shape[1] if len(tensor.shape) > 1 else 1
    return roles


def _kv_widths(keys: _Keys, attention: _Attention, roles: Sequence[Mapping[str, int]]) -> tuple[int, ...]:
    """By the shapes of the weights, which know layers of unlike width; by the keys where K and V share a tensor.

    The formula is that of llama_hparams::n_embd_k_gqa and llama_kv_cache: with latent attention K serves as V too.
    """
    is_latent = keys.has(".attention.key_length_mla")
    head_dims = attention.head_dim_k + (0 if is_latent else attention.head_dim_v)
    first_shared = len(roles) - keys.count(".attention.shared_kv_layers")  # from there on layers use an earlier one's
    widths = []
    for layer, of_layer in enumerate(roles):
        if layer >= first_shared:
            widths.append(0)
        elif "attn_k" in of_layer:
            widths.append(of_layer["attn_k"] + of_layer.get("attn_v", of_layer["attn_k"]))
        elif any(role.startswith(RECURRENT_ROLES) for role in of_layer) and "attn_kv_a_mqa" not in of_layer:
            widths.append(0)
        else:
            has_attention = not of_layer or any(role.startswith("attn_") for role in of_layer)
            widths.append(attention.kv_heads[layer] * head_dims if has_attention else 0)
    return tuple(widths)


def _vocabulary(keys: _Keys, table: Tensor | None) -> int:
    rows = table.shape[1] if table and len(table.shape) > 1 else 0
    return keys.length("tokenizer.ggml.tokens") or keys.count(".vocab_size") or rows


def _quantisation(keys: _Keys, tensors: Sequence[Tensor]) -> str:
    by_format = _bytes_by_format(tensors)
    commonest = max(by_format, key=lambda name: by_format[name], default="")
    if not keys.has("general.file_type"):
        return commonest
    return FILE_TYPES.get(keys.count("general.file_type") & ~GUESSED_FILE_TYPE, commonest)


def _bytes_by_format(tensors: Sequence[Tensor]) -> dict[str, int]:
    found: dict[str, int] = {}
    for tensor in tensors:
        found[tensor.format.name] = found.get(tensor.format.name, 0) + tensor.size_bytes
    return found


def _layer_bytes(
    tensors: Sequence[Tensor], layers: int, experts_used_of: tuple[int, int]
) -> tuple[tuple[int, ...], int]:
    """The bytes of each layer, and how many of all of them one decoded token needs."""
    used, experts = experts_used_of
    all_bytes, expert_bytes = [0] * layers, 0
    for tensor in tensors:
        layer = _layer_of(tensor)
        if layer < layers:
            all_bytes[layer] += tensor.size_bytes
            if EXPERT.search(tensor.name):
                expert_bytes += tensor.size_bytes
    idle_bytes = expert_bytes * (experts - used) // experts if 0 < used < experts else 0
    return tuple(all_bytes), sum(all_bytes) - idle_bytes


def _bytes_of(tensors: Sequence[Tensor], beginnings: tuple[str, ...]) -> int:
    return sum(tensor.size_bytes for tensor in tensors if tensor.name.startswith(beginnings))


def _repackable(tensor: Tensor) -> int:
    if len(tensor.shape) < 2 or tensor.format.name not in REPACKABLE or tensor.shape[1] % REPACKED_ROWS:
        return 0
    return tensor.size_bytes
