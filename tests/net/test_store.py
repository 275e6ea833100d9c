"""The ledger keeps every request, and tells nothing that it should not know."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from app.core import MIGRATIONS
from app.errors import StorageFault
from app.net.gate import Errand
from app.net.policy import DOWNLOAD, SEARCH
from app.net.store import Ledger, LedgerRow
from app.storage.database import Database

pytestmark = pytest.mark.trust
SOME = Errand(SEARCH, "llama")


def begin(ledger: Ledger, *, errand: Errand = SOME, path: str = "/api/models", sent_bytes: int = 100) -> int:
    return ledger.begin(errand, "GET", "huggingface.co", path=path, sent_bytes=sent_bytes)


def test_a_request_is_written_down_with_when_where_and_why(ledger: Ledger) -> None:
    number = begin(ledger)
    (row,) = ledger.rows()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", row.at)
    assert row == LedgerRow(number, row.at, "search", "llama", "GET", "huggingface.co", "/api/models", 100, 0, 0, False)
    ledger.end(number, 200, 512)
    (row,) = ledger.rows()
    assert (row.status, row.received_bytes, row.is_over) == (200, 512, True)


def test_the_query_of_an_address_is_not_kept(ledger: Ledger) -> None:
    begin(ledger, path="/repos/ab?X-Amz-Signature=secret&x=/y?z")
    assert ledger.rows()[0].path == "/repos/ab"


def test_the_latest_come_first_and_page_by_page(ledger: Ledger) -> None:
    numbers = [begin(ledger) for _time in range(5)]
    first = ledger.rows(limit=2)
    assert [row.id for row in first] == numbers[:-3:-1]
    assert [row.id for row in ledger.rows(before_id=first[-1].id)] == numbers[2::-1]


def test_totals_count_everything_that_was_ever_asked(ledger: Ledger) -> None:
    assert ledger.totals() == (0, 0, 0)
    for size in (10, 2**40):
        ledger.end(begin(ledger, sent_bytes=7), 200, size)
    assert ledger.totals() == (2, 14, 2**40 + 10)


def test_progress_is_kept_for_a_request_that_never_ends(ledger: Ledger, database: Database) -> None:
    number = begin(ledger, errand=Errand(DOWNLOAD, "owner/name"))
    ledger.note(number, 206, 2**30)
    database.write(lambda connection: None)
    (row,) = ledger.rows()
    assert (row.status, row.received_bytes, row.is_over) == (206, 2**30, False)


def test_progress_that_comes_late_does_not_change_what_is_over(ledger: Ledger, database: Database) -> None:
    number = begin(ledger)
    ledger.end(number, 200, 512)
    ledger.note(number, 206, 1)
    database.write(lambda connection: None)
    assert ledger.rows()[0].received_bytes == 512


def test_rows_are_there_after_a_restart(tmp_path: Path) -> None:
    key = os.urandom(32)
    for count in (1, 2):
        database = Database.open(tmp_path / "paddock.db", key, migrations=MIGRATIONS)
        begin(Ledger(database))
        assert len(Ledger(database).rows()) == count
        database.close()


def test_a_closed_profile_begins_nothing_and_forgives_an_end(ledger: Ledger, database: Database) -> None:
    number = begin(ledger)
    database.close()
    with pytest.raises(StorageFault):
        begin(ledger)
    ledger.note(number, 200, 1)
    ledger.end(number, 200, 1)


def test_odd_subjects_are_kept_as_far_as_they_are_text(ledger: Ledger) -> None:
    begin(ledger, errand=Errand(SEARCH, "half \ud83d" + "x" * 5_000))
    assert ledger.rows()[0].subject.startswith("half ?xxx")
    assert len(ledger.rows()[0].subject) == 2_048
