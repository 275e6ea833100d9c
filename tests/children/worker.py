"""Children for tests/test_process.py, each named by its behaviour: well-behaved, deaf, stubborn, hostile."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.process import Child, Pipe, granted_paths

FOR_EVER_S = 600.0


def echo() -> None:
    pipe = Pipe()
    while (frame := pipe.recv()) is not None:
        pipe.send(frame)


def noisy() -> None:
    pipe = Pipe()
    print("to Python's stdout", flush=True)
    os.write(1, b"to descriptor 1\n")
    pipe.send(b"clean")
    pipe.recv()


def describe() -> None:
    pipe = Pipe()
    facts = {
        "environment": dict(os.environ),
        "grants": [str(path) for path in granted_paths()],
        "descriptors": len(list(Path("/proc/self/fd").iterdir())) - 1,  # one is for looking
        "session": os.getsid(0),
        "folder": str(Path.cwd()),
    }
    pipe.send(json.dumps(facts).encode())
    pipe.recv()


def flood() -> None:
    pipe = Pipe()
    while True:
        pipe.send(bytes(2**18))


def deaf() -> None:
    Pipe().send(b"up")
    time.sleep(FOR_EVER_S)


def stubborn() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    deaf()


def too_long() -> None:
    os.write(1, struct.pack("<I", 2**31))
    while True:
        os.write(1, bytes(2**16))


def cut_short() -> None:
    os.write(1, struct.pack("<I", 1) + b"a" + struct.pack("<I", 100) + b"only this")


def closes_output() -> None:
    os.close(1)
    time.sleep(FOR_EVER_S)


def complains() -> None:
    for number in range(20_000):
        os.write(2, b"line %d of many\n" % number)
    os.write(2, b"the \x1b[31mend")
    raise SystemExit(3)


def brood() -> None:
    """Ends, but leaves a child of its own that holds the pipes open."""
    holder = subprocess.Popen([sys.executable, "-I", "-S", "-c", f"import time; time.sleep({FOR_EVER_S})"])
    os.write(1, struct.pack("<I", 4) + struct.pack("<I", holder.pid))


def parent() -> None:
    """Says its child's number, then waits to be killed."""
    child = Child("test", argv=[sys.executable, "-I", __file__, "echo"])
    child.send(b"up")
    child.receive(10.0)
    print(child.pid, flush=True)
    time.sleep(FOR_EVER_S)


BEHAVIOURS: dict[str, Callable[[], None]] = {
    behaviour.__name__: behaviour
    for behaviour in (
        echo, noisy, describe, flood, deaf, stubborn, too_long, cut_short, closes_output, complains, brood, parent,
    )
}  # fmt: skip

if __name__ == "__main__":
    BEHAVIOURS[sys.argv[1]]()
