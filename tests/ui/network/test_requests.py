"""The list of requests over a real ledger: what was written down is what is shown, copied and saved."""

from __future__ import annotations

import csv
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.core import MIGRATIONS
from app.errors import StorageFault
from app.net.gate import Errand
from app.net.policy import DOWNLOAD, SEARCH
from app.net.store import Ledger
from app.storage.database import Database
from app.ui.bridge import Bridge
from app.ui.network import requests
from app.ui.network.ledger_dialog import LedgerDialog
from app.ui.network.requests import PAGE_ROWS, Requests, every_row, save
from app.ui.theme import Theme


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    database = Database.open(tmp_path / "profile" / "paddock.db", os.urandom(32), migrations=MIGRATIONS)
    yield Ledger(database)
    database.close()


@pytest.fixture
def shown(qtbot: QtBot, theme: Theme, ledger: Ledger) -> Iterator[Requests]:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1_000, 700)
    bridge = Bridge(window)
    yield Requests(ledger, bridge, theme, host="huggingface.co", parent=window)
    assert bridge.close(5.0)
    window.close()


def ask(ledger: Ledger, count: int) -> None:
    for number in range(count):
        ledger.begin(Errand(SEARCH, f"words {number}"), "GET", "huggingface.co", path="/api/models", sent_bytes=100)


def opened(qtbot: QtBot, shown: Requests) -> LedgerDialog:
    shown.show()
    qtbot.waitUntil(lambda: shown.dialog is not None)
    assert shown.dialog is not None
    return shown.dialog


def test_every_request_can_be_reached_by_scrolling(qtbot: QtBot, shown: Requests, ledger: Ledger) -> None:
    ask(ledger, PAGE_ROWS + 20)
    dialog = opened(qtbot, shown)
    assert dialog.totals.text() == f"{PAGE_ROWS + 20} requests, 52 kB sent, 0 bytes received"
    dialog.list.scrollToBottom()
    qtbot.waitUntil(lambda: len(dialog.list.items.rows) == PAGE_ROWS + 20)
    assert tuple(dialog.list.items.rows) == ledger.rows(PAGE_ROWS + 20)
    dialog.close()
    assert shown.dialog is None


def test_a_request_that_is_answered_meanwhile_is_shown_as_answered(
    qtbot: QtBot, shown: Requests, ledger: Ledger
) -> None:
    errand = Errand(DOWNLOAD, "someone/model")
    number = ledger.begin(errand, "GET", "huggingface.co", path="/a.gguf", sent_bytes=100)
    dialog = opened(qtbot, shown)
    assert not dialog.list.items.rows[0].is_over
    ledger.end(number, 200, 4_096)
    shown.refresh()
    qtbot.waitUntil(lambda: dialog.list.items.rows[0].is_over)
    assert "4 kB received" in dialog.totals.text()
    dialog.close()


def test_all_requests_are_saved_as_csv_for_their_owner_only(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "PAGE_ROWS", 3)
    ask(ledger, 10)
    assert tuple(every_row(ledger)) == ledger.rows()
    path = tmp_path / "requests.csv"
    save(ledger, path)
    with path.open(encoding="utf-8", newline="") as file:
        assert [line["subject"] for line in csv.DictReader(file)] == [f"words {number}" for number in range(9, -1, -1)]
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_takes_no_file_is_said(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(StorageFault, match="could not be saved"):
        save(ledger, tmp_path / "nowhere" / "requests.csv")
