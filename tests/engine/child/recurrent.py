"""A small recurrent model (Mamba) with chance weights: one state per sequence, and nothing can be cut off its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from gguf import GGUFValueType, GGUFWriter

from tests import assets

LAYERS, EMBEDDING, STATE, CONVOLUTION, RANK = 2, 64, 16, 4, 4
INNER = 2 * EMBEDDING  # llama.cpp allows no other

# Any: numpy's shapes and element types add nothing here.
Weights: TypeAlias = "np.ndarray[Any, Any]"


def tiny_mamba(folder: Path, base: Path) -> Path:
    """A model file with the vocabulary of `base`."""
    writer = GGUFWriter(folder / "tiny-mamba.gguf", "mamba")
    writer.add_context_length(4096)
    writer.add_embedding_length(EMBEDDING)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(0)
    writer.add_head_count(0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_ssm_conv_kernel(CONVOLUTION)
    writer.add_ssm_inner_size(INNER)
    writer.add_ssm_state_size(STATE)
    writer.add_ssm_time_step_rank(RANK)
    _add_weights(writer, _add_vocabulary(writer, base))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return folder / "tiny-mamba.gguf"


def _add_vocabulary(writer: GGUFWriter, base: Path) -> int:
    fields = assets.Reader(base).fields
    for key, field in fields.items():
        if key.startswith("tokenizer."):
            is_list = field.types[0] == GGUFValueType.ARRAY
            writer.add_key_value(key, field.contents(), field.types[0], field.types[-1] if is_list else None)
    return len(fields["tokenizer.ggml.tokens"].data)


def _add_weights(writer: GGUFWriter, vocabulary_tokens: int) -> None:
    random = np.random.default_rng(0)

    def chance(*shape: int, spread: float) -> Weights:
        return random.standard_normal(shape, np.float32) * np.float32(spread)

    writer.add_tensor("token_embd.weight", chance(vocabulary_tokens, EMBEDDING, spread=0.1))
    for layer in (f"blk.{number}." for number in range(LAYERS)):
        writer.add_tensor(layer + "attn_norm.weight", np.ones(EMBEDDING, np.float32))
        writer.add_tensor(layer + "ssm_in.weight", chance(2 * INNER, EMBEDDING, spread=EMBEDDING**-0.5))
        writer.add_tensor(layer + "ssm_conv1d.weight", chance(INNER, CONVOLUTION, spread=0.5))
        writer.add_tensor(layer + "ssm_conv1d.bias", np.zeros(INNER, np.float32))
        writer.add_tensor(layer + "ssm_x.weight", chance(RANK + 2 * STATE, INNER, spread=INNER**-0.5))
        writer.add_tensor(layer + "ssm_dt.weight", chance(INNER, RANK, spread=0.5))
        writer.add_tensor(layer + "ssm_dt.bias", np.zeros(INNER, np.float32))
        writer.add_tensor(layer + "ssm_a", -np.abs(chance(INNER, STATE, spread=1.0)))
        writer.add_tensor(layer + "ssm_d", np.ones(INNER, np.float32))
        writer.add_tensor(layer + "ssm_out.weight", chance(EMBEDDING, INNER, spread=INNER**-0.5))
    writer.add_tensor("output_norm.weight", np.ones(EMBEDDING, np.float32))
