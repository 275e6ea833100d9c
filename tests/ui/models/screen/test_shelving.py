"""What is on this computer: used, checked, carried to a stick and back, moved, deleted, taken off the list."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.models import library
from app.models.shelf import manifest
from app.settings import MODEL_PATH, SEARCH_MODEL
from app.ui.dialogs import SentenceDialog
from app.ui.models.page.shown import ShelfAct, ShelfActName, ShelfItem, UseRequested
from app.ui.progress_dialog import ProgressDialog
from tests.models import forge, stocked
from tests.ui.models.screen.conftest import Stage

TITLE = "A Llama"


@pytest.fixture
def llama(stage: Stage) -> Path:
    """A model as a download leaves it; the page lists it."""
    home = stocked.put(stage.home.places.models)
    look(stage)
    return home / "Llama-Q4_K_M.gguf"


def look(stage: Stage) -> None:
    stage.screen.shelving.look()
    stage.until_quiet()


def item(stage: Stage, path: Path) -> ShelfItem:
    found = stage.page.shelf.rows[str(path)]._item
    assert found is not None
    return found


def act(stage: Stage, path: Path, name: ShelfActName) -> None:
    stage.page.shelf_act.emit(ShelfAct(str(path), name))


def use(stage: Stage, path: Path) -> None:
    stage.page.use_requested.emit(UseRequested(str(path)))
    stage.until(lambda: stage.core.settings.get(MODEL_PATH) == str(path))
    stage.until(lambda: stage.window.keeper.state.state == "ready")
    stage.window.show_models()
    stage.until_quiet()


def choose(stage: Stage, folder: Path) -> None:
    """Answer the dialog for folders."""
    dialog = stage.dialog(QFileDialog)
    dialog.fileSelected.emit(str(folder))
    dialog.reject()


def test_the_model_that_answers_is_marked(stage: Stage, llama: Path) -> None:
    assert item(stage, library.starter()).state == "in_use"
    use(stage, llama)
    assert (item(stage, llama).state, item(stage, library.starter()).state) == ("in_use", "ready")
    assert "settings" in item(stage, llama).acts


def test_every_byte_is_checked_in_the_row(stage: Stage, llama: Path) -> None:
    act(stage, llama, "check")
    assert item(stage, llama).state == "checking"
    stage.until_told("A Llama: Every byte is as it should be.")
    stage.until_quiet()
    assert item(stage, llama).state == "ready"


def test_a_damaged_model_is_told_and_marked(stage: Stage, llama: Path) -> None:
    stocked.spoil(llama)
    act(stage, llama, "check")
    stage.until_told("1 file of this model is damaged or missing.")
    stage.until_quiet()
    assert item(stage, llama).state == "changed"


def test_a_check_is_stopped_by_asking_for_it_again(stage: Stage, llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.models.shelf.copying.PIECE_BYTES", 1)  # so that it takes long enough to be stopped
    act(stage, llama, "check")
    stage.until(lambda: item(stage, llama).checked > 0)
    act(stage, llama, "check")
    stage.until_quiet()
    assert item(stage, llama).state != "checking"
    assert not stage.dialogs(SentenceDialog), "who stops it knows"
    assert "Every byte" not in stage.window.news.text


def test_closing_the_window_stops_a_check(stage: Stage, llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.models.shelf.copying.PIECE_BYTES", 4)
    act(stage, llama, "check")
    stage.until(lambda: item(stage, llama).checked > 0)
    stage.window.window().close()
    assert not stage.window._bridge._threads


def test_to_a_stick_and_back(stage: Stage, llama: Path, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    act(stage, llama, "export")
    choose(stage, stick)
    stage.until_told("Exported to the folder")
    assert not stage.dialogs(ProgressDialog)
    (exported,) = stick.iterdir()
    shutil.rmtree(llama.parent)
    look(stage)
    assert str(llama) not in stage.page.shelf.rows
    stage.screen.shelving.carrying.bring()
    choose(stage, exported)
    stage.until_told("The model is here, and checked.")
    stage.until(lambda: str(llama) in stage.page.shelf.rows)


def test_a_stick_without_a_model_is_told(stage: Stage, tmp_path: Path) -> None:
    stage.screen.shelving.carrying.bring()
    choose(stage, tmp_path)
    dialog = stage.dialog(SentenceDialog)
    assert dialog.accessibleDescription()
    assert not stage.dialogs(ProgressDialog)
    dialog.accept()


def test_a_model_in_use_is_moved_and_answers_from_there(stage: Stage, llama: Path, tmp_path: Path) -> None:
    use(stage, llama)
    other = tmp_path / "other drive"
    other.mkdir()
    stage.core.holdings.folders.choose(other)
    act(stage, llama, "move")
    choose(stage, other)
    stage.until_told("“A Llama” was moved.")
    stage.until_quiet()
    moved = other / llama.relative_to(stage.home.places.models)
    assert item(stage, moved).state == "in_use"
    stage.until(lambda: stage.window.keeper.state.state == "ready")
    assert stage.window.keeper.state.title == TITLE


@pytest.mark.parametrize("answer", ["accept", "reject"])
def test_deleting_asks_first_and_gives_the_space_back(stage: Stage, llama: Path, answer: str) -> None:
    act(stage, llama, "delete")
    getattr(stage.dialog(SentenceDialog), answer)()
    if answer == "accept":
        stage.until_told("“A Llama” was deleted:")
    stage.until_quiet()
    assert llama.exists() == (answer == "reject")
    assert (str(llama) in stage.page.shelf.rows) == (answer == "reject")


def test_after_the_model_in_use_was_deleted_the_starter_answers(stage: Stage, llama: Path) -> None:
    use(stage, llama)
    act(stage, llama, "delete")
    dialog = stage.dialog(SentenceDialog)
    assert f"{library.STARTER_TITLE} answers from then on" in dialog.accessibleDescription()
    dialog.accept()
    stage.until(lambda: stage.window.keeper.state.title == library.STARTER_TITLE)
    stage.until(lambda: stage.window.keeper.state.state == "ready")
    stage.until_quiet()
    assert item(stage, library.starter()).state == "in_use"


def test_a_file_that_was_opened_is_taken_off_the_list_and_stays(stage: Stage, tmp_path: Path) -> None:
    opened = forge.llama(tmp_path / "mine.gguf", keys={"tokenizer.chat_template": stocked.TEMPLATE})
    stage.core.desk.choose(opened)
    stage.core.settings.set(MODEL_PATH, str(library.starter()))
    look(stage)
    assert "delete" not in item(stage, opened).acts
    act(stage, opened, "forget")
    stage.until_told("“mine” is off the list; its file stays.")
    stage.until_quiet()
    assert str(opened) not in stage.page.shelf.rows
    assert opened.exists()


def test_another_folder_is_where_new_models_go(stage: Stage, tmp_path: Path) -> None:
    other = tmp_path / "other drive"
    other.mkdir()
    stage.page.folder_requested.emit()
    choose(stage, other)
    stage.until_told("New models go there from now on.")
    stage.until_quiet()
    assert stage.core.holdings.folders.current() == other
    assert str(other) in stage.page.shelf._disks.rows


def test_a_folder_that_cannot_be_written_to_is_told(stage: Stage, tmp_path: Path) -> None:
    stage.page.folder_requested.emit()
    choose(stage, tmp_path / "not there")
    dialog = stage.dialog(SentenceDialog)
    assert "Nothing can be written to this folder." in dialog.accessibleDescription()
    dialog.accept()


def test_deleting_what_is_missing_promises_no_room(stage: Stage, llama: Path) -> None:
    llama.unlink()
    look(stage)
    assert item(stage, llama).acts == ("show", "delete"), "there is nothing to check or to carry"
    act(stage, llama, "delete")
    dialog = stage.dialog(SentenceDialog)
    assert "Its file is not there any more" in dialog.accessibleDescription()
    dialog.accept()
    stage.until_told("“A Llama” was deleted.")
    assert "free again" not in stage.window.news.text


def test_an_adapter_changes_the_model_that_answers(stage: Stage) -> None:
    home = stage.home.places.models / "acme" / "Style-GGUF" / "style-01234567"
    home.mkdir(parents=True)
    keys: dict[str, forge.Value] = {"general.architecture": "llama", "general.type": "adapter", "adapter.type": "lora"}
    tensors = [forge.Tensor(f"blk.0.attn_q.weight.lora_{half}", (576, 8)) for half in "ab"]  # as wide as the starter
    adapter = forge.write(home / "style.gguf", {**keys, "adapter.lora.alpha": 8.0}, tensors)
    stocked.described(home, "A style", "acme/Style-GGUF")
    stocked.relabel(home, kind="adapter")
    look(stage)
    assert item(stage, adapter).group == "adapter"
    assert library.STARTER_TITLE in item(stage, adapter).base
    stage.page.use_requested.emit(UseRequested(str(adapter)))
    stage.until_told(f"“A style” changes how {library.STARTER_TITLE} answers from now on.")
    assert [wish.path for wish in stage.core.desk.wish(library.starter()).adapters] == [str(adapter)]


def test_another_model_searches_documents(stage: Stage, converted: Path) -> None:
    path = embedding_model(stage, converted)
    own = stage.home.places.search / converted.name
    assert (item(stage, path).group, item(stage, own).state) == ("embedding", "in_use")
    assert item(stage, path).state == "unverified"
    stage.page.shelf.rows[str(path)].use.click()
    stage.until_told("“Other” searches from now on. Documents are made searchable anew; until then the old index")
    stage.until_quiet()
    assert (item(stage, path).state, item(stage, own).state) == ("in_use", "ready")
    assert stage.core.settings.get(SEARCH_MODEL) == str(path)
    stage.page.shelf.rows[str(own)].use.click()
    stage.until(lambda: item(stage, own).state == "in_use")
    assert stage.core.settings.get(SEARCH_MODEL) == ""


def test_the_one_of_paddock_searches_when_the_chosen_one_is_deleted(stage: Stage, converted: Path) -> None:
    path = embedding_model(stage, converted)
    stage.page.shelf.rows[str(path)].use.click()
    stage.until(lambda: item(stage, path).state == "in_use")
    act(stage, path, "delete")
    dialog = stage.dialog(SentenceDialog)
    assert "the one that came with Paddock takes its place" in dialog.accessibleDescription()
    dialog.accept()
    stage.until_told("“Other” was deleted")
    stage.until_quiet()
    assert item(stage, stage.home.places.search / converted.name).state == "in_use"
    assert stage.core.settings.get(SEARCH_MODEL) == ""


def embedding_model(stage: Stage, converted: Path) -> Path:
    """The one of Paddock under another name, as a download leaves it; the page lists it."""
    home = manifest.home_of(stage.home.places.models, "acme/Other-GGUF", "Other-F16", stocked.COMMIT)
    home.mkdir(parents=True)
    path = home / "Other-F16.gguf"
    path.write_bytes(converted.read_bytes().replace(b"MiniLM", b"Other1", 1))
    stocked.described(home, "Other", "acme/Other-GGUF")
    look(stage)
    return path


def test_nothing_is_lost_when_it_changes_while_it_is_being_listed(qtbot: QtBot, stage: Stage) -> None:
    stage.screen.shelving.look()
    home = stocked.put(stage.home.places.models, "acme/Late-GGUF", title="Late")
    stage.screen.shelving.look()
    stage.until(lambda: str(home / "Llama-Q4_K_M.gguf") in stage.page.shelf.rows)
