"""llama.cpp through the ctypes layer of llama-cpp-python; the only module that imports it.

The package's `Llama` class is not used: it hides devices, cancel, progress and repacking, and its loop is
quadratic. The structs it passes by value fit one build of the library only, so `mismatches` compares them
with what the C headers of that build say before anything is called. ggml's functions are not bound there;
they are reached through libllama's own handle, because `llama_cpp._ggml` is a second copy of the library.
"""

from __future__ import annotations

import ctypes
import re
import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import llama_cpp.llama_cpp as lib

from app.engine.kvcache import common_beginning
from app.engine.protocol import LoadFault, Sampling

PINNED = "0.3.36"
BATCH_TOKENS = 2048
MICRO_BATCH_TOKENS = 512
PENALTY_WINDOW_TOKENS = 64
LOG_LINES = 40
ERROR_LEVEL, CONTINUED_LEVEL = 4, 5  # ggml.h; the package's own constants are off by one

# sizeof and offsetof printed by a C program compiled against the pinned build's llama.h.
SIZES = {
    "llama_model_params": 80,
    "llama_context_params": 160,
    "llama_batch": 56,
    "llama_sampler_chain_params": 1,
    "llama_chat_message": 16,
}
OFFSETS = {
    ("llama_model_params", "n_gpu_layers"): 16,
    ("llama_model_params", "load_mode"): 24,
    ("llama_model_params", "progress_callback"): 48,
    ("llama_model_params", "vocab_only"): 72,
    ("llama_model_params", "use_extra_bufts"): 74,
    ("llama_context_params", "n_threads"): 28,
    ("llama_context_params", "flash_attn_type"): 52,
    ("llama_context_params", "type_k"): 104,
    ("llama_context_params", "abort_callback"): 112,
    ("llama_context_params", "embeddings"): 128,
    ("llama_context_params", "samplers"): 136,
    ("llama_batch", "logits"): 48,
}

# ctypes types its pointers as Any; `Pointer` marks what is an opaque address of llama.cpp.
Pointer: TypeAlias = Any


class LoadError(Exception):
    """The file could not be loaded; `detail` is llama.cpp's own words without the file's path."""

    def __init__(self, fault: LoadFault, detail: str) -> None:
        super().__init__(fault)
        self.fault: LoadFault = fault
        self.detail = detail


class DecodeError(Exception):
    """llama_decode failed with a code that is neither success nor abort."""


def mismatches() -> tuple[str, ...]:
    """What differs between the library that is loaded and the one that this code was written for."""
    found = []
    installed = _installed_version()
    if installed != PINNED:
        found.append(f"llama-cpp-python is {installed}, not {PINNED}")
    for name, size in SIZES.items():
        if ctypes.sizeof(getattr(lib, name)) != size:
            found.append(f"{name} has another size")
    for (name, field), offset in OFFSETS.items():
        if getattr(getattr(lib, name), field).offset != offset:
            found.append(f"{name}.{field} is elsewhere")
    # Structs come back by value: in another layout these would be noise.
    model, context = lib.llama_model_default_params(), lib.llama_context_default_params()
    if (model.n_gpu_layers, model.use_extra_bufts, model.vocab_only) != (-1, True, False):
        found.append("llama_model_params has other defaults")
    if (context.n_batch, context.n_ubatch, context.flash_attn_type) != (BATCH_TOKENS, MICRO_BATCH_TOKENS, -1):
        found.append("llama_context_params has other defaults")
    if lib.llama_max_devices() != lib.LLAMA_MAX_DEVICES:
        found.append("another number of devices")
    return tuple(found)


def _installed_version() -> str:
    """What the package says of itself, read and not run; importlib.metadata takes 25 ms of every start for the same."""
    try:
        text = Path(lib.__file__).with_name("__init__.py").read_text("utf-8")
    except OSError:
        return PINNED if getattr(sys, "frozen", False) else "unknown"
    found = re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE)
    return found.group(1) if found else "unknown"


class Library:
    """llama.cpp started in this process. Keeps its last error lines, because a failed load says no more than NULL."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=LOG_LINES)
        self._keeps_line = False
        self._callback = lib.llama_log_callback(self._on_log)
        lib.llama_log_set(self._callback, ctypes.c_void_p())
        if _ggml("ggml_backend_reg_count", ctypes.c_size_t)() == 0:
            # A build with separate backends finds none by itself: it looks beside python and in the current folder.
            _ggml("ggml_backend_load_all_from_path", None, ctypes.c_char_p)(str(lib._base_path).encode())
        lib.llama_backend_init()

    def _on_log(self, level: int, text: bytes, _data: object) -> None:
        if level != CONTINUED_LEVEL:
            self._keeps_line = level == ERROR_LEVEL
        if self._keeps_line:
            self._lines.append(text.decode("utf-8", "replace").rstrip())

    def take_errors(self) -> str:
        """llama.cpp's last error lines, which are then forgotten."""
        lines = [line for line in self._lines if line]
        self._lines.clear()
        return "\n".join(lines)

    def build(self) -> str:
        version = (lib.llama_version() or b"").decode("ascii", "replace")
        return f"llama-cpp-python {PINNED}, llama.cpp {version}"

    def devices(self) -> tuple[str, ...]:
        """Names of all compute devices with what they are, accelerators first."""
        device_at = _ggml("ggml_backend_dev_get", ctypes.c_void_p, ctypes.c_size_t)
        name = _ggml("ggml_backend_dev_name", ctypes.c_char_p, ctypes.c_void_p)
        description = _ggml("ggml_backend_dev_description", ctypes.c_char_p, ctypes.c_void_p)
        kind = _ggml("ggml_backend_dev_type", ctypes.c_int, ctypes.c_void_p)
        found = [device_at(index) for index in range(_ggml("ggml_backend_dev_count", ctypes.c_size_t)())]
        found.sort(key=lambda device: kind(device) == 0)  # 0 = CPU
        return tuple(
            f"{name(device).decode('utf-8', 'replace')} ({description(device).decode('utf-8', 'replace').strip()})"
            for device in found
        )


def _ggml(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A ggml function with its C types. Any: ctypes types its simple types and results no better."""
    function = getattr(lib._lib, name)
    function.restype, function.argtypes = result, list(arguments)
    return function  # type: ignore[no-any-return]  # getattr on a CDLL is untyped


class Model:
    """Loaded weights and their vocabulary."""

    def __init__(
        self,
        library: Library,
        path: Path,
        *,
        gpu_layers: int | None,
        repack: bool,
        on_progress: Callable[[float], None],
    ) -> None:
        """`on_progress` gets 0.0 to 1.0. Raises LoadError."""
        params = lib.llama_model_default_params()
        params.n_gpu_layers = -1 if gpu_layers is None else gpu_layers
        params.use_extra_bufts = repack

        def progress(fraction: float, _data: object) -> bool:
            on_progress(min(max(fraction, 0.0), 1.0))
            return True  # a load is cancelled by ending the process

        params.progress_callback = callback = lib.llama_progress_callback(progress)
        library.take_errors()
        self.pointer: Pointer = lib.llama_model_load_from_file(_c_path(path), params)
        del callback
        if not self.pointer:
            errors = library.take_errors().replace(str(path), "the file").replace(str(path.parent), "")
            raise LoadError(load_fault(errors), errors[-2000:])
        self._library = library
        self._vocab: Pointer = lib.llama_model_get_vocab(self.pointer)
        self._pieces: dict[int, bytes | None] = {}
        self._buffer = ctypes.create_string_buffer(256)
        self.bos: int = lib.llama_vocab_bos(self._vocab)
        self.adds_bos = bool(lib.llama_vocab_get_add_bos(self._vocab))
        self.vocabulary_tokens: int = lib.llama_vocab_n_tokens(self._vocab)
        self.has_space_prefix = (
            lib.llama_vocab_type(self._vocab) == lib.LLAMA_VOCAB_TYPE_SPM
            and self.meta("tokenizer.ggml.add_space_prefix") != "false"
        )
        self._newline: int = lib.llama_vocab_nl(self._vocab)

    @property
    def trained_context_tokens(self) -> int:
        return int(lib.llama_model_n_ctx_train(self.pointer))

    @property
    def parameters(self) -> int:
        return int(lib.llama_model_n_params(self.pointer))

    @property
    def size_bytes(self) -> int:
        return int(lib.llama_model_size(self.pointer))

    @property
    def quantisation(self) -> str:
        return (lib.llama_ftype_name(lib.llama_model_ftype(self.pointer)) or b"").decode("utf-8", "replace")

    def meta(self, key: str) -> str:
        """A value of the file's header, empty where there is none; at most 1000 bytes of it."""
        buffer = ctypes.create_string_buffer(1001)
        length = lib.llama_model_meta_val_str(self.pointer, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if length >= 0 else ""

    def chat_template(self) -> str | None:
        template = lib.llama_model_chat_template(self.pointer, None)
        return None if template is None else template.decode("utf-8", "replace")

    def render_built_in(self, messages: Sequence[tuple[str, str]]) -> str | None:
        """llama.cpp's own rendering, for templates that it recognises; the file's template is not run there either."""
        template = lib.llama_model_chat_template(self.pointer, None)
        if template is None:
            return None
        chat = (lib.llama_chat_message * max(len(messages), 1))()
        for item, (role, text) in zip(chat, messages, strict=False):
            item.role, item.content = role.encode(), text.encode()
        size = 4096 + 256 * len(messages)
        buffer = ctypes.create_string_buffer(size)
        length = lib.llama_chat_apply_template(template, chat, len(messages), True, buffer, size)
        return buffer.raw[:length].decode("utf-8", "replace") if 0 <= length <= size else None

    def tokenize(self, text: str, *, is_control: bool, is_fresh: bool = False) -> list[int]:
        """The tokens of one piece of a prompt. Only with `is_control` may the text become control tokens.

        `is_fresh` at the beginning of the prompt and after a control token: SentencePiece puts a space there.
        """
        if self.has_space_prefix and not is_fresh:
            # It puts one before whatever it is given, though. After a newline it can be cut off again.
            tokens = self._tokenize("\n" + text, is_control)
            if self._newline in tokens:
                return tokens[tokens.index(self._newline) + 1 :]
        return self._tokenize(text, is_control)

    def is_control(self, token: int) -> bool:
        return bool(lib.llama_vocab_is_control(self._vocab, token))

    def _tokenize(self, text: str, is_control: bool) -> list[int]:
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        tokens = (lib.llama_token * room)()
        count = lib.llama_tokenize(self._vocab, data, len(data), tokens, room, False, is_control)
        if count < 0:
            tokens = (lib.llama_token * -count)()
            count = lib.llama_tokenize(self._vocab, data, len(data), tokens, -count, False, is_control)
        return list(tokens[: max(count, 0)])

    def piece(self, token: int) -> bytes | None:
        """The bytes of a token, empty for control tokens, None for those that end an answer."""
        try:
            return self._pieces[token]
        except KeyError:
            piece = None if lib.llama_vocab_is_eog(self._vocab, token) else self._read_piece(token)
            self._pieces[token] = piece
            return piece

    def _read_piece(self, token: int) -> bytes:
        length = lib.llama_token_to_piece(self._vocab, token, self._buffer, len(self._buffer), 0, False)
        if length < 0:  # minus the size that is needed
            self._buffer = ctypes.create_string_buffer(-length)
            length = lib.llama_token_to_piece(self._vocab, token, self._buffer, len(self._buffer), 0, False)
        return self._buffer.raw[: max(length, 0)]

    def free(self) -> None:
        if self.pointer:
            lib.llama_model_free(self.pointer)
            self.pointer = None


def _c_path(path: Path) -> bytes:
    # llama.cpp wants UTF-8 on Windows too; elsewhere a path may hold bytes that are no UTF-8.
    return str(path).encode("utf-8") if sys.platform == "win32" else bytes(path)


def load_fault(errors: str) -> LoadFault:
    """What llama.cpp's error lines mean."""
    signs: tuple[tuple[str, LoadFault], ...] = (
        ("unknown model architecture", "architecture"),
        ("unsupported model architecture", "architecture"),
        ("unknown pre-tokenizer", "architecture"),
        ("CLIP cannot be used", "architecture"),
        ("invalid magic", "not_gguf"),
        ("GGUF version", "not_gguf"),
        ("failed to read magic", "not_gguf"),
        ("GGUF split", "split"),
        ("split file", "split"),
        ("split count", "split"),
        ("not within the file bounds", "truncated"),
        ("unexpectedly reached end of file", "truncated"),
        ("exceeds remaining file size", "truncated"),
        ("corrupted model", "truncated"),
        ("unable to allocate", "memory"),
        ("failed to allocate", "memory"),
        ("out of memory", "memory"),
        ("Cannot allocate memory", "memory"),
        ("failed to open", "unreadable"),
        ("failed to read", "truncated"),
    )
    for sign, fault in signs:
        if sign in errors:
            return fault
    return "other"


class Context:
    """The KV cache of one conversation at a time (sequence 0), and the abort byte.

    `tokens` is always what the cache holds, also after an abort.
    """

    def __init__(self, model: Model, library: Library, *, context_tokens: int, threads: int) -> None:
        """Raises LoadError where memory does not suffice."""
        params = lib.llama_context_default_params()
        params.n_ctx = context_tokens
        params.n_batch = min(BATCH_TOKENS, context_tokens)
        params.n_ubatch = min(MICRO_BATCH_TOKENS, context_tokens)
        params.n_threads = params.n_threads_batch = threads
        params.no_perf = True
        library.take_errors()
        self._pointer: Pointer = lib.llama_init_from_model(model.pointer, params)
        if not self._pointer:
            raise LoadError("context_memory", library.take_errors()[-2000:])
        self._memory: Pointer = lib.llama_get_memory(self._pointer)
        self.limit_tokens: int = lib.llama_n_ctx(self._pointer)
        self.micro_batch_tokens: int = lib.llama_n_ubatch(self._pointer)
        self.tokens: list[int] = []
        self._chunk = (lib.llama_token * self.micro_batch_tokens)()
        self._batch = lib.llama_batch_get_one(self._chunk, 1)
        self._abort = ctypes.create_string_buffer(b"\0", 2)
        self._set_abort_callback()

    def _set_abort_callback(self) -> None:
        # strlen of our byte is 0 or 1: an abort callback in C, without Python in the compute loop.
        libc = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
        self._strlen = libc.strlen
        callback = ctypes.cast(self._strlen, lib.ggml_abort_callback)
        lib.llama_set_abort_callback(self._pointer, callback, ctypes.cast(self._abort, ctypes.c_void_p))

    def request_abort(self) -> None:
        """From any thread: the running and all later decodes stop, until `clear_abort`."""
        self._abort[0] = b"x"

    def clear_abort(self) -> None:
        self._abort[0] = b"\0"

    def keep(self, prompt: list[int]) -> int:
        """Forgets what does not begin `prompt`; returns how many of its tokens need not be read again.

        At least the last token is left to read, because only reading gives the logits that follow it.
        """
        kept = min(common_beginning(self.tokens, prompt), len(prompt) - 1)
        if kept < len(self.tokens):
            if kept == 0 or not lib.llama_memory_seq_rm(self._memory, 0, kept, -1):
                lib.llama_memory_clear(self._memory, False)
                kept = 0
            del self.tokens[kept:]
        return kept

    def read(self, tokens: Sequence[int]) -> bool:
        """Reads at most a micro-batch into the cache; False when it was aborted. Raises DecodeError."""
        count = len(tokens)
        self._chunk[:count] = tokens
        self._batch.n_tokens = count
        code = lib.llama_decode(self._pointer, self._batch)
        if code == 0:
            self.tokens.extend(tokens)
            return True
        held = lib.llama_memory_seq_pos_max(self._memory, 0) + 1
        self.tokens = [*self.tokens, *tokens][:held]
        if code != 2:
            raise DecodeError(f"llama_decode returned {code}")
        return False

    def read_one(self, token: int) -> bool:
        """`read` of a single token, with nothing in the way: this is the decode loop."""
        self._chunk[0] = token
        self._batch.n_tokens = 1
        if lib.llama_decode(self._pointer, self._batch) == 0:
            self.tokens.append(token)
            return True
        return self.read((token,))

    def sampler(self, sampling: Sampling, *, vocabulary_tokens: int, seed: int) -> Sampler:
        return Sampler(self._pointer, sampling, vocabulary_tokens=vocabulary_tokens, seed=seed)

    def free(self) -> None:
        if self._pointer:
            lib.llama_free(self._pointer)
            self._pointer = None


class Sampler:
    """A chain of llama.cpp's samplers: penalties, top-k, top-p, min-p, temperature, draw (or the likeliest)."""

    def __init__(self, context: Pointer, sampling: Sampling, *, vocabulary_tokens: int, seed: int) -> None:
        self._context = context
        self._chain: Pointer = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        add = lib.llama_sampler_chain_add
        if sampling.repeat_penalty > 0 and sampling.repeat_penalty != 1:
            penalties = (sampling.repeat_penalty, 0.0, 0.0)
            add(
                self._chain,
                lib.llama_sampler_init_penalties(vocabulary_tokens, PENALTY_WINDOW_TOKENS, *penalties),
            )
        if sampling.temperature <= 0:
            add(self._chain, lib.llama_sampler_init_greedy())
            return
        if sampling.top_k > 0:
            add(self._chain, lib.llama_sampler_init_top_k(min(sampling.top_k, vocabulary_tokens)))
        if sampling.top_p < 1:
            add(self._chain, lib.llama_sampler_init_top_p(sampling.top_p, 1))
        if sampling.min_p > 0:
            add(self._chain, lib.llama_sampler_init_min_p(sampling.min_p, 1))
        add(self._chain, lib.llama_sampler_init_temp(sampling.temperature))
        add(self._chain, lib.llama_sampler_init_dist(seed))

    def next(self) -> int:
        """The token that follows the last one read."""
        return int(lib.llama_sampler_sample(self._chain, self._context, -1))

    def free(self) -> None:
        if self._chain:
            lib.llama_sampler_free(self._chain)
            self._chain = None
