"""Key slots: every way in opens the same data key, and nothing else does."""

from __future__ import annotations

import dataclasses
import errno
import json
import logging
import os
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import (
    Damaged,
    DiskFull,
    NewerDatabase,
    PaddockError,
    ProfileLocked,
    StorageFault,
    UsageError,
    WrongKey,
)
from app.storage import files, keyfile, keys
from app.storage.secrets import MemorySecrets

CHEAP = keys.KdfCost(memory_kib=64, iterations=1, lanes=1)
NO_KEYRING = MemorySecrets(is_available=False)


@pytest.fixture
def path(profile: Path) -> Path:
    return profile / "keyfile.json"


@pytest.fixture
def secrets() -> MemorySecrets:
    return MemorySecrets()


def make(path: Path, secrets: MemorySecrets, passphrase: str | None = "correct horse") -> keys.Unlocked:
    return keys.create(path, secrets=secrets, passphrase=passphrase, cost=CHEAP)


class ForgetfulRing(MemorySecrets):
    def set(self, name: str, secret: bytes) -> None:
        raise ProfileLocked("The keyring did not keep the key.")


class LockedRing(MemorySecrets):
    def get(self, name: str) -> bytes | None:
        raise ProfileLocked("The keyring is locked.")


def test_every_slot_opens_the_same_key(path: Path, secrets: MemorySecrets) -> None:
    made = make(path, secrets)
    assert len(made.data_key) == 32
    assert made.slots == keys.slot_state(path) == keys.SlotState(True, True, True, False, "memory")
    assert keys.unlock_by_keyring(path, secrets) == made.data_key
    assert keys.unlock_by_passphrase(path, "correct horse") == made.data_key
    assert keys.unlock_by_recovery(path, made.recovery_key) == made.data_key


def test_the_usual_cost_takes_128_mib_and_opens(path: Path) -> None:
    made = keys.create(path, secrets=NO_KEYRING, passphrase="slow")
    slot = keys.read(path).passphrase
    assert slot is not None
    assert (slot.cost.memory_kib, slot.cost.iterations, slot.cost.lanes) == (128 * 1024, 3, 2)
    assert keys.unlock_by_passphrase(path, "slow") == made.data_key


def test_without_a_keyring_a_passphrase_is_needed(path: Path) -> None:
    with pytest.raises(ProfileLocked, match="passphrase") as caught:
        keys.create(path, secrets=NO_KEYRING)
    assert "keyring" in caught.value.message
    assert not keys.exists(path)


def test_a_keyring_that_forgets_counts_as_none(path: Path) -> None:
    with pytest.raises(ProfileLocked, match="passphrase"):
        keys.create(path, secrets=ForgetfulRing())
    assert not make(path, ForgetfulRing()).slots.has_keyring


def test_an_existing_key_file_is_never_replaced(path: Path, secrets: MemorySecrets) -> None:
    made = make(path, secrets)
    path.unlink()  # the copy alone counts as well
    with pytest.raises(StorageFault, match="already"):
        make(path, secrets)
    assert keys.unlock_by_keyring(path, secrets) == made.data_key


def test_the_file_is_private_and_holds_no_key_in_the_clear(path: Path, secrets: MemorySecrets) -> None:
    made = make(path, secrets)
    for file in (path, keyfile.backup_path(path)):
        content = file.read_text()
        assert made.data_key.hex() not in content
        assert made.recovery_key not in content
        assert "correct horse" not in content
        if os.name == "posix":
            assert file.stat().st_mode & 0o777 == 0o600
    if os.name == "posix":
        assert path.parent.stat().st_mode & 0o777 == 0o700
    assert {file.name for file in path.parent.iterdir()} == {"keyfile.json", "keyfile.json.bak"}


def test_keys_do_not_show_in_reprs(path: Path, secrets: MemorySecrets) -> None:
    made = make(path, secrets)
    shown = repr(made) + repr(keys.read(path))
    assert made.recovery_key not in shown
    assert made.data_key.hex() not in shown
    assert repr(bytes(made.data_key)) not in shown


def test_a_wrong_passphrase_says_so(path: Path, secrets: MemorySecrets) -> None:
    make(path, secrets)
    for wrong in ("Correct horse", "correct horse ", "", "\ud800"):
        with pytest.raises(WrongKey, match="not the passphrase") as caught:
            keys.unlock_by_passphrase(path, wrong)
        assert "recovery key" in caught.value.next_step


def test_a_passphrase_opens_however_its_accents_are_typed(path: Path) -> None:
    made = make(path, NO_KEYRING, "Zoë été 🗝")
    assert keys.unlock_by_passphrase(path, unicodedata.normalize("NFD", "Zoë été 🗝")) == made.data_key


def test_an_empty_passphrase_is_refused(path: Path, secrets: MemorySecrets) -> None:
    with pytest.raises(UsageError, match="empty"):
        make(path, secrets, "")


def test_a_profile_without_a_passphrase_says_so(path: Path, secrets: MemorySecrets) -> None:
    make(path, secrets, None)
    with pytest.raises(ProfileLocked, match="no passphrase"):
        keys.unlock_by_passphrase(path, "anything")


def test_a_keyring_that_lost_the_key_names_the_other_ways(path: Path, secrets: MemorySecrets) -> None:
    make(path, secrets)
    secrets.kept.clear()
    with pytest.raises(ProfileLocked, match="no longer") as caught:
        keys.unlock_by_keyring(path, secrets)
    assert "passphrase" in caught.value.next_step
    assert "recovery key" in caught.value.next_step


@pytest.mark.parametrize("ring", [LockedRing(), NO_KEYRING])
def test_a_shut_keyring_names_the_other_ways(path: Path, secrets: MemorySecrets, ring: MemorySecrets) -> None:
    make(path, secrets, None)
    with pytest.raises(ProfileLocked) as caught:
        keys.unlock_by_keyring(path, ring)
    assert "recovery key" in caught.value.next_step
    assert "passphrase" not in caught.value.next_step


def test_a_keyring_with_another_key_is_not_believed(path: Path, secrets: MemorySecrets) -> None:
    make(path, secrets)
    for other in (os.urandom(32), b"short", b""):
        secrets.kept = dict.fromkeys(secrets.kept, other)
        with pytest.raises(ProfileLocked):
            keys.unlock_by_keyring(path, secrets)


def test_profiles_share_a_keyring_without_meeting(tmp_path: Path, secrets: MemorySecrets) -> None:
    first = make(tmp_path / "a" / "keyfile.json", secrets, None)
    second = make(tmp_path / "b" / "keyfile.json", secrets, None)
    assert first.data_key != second.data_key
    assert keys.unlock_by_keyring(tmp_path / "a" / "keyfile.json", secrets) == first.data_key
    assert keys.unlock_by_keyring(tmp_path / "b" / "keyfile.json", secrets) == second.data_key


def test_a_slot_does_not_open_in_the_place_of_another(path: Path, secrets: MemorySecrets) -> None:
    made = make(path, secrets)
    file = keys.read(path)
    assert file.keyring is not None
    assert file.recovery is not None
    swapped = keyfile.RecoverySlot(file.keyring.sealed, is_confirmed=False)
    keyfile.write(path, dataclasses.replace(file, recovery=swapped))
    with pytest.raises(WrongKey):
        keys.unlock_by_recovery(path, made.recovery_key)


def test_weaker_parameters_cannot_be_slipped_in(path: Path, secrets: MemorySecrets) -> None:
    make(path, secrets)
    file = keys.read(path)
    assert file.passphrase is not None
    cheaper = keyfile.PassphraseSlot(file.passphrase.sealed, file.passphrase.salt, keys.KdfCost(32, 1, 1))
    keyfile.write(path, dataclasses.replace(file, passphrase=cheaper))
    with pytest.raises(WrongKey):
        keys.unlock_by_passphrase(path, "correct horse")


class TestRecoveryKey:
    def test_is_eight_groups_without_ambiguous_letters(self, path: Path, secrets: MemorySecrets) -> None:
        key = make(path, secrets).recovery_key
        assert [len(group) for group in key.split("-")] == [4] * 8
        assert not set(key) & set("ILOU")

    def test_opens_however_it_is_typed(self, path: Path, secrets: MemorySecrets) -> None:
        made = make(path, secrets)
        key = made.recovery_key
        confused = key.replace("0", "o").replace("1", "l", 1).replace("1", "I")
        for typed in (key.lower(), key.replace("-", ""), key.replace("-", " – "), f"\n {key}\t", confused):
            assert keys.unlock_by_recovery(path, typed) == made.data_key

    def test_forgives_one_slip_but_not_two(self, path: Path, secrets: MemorySecrets) -> None:
        made = make(path, secrets)
        key = made.recovery_key

        def other(character: str) -> str:
            return "A" if character != "A" else "B"

        one = other(key[0]) + key[1:]
        two = one[:-1] + other(one[-1])
        assert keys.unlock_by_recovery(path, one) == made.data_key
        started = time.perf_counter()
        with pytest.raises(WrongKey):
            keys.unlock_by_recovery(path, two)
        assert time.perf_counter() - started < 2

    @pytest.mark.parametrize("typed", ["", "ABCD", "A" * 33, "A" * 100_000, "é" * 32, "U" * 32, "\ud800" * 32])
    def test_says_what_is_off(self, path: Path, secrets: MemorySecrets, typed: str) -> None:
        make(path, secrets)
        with pytest.raises(WrongKey) as caught:
            keys.unlock_by_recovery(path, typed)
        assert "32 letters" in caught.value.message or "Group 1 " in caught.value.message

    def test_is_confirmed_only_by_the_exact_key(self, path: Path, secrets: MemorySecrets) -> None:
        key = make(path, secrets, None).recovery_key
        assert keys.slot_state(path).hangs_on_one_key
        slip = ("A" if key[0] != "A" else "B") + key[1:]
        with pytest.raises(WrongKey):
            keys.confirm_recovery(path, slip)
        assert not keys.slot_state(path).is_recovery_confirmed
        keys.confirm_recovery(path, key.lower())
        assert keys.slot_state(path).is_recovery_confirmed
        assert not keys.slot_state(path).hangs_on_one_key

    def test_a_new_one_replaces_the_old_one(self, path: Path, secrets: MemorySecrets) -> None:
        made = make(path, secrets)
        keys.confirm_recovery(path, made.recovery_key)
        fresh = keys.new_recovery(path, made.data_key)
        assert not keys.slot_state(path).is_recovery_confirmed
        with pytest.raises(WrongKey):
            keys.unlock_by_recovery(path, made.recovery_key)
        assert keys.unlock_by_recovery(path, fresh) == made.data_key


class TestChangingSlots:
    def test_a_changed_passphrase_opens_and_the_old_one_nowhere(self, path: Path, secrets: MemorySecrets) -> None:
        made = make(path, secrets)
        keys.set_passphrase(path, made.data_key, new="new words", cost=CHEAP)
        for _copy in ("the file", "its copy"):
            assert keys.unlock_by_passphrase(path, "new words") == made.data_key
            with pytest.raises(WrongKey):
                keys.unlock_by_passphrase(path, "correct horse")
            path.unlink(missing_ok=True)

    def test_the_last_everyday_way_stays(self, path: Path, secrets: MemorySecrets) -> None:
        made = make(path, secrets, None)
        with pytest.raises(StorageFault, match="keyring"):
            keys.remove_keyring_slot(path, made.data_key, secrets=secrets)
        keys.set_passphrase(path, made.data_key, new="words", cost=CHEAP)
        keys.remove_keyring_slot(path, made.data_key, secrets=secrets)
        assert secrets.kept == {}
        with pytest.raises(ProfileLocked):
            keys.remove_passphrase(path, made.data_key, secrets=secrets)
        assert keys.unlock_by_passphrase(path, "words") == made.data_key

    def test_a_passphrase_stays_while_the_keyring_is_dead(self, path: Path, secrets: MemorySecrets) -> None:
        made = make(path, secrets)
        secrets.kept.clear()
        with pytest.raises(ProfileLocked):
            keys.remove_passphrase(path, made.data_key, secrets=secrets)
        keys.restore_keyring_slot(path, made.data_key, secrets=secrets)
        keys.remove_passphrase(path, made.data_key, secrets=secrets)
        assert not keys.slot_state(path).has_passphrase
        assert keys.unlock_by_keyring(path, secrets) == made.data_key

    def test_restoring_keeps_the_old_slot_good_until_the_file_is_written(
        self, path: Path, secrets: MemorySecrets, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = make(path, secrets)

        def full(*_: object) -> None:
            raise DiskFull("full")

        with monkeypatch.context() as patch:
            patch.setattr(keyfile, "replace_content", full)
            with pytest.raises(DiskFull):
                keys.restore_keyring_slot(path, made.data_key, secrets=secrets)
        assert keys.unlock_by_keyring(path, secrets) == made.data_key

    def test_another_profiles_key_is_our_bug(self, path: Path, secrets: MemorySecrets) -> None:
        make(path, secrets)
        with pytest.raises(ValueError, match="not the data key"):
            keys.set_passphrase(path, bytearray(32), new="x", cost=CHEAP)


@pytest.mark.parametrize("failing", range(1, 7))
def test_a_disk_that_fills_up_at_any_moment_loses_no_way_in(
    path: Path, secrets: MemorySecrets, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    """Each file operation of a change fails in turn; before and after the failure something must open."""
    made = make(path, secrets)
    calls = 0
    real_fsync, real_replace = os.fsync, files.rename_over

    def counted() -> None:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise OSError(errno.ENOSPC, "no space")

    def fsync(descriptor: int) -> None:
        counted()
        real_fsync(descriptor)

    def rename(beside: Path, target: Path) -> None:
        counted()
        real_replace(beside, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        patch.setattr(files, "rename_over", rename)
        with pytest.raises(DiskFull):
            keys.set_passphrase(path, made.data_key, new="second", cost=CHEAP)
    assert keys.unlock_by_recovery(path, made.recovery_key) == made.data_key
    assert "second" in _opening(path, made.data_key) or "correct horse" in _opening(path, made.data_key)
    assert not list(path.parent.glob("*.part"))
    keys.set_passphrase(path, made.data_key, new="third", cost=CHEAP)
    assert _opening(path, made.data_key) == ["third"]


def _opening(path: Path, data_key: bytearray) -> list[str]:
    def opens(passphrase: str) -> bool:
        try:
            return keys.unlock_by_passphrase(path, passphrase) == data_key
        except WrongKey:
            return False

    return [word for word in ("correct horse", "second", "third") if opens(word)]


class TestDamage:
    @pytest.mark.parametrize("content", [b"", b"\x00" * 700, b"{", b"[]", b"null", b'{"version": 1}'])
    def test_the_copy_steps_in(self, path: Path, secrets: MemorySecrets, content: bytes) -> None:
        made = make(path, secrets)
        path.write_bytes(content)
        assert keys.unlock_by_keyring(path, secrets) == made.data_key
        assert keys.unlock_by_passphrase(path, "correct horse") == made.data_key
        keys.set_passphrase(path, made.data_key, new="again", cost=CHEAP)
        assert keyfile.parse(path.read_bytes()) == keyfile.parse(keyfile.backup_path(path).read_bytes())

    def test_every_flipped_bit_is_noticed(self, path: Path, secrets: MemorySecrets) -> None:
        make(path, secrets)
        good = keys.read(path)
        content = path.read_bytes()
        for position in range(0, len(content), 7):
            flipped = bytearray(content)
            flipped[position] ^= 1
            try:
                assert keyfile.parse(bytes(flipped)) == good  # white space, or a hexadecimal letter's case
            except (ValueError, NewerDatabase):
                continue

    def test_without_a_good_copy_it_says_that_nothing_was_deleted(self, path: Path, secrets: MemorySecrets) -> None:
        make(path, secrets)
        for file in (path, keyfile.backup_path(path)):
            file.write_bytes(b"\x00")
        with pytest.raises(Damaged) as caught:
            keys.unlock_by_keyring(path, secrets)
        assert "Nothing was deleted" in caught.value.next_step
        assert path.read_bytes() == b"\x00"

    def test_a_later_format_is_left_alone(self, path: Path, secrets: MemorySecrets) -> None:
        make(path, secrets)
        later = json.dumps({"version": 2, "anything": "else"}).encode()
        path.write_bytes(later)
        with pytest.raises(NewerDatabase):
            keys.slot_state(path)
        assert path.read_bytes() == later


class TestHostileFiles:
    @pytest.mark.parametrize(
        ("memory_kib", "iterations", "lanes"),
        [
            (100 * 1024 * 1024, 1, 1),
            (2**70, 1, 1),
            (1024 * 1024, 64, 1),
            (64, 10**9, 1),
            (1, 1, 1),
            (1024, 1, 10**6),
            (-64, 1, 1),
            (64, 0, 1),
        ],
    )
    def test_absurd_costs_are_refused_unrun(self, memory_kib: int, iterations: int, lanes: int) -> None:
        with pytest.raises(ValueError, match="out of bounds"):
            keys.KdfCost(memory_kib, iterations, lanes)

    def test_an_absurd_cost_with_a_good_checksum_is_damage(self, path: Path, secrets: MemorySecrets) -> None:
        make(path, secrets)
        whole = json.loads(path.read_text())
        whole["body"]["slots"]["passphrase"]["memory_kib"] = 100 * 1024 * 1024
        whole["sha256"] = keyfile._digest(whole["body"])
        for file in (path, keyfile.backup_path(path)):
            file.write_text(json.dumps(whole))
        with pytest.raises(Damaged):
            keys.unlock_by_passphrase(path, "correct horse")

    @pytest.mark.parametrize(
        "content",
        [b"[" * 60_000, b'{"version":' + b"9" * 50_000 + b"}", b'{"a":' * 9000 + b"1" + b"}" * 9000, b"\xff" * 99],
    )
    def test_deep_long_or_odd_json_is_refused(self, content: bytes) -> None:
        with pytest.raises((ValueError, NewerDatabase)):
            keyfile.parse(content)

    def test_a_huge_file_is_not_read(self, path: Path) -> None:
        path.parent.mkdir()
        with path.open("wb") as file:
            file.truncate(50 * 2**30)  # sparse
        with pytest.raises(Damaged):
            keys.slot_state(path)

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_no_change_of_a_value_does_more_than_refuse(self, data: st.DataObject) -> None:
        whole = json.loads(keyfile.serialise(_SAMPLE))
        target = data.draw(
            st.sampled_from([whole, whole["body"], *whole["body"]["slots"].values(), whole["body"]["slots"]])
        )
        name = data.draw(st.sampled_from(sorted(target)))
        target[name] = data.draw(_JSON)
        if data.draw(st.booleans()) and isinstance(whole.get("body"), dict):
            whole["sha256"] = keyfile._digest(whole["body"])
        try:
            parsed = keyfile.parse(json.dumps(whole).encode())
        except (ValueError, PaddockError):
            return
        assert isinstance(parsed, keys.KeyFile)
        assert parsed.passphrase is None or parsed.passphrase.cost.memory_kib <= keyfile.MAX_MEMORY_KIB

    @settings(max_examples=200, deadline=None)
    @given(content=st.binary(max_size=400))
    def test_random_bytes_are_refused(self, content: bytes) -> None:
        with pytest.raises(ValueError):
            keyfile.parse(content)


def test_wipe_overwrites_in_place() -> None:
    key = bytearray(b"k" * 32)
    keys.wipe(key)
    assert key == bytes(32)


def test_nothing_is_logged_about_keys(path: Path, secrets: MemorySecrets, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        made = make(path, secrets)
        keys.unlock_by_recovery(path, made.recovery_key)
    assert caplog.records == []


_SEALED = keyfile.Sealed(b"n" * 12, b"b" * 48)
_SAMPLE = keys.KeyFile(
    profile_id="ab" * 16,
    created="2026-11-21T10:00:00+00:00",
    check=b"c" * 16,
    keyring=keyfile.KeyringSlot(_SEALED, "keyring.backends.macOS.Keyring"),
    passphrase=keyfile.PassphraseSlot(_SEALED, b"s" * 16, keys.KdfCost()),
    recovery=keyfile.RecoverySlot(_SEALED, is_confirmed=False),
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_what_could_not_be_read_back_is_never_written(path: Path) -> None:
    class Odd(MemorySecrets):
        @property
        def backend(self) -> str:
            return "a name\nof two lines"

    with pytest.raises(ValueError):
        make(path, Odd())
    assert not path.exists()
