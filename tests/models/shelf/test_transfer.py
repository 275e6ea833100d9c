"""Models on sticks: what arrives is, byte for byte, what left; what a stranger put there arrives checked, or not."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import app
from app.errors import Cancelled, DiskFull, ModelFault, PaddockError, StorageFault, Untrustworthy
from app.models import library
from app.models.shelf import copying, manifest, shelf, transfer
from app.models.shelf.shelf import Shelf, Shelved
from tests.models import forge, stocked
from tests.models.stocked import HOME_NAME, NEVER, Watched, ignore

FILE = "Llama-Q4_K_M.gguf"
ROOM = "size=64m"  # copying.SPARE_BYTES and a small model


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def kept(tmp_path: Path, models: Path) -> Iterator[Shelf]:
    with stocked.opened_shelf(tmp_path, models) as made:
        yield made


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "PIECE_BYTES", 1000)


def only(kept: Shelf) -> Shelved:
    (model,) = kept.all()
    return model


def carried(shelved: Shelved, to_folder: Path) -> Path:
    return transfer.export(shelved, to_folder, on_progress=ignore, stop=NEVER)


def brought(folder: Path, models: Path, kept: Shelf) -> Path:
    return transfer.import_from(folder, models, kept, on_progress=ignore, stop=NEVER)


def refused(folder: Path, models: Path, kept: Shelf) -> PaddockError:
    """Why an import is refused; nothing of it is there then."""
    with pytest.raises(PaddockError) as caught:
        brought(folder, models, kept)
    assert list(models.iterdir()) == []
    assert caught.value.message
    assert caught.value.next_step
    return caught.value


class TestRoundTrip:
    @pytest.mark.parametrize("parts", [1, 3])
    def test_what_arrives_is_what_left(
        self, kept: Shelf, tmp_path: Path, models: Path, stick: Path, parts: int
    ) -> None:
        home = stocked.put(tmp_path / "other computer", parts=parts)
        with stocked.opened_shelf(tmp_path / "other", tmp_path / "other computer") as other:
            exported = carried(only(other), stick)
        assert exported == stick / HOME_NAME
        assert stocked.content(exported) == stocked.content(home)
        path = brought(stick, models, kept)
        arrived = stocked.content(models / stocked.REPOSITORY / HOME_NAME)
        assert {**arrived, manifest.NAME: b""} == {**stocked.content(home), manifest.NAME: b""}
        assert only(kept).path == path
        assert only(kept).state == "ready"
        assert manifest.read(path.parent).repository == stocked.REPOSITORY

    @pytest.mark.model
    def test_the_starter_model(self, kept: Shelf, models: Path, stick: Path) -> None:
        starter = library.starter()
        exported = carried(shelf.opened(starter), stick)
        path = brought(exported, models, kept)
        assert stocked.digest(path) == stocked.digest(starter)
        model = only(kept)
        assert (model.path, model.title, model.kind, model.state) == (path, library.STARTER_TITLE, "chat", "ready")
        assert model.manifest is not None
        assert model.manifest.template_sha256
        assert model.manifest.quantisation == "Q4_1"
        kept.require_unchanged(path)

    def test_a_model_without_manifest_gets_one_on_the_way(
        self, kept: Shelf, models: Path, stick: Path, tmp_path: Path
    ) -> None:
        opened = shelf.opened(forge.llama(tmp_path / "My model.gguf", parts=2))
        exported = carried(opened, stick)
        known = manifest.read(exported)
        assert (known.repository, known.commit, known.title) == ("", "", "My model")
        assert [file.sha256 for file in known.files] == [stocked.digest(exported / file.name) for file in known.files]
        path = brought(exported, models, kept)
        assert path.parent.parent == models / "own" / "models"
        assert only(kept).state == "ready"

    def test_an_adapter_stays_one(self, kept: Shelf, models: Path, stick: Path, tmp_path: Path) -> None:
        keys: dict[str, forge.Value | None] = {"general.type": "adapter", "adapter.type": "lora"}
        exported = carried(shelf.opened(forge.llama(tmp_path / "style.gguf", keys=keys)), stick)
        assert manifest.read(exported).kind == "adapter"
        brought(exported, models, kept)
        assert only(kept).kind == "adapter"

    def test_a_blob_of_another_program_and_odd_names_become_names_for_everyone(
        self, stick: Path, tmp_path: Path
    ) -> None:
        blob = forge.llama(tmp_path / f"sha256-{'ab' * 32}")
        (tmp_path / "CON: a\u202eb?.gguf").symlink_to(blob)
        for path in (blob, tmp_path / "CON: a\u202eb?.gguf"):
            exported = carried(shelf.opened(path), stick)
            (file,) = manifest.read(exported).files
            assert file.name.endswith(".gguf")
            assert (exported / file.name).read_bytes() == blob.read_bytes()

    def test_progress_ends_at_the_size(self, kept: Shelf, models: Path, stick: Path, tmp_path: Path) -> None:
        stocked.put(models)
        there, back = Watched(), Watched()
        exported = transfer.export(only(kept), stick, on_progress=there, stop=NEVER)
        size_bytes = only(kept).size_bytes
        (tmp_path / "second").mkdir()
        transfer.import_from(exported, tmp_path / "second", kept, on_progress=back, stop=NEVER)
        assert there.told[-1] == back.told[-1] == (size_bytes, size_bytes)

    def test_others_may_read_what_was_exported(self, kept: Shelf, models: Path, stick: Path) -> None:
        stocked.put(models)
        exported = carried(only(kept), stick)
        assert (exported / manifest.NAME).stat().st_mode & 0o444 == 0o444
        assert exported.stat().st_mode & 0o700 == 0o700


class TestExport:
    def test_a_stop_removes_what_was_copied(self, kept: Shelf, models: Path, stick: Path, small_pieces: None) -> None:
        stocked.put(models, parts=2)
        progress = Watched(most=600_000)
        with pytest.raises(Cancelled):
            transfer.export(only(kept), stick, on_progress=progress, stop=progress.stop)
        assert 600_000 <= progress.told[-1][0] < only(kept).size_bytes
        assert list(stick.iterdir()) == []
        assert only(kept).path.is_file()

    def test_a_damaged_model_does_not_leave(self, kept: Shelf, models: Path, stick: Path) -> None:
        home = stocked.put(models)
        with (home / FILE).open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(b"\1")
        with pytest.raises(Untrustworthy, match="not what its manifest says"):
            carried(only(kept), stick)
        assert list(stick.iterdir()) == []

    def test_a_missing_part_does_not_leave(self, kept: Shelf, models: Path, stick: Path) -> None:
        home = stocked.put(models, parts=2)
        model = only(kept)
        (home / "Llama-Q4_K_M-00002-of-00002.gguf").unlink()
        with pytest.raises(ModelFault, match="not there"):
            carried(model, stick)
        assert list(stick.iterdir()) == []

    def test_what_is_on_the_stick_stays(self, kept: Shelf, models: Path, stick: Path) -> None:
        stocked.put(models)
        carried(only(kept), stick)
        before, progress = stocked.content(stick), Watched()
        with pytest.raises(StorageFault, match="already"):
            transfer.export(only(kept), stick, on_progress=progress, stop=NEVER)
        assert progress.told == []
        assert stocked.content(stick) == before

    def test_a_stick_that_is_too_small_is_told_before(self, kept: Shelf, models: Path, tmp_path: Path) -> None:
        stocked.put(models)
        with stocked.mounted(tmp_path / "small", "size=1m") as small:
            progress = Watched()
            with pytest.raises(DiskFull, match=r"1 MB are needed, 1 MB are free"):
                transfer.export(only(kept), small, on_progress=progress, stop=NEVER)
            assert progress.told == []
            assert list(small.iterdir()) == []

    def test_a_stick_that_fills_up_on_the_way_keeps_nothing(
        self, kept: Shelf, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(copying, "require_room", lambda folder, sizes: None)  # somebody else filled it since
        stocked.put(models)
        with stocked.mounted(tmp_path / "small", "size=512k") as small:
            with pytest.raises(DiskFull):
                carried(only(kept), small)
            assert list(small.iterdir()) == []

    def test_a_write_protected_stick_is_told(self, kept: Shelf, models: Path, tmp_path: Path) -> None:
        stocked.put(models)
        with stocked.mounted(tmp_path / "locked", ROOM) as locked:
            stocked.make_read_only(locked)
            with pytest.raises(StorageFault, match="cannot be written"):
                carried(only(kept), locked)

    def test_a_stick_that_is_not_there_is_not_made_up_for(self, kept: Shelf, models: Path, tmp_path: Path) -> None:
        stocked.put(models)
        with pytest.raises(StorageFault, match="not there"):
            carried(only(kept), tmp_path / "unplugged" / "folder")
        assert not (tmp_path / "unplugged").exists()


@pytest.fixture
def exported(tmp_path: Path, stick: Path) -> Path:
    """The folder of a good model on the stick."""
    home = stocked.put(tmp_path / "other computer", parts=2)
    return Path(shutil.move(home, stick / HOME_NAME))


def edited(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """The manifest as a stranger wrote it."""
    untrusted = json.loads((folder / manifest.NAME).read_text())
    change(untrusted)
    (folder / manifest.NAME).write_text(json.dumps(untrusted))


class TestHostileSticks:
    @pytest.mark.parametrize(
        "name", ["../../evil.gguf", "/etc/evil.gguf", "a\\evil.gguf", "CON.gguf", "x" * 255, "a\0b"]
    )
    def test_names_that_lead_elsewhere(self, kept: Shelf, models: Path, exported: Path, name: str) -> None:
        edited(exported, lambda untrusted: untrusted["files"][0].update(name=name))
        assert isinstance(refused(exported, models, kept), Untrustworthy)

    @pytest.mark.parametrize(
        "changes",
        [
            {"repository": "../../.."},
            {"repository": "owner"},
            {"commit": "../x"},
            {"texts": ["../../LICENSE"]},
            {"texts": ["LICENSE", "license"]},
            {"texts": ["NOTICE"]},
            {"template_sha256": "0" * 64},
            {"files": []},
            {"title": "a\nb"},
        ],
    )
    def test_fields_that_lie(self, kept: Shelf, models: Path, exported: Path, changes: dict[str, Any]) -> None:
        edited(exported, lambda untrusted: untrusted.update(changes))
        assert isinstance(refused(exported, models, kept), Untrustworthy)

    @pytest.mark.parametrize(
        "changes",
        [
            {"size_bytes": 1},
            {"size_bytes": 2**43},
            {"size_bytes": 10**400},
            {"sha256": "0" * 64},
            {"name": "other.gguf"},
        ],
    )
    def test_files_that_are_not_as_the_manifest_says(
        self, kept: Shelf, models: Path, exported: Path, changes: dict[str, Any]
    ) -> None:
        edited(exported, lambda untrusted: untrusted["files"][1].update(changes))
        assert isinstance(refused(exported, models, kept), Untrustworthy)

    def test_a_file_twice(self, kept: Shelf, models: Path, exported: Path) -> None:
        edited(exported, lambda untrusted: untrusted["files"].append(untrusted["files"][0]))
        refused(exported, models, kept)

    @pytest.mark.parametrize("where", [0, 100, -1])
    def test_a_flipped_bit_anywhere(self, kept: Shelf, models: Path, exported: Path, where: int) -> None:
        path = exported / "Llama-Q4_K_M-00002-of-00002.gguf"
        data = bytearray(path.read_bytes())
        data[where] ^= 1
        path.write_bytes(data)
        assert "changed, or damaged" in refused(exported, models, kept).message

    def test_links_in_the_place_of_files(self, kept: Shelf, models: Path, exported: Path, tmp_path: Path) -> None:
        path = exported / "Llama-Q4_K_M-00001-of-00002.gguf"
        path.rename(tmp_path / "same bytes")
        path.symlink_to(tmp_path / "same bytes")
        assert isinstance(refused(exported, models, kept), Untrustworthy)

    def test_a_link_in_the_place_of_the_licence(
        self, kept: Shelf, models: Path, exported: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "secret").write_text("a key")
        (exported / "LICENSE").unlink()
        (exported / "LICENSE").symlink_to(tmp_path / "secret")
        assert isinstance(refused(exported, models, kept), Untrustworthy)

    def test_a_licence_of_gigabytes(self, kept: Shelf, models: Path, exported: Path) -> None:
        os.truncate(exported / "LICENSE", 10 * 2**30)
        assert isinstance(refused(exported, models, kept), Untrustworthy)

    @pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
    @pytest.mark.timeout(20)
    @pytest.mark.parametrize("name", ["Llama-Q4_K_M-00001-of-00002.gguf", "LICENSE", manifest.NAME])
    def test_pipes_are_not_waited_for(self, kept: Shelf, models: Path, exported: Path, name: str) -> None:
        (exported / name).unlink()
        os.mkfifo(exported / name)
        refused(exported, models, kept)

    def test_right_hashes_of_what_is_no_model(self, kept: Shelf, models: Path, exported: Path) -> None:
        for path in exported.glob("*.gguf"):
            path.write_bytes(b"MZ" + bytes(1000))
        edited(
            exported,
            lambda untrusted: [
                file.update(size_bytes=1002, sha256=stocked.digest(exported / file["name"]))
                for file in untrusted["files"]
            ],
        )
        assert "not a model file" in refused(exported, models, kept).message

    def test_only_some_parts_of_a_model(self, kept: Shelf, models: Path, exported: Path) -> None:
        edited(exported, lambda untrusted: untrusted["files"].pop())
        assert "missing" in refused(exported, models, kept).message

    def test_what_the_manifest_does_not_name_stays_outside(self, kept: Shelf, models: Path, exported: Path) -> None:
        (exported / "autorun.inf").write_text("evil")
        (exported / "folder").mkdir()
        path = brought(exported, models, kept)
        assert not (path.parent / "autorun.inf").exists()
        assert not (path.parent / "folder").exists()

    def test_a_model_that_is_there_is_not_replaced(self, kept: Shelf, models: Path, exported: Path) -> None:
        home = stocked.put(models)
        before = stocked.content(models)
        edited(exported, lambda untrusted: untrusted.update(repository=stocked.REPOSITORY))
        with pytest.raises(StorageFault, match="already"):
            brought(exported, models, kept)
        assert stocked.content(models) == before
        assert [path.name for path in home.parent.iterdir()] == [HOME_NAME]

    def test_a_file_that_changes_while_it_is_copied(
        self, kept: Shelf, models: Path, exported: Path, small_pieces: None
    ) -> None:
        second = exported / "Llama-Q4_K_M-00002-of-00002.gguf"

        def meddle(done_bytes: int, total_bytes: int) -> None:
            if done_bytes == 5000:
                with second.open("ab") as file:
                    file.write(bytes(10))

        with pytest.raises(Untrustworthy):
            transfer.import_from(exported, models, kept, on_progress=meddle, stop=NEVER)
        assert list(models.iterdir()) == []


class TestImport:
    def test_a_stop_keeps_nothing(self, kept: Shelf, models: Path, exported: Path, small_pieces: None) -> None:
        for most in (0, 1000, 400_000, manifest.read(exported).size_bytes):
            progress = Watched(most=most)
            with pytest.raises(Cancelled):
                transfer.import_from(exported, models, kept, on_progress=progress, stop=progress.stop)
            assert list(models.iterdir()) == []
        brought(exported, models, kept)

    def test_a_disk_that_fills_up_keeps_nothing(
        self, kept: Shelf, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(copying, "require_room", lambda folder, sizes: None)
        with stocked.mounted(tmp_path / "small", "size=512k") as small:
            assert isinstance(refused(exported, small, kept), DiskFull)

    def test_a_small_disk_is_told_before(self, kept: Shelf, exported: Path, tmp_path: Path) -> None:
        with stocked.mounted(tmp_path / "small", "size=2m") as small:
            progress = Watched()
            with pytest.raises(DiskFull, match="not enough room"):
                transfer.import_from(exported, small, kept, on_progress=progress, stop=NEVER)
            assert progress.told == []
            assert list(small.iterdir()) == []

    def test_from_a_write_protected_stick(self, kept: Shelf, models: Path, tmp_path: Path) -> None:
        with stocked.mounted(tmp_path / "locked", ROOM) as locked:
            shutil.move(stocked.put(tmp_path / "other computer"), locked / HOME_NAME)
            stocked.make_read_only(locked)
            brought(locked, models, kept)
            assert only(kept).state == "ready"

    def test_a_template_that_the_manifest_says_nothing_of_is_noted(
        self, kept: Shelf, models: Path, exported: Path
    ) -> None:
        edited(exported, lambda untrusted: untrusted.update(template_sha256=""))
        path = brought(exported, models, kept)
        assert manifest.read(path.parent).template_sha256 == manifest.template_digest(stocked.TEMPLATE)

    @pytest.mark.parametrize("where", ["stick", "model"])
    def test_the_folder_or_the_one_around_it(self, exported: Path, stick: Path, where: str) -> None:
        known, folder = transfer.look(stick if where == "stick" else exported)
        assert folder == exported
        assert known.title == "A Llama"

    def test_several_models_on_a_stick(self, exported: Path, stick: Path) -> None:
        shutil.copytree(exported, stick / "second")
        with pytest.raises(ModelFault, match="2 models"):
            transfer.look(stick)

    def test_nothing_on_the_stick(self, stick: Path, tmp_path: Path, exported: Path) -> None:
        exported.rename(tmp_path / "elsewhere")
        (stick / "linked").symlink_to(tmp_path / "elsewhere")
        for folder in (stick, stick / "nowhere"):
            with pytest.raises(ModelFault, match="no model of Paddock"):
                transfer.look(folder)

    @pytest.mark.skipif(sys.platform == "win32", reason="ends a process the POSIX way")
    def test_killed_at_any_moment_the_model_is_whole_or_absent(
        self, kept: Shelf, tmp_path: Path, models: Path, exported: Path
    ) -> None:
        """A child imports in small steps and is killed ever later; what then has the model's name is the model."""
        script = (
            "import os, signal, sys, threading; from pathlib import Path\n"
            "from app.models.shelf import copying, transfer\n"
            "copying.PIECE_BYTES = 1000; most = int(sys.argv[3])\n"
            "def tell(done, total):\n"
            "    if done >= most: os.kill(os.getpid(), signal.SIGKILL)\n"
            "class Kept:\n"
            "    def remember(self, home, known): os.kill(os.getpid(), signal.SIGKILL)\n"
            "folder, models = map(Path, sys.argv[1:3])\n"
            "transfer.import_from(folder, models, Kept(), on_progress=tell, stop=threading.Event())\n"
        )
        size_bytes = manifest.read(exported).size_bytes
        outcomes = []
        for most in (0, 1000, size_bytes // 2, size_bytes, size_bytes + 1):
            command = [sys.executable, "-c", script, str(exported), str(models), str(most)]
            assert subprocess.run(command, check=False, cwd=Path(app.__file__).parents[1]).returncode == -signal.SIGKILL
            outcomes.append([kept.verify(model, ignore, NEVER).is_right for model in kept.all()])
            for staging in kept.unfinished():
                kept.delete_unfinished(staging)
        assert outcomes == [[], [], [], [], [True]]
        assert [path.name for path in (models / stocked.REPOSITORY).iterdir()] == [HOME_NAME]
