"""`ask` with the real engine, the real starter model and a real profile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import paths
from app.cli import ask
from app.cli.arguments import Arguments
from app.engine.client import Stop
from app.errors import ProfileLocked, UsageError
from app.home import Home
from app.storage.secrets import MemorySecrets

from .conftest import PASSPHRASE, ROOT, Run, environment
from .terminal import Screen

pytestmark = pytest.mark.model


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_answer_goes_to_standard_output_and_is_kept(run: Run, tmp_path: Path) -> None:
    profile = str(tmp_path / "profile")
    first = run("--profile", profile, "ask", "--max-tokens", "8", "What is the capital of France?")
    assert first.returncode == 0, first.stderr
    assert first.stdout.strip()
    assert "recovery key" in first.stderr
    second = run("--profile", profile, "ask", "--max-tokens", "4", "And of Spain?")
    assert second.returncode == 0, second.stderr
    assert "recovery key" not in second.stderr
    assert (tmp_path / "profile" / "paddock.db").read_bytes()[:15] != b"SQLite format 3"


@pytest.mark.trust
def test_temporary_writes_nothing_at_all(run: Run, tmp_path: Path) -> None:
    done = run("ask", "--temporary", "--max-tokens", "4", "Say hello.", passphrase=None)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert files_under(tmp_path / "home") == []


def test_a_wrong_passphrase_is_a_sentence_and_code_3(run: Run, tmp_path: Path) -> None:
    profile = str(tmp_path / "profile")
    assert run("--profile", profile, "ask", "--max-tokens", "1", "Hi").returncode == 0
    before = (tmp_path / "profile" / "keyfile.json").read_bytes()
    wrong = run("--profile", profile, "ask", "Hi", passphrase="something else")
    assert wrong.returncode == 3
    assert "Traceback" not in wrong.stderr
    assert wrong.stderr.strip().endswith(".")
    assert (tmp_path / "profile" / "keyfile.json").read_bytes() == before
    missing = run("--profile", profile, "ask", "Hi", passphrase=None)
    assert missing.returncode == 3
    assert "--passphrase-fd" in missing.stderr


@pytest.mark.skipif(os.name != "posix", reason="passing file descriptors on")
def test_a_passphrase_comes_from_a_file_descriptor(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, f"{PASSPHRASE}\n".encode())
    os.close(writing)
    profile = str(tmp_path / "profile")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "app", "--profile", profile),
            *("ask", "--max-tokens", "1", "--passphrase-fd", str(reading), "Hi"),
        ],
        cwd=ROOT,
        env=environment(tmp_path),
        pass_fds=(reading,),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(reading)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_bytes(b"not a model at all" * 100), "GGUF"),
        (lambda path: path.mkdir(), "folder"),
        (lambda path: os.mkfifo(path), "file"),
        (lambda path: None, "not"),
    ],
    ids=["garbage", "directory", "pipe", "missing"],
)
@pytest.mark.skipif(os.name != "posix", reason="pipes with a name")
def test_a_bad_model_file_is_a_sentence_and_code_4(run: Run, tmp_path: Path, make: object, words: str) -> None:
    assert callable(make)
    path = tmp_path / "model.gguf"
    make(path)
    done = run("ask", "--temporary", "--model", str(path), "Hi", passphrase=None)
    assert done.returncode == 4, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_empty_question_is_a_sentence_and_code_2(run: Run) -> None:
    done = run("ask", "--temporary", "-", stdin="  \n", passphrase=None)
    assert done.returncode == 2
    assert "There is no question" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="SIGINT to a process")
def test_ctrl_c_stops_the_answer_and_keeps_what_was_said(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "ask", "--temporary", "Count from one to one thousand."],
        cwd=ROOT,
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.read(1)
    process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    rest, errors = process.communicate(timeout=20)
    assert process.returncode == 130, errors
    assert rest.endswith(b"\n")
    assert b"Traceback" not in errors
    assert time.monotonic() - asked < 15


def test_without_its_keyring_a_profile_without_passphrase_says_which_key_is_left(tmp_path: Path) -> None:
    places = paths.places(tmp_path / "profile")
    made = Home(places, MemorySecrets())
    made.create().core.close()
    made.close()
    home = Home(places, MemorySecrets(is_available=False))
    try:
        with pytest.raises(ProfileLocked, match="recovery key"):
            ask.enter(home, Arguments("ask", None))
    finally:
        home.close()


def test_a_question_too_long_for_the_door_of_the_window_is_a_sentence(tmp_path: Path) -> None:
    question = "\N{LATIN SMALL LETTER E WITH ACUTE}" * (2 * 2**20)
    with pytest.raises(UsageError, match="too long"):
        ask._ask_window(paths.places(tmp_path), Arguments("ask", None), question, Stop())


@pytest.mark.skipif(os.name != "posix", reason="SIGINT")
def test_ctrl_c_at_the_passphrase_ends_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.net.tripwire.arm", lambda _policy: None)
    monkeypatch.setattr(ask, "enter", lambda _home, _arguments: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        ask.main(Arguments("ask", tmp_path / "profile", question="Hello"))


def test_the_end_of_the_terminal_at_the_prompt_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang_up(prompt: str) -> str:
        raise EOFError

    monkeypatch.delenv(ask.PASSPHRASE_VARIABLE, raising=False)
    monkeypatch.setattr(ask, "getpass", hang_up)
    monkeypatch.setattr("sys.stdin", Screen())
    for is_new in (True, False):
        with pytest.raises(ProfileLocked, match="No passphrase"):
            ask._passphrase(None, is_new=is_new)
