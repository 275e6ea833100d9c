"""The library itself: is it the build that we were written for, what does it say, which devices does it see.

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
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import llama_cpp.llama_cpp as lib

from app.engine.protocol import Device, DeviceKind, LoadFault

PINNED = "0.3.36"
LOG_LINES = 40
ERROR_LEVEL, CONTINUED_LEVEL = 4, 5  # ggml.h; the package's own constants are off by one

# sizeof and offsetof printed by a C program compiled against the pinned build's llama.h.
SIZES = {
    "llama_model_params": 80,
    "llama_context_params": 160,
    "llama_batch": 56,
    "llama_sampler_chain_params": 1,
    "llama_chat_message": 16,
    "llama_token_data": 12,
    "llama_token_data_array": 32,
}
OFFSETS = {
    ("llama_model_params", "n_gpu_layers"): 16,
    ("llama_model_params", "devices"): 0,
    ("llama_model_params", "load_mode"): 24,
    ("llama_model_params", "tensor_split"): 40,
    ("llama_model_params", "progress_callback"): 48,
    ("llama_model_params", "vocab_only"): 72,
    ("llama_model_params", "use_extra_bufts"): 74,
    ("llama_context_params", "n_outputs_max"): 20,
    ("llama_context_params", "n_threads"): 28,
    ("llama_context_params", "flash_attn_type"): 52,
    ("llama_context_params", "type_k"): 104,
    ("llama_context_params", "abort_callback"): 112,
    ("llama_context_params", "embeddings"): 128,
    ("llama_context_params", "kv_unified"): 133,
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
    if (context.n_batch, context.n_ubatch, context.flash_attn_type) != (2048, 512, -1):
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
        callback = lib.llama_log_callback(self._on_log)
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(callback))  # llama.cpp calls it for as long as the process lives
        lib.llama_log_set(callback, ctypes.c_void_p())
        if ggml("ggml_backend_reg_count", ctypes.c_size_t)() == 0:
            # A build with separate backends finds none by itself: it looks beside python and in the current folder.
            ggml("ggml_backend_load_all_from_path", None, ctypes.c_char_p)(str(lib._base_path).encode())
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

    def devices(self) -> tuple[Device, ...]:
        """All that llama.cpp can compute on, accelerators first, with the memory of this moment."""
        device_at = ggml("ggml_backend_dev_get", ctypes.c_void_p, ctypes.c_size_t)
        count = ggml("ggml_backend_dev_count", ctypes.c_size_t)()
        found = [_device(device_at(index)) for index in range(count)]
        return tuple(sorted(found, key=lambda device: device.kind == "cpu"))


# ggml_backend_dev_type in ggml-backend.h; what is newer than this list is called an accelerator.
_KINDS: dict[int, DeviceKind] = {0: "cpu", 1: "gpu", 2: "igpu"}


def _device(pointer: Pointer) -> Device:
    name = ggml("ggml_backend_dev_name", ctypes.c_char_p, ctypes.c_void_p)(pointer)
    description = ggml("ggml_backend_dev_description", ctypes.c_char_p, ctypes.c_void_p)(pointer)
    kind = ggml("ggml_backend_dev_type", ctypes.c_int, ctypes.c_void_p)(pointer)
    size = ctypes.POINTER(ctypes.c_size_t)
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    ggml("ggml_backend_dev_memory", None, ctypes.c_void_p, size, size)(pointer, free, total)
    return Device(
        name.decode("utf-8", "replace"),
        description.decode("utf-8", "replace").strip(),
        _KINDS.get(kind, "accelerator"),
        free.value,
        total.value,
    )


def ggml(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A ggml function with its C types. Any: ctypes types its simple types and results no better."""
    function = getattr(lib._lib, name)
    function.restype, function.argtypes = result, list(arguments)
    return function  # type: ignore[no-any-return]  # getattr on a CDLL is untyped


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
