"""The engine child with loopback RPC devices beside its CPU, and therefore without walls: for tests of splitting only.

RPC has no authentication and no encryption, so nothing in app/ can reach it; see ARCHITECTURE.md.
Usage: rpc_engine.py 127.0.0.1:PORT...
"""

from __future__ import annotations

import contextlib
import ctypes
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.engine.child.line import Line
from app.engine.child.llama.library import Library, ggml
from app.engine.child.worker import Worker
from app.process import Pipe
from app.sandbox import Guards

WAIT_S = 30


def wait_for(endpoint: str) -> None:
    host, _colon, port = endpoint.partition(":")
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
            return
        time.sleep(0.05)


def main(endpoints: list[str]) -> None:
    pipe = Pipe()
    library = Library()
    pointer = ctypes.c_void_p
    registry = ggml("ggml_backend_reg_by_name", pointer, ctypes.c_char_p)(b"RPC")
    address = ggml("ggml_backend_reg_get_proc_address", pointer, pointer, ctypes.c_char_p)
    add = ctypes.CFUNCTYPE(pointer, ctypes.c_char_p)(address(registry, b"ggml_backend_rpc_add_server"))
    register = ggml("ggml_backend_register", None, pointer)
    for endpoint in endpoints:
        wait_for(endpoint)  # llama.cpp ends the process where nobody answers
        register(add(endpoint.encode()))
    Worker(Line(pipe, Guards(), library)).run()


if __name__ == "__main__":
    main(sys.argv[1:])
