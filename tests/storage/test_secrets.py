"""The system's keyring: what counts as one, and what happens when it hangs, forgets or is not there."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import ProfileLocked
from app.storage.secrets import KeyringSecrets, Ring

REPOSITORY = Path(__file__).parents[2]
SAY_WHAT_IS_THERE = """
from app.storage.secrets import KeyringSecrets
secrets = KeyringSecrets(timeout_s=20)
print(secrets.is_available, repr(secrets.backend))
"""
PLAINTEXT_BACKEND = """
from keyring.backend import KeyringBackend
class Keyring(KeyringBackend):
    priority = 9
    def get_password(self, service, username): return None
    def set_password(self, service, username, password): pass
    def delete_password(self, service, username): pass
"""
KEEP_AND_FORGET = """
from app.storage.secrets import KeyringSecrets
secrets = KeyringSecrets("Paddock test", timeout_s=20)
assert secrets.is_available, "not available"
assert secrets.get("a") is None
secrets.set("a", b"k" * 32)
assert KeyringSecrets("Paddock test").get("a") == b"k" * 32
secrets.delete("a"); secrets.delete("a")
assert secrets.get("a") is None
print(secrets.backend)
"""
USE_LOCKED = """
from app.errors import ProfileLocked
from app.storage.secrets import KeyringSecrets
try:
    KeyringSecrets("Paddock test", timeout_s=10).set("a", b"k" * 32)
except ProfileLocked as error:
    print(error.message, error.detail)
"""


class FakeRing:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class ForgetfulRing(FakeRing):
    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class AngryRing(FakeRing):
    def get_password(self, service: str, username: str) -> str | None:
        raise OSError("the bus went away")


class PromptingRing(FakeRing):
    def __init__(self) -> None:
        super().__init__()
        self.answered = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.answered.wait(30)
        return super().get_password(service, username)


@pytest.fixture
def prompting_ring() -> Iterator[PromptingRing]:
    ring = PromptingRing()
    yield ring
    ring.answered.set()
    for thread in threading.enumerate():
        if thread.name == "keyring":
            thread.join(5)


def secrets_in(ring: Ring | None, timeout_s: float = 5) -> KeyringSecrets:
    return KeyringSecrets("Paddock", timeout_s=timeout_s, find_ring=lambda: ring)


def run_python(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_keeps_bytes_under_the_service_as_base64() -> None:
    ring = FakeRing()
    secrets = secrets_in(ring)
    secrets.set("name", b"\x00\xff" * 16)
    assert ring.kept == {("Paddock", "name"): base64.b64encode(b"\x00\xff" * 16).decode()}
    assert secrets.get("name") == b"\x00\xff" * 16
    secrets.delete("name")
    secrets.delete("name")
    assert secrets.get("name") is None


def test_a_ring_that_forgets_is_caught_at_once() -> None:
    with pytest.raises(ProfileLocked, match="did not keep"):
        secrets_in(ForgetfulRing()).set("name", b"key")


def test_something_else_under_our_name_is_no_secret() -> None:
    ring = FakeRing()
    ring.set_password("Paddock", "name", "not base64 ü")
    assert secrets_in(ring).get("name") is None


def test_a_prompt_nobody_answers_ends_in_a_sentence(prompting_ring: PromptingRing) -> None:
    with pytest.raises(ProfileLocked, match="does not answer") as caught:
        secrets_in(prompting_ring, timeout_s=0.05).get("name")
    assert "recovery key" in caught.value.next_step


def test_whatever_a_backend_raises_becomes_a_sentence() -> None:
    with pytest.raises(ProfileLocked, match="locked") as caught:
        secrets_in(AngryRing()).set("name", b"secret-key-bytes")
    assert b"secret-key-bytes".hex() not in str(caught.value)
    assert base64.b64encode(b"secret-key-bytes").decode() not in repr(caught.value)


def test_without_a_ring_nothing_is_available() -> None:
    secrets = secrets_in(None)
    assert not secrets.is_available
    assert secrets.backend == ""
    with pytest.raises(ProfileLocked, match="no keyring"):
        secrets.get("name")


def test_a_search_that_fails_finds_nothing() -> None:
    def broken() -> Ring | None:
        raise RuntimeError("plug-in")

    assert not KeyringSecrets(find_ring=broken).is_available


@pytest.mark.parametrize("backend", ["null.Keyring", "fail.Keyring", "chainer.ChainerBackend"])
def test_null_fail_and_empty_backends_are_no_keyring(backend: str) -> None:
    environment = {"PYTHON_KEYRING_BACKEND": f"keyring.backends.{backend}", "DBUS_SESSION_BUS_ADDRESS": ""}
    assert run_python(SAY_WHAT_IS_THERE, **environment) == "False ''"


def test_a_plaintext_plug_in_is_no_keyring(tmp_path: Path) -> None:
    (tmp_path / "plain_ring.py").write_text(PLAINTEXT_BACKEND)
    environment = {"PYTHON_KEYRING_BACKEND": "plain_ring.Keyring", "PYTHONPATH": str(tmp_path)}
    assert run_python(SAY_WHAT_IS_THERE, **environment) == "False ''"


def test_importing_it_does_not_import_keyring() -> None:
    assert run_python("import sys, app.storage.secrets; print('keyring' in sys.modules)") == "False"


has_gnome_keyring = pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="gnome-keyring and dbus-run-session are not installed",
)


def run_beside_gnome_keyring(start_ring: str, code: str, home: Path) -> subprocess.CompletedProcess[str]:
    command = ["dbus-run-session", "--", "sh", "-c", f'{start_ring} >&2 && exec "$@"', "sh", sys.executable]
    unwanted = {"PYTHON_KEYRING_BACKEND", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"}
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    environment |= {"HOME": str(home), "XDG_DATA_HOME": str(home / "data")}
    return subprocess.run(
        [*command, "-c", code],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@has_gnome_keyring
def test_a_real_keyring_keeps_and_forgets(tmp_path: Path) -> None:
    unlock = "printf password | gnome-keyring-daemon --unlock --components=secrets"
    done = run_beside_gnome_keyring(unlock, KEEP_AND_FORGET, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "keyring.backends." in done.stdout


@has_gnome_keyring
def test_a_real_keyring_that_stays_locked_is_a_sentence(tmp_path: Path) -> None:
    done = run_beside_gnome_keyring("gnome-keyring-daemon --start --components=secrets", USE_LOCKED, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "locked or does not answer" in done.stdout
