"""One line between two processes of the same person: bounded frames of bytes, no pickle.

A Unix socket on Linux and macOS, a named pipe on Windows. Both ends check who is at the other: the kernel tells
the user of a Unix socket; a pipe asks for a random word that stands in the profile's lock file.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Protocol, TypeAlias

MAX_MESSAGE_BYTES = 8 * 2**20
SEND_TIMEOUT_S = 120.0
_HEAD = struct.Struct("<IB")  # payload bytes, kind
_MAX_SOCKET_PATH_BYTES = 100  # sun_path holds 104 bytes on macOS, 108 on Linux
_TEMPORARY_PREFIX = "paddock-"


class LineClosed(Exception):
    """The other end hung up, was not who it should be, broke the rules, or was silent for too long."""


class Line(Protocol):
    """A connected line. `close` may come from any thread and ends what waits on it."""

    def send(self, kind: int, payload: bytes) -> None: ...
    def receive(self, timeout_s: float) -> tuple[int, bytes]: ...
    def close(self) -> None: ...


class Listener(Protocol):
    """Where lines come in. `address` is what the other side needs; `close` makes `accept` raise LineClosed."""

    @property
    def address(self) -> bytes: ...
    def accept(self) -> Line: ...
    def close(self) -> None: ...


def _checked(payload: bytes) -> bytes:
    if len(payload) > MAX_MESSAGE_BYTES:
        raise ValueError("message too long")
    return payload


if sys.platform == "win32":
    # Not run on the machine this was written on.
    from multiprocessing import AuthenticationError
    from multiprocessing import connection as pipes

    # Any: what send() and recv() of objects would carry; only bytes are used here.
    _Pipe: TypeAlias = pipes.Connection[Any, Any] | pipes.PipeConnection[Any, Any]

    class PipeLine:
        def __init__(self, pipe: _Pipe) -> None:
            self._pipe = pipe

        def send(self, kind: int, payload: bytes) -> None:
            try:
                self._pipe.send_bytes(bytes([kind]) + _checked(payload))
            except OSError as error:
                raise LineClosed from error

        def receive(self, timeout_s: float) -> tuple[int, bytes]:
            try:
                if not self._pipe.poll(timeout_s):
                    raise LineClosed("silent")
                frame = self._pipe.recv_bytes(MAX_MESSAGE_BYTES + 1)
            except (EOFError, OSError) as error:
                raise LineClosed from error
            if not frame:
                raise LineClosed("empty frame")
            return frame[0], frame[1:]

        def close(self) -> None:
            with contextlib.suppress(OSError):
                self._pipe.close()

    class PipeListener:
        def __init__(self, root: Path) -> None:
            del root  # pipes have names of their own
            word = secrets.token_hex(16)
            name = rf"\\.\pipe\paddock-{secrets.token_hex(16)}"
            self._listener = pipes.Listener(name, "AF_PIPE", authkey=word.encode())
            self._is_closed = False
            self.address = f"{name} {word}".encode()

        def accept(self) -> Line:
            try:
                pipe = self._listener.accept()
            except (AuthenticationError, EOFError, OSError) as error:
                raise LineClosed from error
            if self._is_closed:
                pipe.close()
                raise LineClosed
            return PipeLine(pipe)

        def close(self) -> None:
            self._is_closed = True
            with contextlib.suppress(LineClosed):
                dial(Path(), self.address, 1.0).close()  # wakes accept()
            self._listener.close()

    def listen(root: Path) -> Listener:
        return PipeListener(root)

    def dial(root: Path, address: bytes, timeout_s: float) -> Line:
        del root, timeout_s
        name, _, word = address.decode("utf-8", "replace").partition(" ")
        try:
            return PipeLine(pipes.Client(name, "AF_PIPE", authkey=word.encode()))
        except (AuthenticationError, EOFError, OSError) as error:
            raise LineClosed from error

    def forget(address: bytes) -> None:
        del address  # a pipe ends with its process

else:

    class SocketLine:
        """Frames over a connected Unix socket."""

        def __init__(self, connected: socket.socket) -> None:
            self._socket = connected

        def send(self, kind: int, payload: bytes) -> None:
            frame = _HEAD.pack(len(_checked(payload)), kind) + payload
            try:
                self._socket.settimeout(SEND_TIMEOUT_S)
                self._socket.sendall(frame)
            except OSError as error:
                raise LineClosed from error

        def receive(self, timeout_s: float) -> tuple[int, bytes]:
            deadline = time.monotonic() + timeout_s
            size_bytes, kind = _HEAD.unpack(self._exactly(_HEAD.size, deadline))
            if size_bytes > MAX_MESSAGE_BYTES:
                raise LineClosed("frame too long")
            return int(kind), self._exactly(size_bytes, deadline)

        def close(self) -> None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

        def _exactly(self, size_bytes: int, deadline: float) -> bytes:
            received = bytearray()
            while len(received) < size_bytes:
                try:
                    self._socket.settimeout(max(0.001, deadline - time.monotonic()))
                    piece = self._socket.recv(min(size_bytes - len(received), 1 << 16))
                except OSError as error:
                    raise LineClosed from error
                if not piece:
                    raise LineClosed("hung up")
                received += piece
            return bytes(received)

    class SocketListener:
        """A Unix socket in the profile's folder; in a private temporary folder where the path would be too long."""

        def __init__(self, root: Path) -> None:
            self._root = root
            try:
                self.address = b"door"
                self._socket = _bound(_path(root, self.address))
            except OSError:
                self.address = os.fsencode(_temporary_folder()) + b"/door"
                self._socket = _bound(_path(root, self.address))
            self._is_closed = False

        def accept(self) -> Line:
            try:
                connected = self._socket.accept()[0]
            except OSError as error:
                raise LineClosed from error
            try:
                is_welcome = not self._is_closed and _peer_uid(connected) == os.getuid()
            except OSError:  # macOS says this of a guest who hung up at once
                is_welcome = False
            if not is_welcome:
                connected.close()
                raise LineClosed("not let in")
            return SocketLine(connected)

        def close(self) -> None:
            self._is_closed = True
            with contextlib.suppress(LineClosed):
                dial(self._root, self.address, 1.0).close()  # wakes accept()
            self._socket.close()
            _path(self._root, self.address).unlink(missing_ok=True)
            forget(self.address)

    def listen(root: Path) -> Listener:
        """Open the door of a profile whose lock the caller holds. Raises OSError."""
        return SocketListener(root)

    def dial(root: Path, address: bytes, timeout_s: float) -> Line:
        """Connect to the profile's owner. Raises LineClosed."""
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connected.settimeout(timeout_s)
            connected.connect(os.fspath(_path(root, address)))
            if _peer_uid(connected) != os.getuid():
                raise LineClosed("a stranger answers")
        except (OSError, ValueError) as error:
            connected.close()
            raise LineClosed from error
        except LineClosed:
            connected.close()
            raise
        return SocketLine(connected)

    def forget(address: bytes) -> None:
        """Remove the temporary folder of a door, if it had one; also one that a killed process left."""
        folder = Path(os.fsdecode(address)).parent
        if folder.is_absolute() and folder.name.startswith(_TEMPORARY_PREFIX):
            with contextlib.suppress(OSError):
                (folder / "door").unlink(missing_ok=True)
                folder.rmdir()

    def _path(root: Path, address: bytes) -> Path:
        return root / os.fsdecode(address)

    def _bound(path: Path) -> socket.socket:
        if len(os.fsencode(path)) > _MAX_SOCKET_PATH_BYTES:
            raise OSError("path too long for a socket")
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            path.unlink(missing_ok=True)  # left by a killed process: we hold the lock
            listening.bind(os.fspath(path))
            path.chmod(0o600)
            listening.listen(8)
        except OSError:
            listening.close()
            raise
        return listening

    def _temporary_folder() -> str:
        folder = tempfile.gettempdir()
        has_room = len(os.fsencode(folder)) < _MAX_SOCKET_PATH_BYTES - 30
        return tempfile.mkdtemp(prefix=_TEMPORARY_PREFIX, dir=folder if has_room else "/tmp")  # noqa: S108 - mkdtemp is private

    if sys.platform == "darwin":

        def _peer_uid(connected: socket.socket) -> int:
            # <sys/un.h>: SOL_LOCAL is 0, LOCAL_PEERCRED is 1; struct xucred starts with version and uid.
            return int(struct.unpack_from("=II", connected.getsockopt(0, 1, 76))[1])

    else:

        def _peer_uid(connected: socket.socket) -> int:
            # struct ucred: pid, uid, gid
            return int(struct.unpack("=iII", connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1])
