"""A second program on the same profile: it raises the window, or hands over its question, or says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .test_kill import last_answer_text, running

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the window child of these tests is ended by signals")


def start(profile: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", "--profile", str(profile), *arguments],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "PADDOCK_PASSPHRASE": "not needed"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_second_window_raises_the_first_and_ends(tmp_path: Path) -> None:
    with running(tmp_path / "profile", "fake") as window:
        window.wait_for_words(1)
        second = start(tmp_path / "profile")
        assert second.returncode == 0, second.stderr
        assert window.process.poll() is None


def test_a_quick_question_is_asked_in_the_paddock_that_runs(tmp_path: Path) -> None:
    with running(tmp_path / "profile", "fake") as window:
        window.wait_for_words(1)
        second = start(tmp_path / "profile", "quick", "How late is it?")
        assert second.returncode == 0, second.stderr
        assert window.process.poll() is None


def test_a_question_from_the_command_line_is_answered_by_the_open_window(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    with running(profile, "brief") as window:
        window.wait_for_words(1)
        asked = start(profile, "ask", "--max-tokens", "5", "And from here?")
        assert asked.returncode == 0, asked.stderr
        assert asked.stdout.startswith("Word0")
        assert len(asked.stdout) < 100
    assert last_answer_text(profile, "And from here?") == asked.stdout.rstrip("\n")


def test_another_model_for_an_open_profile_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with running(tmp_path / "profile", "fake") as window:
        window.wait_for_words(1)
        asked = start(tmp_path / "profile", "ask", "--model", "other.gguf", "And from here?")
    assert asked.returncode == 6
    assert "--temporary" in asked.stderr
