"""An engine child in plain Python, for tests: `CHILD` and a few lines that say what it does.

`hear()` is the next message, Pings are answered by the way; `say`, `chunk` and the rest are what it can say.
"""

from __future__ import annotations

from app.engine.protocol import Device, Finished, Frame, Hello, Loaded, ModelFacts, Progressed, Timings
from app.engine.wire import encode
from app.sandbox import Guards

FACTS = ModelFacts("n", "llama", 1, 2, 64, 64, "Q4_1", "chatml", (), 0.5, Guards(), "b")
CHILD = """
import json, os, struct, sys, time
def say(**message):
    frame(json.dumps(message).encode())
def frame(data):
    data = struct.pack("<I", len(data)) + data
    while data: data = data[os.write(1, data):]
def read(count):
    data = b""
    while len(data) < count:
        piece = os.read(0, count - len(data))
        if not piece: os._exit(0)
        data += piece
    return data
def hear_all():
    data = read(struct.unpack("<I", read(4))[0])
    return {"is": "Chunk", "data": data[9:]} if data[0] == 0 else json.loads(data)
def hear():
    while True:
        heard = hear_all()
        if heard["is"] != "Ping": return heard
        say(**{"is": "Pong", "number": heard["number"], "read_bytes": 0, "resident_bytes": 0})
def pings(count, read_bytes=0):
    answered = 0
    while answered < count:
        heard = hear_all()
        if heard["is"] == "Ping":
            answered += 1
            read = answered * read_bytes
            say(**{"is": "Pong", "number": heard["number"], "read_bytes": read, "resident_bytes": 0})
def chunk(job, data):
    frame(struct.pack("<BQ", 0, job) + data)
def event(job, **event):
    say(**{"is": "Progressed", "job": job, "event": event})
def prefilling(job, done, total):
    event(job, **{"is": "Prefilling", "done": done, "total": total})
def delta(job, text):
    event(job, **{"is": "Delta", "text": text, "tokens": 1})
def finished(job, reason="end"):
    message = dict(FINISHED, job=job)
    message["event"]["stop_reason"] = reason
    say(**message)
"""
_CPU = Device("CPU", "scripted", "cpu", 2**34, 2**34)
_FRAMES: dict[str, Frame] = {
    "FINISHED": Progressed(0, Finished("end", Timings(0, 0, 0.0, 0, 0.0, 0.0))),
    "HELLO": Hello(Guards(), "b", (_CPU,)),
    "HELLO_WITH_GPU": Hello(Guards(), "b", (Device("GPU0", "scripted", "gpu", 24 * 10**9, 24 * 10**9), _CPU)),
    "LOADED": Loaded(FACTS),
}
CHILD += "".join(f"{name} = json.loads({encode(message)!r})\n" for name, message in _FRAMES.items())
