"""Promise 2: nothing is lost. The window's process is killed at random moments of an answer, and everything that
was on screen more than 0.6 s before is in the profile, which opens, with the answer marked as interrupted.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from app import paths
from app.chat.store import ChatStore
from app.chat.tree import Message
from app.home import Home
from tests.children.secret_file import FileSecrets
from tests.children.window import QUESTION

pytestmark = [
    pytest.mark.trust,
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL"),
    pytest.mark.timeout(240),
]

WINDOW = Path(__file__).resolve().parents[1] / "children" / "window.py"
KILLS_WITH_FAKE = int(os.environ.get("PADDOCK_KILLS", "16"))
KILLS_WITH_REAL = 4
MAY_BE_LOST_S = 0.6


@dataclass
class Running:
    """A window process and what it said was on screen, with times of the same clock as ours."""

    process: subprocess.Popen[bytes]
    seen: list[tuple[float, str]] = field(default_factory=list)
    engine_pid: int | None = None

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if not line.endswith(b"\n"):
                return  # cut off by the kill
            moment, text, *more = json.loads(line)
            if more:
                self.engine_pid = more[0]
            if text:
                self.seen.append((moment, text))

    def wait_for_words(self, characters: int) -> None:
        deadline = time.monotonic() + 30
        while not (self.seen and len(self.seen[-1][1]) >= characters):
            assert self.process.poll() is None, "the window ended by itself"
            assert time.monotonic() < deadline, "no words within 30 s"
            time.sleep(0.005)

    def on_screen(self, moment: float) -> str:
        return max((text for at, text in self.seen if at <= moment), key=len, default="")


@contextmanager
def running(profile: Path, kind: str) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, str(WINDOW), str(profile), str(profile.parent / "secrets.json"), kind],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    found = Running(process)
    reader = threading.Thread(target=found.read, name="paddock-test-reader")
    reader.start()
    try:
        yield found
    finally:
        process.kill()
        process.wait()
        reader.join()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def reopened(profile: Path) -> Iterator[ChatStore]:
    """The profile as a person finds it when they open it again."""
    home = Home(paths.places(profile), FileSecrets(profile.parent / "secrets.json"))
    try:
        with closing(home.open_by_keyring().core) as core:
            yield core.chats
    finally:
        home.close()


def last_answer(profile: Path) -> Message:
    with reopened(profile) as chats:
        (conversation,) = chats.conversations()
        path = chats.tree(conversation.id).path()
        assert path[0].text == QUESTION
        return path[-1]


def last_answer_text(profile: Path, question: str) -> str:
    """The stored answer to `question`."""
    with reopened(profile) as chats:
        paths_ = [chats.tree(conversation.id).path() for conversation in chats.conversations()]
    return next(path[-1].text for path in paths_ if path[0].text == question)


def kill_once(profile: Path, kind: str, after_s: float) -> None:
    with running(profile, kind) as window:
        window.wait_for_words(1)
        time.sleep(after_s)
        killed = time.monotonic()
        window.process.send_signal(signal.SIGKILL)
        window.process.wait()
    must_be_there = window.on_screen(killed - MAY_BE_LOST_S)
    answer = last_answer(profile)
    assert answer.status == "interrupted"
    assert answer.text.startswith(must_be_there)
    if after_s > 1.5:
        assert must_be_there, "a kill so late has words to lose"


@pytest.mark.parametrize("round_", range(KILLS_WITH_FAKE))
def test_words_on_screen_survive_a_kill(tmp_path: Path, round_: int) -> None:
    kill_once(tmp_path / "profile", "fake", random.Random(round_).uniform(0.05, 2.2))


@pytest.mark.model
@pytest.mark.parametrize("round_", range(KILLS_WITH_REAL))
def test_words_of_the_real_model_survive_a_kill_and_its_child_ends(tmp_path: Path, round_: int) -> None:
    with running(tmp_path / "profile", "real") as window:
        window.wait_for_words(1)
        time.sleep(random.Random(100 + round_).uniform(0.05, 1.5))
        killed = time.monotonic()
        window.process.send_signal(signal.SIGKILL)
        window.process.wait()
    answer = last_answer(tmp_path / "profile")
    assert answer.status == "interrupted"
    assert answer.text.startswith(window.on_screen(killed - MAY_BE_LOST_S))
    assert window.engine_pid is not None
    deadline = time.monotonic() + 5
    while psutil.pid_exists(window.engine_pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not psutil.pid_exists(window.engine_pid) or _is_zombie(window.engine_pid)


def test_a_polite_end_in_the_middle_of_an_answer_keeps_every_word(tmp_path: Path) -> None:
    with running(tmp_path / "profile", "fake") as window:
        window.wait_for_words(200)
        window.process.send_signal(signal.SIGTERM)
        assert window.process.wait(10) == 0
    answer = last_answer(tmp_path / "profile")
    assert answer.status == "stopped"
    assert answer.text.startswith(window.on_screen(time.monotonic()))


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
