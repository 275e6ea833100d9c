"""The models that people ask about first, as headers without a file: what would Llama 3.1 do on this computer?

Shapes from Meta's model cards; bytes as the quantisation Q4_K_M stores them (llama.cpp's llama-quant.cpp): Q4_K,
and Q6_K for the output and for half of attn_v and ffn_down.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.models.header import Header

QUANTISATION = "Q4_K_M"
VOCABULARY, TRAINED_CONTEXT, HEAD = 128_256, 131_072, 128
_Q4_K, _Q6_K = 144 / 256, 210 / 256  # bytes per weight


@dataclass(frozen=True, slots=True)
class Reference:
    title: str
    model: Header


def llama31() -> tuple[Reference, ...]:
    """8B, 70B and 405B."""
    return (
        Reference("Llama 3.1 8B", _header(32, 4096, 14336, 32)),
        Reference("Llama 3.1 70B", _header(80, 8192, 28672, 64)),
        Reference("Llama 3.1 405B", _header(126, 16384, 53248, 128)),
    )


def _header(layers: int, embedding: int, feed_forward: int, heads: int, kv_heads: int = 8) -> Header:
    kv = HEAD * kv_heads
    attention = 2 * embedding * embedding + embedding * kv  # q, output, k
    plain = attention + 2 * embedding * feed_forward  # and gate, up
    mixed = embedding * kv + embedding * feed_forward  # v, down
    q4_bytes = round((plain + mixed / 2) * _Q4_K)
    q6_bytes = round(mixed / 2 * _Q6_K)
    norm_bytes = 2 * 4 * embedding
    layer_bytes = (q4_bytes + q6_bytes + norm_bytes,) * layers
    table = VOCABULARY * embedding
    input_bytes, output_bytes = round(table * _Q4_K), round(table * _Q6_K) + 4 * embedding
    return Header(
        architecture="llama",
        name="",
        quantisation=QUANTISATION,
        parameters=layers * (plain + mixed + 2 * embedding) + 2 * table + embedding,
        layers=layers,
        embedding=embedding,
        feed_forward=feed_forward,
        heads=heads,
        kv_heads=kv_heads,
        head_dim_k=HEAD,
        head_dim_v=HEAD,
        kv_widths=(2 * kv,) * layers,
        vocabulary=VOCABULARY,
        trained_context=TRAINED_CONTEXT,
        experts=0,
        experts_used=0,
        sliding_window=0,
        rope_base=500_000.0,
        rope_scaling="",
        chat_template="",
        is_adapter=False,
        is_vocabulary_only=False,
        layer_bytes=layer_bytes,
        input_bytes=input_bytes,
        output_bytes=output_bytes,
        is_output_tied=False,
        other_bytes=0,
        active_bytes=sum(layer_bytes) + output_bytes,
        bytes_by_type={"Q4_K": layers * q4_bytes, "Q6_K": layers * q6_bytes},
        output_type="Q6_K",
        repackable_bytes=layers * (q4_bytes + q6_bytes),
        total_bytes=sum(layer_bytes) + input_bytes + output_bytes,
        facts={},
    )
