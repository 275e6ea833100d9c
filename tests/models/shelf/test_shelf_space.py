"""Space on disks: moving models between them, what is taken on each, and giving back what nobody goes on with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import Cancelled, DiskFull, ModelFault, PaddockError, StorageFault
from app.models.fetch.staging import Staging
from app.models.shelf import copying, manifest
from app.models.shelf.shelf import Shelf, Shelved
from tests.models import forge, stocked
from tests.models.stocked import HOME_NAME, NEVER, Watched, ignore


@pytest.fixture
def kept(tmp_path: Path, models: Path) -> Iterator[Shelf]:
    with stocked.opened_shelf(tmp_path, models, tmp_path / "older") as made:
        yield made


def only(kept: Shelf) -> Shelved:
    (model,) = kept.all()
    return model


def checked(kept: Shelf) -> Shelved:
    """The only model, after its bytes were read."""
    assert kept.verify(only(kept), ignore, NEVER).is_right
    return only(kept)


class TestMove:
    def test_within_a_file_system_it_is_the_same_file(self, kept: Shelf, models: Path, tmp_path: Path) -> None:
        home = stocked.put(models, parts=2)
        before, inode = stocked.content(home), (home / "LICENSE").stat().st_ino
        path = kept.move(checked(kept), tmp_path / "older", ignore, NEVER)
        new_home = tmp_path / "older" / stocked.REPOSITORY / HOME_NAME
        assert path == new_home / "Llama-Q4_K_M-00001-of-00002.gguf"
        assert stocked.content(new_home) == before
        assert (new_home / "LICENSE").stat().st_ino == inode
        assert list(models.iterdir()) == []
        assert only(kept).state == "ready"

    def test_to_where_it_is_already_nothing_changes(self, kept: Shelf, models: Path, tmp_path: Path) -> None:
        stocked.put(models)
        (tmp_path / "link").symlink_to(models)
        model = checked(kept)
        for folder in (models, tmp_path / "link"):
            assert kept.move(model, folder, ignore, NEVER) == model.path
            assert only(kept) == model

    def test_to_another_disk_it_is_copied_and_checked(self, tmp_path: Path, models: Path) -> None:
        home = stocked.put(models, parts=2)
        before = stocked.content(home)
        with (
            stocked.mounted(tmp_path / "stick", "size=64m") as stick,
            stocked.opened_shelf(tmp_path, models, stick) as kept,
        ):
            progress = Watched()
            path = kept.move(only(kept), stick / "models", progress, NEVER)
            assert stocked.content(path.parent) == before
            assert list(models.iterdir()) == []
            assert progress.told[-1][0] == progress.told[-1][1]
            assert only(kept).state == "ready"

    def test_a_stop_on_the_way_leaves_the_old_one_whole(
        self, tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(copying, "PIECE_BYTES", 1000)
        before = stocked.content(stocked.put(models).parent)
        with stocked.mounted(tmp_path / "stick", "size=64m") as stick, stocked.opened_shelf(tmp_path, models) as kept:
            progress = Watched(most=50_000)
            with pytest.raises(Cancelled):
                kept.move(only(kept), stick, progress, progress.stop)
            assert progress.told[-1][0] == 50_000
            assert stocked.content(models / stocked.REPOSITORY) == before
            assert list(stick.iterdir()) == []

    def test_a_damaged_model_does_not_travel(self, tmp_path: Path, models: Path) -> None:
        home = stocked.put(models)
        stocked.spoil(home / "Llama-Q4_K_M.gguf")
        with stocked.mounted(tmp_path / "stick", "size=64m") as stick, stocked.opened_shelf(tmp_path, models) as kept:
            with pytest.raises(PaddockError, match="not what its manifest says"):
                kept.move(only(kept), stick, ignore, NEVER)
            assert list(stick.iterdir()) == []
            assert (home / "Llama-Q4_K_M.gguf").is_file()

    def test_a_small_disk_is_refused_before_a_byte_is_written(self, tmp_path: Path, models: Path) -> None:
        stocked.put(models)
        with stocked.mounted(tmp_path / "stick", "size=1m") as stick, stocked.opened_shelf(tmp_path, models) as kept:
            progress = Watched()
            with pytest.raises(DiskFull, match="not enough room"):
                kept.move(only(kept), stick, progress, NEVER)
            assert progress.told == []
            assert list(stick.iterdir()) == []

    def test_what_is_there_already_is_not_replaced(self, kept: Shelf, models: Path, tmp_path: Path) -> None:
        stocked.put(models)
        other = stocked.put(tmp_path / "older", title="Other")
        before = stocked.content(other)
        model = next(model for model in kept.all() if model.title == "A Llama")
        with pytest.raises(StorageFault, match="already"):
            kept.move(model, tmp_path / "older", ignore, NEVER)
        assert stocked.content(other) == before
        assert model.path.is_file()

    def test_a_drive_that_is_not_there_is_not_made_up_for(self, kept: Shelf, models: Path, tmp_path: Path) -> None:
        stocked.put(models)
        with pytest.raises(StorageFault, match="not there"):
            kept.move(only(kept), tmp_path / "unplugged" / "models", ignore, NEVER)
        assert not (tmp_path / "unplugged").exists()
        assert only(kept).path.is_file()


class TestDiskUse:
    def test_models_and_unfinished_downloads_are_counted_apart(self, kept: Shelf, models: Path, tmp_path: Path) -> None:
        home = stocked.put(models)
        forge.llama(models / "mine.gguf")
        staging = manifest.staging_of(home.with_name("Other-01234567"))
        staging.mkdir()
        (staging / "Other.gguf.0123456789abcdef.part").write_bytes(bytes(1234))
        current, older = kept.disk_use().folders
        on_disk = sum(map(len, stocked.content(home).values())) - (home / manifest.NAME).stat().st_size
        assert current.model_bytes == on_disk + (models / "mine.gguf").stat().st_size
        assert current.unfinished_bytes == 1234
        assert 0 < current.free_bytes < current.total_bytes
        assert (older.folder, older.is_there, older.model_bytes) == (tmp_path / "older", True, 0)

    def test_a_drive_that_is_gone_is_told(self, tmp_path: Path) -> None:
        with stocked.opened_shelf(tmp_path, tmp_path / "unplugged" / "models") as kept:
            assert [use.is_there for use in kept.disk_use().folders] == [False]


class TestUnfinished:
    def test_only_what_nobody_goes_on_with(self, kept: Shelf, models: Path) -> None:
        home = stocked.put(models)
        going_on, left = (manifest.staging_of(home.with_name(f"{name}-01234567")) for name in "ab")
        copied = home.with_name("c-01234567.89abcdef.part")
        for folder in (going_on, left, copied):
            folder.mkdir()
            (folder / "x.part").write_bytes(bytes(100))
        assert kept.unfinished((going_on,)) == (left, copied)
        assert kept.delete_unfinished(left) == 100
        assert kept.delete_unfinished(copied) == 100
        assert not left.exists()
        assert home.is_dir()
        assert kept.unfinished() == (going_on,)

    def test_other_folders_are_never_removed(self, kept: Shelf, models: Path, tmp_path: Path) -> None:
        home = stocked.put(models)
        outside = tmp_path / "a-01234567.part"
        outside.mkdir()
        (home.parent / "linked-01234567.part").symlink_to(outside)
        persons = [home, home.parent, models, outside, home.parent / "linked-01234567.part", models / "x-01234567.part"]
        persons[-1].mkdir()
        for folder in persons:
            with pytest.raises(ModelFault):
                kept.delete_unfinished(folder)
            assert folder.exists()

    def test_what_another_paddock_downloads_into_stays(self, kept: Shelf, models: Path) -> None:
        home = manifest.home_of(models, stocked.REPOSITORY, "Llama", stocked.COMMIT)
        staging = Staging(home)
        with staging.held():
            (staging.folder / "Llama.gguf.0123456789abcdef.part").write_bytes(bytes(100))
            with pytest.raises(StorageFault, match="Another Paddock"):
                kept.delete_unfinished(staging.folder)
            assert len(stocked.content(models)) >= 1
        assert kept.delete_unfinished(staging.folder) == 100
        assert list(models.iterdir()) == []

    def test_a_copy_that_is_deleted_under_way_cannot_finish_with_half_of_its_files(
        self, kept: Shelf, models: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home, copies, remove = models / "o" / "n" / "a-01234567", contextlib.ExitStack(), copying.remove_flat
        staging = copies.enter_context(copying.staging(home))
        (staging / "first").write_bytes(bytes(100))

        def finish_just_then(folder: Path) -> int:
            monkeypatch.setattr(copying, "remove_flat", remove)
            with pytest.raises(StorageFault):
                copies.close()
            return remove(folder)

        monkeypatch.setattr(copying, "remove_flat", finish_just_then)
        assert kept.delete_unfinished(staging) == 100
        assert list(models.iterdir()) == []

    def test_a_folder_inside_stays_with_what_is_in_it(self, kept: Shelf, models: Path) -> None:
        staging = models / "o" / "n" / "a-01234567.part"
        (staging / "persons").mkdir(parents=True)
        (staging / "persons" / "thesis.txt").write_text("mine")
        with pytest.raises(StorageFault):
            kept.delete_unfinished(staging)
        assert (staging / "persons" / "thesis.txt").read_text() == "mine"
