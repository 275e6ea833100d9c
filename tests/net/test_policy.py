"""Which addresses are the hub's, and what an administrator's file fixes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.net.policy import HUB, PURPOSES, AdminPolicy, Endpoint, read_admin_policy

pytestmark = pytest.mark.trust


@pytest.mark.parametrize("host", ["huggingface.co", "HuggingFace.co", "cdn-lfs-us-1.huggingface.co", "a.b.hf.co"])
def test_hosts_of_the_hub_are_allowed_over_https(host: str) -> None:
    assert HUB.allows("https", host, None)
    assert HUB.allows("https", host, 443)


@pytest.mark.parametrize(
    "host",
    [
        "hf.co",
        "huggingface.co.",
        "huggingface.co.evil.example",
        "evilhuggingface.co",
        "evil-hf.co",
        ".huggingface.co",
        "a..hf.co",
        "-.hf.co",
        "huggingface.com",
        "huggingface.co\n",
        "huggingface.co@evil.example",
        "ⓗuggingface.co",
        "xn--huggingface-x.co",
        "127.0.0.1",
        "::1",
        "2130706433",
        "localhost",
        "",
    ],
)
def test_other_hosts_are_not(host: str) -> None:
    assert not HUB.allows("https", host, None)


@pytest.mark.parametrize(
    ("scheme", "port"), [("http", None), ("http", 443), ("https", 8443), ("https", 80), ("ws", None)]
)
def test_neither_other_ports_nor_plain_connections(scheme: str, port: int | None) -> None:
    assert not HUB.allows(scheme, "huggingface.co", port)


def test_a_loopback_endpoint_leads_nowhere_else() -> None:
    endpoint = Endpoint("http://127.0.0.1:8123", is_loopback=True)
    assert endpoint.host == "127.0.0.1"
    assert endpoint.allows("http", "127.0.0.1", 8123)
    assert endpoint.allows("http", "localhost", 9)
    assert not endpoint.allows("https", "huggingface.co", None)
    assert not endpoint.allows("http", "127.0.0.2", 8123)
    assert not endpoint.allows("file", "localhost", None)


def test_only_the_endpoint_itself_is_home() -> None:
    assert HUB.is_home("https", "huggingface.co", None)
    assert HUB.is_home("https", "huggingface.co", 443)
    assert not HUB.is_home("http", "huggingface.co", 443)
    assert not HUB.is_home("https", "cdn-lfs.huggingface.co", None)
    local = Endpoint("http://127.0.0.1:8123", is_loopback=True)
    assert local.is_home("http", "127.0.0.1", 8123)
    assert not local.is_home("http", "127.0.0.1", 8124)
    assert not local.is_home("http", "localhost", 8123)


def test_purposes_complete_their_sentence() -> None:
    assert len({purpose.key for purpose in PURPOSES}) == len(PURPOSES)
    assert all(purpose.sentence.startswith("for ") and not purpose.sentence.endswith(".") for purpose in PURPOSES)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "policy.toml"


def test_without_a_file_nothing_is_fixed(file: Path) -> None:
    assert read_admin_policy(file) == AdminPolicy()
    assert read_admin_policy(file / "below" / "nothing") == AdminPolicy()


def test_never_is_fixed(file: Path) -> None:
    file.write_text('network = "never"\n')
    assert read_admin_policy(file) == AdminPolicy(is_never=True)


def test_ask_fixes_nothing(file: Path) -> None:
    file.write_text('network = "ask"\n')
    assert read_admin_policy(file) == AdminPolicy()


def test_shared_folders_are_named_in_order(file: Path, tmp_path: Path) -> None:
    folders = (tmp_path / "a", tmp_path / "ä b")
    file.write_text(f"model_folders = {[str(folder) for folder in folders]!r}\n", "utf-8")
    assert read_admin_policy(file) == AdminPolicy(model_folders=folders)


def test_a_mark_of_an_editor_does_no_harm(file: Path) -> None:
    file.write_text('network = "never"\n', "utf-8-sig")
    assert read_admin_policy(file) == AdminPolicy(is_never=True)


MALFORMED = {
    "not toml": "network = never",
    "another word": 'network = "models"',
    "a word of another type": "network = false",
    "a list as the word": 'network = ["never"]',
    "a mistyped key": 'netwrok = "never"',
    "a key of a later version": 'network = "ask"\nproxy = "x"',
    "no list": 'model_folders = "/srv/models"',
    "numbers as folders": "model_folders = [1]",
    "a relative folder": 'model_folders = ["models"]',
    "an empty folder": 'model_folders = [""]',
    "a folder with NUL": 'model_folders = ["/srv/\\u0000"]',
    "said twice": 'network = "ask"\nnetwork = "ask"',
    "nested beyond reason": "a = " + "[" * 30_000,
    "too long": "#" * 70_000,
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_file_that_cannot_be_followed_means_never_and_says_why(file: Path, text: str) -> None:
    file.write_text(text)
    policy = read_admin_policy(file)
    assert policy.is_never
    assert policy.model_folders == ()
    assert str(file) in policy.problem
    assert "stays offline" in policy.problem


def test_bytes_that_are_no_text_mean_never(file: Path) -> None:
    file.write_bytes(b'\xff\xfenetwork = "ask"')
    assert read_admin_policy(file).is_never


def test_a_folder_in_its_place_means_never(file: Path) -> None:
    file.mkdir()
    assert read_admin_policy(file).is_never


def test_a_link_to_nothing_means_never(file: Path) -> None:
    file.symlink_to(file.with_name("gone"))
    assert read_admin_policy(file).is_never


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_folder_that_cannot_be_looked_into_means_never(file: Path) -> None:
    around = file.with_name("round")
    around.symlink_to(around)
    assert read_admin_policy(around / file.name).is_never


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator enters everything")
def test_a_folder_that_may_not_be_entered_means_never(file: Path) -> None:
    closed = file.with_name("closed")
    closed.mkdir(mode=0)
    assert read_admin_policy(closed / file.name).is_never
    closed.chmod(0o700)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_in_its_place_means_never_and_does_not_block(file: Path) -> None:
    os.mkfifo(file)
    assert read_admin_policy(file).is_never


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator reads everything")
def test_a_file_that_may_not_be_read_means_never(file: Path) -> None:
    file.write_text('network = "ask"\n')
    file.chmod(0)
    assert read_admin_policy(file).is_never


def test_a_file_that_fails_to_be_read_means_never(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('network = "ask"\n')

    def refuse(self: Path, *arguments: object) -> None:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert read_admin_policy(file).is_never


def test_the_file_of_this_machine_is_found_without_the_persons_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from app.net.policy import admin_policy_path

    before = admin_policy_path()
    for name in ("HOME", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "PROGRAMDATA", "APPDATA"):
        monkeypatch.setenv(name, str(Path.cwd()))
    assert admin_policy_path() == before
    assert before.is_absolute()
