"""Where a profile lives, and what happens when it cannot live there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from app.errors import StorageFault
from app.paths import PORTABLE_FOLDER, places, prepare, refuse_unusable


def test_a_profile_asked_for_is_used(tmp_path: Path) -> None:
    where = places(tmp_path / "büro 机密")
    assert where.database.parent == where.keyfile.parent == where.logs.parent == where.root
    prepare(where)
    assert where.root.is_dir()
    if os.name == "posix":
        assert where.root.stat().st_mode & 0o777 == 0o700


def test_the_usual_place_is_the_systems_own() -> None:
    assert places().root.name == "Paddock"


def test_a_folder_beside_a_frozen_program_makes_it_portable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / PORTABLE_FOLDER).mkdir()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "paddock"))
    assert places().root == tmp_path / PORTABLE_FOLDER


def test_a_file_in_the_way_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "profile").write_text("mine")
    with pytest.raises(StorageFault, match="is a file"):
        prepare(places(tmp_path / "profile"))
    assert (tmp_path / "profile").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence() -> None:
    with pytest.raises(StorageFault, match="cannot be made"):
        prepare(places(Path("/proc/paddock" if sys.platform.startswith("linux") else "/dev/null/paddock")))


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_links_in_a_circle_are_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    with pytest.raises(StorageFault, match="profile folder"):
        prepare(places(tmp_path / "one"))


def test_looking_at_a_place_makes_nothing(tmp_path: Path) -> None:
    refuse_unusable(places(tmp_path / "profile"))
    assert list(tmp_path.iterdir()) == []
