"""Model files of every kind that turns text into vectors: two layers of chance weights, real tokenisers, a few KB.

A file says what those of its family say: architecture, tokeniser, marks around a text, pooling.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import numpy as np
from gguf import GGUFWriter, PoolingType, TokenType

LAYERS, EMBEDDING, FEED_FORWARD, HEADS, CONTEXT = 2, 64, 128, 4, 256
EPSILON = 1e-6
WORD_START = "\u2581"
LETTERS = string.ascii_letters + string.digits + string.punctuation

Kind = Literal["wordpiece", "unigram", "nomic", "qwen3"]
Weights: TypeAlias = "np.ndarray[Any, Any]"  # Any: numpy's shapes and element types add nothing here


@dataclass(frozen=True, slots=True)
class Marks:
    """Numbers of the tokens that stand around every text; -1 for none."""

    begin: int
    end: int


MARKS: Mapping[Kind, Marks] = MappingProxyType(
    {"wordpiece": Marks(2, 3), "nomic": Marks(2, 3), "unigram": Marks(0, 2), "qwen3": Marks(-1, 256)}
)


def tiny(path: Path, kind: Kind, name: str, pooling: PoolingType | None) -> Path:
    """`pooling` None: the file does not say."""
    writer = GGUFWriter(path, {"nomic": "nomic-bert", "qwen3": "qwen3"}.get(kind, "bert"))
    writer.add_name(name)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(EMBEDDING)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    if pooling is not None:
        writer.add_pooling_type(pooling)
    tokens = _VOCABULARIES[kind](writer)
    _Weights(writer).add(kind, tokens)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _wordpiece(writer: GGUFWriter) -> int:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    small = [letter for letter in LETTERS if not letter.isupper()]
    _add_tokens(writer, "bert", [*words, *(WORD_START + letter for letter in small), *small], range(len(words)))
    writer.add_tokenizer_pre("jina-v2-en")
    writer.add_token_type_count(2)
    _add_marks(writer, "wordpiece")
    return len(words) + 2 * len(small)


def _unigram(writer: GGUFWriter) -> int:
    tokens = ["<s>", "<pad>", "</s>", "<unk>", WORD_START, *LETTERS, "ch", f"{WORD_START}K", "\u5ddd"]
    _add_tokens(writer, "t5", tokens, (0, 1, 2))
    writer.add_token_scores([-float(number) / 8 for number in range(len(tokens))])
    writer.add_add_space_prefix(True)
    writer.add_token_type_count(2)
    _add_marks(writer, "unigram")
    return len(tokens)


def _bytes(writer: GGUFWriter) -> int:
    """Every byte is a token, spelled as GPT-2 does: what is no sign of its own moves beyond the 256th."""
    signs = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in signs]
    tokens = [chr(sign) for sign in signs] + [chr(256 + place) for place in range(len(others))]
    _add_tokens(writer, "gpt2", [*tokens, "<|endoftext|>", "th"], (256,))
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_merges(["t h"])
    writer.add_eos_token_id(256)
    writer.add_pad_token_id(256)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(True)
    return 258


def _add_tokens(writer: GGUFWriter, model: str, tokens: Sequence[str], control: Sequence[int]) -> None:
    writer.add_tokenizer_model(model)
    writer.add_token_list(list(tokens))
    writer.add_token_types(
        [TokenType.CONTROL if number in control else TokenType.NORMAL for number in range(len(tokens))]
    )


def _add_marks(writer: GGUFWriter, kind: Kind) -> None:
    marks = MARKS[kind]
    writer.add_bos_token_id(marks.begin)
    writer.add_eos_token_id(marks.end)
    writer.add_sep_token_id(marks.end)
    writer.add_unk_token_id(3 if kind == "unigram" else 1)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)


_VOCABULARIES: Mapping[Kind, Callable[[GGUFWriter], int]] = MappingProxyType(
    {"wordpiece": _wordpiece, "nomic": _wordpiece, "unigram": _unigram, "qwen3": _bytes}
)


class _Weights:
    """By chance, but the same every time."""

    def __init__(self, writer: GGUFWriter) -> None:
        self._writer = writer
        self._random = np.random.default_rng(0)

    def add(self, kind: Kind, tokens: int) -> None:
        self._chance("token_embd.weight", tokens, EMBEDDING, spread=1.0)
        if kind == "qwen3":
            self._decoder()
        else:
            self._encoder(is_nomic=kind == "nomic")

    def _encoder(self, *, is_nomic: bool) -> None:
        self._writer.add_layer_norm_eps(EPSILON)
        self._writer.add_causal_attention(False)
        self._chance("token_types.weight", 2, EMBEDDING)
        self._norm("token_embd_norm")
        if is_nomic:
            self._writer.add_rope_freq_base(1000.0)
        else:
            self._chance("position_embd.weight", CONTEXT, EMBEDDING, spread=0.5)
        for layer in (f"blk.{number}." for number in range(LAYERS)):
            if is_nomic:
                self._chance(layer + "attn_qkv.weight", 3 * EMBEDDING, EMBEDDING)
                self._chance(layer + "ffn_gate.weight", FEED_FORWARD, EMBEDDING)
            else:
                for part in ("attn_q", "attn_k", "attn_v"):
                    self._matrix(layer + part, EMBEDDING, EMBEDDING, has_bias=True)
            self._matrix(layer + "attn_output", EMBEDDING, EMBEDDING, has_bias=not is_nomic)
            self._matrix(layer + "ffn_up", FEED_FORWARD, EMBEDDING, has_bias=not is_nomic)
            self._matrix(layer + "ffn_down", EMBEDDING, FEED_FORWARD, has_bias=not is_nomic)
            self._norm(layer + "attn_output_norm")
            self._norm(layer + "layer_output_norm")

    def _decoder(self) -> None:
        self._writer.add_layer_norm_rms_eps(EPSILON)
        self._writer.add_head_count_kv(HEADS // 2)
        self._writer.add_key_length(EMBEDDING // HEADS)
        self._writer.add_value_length(EMBEDDING // HEADS)
        self._writer.add_rope_freq_base(1e6)
        for layer in (f"blk.{number}." for number in range(LAYERS)):
            for part, rows in (("attn_q", EMBEDDING), ("attn_k", EMBEDDING // 2), ("attn_v", EMBEDDING // 2)):
                self._matrix(layer + part, rows, EMBEDDING)
            for part in ("attn_q_norm", "attn_k_norm"):
                self._ones(f"{layer}{part}.weight", EMBEDDING // HEADS)
            self._matrix(layer + "attn_output", EMBEDDING, EMBEDDING)
            for part in ("ffn_gate", "ffn_up"):
                self._matrix(layer + part, FEED_FORWARD, EMBEDDING)
            self._matrix(layer + "ffn_down", EMBEDDING, FEED_FORWARD)
            for part in ("attn_norm", "ffn_norm"):
                self._ones(f"{layer}{part}.weight", EMBEDDING)
        self._ones("output_norm.weight", EMBEDDING)

    def _matrix(self, name: str, rows: int, columns: int, *, has_bias: bool = False) -> None:
        self._chance(f"{name}.weight", rows, columns)
        if has_bias:
            self._chance(f"{name}.bias", rows)

    def _norm(self, name: str) -> None:
        self._ones(f"{name}.weight", EMBEDDING)
        self._chance(f"{name}.bias", EMBEDDING)

    def _ones(self, name: str, size: int) -> None:
        self._writer.add_tensor(name, np.ones(size, np.float32))

    def _chance(self, name: str, *shape: int, spread: float = 0.0) -> None:
        made: Weights = self._random.standard_normal(shape, np.float32) * np.float32(spread or shape[-1] ** -0.5)
        self._writer.add_tensor(name, made)
