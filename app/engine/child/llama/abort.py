"""A byte that ends a running computation, looked at by llama.cpp from C: without Python in the compute loop."""

from __future__ import annotations

import ctypes
import sys

import llama_cpp.llama_cpp as lib

from app.engine.child.llama.library import Pointer


class AbortByte:
    """Keep it for as long as the context that it was given to. Any thread may set and clear it."""

    def __init__(self, context: Pointer) -> None:
        self._byte = ctypes.create_string_buffer(b"\0", 2)
        # strlen of our byte is 0 or 1: just what the callback has to return.
        libc = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
        self._strlen = libc.strlen
        callback = ctypes.cast(self._strlen, lib.ggml_abort_callback)
        lib.llama_set_abort_callback(context, callback, ctypes.cast(self._byte, ctypes.c_void_p))

    def set(self) -> None:
        self._byte[0] = b"x"

    def clear(self) -> None:
        self._byte[0] = b"\0"
