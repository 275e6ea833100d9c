"""The choice of words, as far as it shall differ: a summary, and behind a button a row for each setting."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import settings
from app.chat.manner import Manner
from app.declared import AnySetting
from app.settings import SAMPLING
from app.text import _
from app.ui import accessible
from app.ui.controls import Card, Text, TextButton
from app.ui.models.entries import ENTRY_HEIGHT_PX, entry_width
from app.ui.models.fields import NumberRow, value_words
from app.ui.prompts.parts import PAD_PX
from app.ui.prompts.shown import also_set
from app.ui.theme import Theme

_ROW_GAP_PX = 14
_RAREST = (
    settings.DRY_MULTIPLIER,
    settings.DRY_BASE,
    settings.DRY_ALLOWED_LENGTH,
    settings.XTC_PROBABILITY,
    settings.XTC_THRESHOLD,
)
_ORDER = (*(setting for setting in SAMPLING if setting not in _RAREST), *_RAREST)
"""The rarer ones last."""


class OverrideRow(NumberRow):
    """A number that goes before the model's own; an empty field leaves it to a wider place, or to the model."""

    def __init__(self, theme: Theme, setting: AnySetting, *, is_narrow: bool, parent: QWidget) -> None:
        self._inherited: float | None = None
        super().__init__(theme, setting, None, parent=parent)
        theme.fix(self.edit, height=ENTRY_HEIGHT_PX)
        if is_narrow:
            self._grid.removeWidget(self.edit)
            self._grid.setRowMinimumHeight(3, 4)
            self._grid.addWidget(self.edit, 4, 0, 1, 2)
            self.edit.setMinimumWidth(60)
            self.edit.setMaximumWidth(entry_width(theme))
            self._label.wrapped()
        self.show_inherited(None)

    def show_inherited(self, value: float | None) -> None:
        """What a wider place says; None where that is the model's."""
        self._inherited = value
        self.edit.setPlaceholderText(self._otherwise())
        accessible.name(self.edit, self._label.text(), self._describe())
        self._mark(self.value is not None)

    @property
    def number(self) -> float | None:
        return None if self.value is None else float(self.value)  # type: ignore[arg-type] # a number of the setting's

    def show_number(self, number: float | None) -> None:
        """Whatever is being typed."""
        kind = type(self.setting.default)
        self.edit.put(None if number is None else kind(number))
        self.show_value(None if number is None else kind(number), is_changed=number is not None)

    def _otherwise(self) -> str:
        if self._inherited is None:
            return _("As the model")
        return value_words(self.setting, type(self.setting.default)(self._inherited))

    def _describe(self) -> str:
        return f"{_(self.setting.help)} " + _("Empty: {value}.").format(value=self._otherwise())

    def _mark(self, is_changed: bool) -> None:
        self._hint.setText("")
        self.back.setVisible(is_changed)
        self.back.set_label(
            _("{setting}: back to “{value}”").format(setting=self._label.text(), value=self._otherwise())
        )


class SamplingCard(Card):
    """`changed` says that another value holds, or that what is typed cannot be."""

    changed = Signal()

    def __init__(self, theme: Theme, *, is_narrow: bool, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self._is_narrow = is_narrow
        self._sampling: dict[str, float] = {}
        self._inherited: Mapping[str, float] = {}
        self.rows: dict[str, OverrideRow] = {}
        self.label = Text(theme, _("Choice of words"), parent=self).wrapped()
        self.summary = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        self.more = TextButton(theme, "", parent=self)
        self.more.setAutoDefault(False)
        self.more.clicked.connect(self._on_more)
        self._rows = QWidget(self)
        self._rows_column = QVBoxLayout(self._rows)
        self._rows_column.setContentsMargins(0, 10, 0, 0)
        self._rows_column.setSpacing(_ROW_GAP_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(PAD_PX, 12, PAD_PX, 12)
        column.setSpacing(4)
        column.addWidget(self.label)
        column.addWidget(self.summary)
        column.addSpacing(4)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._rows)
        self._show_rows(False)
        self._summarise()

    @property
    def sampling(self) -> tuple[tuple[str, float], ...]:
        return tuple(sorted(self._sampling.items()))

    @property
    def has_fault(self) -> bool:
        return any(row.has_fault for row in self.rows.values())

    def settle(self) -> None:
        """Take what is being typed as it stands."""
        for row in self.rows.values():
            row.settle()

    def show_sampling(self, sampling: tuple[tuple[str, float], ...]) -> None:
        self._sampling = dict(sampling)
        for key, row in self.rows.items():
            row.show_number(self._sampling.get(key))
        self._summarise()

    def show_inherited(self, sampling: tuple[tuple[str, float], ...]) -> None:
        """What holds for those that are left empty, as far as it is not the model's."""
        self._inherited = dict(sampling)
        for key, row in self.rows.items():
            row.show_inherited(self._inherited.get(key))
        self._summarise()

    def _summarise(self) -> None:
        said = Manner(sampling=tuple({**self._inherited, **self._sampling}.items()))
        self.summary.setText(" · ".join(also_set(said)) or _("As the model's own settings say."))

    def _show_rows(self, is_shown: bool) -> None:
        self._rows.setVisible(is_shown)
        self.more.tail_icon = "caret-up" if is_shown else "caret-down"
        self.more.set_text(_("Fewer settings") if is_shown else _("Change…"))
        words = _("Hide the settings of the choice of words") if is_shown else _("Change the choice of words")
        accessible.name(self.more, words)

    def _make_rows(self) -> None:
        for setting in _ORDER:
            row = OverrideRow(self._theme, setting, is_narrow=self._is_narrow, parent=self._rows)
            row.show_inherited(self._inherited.get(setting.key))
            row.show_number(self._sampling.get(setting.key))
            row.changed.connect(self._on_changed)
            row.reset.connect(self._on_changed)
            row.edit.textChanged.connect(self.changed)
            self._rows_column.addWidget(row)
            self.rows[setting.key] = row

    @Slot()
    def _on_more(self) -> None:
        if not self.rows:
            self._make_rows()
        self._show_rows(self._rows.isHidden())

    @Slot()
    def _on_changed(self) -> None:
        self._sampling = {key: row.number for key, row in self.rows.items() if row.number is not None}
        self._summarise()
        self.changed.emit()
