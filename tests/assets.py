"""Small model files for tests: random weights with the real vocabulary of Llama 3.1 or of any model; LoRA adapters.

Random weights say nothing sensible, but they say the same wherever they are computed: good for splitting layers, saving
states, stopping and comparing tokens. The vocabulary comes from the tokenizer that Meta's `llama-models` brings.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, LlamaFileType, TokenType
from gguf.quants import quantize
from llama_models.llama3.tokenizer import Tokenizer

# Any: numpy's shapes and element types add nothing here.
Weights: TypeAlias = "np.ndarray[Any, Any]"

# All marks of the family and none of its makers' text: `template.compare` calls it changed.
LLAMA31_MARKS = (
    "{# Cutting Knowledge Date #}{% for message in messages %}"
    "<|start_header_id|>{{ message.role }}<|end_header_id|>\n\n{{ message.content }}<|eot_id|>{% endfor %}"
)


@dataclass(frozen=True, slots=True)
class Build:
    """The shape of a Llama. `embedding` and `feed_forward` must be multiples of 32, a block of Q8_0."""

    layers: int = 4
    embedding: int = 64
    feed_forward: int = 128
    heads: int = 4
    kv_heads: int = 2
    head: int = 64
    context_tokens: int = 8192
    seed: int = 0
    tensors_per_part: int = 0  # 0 = one file


TINY = Build()


class Reader(GGUFReader):
    """Three times as fast as gguf's own: that slices a memory map, which numpy makes an object of its own each time."""

    def _get(self, offset: int, dtype: Any, count: int = 1, override_order: Any = None) -> Weights:  # Any: of numpy
        order = self.byte_order if override_order is None else override_order
        return np.frombuffer(self.data, np.dtype(dtype).newbyteorder(order), int(count), int(offset))


def tiny_llama31(folder: Path, build: Build = TINY, *, template: str = LLAMA31_MARKS) -> Path:
    """A Llama with the vocabulary of Llama 3.1: 128,256 tokens, usually 17 MB. Returns its (first) file."""

    def vocabulary(writer: GGUFWriter) -> int:
        tokens, merges = _llama31_vocabulary()
        special = Tokenizer.get_instance().special_tokens
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("llama-bpe")
        writer.add_token_list([*tokens, *special])
        writer.add_token_types([*[TokenType.NORMAL] * len(tokens), *[TokenType.CONTROL] * len(special)])
        writer.add_token_merges(merges)
        writer.add_bos_token_id(special["<|begin_of_text|>"])
        writer.add_eos_token_id(special["<|eot_id|>"])
        writer.add_chat_template(template)
        return len(tokens) + len(special)

    return _write(folder / f"tiny-llama-3.1-{build.layers}x{build.embedding}-{build.seed}.gguf", build, vocabulary)


def tiny_like(folder: Path, base: Path, build: Build = TINY) -> Path:
    """A Llama with random weights and the vocabulary of `base`: fit to guess ahead for it, though badly."""

    def vocabulary(writer: GGUFWriter) -> int:
        fields = Reader(base).fields
        for key, field in fields.items():
            if not key.startswith("tokenizer."):
                continue
            is_list = field.types[0] == GGUFValueType.ARRAY
            writer.add_key_value(key, field.contents(), field.types[0], field.types[-1] if is_list else None)
        return len(fields["tokenizer.ggml.tokens"].data)

    return _write(folder / f"tiny-{base.stem}-{build.layers}x{build.embedding}-{build.seed}.gguf", build, vocabulary)


def lora(folder: Path, base: Path, *, rank: int = 8, seed: int = 0, scale: float = 1.0) -> Path:
    """A LoRA adapter for the attention of `base`. At strength 1.0 and `scale` 1.0 other tokens win than without it."""
    reader = Reader(base)
    architecture = reader.fields["general.architecture"].contents()
    writer = GGUFWriter(folder / f"lora-{base.stem}-{rank}-{seed}.gguf", architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(rank))
    random = np.random.default_rng(seed)
    for tensor in reader.tensors:
        if tensor.name.endswith(("attn_q.weight", "attn_v.weight")):
            inputs, outputs = (int(size) for size in tensor.shape)
            writer.add_tensor(f"{tensor.name}.lora_a", _random(random, (rank, inputs), scale / inputs**0.5))
            writer.add_tensor(f"{tensor.name}.lora_b", _random(random, (outputs, rank), 1 / rank**0.5))
    return _finish(writer)


@functools.cache
def _llama31_vocabulary() -> tuple[list[str], list[str]]:
    """Tokens by rank and merges in their order, both spelt as in GPT-2: one printable character per byte.

    Meta's file ranks tokens only. Two neighbours may merge whenever what they make is a token, the lowest rank first;
    so every way to cut a token into two others is a merge.
    """
    ranks: dict[bytes, int] = Tokenizer.get_instance().model._mergeable_ranks
    spelling = _byte_spelling()
    tokens = [token.decode("latin-1").translate(spelling) for token in sorted(ranks, key=ranks.__getitem__)]
    merges: list[tuple[int, int, int]] = []
    for token, rank in ranks.items():
        for cut in range(1, len(token)):
            left, right = ranks.get(token[:cut]), ranks.get(token[cut:])
            if left is not None and right is not None:
                merges.append((rank, left, right))
    merges.sort()
    return tokens, [f"{tokens[left]} {tokens[right]}" for _, left, right in merges]


def _byte_spelling() -> dict[int, str]:
    """GPT-2's table: printable bytes stand for themselves, the others for what follows U+0100."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printable]
    return {**{byte: chr(byte) for byte in printable}, **{byte: chr(256 + at) for at, byte in enumerate(others)}}


def _write(path: Path, build: Build, vocabulary: Callable[[GGUFWriter], int]) -> Path:
    writer = GGUFWriter(path, "llama", split_max_tensors=build.tensors_per_part)
    writer.add_name(path.stem)
    writer.add_context_length(build.context_tokens)
    writer.add_embedding_length(build.embedding)
    writer.add_block_count(build.layers)
    writer.add_feed_forward_length(build.feed_forward)
    writer.add_head_count(build.heads)
    writer.add_head_count_kv(build.kv_heads)
    writer.add_key_length(build.head)
    writer.add_value_length(build.head)
    writer.add_rope_dimension_count(build.head)
    writer.add_rope_freq_base(500_000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(LlamaFileType.MOSTLY_Q8_0)
    _add_weights(writer, build, vocabulary(writer))
    return _finish(writer)


def _add_weights(writer: GGUFWriter, build: Build, vocabulary_tokens: int) -> None:
    random = np.random.default_rng(build.seed)

    def matrix(name: str, rows: int, columns: int, spread: float = 1.0) -> None:
        weights = quantize(_random(random, (rows, columns), spread / columns**0.5), GGMLQuantizationType.Q8_0)
        writer.add_tensor(name, weights, raw_dtype=GGMLQuantizationType.Q8_0)

    def norm(name: str) -> None:
        writer.add_tensor(name, np.ones(build.embedding, np.float32))

    # Small beside what the layers add: the output layer is the same matrix, and would only say the last token again.
    matrix("token_embd.weight", vocabulary_tokens, build.embedding, spread=0.1)
    for layer in (f"blk.{number}." for number in range(build.layers)):
        norm(layer + "attn_norm.weight")
        matrix(layer + "attn_q.weight", build.heads * build.head, build.embedding)
        matrix(layer + "attn_k.weight", build.kv_heads * build.head, build.embedding)
        matrix(layer + "attn_v.weight", build.kv_heads * build.head, build.embedding)
        matrix(layer + "attn_output.weight", build.embedding, build.heads * build.head)
        norm(layer + "ffn_norm.weight")
        matrix(layer + "ffn_gate.weight", build.feed_forward, build.embedding)
        matrix(layer + "ffn_up.weight", build.feed_forward, build.embedding)
        matrix(layer + "ffn_down.weight", build.embedding, build.feed_forward)
    norm("output_norm.weight")


def _random(random: np.random.Generator, shape: tuple[int, int], spread: float) -> Weights:
    return random.standard_normal(shape, np.float32) * np.float32(spread)


def _finish(writer: GGUFWriter) -> Path:
    """Writes everything; returns the first file, by which llama.cpp opens them all."""
    assert writer.path is not None
    first = writer.format_shard_names(writer.path)[0]
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return first
