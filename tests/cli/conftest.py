"""Running `python -m app` as a person does: a process, its output, its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "correct horse battery"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(home: Path) -> dict[str, str]:
    """Like a person's, with a home of its own, no keyring and no screen."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "SYSTEMROOT", "LD_LIBRARY_PATH")}
    return kept | {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the app to its end; keyword `passphrase` goes into the environment."""
    home = tmp_path / "home"
    home.mkdir()

    def call(
        *arguments: str, passphrase: str | None = PASSPHRASE, stdin: str | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        given = environment(home) | variables
        if passphrase is not None:
            given["PADDOCK_PASSPHRASE"] = passphrase
        return subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            cwd=ROOT,
            env=given,
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return call
