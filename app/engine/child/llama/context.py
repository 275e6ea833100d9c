"""The KV cache with its sequences, decoding into it, and the abort byte.

All sequences share the cells of one unified cache: a fork costs no memory until the branches part.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path

import llama_cpp.llama_cpp as lib

from app.engine.child.llama.abort import AbortByte
from app.engine.child.llama.library import Library, LoadError, Pointer
from app.engine.child.llama.model import Model, c_path
from app.engine.protocol import Adapter, FlashAttention, KvType, Load

MAX_ROWS = 16  # of logits that one decode may give; sizes a buffer of that many times the vocabulary

_KV_TYPES: dict[KvType, int] = {"f16": 1, "q8_0": 8, "q4_0": 2}  # enum ggml_type
_FLASH_ATTENTION: dict[FlashAttention, int] = {"auto": -1, "off": 0, "on": 1}
_DONE, _NO_ROOM, _ABORTED = 0, 1, 2  # llama_decode


class DecodeError(Exception):
    """llama_decode failed with a code that is neither success nor abort."""


class CacheFull(Exception):
    """No cells are left for these tokens; nothing was read."""


class Context:
    """Reads tokens into sequences. What a sequence holds is always in `tokens`, also after an abort."""

    def __init__(self, model: Model, library: Library, load: Load, *, context_tokens: int) -> None:
        """Raises LoadError where memory does not suffice."""
        params = lib.llama_context_default_params()
        params.n_ctx = context_tokens
        params.n_batch = min(load.batch_tokens, context_tokens)
        params.n_ubatch = min(load.micro_batch_tokens, params.n_batch)
        params.n_seq_max = load.sequences
        params.kv_unified = True
        params.n_outputs_max = min(MAX_ROWS, params.n_batch)
        params.n_threads, params.n_threads_batch = load.threads, load.batch_threads
        params.type_k = params.type_v = _KV_TYPES[load.kv_type]
        params.flash_attn_type = _FLASH_ATTENTION[load.flash_attention]
        params.no_perf = True
        library.take_errors()
        self._pointer: Pointer = lib.llama_init_from_model(model.pointer, params)
        if not self._pointer:
            raise LoadError("context_memory", library.take_errors()[-2000:])
        self._memory: Pointer = lib.llama_get_memory(self._pointer)
        self._model = model
        self.limit_tokens: int = lib.llama_n_ctx(self._pointer)
        self.micro_batch_tokens: int = lib.llama_n_ubatch(self._pointer)
        self.can_cut = not model.is_recurrent
        self.tokens: tuple[list[int], ...] = tuple([] for _ in range(load.sequences))
        self._make_batch()
        self.abort = AbortByte(self._pointer)

    def _make_batch(self) -> None:
        """One llama_batch over arrays of ours; every token's list of sequences points to the same one cell."""
        size = self.micro_batch_tokens
        self._ids = (lib.llama_token * size)()
        self._positions = (lib.llama_pos * size)()
        self._rows = (ctypes.c_int8 * size)()
        self._sequence = lib.llama_seq_id(0)
        ones = (ctypes.c_int32 * size)(*[1] * size)
        cell = ctypes.pointer(self._sequence)
        owners = (ctypes.POINTER(lib.llama_seq_id) * size)(*[cell] * size)
        self._batch = lib.llama_batch(
            n_tokens=0,
            token=self._ids,
            embd=None,
            pos=self._positions,
            n_seq_id=ones,
            seq_id=owners,
            logits=self._rows,
        )

    @property
    def pointer(self) -> Pointer:
        return self._pointer

    def mix_in(self, adapters: Sequence[Adapter]) -> None:
        """Use these LoRA adapters from now on. Raises LoadError for one that does not belong to the model."""
        pointers = []
        for adapter in adapters:
            pointer = lib.llama_adapter_lora_init(self._model.pointer, c_path(Path(adapter.path)))
            if not pointer:
                raise LoadError("adapter", Path(adapter.path).name)
            pointers.append(pointer)
        if pointers:
            array = (lib.llama_adapter_lora_p_ctypes * len(pointers))(*pointers)
            strengths = (ctypes.c_float * len(pointers))(*[adapter.strength for adapter in adapters])
            lib.llama_set_adapters_lora(self._pointer, array, len(pointers), strengths)

    def read(self, sequence: int, tokens: Sequence[int], *, rows: int = 1) -> bool:
        """Reads at most a micro-batch to the end of a sequence; logits for the last `rows` tokens.

        False when it was aborted: then the sequence may hold a part of them. Raises CacheFull and DecodeError.
        """
        held = self.tokens[sequence]
        count = len(tokens)
        self._ids[:count] = tokens
        self._positions[:count] = range(len(held), len(held) + count)
        self._rows[:count] = bytes(count - rows) + b"\1" * rows  # type: ignore[call-overload]  # any integers will do
        self._sequence.value = sequence
        self._batch.n_tokens = count
        code = lib.llama_decode(self._pointer, self._batch)
        if code == _DONE:
            held.extend(tokens)
            return True
        return self._undone(sequence, tokens, code)

    def _undone(self, sequence: int, tokens: Sequence[int], code: int) -> bool:
        """Finds out what a decode of `tokens` left behind that was not done."""
        if code == _NO_ROOM:
            raise CacheFull
        held = self.tokens[sequence]
        if self.can_cut:
            whole = [*held, *tokens]
            del whole[lib.llama_memory_seq_pos_max(self._memory, sequence) + 1 :]
            held[:] = whole
        else:  # its one state has seen some of the tokens
            self._forget(sequence)
        if code != _ABORTED:
            raise DecodeError(f"llama_decode returned {code}")
        return False

    def read_one(self, sequence: int, token: int) -> bool:
        """`read` of a single token, with nothing in the way: this is the decode loop."""
        held = self.tokens[sequence]
        self._ids[0] = token
        self._positions[0] = len(held)
        self._rows[0] = 1
        self._sequence.value = sequence
        self._batch.n_tokens = 1
        code = lib.llama_decode(self._pointer, self._batch)
        if code == _DONE:
            held.append(token)
            return True
        return self._undone(sequence, (token,), code)

    def trim(self, sequence: int, length: int) -> None:
        """Forget what stands behind the first `length` tokens; some architectures can only forget all."""
        held = self.tokens[sequence]
        if length >= len(held):
            return
        if length == 0 or not lib.llama_memory_seq_rm(self._memory, sequence, length, -1):
            self._forget(sequence)
        del held[length:]

    def _forget(self, sequence: int) -> None:
        lib.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        self.tokens[sequence].clear()

    def fork(self, source: int, target: int, length: int) -> None:
        """Let `target`, which must be empty, begin with the first `length` tokens of `source`; the cells are shared."""
        lib.llama_memory_seq_cp(self._memory, source, target, 0, length)
        self.tokens[target][:] = self.tokens[source][:length]
        if lib.llama_memory_seq_pos_max(self._memory, target) + 1 != length:  # an architecture without such a copy
            self.trim(target, 0)

    def state(self, sequence: int) -> bytearray:
        """The sequence's part of the KV cache, as `put_state` takes it. Raises MemoryError."""
        size = lib.llama_state_seq_get_size(self._pointer, sequence)
        data = bytearray(size)
        view = (ctypes.c_uint8 * size).from_buffer(data)
        written = lib.llama_state_seq_get_data(self._pointer, view, size, sequence)
        del view
        return data[:written] if written < size else data

    def put_state(self, sequence: int, tokens: Sequence[int], data: bytearray | memoryview) -> bool:
        """Fill a sequence with a state; False, and the sequence is empty, where it does not fit here."""
        view = (ctypes.c_uint8 * len(data)).from_buffer(data)
        taken = lib.llama_state_seq_set_data(self._pointer, view, len(data), sequence)
        del view
        held = lib.llama_memory_seq_pos_max(self._memory, sequence) + 1
        if taken and held == len(tokens):
            self.tokens[sequence][:] = tokens
            return True
        self._forget(sequence)
        return False

    def free(self) -> None:
        if self._pointer:
            lib.llama_free(self._pointer)
            self._pointer = None
