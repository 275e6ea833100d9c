"""Getting into a profile and out again: the composition root over real files, with a keyring in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import paths
from app.chat.store import ChatStore
from app.engine.client import Stop
from app.engine.fake import FakeEngine, Script, fake_load
from app.errors import Damaged, DiskFull, ModelFault, ProfileInUse, ProfileLocked, StorageFault, WrongKey
from app.home import Home
from app.journeys.first_look import look_at_model, memory_warning
from app.models import library
from app.settings import MODEL_PATH
from app.storage.secrets import MemorySecrets

PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def places(tmp_path: Path) -> paths.Places:
    return paths.places(tmp_path / "profile")


@pytest.fixture
def secrets() -> MemorySecrets:
    return MemorySecrets()


@pytest.fixture
def home(places: paths.Places, secrets: MemorySecrets) -> Iterator[Home]:
    made = Home(places, secrets, load=fake_load(Script()))
    yield made
    made.close()


def test_a_new_profile_opens_by_its_keyring_from_then_on(home: Home) -> None:
    assert home.entry() == "new"
    first = home.create()
    assert first.recovery_key is not None
    assert len(first.recovery_key.split("-")) == 8
    first.core.settings.set(MODEL_PATH, "somewhere.gguf")
    first.core.close()
    assert home.entry() == "keyring"
    again = home.open_by_keyring()
    assert again.recovery_key is None
    assert again.core.settings.get(MODEL_PATH) == "somewhere.gguf"
    again.core.close()


def test_without_a_keyring_a_passphrase_is_demanded(places: paths.Places) -> None:
    home = Home(places, MemorySecrets(is_available=False), load=fake_load(Script()))
    try:
        with pytest.raises(ProfileLocked, match="no keyring"):
            home.create()
        assert home.entry() == "new", "nothing was made"
        home.create(PASSPHRASE).core.close()
        assert home.entry() == "locked"
        with pytest.raises(WrongKey):
            home.open_by_passphrase("something else")
        home.open_by_passphrase(PASSPHRASE).core.close()
    finally:
        home.close()


def test_the_recovery_key_opens_a_profile_whose_keyring_is_gone(places: paths.Places, secrets: MemorySecrets) -> None:
    home = Home(places, secrets, load=fake_load(Script()))
    made = home.create()
    recovery_key = made.recovery_key or ""
    made.core.close()
    home.close()
    home = Home(places, MemorySecrets(), load=fake_load(Script()))
    try:
        with pytest.raises(ProfileLocked):
            home.open_by_keyring()
        opened = home.open_by_recovery(recovery_key.lower().replace("-", " "))
        opened.core.confirm_recovery_key(recovery_key)
        assert opened.core.slots().is_recovery_confirmed
        newer = opened.core.new_recovery_key()
        opened.core.close()
        with pytest.raises(WrongKey):
            home.open_by_recovery(recovery_key)
        home.open_by_recovery(newer).core.close()
        assert home.entry() == "keyring"
        home.open_by_keyring().core.close()
    finally:
        home.close()


def test_a_second_program_is_kept_out_while_the_first_one_has_the_profile(home: Home, secrets: MemorySecrets) -> None:
    with pytest.raises(ProfileInUse):
        Home(home.places, secrets)
    home.close()
    Home(home.places, secrets).close()


def test_a_database_without_its_key_file_is_left_alone(home: Home) -> None:
    home.create().core.close()
    for copy in home.places.root.glob("keyfile.json*"):
        copy.unlink()
    before = home.places.database.read_bytes()
    with pytest.raises(StorageFault, match=r"key file .* is missing"):
        home.entry()
    assert home.places.database.read_bytes() == before


def test_a_database_of_another_profile_is_told_and_left_alone(home: Home, tmp_path: Path) -> None:
    home.create().core.close()
    other = Home(paths.places(tmp_path / "other"), MemorySecrets(), load=fake_load(Script()))
    other.create().core.close()
    other.close()
    home.places.database.write_bytes(other.places.database.read_bytes())
    before = home.places.database.read_bytes()
    with pytest.raises(Damaged, match="does not belong"):
        home.open_by_keyring()
    assert home.places.database.read_bytes() == before


@pytest.mark.model
def test_a_chosen_model_is_remembered_and_listed(home: Home) -> None:
    core = home.create().core
    try:
        core.desk.choose(library.starter())
        assert core.desk.chosen() == library.starter()
        assert [model.path for model in core.desk.known()] == [library.starter()]
        engine = core.desk.acquire(lambda _fraction: None, Stop())
        assert isinstance(engine, FakeEngine)
    finally:
        core.close()


def test_a_bad_model_changes_nothing(home: Home, tmp_path: Path) -> None:
    core = home.create().core
    try:
        (tmp_path / "bad.gguf").write_bytes(b"no model")
        with pytest.raises(ModelFault):
            core.desk.choose(tmp_path / "bad.gguf")
        assert core.desk.chosen() is None
    finally:
        core.close()


def test_a_model_larger_than_the_memory_is_warned_about_before_it_loads(tmp_path: Path) -> None:
    assert memory_warning(1) == ""
    assert "400 GB" in memory_warning(400 * 10**9)
    path = tmp_path / "huge.gguf"
    with path.open("wb") as file:
        file.write(b"GGUF\x03\x00\x00\x00" + bytes(16))
        file.truncate(10**12)
    assert "1000 GB" in look_at_model(path)[1]


def test_a_profile_whose_first_write_fails_is_closed_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.create().core.close()

    def is_full(_store: ChatStore) -> int:
        raise DiskFull("The disk is full.")

    monkeypatch.setattr(ChatStore, "mark_interrupted", is_full)
    with pytest.raises(DiskFull):
        home.open_by_keyring()
    assert "paddock-database-writer" not in [thread.name for thread in threading.enumerate()]
