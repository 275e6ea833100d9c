"""A model that turns texts into vectors: many texts in one computation, each a sequence of its own.

Texts stand one after the other without padding. A batch is best as short as the longest text or some 500 tokens:
attention looks at all tokens of a batch and only then leaves out those of other texts.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import llama_cpp.llama_cpp as lib

from app.engine.child.llama.abort import AbortByte
from app.engine.child.llama.context import DecodeError
from app.engine.child.llama.library import Library, LoadError, Pointer
from app.engine.child.llama.model import Model
from app.engine.protocol import FlashAttention, Load

LONGEST_TOKEN_CHARACTERS = 64
"""No text needs more than so many characters per token that is read of it: what is beyond is not even tokenised."""

_FLASH_ATTENTION: dict[FlashAttention, int] = {"auto": -1, "off": 0, "on": 1}
_UNSPECIFIED, _NONE, _MEAN, _LAST = -1, 0, 1, 3  # enum llama_pooling_type
_DONE, _ABORTED = 0, 2  # llama_encode, llama_decode


class Encoder:
    """One thread at a time, but for the abort."""

    def __init__(self, model: Model, library: Library, load: Load) -> None:
        """`context_tokens` is the most that is read of one text, `micro_batch_tokens` of all texts at once.

        Raises LoadError where memory does not suffice, or where the file holds no such model.
        """
        trained = model.trained_context_tokens
        self.limit_tokens = min(trained, load.context_tokens) if trained > 0 else load.context_tokens
        self.batch_tokens = max(self.limit_tokens, load.micro_batch_tokens)
        self.sequences = load.sequences
        self._fill_tokens = load.micro_batch_tokens
        self._model = model
        library.take_errors()
        self._pointer = self._context(load, _UNSPECIFIED)
        if self._pointer and lib.llama_pooling_type(self._pointer) in (_UNSPECIFIED, _NONE):
            # The file does not say. Models that only look back have seen all of the text at its last token.
            is_causal = bool(lib.llama_get_memory(self._pointer))
            lib.llama_free(self._pointer)
            self._pointer = self._context(load, load.pooling or (_LAST if is_causal else _MEAN))
        if not self._pointer:
            raise LoadError("context_memory", library.take_errors()[-2000:])
        self._memory: Pointer = lib.llama_get_memory(self._pointer)
        self.width = int(lib.llama_model_n_embd_out(model.pointer))
        self.abort = AbortByte(self._pointer)
        self._make_batch()

    def _context(self, load: Load, pooling: int) -> Pointer:
        params = lib.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = self.batch_tokens
        params.n_seq_max = self.sequences
        params.kv_unified = True
        params.embeddings = True
        params.pooling_type = pooling
        params.n_threads = params.n_threads_batch = load.threads
        params.flash_attn_type = _FLASH_ATTENTION[load.flash_attention]
        params.no_perf = True
        return lib.llama_init_from_model(self._model.pointer, params)

    def _make_batch(self) -> None:
        """One llama_batch over arrays of ours; every token's list of sequences is a cell of `_owners`."""
        size = self.batch_tokens
        self._ids = (lib.llama_token * size)()
        self._positions = (lib.llama_pos * size)()
        self._owners = (lib.llama_seq_id * size)()
        cell = ctypes.sizeof(lib.llama_seq_id)
        pointer = ctypes.POINTER(lib.llama_seq_id)
        start = ctypes.addressof(self._owners)
        lists = (pointer * size)(*[ctypes.cast(start + cell * place, pointer) for place in range(size)])
        self._batch = lib.llama_batch(
            n_tokens=0,
            token=self._ids,
            embd=None,
            pos=self._positions,
            n_seq_id=(ctypes.c_int32 * size)(*[1] * size),
            seq_id=lists,
            logits=(ctypes.c_int8 * size)(*[1] * size),
        )

    def use_threads(self, threads: int) -> None:
        lib.llama_set_n_threads(self._pointer, threads, threads)

    def tokens_of(self, text: str) -> tuple[list[int], bool]:
        """With the model's own marks around them, and whether the end of the text was cut off. Perhaps none."""
        kept = text[: self.limit_tokens * LONGEST_TOKEN_CHARACTERS]
        data = kept.encode("utf-8", "replace")
        room = len(data) + 8
        tokens = (lib.llama_token * room)()
        count = max(0, lib.llama_tokenize(self._model.vocabulary, data, len(data), tokens, room, True, False))
        if count <= self.limit_tokens:
            return list(tokens[:count]), len(kept) < len(text)
        ends = [tokens[count - 1]] if self._model.is_control(tokens[count - 1]) else []
        return list(tokens[: self.limit_tokens - len(ends)]) + ends, True

    def fitting(self, lengths: Sequence[int]) -> int:
        """How many texts of these lengths, in this order, are best computed together: at least one."""
        total = 0
        for count, length in enumerate(lengths[: self.sequences]):
            total += length
            if count and total > self._fill_tokens:
                return count
        return min(len(lengths), self.sequences)

    def vectors(self, texts: Sequence[Sequence[int]]) -> bytes | None:
        """`width` float32 for each, one after the other; None when it was aborted. Raises DecodeError.

        No more texts than `sequences`, no more tokens than `batch_tokens`, and no text without tokens.
        """
        count = 0
        for sequence, tokens in enumerate(texts):
            end = count + len(tokens)
            self._ids[count:end] = tokens
            self._positions[count:end] = range(len(tokens))
            self._owners[count:end] = [sequence] * len(tokens)
            count = end
        self._batch.n_tokens = count
        code = self._compute()
        if code == _ABORTED:
            return None
        if code != _DONE:
            raise DecodeError(f"llama.cpp returned {code}")
        size = 4 * self.width
        found = (lib.llama_get_embeddings_seq(self._pointer, sequence) for sequence in range(len(texts)))
        return b"".join(ctypes.string_at(vector, size) for vector in found)

    def _compute(self) -> int:
        if not self._memory:  # it looks both ways and remembers nothing
            return int(lib.llama_encode(self._pointer, self._batch))
        lib.llama_memory_clear(self._memory, False)
        return int(lib.llama_decode(self._pointer, self._batch))
