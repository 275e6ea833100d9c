"""How many bytes a model takes, part by part, before it is loaded: weights, KV cache, buffers to compute in.

The formulas follow what llama.cpp allocates. Those for buffers were fitted to its log ("compute buffer size"), for
models of the Llama family from 0.1 to 405 billion parameters; a test asks the library itself whether they still hold.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from app.engine.protocol import KvType
from app.models.header import Header, repacked_bytes

CONTEXT_STEP_TOKENS = 256  # llama.cpp rounds the context up to a multiple of this
LOGIT_ROWS = 16  # that the engine asks for at most in one decode; llama.cpp's own default is all rows of a batch
# Bytes per number of elements: enum ggml_type's blocks (ggml-common.h).
KV_BLOCKS: Mapping[KvType, tuple[int, int]] = MappingProxyType({"f16": (2, 1), "q8_0": (34, 32), "q4_0": (18, 32)})
# Measured on Linux: interpreter and libraries, and what llama.cpp builds per token of the vocabulary.
PROCESS_BYTES = 48_000_000
VOCABULARY_BYTES = 450
DRIVER_BYTES = 250_000_000  # a guess: libraries and pinned memory that a graphics card's driver brings along
COPIES_BETWEEN_DEVICES = 4  # GGML_SCHED_MAX_COPIES: several devices work on successive micro-batches at a time


@dataclass(frozen=True, slots=True)
class Setting:
    """What decides how large caches and buffers are."""

    context_tokens: int
    micro_batch_tokens: int
    kv_type: KvType
    has_flash_attention: bool

    @property
    def cells(self) -> int:
        """Tokens that the KV cache has room for."""
        return -(-max(1, self.context_tokens) // CONTEXT_STEP_TOKENS) * CONTEXT_STEP_TOKENS

    @property
    def tokens(self) -> int:
        """That are computed at a time, at most."""
        return min(self.micro_batch_tokens, self.cells)

    @property
    def mask_bytes(self) -> int:
        """Which token may look at which: half precision for flash attention, else single."""
        return self.tokens * self.cells * (2 if self.has_flash_attention else 4)


def filled_in(header: Header, size_bytes: int) -> Header:
    """A header that tells no sizes is taken for `size_bytes` of layers."""
    if header.total_bytes > 0 and header.layer_bytes:
        return header
    layers = max(1, header.layers)
    return replace(
        header,
        layers=layers,
        layer_bytes=(max(0, size_bytes) // layers,) * layers,
        input_bytes=0,
        output_bytes=0,
        other_bytes=0,
        active_bytes=size_bytes,
        total_bytes=size_bytes,
    )


def kv_token_bytes(header: Header, kv_type: KvType) -> int:
    """What one token adds to the KV cache."""
    return kv_bytes(header, range(header.layers), 1, kv_type)


def kv_bytes(header: Header, layers: range, cells: int, kv_type: KvType) -> int:
    """Of these layers. A sliding window saves nothing: the engine keeps whole caches, to go back in them."""
    block_bytes, block = KV_BLOCKS[kv_type]
    elements = sum(header.kv_widths[layer] for layer in layers if layer < len(header.kv_widths))
    return elements * cells * block_bytes // block


def layer_weights(header: Header, layers: range) -> int:
    return sum(header.layer_bytes[layer] for layer in layers if layer < len(header.layer_bytes))


def output_copy_bytes(header: Header) -> int:
    """What the output adds to the weights on the CPU: nothing where it is the input table itself."""
    return 0 if header.is_output_tied else header.output_bytes


def block_share(header: Header) -> float:
    """Which part of the blocks' weights one decoded token needs: 1 but for mixtures of experts."""
    blocks = sum(header.layer_bytes)
    active = header.active_bytes - header.output_bytes
    return min(1.0, active / blocks) if blocks and active > 0 else 1.0


def repacking_bytes(header: Header, instruction_sets: Collection[str]) -> int:
    """Copies of weights in the CPU's own order; an upper bound where nobody knows the instruction sets."""
    return repacked_bytes(header, instruction_sets) if instruction_sets else header.repackable_bytes


def compute_bytes(header: Header, setting: Setting, *, is_on_cpu: bool) -> int:
    """The buffer that a micro-batch is computed in, on a device that carries layers and the output.

    The largest of four moments: feed-forward, experts, attention without its fused form, the vocabulary's logits.
    """
    unit = 4 * setting.tokens  # one single-precision number per token
    kept = (4 if is_on_cpu else 3) - (setting.kv_type != "f16")  # rows of the model's width that wait meanwhile
    experts = max(1, header.experts_used) if header.experts else 1
    moments = [unit * (3 * experts * header.feed_forward + kept * header.embedding) + setting.mask_bytes]
    if header.experts:
        per_expert = 2 * header.embedding + header.feed_forward
        moments.append(unit * (experts * per_expert + (kept - 2) * header.embedding) + setting.mask_bytes)
    if not setting.has_flash_attention:
        scores = header.heads * setting.cells + (kept + 1) * header.embedding + max(header.kv_widths, default=0)
        moments.append(unit * scores + setting.mask_bytes)
    moments.append(4 * LOGIT_ROWS * (header.vocabulary + header.embedding) + unit * header.embedding)
    return max(moments)


def device_bytes(header: Header, setting: Setting, *, place: int, devices: int) -> int:
    """`compute_bytes` of an accelerator, the `place`th of several that carry the whole model between them."""
    found = compute_bytes(header, setting, is_on_cpu=False)
    if devices > 1:
        rows = 4 if place == 0 else 8
        found += (COPIES_BETWEEN_DEVICES - 1) * setting.mask_bytes + 4 * setting.tokens * rows * header.embedding
    if setting.kv_type != "f16":
        found += 2 * setting.cells * max(header.kv_widths, default=0)  # a layer of it is unpacked to be read
    return found


def streaming_bytes(header: Header, setting: Setting, cpu_layers: range) -> int:
    """What the first accelerator needs besides for computing micro-batches of layers that the CPU keeps.

    It gets their weights matrix by matrix, and the KV cache of one layer.
    """
    heaviest = max((layer_weights(header, range(layer, layer + 1)) for layer in cpu_layers), default=0)
    width, hidden = header.embedding, header.feed_forward
    rows = 3 * hidden + (0 if header.experts else 2 * width)  # of the model's width, in one layer's matrices
    matrix = heaviest * hidden * 13 // (10 * rows) if rows else 0  # some have more bits per weight than others: 1.3
    cache = max(
        (kv_bytes(header, range(layer, layer + 1), setting.cells, setting.kv_type) for layer in cpu_layers), default=0
    )
    return matrix + cache


def host_bytes(header: Header, setting: Setting, *, devices: int, has_layers: bool) -> int:
    """On the CPU besides weights and KV cache: its buffers, the vocabulary, the process itself.

    Less where accelerators carry all layers; more with several, which get their inputs in advance.
    """
    row = 4 * setting.tokens * header.embedding
    if has_layers:
        buffers = compute_bytes(header, setting, is_on_cpu=True)
        buffers += setting.tokens * max(header.embedding, header.feed_forward) * 6 // 5  # inputs at eight bits
    elif devices > 1:
        buffers = COPIES_BETWEEN_DEVICES * setting.mask_bytes + 5 * row
    else:
        buffers = setting.mask_bytes + 2 * row
    drivers = DRIVER_BYTES if devices else 0
    return buffers + drivers + PROCESS_BYTES + VOCABULARY_BYTES * header.vocabulary
