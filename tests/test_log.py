"""The log tells on no one."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from app import log

pytestmark = pytest.mark.trust
CANARY = "canary-7f3a"


def test_exceptions_are_logged_without_their_text(tmp_path: Path) -> None:
    log.start(tmp_path / "logs")
    try:
        raise ValueError(CANARY) from OSError(f"/home/{CANARY}.txt")
    except ValueError:
        logging.getLogger("app.somewhere").exception("an operation failed")
    finally:
        log.stop()
    text = (tmp_path / "logs" / "paddock.log").read_text("utf-8")
    assert "an operation failed" in text
    assert "ValueError" in text
    assert "OSError" in text
    assert "test_log.py" in text
    assert CANARY not in text


def test_without_a_folder_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    log.start(None)
    logging.getLogger("app.somewhere").error("anything")
    log.stop()
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_cannot_be_written_disturbs_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.start(tmp_path / "logs")
    (tmp_path / "logs").rmdir()
    logging.getLogger("app.somewhere").error("the disk is full")
    log.stop()
    assert capsys.readouterr().err == ""
