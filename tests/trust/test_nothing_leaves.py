"""Promise 1: nothing leaves the machine, and nothing is left lying about on it. Real engine, real profile."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
WINDOW = ROOT / "tests" / "children" / "window.py"
PASSPHRASE = "canary passphrase 8c1d"
CANARY = "canary-prompt-5b2e"
INTERNET = re.compile(r"\bAF_INET6?\b|\bAF_NETLINK\b|\bAF_PACKET\b")

pytestmark = [
    pytest.mark.trust,
    pytest.mark.model,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="strace, unshare and /proc are Linux"),
]


def environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LD_LIBRARY_PATH")}
    return kept | {
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "PADDOCK_PASSPHRASE": PASSPHRASE,
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / "tmp").mkdir(parents=True)
    return tmp_path / "home"


def ask(home: Path, *before: str) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-m", "app", "ask", "--max-tokens", "6", f"Say {CANARY} backwards."]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_chat_opens_no_internet_socket(home: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    done = ask(home, "strace", "-f", "-qq", "-e", "trace=socket,connect,bind,sendto,sendmsg", "-o", str(trace))
    assert done.returncode == 0, done.stderr
    lines = trace.read_text("utf-8", errors="replace").splitlines()
    refused = [line for line in lines if INTERNET.search(line) and "EACCES" in line]
    opened = [line for line in lines if INTERNET.search(line) and "EACCES" not in line]
    assert opened == []
    assert refused, "the engine child's own test of its guard should be visible here"


def test_a_chat_works_with_the_network_unplugged(home: Path) -> None:
    unplug = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    can_unplug = shutil.which("unshare") and not subprocess.run([*unplug, "true"], check=False).returncode
    if not can_unplug:
        pytest.skip("this system does not let us unplug a process")
    done = ask(home, *unplug)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_words_of_a_chat_are_found_nowhere_on_the_disk(home: Path) -> None:
    done = ask(home)
    assert done.returncode == 0, done.stderr
    written = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.name == "paddock.db" for path in written)
    for path in written:
        content = path.read_bytes()
        assert not content.startswith(b"SQLite format 3"), path.name
        for secret in (CANARY, PASSPHRASE):
            assert secret.encode() not in content, path.name
            assert secret.encode("utf-16-le") not in content, path.name


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_window_too_opens_no_internet_socket_and_leaves_no_words(home: Path, tmp_path: Path) -> None:
    """The window that the kill tests use, until the first words of an answer; then it is closed as by a person."""
    trace = tmp_path / "trace"
    profile = home / "profile"
    calls = "trace=socket,connect,bind,sendto,sendmsg"
    process = subprocess.Popen(
        [
            *("strace", "-f", "-qq", "-e", calls, "-o", str(trace)),
            *(sys.executable, str(WINDOW), str(profile), str(tmp_path / "secrets.json"), "real"),
        ],
        env=environment(home) | {"QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        words = next(text for _moment, text, *_more in map(json.loads, process.stdout) if len(text) > 30)
    finally:
        for child in psutil.Process(process.pid).children():
            child.terminate()
        process.stdout.read()
        process.wait(30)
        process.stdout.close()
    opened = [line for line in trace.read_text("utf-8", errors="replace").splitlines() if INTERNET.search(line)]
    assert opened
    assert all("EACCES" in line for line in opened), "only the engine's own test of its guard may be seen, refused"
    for path in (path for path in home.rglob("*") if path.is_file()):
        content = path.read_bytes()
        for text in ("crosses the Andes", words[:30]):
            assert text.encode() not in content, path.name
            assert text.encode("utf-16-le") not in content, path.name


def test_files_of_a_profile_are_private_to_their_owner(home: Path) -> None:
    assert ask(home).returncode == 0
    for path in (home / "data").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path.name
