"""Making, opening and changing the ways into a profile.

The database is encrypted with a random data key that never changes. Each slot of the key file holds that key under
another one: a random key in the system's keyring, a passphrase (Argon2id), and a recovery key on paper. Changing a
passphrase therefore rewrites a few hundred bytes and never the database.
"""

from __future__ import annotations

import contextlib
import datetime
import hmac
import json
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import field, replace
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.errors import ProfileLocked, StorageFault, UsageError, WrongKey
from app.frozen import dataclass
from app.storage.keyfile import (
    CHECK_BYTES,
    FORMAT_VERSION,
    KEY_BYTES,
    NONCE_BYTES,
    KdfCost,
    KeyFile,
    KeyringSlot,
    PassphraseSlot,
    RecoverySlot,
    Sealed,
    exists,
    read,
    write,
)
from app.storage.secrets import Secrets
from app.text import _

__all__ = [
    "KdfCost",
    "KeyFile",
    "SlotState",
    "Unlocked",
    "confirm_recovery",
    "create",
    "exists",
    "new_recovery",
    "read",
    "remove_keyring_slot",
    "remove_passphrase",
    "restore_keyring_slot",
    "set_passphrase",
    "slot_state",
    "unlock_by_keyring",
    "unlock_by_passphrase",
    "unlock_by_recovery",
    "wipe",
]

DEFAULT_COST = KdfCost()
RECOVERY_BYTES = 20
RECOVERY_CHARACTERS = RECOVERY_BYTES * 8 // 5
_GROUP = 4
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without I, L, O and U; a typed I or L is read as 1, an O as 0."""
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2212._,;:|/")
_MAX_TYPED_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class SlotState:
    """Which ways into the profile there are."""

    has_keyring: bool
    has_passphrase: bool
    has_recovery: bool
    is_recovery_confirmed: bool
    keyring_backend: str

    @property
    def hangs_on_one_key(self) -> bool:
        """Whether losing one thing (the keyring, or one passphrase) loses everything."""
        is_recoverable = self.has_recovery and self.is_recovery_confirmed
        return self.has_keyring + self.has_passphrase + is_recoverable < 2


@dataclass(frozen=True, slots=True)
class Unlocked:
    """A fresh profile's keys. `recovery_key` is shown to the person and kept nowhere."""

    data_key: bytearray = field(repr=False)
    recovery_key: str = field(repr=False)
    slots: SlotState


def create(path: Path, *, secrets: Secrets, passphrase: str | None = None, cost: KdfCost = DEFAULT_COST) -> Unlocked:
    """Make a profile's key file, with every slot that can be had.

    Raises ProfileLocked when there is neither a working keyring nor a passphrase, and StorageFault when there is a
    key file already: an existing one is never replaced.
    """
    if exists(path):
        raise StorageFault(_("This profile already has a key file."), _("It was left untouched."))
    data_key = bytearray(os.urandom(KEY_BYTES))
    keys = KeyFile(
        profile_id=os.urandom(16).hex(),
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        check=b"",
        keyring=None,
        passphrase=None,
        recovery=None,
    )
    keys = replace(keys, check=_check(keys.profile_id, data_key))
    with contextlib.suppress(ProfileLocked):
        keys = replace(keys, keyring=_keyring_slot(keys, data_key, secrets))
    if passphrase is not None:
        keys = replace(keys, passphrase=_passphrase_slot(keys, data_key, passphrase=passphrase, cost=cost))
    if keys.keyring is None and keys.passphrase is None:
        wipe(data_key)
        raise ProfileLocked(
            _("This computer offers no keyring that could keep the key of your data."),
            _("Choose a passphrase; Paddock asks for it at every start."),
        )
    keys, recovery_key = _with_new_recovery(keys, data_key)
    try:
        write(path, keys)
    except StorageFault:
        if keys.keyring:
            _forget(secrets, keys)
        raise
    return Unlocked(data_key, recovery_key, _state(keys))


def slot_state(path: Path) -> SlotState:
    """Raises Damaged or NewerDatabase."""
    return _state(read(path))


def unlock_by_keyring(path: Path, secrets: Secrets) -> bytearray:
    """The data key. Raises ProfileLocked with the way on when the keyring does not give it."""
    keys = read(path)
    if keys.keyring is None:
        raise ProfileLocked(_("This profile opens with a passphrase."), _ways_on(keys))
    if not secrets.is_available:
        raise ProfileLocked(
            _("The keyring that keeps the key of your data is not there."),
            _ways_on(keys),
            detail=f"kept by {keys.keyring.backend}",
        )
    try:
        untrusted_key = secrets.get(_secret_name(keys))
    except ProfileLocked as error:
        raise ProfileLocked(error.message, _ways_on(keys), detail=error.detail) from error
    data_key = _opened(keys, "keyring", sealed=keys.keyring.sealed, key=untrusted_key)
    if data_key is None:
        raise ProfileLocked(
            _("The keyring of this computer no longer has the key of your data."),
            _ways_on(keys),
            detail=f"kept by {keys.keyring.backend}, now {secrets.backend}",
        )
    return data_key


def unlock_by_passphrase(path: Path, passphrase: str) -> bytearray:
    """The data key. Takes about half a second. Raises WrongKey, or ProfileLocked when no passphrase was set."""
    keys = read(path)
    slot = keys.passphrase
    if slot is None:
        raise ProfileLocked(_("This profile has no passphrase."), _("Use the keyring or your recovery key."))
    key = _passphrase_key(passphrase, slot.salt, cost=slot.cost)
    data_key = _opened(keys, "passphrase", sealed=slot.sealed, key=key, bound_to=_kdf_facts(slot))
    wipe(key)
    if data_key is None:
        raise WrongKey(_("That is not the passphrase."), _("Try again, or use your recovery key."))
    return data_key


def unlock_by_recovery(path: Path, recovery_key: str) -> bytearray:
    """The data key; one wrong or two swapped characters are forgiven. Raises WrongKey.

    Forgiving costs 10 of the 160 bits: about 1000 neighbours of what was typed are tried.
    """
    keys = read(path)
    for characters in _near(_typed(recovery_key)):
        data_key = _opened_by_recovery(keys, characters)
        if data_key is not None:
            return data_key
    raise WrongKey(
        _("That is not the recovery key of this profile."),
        _("Compare it with what you wrote down; a key from before the last renewal no longer opens it."),
    )


def confirm_recovery(path: Path, typed: str) -> None:
    """Note that the person has the recovery key. Raises WrongKey when `typed` is not exactly it."""
    keys = read(path)
    data_key = _opened_by_recovery(keys, _typed(typed))
    if keys.recovery is None or data_key is None:
        raise WrongKey(_("That is not the recovery key."), _("Compare it character by character."))
    wipe(data_key)
    write(path, replace(keys, recovery=replace(keys.recovery, is_confirmed=True)))


def new_recovery(path: Path, data_key: bytearray) -> str:
    """A new recovery key, still to be confirmed; the old one opens nothing any more."""
    keys, recovery_key = _with_new_recovery(_owned(path, data_key), data_key)
    write(path, keys)
    return recovery_key


def set_passphrase(path: Path, data_key: bytearray, *, new: str, cost: KdfCost = DEFAULT_COST) -> None:
    """Set or change the passphrase. Raises UsageError for an empty one."""
    keys = _owned(path, data_key)
    write(path, replace(keys, passphrase=_passphrase_slot(keys, data_key, passphrase=new, cost=cost)))


def remove_passphrase(path: Path, data_key: bytearray, *, secrets: Secrets) -> None:
    """Let the keyring alone open the profile. Raises ProfileLocked unless the keyring does open it, right now."""
    keys = _owned(path, data_key)
    wipe(unlock_by_keyring(path, secrets))
    write(path, replace(keys, passphrase=None))


def remove_keyring_slot(path: Path, data_key: bytearray, *, secrets: Secrets) -> None:
    """Ask for the passphrase at every start. Raises StorageFault when there is no passphrase."""
    keys = _owned(path, data_key)
    if keys.passphrase is None:
        raise StorageFault(
            _("Without the keyring nothing would open this profile day by day."), _("Set a passphrase first.")
        )
    write(path, replace(keys, keyring=None))
    _forget(secrets, keys)


def restore_keyring_slot(path: Path, data_key: bytearray, *, secrets: Secrets) -> None:
    """Let the keyring open the profile (again). Raises ProfileLocked when it does not keep the key."""
    keys = _owned(path, data_key)
    write(path, replace(keys, keyring=_keyring_slot(keys, data_key, secrets)))


def wipe(key: bytearray) -> None:
    """Overwrite a key in memory. Copies that libraries made are theirs to overwrite."""
    key[:] = bytes(len(key))


def _state(keys: KeyFile) -> SlotState:
    return SlotState(
        has_keyring=keys.keyring is not None,
        has_passphrase=keys.passphrase is not None,
        has_recovery=keys.recovery is not None,
        is_recovery_confirmed=keys.recovery is not None and keys.recovery.is_confirmed,
        keyring_backend=keys.keyring.backend if keys.keyring else "",
    )


def _ways_on(keys: KeyFile) -> str:
    if keys.passphrase is None:
        return _("Use your recovery key. Nothing was deleted.")
    return _("Use your passphrase or your recovery key. Nothing was deleted.")


def _owned(path: Path, data_key: bytearray) -> KeyFile:
    keys = read(path)
    if not hmac.compare_digest(keys.check, _check(keys.profile_id, data_key)):
        raise ValueError("this is not the data key of that profile")
    return keys


def _keyring_slot(keys: KeyFile, data_key: bytearray, secrets: Secrets) -> KeyringSlot:
    if not secrets.is_available:
        raise ProfileLocked(_("This computer offers no keyring."), _("Use a passphrase instead."))
    # A key that is there already is used again: replacing it before the key file is written could lose the old slot.
    key = secrets.get(_secret_name(keys))
    if key is None or len(key) != KEY_BYTES:
        key = os.urandom(KEY_BYTES)
        secrets.set(_secret_name(keys), key)
    return KeyringSlot(_sealed(keys, "keyring", data_key=data_key, key=key), secrets.backend)


def _passphrase_slot(keys: KeyFile, data_key: bytearray, *, passphrase: str, cost: KdfCost) -> PassphraseSlot:
    if not passphrase:
        raise UsageError(_("The passphrase is empty."), _("Choose one that only you know."))
    slot = PassphraseSlot(Sealed(b"", b""), os.urandom(16), cost)
    key = _passphrase_key(passphrase, slot.salt, cost=cost)
    sealed = _sealed(keys, "passphrase", data_key=data_key, key=key, bound_to=_kdf_facts(slot))
    wipe(key)
    return replace(slot, sealed=sealed)


def _with_new_recovery(keys: KeyFile, data_key: bytearray) -> tuple[KeyFile, str]:
    raw = os.urandom(RECOVERY_BYTES)
    sealed = _sealed(keys, "recovery", data_key=data_key, key=_recovery_key(keys, raw))
    return replace(keys, recovery=RecoverySlot(sealed, is_confirmed=False)), _printed(raw)


def _opened_by_recovery(keys: KeyFile, characters: str) -> bytearray | None:
    if keys.recovery is None:
        return None
    key = _recovery_key(keys, _raw(characters))
    return _opened(keys, "recovery", sealed=keys.recovery.sealed, key=key)


def _forget(secrets: Secrets, keys: KeyFile) -> None:
    # A leftover secret opens nothing once its slot is gone, so a ring that is shut does not undo the removal.
    with contextlib.suppress(ProfileLocked):
        secrets.delete(_secret_name(keys))


def _secret_name(keys: KeyFile) -> str:
    return f"data-key-{keys.profile_id}"


def _kdf_facts(slot: PassphraseSlot) -> tuple[object, ...]:
    return (slot.cost.memory_kib, slot.cost.iterations, slot.cost.lanes, slot.salt.hex())


def _context(keys: KeyFile, slot: str, bound_to: tuple[object, ...]) -> bytes:
    return json.dumps([FORMAT_VERSION, keys.profile_id, slot, *bound_to]).encode("ascii")


def _sealed(
    keys: KeyFile,
    slot: str,
    *,
    data_key: bytearray,
    key: bytes | bytearray,
    bound_to: tuple[object, ...] = (),
) -> Sealed:
    nonce = os.urandom(NONCE_BYTES)
    return Sealed(nonce, AESGCM(key).encrypt(nonce, data_key, _context(keys, slot, bound_to)))


def _opened(
    keys: KeyFile,
    slot: str,
    *,
    sealed: Sealed,
    key: bytes | bytearray | None,
    bound_to: tuple[object, ...] = (),
) -> bytearray | None:
    """The data key of a slot, or None when `key` is not the slot's."""
    if key is None or len(key) != KEY_BYTES:
        return None
    data_key = bytearray(KEY_BYTES)
    try:
        AESGCM(key).decrypt_into(sealed.nonce, sealed.box, _context(keys, slot, bound_to), data_key)
    except InvalidTag:
        return None
    return data_key if hmac.compare_digest(_check(keys.profile_id, data_key), keys.check) else None


def _check(profile_id: str, data_key: bytearray) -> bytes:
    salt = profile_id.encode("ascii")
    return HKDF(SHA256(), CHECK_BYTES, salt=salt, info=b"paddock key check").derive(data_key)


def _passphrase_key(passphrase: str, salt: bytes, *, cost: KdfCost) -> bytearray:
    # NFC: the same passphrase typed on a Mac (decomposed accents) and elsewhere gives the same key.
    typed = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    key = bytearray(KEY_BYTES)
    kdf = Argon2id(
        salt=salt,
        length=KEY_BYTES,
        iterations=cost.iterations,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    )
    kdf.derive_into(typed, key)
    return key


def _recovery_key(keys: KeyFile, raw: bytes) -> bytes:
    salt = keys.profile_id.encode("ascii")
    return HKDF(SHA256(), KEY_BYTES, salt=salt, info=b"paddock recovery").derive(raw)


def _printed(raw: bytes) -> str:
    number = int.from_bytes(raw, "big")
    characters = [_ALPHABET[number >> (5 * place) & 31] for place in reversed(range(RECOVERY_CHARACTERS))]
    groups = ["".join(characters[i : i + _GROUP]) for i in range(0, RECOVERY_CHARACTERS, _GROUP)]
    return "-".join(groups)


def _raw(characters: str) -> bytes:
    number = 0
    for character in characters:
        number = number << 5 | _ALPHABET.index(character)
    return number.to_bytes(RECOVERY_BYTES, "big")


def _typed(text: str) -> str:
    """The 32 characters of a typed recovery key. Raises WrongKey with what is off, never with the characters."""
    plain = unicodedata.normalize("NFKC", text[:_MAX_TYPED_CHARACTERS]).upper()
    kept = "".join(c for c in plain if not c.isspace() and c not in _SEPARATORS).translate(_READ_AS)
    if len(kept) != RECOVERY_CHARACTERS:
        message = _("A recovery key has {needed} letters and digits; this has {found}.")
        raise WrongKey(message.format(needed=RECOVERY_CHARACTERS, found=len(kept)), _("Type all eight groups of four."))
    for position, character in enumerate(kept):
        if character not in _ALPHABET:
            message = _("Group {group} holds a character that no recovery key has.")
            raise WrongKey(message.format(group=position // _GROUP + 1), _("Look at that group again."))
    return kept


def _near(characters: str) -> Iterator[str]:
    """What was typed, then everything that is one wrong character or one swap of neighbours away from it."""
    yield characters
    for i, typed in enumerate(characters):
        for other in _ALPHABET:
            if other != typed:
                yield characters[:i] + other + characters[i + 1 :]
    for i in range(len(characters) - 1):
        yield characters[:i] + characters[i + 1] + characters[i] + characters[i + 2 :]
