"""The cards of a model's settings: how it answers, how it is run, its chat template."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app import settings
from app.declared import AnySetting
from app.text import _
from app.ui import accessible
from app.ui.controls import Card, Text, TextButton
from app.ui.models.adapters_row import AdaptersRow
from app.ui.models.fields import ChoiceRow, ContextRow, FileRow, NumberRow, OptionRow, SplitRow
from app.ui.models.shown import FileKind, FileRequested, ModelSettingsShown
from app.ui.models.template_dialog import TemplateDialog
from app.ui.theme import Theme

PAD_PX = 16
_ROW_GAP_PX = 16

_USUAL = (
    settings.TEMPERATURE,
    settings.TOP_P,
    settings.TOP_K,
    settings.MIN_P,
    settings.REPEAT_PENALTY,
    settings.SEED,
    settings.MAX_ANSWER_TOKENS,
)
_RARER = (
    settings.DRY_MULTIPLIER,
    settings.DRY_BASE,
    settings.DRY_ALLOWED_LENGTH,
    settings.XTC_PROBABILITY,
    settings.XTC_THRESHOLD,
)


class OptionsCard(Card):
    """Rows, by their setting's key. What they tell, it tells."""

    changed = Signal(object)  # OptionChanged
    reset = Signal(object)  # OptionReset

    def __init__(self, theme: Theme, shown: ModelSettingsShown, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self._shown = shown
        self.rows: dict[str, OptionRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(PAD_PX, 14, PAD_PX, 14)
        self._column.setSpacing(_ROW_GAP_PX)

    def _join(self, row: OptionRow) -> OptionRow:
        self.rows[row.setting.key] = row
        row.changed.connect(self.changed)
        row.reset.connect(self.reset)
        return row

    def _default(self, setting: AnySetting) -> object:
        return self._shown.defaults[setting.key]

    def _number(self, setting: AnySetting, parent: QWidget) -> NumberRow:
        return NumberRow(self._theme, setting, self._default(setting), parent=parent)


class AnswersCard(OptionsCard):
    """The usual settings of sampling, and rarer ones below a button unless one of them is changed."""

    def __init__(self, theme: Theme, shown: ModelSettingsShown, *, parent: QWidget) -> None:
        super().__init__(theme, shown, parent=parent)
        for setting in _USUAL:
            self._column.addWidget(self._join(self._number(setting, self)))
        self.more = TextButton(theme, "", parent=self)
        self.more.clicked.connect(self._on_more)
        self._rarer = QWidget(self)
        inside = QVBoxLayout(self._rarer)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(_ROW_GAP_PX)
        for setting in _RARER:
            inside.addWidget(self._join(self._number(setting, self._rarer)))
        self._column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addWidget(self._rarer)
        self._show_rarer(any(setting.key in shown.changed for setting in _RARER))

    def _show_rarer(self, is_shown: bool) -> None:
        self._rarer.setVisible(is_shown)
        self.more.tail_icon = "caret-up" if is_shown else "caret-down"
        self.more.set_text(_("Fewer") if is_shown else _("More"))
        accessible.name(self.more, _("Hide DRY and XTC") if is_shown else _("Show DRY and XTC, against repetition"))

    @Slot()
    def _on_more(self) -> None:
        self._show_rarer(self._rarer.isHidden())


class RunningCard(OptionsCard):
    """What counts from the next loading on. Rows for accelerators are left out where there are none."""

    file_requested = Signal(object)  # FileRequested

    def __init__(self, theme: Theme, shown: ModelSettingsShown, *, parent: QWidget) -> None:
        super().__init__(theme, shown, parent=parent)
        for row in (*self._placing(), *self._computing(), *self._files()):
            self._column.addWidget(self._join(row))

    def take_file(self, kind: FileKind, path: str) -> None:
        if kind == "draft":
            self._draft.take(path)
        else:
            self._adapters.take(path)

    def _placing(self) -> Iterable[OptionRow]:
        theme, shown = self._theme, self._shown
        default = self._default(settings.CONTEXT_TOKENS)
        yield ContextRow(theme, default, trained_tokens=shown.trained_context_tokens, parent=self)
        if shown.devices or settings.GPU_LAYERS.key in shown.changed:
            layers = self._number(settings.GPU_LAYERS, self)
            if shown.layers:
                layers.set_note(_("of {layers}").format(layers=shown.layers))
            yield layers
        if len(shown.devices) > 1:
            split = settings.DEVICE_SPLIT
            yield SplitRow(theme, split, self._default(split), shown.devices, parent=self)

    def _computing(self) -> Iterable[OptionRow]:
        yield self._choice(settings.KV_TYPE, settings.KV_TYPES)
        yield self._choice(settings.FLASH_ATTENTION, settings.FLASH_ATTENTION_CHOICES)
        for setting in (settings.THREADS, settings.BATCH_TOKENS, settings.MICRO_BATCH_TOKENS):
            yield self._number(setting, self)
        yield self._choice(settings.GUESSING, (True, False))

    def _files(self) -> Iterable[OptionRow]:
        self._draft = FileRow(self._theme, settings.DRAFT_MODEL, self._default(settings.DRAFT_MODEL), parent=self)
        self._adapters = AdaptersRow(self._theme, self._default(settings.ADAPTERS), parent=self)
        self._draft.requested.connect(self._on_draft)
        self._adapters.requested.connect(self._on_adapter)
        return (self._draft, self._adapters)

    def _choice(self, setting: AnySetting, choices: tuple[object, ...]) -> ChoiceRow:
        return ChoiceRow(self._theme, setting, self._default(setting), choices, parent=self)

    @Slot()
    def _on_draft(self) -> None:
        self.file_requested.emit(FileRequested("draft"))

    @Slot()
    def _on_adapter(self) -> None:
        self.file_requested.emit(FileRequested("adapter"))


class TemplateCard(Card):
    """A sentence on the file's chat template, and a way to read it."""

    def __init__(self, theme: Theme, untrusted_template: str, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self._untrusted_template = untrusted_template
        self._words = Text(theme, "", parent=self).wrapped()
        self.show_button = TextButton(theme, _("Show…"), parent=self)
        accessible.name(self.show_button, _("Show the file's chat template"))
        self.show_button.setVisible(bool(untrusted_template.strip()))
        self.show_button.clicked.connect(self._on_show)
        row = QHBoxLayout(self)
        row.setContentsMargins(PAD_PX, 12, PAD_PX, 12)
        row.setSpacing(16)
        row.addWidget(self._words, 1)
        row.addWidget(self.show_button)

    def show_words(self, words: str) -> None:
        self._words.setText(words)

    @Slot()
    def _on_show(self) -> None:
        TemplateDialog(self._theme, self._untrusted_template, parent=self.window()).open()
