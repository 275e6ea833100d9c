"""The key file: the data key, wrapped once per slot, beside the database.

Two copies with the same slots: `keyfile.json` and `keyfile.json.bak`. The copy is written first, so that at every
moment one of them is whole, and a passphrase that was changed opens neither. A checksum over the body tells a
damaged file from a wrong passphrase. Everything read is bounded: a hostile key file can make us refuse, not
allocate.
"""

from __future__ import annotations

import binascii
import hashlib
import json
import re
from dataclasses import field
from pathlib import Path

from app.errors import Damaged, NewerDatabase
from app.frozen import dataclass
from app.storage.files import as_fault, private_folder, replace_content
from app.text import _

FORMAT_VERSION = 1
MAX_FILE_BYTES = 64 * 1024
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
CHECK_BYTES = 16
MAX_MEMORY_KIB = 1024 * 1024
MAX_KIB_PASSES = 4 * 1024 * 1024
"""Memory times iterations: about five seconds on a slow laptop."""


@dataclass(frozen=True, slots=True)
class KdfCost:
    """What one guess of a passphrase costs (Argon2id). Raises ValueError beyond what we would ever run."""

    memory_kib: int = 128 * 1024
    iterations: int = 3
    lanes: int = 2

    def __post_init__(self) -> None:
        if not (1 <= self.lanes <= 16 and 1 <= self.iterations <= 64):
            raise ValueError("lanes or iterations out of bounds")
        if not 8 * self.lanes <= self.memory_kib <= MAX_MEMORY_KIB:
            raise ValueError("memory out of bounds")
        if self.memory_kib * self.iterations > MAX_KIB_PASSES:
            raise ValueError("work out of bounds")


@dataclass(frozen=True, slots=True)
class Sealed:
    """The data key under AES-256-GCM."""

    nonce: bytes = field(repr=False)
    box: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyringSlot:
    """The data key, sealed with a secret that the system's keyring keeps."""

    sealed: Sealed
    backend: str


@dataclass(frozen=True, slots=True)
class PassphraseSlot:
    """The data key, sealed with what `cost` makes of the passphrase and `salt`."""

    sealed: Sealed
    salt: bytes = field(repr=False)
    cost: KdfCost


@dataclass(frozen=True, slots=True)
class RecoverySlot:
    """The data key, sealed with the recovery key."""

    sealed: Sealed
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class KeyFile:
    """One profile's key file. `check` tells whether a data key is this profile's; it gives nothing away."""

    profile_id: str
    created: str
    check: bytes = field(repr=False)
    keyring: KeyringSlot | None
    passphrase: PassphraseSlot | None
    recovery: RecoverySlot | None
    version: int = FORMAT_VERSION


def backup_path(path: Path) -> Path:
    return path.with_name(path.name + ".bak")


def exists(path: Path) -> bool:
    """Whether this profile has a key file, or at least its copy. Raises StorageFault where nobody can tell."""
    try:
        return path.exists() or backup_path(path).exists()
    except OSError as error:
        raise as_fault(error) from error


def read(path: Path) -> KeyFile:
    """The key file, or its copy where the file itself is damaged. Raises Damaged or NewerDatabase."""
    for candidate in (path, backup_path(path)):
        try:
            with candidate.open("rb") as file:
                untrusted_content = file.read(MAX_FILE_BYTES + 1)
            return parse(untrusted_content)
        except (OSError, ValueError):
            continue
    raise Damaged(
        _("The key file of this profile cannot be read."),
        _("Nothing was deleted. Put keyfile.json back from where you keep copies, or use a backup of the profile."),
    )


def write(path: Path, keys: KeyFile) -> None:
    """Write both copies. Raises DiskFull or StorageFault; the slots before then still open the profile.

    What could not be read back is never written: that raises ValueError, a bug of ours that must cost no key.
    """
    content = serialise(keys)
    parse(content)
    private_folder(path.parent)
    replace_content(backup_path(path), content)
    replace_content(path, content)


def serialise(keys: KeyFile) -> bytes:
    slots: dict[str, dict[str, object]] = {}
    if keys.keyring:
        slots["keyring"] = {"backend": keys.keyring.backend, **_sealed_json(keys.keyring.sealed)}
    if keys.passphrase:
        cost = keys.passphrase.cost
        slots["passphrase"] = {
            "kdf": "argon2id",
            "memory_kib": cost.memory_kib,
            "iterations": cost.iterations,
            "lanes": cost.lanes,
            "salt": keys.passphrase.salt.hex(),
            **_sealed_json(keys.passphrase.sealed),
        }
    if keys.recovery:
        slots["recovery"] = {"confirmed": keys.recovery.is_confirmed, **_sealed_json(keys.recovery.sealed)}
    body: dict[str, object] = {
        "profile_id": keys.profile_id,
        "created": keys.created,
        "check": keys.check.hex(),
        "slots": slots,
    }
    whole = {"version": keys.version, "body": body, "sha256": _digest(body)}
    return (json.dumps(whole, indent=1) + "\n").encode("ascii")


def parse(untrusted_content: bytes) -> KeyFile:
    """Raises ValueError for anything that is not a whole key file, and NewerDatabase for a later format."""
    if len(untrusted_content) > MAX_FILE_BYTES:
        raise ValueError("too long")
    try:
        whole = json.loads(untrusted_content)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(whole, dict):
        raise ValueError("not an object")
    version = _integer(whole, "version")
    if version > FORMAT_VERSION:
        raise NewerDatabase(
            _("This profile was written by a later Paddock."), _("Update Paddock; the profile was left untouched.")
        )
    body = _object(whole, "body")
    if version < 1 or _text(whole, "sha256") != _digest(body):
        raise ValueError("checksum differs")
    slots = _object(body, "slots")
    return KeyFile(
        profile_id=_matching(body, "profile_id", r"[0-9a-f]{32}"),
        created=_matching(body, "created", r"[0-9T:+Z.-]{1,40}"),
        check=_hex(body, "check", CHECK_BYTES),
        keyring=_keyring_slot(_object(slots, "keyring")) if "keyring" in slots else None,
        passphrase=_passphrase_slot(_object(slots, "passphrase")) if "passphrase" in slots else None,
        recovery=_recovery_slot(_object(slots, "recovery")) if "recovery" in slots else None,
        version=version,
    )


def _keyring_slot(untrusted: dict[str, object]) -> KeyringSlot:
    return KeyringSlot(_sealed(untrusted), _matching(untrusted, "backend", r"[\w. -]{1,200}"))


def _passphrase_slot(untrusted: dict[str, object]) -> PassphraseSlot:
    _matching(untrusted, "kdf", "argon2id")
    cost = KdfCost(
        memory_kib=_integer(untrusted, "memory_kib"),
        iterations=_integer(untrusted, "iterations"),
        lanes=_integer(untrusted, "lanes"),
    )
    return PassphraseSlot(_sealed(untrusted), _hex(untrusted, "salt", 16), cost)


def _recovery_slot(untrusted: dict[str, object]) -> RecoverySlot:
    is_confirmed = untrusted.get("confirmed")
    if not isinstance(is_confirmed, bool):
        raise ValueError("confirmed is not a boolean")
    return RecoverySlot(_sealed(untrusted), is_confirmed)


def _sealed(untrusted: dict[str, object]) -> Sealed:
    return Sealed(_hex(untrusted, "nonce", NONCE_BYTES), _hex(untrusted, "box", KEY_BYTES + TAG_BYTES))


def _sealed_json(sealed: Sealed) -> dict[str, object]:
    return {"nonce": sealed.nonce.hex(), "box": sealed.box.hex()}


def _digest(body: dict[str, object]) -> str:
    try:
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _object(untrusted: dict[str, object], name: str) -> dict[str, object]:
    value = untrusted.get(name)
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not an object")
    return value


def _integer(untrusted: dict[str, object], name: str) -> int:
    value = untrusted.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} is not a number")
    return value


def _text(untrusted: dict[str, object], name: str) -> str:
    value = untrusted.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is not a text")
    return value


def _matching(untrusted: dict[str, object], name: str, pattern: str) -> str:
    value = _text(untrusted, name)
    if re.fullmatch(pattern, value, re.ASCII) is None:
        raise ValueError(f"{name} is malformed")
    return value


def _hex(untrusted: dict[str, object], name: str, size_bytes: int) -> bytes:
    try:
        value = binascii.unhexlify(_text(untrusted, name))
    except binascii.Error:
        raise ValueError(f"{name} is not hexadecimal") from None
    if len(value) != size_bytes:
        raise ValueError(f"{name} has the wrong size")
    return value
