"""Copies of files: whole and checked, or nothing; and the sentences for disks that cannot take them."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from app.errors import Cancelled, ModelFault, StorageFault, Untrustworthy
from app.models.shelf import copying
from app.models.shelf.copying import Source, Work
from app.models.shelf.manifest import ManifestFile
from tests.models import stocked
from tests.models.stocked import Watched

DATA = bytes(range(256)) * 40


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "source").write_bytes(DATA)
    return Source(tmp_path / "source")


def work(progress: Watched) -> Work:
    return Work(len(DATA), progress, progress.stop)


@pytest.mark.parametrize("piece_bytes", [1, 1000, len(DATA), 2 * len(DATA)])
def test_a_copy_is_the_file_and_its_hash(
    source: Source, tmp_path: Path, piece_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "PIECE_BYTES", piece_bytes)
    monkeypatch.setattr(copying, "SYNC_BYTES", 5000)
    progress = Watched()
    copied = copying.copy(source, tmp_path / "copy", len(DATA), work(progress))
    assert (tmp_path / "copy").read_bytes() == DATA
    assert copied == ManifestFile("copy", len(DATA), hashlib.sha256(DATA).hexdigest())
    assert copying.hash_of(source, len(DATA), work(Watched())) == copied.sha256
    assert progress.told[-1] == (len(DATA), len(DATA))


@pytest.mark.parametrize("announced_bytes", [0, len(DATA) - 1, len(DATA) + 1])
def test_a_file_of_another_size_leaves_nothing(source: Source, tmp_path: Path, announced_bytes: int) -> None:
    with pytest.raises(Untrustworthy):
        copying.copy(source, tmp_path / "copy", announced_bytes, work(Watched()))
    assert not (tmp_path / "copy").exists()


def test_a_file_of_another_content_leaves_nothing(source: Source, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(Untrustworthy):
        copying.copy_checked(source, folder, ManifestFile("copy", len(DATA), "0" * 64), work(Watched()))
    assert list(folder.iterdir()) == []


def test_a_stop_leaves_nothing(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "PIECE_BYTES", 1000)
    progress = Watched(most=3000)
    with pytest.raises(Cancelled):
        copying.copy(source, tmp_path / "copy", len(DATA), work(progress))
    assert progress.told[-1][0] == 3000
    assert not (tmp_path / "copy").exists()


def test_what_is_there_is_never_overwritten(source: Source, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("mine")
    (tmp_path / "link").symlink_to("copy")
    for target in (tmp_path / "copy", tmp_path / "link"):
        with pytest.raises(StorageFault, match="already"):
            copying.copy(source, target, len(DATA), work(Watched()))
    assert (tmp_path / "copy").read_text() == "mine"


def test_links_are_followed_only_where_that_is_said(source: Source, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("source")
    with pytest.raises(ModelFault):
        copying.copy(Source(tmp_path / "link"), tmp_path / "copy", len(DATA), work(Watched()))
    assert not (tmp_path / "copy").exists()
    copying.copy(Source(tmp_path / "link", is_link_followed=True), tmp_path / "copy", len(DATA), work(Watched()))
    assert (tmp_path / "copy").read_bytes() == DATA


@pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
@pytest.mark.timeout(10)
def test_nothing_but_a_file_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "pipe", tmp_path / "folder", tmp_path / "none", Path("/dev/zero")):
        with pytest.raises(ModelFault):
            copying.hash_of(Source(path), 10, work(Watched()))


def break_off(home: Path) -> None:
    """A copy that gets as far as its first file."""
    with copying.staging(home) as staging:
        (staging / "file").write_bytes(DATA)
        raise RuntimeError


def test_a_staging_folder_takes_its_name_or_goes(tmp_path: Path) -> None:
    home = tmp_path / "owner" / "name" / "home"
    with pytest.raises(RuntimeError):
        break_off(home)
    assert list(tmp_path.iterdir()) == []
    with copying.staging(home) as staging:
        (staging / "file").write_bytes(DATA)
        assert not home.exists()
    assert stocked.content(tmp_path) == {"owner/name/home/file": DATA}


def test_folders_that_were_there_stay_when_a_copy_fails(tmp_path: Path) -> None:
    (tmp_path / "owner").mkdir()
    with pytest.raises(RuntimeError):
        break_off(tmp_path / "owner" / "name" / "home")
    assert [path.name for path in tmp_path.rglob("*")] == ["owner"]


def test_a_link_in_the_place_of_a_staging_folder_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "file").write_bytes(DATA)
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    assert copying.remove_flat(tmp_path / "link") == 0
    assert stocked.content(tmp_path / "victim") == {"file": DATA}
    assert copying.remove_flat(tmp_path / "victim") == len(DATA)
    assert not (tmp_path / "victim").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of that kind are POSIX")
def test_a_file_system_with_a_limit_on_files_is_explained(source: Source, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN  # Python's own choice
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, before[1]))
    try:
        with pytest.raises(StorageFault, match="FAT32"):
            copying.copy(source, tmp_path / "copy", len(DATA), work(Watched()))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "copy").exists()


def test_fat_is_told_before_anything_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "file_system_of", lambda folder: "vfat")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10**12, 0, 10**12))
    copying.require_room(tmp_path, (2**32 - 1, 2**32 - 1))
    with pytest.raises(StorageFault, match="more than 4 GB"):
        copying.require_room(tmp_path, (7, 2**32))


def test_the_kind_of_a_file_system_is_read_from_the_kernels_list(tmp_path: Path) -> None:
    mounts = (
        "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext4 /dev/root rw\n"
        "90 35 8:17 / /media/a\\040stick rw,nosuid - vfat /dev/sdb1 rw,uid=1000\n"
        "bad line\n"
    )
    assert copying.file_system_in(mounts, "8:17") == "vfat"
    assert copying.file_system_in(mounts, "98:0") == "ext4"
    assert copying.file_system_in(mounts, "8:1") == ""
    with stocked.mounted(tmp_path / "memory", "size=1m") as memory:
        assert copying.file_system_of(memory) == "tmpfs"
