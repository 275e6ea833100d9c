"""Weights of all-MiniLM-L6-v2 -> GGUF, bit for bit what llama.cpp's own converter makes of them.

That one needs PyTorch and Transformers (2 GB); this one only the two libraries that read and write the formats. Names
of tensors and kinds of keys come from `gguf`, which is llama.cpp's own. What the file must say, and why it is said in
this order: convert_hf_to_gguf.py and conversion/bert.py, as llama.cpp 0c1e570 has them (llama-cpp-python 0.3.36).

Kept out of `embedder.py` because importing this takes 0.3 s and 20 MB that only the one conversion is to pay.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from gguf import (
    GGML_QUANT_VERSION,
    MODEL_ARCH,
    GGMLQuantizationType,
    GGUFType,
    GGUFWriter,
    LlamaFileType,
    PoolingType,
    TokenType,
    get_tensor_name_map,
)
from gguf.quants import quantize
from safetensors.numpy import load

# The model's config.json
LAYERS, EMBEDDING, FEED_FORWARD, HEADS = 6, 384, 1536, 12
CONTEXT, TOKEN_KINDS, NORM_EPSILON = 512, 2, 1e-12
# The model's tokenizer.json: their places in vocab.txt
PAD, UNKNOWN, BEGIN, SEPARATOR, MASK = 0, 100, 101, 102, 103
CONTROL = (PAD, UNKNOWN, BEGIN, SEPARATOR, MASK)
WORD_START = "\u2581"

# A checkpoint's counter (position_ids) and the layer for classifying, which embeddings do not use
LEFT_OUT = ("embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias")
KEPT_EXACT = ("position_embd.weight", "token_types.weight")  # with norms and biases, which have one dimension


def convert(weights: bytes, vocabulary: str, target: Path) -> None:
    """Write `target`, over whatever is there. Raises OSError.

    `weights` is the content of model.safetensors, `vocabulary` that of vocab.txt, both proved to be the right ones.
    The same input gives the same bytes: nothing here is dated or comes in an order of chance.
    """
    writer = GGUFWriter(target, "bert")
    try:
        _describe(writer)
        _add_vocabulary(writer, vocabulary.removesuffix("\n").split("\n"))
        _add_weights(writer, weights)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    except OSError as error:
        if error.errno is None:  # numpy's tofile wrote less than all, and does not say why: the disk is full
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise
    finally:
        writer.close()


def _describe(writer: GGUFWriter) -> None:
    """Everything but the vocabulary. Name, organisation and licence as the model's own card and page say."""
    writer.add_type(GGUFType.MODEL)
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_organization("sentence-transformers")
    writer.add_size_label("23M")
    writer.add_license("apache-2.0")
    writer.add_block_count(LAYERS)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(EMBEDDING)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_eps(NORM_EPSILON)
    writer.add_file_type(LlamaFileType.MOSTLY_F16)
    writer.add_causal_attention(False)
    writer.add_pooling_type(PoolingType.MEAN)
    writer.add_quantization_version(GGML_QUANT_VERSION)


def _add_vocabulary(writer: GGUFWriter, words: list[str]) -> None:
    """WordPiece marks what continues a word (##ing); llama.cpp wants the mark at what begins one."""

    def spelled(number: int, word: str) -> str:
        if number in CONTROL:
            return word
        return word[2:] if word.startswith("##") else WORD_START + word

    writer.add_token_type_count(TOKEN_KINDS)
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("jina-v2-en")  # how llama.cpp names this way of cutting text before WordPiece
    writer.add_token_list([spelled(number, word) for number, word in enumerate(words)])
    writer.add_token_types(
        [TokenType.CONTROL if number in CONTROL else TokenType.NORMAL for number in range(len(words))]
    )
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(SEPARATOR)
    writer.add_unk_token_id(UNKNOWN)
    writer.add_sep_token_id(SEPARATOR)
    writer.add_pad_token_id(PAD)
    writer.add_mask_token_id(MASK)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)
    writer.add_add_sep_token(False)
    writer.add_bool("tokenizer.ggml.normalizer.lowercase", True)  # newer than the writer's own names


def _add_weights(writer: GGUFWriter, weights: bytes) -> None:
    """Matrices in 16 bits; what is small and added, or multiplied with everything, in 32."""
    tensors = load(weights)
    names = get_tensor_name_map(MODEL_ARCH.BERT, LAYERS)
    for name in sorted(tensors):  # the library gives them in any order
        if name in LEFT_OUT:
            continue
        known = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if known is None:
            raise ValueError("a tensor that BERT does not have")
        is_exact = tensors[name].ndim == 1 or known in KEPT_EXACT
        kind = GGMLQuantizationType.F32 if is_exact else GGMLQuantizationType.F16
        writer.add_tensor(known, quantize(tensors[name], kind), raw_dtype=kind)
