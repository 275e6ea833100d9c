"""A child that gives up its rights and then tries things, for tests/sandbox/test_walls.py.

Takes one JSON object {"grants": [...], "tries": [...]} as its argument; prints one JSON object: what each try came to
("done", the name of the errno, or the name of the exception), and the report of `give_up` under "guards".
"""

from __future__ import annotations

import ctypes
import dataclasses
import errno
import json
import mmap
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.sandbox import give_up

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def _raw(number: int, *arguments: int) -> None:
    if _libc.syscall(ctypes.c_long(number), *(ctypes.c_long(argument) for argument in arguments)) < 0:
        raise OSError(ctypes.get_errno(), "raw call")


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _thread() -> None:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()


def _call_as_32_bit_program() -> None:
    """`mov eax, 20; int 0x80; ret`: getpid by the 32-bit way in, where the numbers mean other calls."""
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()


def _listen_on_inherited() -> None:
    for entry in list(Path("/proc/self/fd").iterdir()):
        if os.path.exists(entry) and os.readlink(entry).startswith("socket:"):  # noqa: PTH110, PTH115 - not resolved
            return
    raise FileNotFoundError(errno.ENOENT, "no socket is open")


def _loads_a_model(path: str) -> None:
    import numpy as np

    assert float(np.dot(np.ones((64, 64)), np.ones((64, 64)))[0, 0]) == 64.0
    import llama_cpp.llama_cpp as library

    params = library.llama_model_default_params()
    params.vocab_only = True
    model = library.llama_model_load_from_file(path.encode(), params)
    assert model, "not loaded"
    assert library.llama_vocab_n_tokens(library.llama_model_get_vocab(model)) > 1000


TRIES: dict[str, Callable[..., object]] = {
    "tcp socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "udp socket": lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM),
    "unix socket": lambda: socket.socket(socket.AF_UNIX),
    "netlink socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "socketpair": socket.socketpair,
    "socketpair sendto": lambda: socket.socketpair()[0].send(b"x"),
    "read": lambda path: Path(path).read_bytes(),
    "list": lambda path: list(Path(path).iterdir()),
    "write": lambda path: Path(path).write_bytes(b"x"),
    "open for writing": lambda path: os.close(os.open(path, os.O_WRONLY)),
    "write to descriptor": lambda number: os.write(int(number), b"x"),
    "write through": lambda path: open(path, "w").write("x"),  # noqa: SIM115, PTH123 - as llama_cpp opens /dev/null
    "chmod": lambda path: Path(path).chmod(0o777),
    "touch": lambda path: os.utime(path),
    "rename": lambda path: Path(path).rename(path + "2"),
    "unlink": lambda path: Path(path).unlink(),
    "mkdir": lambda path: Path(path).mkdir(),
    "exec": lambda path: os.execv(path, [path]),
    "fork": _fork,
    "thread": _thread,
    "kill parent": lambda: os.kill(os.getppid(), 0),
    "kill group": lambda: os.kill(0, 0),
    "kill itself": lambda: os.kill(os.getpid(), 0),
    "limit parent": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE),
    "limit itself": lambda: resource.prlimit(0, resource.RLIMIT_NOFILE),
    "ptrace parent": lambda: _raw(101, 16, os.getppid(), 0, 0),
    "io_uring": lambda: _raw(425, 1, 0),
    "clone3": lambda: _raw(435, 0, 0),
    "openat2": lambda: _raw(437, 0, 0, 0, 0),
    "bpf": lambda: _raw(321, 0, 0, 0),
    "keyctl": lambda: _raw(250, 0, 0),
    "pidfd_open": lambda: _raw(434, os.getppid(), 0),
    "new user namespace": lambda: _raw(272, 0x10000000),
    "x32 call": lambda: _raw(0x40000000 + 39),
    "32-bit call": _call_as_32_bit_program,
    "abort": os.abort,
    "inherited socket": _listen_on_inherited,
    "load model": _loads_a_model,
}


def outcome(attempt: str) -> str:
    name, _, argument = attempt.partition("|")
    try:
        TRIES[name](*([argument] if argument else []))
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, type(error).__name__)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "done"


def in_old_thread(order: dict[str, list[str]], go: threading.Event, results: dict[str, object]) -> None:
    go.wait()
    for attempt in order.get("old_thread", []):
        results[f"old thread: {attempt}"] = outcome(attempt)


def main() -> None:
    order: dict[str, list[str]] = json.loads(sys.argv[1])
    results: dict[str, object] = {}
    go = threading.Event()
    old = threading.Thread(target=in_old_thread, args=(order, go, results))
    old.start()
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    role = "probe" if "probe" in order else "engine"
    guards = give_up(role, read_only=[Path(path) for path in order.get("grants", [])])  # type: ignore[arg-type]  # one of two literals
    results["guards"] = dataclasses.asdict(guards)
    go.set()
    old.join()
    for attempt in order.get("tries", []):
        results[attempt] = outcome(attempt)
    print(json.dumps(results), flush=True)


if __name__ == "__main__":
    main()
