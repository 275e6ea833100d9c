"""Behind a model's settings: what the dialog tells is kept in order, and it shows what holds and where it would run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from app import paths
from app.core import Core
from app.engine.fake import FakeEngine, Script, fake_load
from app.errors import PaddockError
from app.home import Home
from app.models import library
from app.models.options import ModelOptions
from app.settings import (
    ADAPTERS,
    CONTEXT_TOKENS,
    DRAFT_MODEL,
    GUESSING,
    MODEL_PATH,
    TEMPERATURE,
    THREADS,
    TOP_K,
)
from app.storage.secrets import MemorySecrets
from app.ui.bridge import Bridge
from app.ui.controls import ElidedText, Text
from app.ui.models.fields import NumberRow
from app.ui.models.keeper import ModelKeeper
from app.ui.models.model_settings import ModelSettings
from app.ui.models.settings_dialog import ModelSettingsDialog
from app.ui.models.shown import OptionChanged, OptionReset, PresetChosen, PresetDeleted, PresetSaved
from app.ui.theme import Theme
from tests import assets

REFUSAL = "The plan before needed more memory than there was."
SMALLER = replace(FakeEngine().plan, refusal=REFUSAL)


class Desk:
    """A profile with the starter model chosen, and the controller over it."""

    def __init__(self, core: Core, theme: Theme, qtbot: QtBot) -> None:
        self.core = core
        self.window = QWidget()
        self.window.resize(1_180, 820)
        qtbot.addWidget(self.window)
        self.bridge = Bridge(self.window)
        self.keeper = ModelKeeper(core, self.bridge, self.window)
        self.settings = ModelSettings(core, self.bridge, self.keeper, theme, parent=self.window)
        self.faults: list[PaddockError] = []
        self.settings.failed.connect(self.faults.append)
        self.qtbot = qtbot

    @property
    def options(self) -> ModelOptions:
        return self.core.desk.options(library.starter())

    def open(self) -> ModelSettingsDialog:
        self.settings.show()
        self.qtbot.waitUntil(lambda: self.settings._dialog is not None)
        dialog = self.settings._dialog
        assert dialog is not None
        return dialog

    def wait_for_rest(self) -> None:
        turns = self.settings._turns
        self.qtbot.waitUntil(lambda: not turns._is_busy and not turns._waiting)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def desk(script: Script, theme: Theme, qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    home = Home(paths.places(tmp_path / "profile"), MemorySecrets(), load=fake_load(script))
    core = home.create().core
    core.settings.set(MODEL_PATH, str(library.starter()))
    made = Desk(core, theme, qtbot)
    yield made
    if made.settings._dialog is not None:
        made.settings._dialog.close()
    made.keeper.cancel()
    assert made.bridge.close(10.0)
    core.close()
    home.close()
    made.window.close()


def words_of(dialog: ModelSettingsDialog) -> str:
    """All that is written in it."""
    elided = [widget.accessibleName() for widget in dialog.findChildren(ElidedText)]
    return "\n".join([*elided, *(text.text() for text in dialog.findChildren(Text))])


def test_it_opens_with_the_outlook_of_a_model_that_is_not_loaded(desk: Desk) -> None:
    dialog = desk.open()
    words = words_of(dialog)
    assert library.STARTER_TITLE in words
    assert "On this processor · about" in words
    assert "first word after" in words
    assert "is the limit" in words
    assert dialog.rows[CONTEXT_TOKENS.key].value == 0


def test_a_second_wish_for_it_opens_no_second_dialog(desk: Desk) -> None:
    desk.settings.show()
    desk.settings.show()
    desk.open()
    desk.settings.show()
    desk.wait_for_rest()
    assert len(desk.window.findChildren(ModelSettingsDialog)) == 1


@pytest.mark.parametrize("script", [Script(plan=SMALLER)])
def test_a_loaded_model_shows_the_plan_that_came_true(desk: Desk) -> None:
    desk.keeper.preload()
    desk.qtbot.waitUntil(lambda: desk.keeper.state.state == "ready")
    assert REFUSAL in words_of(desk.open())


@pytest.mark.parametrize("script", [Script(plan=SMALLER)])
def test_a_load_that_ends_while_it_is_open_is_shown(desk: Desk) -> None:
    dialog = desk.open()
    assert REFUSAL not in words_of(dialog)
    dialog.reload_requested.emit()
    desk.qtbot.waitUntil(lambda: REFUSAL in words_of(dialog))


def test_what_is_told_is_kept_for_this_model_alone(desk: Desk) -> None:
    dialog = desk.open()
    dialog.changed.emit(OptionChanged(TEMPERATURE.key, 1.3))
    dialog.changed.emit(OptionChanged(TOP_K.key, 7))
    dialog.changed.emit(OptionChanged(TOP_K.key, 9))
    dialog.reset.emit(OptionReset(TEMPERATURE.key))
    desk.wait_for_rest()
    assert desk.options.changed() == (TOP_K,)
    assert desk.options.get(TOP_K) == 9
    assert desk.core.settings.get(TOP_K) == TOP_K.default
    assert dialog.rows[TOP_K.key].value == 9
    assert dialog.rows[TOP_K.key].back.isVisibleTo(dialog)
    assert desk.faults == []


def test_changes_that_come_at_once_are_never_shown_half(desk: Desk) -> None:
    dialog = desk.open()
    row = dialog.rows[TOP_K.key]
    assert isinstance(row, NumberRow)
    seen: list[object] = []
    for number in range(1, 20):
        row.edit.put(number)
        row._on_settled()
        desk.qtbot.wait(1)
        seen.append(row.value)
    desk.wait_for_rest()
    assert seen == list(range(1, 20))
    assert desk.options.get(TOP_K) == 19


def test_a_change_that_counts_for_loading_shows_where_it_would_run(desk: Desk) -> None:
    dialog = desk.open()
    before = words_of(dialog)
    dialog.changed.emit(OptionChanged(THREADS.key, 1))
    dialog.changed.emit(OptionChanged(CONTEXT_TOKENS.key, 1_000_000))
    desk.wait_for_rest()
    assert "at most 8192 tokens" not in before
    assert "at most 8192 tokens" in words_of(dialog)


def test_applying_loads_with_what_was_told_before(desk: Desk) -> None:
    desk.keeper.preload()
    desk.qtbot.waitUntil(lambda: desk.keeper.state.state == "ready")
    first = desk.core.host.current
    dialog = desk.open()
    dialog.changed.emit(OptionChanged(GUESSING.key, False))
    dialog.reload_requested.emit()
    desk.qtbot.waitUntil(lambda: desk.core.host.current not in (None, first))
    assert not desk.core.desk.wish(library.starter()).is_guessing


def test_presets_are_saved_chosen_and_deleted(desk: Desk) -> None:
    dialog = desk.open()
    dialog.changed.emit(OptionChanged(TOP_K.key, 7))
    dialog.preset_saved.emit(PresetSaved("Seven"))
    desk.wait_for_rest()
    chooser = dialog.presets.chooser
    chosen = [chooser.value]
    dialog.preset_chosen.emit(PresetChosen("Precise"))
    desk.wait_for_rest()
    chosen.append(chooser.value)
    assert chosen == ["Seven", "Precise"]
    assert dialog.rows[TEMPERATURE.key].value == 0.2
    dialog.preset_deleted.emit(PresetDeleted("Seven"))
    desk.wait_for_rest()
    assert "Seven" not in desk.core.desk.presets.names()


def test_what_is_told_while_closing_is_kept(desk: Desk) -> None:
    dialog = desk.open()
    row = dialog.rows[TOP_K.key]
    assert isinstance(row, NumberRow)
    row.edit.setText("12")
    dialog.accept()
    desk.wait_for_rest()
    assert desk.options.get(TOP_K) == 12
    assert desk.settings._dialog is None


def test_what_cannot_be_kept_is_a_sentence_and_the_dialog_goes_back(desk: Desk) -> None:
    dialog = desk.open()
    dialog.preset_chosen.emit(PresetChosen("of another window"))
    dialog.changed.emit(OptionChanged(TOP_K.key, 7))
    desk.wait_for_rest()
    assert len(desk.faults) == 1
    assert dialog.rows[TOP_K.key].value == 7
    assert desk.options.get(TOP_K) == 7


def choose(desk: Desk, dialog: ModelSettingsDialog, kind: str, path: Path) -> None:
    """Ask for a file and choose this one, as the file dialog tells it."""
    ask = dialog.running._draft.requested if kind == "draft" else dialog.running._adapters.requested
    ask.emit()
    desk.qtbot.waitUntil(lambda: bool(dialog.findChildren(QFileDialog)))
    (asked,) = dialog.findChildren(QFileDialog)
    asked.fileSelected.emit(str(path))
    asked.close()
    desk.qtbot.waitUntil(lambda: not dialog.findChildren(QFileDialog))
    desk.wait_for_rest()


def test_an_adapter_and_a_draft_that_fit_are_taken(desk: Desk, tmp_path: Path) -> None:
    adapter = assets.lora(tmp_path, library.starter())
    draft = assets.tiny_like(tmp_path, library.starter())
    dialog = desk.open()
    choose(desk, dialog, "adapter", adapter)
    choose(desk, dialog, "draft", draft)
    assert desk.options.get(ADAPTERS) == (f"1 {adapter}",)
    assert desk.options.get(DRAFT_MODEL) == str(draft)
    assert desk.faults == []


def test_a_file_that_does_not_fit_is_a_sentence_and_changes_nothing(
    desk: Desk, llama31_file: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"not a model")
    dialog = desk.open()
    choose(desk, dialog, "adapter", library.starter())
    choose(desk, dialog, "draft", llama31_file)
    choose(desk, dialog, "draft", library.starter())
    choose(desk, dialog, "draft", bad)
    sentences = [fault.message for fault in desk.faults]
    assert len(sentences) == 4
    assert "no adapter" in sentences[0]
    assert "vocabulary" in sentences[1]
    assert "not smaller" in sentences[2]
    assert desk.options.changed() == ()


def test_a_model_that_is_gone_is_a_sentence_and_can_be_asked_about_again(desk: Desk, tmp_path: Path) -> None:
    desk.core.settings.set(MODEL_PATH, str(tmp_path / "gone.gguf"))
    desk.settings.show()
    desk.qtbot.waitUntil(lambda: len(desk.faults) == 1)
    desk.core.settings.set(MODEL_PATH, str(library.starter()))
    assert desk.open().isVisible()
