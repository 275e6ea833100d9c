"""KV-cache states of conversations on the disk: encrypted, bounded, gone with their conversation.

A state is only a cache, at worst it is read again. So what does not fit or is damaged is removed with a log line and
never becomes a sentence, and nothing is synced: a file that a power cut left half written does not authenticate.
One file per conversation. Its key is derived from the data key, the conversation and a random salt, and the salt is
written last and overwritten first: what is left on the disk of a broken-off write or of a deleted state stays shut.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import logging
import os
import secrets
import shutil
import struct
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.engine.names import is_temporary
from app.storage.cipher import closed
from app.storage.files import as_fault, private_folder
from app.storage.keys import wipe

RESERVED_BYTES = 512 * 2**20
"""The last of the disk is left to the conversations themselves."""
CHUNK_BYTES = 2**20
"""Part of the format, like all that follows: another size would be another version."""
_VERSION = b"paddock state 1\n"
_SALT_BYTES = 32
_KEY_BYTES = 32
_TAG_BYTES = 16
_NAME_BYTES = 16
_FACTS = struct.Struct(">32sQQd")  # fingerprint of the StateKey, tokens, bytes of the state, time of writing
_FACTS_AT = len(_VERSION) + _SALT_BYTES
HEADER_BYTES = _FACTS_AT + _FACTS.size + _TAG_BYTES

# The last field of a nonce, after the chunk's number: what stands there cannot be taken for anything else.
_MIDDLE, _LAST, _HEADER = 0, 1, 2

_SUFFIX = ".state"
_UNFINISHED = ".part"
_WRITE_THROUGH: int = getattr(os, "O_DSYNC", 0)  # Windows has none

_log = logging.getLogger(__name__)


class StateDamaged(Exception):
    """What was there cannot be used: damaged, cut short, of another place, or not there at all. It is gone now."""


class StateRefused(Exception):
    """Nothing is kept: there is no room for it, or the conversation was forgotten meanwhile."""


@dataclass(frozen=True, slots=True)
class StateKey:
    """What a state fits to, and nothing else: a state is never restored into another place."""

    model: str  # fingerprint of the model file
    place: str  # KV type, flash attention, rope settings, engine build: one text, made by the caller


@dataclass(frozen=True, slots=True)
class StateInfo:
    """A state that is there. `size_bytes` is what it takes on the disk, `plain_bytes` what `read` gives."""

    conversation: str
    size_bytes: int
    plain_bytes: int
    tokens: int
    written_at: float  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the header says, sealed. `plain_bytes` is the size of the state itself."""

    fits: bytes
    tokens: int
    plain_bytes: int
    written_at: float

    @property
    def chunks(self) -> int:
        return max(1, -(-self.plain_bytes // CHUNK_BYTES))

    @property
    def file_bytes(self) -> int:
        return HEADER_BYTES + self.plain_bytes + self.chunks * _TAG_BYTES


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a state goes: its file, what it fits to, and the key of this one file."""

    path: Path
    fits: bytes
    salt: bytes
    cipher: AESGCM
    limit_bytes: int


class Writer:
    """A state on its way to the disk, from `StateStore.writer`. Its methods are for one thread."""

    def __init__(self, target: _Target, *, place: Callable[[Writer], None], now: Callable[[], float]) -> None:
        self.target = target
        self.beside = target.path.with_name(f".{target.path.name}.{secrets.token_hex(4)}{_UNFINISHED}")
        self.file_bytes = HEADER_BYTES
        self.is_forgotten = False
        self._place = place
        self._now = now
        self._is_whole = True
        self._plain = memoryview(bytearray(CHUNK_BYTES))
        self._sealed = memoryview(bytearray(CHUNK_BYTES + _TAG_BYTES))
        self._filled_bytes = 0
        self._plain_bytes = 0
        self._chunks = 0
        with _as_faults():
            self._file = os.fdopen(os.open(self.beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
            self._file.seek(HEADER_BYTES)

    def add(self, chunk: bytes | memoryview) -> None:
        """The next bytes, in pieces of any size. Raises StateRefused, DiskFull or StorageFault; then it is over."""
        left = memoryview(chunk)
        while left:
            if self._filled_bytes == CHUNK_BYTES:
                self._seal(_MIDDLE)
            end = min(CHUNK_BYTES, self._filled_bytes + len(left))
            taken = end - self._filled_bytes
            self._plain[self._filled_bytes : end] = left[:taken]
            self._filled_bytes = end
            left = left[taken:]

    def commit(self, tokens: int) -> None:
        """The state is whole, `tokens` long, and takes the place of an older one. Raises what `add` raises."""
        self._seal(_LAST)
        self._is_whole = False  # whatever happens now, it cannot be committed again
        facts = _Facts(self.target.fits, tokens, self._plain_bytes, self._now())
        with _as_faults():
            self._file.seek(0)
            self._file.write(_header(self.target, facts))
            self._file.close()
        self._place(self)

    def discard(self) -> None:
        """Nothing remains of it, unless it took its place. Idempotent."""
        self._is_whole = False
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self.beside.unlink(missing_ok=True)

    def _seal(self, kind: int) -> None:
        """Write what was gathered as one chunk. A failure ends the writer: its state has a hole."""
        if self.is_forgotten or not self._is_whole:
            raise StateRefused("it was forgotten or broken off")
        self._is_whole = False
        sealed = self._sealed[: self._filled_bytes + _TAG_BYTES]
        self.file_bytes += len(sealed)
        if self.file_bytes > self.target.limit_bytes:
            raise StateRefused("it alone is larger than the limit")
        with _as_faults():
            if shutil.disk_usage(self.beside.parent).free < RESERVED_BYTES:
                raise StateRefused("the disk is nearly full")
            nonce = _nonce(self._chunks, kind)
            self.target.cipher.encrypt_into(nonce, self._plain[: self._filled_bytes], None, sealed)
            self._file.write(sealed)
        self._plain_bytes += self._filled_bytes
        self._filled_bytes = 0
        self._chunks += 1
        self._is_whole = True


@dataclass(frozen=True, slots=True)
class _Kept:
    path: Path
    size_bytes: int
    used_at_ns: int


class StateStore:
    """The kept states of one profile. Any thread may use it: writers and readers run beside each other."""

    def __init__(
        self,
        folder: Path,
        data_key: bytes | bytearray,
        *,
        limit_bytes: Callable[[], int],
        now: Callable[[], float] = time.time,
    ) -> None:
        """Removes what killed writers left. The folder is made by the first write.

        `limit_bytes` is what all states may take together; it is asked at the start and at the end of each write.
        """
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._now = now
        self._lock = threading.Lock()
        self._writers: set[Writer] = set()
        self._is_closed = False
        self._file_keys = bytearray(HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"paddock states").derive(data_key))
        self._names = bytearray(HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"paddock state names").derive(data_key))
        for leftover in folder.glob(f".*{_SUFFIX}.*{_UNFINISHED}"):
            with contextlib.suppress(OSError):
                leftover.unlink()

    def info(self, conversation: str, key: StateKey) -> StateInfo | None:
        """What is there for this conversation and fits. Reads and proves the header only: it takes well under 1 ms."""
        try:
            with self._opened(conversation) as (_file, _cipher, facts):
                if facts.fits == _fingerprint(key):
                    return StateInfo(conversation, facts.file_bytes, facts.plain_bytes, facts.tokens, facts.written_at)
        except StateDamaged:
            pass
        return None

    @contextlib.contextmanager
    def writer(self, conversation: str, key: StateKey) -> Iterator[Writer]:
        """A new state, beside the old one until `commit`; without that nothing changes.

        Where all states would be larger than the limit together, those that were not used for longest go first.
        Raises StateRefused, DiskFull or StorageFault. While it writes, up to one state more than the limit is there.
        """
        if is_temporary(conversation):
            raise StateRefused("a temporary conversation")
        path, salt = self._path(conversation), os.urandom(_SALT_BYTES)
        private_folder(self._folder)
        target = _Target(path, _fingerprint(key), salt, self._cipher(conversation, salt), self._limit_bytes())
        writer = Writer(target, place=self._place, now=self._now)
        with self._lock:
            self._writers.add(writer)
        try:
            yield writer
        finally:
            writer.discard()
            with self._lock:
                self._writers.discard(writer)

    def read(self, conversation: str, key: StateKey) -> Generator[bytes]:
        """The state in pieces of at most 1 MiB, each proven before it is given out.

        Raises StateDamaged, possibly after some pieces: those are genuine, but only all of them are a state.
        """
        with self._opened(conversation) as (file, cipher, facts):
            if facts.fits != _fingerprint(key):
                raise StateDamaged("it fits to another model or place")
            self._touch(self._path(conversation))
            box = memoryview(bytearray(CHUNK_BYTES + _TAG_BYTES))
            for number in range(facts.chunks):
                is_last = number == facts.chunks - 1
                size_bytes = facts.plain_bytes - number * CHUNK_BYTES if is_last else CHUNK_BYTES
                sealed = box[: size_bytes + _TAG_BYTES]
                if file.readinto(sealed) != len(sealed):
                    raise StateDamaged("it is cut short")
                yield cipher.decrypt(_nonce(number, _LAST if is_last else _MIDDLE), sealed, None)

    def forget(self, conversation: str) -> None:
        """The conversation was deleted: so is its state, also one that is just being written. Raises StorageFault."""
        path = self._path(conversation)
        with self._lock, _as_faults():
            self._break_off(lambda writer: writer.target.path == path)
            _erase(path)

    def keep_only(self, conversations: Collection[str]) -> None:
        """Remove the states of all other conversations; for the start. What cannot be removed waits for the next."""
        paths = {self._path(conversation) for conversation in conversations}
        with self._lock:
            self._break_off(lambda writer: writer.target.path not in paths)
            for kept in self._kept():
                if kept.path not in paths:
                    try:
                        _erase(kept.path)
                    except OSError as error:
                        _log.warning("a state without a conversation stays: %s", type(error).__name__)

    def used_bytes(self) -> int:
        """What all states take on the disk, without those that are just being written."""
        return sum(kept.size_bytes for kept in self._kept())

    def clear(self) -> None:
        """Remove all states. Raises StorageFault."""
        with self._lock, _as_faults():
            self._break_off(lambda _writer: True)
            for kept in self._kept():
                _erase(kept.path)

    def trim(self) -> None:
        """Hold the limit now; for when it was lowered. Raises StorageFault."""
        limit_bytes = self._limit_bytes()
        with self._lock, _as_faults():
            _make_room(self._kept(), limit_bytes)

    def close(self) -> None:
        """Forget the keys, break off what is being written. What needs a key raises StorageFault then. Idempotent."""
        with self._lock:
            self._is_closed = True
            self._break_off(lambda _writer: True)
            wipe(self._file_keys)
            wipe(self._names)

    def _place(self, writer: Writer) -> None:
        """Put a finished state in its place, and others out of the way.

        Not through files.rename_over: that waits for the folder, and with it for all of the state, to be on the disk.
        """
        path, limit_bytes = writer.target.path, self._limit_bytes()
        if writer.file_bytes > limit_bytes:
            raise StateRefused("it alone is larger than the limit")
        self._touch(writer.beside)
        with self._lock, _as_faults():
            if writer.is_forgotten or self._is_closed:
                raise StateRefused("it was forgotten")
            _make_room([kept for kept in self._kept() if kept.path != path], limit_bytes - writer.file_bytes)
            _erase(path)
            writer.beside.replace(path)

    def _break_off(self, is_meant: Callable[[Writer], bool]) -> None:
        for writer in self._writers:
            if is_meant(writer):
                writer.is_forgotten = True

    @contextlib.contextmanager
    def _opened(self, conversation: str) -> Iterator[tuple[BufferedReader, AESGCM, _Facts]]:
        """Its file, read up to the end of the header. Whoever finds it damaged raises inside, and it is removed."""
        path = self._path(conversation)
        try:
            with contextlib.ExitStack() as stack:
                with self._lock:  # else the header could be read while it is overwritten
                    file = stack.enter_context(path.open("rb"))
                    header = file.read(HEADER_BYTES)
                cipher = self._cipher(conversation, _salt(header))
                facts = _facts(header, cipher)
                if os.fstat(file.fileno()).st_size != facts.file_bytes:
                    raise StateDamaged("it has the wrong size")
                yield file, cipher, facts
        except FileNotFoundError:
            raise StateDamaged("there is none") from None
        except OSError as error:
            _log.warning("a kept state could not be read: %s", type(error).__name__)
            raise StateDamaged("it cannot be read") from error
        except (InvalidTag, StateDamaged) as error:
            reason = str(error) or "it was changed"  # an InvalidTag says nothing
            _log.warning("a kept state could not be used and is removed: %s", reason)
            self._drop(path)
            raise StateDamaged(reason) from error

    def _drop(self, path: Path) -> None:
        with self._lock, contextlib.suppress(OSError):  # it stays damaged, and the next who looks tries again
            _erase(path)

    def _touch(self, path: Path) -> None:
        """Note when it was used, for the order in which states go. Where that fails, it goes earlier."""
        now_ns = int(self._now() * 1e9)
        with contextlib.suppress(OSError):
            os.utime(path, ns=(now_ns, now_ns))

    def _kept(self) -> list[_Kept]:
        found = []
        for path in self._folder.glob(f"*{_SUFFIX}"):
            with contextlib.suppress(OSError):
                facts = path.stat()
                found.append(_Kept(path, facts.st_size, facts.st_mtime_ns))
        return found

    def _path(self, conversation: str) -> Path:
        """A name that says nothing to who does not have the data key."""
        with self._lock:
            if self._is_closed:
                raise closed()
            name = hmac.digest(self._names, conversation.encode(), "sha256")
        return self._folder / (name[:_NAME_BYTES].hex() + _SUFFIX)

    def _cipher(self, conversation: str, salt: bytes) -> AESGCM:
        """The key of one file, used for nothing else; so numbers can serve as nonces."""
        with self._lock:
            if self._is_closed:
                raise closed()
            kdf = HKDF(SHA256(), _KEY_BYTES, salt=salt, info=_VERSION + conversation.encode())
            return AESGCM(kdf.derive(self._file_keys))


def _nonce(number: int, kind: int) -> bytes:
    """Which chunk of the file it is, and whether the last: the STREAM construction, https://eprint.iacr.org/2015/189."""
    return struct.pack(">QI", number, kind)


def _fingerprint(key: StateKey) -> bytes:
    return hashlib.sha256(json.dumps([key.model, key.place]).encode()).digest()


def _header(target: _Target, facts: _Facts) -> bytes:
    plain = _FACTS.pack(facts.fits, facts.tokens, facts.plain_bytes, facts.written_at)
    return _VERSION + target.salt + target.cipher.encrypt(_nonce(0, _HEADER), plain, None)


def _salt(header: bytes) -> bytes:
    """Raises StateDamaged for what is not a header of this version."""
    if len(header) != HEADER_BYTES or not header.startswith(_VERSION):
        raise StateDamaged("it has no header")
    return header[len(_VERSION) : _FACTS_AT]


def _facts(header: bytes, cipher: AESGCM) -> _Facts:
    """Raises InvalidTag."""
    return _Facts(*_FACTS.unpack(cipher.decrypt(_nonce(0, _HEADER), header[_FACTS_AT:], None)))


def _make_room(kept: list[_Kept], room_bytes: int) -> None:
    """Remove those that were not used for longest, until the others fit."""
    taken_bytes = sum(state.size_bytes for state in kept)
    for state in sorted(kept, key=lambda state: state.used_at_ns):
        if taken_bytes <= room_bytes:
            return
        _erase(state.path)
        taken_bytes -= state.size_bytes


def _erase(path: Path) -> None:
    """Overwrite the salt, without which nobody can open the rest, then remove the file. Either of both is enough."""
    is_shut = False
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_WRONLY | _WRITE_THROUGH)
        try:
            is_shut = os.write(descriptor, bytes(HEADER_BYTES)) == HEADER_BYTES
            if not _WRITE_THROUGH:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    try:
        path.unlink(missing_ok=True)
    except OSError:
        if not is_shut:
            raise
        _log.warning("a state was erased, but its file could not be removed")


@contextlib.contextmanager
def _as_faults() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise as_fault(error) from error
