"""Where models are kept: the folder of now, those of before, and the profile's own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from app.errors import ModelFault, StorageFault
from app.models.shelf.folders import ModelFolders
from app.settings import MOST_OLDER_FOLDERS, Settings
from tests.models.hub.test_token import Kept


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def folders(tmp_path: Path, kept: Kept) -> ModelFolders:
    return ModelFolders(Settings(kept), tmp_path / "usual")


def made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def test_at_first_there_is_only_the_profiles_own_which_nobody_has_made_yet(folders: ModelFolders) -> None:
    assert folders.current() == folders.usual
    assert folders.all() == (folders.usual,)
    assert not folders.usual.exists()


def test_a_folder_of_choice_comes_first_and_those_before_it_still_count(folders: ModelFolders, tmp_path: Path) -> None:
    first, second = made(tmp_path / "first"), made(tmp_path / "second")
    folders.choose(first)
    folders.choose(second)
    assert folders.current() == second
    assert folders.all() == (second, first, folders.usual)


def test_a_choice_is_there_again_after_a_restart(folders: ModelFolders, kept: Kept, tmp_path: Path) -> None:
    folders.choose(made(tmp_path / "drive"))
    again = ModelFolders(Settings(kept), folders.usual)
    assert again.all() == folders.all()


def test_the_way_back_to_the_usual_one(folders: ModelFolders, tmp_path: Path) -> None:
    drive = made(tmp_path / "drive")
    for way_back in (None, made(folders.usual)):
        folders.choose(drive)
        folders.choose(way_back)
        assert folders.current() == folders.usual
        assert folders.all() == (folders.usual, drive)


def test_the_same_folder_chosen_again_is_listed_once(folders: ModelFolders, tmp_path: Path) -> None:
    drive = made(tmp_path / "drive")
    folders.choose(drive)
    folders.choose(drive)
    assert folders.all() == (drive, folders.usual)


def test_a_folder_that_a_model_was_moved_to_counts_without_being_chosen(folders: ModelFolders, tmp_path: Path) -> None:
    folders.remember(tmp_path / "drive")
    folders.remember(folders.usual)
    assert folders.current() == folders.usual
    assert folders.all() == (folders.usual, tmp_path / "drive")


def test_only_so_many_of_those_before_are_remembered(folders: ModelFolders, tmp_path: Path) -> None:
    for number in range(MOST_OLDER_FOLDERS + 3):
        folders.choose(made(tmp_path / str(number)))
    older = folders.all()[1:-1]
    assert len(older) == MOST_OLDER_FOLDERS
    assert older[0] == tmp_path / str(MOST_OLDER_FOLDERS + 1), "the latest"


def test_a_folder_that_is_not_there_or_no_folder_is_refused(folders: ModelFolders, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(ModelFault, match="Nothing can be written"):
            folders.choose(path)
    assert folders.all() == (folders.usual,)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root and Windows may write to it")
def test_a_folder_that_may_not_be_written_to_is_refused(folders: ModelFolders, tmp_path: Path) -> None:
    drive = made(tmp_path / "drive")
    drive.chmod(0o500)
    with pytest.raises(ModelFault, match="Nothing can be written"):
        folders.choose(drive)


def test_the_profiles_own_folder_is_made_when_a_model_is_about_to_come(folders: ModelFolders) -> None:
    assert folders.ready() == folders.usual
    assert folders.usual.is_dir()


def test_a_folder_whose_drive_is_gone_is_told_and_never_made_up(folders: ModelFolders, tmp_path: Path) -> None:
    drive = made(tmp_path / "drive")
    folders.choose(drive)
    assert folders.ready() == drive
    drive.rmdir()
    with pytest.raises(StorageFault, match="not connected"):
        folders.ready()
    assert not drive.exists()
