from __future__ import annotations

from pathlib import Path

from app.models.shelf.titles import Titles
from tests.models.hub.test_token import Kept

BLOB = Path("/models/blobs/sha256-abc")
FILE = Path("/models/Llama-3.1-8B-Q4_K_M.gguf")


def test_a_file_is_called_by_its_name_until_it_has_a_title() -> None:
    titles = Titles(Kept())
    assert titles.of(FILE) == "Llama-3.1-8B-Q4_K_M"
    titles.keep(BLOB, "llama3.1:8b")
    assert titles.of(BLOB) == "llama3.1:8b"


def test_titles_outlive_a_restart_and_can_be_forgotten() -> None:
    kept = Kept()
    Titles(kept).keep(BLOB, "llama3.1:8b")
    again = Titles(kept)
    assert again.of(BLOB) == "llama3.1:8b"
    again.forget(BLOB)
    assert again.of(BLOB) == "sha256-abc"
    assert kept == {}


def test_a_title_that_is_the_files_own_name_takes_no_room() -> None:
    kept = Kept()
    titles = Titles(kept)
    titles.keep(FILE, "Llama-3.1-8B-Q4_K_M")
    assert kept == {}
