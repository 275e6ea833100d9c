"""A loopback computing device: llama.cpp's RPC server on this processor. Prints its endpoint, then serves."""

from __future__ import annotations

import ctypes
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.engine.child.llama.library import Library, ggml


def main() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        endpoint = f"127.0.0.1:{probe.getsockname()[1]}"
    print(endpoint, flush=True)
    library = Library()
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    registry = ggml("ggml_backend_reg_by_name", pointer, ctypes.c_char_p)(b"RPC")
    address = ggml("ggml_backend_reg_get_proc_address", pointer, pointer, ctypes.c_char_p)
    serve = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p, size, size, ctypes.POINTER(pointer))(
        address(registry, b"ggml_backend_rpc_start_server")
    )
    cpu = ggml("ggml_backend_dev_by_type", pointer, ctypes.c_int)(0)
    serve(endpoint.encode(), None, 1, 1, (pointer * 1)(cpu))  # until it is killed
    del library


if __name__ == "__main__":
    main()
