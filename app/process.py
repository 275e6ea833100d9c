"""Child processes: starting them (from source and frozen), framed messages both ways, and a stop that is bounded.

A frame is a 4-byte little-endian length and that many bytes. What a child sends is untrusted: frames, queues and the
kept end of stderr are bounded, and a child that breaks the framing is killed. Children run in a session of their own,
with an environment of listed names only, and end when their standard input closes: not by a parent-death signal,
which follows the thread that spawned them. Four threads per child, because pipes have no select on Windows: reader,
writer, stderr, and one that waits for the end, so that a child is reaped even if nobody asks.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal

if sys.platform == "win32":
    import msvcrt

MAX_FRAME_BYTES: Final = 64 * 2**20
STDERR_TAIL_BYTES: Final = 8 * 2**10
GRANT_VARIABLE: Final = "PADDOCK_GRANT"

_LENGTH: Final = struct.Struct("<I")
_READ_BYTES: Final = 2**20
_QUEUE_FRAMES: Final = 1024
_QUEUE_BYTES: Final = 8 * 2**20  # a larger frame still passes, alone
_SEND_WAIT_S: Final = 1.0
_LINGER_S: Final = 2.0  # between closing its pipes and ending, a child may free GPU memory
_KILL_WAIT_S: Final = 5.0
_JOIN_S: Final = 1.0

# What Python, the C runtime and GPU drivers need. The bundle's LD_LIBRARY_PATH is right for our own children;
# only foreign programs want the one from before (LD_LIBRARY_PATH_ORIG).
_KEPT_NAMES: Final = frozenset(
    {"PATH", "LANG", "LD_LIBRARY_PATH", "LD_LIBRARY_PATH_ORIG", "SYSTEMROOT", "WINDIR", "TEMP", "TMP"}
)
_KEPT_PREFIXES: Final = ("LC_", "CUDA_", "NVIDIA_", "HIP_", "ROCR_", "HSA_")
_NEVER: Final = "PADDOCK_PASSPHRASE"


@dataclass(frozen=True, slots=True)
class Exit:
    """How a child ended. `code` is None if a signal ended it, both are None if even SIGKILL did not end it in time."""

    code: int | None
    signal: int | None
    how: Literal["itself", "asked", "terminated", "killed"]
    stderr_tail: str  # untrusted; at most 8 KB of it, control characters replaced


class ChildGone(Exception):
    """The child has ended. `reason` is empty, or says what it did wrong ("frame too long", ...)."""

    def __init__(self, exit: Exit, reason: str = "") -> None:  # noqa: A002 - the field's name
        super().__init__(f"child gone: {reason or exit.how}, code {exit.code}, signal {exit.signal}")
        self.exit = exit
        self.reason = reason


class ChildBusy(Exception):
    """The child lives but does not read: its queue stayed full. Nothing was sent."""


def command(role: str) -> list[str]:
    """The command line of a worker: this very program, in isolated mode when run from source."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--worker", role]
    # -I leaves our folder out of sys.path, so the file is named by path and finds its package itself.
    main = Path(__file__).resolve().with_name("__main__.py")
    return [sys.executable, "-I", "-X", "utf8", str(main), "--worker", role]


def child_environment(grants: Sequence[Path] = (), extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment of a child: listed names of ours, the grants, and `extra`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _KEPT_NAMES or name.upper().startswith(_KEPT_PREFIXES)
    }
    kept[GRANT_VARIABLE] = json.dumps([str(Path(path).absolute()) for path in grants])
    kept.update(extra or {})
    if _NEVER in kept:
        raise ValueError(f"{_NEVER} must not reach a child")
    return kept


class _Queue:
    """Frames on their way, bounded in number and bytes; an empty queue takes any one frame."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._is_closed = False
        self._changed = threading.Condition()

    def put(self, frame: bytes, timeout_s: float | None = None) -> bool:
        """False when closed, or when there was no room in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._has_room(frame), timeout_s)
            if self._is_closed or not self._has_room(frame):
                return False
            self._frames.append(frame)
            self._bytes += len(frame)
            self._changed.notify_all()
            return True

    def get(self, timeout_s: float | None = None) -> bytes | None:
        """None when nothing came in time, or when closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or bool(self._frames), timeout_s)
            if not self._frames:
                return None
            frame = self._frames.popleft()
            self._bytes -= len(frame)
            self._changed.notify_all()
            return frame

    def close(self, *, drop: bool = False) -> None:
        with self._changed:
            self._is_closed = True
            if drop:
                self._frames.clear()
                self._bytes = 0
            self._changed.notify_all()

    @property
    def is_closed(self) -> bool:
        with self._changed:
            return self._is_closed

    @property
    def is_done(self) -> bool:
        with self._changed:
            return self._is_closed and not self._frames

    def _has_room(self, frame: bytes) -> bool:
        fits = len(self._frames) < _QUEUE_FRAMES and self._bytes + len(frame) <= _QUEUE_BYTES
        return fits or not self._frames


class Child:
    """One child process. Every method may be called from any thread. Whoever makes one must `stop` it."""

    def __init__(
        self,
        role: str,
        *,
        grants: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        argv: Sequence[str] | None = None,
    ) -> None:
        """Start it. Raises ChildGone if the system cannot; `argv` replaces `command(role)` in tests."""
        self._inbox = _Queue()
        self._outbox = _Queue()
        self._lock = threading.Lock()  # held for a moment only: reaping, signals, the fields below
        self._stopping = threading.Lock()
        self._ended = threading.Event()
        self._exit: Exit | None = None
        self._is_reaped = False
        self._how: Literal["itself", "asked", "terminated", "killed"] = "itself"
        self._reason = ""
        self._stderr = bytearray()
        try:
            self._process = _start(list(argv or command(role)), child_environment(grants, environment))
        except OSError as error:
            raise ChildGone(Exit(None, None, "itself", ""), f"could not start: errno {error.errno}") from error
        self._job = _end_with_us(self._process)
        self._stderr_thread = threading.Thread(target=self._keep_stderr, name=f"paddock-{role}-stderr", daemon=True)
        self._threads = [
            self._stderr_thread,
            threading.Thread(target=self._read, name=f"paddock-{role}-reader", daemon=True),
            threading.Thread(target=self._write, name=f"paddock-{role}-writer", daemon=True),
            threading.Thread(target=self._watch, name=f"paddock-{role}-watch", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return not self._ended.is_set()

    def send(self, frame: bytes) -> None:
        """Queue a frame. Raises ChildGone, or ChildBusy after a second without room."""
        if len(frame) > MAX_FRAME_BYTES:
            raise ValueError("frame too long")
        if self._outbox.put(frame, _SEND_WAIT_S):
            return
        if self._outbox.is_closed and self._ended.wait(_LINGER_S + _KILL_WAIT_S):
            raise self._gone()
        raise ChildBusy

    def receive(self, timeout_s: float) -> bytes | None:
        """The next frame, None if none came in time. Raises ChildGone once it ended and all it wrote was taken."""
        deadline = time.monotonic() + timeout_s
        frame = self._inbox.get(timeout_s)
        if frame is None and self._inbox.is_done and self._ended.wait(max(0.0, deadline - time.monotonic())):
            raise self._gone()
        return frame

    def stop(self, *, grace_s: float = 1.0) -> Exit:
        """Close its input, then SIGTERM, then SIGKILL, each after `grace_s`; how it ended. Repeats are harmless."""
        with self._stopping:
            # From here on the reader throws away what comes, so that a child blocked on writing can end.
            self._inbox.close()
            self._outbox.close(drop=True)
            if not self._ended.is_set():
                self._climb_down(grace_s)
            for thread in self._threads:
                thread.join(_JOIN_S)
            with self._lock:
                return self._exit or Exit(None, None, "killed", _readable(self._stderr))

    def _climb_down(self, grace_s: float) -> None:
        with self._lock:
            self._how = "asked"
        if self._ended.wait(grace_s):
            return
        with self._lock:
            self._how = "terminated"
            if not self._is_reaped:
                self._process.terminate() if sys.platform == "win32" else os.kill(self.pid, signal.SIGTERM)
        if not self._ended.wait(grace_s):
            self._kill()
            self._ended.wait(_KILL_WAIT_S)

    def _kill(self, reason: str = "") -> None:
        """End it and whatever it started, at once."""
        with self._lock:
            if not self._is_reaped:
                self._how = "killed"
                self._reason = self._reason or reason
                _kill_group(self._process)

    def _gone(self) -> ChildGone:
        with self._lock:
            assert self._exit is not None  # noqa: S101 - callers waited for _ended
            return ChildGone(self._exit, self._reason)

    def _read(self) -> None:
        """Reader thread: frames into the inbox until the pipe ends."""
        pipe = _pipe(self._process.stdout)
        with pipe:
            reason = ""
            while not reason:
                frame, reason = _read_untrusted_frame(pipe.fileno())
                if frame is not None:
                    self._inbox.put(frame)
            if reason == "frame too long":
                self._kill(reason)
            self._expect_end("" if reason == "end" else reason, "closed its output")
            while _read_some(pipe.fileno(), _READ_BYTES):
                pass
        self._inbox.close()

    def _write(self) -> None:
        """Writer thread: the outbox into the pipe; closing the pipe is how a child is asked to end."""
        pipe = _pipe(self._process.stdin)
        try:
            with pipe:
                while (frame := self._outbox.get()) is not None:
                    _write_frame(pipe.fileno(), frame)
        except OSError:
            self._outbox.close(drop=True)
            self._expect_end("", "closed its input")

    def _keep_stderr(self) -> None:
        pipe = _pipe(self._process.stderr)
        with pipe:
            while piece := _read_some(pipe.fileno(), 2**16):
                with self._lock:
                    self._stderr += piece
                    del self._stderr[:-STDERR_TAIL_BYTES]

    def _watch(self) -> None:
        """Waiting thread: reap the child, end what it left behind, and say how it ended."""
        _wait_unreaped(self._process)
        with self._lock:
            how = self._how
            _kill_group(self._process)
            code = self._process.wait()
            self._is_reaped = True
        _close_job(self._job)
        self._stderr_thread.join(_JOIN_S)
        with self._lock:
            self._exit = Exit(
                code=code if code >= 0 or sys.platform == "win32" else None,
                signal=-code if code < 0 and sys.platform != "win32" else None,
                how=how,
                stderr_tail=_readable(self._stderr),
            )
        self._outbox.close(drop=True)
        self._ended.set()

    def _expect_end(self, reason: str, otherwise: str) -> None:
        """After a closed pipe: a child that does not end by itself is killed."""
        if reason:
            with self._lock:
                self._reason = self._reason or reason
        if not self._ended.wait(_LINGER_S):
            self._kill(otherwise)
            self._ended.wait(_KILL_WAIT_S)


def _start(argv: list[str], variables: dict[str, str]) -> subprocess.Popen[bytes]:
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    return subprocess.Popen(
        argv,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=variables,
        cwd=Path(sys.executable).anchor,  # libraries look for plug-ins in the current folder
        close_fds=True,
        start_new_session=True,  # Ctrl+C in a terminal is for the parent
        creationflags=flags,
    )


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - all three were asked for
    return stream


def _read_some(descriptor: int, limit_bytes: int) -> bytes:
    try:
        return os.read(descriptor, limit_bytes)
    except OSError:
        return b""


def _read_exactly(descriptor: int, size_bytes: int) -> bytes:
    """Fewer bytes only at the end of the pipe. Memory grows with what came, not with what was announced."""
    pieces: list[bytes] = []
    while size_bytes > 0 and (piece := _read_some(descriptor, min(size_bytes, _READ_BYTES))):
        pieces.append(piece)
        size_bytes -= len(piece)
    return b"".join(pieces)


def _read_untrusted_frame(descriptor: int) -> tuple[bytes | None, str]:
    """(frame, "") or (None, "end" | "frame cut short" | "frame too long")."""
    head = _read_exactly(descriptor, _LENGTH.size)
    if not head:
        return None, "end"
    if len(head) < _LENGTH.size:
        return None, "frame cut short"
    (size_bytes,) = _LENGTH.unpack(head)
    if size_bytes > MAX_FRAME_BYTES:
        return None, "frame too long"
    untrusted_frame = _read_exactly(descriptor, size_bytes)
    return (untrusted_frame, "") if len(untrusted_frame) == size_bytes else (None, "frame cut short")


def _write_frame(descriptor: int, frame: bytes) -> None:
    rest = memoryview(_LENGTH.pack(len(frame)) + frame)
    while rest:
        rest = rest[os.write(descriptor, rest[:_READ_BYTES]) :]


def _readable(untrusted: bytearray) -> str:
    text = untrusted.decode("utf-8", errors="replace")
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _wait_unreaped(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end but leave the zombie, so that its process group's number is still ours to signal.

    macOS has waitid only since Python 3.13; without it the group is signalled a moment after the reaping.
    """
    if sys.platform != "win32" and hasattr(os, "waitid"):
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    else:
        process.wait()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()  # what it started goes with the job object
        else:
            os.killpg(process.pid, signal.SIGKILL)


if sys.platform == "win32":

    def _end_with_us(process: subprocess.Popen[bytes]) -> int | None:
        """A job object that ends the child, and what it started, when its last handle closes. Not run by us."""
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel32.CreateJobObjectW.restype = ctypes.c_void_p
        job: int | None = kernel32.CreateJobObjectW(None, None)
        if job is None:
            return None
        # JOBOBJECT_EXTENDED_LIMIT_INFORMATION (class 9, 144 bytes on 64 bits), JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE.
        limits = struct.pack("<qqI4x", 0, 0, 0x2000).ljust(144, b"\0")
        kernel32.SetInformationJobObject(ctypes.c_void_p(job), 9, limits, len(limits))
        handle = int(process._handle)  # type: ignore[attr-defined]  # Popen's only name for it
        kernel32.AssignProcessToJobObject(ctypes.c_void_p(job), ctypes.c_void_p(handle))
        return job

    def _close_job(job: int | None) -> None:
        if job is not None:
            ctypes.WinDLL("kernel32").CloseHandle(ctypes.c_void_p(job))

else:

    def _end_with_us(process: subprocess.Popen[bytes]) -> int | None:
        return None

    def _close_job(job: int | None) -> None:
        pass


class Pipe:
    """The child's end. Made before any import that may print: descriptor 1 then leads to stderr, 0 to nothing."""

    def __init__(self) -> None:
        self._input = os.dup(0)
        self._output = os.dup(1)
        if sys.platform == "win32":
            msvcrt.setmode(self._input, os.O_BINARY)
            msvcrt.setmode(self._output, os.O_BINARY)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        self._sending = threading.Lock()

    def recv(self) -> bytes | None:
        """The next frame; None once the parent closed the pipe or is gone, which is the order to end."""
        frame, _reason = _read_untrusted_frame(self._input)
        return frame

    def send(self, frame: bytes) -> None:
        """Thread-safe; waits while the parent is behind. Raises BrokenPipeError when the parent is gone."""
        if len(frame) > MAX_FRAME_BYTES:
            raise ValueError("frame too long")
        with self._sending:
            _write_frame(self._output, frame)


def granted_paths() -> tuple[Path, ...]:
    """In a child: the paths that the parent grants for reading."""
    return tuple(Path(path) for path in json.loads(os.environ.get(GRANT_VARIABLE, "[]")))
