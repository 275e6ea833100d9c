"""One window per profile: a lock that dies with its process, and a door through which later starts can ask.

The lock is the operating system's, on the open file `lock`; its content is only the address of the door. So neither
a stale file nor a reused process number can ever keep a person out.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path

from app.errors import ProfileInUse, StorageFault
from app.storage import files
from app.storage.line import Line, LineClosed, Listener, dial, forget, listen
from app.text import _

MAX_GUESTS = 8
REQUEST_TIMEOUT_S = 10.0
SILENCE_S = 600.0
RELEASE_TIMEOUT_S = 3.0
_REQUEST, _ANSWER, _END, _FAILED = range(4)
_MAX_ADDRESS_BYTES = 4096
_ADDRESS_END = b"\x00"
_RETRY_S = 0.05
TAKEN = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK})
_log = logging.getLogger(__name__)

Handler = Callable[[bytes], Iterable[bytes]]

if sys.platform == "win32":
    import msvcrt

    _BEYOND_THE_ADDRESS = 1 << 30  # a locked region cannot be read by others, and the address has to be

    def lock_file(descriptor: int) -> None:
        os.lseek(descriptor, _BEYOND_THE_ADDRESS, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def lock_file(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def claim(root: Path) -> ProfileClaim:
    """Take the profile for this process. Raises ProfileInUse, or StorageFault where files cannot be locked."""
    files.private_folder(root)
    try:
        descriptor = os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise files.as_fault(error) from error
    try:
        lock_file(descriptor)
    except OSError as error:
        os.close(descriptor)
        if error.errno in TAKEN:
            raise ProfileInUse(
                _("This profile is already open in another Paddock."),
                _("Use that window, or start with another folder: --profile DIR."),
            ) from error
        raise StorageFault(
            _("The file system of the profile folder cannot lock files."),
            _("Choose a folder on a disk of this computer with --profile DIR."),
            detail=errno.errorcode.get(error.errno or 0, ""),
        ) from error
    return ProfileClaim(root, descriptor)


class ProfileClaim:
    """A held profile. `release` (or the end of the process) gives it back."""

    def __init__(self, root: Path, descriptor: int) -> None:
        self._root = root
        self._descriptor = descriptor
        self._door: _Door | None = None

    def listen(self, on_request: Handler) -> None:
        """Answer later starts. `on_request` runs on a thread per guest; each item it yields is one frame.

        When the guest hangs up, the next frame fails and the iterator is closed: a handler with long silences
        yields something now and then. What it raises is logged, and the guest is told that it failed.
        """
        if self._door is not None:
            raise RuntimeError("already listening")
        forget(_address(self._root) or b"")
        try:
            self._door = _Door(listen(self._root), on_request)
            self._publish(self._door.address)
        except OSError as error:
            _log.warning("later starts cannot reach this one", exc_info=error)

    def release(self) -> None:
        """Close the door and give the profile back. Bounded, and harmless when done twice."""
        if self._descriptor < 0:
            return
        if self._door is not None:
            self._door.close(timeout_s=RELEASE_TIMEOUT_S)
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)
        self._descriptor = -1

    def __enter__(self) -> ProfileClaim:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.release()

    def _publish(self, address: bytes) -> None:
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, address + _ADDRESS_END)


def ask_owner(root: Path, message: bytes, *, timeout_s: float = 3.0) -> bytes | None:
    """The first frame of the owner's answer; None when it does not answer in time."""
    deadline = time.monotonic() + timeout_s
    try:
        with contextlib.closing(_dial(root, deadline)) as line:
            line.send(_REQUEST, message)
            kind, payload = line.receive(max(0.001, deadline - time.monotonic()))
    except LineClosed:
        return None
    return payload if kind in (_ANSWER, _END) else None


def ask_owner_stream(
    root: Path, message: bytes, *, connect_timeout_s: float = 3.0, silence_s: float = SILENCE_S
) -> Generator[bytes]:
    """The frames of the owner's answer as they come. Closing the generator hangs up.

    Raises ProfileInUse when the owner does not answer the door, StorageFault when it fails or ends on the way.
    """
    try:
        line = _dial(root, time.monotonic() + connect_timeout_s)
    except LineClosed as error:
        raise ProfileInUse(
            _("This profile is open in another Paddock, which does not answer."),
            _("Look at its window, or wait until the command that uses the profile is done, then try again."),
        ) from error
    with contextlib.closing(line):
        yield from _answers(line, message, silence_s)


def _answers(line: Line, message: bytes, silence_s: float) -> Iterator[bytes]:
    try:
        line.send(_REQUEST, message)
        while True:
            kind, payload = line.receive(silence_s)
            if kind == _END:
                return
            if kind != _ANSWER:
                break
            yield payload
    except LineClosed as error:
        raise StorageFault(
            _("The Paddock window that was answering went away."), _("Start it again and repeat the command.")
        ) from error
    raise StorageFault(_("The Paddock window could not do this."), _("Look at its window for what is wrong."))


class _Door:
    """Accepts guests and answers each on a thread of its own."""

    def __init__(self, listener: Listener, on_request: Handler) -> None:
        self._listener = listener
        self._on_request = on_request
        self._guests: dict[threading.Thread, Line] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="paddock-door", daemon=True)
        self._thread.start()

    @property
    def address(self) -> bytes:
        return self._listener.address

    def close(self, *, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        self._closing.set()
        self._listener.close()
        self._thread.join(timeout_s)
        with self._lock:
            guests = dict(self._guests)
        for thread, line in guests.items():
            line.close()
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                line = self._listener.accept()
            except LineClosed:
                self._closing.wait(_RETRY_S)  # out of descriptors, or a stranger: not a reason to spin or to stop
                continue
            self._receive(line)

    def _receive(self, line: Line) -> None:
        with self._lock:
            if len(self._guests) >= MAX_GUESTS or self._closing.is_set():
                line.close()
                return
            thread = threading.Thread(target=self._serve, args=(line,), name="paddock-guest", daemon=True)
            self._guests[thread] = line
        thread.start()

    def _serve(self, line: Line) -> None:
        try:
            self._answer(line)
        except LineClosed:
            pass  # the guest hung up, which is its right
        except Exception:  # the thread would die unseen, and the guest would wait
            _log.exception("answering a later start failed")
            with contextlib.suppress(LineClosed):
                line.send(_FAILED, b"")
        finally:
            line.close()
            with self._lock:
                self._guests.pop(threading.current_thread(), None)

    def _answer(self, line: Line) -> None:
        kind, request = line.receive(REQUEST_TIMEOUT_S)
        if kind != _REQUEST:
            return
        answers = iter(self._on_request(request))
        try:
            for answer in answers:
                line.send(_ANSWER, answer)
            line.send(_END, b"")
        finally:
            if isinstance(answers, Generator):
                answers.close()


def _dial(root: Path, deadline: float) -> Line:
    """Connect, waiting for an owner that is still starting. Raises LineClosed."""
    while True:
        address = _address(root)
        left_s = deadline - time.monotonic()
        if address is not None and left_s > 0:
            try:
                return dial(root, address, left_s)
            except LineClosed:
                pass
        if left_s <= 0:
            raise LineClosed("nobody answers")
        time.sleep(min(_RETRY_S, left_s))


def _address(root: Path) -> bytes | None:
    """What the lock file says, None while it says nothing whole."""
    try:
        with (root / "lock").open("rb") as file:
            address, end, _rest = file.read(_MAX_ADDRESS_BYTES).partition(_ADDRESS_END)
    except OSError:
        return None
    return address if end and address else None
