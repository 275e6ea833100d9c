"""What is remembered about models, in the real encrypted database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from app.models import store as model_store
from app.models.store import (
    Acceptance,
    AcceptedTerms,
    DownloadRow,
    DownloadRows,
    HubAnswers,
    VerifiedFile,
    VerifiedFiles,
)
from app.storage.database import Database
from app.storage.migrate import Migration

KEY = bytes(range(32))
SHA = "ab" * 32
# The room's own migration without those of the rooms around it, whose numbers are filled up.
MIGRATIONS = (*(Migration(number, "another room's", ()) for number in range(1, 5)), *model_store.MIGRATIONS)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "paddock.db", KEY, migrations=MIGRATIONS)
    yield opened
    opened.close()


def test_the_last_answer_to_a_question_is_the_answer(database: Database) -> None:
    answers = HubAnswers(database)
    assert answers.get("search:llama") is None
    answers.put("search:llama", "one")
    answers.put("search:llama", "two 🦙")
    answers.put("search:gemma", "three")
    assert (answers.get("search:llama"), answers.get("search:gemma")) == ("two 🦙", "three")


def test_the_oldest_answers_make_room(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_store, "MAX_ANSWERS", 3)
    clock = count(1000)
    answers = HubAnswers(database, now=lambda: float(next(clock)))
    for number in range(5):
        answers.put(f"search:{number}", "found")
    assert [answers.get(f"search:{number}") for number in range(5)] == [None, None, "found", "found", "found"]


def test_an_answer_that_is_too_long_to_be_one_is_not_kept(database: Database) -> None:
    answers = HubAnswers(database)
    answers.put("search:x", "y" * (model_store.MAX_ANSWER_CHARACTERS + 1))
    assert answers.get("search:x") is None


def test_half_a_character_does_not_stop_an_answer_from_being_kept(database: Database) -> None:
    answers = HubAnswers(database)
    answers.put("search:\ud83e", "found \ud83e")
    assert answers.get("search:\ud83e") == "found ?"


def test_downloads_keep_their_order_while_their_state_changes(database: Database) -> None:
    rows = DownloadRows(database)
    first, second = DownloadRow("1", "{}", "waiting", 10.0), DownloadRow("2", "{}", "waiting", 11.0)
    rows.put(second)
    rows.put(first)
    changed = DownloadRow("1", "{}", "failed", 99.0, "why")
    rows.put(changed)
    assert rows.all() == (DownloadRow("1", "{}", "failed", 10.0, "why"), second)
    rows.remove("1")
    rows.remove("1")
    assert rows.all() == (second,)


def test_other_words_are_other_terms(database: Database) -> None:
    clock = count(1000)
    terms = AcceptedTerms(database, now=lambda: float(next(clock)))
    terms.add("acme/tiny", "llama3.1", SHA)
    terms.add("acme/tiny", "llama3.1", SHA)
    assert terms.has("acme/tiny", "llama3.1", SHA)
    assert not terms.has("acme/tiny", "llama3.1", "cd" * 32)
    assert not terms.has("acme/other", "llama3.1", SHA)
    terms.add("acme/other", "mit", "")
    assert terms.all() == (
        Acceptance("acme/other", "mit", "", 1002.0),
        Acceptance("acme/tiny", "llama3.1", SHA, 1000.0),
    )


def test_a_checked_file_counts_while_it_is_as_it_was(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"weights")
    found = path.stat()
    files = VerifiedFiles(database, now=lambda: 1000.0)
    files.put(path, found.st_size, found.st_mtime_ns, SHA)
    known = files.get(path)
    assert known == VerifiedFile(7, found.st_mtime_ns, SHA, 1000.0)
    assert known.fits(found)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + 1))
    assert not known.fits(path.stat())
    files.forget(path)
    assert files.get(path) is None


@pytest.mark.skipif(os.name != "posix", reason="names of any bytes")
def test_a_checked_file_may_have_a_name_that_is_no_text(database: Database) -> None:
    files = VerifiedFiles(database)
    path = Path(os.fsdecode(b"/models/\xff\xfe.gguf"))
    files.put(path, 7, 8, SHA)
    assert files.get(path) is not None
    assert files.get(Path("/models/.gguf")) is None


def test_what_is_no_hash_is_not_taken_for_one(database: Database) -> None:
    files = VerifiedFiles(database)
    with pytest.raises(ValueError, match="SHA-256"):
        files.put(Path("/m"), 1, 1, "not a hash")


@pytest.mark.parametrize("damage", ["sha256 = 'x'", "size_bytes = -1"])
def test_a_damaged_row_is_as_good_as_none(database: Database, damage: str) -> None:
    files = VerifiedFiles(database)
    files.put(Path("/m"), 1, 1, SHA)
    database.write(lambda c: c.execute(f"UPDATE verified_file SET {damage}").rowcount)
    assert files.get(Path("/m")) is None
    AcceptedTerms(database).add("acme/tiny", "mit", SHA)
    database.write(lambda c: c.execute("UPDATE accepted_terms SET text_sha256 = 'x'").rowcount)
    assert AcceptedTerms(database).all() == ()
