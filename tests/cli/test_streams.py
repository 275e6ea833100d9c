"""Standard streams that are closed, full, abandoned or of another alphabet: a process each, as a person has it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT, environment

pytestmark = pytest.mark.skipif(os.name != "posix", reason="descriptors of a POSIX shell")


def shell(script: str, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `script` under sh; `paddock` in it is the app."""
    return subprocess.run(
        ["/bin/sh", "-c", f'paddock() {{ "{sys.executable}" -m app "$@"; }}\n{script}'],
        cwd=ROOT,
        env=environment(home) | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.model
def test_a_reader_who_leaves_stops_the_answer_and_is_no_traceback(tmp_path: Path) -> None:
    done = shell(
        "{ paddock ask --temporary 'Count from one to one thousand.'; echo code $? >&2; } | head -c1",
        tmp_path,
    )
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines() == [
        "Standard output takes no more words, so the answer was stopped.",
        "code 1",
    ]


@pytest.mark.model
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
def test_a_full_disk_behind_standard_output_is_a_sentence_and_the_chat_is_kept(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    given = {"PADDOCK_PASSPHRASE": "correct horse"}
    done = shell(f"paddock --profile '{profile}' ask --max-tokens 9 Hello >/dev/full", tmp_path, **given)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "went wrong inside" not in done.stderr
    assert done.stderr.strip().endswith("so the answer was stopped.")
    assert shell("paddock doctor >/dev/full", tmp_path).returncode == 1
    assert shell("paddock ask '' 2>/dev/full", tmp_path).returncode == 2


@pytest.mark.model
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_lead_to_nothing(tmp_path: Path, closed: str) -> None:
    done = shell(f"paddock ask --temporary --max-tokens 2 Hello {closed}", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_a_question_or_a_passphrase_from_a_closed_stream_is_a_sentence(tmp_path: Path) -> None:
    question = shell("paddock ask --temporary - <&-", tmp_path)
    assert (question.returncode, "There is no question" in question.stderr) == (2, True)
    passphrase = shell(f"paddock --profile '{tmp_path}/p' ask Hello <&-", tmp_path)
    assert (passphrase.returncode, "needs a passphrase" in passphrase.stderr) == (3, True)


@pytest.mark.model
def test_a_terminal_without_the_letters_gets_question_marks(tmp_path: Path) -> None:
    profile = tmp_path / "p\u00e9"
    profile.mkdir()
    (profile / "keyfile.json").write_text("damaged")
    ascii_only = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii:strict"}
    done = shell(f"paddock --profile '{profile}' doctor", tmp_path, **ascii_only)
    assert "Traceback" not in done.stderr
    assert f"Profile    {tmp_path}/p?" in done.stdout


def test_the_letters_of_a_question_survive_a_plain_locale(tmp_path: Path) -> None:
    program = "import json, sys; from app.cli.ask import _question; print(json.dumps(_question(sys.argv[1])))"
    plain = environment(tmp_path) | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    said = subprocess.run(
        [sys.executable, "-c", program, "caf\u00e9?".encode()], cwd=ROOT, env=plain, capture_output=True, check=True
    )
    assert json.loads(said.stdout) == "caf\u00e9?"
