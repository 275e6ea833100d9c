"""The shelf: what is in the folders is told and never crashed on, and only what Paddock put there is ever changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import Cancelled, ModelFault, StorageFault
from app.models.shelf import copying, manifest, shelf, shelves
from app.models.shelf.shelf import Shelf, Shelved
from tests.models import forge, stocked
from tests.models.conftest import Cost
from tests.models.stocked import HOME_NAME, NEVER, Watched, ignore


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir()
    return folder


@pytest.fixture
def kept(tmp_path: Path, models: Path, shared: Path) -> Iterator[Shelf]:
    with stocked.opened_shelf(tmp_path, models, tmp_path / "older", shared=(shared,)) as made:
        yield made


def only(kept: Shelf) -> Shelved:
    (model,) = kept.all()
    return model


def checked(kept: Shelf) -> Shelved:
    """The only model, after its bytes were read."""
    assert kept.verify(only(kept), ignore, NEVER).is_right
    return only(kept)


def only_home(models: Path) -> Path:
    (found,) = models.rglob(manifest.NAME)
    return found.parent


class TestWhatIsThere:
    def test_nothing_yet(self, kept: Shelf) -> None:
        assert kept.all() == ()

    def test_a_model_with_its_manifest(self, kept: Shelf, models: Path) -> None:
        home = stocked.put(models, parts=3)
        model = only(kept)
        assert model.path == home / "Llama-Q4_K_M-00001-of-00003.gguf"
        assert (model.title, model.kind, model.is_ours, model.added) == ("A Llama", "chat", True, "2026-07-01")
        assert model.size_bytes == sum(path.stat().st_size for path in home.glob("*.gguf"))
        assert model.state == "unverified"
        assert "not been checked" in model.words

    def test_a_checked_model_is_ready_and_stays_so_for_the_next_start(self, tmp_path: Path, models: Path) -> None:
        stocked.put(models)
        with stocked.opened_shelf(tmp_path, models) as kept:
            assert (checked(kept).state, only(kept).words) == ("ready", "")
        with stocked.opened_shelf(tmp_path, models) as kept:
            assert only(kept).state == "ready"

    def test_the_current_folder_comes_first_then_titles(self, kept: Shelf, tmp_path: Path, models: Path) -> None:
        stocked.put(tmp_path / "older", "o/a", title="Aardvark")
        stocked.put(models, "o/z", title="zebra")
        stocked.put(models, "o/b", title="Bear")
        assert [model.title for model in kept.all()] == ["Bear", "zebra", "Aardvark"]

    def test_a_folder_given_twice_counts_once(self, tmp_path: Path, models: Path) -> None:
        stocked.put(models)
        (tmp_path / "again").symlink_to(models)
        with stocked.opened_shelf(tmp_path, models, tmp_path / "again", models, shared=(models,)) as kept:
            assert len(kept.all()) == 1
            assert len(kept.disk_use().folders) == 1

    def test_a_file_of_the_persons_own_is_shown_and_not_ours(self, kept: Shelf, models: Path) -> None:
        forge.llama(models / "mine.gguf", parts=2)
        model = only(kept)
        assert (model.path.name, model.kind, model.is_ours) == ("mine-00001-of-00002.gguf", "chat", False)
        assert model.state == "unverified"

    def test_a_missing_part_is_told(self, kept: Shelf, models: Path) -> None:
        home = stocked.put(models, parts=3)
        (home / "Llama-Q4_K_M-00001-of-00003.gguf").unlink()
        assert (only(kept).state, only(kept).words) == ("missing", "1 file of this model is missing.")
        own = forge.llama(models / "mine.gguf", parts=2)
        own.unlink()
        states = {model.title: model.state for model in kept.all()}
        assert states == {"A Llama": "missing", "mine": "missing"}

    def test_another_size_than_the_manifests_is_a_change_before_any_check(self, kept: Shelf, models: Path) -> None:
        path = stocked.put(models) / "Llama-Q4_K_M.gguf"
        os.truncate(path, path.stat().st_size + 1)
        assert only(kept).state == "changed"

    def test_another_size_or_time_is_a_change(self, kept: Shelf, models: Path) -> None:
        path = stocked.put(models) / "Llama-Q4_K_M.gguf"
        checked(kept)
        os.utime(path, ns=(1, 1))
        assert only(kept).state == "changed"
        assert checked(kept).state == "ready"
        with path.open("ab") as file:
            file.write(b"\0")
        assert only(kept).state == "changed"

    @pytest.mark.parametrize("untrusted", [b"", b"{", b"\xff", b"[" * 100_000, b'{"version": 1}'])
    def test_a_broken_manifest_is_a_state(self, kept: Shelf, models: Path, untrusted: bytes) -> None:
        home = stocked.put(models)
        (home / manifest.NAME).write_bytes(untrusted)
        model = only(kept)
        assert (model.path.parent, model.state, model.is_ours) == (home, "changed", False)
        assert "manifest" in model.words

    def test_a_manifest_alone_is_a_missing_model(self, kept: Shelf, models: Path) -> None:
        home = stocked.put(models)
        (home / "Llama-Q4_K_M.gguf").unlink()
        assert only(kept).state == "missing"

    def test_what_is_no_model_is_told(self, kept: Shelf, models: Path) -> None:
        (models / "poem.gguf").write_text("roses are red")
        (models / "broken.gguf").write_bytes(forge.front({"general.architecture": "llama"}, counts=(9, 9)))
        (models / "gone.gguf").symlink_to("nowhere")
        (models / "folder.gguf").mkdir()
        found = {model.path.name: model for model in kept.all()}
        states = {name: model.state for name, model in found.items()}
        assert states == {"poem.gguf": "changed", "broken.gguf": "changed", "gone.gguf": "missing"}
        assert "not a model file" in found["poem.gguf"].words
        assert all(model.kind == "other" for model in found.values())

    def test_each_kind_is_told_by_the_file(self, kept: Shelf, models: Path) -> None:
        kinds: dict[str, dict[str, forge.Value | None]] = {
            "adapter": {"general.type": "adapter", "adapter.type": "lora"},
            "projector": {"general.architecture": "clip", "general.type": "mmproj"},
            "embedding": {"general.architecture": "bert", "bert.block_count": 2},
            "pooled": {"llama.pooling_type": 3, "tokenizer.chat_template": "{{ messages }}"},
            "other": {"general.type": "imatrix"},
        }
        for name, keys in kinds.items():
            forge.llama(models / f"{name}.gguf", keys=keys)
        assert {model.title: model.kind for model in kept.all()} == {
            **{name: name for name in kinds},
            "pooled": "embedding",
        }

    def test_looking_again_reads_no_header_again(self, kept: Shelf, models: Path, cost: Cost) -> None:
        for number in range(5):
            forge.llama(models / f"{number}.gguf", keys=forge.vocabulary(5000, 0))
        kept.all()
        first, cost.bytes_read = cost.bytes_read, 0
        kept.all()
        assert cost.bytes_read < first / 100

    def test_weights_are_not_read(self, kept: Shelf, models: Path, cost: Cost) -> None:
        forge.llama(models / "large.gguf", "405b")
        assert only(kept).size_bytes > 200e9
        assert cost.bytes_read < 2**20

    def test_unfinished_hidden_and_deep_folders_are_not_models(self, kept: Shelf, models: Path) -> None:
        staging = manifest.staging_of(stocked.put(models))
        (models / stocked.REPOSITORY / HOME_NAME).rename(staging)
        wastebasket = models / ".Trash-0"
        wastebasket.mkdir()
        forge.llama(wastebasket / "deleted.gguf")
        (models / "._mine.gguf").write_bytes(b"what macOS leaves on sticks")
        deep = models.joinpath(*"abcdefg")
        deep.mkdir(parents=True)
        forge.llama(deep / "deep.gguf")
        assert kept.all() == ()

    def test_a_folder_that_is_a_whole_disk_is_looked_at_within_bounds(
        self, kept: Shelf, models: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shelves, "MAX_ENTRIES", 100)
        for number in range(300):
            (models / f"{number}.gguf").write_bytes(b"")
        assert len(kept.all()) == 100

    def test_an_unplugged_drive_is_told_with_what_was_on_it(self, kept: Shelf, tmp_path: Path) -> None:
        stocked.put(tmp_path / "older")
        path = only(kept).path
        (tmp_path / "older").rename(tmp_path / "pocket")
        assert (only(kept).path, only(kept).state) == (path, "missing")
        assert "drive" in only(kept).words
        (tmp_path / "pocket").rename(tmp_path / "older")
        assert only(kept).state == "unverified"


class TestSharedFolders:
    def test_any_model_file_counts_and_none_can_be_changed(self, kept: Shelf, shared: Path, models: Path) -> None:
        forge.llama(shared / "ours.gguf")
        stocked.put(shared)
        before = stocked.content(shared)
        assert {model.title for model in kept.all()} == {"ours", "A Llama"}
        for model in kept.all():
            assert model.is_shared
            assert not model.is_ours
            with pytest.raises(ModelFault):
                kept.delete(model)
            with pytest.raises(ModelFault):
                kept.move(model, models, ignore, NEVER)
        assert stocked.content(shared) == before

    def test_one_that_changed_since_it_was_checked_is_refused_as_well(self, kept: Shelf, shared: Path) -> None:
        path = stocked.put(shared) / "Llama-Q4_K_M.gguf"
        kept.require_unchanged(path)
        assert kept.verify(only(kept), ignore, NEVER).is_right
        kept.require_unchanged(path)
        os.utime(path, ns=(1, 1))
        with pytest.raises(ModelFault, match="changed"):
            kept.require_unchanged(path)

    def test_it_stays_shared_for_who_chose_it_as_their_own(self, tmp_path: Path, shared: Path, models: Path) -> None:
        home = stocked.put(shared / "team")
        with stocked.opened_shelf(tmp_path, shared / "team", models, shared=(shared,)) as kept:
            model = only(kept)
            assert model.is_shared
            for shown in (model, replace(model, is_shared=False)):
                with pytest.raises(ModelFault, match="shared"):
                    kept.delete(shown)
                with pytest.raises(ModelFault, match="shared"):
                    kept.move(shown, models, ignore, NEVER)
        assert (home / "Llama-Q4_K_M.gguf").is_file()

    def test_links_that_lead_out_are_not_followed(self, kept: Shelf, shared: Path, tmp_path: Path) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        forge.llama(outside / "secret.gguf")
        (shared / "secret.gguf").symlink_to(outside / "secret.gguf")
        (shared / "folder").symlink_to(outside)
        (shared / "circle").symlink_to(shared)
        (shared / "circle.gguf").symlink_to("circle.gguf")
        forge.llama(shared / "blob")
        (shared / "inside.gguf").symlink_to("blob")
        states = {model.title: model.state for model in kept.all()}
        assert states == {"inside": "unverified", "circle": "missing"}

    def test_a_read_only_file_system_is_good_enough(self, tmp_path: Path, models: Path) -> None:
        with stocked.mounted(tmp_path / "stick", "size=4m") as stick:
            stocked.put(stick)
            stocked.make_read_only(stick)
            with stocked.opened_shelf(tmp_path, models, shared=(stick,)) as kept:
                assert checked(kept).state == "ready"
            with stocked.opened_shelf(tmp_path, stick) as kept:
                with pytest.raises(StorageFault, match="cannot be written"):
                    kept.delete(only(kept))
                with pytest.raises(StorageFault, match="cannot be written"):
                    kept.move(only(kept), models, ignore, NEVER)
                assert only(kept).state == "ready"


class TestVerify:
    def test_a_flipped_bit_is_found_and_remembered(self, kept: Shelf, models: Path) -> None:
        home = stocked.put(models, parts=2)
        checked(kept)
        stocked.spoil(home / "Llama-Q4_K_M-00002-of-00002.gguf")
        assert only(kept).state == "ready"  # size and time say nothing
        verdict = kept.verify(only(kept), ignore, NEVER)
        assert not verdict.is_right
        assert verdict.wrong == ("Llama-Q4_K_M-00002-of-00002.gguf",)
        assert only(kept).state == "changed"
        with pytest.raises(ModelFault):
            kept.require_unchanged(only(kept).path)

    def test_missing_short_and_long_files_are_wrong(self, kept: Shelf, models: Path) -> None:
        home = stocked.put(models, parts=3)
        first, second, third = sorted(home.glob("*.gguf"))
        first.unlink()
        os.truncate(second, 100)
        with third.open("ab") as file:
            file.write(bytes(copying.PIECE_BYTES * 3))
        progress = Watched()
        verdict = kept.verify(only(kept), progress, NEVER)
        assert verdict.wrong == (first.name, second.name, third.name)
        assert all(done <= total for done, total in progress.told)

    def test_progress_ends_at_the_size(self, kept: Shelf, models: Path) -> None:
        stocked.put(models)
        progress = Watched()
        kept.verify(only(kept), progress, NEVER)
        assert progress.told[-1] == (only(kept).size_bytes, only(kept).size_bytes)

    def test_a_stop_changes_nothing(self, kept: Shelf, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(copying, "PIECE_BYTES", 1000)
        stocked.put(models)
        progress = Watched(most=5000)
        with pytest.raises(Cancelled):
            kept.verify(only(kept), progress, progress.stop)
        assert only(kept).state == "unverified"

    def test_a_file_without_manifest_cannot_be_checked(self, kept: Shelf, models: Path) -> None:
        forge.llama(models / "mine.gguf")
        with pytest.raises(ModelFault, match="not known"):
            kept.verify(only(kept), ignore, NEVER)

    @pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
    @pytest.mark.timeout(20)
    def test_links_and_pipes_in_the_place_of_a_file_are_wrong(self, kept: Shelf, models: Path, tmp_path: Path) -> None:
        path = stocked.put(models) / "Llama-Q4_K_M.gguf"
        path.rename(tmp_path / "same-bytes")
        path.symlink_to(tmp_path / "same-bytes")
        assert only(kept).state == "changed"
        assert not kept.verify(only(kept), ignore, NEVER).is_right
        path.unlink()
        os.mkfifo(path)
        assert only(kept).state == "changed"
        assert not kept.verify(only(kept), ignore, NEVER).is_right


class TestBeforeLoading:
    def test_a_checked_model_a_stranger_and_another_folder_may_load(
        self, kept: Shelf, models: Path, tmp_path: Path
    ) -> None:
        stocked.put(models)
        kept.require_unchanged(checked(kept).path)
        kept.require_unchanged(forge.llama(models / "mine.gguf"))
        os.utime(only_home(models) / "Llama-Q4_K_M.gguf", ns=(1, 1))
        kept.require_unchanged(forge.llama(only_home(models) / "put beside it.gguf"))
        kept.require_unchanged(forge.llama(tmp_path / "opened.gguf"))
        kept.require_unchanged(tmp_path / "nowhere" / "x.gguf")

    def test_a_changed_one_may_not_under_any_spelling(self, kept: Shelf, models: Path, tmp_path: Path) -> None:
        path = stocked.put(models) / "Llama-Q4_K_M.gguf"
        checked(kept)
        os.utime(path, ns=(1, 1))
        (tmp_path / "link").symlink_to(models)
        spellings = (
            path,
            tmp_path / "link" / path.relative_to(models),
            path.parent / ".." / path.parent.name / path.name,
        )
        for spelling in spellings:
            with pytest.raises(ModelFault, match="changed") as refused:
                kept.require_unchanged(spelling)
            assert refused.value.next_step

    def test_a_damaged_manifest_and_an_unplugged_drive_are_refused(self, kept: Shelf, tmp_path: Path) -> None:
        home = stocked.put(tmp_path / "older")
        path = checked(kept).path
        (home / manifest.NAME).write_text("{}")
        with pytest.raises(ModelFault, match="manifest"):
            kept.require_unchanged(path)
        (tmp_path / "older").rename(tmp_path / "pocket")
        with pytest.raises(ModelFault, match="drive"):
            kept.require_unchanged(path)


class TestDelete:
    def test_all_of_it_goes_and_its_bytes_are_given_back(self, kept: Shelf, models: Path) -> None:
        home = stocked.put(models, parts=2)
        size_bytes = sum(map(len, stocked.content(home).values()))
        assert kept.delete(checked(kept)) == size_bytes
        assert list(models.iterdir()) == []
        stocked.put(models, parts=2)
        assert only(kept).state == "unverified"  # what was known of the files before is forgotten

    def test_files_of_the_persons_own_stay(self, kept: Shelf, models: Path) -> None:
        home = stocked.put(models)
        (home / "notes.txt").write_text("mine")
        (home / "inner").mkdir()
        sibling = stocked.put(models, "owner/Other", title="Other")
        model = next(model for model in kept.all() if model.title == "A Llama")
        kept.delete(model)
        assert sorted(path.name for path in home.iterdir()) == ["inner", "notes.txt"]
        assert sibling.is_dir()

    def test_a_manifest_beside_models_of_the_persons_own_does_not_make_them_ours(
        self, kept: Shelf, models: Path
    ) -> None:
        mine = models / "mine"
        mine.mkdir()
        forge.llama(mine / "mine.gguf")
        stocked.described(mine)
        assert not only(kept).is_ours
        with pytest.raises(ModelFault, match="did not put"):
            kept.delete(only(kept))
        assert (mine / "mine.gguf").is_file()

    def test_a_file_that_has_another_name_gives_nothing_back(self, kept: Shelf, models: Path, tmp_path: Path) -> None:
        path = stocked.put(models) / "Llama-Q4_K_M.gguf"
        os.link(path, tmp_path / "kept.gguf")
        assert 0 < kept.delete(only(kept)) < 5000  # the texts
        assert (tmp_path / "kept.gguf").is_file()

    def test_links_are_removed_and_what_they_lead_to_stays(self, kept: Shelf, models: Path, tmp_path: Path) -> None:
        path = stocked.put(models) / "Llama-Q4_K_M.gguf"
        path.rename(tmp_path / "mine.gguf")
        path.symlink_to(tmp_path / "mine.gguf")
        kept.delete(only(kept))
        assert (tmp_path / "mine.gguf").is_file()
        assert list(models.iterdir()) == []

    @pytest.mark.parametrize("level", [0, 1, 2])
    def test_a_home_behind_a_link_is_not_ours(self, kept: Shelf, models: Path, tmp_path: Path, level: int) -> None:
        home = stocked.put(models)
        model = only(kept)
        planted = [home, home.parent, home.parent.parent][level]
        planted.rename(tmp_path / "persons")
        planted.symlink_to(tmp_path / "persons")
        before = stocked.content(tmp_path / "persons")
        for change in (lambda: kept.delete(model), lambda: kept.move(model, tmp_path / "older", ignore, NEVER)):
            with pytest.raises(ModelFault, match="did not put"):
                change()
        assert stocked.content(tmp_path / "persons") == before
        assert kept.all() == ()

    def test_nor_is_one_behind_a_link_to_a_neighbour(self, kept: Shelf, models: Path, tmp_path: Path) -> None:
        home = stocked.put(models)
        linked = home.with_name("linked-01234567")
        linked.symlink_to(home)
        through_the_link = replace(only(kept), path=linked / only(kept).path.name)
        for change in (kept.delete, lambda model: kept.move(model, tmp_path / "older", ignore, NEVER)):
            with pytest.raises(ModelFault, match="did not put"):
                change(through_the_link)
        assert only(kept).path.is_file()

    def test_elsewhere_and_without_manifest_is_not_ours(self, kept: Shelf, models: Path, tmp_path: Path) -> None:
        stocked.put(models)
        model = only(kept)
        elsewhere = tmp_path / "elsewhere" / "Llama-Q4_K_M.gguf"
        elsewhere.parent.mkdir()
        model.path.rename(elsewhere)
        own = shelf.opened(forge.llama(models / "mine.gguf"))
        in_the_root = replace(model, path=models / "mine.gguf")
        for strange in (replace(model, path=elsewhere), own, in_the_root):
            with pytest.raises(ModelFault, match="did not put"):
                kept.delete(strange)
        assert elsewhere.is_file()
        assert (models / "mine.gguf").is_file()
