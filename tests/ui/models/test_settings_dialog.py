"""A model's settings: every change is told once and nothing impossible is told; what is typed is never taken away."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QPlainTextEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from app.declared import AnySetting
from app.settings import (
    ADAPTERS,
    CONTEXT_TOKENS,
    DEVICE_SPLIT,
    DRAFT_MODEL,
    DRY_MULTIPLIER,
    GPU_LAYERS,
    GUESSING,
    KV_TYPE,
    LOADING,
    MAX_ANSWER_TOKENS,
    MIN_P,
    PER_MODEL,
    SAMPLING,
    SEED,
    TEMPERATURE,
    THREADS,
    TOP_K,
    TOP_P,
)
from app.ui.controls import ElidedText
from app.ui.models.adapters_row import AdaptersRow
from app.ui.models.fields import ChoiceRow, ContextRow, FileRow, NumberRow, SplitRow
from app.ui.models.memory_card import DeviceMemory, Legend
from app.ui.models.settings_dialog import ModelSettingsDialog
from app.ui.models.shown import (
    BarShown,
    FileRequested,
    ModelSettingsShown,
    OptionChanged,
    OptionReset,
    PartShown,
    PlanShown,
    PresetChosen,
    PresetDeleted,
    PresetSaved,
    PresetShown,
)
from app.ui.models.template_dialog import TemplateDialog
from app.ui.settings.segment import Segment
from app.ui.theme import Theme

GB = 10**9
DEFAULTS: dict[str, object] = {setting.key: setting.default for setting in PER_MODEL}
PRESETS = (PresetShown("Balanced", is_built_in=True), PresetShown("Mine", is_built_in=False))
CARD = "NVIDIA GeForce RTX 4090"
BAR = BarShown(
    CARD,
    (
        PartShown("weights", 12 * GB),
        PartShown("kv", 3 * GB),
        PartShown("working", 40_000_000),
        PartShown("other", 2 * GB),
    ),
    free_bytes=7 * GB,
    total_bytes=24 * GB,
)
PLAN = PlanShown("On your GPU · about 42 tokens/s", (BAR,), ("All layers on your GPU.", "It is fast."), "Known.")
SHOWN = ModelSettingsShown(
    title="Llama 3.1 8B",
    plan=PLAN,
    values=DEFAULTS,
    defaults=DEFAULTS,
    presets=PRESETS,
    preset="Balanced",
    devices=(CARD, CARD),
    layers=32,
    trained_context_tokens=131_072,
    template_text="{{ <b>text</b> }}",
)
Open = Callable[..., ModelSettingsDialog]


@pytest.fixture
def open_dialog(theme: Theme, qtbot: QtBot) -> Iterator[Open]:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1_180, 820)
    opened: list[ModelSettingsDialog] = []

    def open_one(**changes: object) -> ModelSettingsDialog:
        shown = replace(SHOWN, **changes)  # type: ignore[arg-type] # as the test names them
        opened.append(ModelSettingsDialog(theme, shown, parent=window))
        opened[-1].show()
        return opened[-1]

    yield open_one
    for dialog in opened:
        dialog.close()


@pytest.fixture
def dialog(open_dialog: Open) -> ModelSettingsDialog:
    return open_dialog()


def told_by(dialog: ModelSettingsDialog) -> list[object]:
    """Everything that the dialog tells from now on, but for requests to reload."""
    told: list[object] = []
    for signal in (
        dialog.changed,
        dialog.reset,
        dialog.preset_chosen,
        dialog.preset_saved,
        dialog.preset_deleted,
        dialog.file_requested,
    ):
        signal.connect(told.append)
    return told


def number(dialog: ModelSettingsDialog, setting: AnySetting) -> NumberRow:
    row = dialog.rows[setting.key]
    assert isinstance(row, NumberRow)
    return row


def choice(dialog: ModelSettingsDialog, setting: AnySetting) -> ChoiceRow:
    row = dialog.rows[setting.key]
    assert isinstance(row, ChoiceRow)
    return row


def adapters(dialog: ModelSettingsDialog) -> AdaptersRow:
    row = dialog.rows[ADAPTERS.key]
    assert isinstance(row, AdaptersRow)
    return row


def sizes(dialog: ModelSettingsDialog) -> list[Segment]:
    """The buttons of the context's sizes."""
    row = dialog.rows[CONTEXT_TOKENS.key]
    assert isinstance(row, ContextRow)
    return list(row.sizes.values())


def write(edit: QLineEdit, text: str) -> None:
    """Type in place of what stands there, and press Enter."""
    edit.setFocus()
    edit.selectAll()
    QTest.keyClick(edit, Qt.Key.Key_Delete)
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)


def pick(row: ChoiceRow, words: str) -> None:
    menu = row.chooser.make_menu()
    next(action for action in menu.actions() if action.text() == words).trigger()


def test_every_setting_of_a_model_has_its_row(dialog: ModelSettingsDialog) -> None:
    assert set(dialog.rows) == {setting.key for setting in PER_MODEL}


def test_every_control_has_a_name_and_a_tab_stop(open_dialog: Open) -> None:
    values = DEFAULTS | {ADAPTERS.key: ("1 /a.gguf",), DRAFT_MODEL.key: "/b.gguf"}
    dialog = open_dialog(values=values, changed=frozenset({ADAPTERS.key, DRAFT_MODEL.key}), preset="Mine")
    dialog.answers.more.click()
    controls = [*dialog.findChildren(QAbstractButton), *dialog.findChildren(QLineEdit)]
    assert len(controls) > 40
    assert [control for control in controls if not control.accessibleName()] == []
    assert [control for control in controls if not control.focusPolicy() & Qt.FocusPolicy.TabFocus] == []


def test_the_tab_key_goes_through_everything_from_top_to_bottom(
    open_dialog: Open, qtbot: QtBot, qapp: QApplication
) -> None:
    values = DEFAULTS | {ADAPTERS.key: ("1 /a.gguf", "1 /b.gguf")}
    dialog = open_dialog(values=values, changed=frozenset({ADAPTERS.key}))
    dialog.answers.more.click()
    write(number(dialog, THREADS).edit, "3")
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.presets.chooser.setFocus()
    visited: list[QWidget] = []
    while (focus := qapp.focusWidget()) not in visited:
        assert focus is not None
        visited.append(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    wanted = {
        widget
        for kind in (QAbstractButton, QLineEdit)
        for widget in dialog.findChildren(kind)
        if widget.isVisible() and widget.isEnabled()
    }
    assert set(visited) == wanted
    heights = [widget.mapTo(dialog, widget.rect().center()).y() for widget in visited]
    assert all(below >= above - 4 for above, below in itertools.pairwise(heights))


def test_what_is_typed_is_told_with_enter_and_the_dialog_stays(dialog: ModelSettingsDialog) -> None:
    told = told_by(dialog)
    write(number(dialog, TEMPERATURE).edit, "1,2")
    write(number(dialog, TOP_K).edit, "1 00")
    assert told == [OptionChanged(TEMPERATURE.key, 1.2), OptionChanged(TOP_K.key, 100)]
    assert dialog.isVisible()


def test_what_is_typed_is_told_when_typing_rests(dialog: ModelSettingsDialog, qtbot: QtBot) -> None:
    edit = number(dialog, MIN_P).edit
    with qtbot.waitSignal(dialog.changed) as told:
        QTest.keyClicks(edit, "0.1")
    assert told.args == [OptionChanged(MIN_P.key, 0.1)]


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, None], ids=["esc", "done"])
def test_closing_takes_what_is_still_being_typed(dialog: ModelSettingsDialog, key: Qt.Key | None) -> None:
    told = told_by(dialog)
    edit = number(dialog, SEED).edit
    QTest.keyClicks(edit, "42")
    assert told == []
    if key is None:
        dialog.done_button.click()
    else:
        QTest.keyClick(edit, key)
    assert told == [OptionChanged(SEED.key, 42)]
    assert not dialog.isVisible()


@pytest.mark.parametrize(
    ("setting", "text", "words"),
    [
        (TEMPERATURE, "9", "A number from 0 to 2."),
        (TEMPERATURE, "warm", "A number from 0 to 2."),
        (TEMPERATURE, "nan", "A number from 0 to 2."),
        (TOP_K, "1.5", "A whole number from 0 to 1,000."),
        (CONTEXT_TOKENS, "3", "A whole number from 256 to 1,048,576."),
    ],
)
def test_what_cannot_be_is_not_told_and_the_limits_are_said(
    setting: AnySetting, text: str, words: str, dialog: ModelSettingsDialog
) -> None:
    told, row = told_by(dialog), number(dialog, setting)
    write(row.edit, text)
    assert told == []
    assert row._help.text() == words
    write(row.edit, "1" if setting is not CONTEXT_TOKENS else "512")
    assert len(told) == 1
    assert row._help.text() == setting.help


def test_an_emptied_field_goes_back_to_the_default(open_dialog: Open) -> None:
    dialog = open_dialog(values=DEFAULTS | {SEED.key: 5}, changed=frozenset({SEED.key}))
    told, row = told_by(dialog), number(dialog, SEED)
    assert row.edit.text() == "5"
    write(row.edit, "")
    assert told == [OptionReset(SEED.key)]
    assert not row.back.isVisible()
    assert row.edit.placeholderText() == "New each time"


def test_the_way_back_is_there_only_where_a_value_differs(dialog: ModelSettingsDialog) -> None:
    told, row = told_by(dialog), number(dialog, TEMPERATURE)
    assert not any(each.back.isVisible() for each in dialog.rows.values())
    write(row.edit, "1.5")
    assert row.back.isVisible()
    assert row._hint.text() == "Default: 0.7"
    assert "0.7" in row.back.accessibleName()
    row.back.click()
    assert told[-1] == OptionReset(TEMPERATURE.key)
    assert not row.back.isVisible()
    assert row.edit.text() == ""
    assert row.edit.hasFocus() or not dialog.isActiveWindow()


def test_the_default_of_a_model_is_what_holds_generally(open_dialog: Open) -> None:
    defaults = DEFAULTS | {MAX_ANSWER_TOKENS.key: 500}
    dialog = open_dialog(defaults=defaults, values=defaults | {MAX_ANSWER_TOKENS.key: 0})
    row = number(dialog, MAX_ANSWER_TOKENS)
    assert row.edit.placeholderText() == "500"
    assert row.edit.text() == "0"


def test_new_values_leave_alone_what_is_being_typed(dialog: ModelSettingsDialog) -> None:
    edit = number(dialog, TEMPERATURE).edit
    QTest.keyClicks(edit, "1.")
    dialog.show_values(DEFAULTS | {SEED.key: 3, TOP_K.key: 9}, frozenset({SEED.key, TOP_K.key}))
    assert edit.text() == "1."
    assert number(dialog, SEED).edit.text() == "3"
    assert number(dialog, SEED).back.isVisible()


def test_new_values_take_the_place_of_what_could_not_be(dialog: ModelSettingsDialog) -> None:
    row = number(dialog, TOP_P)
    write(row.edit, "7")
    number(dialog, TOP_K).edit.setFocus()
    dialog.show_values(DEFAULTS, frozenset())
    assert row.edit.text() == ""
    assert row._help.text() == TOP_P.help


def test_choices_are_picked_from_a_menu(dialog: ModelSettingsDialog) -> None:
    told, row = told_by(dialog), choice(dialog, KV_TYPE)
    assert row.chooser.accessibleName() == "KV cache type: Automatic"
    pick(row, "q8_0")
    pick(row, "q8_0")
    pick(choice(dialog, GUESSING), "Off")
    assert told == [OptionChanged(KV_TYPE.key, "q8_0"), OptionChanged(GUESSING.key, False)]
    assert row.chooser.text() == "q8_0"
    assert row.back.isVisible()


def test_a_menu_opens_below_its_button_and_goes_with_a_choice(
    dialog: ModelSettingsDialog, qtbot: QtBot, qapp: QApplication
) -> None:
    told, chooser = told_by(dialog), choice(dialog, KV_TYPE).chooser
    QTest.keyClick(chooser, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: qapp.activePopupWidget() is not None)
    popup = qapp.activePopupWidget()
    assert popup is not None
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: told == [OptionChanged(KV_TYPE.key, "f16")])
    assert qapp.activePopupWidget() is None


@pytest.mark.parametrize(
    ("trained", "words"),
    [
        (131_072, ["4k", "8k", "16k", "32k", "128k, its most"]),
        (8_192, ["4k", "8k, its most"]),
        (2_000, ["2,000, its most"]),
        (0, ["4k", "8k", "16k", "32k"]),
    ],
)
def test_sizes_of_the_context_go_up_to_what_the_model_was_trained_with(
    trained: int, words: list[str], open_dialog: Open
) -> None:
    assert [button.text() for button in sizes(open_dialog(trained_context_tokens=trained))] == words


def test_a_size_of_the_context_is_told_and_marked(dialog: ModelSettingsDialog) -> None:
    told, row = told_by(dialog), number(dialog, CONTEXT_TOKENS)
    buttons = sizes(dialog)
    buttons[3].click()
    buttons[3].click()
    assert told == [OptionChanged(CONTEXT_TOKENS.key, 32_768)]
    assert row.edit.text() == "32768"
    assert [button.isChecked() for button in buttons] == [False, False, False, True, False]
    row.back.click()
    assert not any(button.isChecked() for button in buttons)


def test_rows_for_graphics_cards_are_there_where_they_mean_something(open_dialog: Open) -> None:
    assert GPU_LAYERS.key not in open_dialog(devices=()).rows
    one = open_dialog(devices=(CARD,)).rows
    assert GPU_LAYERS.key in one
    assert DEVICE_SPLIT.key not in one
    assert "of 32" in one[GPU_LAYERS.key]._hint.text()


def test_a_split_is_told_as_shares_and_one_without_any_is_not(dialog: ModelSettingsDialog) -> None:
    told, row = told_by(dialog), dialog.rows[DEVICE_SPLIT.key]
    assert isinstance(row, SplitRow)
    write(row.edits[0], "3")
    write(row.edits[1], "1.5")
    assert told == [OptionChanged(DEVICE_SPLIT.key, "3,0"), OptionChanged(DEVICE_SPLIT.key, "3,1.5")]
    write(row.edits[0], "0")
    write(row.edits[1], "0")
    assert told[2:] == [OptionChanged(DEVICE_SPLIT.key, "0,1.5")]
    assert "above 0" in row._help.text()
    row.back.click()
    assert told[-1] == OptionReset(DEVICE_SPLIT.key)
    assert [edit.text() for edit in row.edits] == ["", ""]
    assert "· 2" in row.edits[1].accessibleName()


def test_files_are_asked_for_elsewhere_and_taken(dialog: ModelSettingsDialog) -> None:
    told, row = told_by(dialog), dialog.rows[DRAFT_MODEL.key]
    assert isinstance(row, FileRow)
    row.button.click()
    adapters(dialog).add.click()
    dialog.take_file("draft", "/models/small one.gguf")
    dialog.take_file("adapter", "/adapters/my style.gguf")
    assert told == [
        FileRequested("draft"),
        FileRequested("adapter"),
        OptionChanged(DRAFT_MODEL.key, "/models/small one.gguf"),
        OptionChanged(ADAPTERS.key, ("1 /adapters/my style.gguf",)),
    ]
    assert row.file.accessibleName() == "small one.gguf"
    row.back.click()
    assert not row.file.isVisible()


def test_what_counts_after_a_reload_offers_one_until_it_is_as_before(dialog: ModelSettingsDialog) -> None:
    requests: list[bool] = []
    dialog.reload_requested.connect(lambda: requests.append(True))
    write(number(dialog, TEMPERATURE).edit, "1")
    assert not dialog.reload.isVisible()
    row = number(dialog, THREADS)
    write(row.edit, "3")
    assert dialog.reload.isVisible()
    row.back.click()
    assert not dialog.reload.isVisible()
    dialog.show_values(DEFAULTS | {KV_TYPE.key: "q4_0"}, frozenset({KV_TYPE.key}))
    assert dialog.reload.isVisible()
    dialog.reload.click()
    assert requests == [True]
    assert not dialog.reload.isVisible()
    choice(dialog, KV_TYPE).back.click()
    assert dialog.reload.isVisible()


@pytest.mark.parametrize("setting", [s for s in LOADING if s not in (DEVICE_SPLIT, ADAPTERS, DRAFT_MODEL)])
def test_each_change_of_how_the_model_runs_needs_a_reload(setting: AnySetting, dialog: ModelSettingsDialog) -> None:
    row = dialog.rows[setting.key]
    if isinstance(row, ChoiceRow):
        pick(row, row.chooser._choices[-1][1])
    elif isinstance(row, NumberRow):
        write(row.edit, "512")
    assert dialog.reload.isVisible()


def test_rarer_settings_are_folded_away_unless_one_is_changed(open_dialog: Open) -> None:
    dialog = open_dialog()
    assert not dialog.rows[DRY_MULTIPLIER.key].isVisible()
    dialog.answers.more.click()
    assert dialog.rows[DRY_MULTIPLIER.key].isVisible()
    changed = open_dialog(values=DEFAULTS | {DRY_MULTIPLIER.key: 0.8}, changed=frozenset({DRY_MULTIPLIER.key}))
    assert changed.rows[DRY_MULTIPLIER.key].isVisible()
    shown = [row.isVisible() for key, row in dialog.rows.items() if key in {s.key for s in SAMPLING}]
    assert all(shown)


def test_a_preset_is_chosen_and_a_change_by_hand_makes_the_values_ones_own(dialog: ModelSettingsDialog) -> None:
    told, row = told_by(dialog), dialog.presets
    menu = row.chooser.make_menu()
    menu.actions()[1].trigger()
    assert told == [PresetChosen("Mine")]
    assert row.delete.isVisible()
    write(number(dialog, SEED).edit, "1")
    assert row.chooser.text() == "Own values"
    assert not row.delete.isVisible()


def test_what_the_presets_tell_is_told(dialog: ModelSettingsDialog) -> None:
    told, row = told_by(dialog), dialog.presets
    row.save_as.click()
    row.name.setText("Letters")
    QTest.keyClick(row.name, Qt.Key.Key_Return)
    dialog.show_presets(PRESETS, "Mine")
    row.delete.click()
    assert told == [PresetSaved("Letters"), PresetDeleted("Mine")]


def test_esc_ends_the_naming_and_not_the_dialog(dialog: ModelSettingsDialog) -> None:
    dialog.presets.save_as.click()
    QTest.keyClick(dialog.presets.name, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert not dialog.presets.name.isVisible()


def test_the_plan_is_shown_in_words_and_replaced(dialog: ModelSettingsDialog, qtbot: QtBot) -> None:
    (memory,) = dialog.findChildren(DeviceMemory)
    assert memory.accessibleName() == f"{CARD}: 7.0 GB free of 24.0 GB"
    (legend,) = memory.findChildren(Legend)
    assert legend.words == "Weights 12.0 GB, KV cache 3.0 GB, Working memory 40 MB, Other programs 2.0 GB"
    dialog.show_plan(PlanShown("On this processor", (replace(BAR, device="Memory"), BAR), (), "None."))
    qtbot.waitUntil(lambda: [m.isVisible() for m in dialog.findChildren(DeviceMemory)] == [True, True])
    assert "On this processor" in [text.accessibleName() for text in dialog.findChildren(ElidedText)]


def test_a_long_name_gives_way_and_the_dialog_is_no_higher_than_the_window(open_dialog: Open) -> None:
    name = "A model whose makers could not stop adding words to its name " * 4
    dialog = open_dialog(title=name)
    assert dialog.width() == 680
    assert dialog.height() <= 820
    (area,) = dialog.findChildren(QScrollArea)
    assert area.verticalScrollBar().maximum() > 0
    assert name.strip() in [text.accessibleName() for text in dialog.findChildren(ElidedText)]


def test_the_files_template_is_shown_as_text(dialog: ModelSettingsDialog) -> None:
    dialog.template.show_button.click()
    (opened,) = dialog.findChildren(TemplateDialog)
    (text,) = opened.findChildren(QPlainTextEdit)
    assert text.toPlainText() == SHOWN.template_text
    assert text.isReadOnly()
    opened.close()


def test_without_a_template_there_is_nothing_to_show(open_dialog: Open) -> None:
    assert not open_dialog(template_text=" \n").template.show_button.isVisible()
