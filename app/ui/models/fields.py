"""Rows of a model's settings: name, one line of help, what is typed or picked, and a way back to the default.

A row tells of a change with OptionChanged, of going back with OptionReset, and shows at once what it told. What stands
at its default is drawn faintly, so that the eye finds what was changed.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from app.declared import AnySetting, Between
from app.settings import (
    BATCH_TOKENS,
    CONTEXT_TOKENS,
    DEVICE_SPLIT,
    GPU_LAYERS,
    MAX_ANSWER_TOKENS,
    MICRO_BATCH_TOKENS,
    SEED,
    THREADS,
)
from app.text import _, grouped
from app.ui import accessible
from app.ui.controls import ElidedText, IconButton, Text, TextButton
from app.ui.models.entries import ENTRY_HEIGHT_PX, Chooser, Number, NumberEdit, entry_height, entry_width, number_text
from app.ui.models.shown import OptionChanged, OptionReset, told_apart
from app.ui.settings.flow import Flow
from app.ui.settings.segment import Segment
from app.ui.theme import Theme

GAP_PX = 8
ASIDE_PX = 28  # the column of the small buttons
_NARROW_ROW = 3
_ABOVE_ENTRY_PX = 4
_CONTEXTS = (4_096, 8_192, 16_384, 32_768)


def value_words(setting: AnySetting, value: object) -> str:
    """A value in words, as where it is the default."""
    special: dict[tuple[str, object], str] = {
        (SEED.key, -1): _("New each time"),
        (MAX_ANSWER_TOKENS.key, 0): _("No limit"),
        (DEVICE_SPLIT.key, ""): _("Automatic"),
    }
    for automatic in (CONTEXT_TOKENS, GPU_LAYERS, THREADS, BATCH_TOKENS, MICRO_BATCH_TOKENS):
        special[automatic.key, automatic.default] = _("Automatic")
    if (setting.key, value) in special:
        return special[setting.key, value]
    words = {True: _("On"), False: _("Off"), "auto": _("Automatic"), "on": _("On"), "off": _("Off"), "": _("None")}
    if isinstance(value, bool | str):
        return words.get(value, str(value))
    return number_text(value) if isinstance(value, int | float) else _("None")


class OptionRow(QWidget):
    """The frame of a row; each kind below fills in `entry`. `show_value` shows what holds now."""

    changed = Signal(object)  # OptionChanged
    reset = Signal(object)  # OptionReset

    def __init__(self, theme: Theme, setting: AnySetting, default: object, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setting = setting
        self.default = default
        self.value = default
        self._note = ""
        self._label = Text(theme, _(setting.label), parent=self)
        self._hint = Text(theme, "", parent=self, font=theme.fonts.small, color="hint")
        self._help = Text(theme, _(setting.help), parent=self, font=theme.fonts.small, color="muted").wrapped()
        self._entry: QWidget = QWidget(self)
        self._below: QLayout = QVBoxLayout()
        self.back = IconButton(theme, "arrow-counter-clockwise", "", parent=self, size=ASIDE_PX)
        self.back.icon_px = 16
        self.back.clicked.connect(self._on_back)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP_PX)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnMinimumWidth(1, ASIDE_PX)
        name = QHBoxLayout()
        name.setSpacing(10)
        name.addWidget(self._label)
        name.addWidget(self._hint, 1)
        self._grid.addLayout(name, 0, 0)
        self._grid.addWidget(self._help, 1, 0)
        self._grid.addWidget(self.back, 0, 1, 2, 1, Qt.AlignmentFlag.AlignVCenter)

    @property
    def entry(self) -> QWidget:
        """What is typed into or pressed."""
        return self._entry

    def show_value(self, value: object, *, is_changed: bool) -> None:
        self.value = value
        self._mark(is_changed)
        self._show(value)
        if not self.has_fault:
            self._say_fault("")

    @property
    def has_fault(self) -> bool:
        """Whether something stands there that cannot be."""
        return False

    def fit(self, narrow_px: int) -> None:
        """For the text size of now, in a dialog whose rows are `narrow_px` wide; 0 where that is wide enough."""
        self._label.setWordWrap(bool(narrow_px))
        self._hint.setVisible(not narrow_px)
        self._grid.removeWidget(self._entry)
        self._grid.setRowMinimumHeight(_NARROW_ROW - 1, _ABOVE_ENTRY_PX if narrow_px else 0)
        width = entry_width(self._theme)
        if narrow_px:
            self._grid.addWidget(self._entry, _NARROW_ROW, 0, 1, 3, Qt.AlignmentFlag.AlignLeft)
            width = min(width, narrow_px)
        else:
            self._grid.addWidget(self._entry, 0, 2, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        self._entry.setFixedSize(width, entry_height(self._theme))

    def settle(self) -> None:
        """Take what is being typed as it stands: the dialog closes."""

    def set_note(self, words: str) -> None:
        """Something short beside the name."""
        self._note = words
        self._mark(self.back.isVisibleTo(self))

    def _show(self, value: object) -> None:
        """For each kind: put the value into the entry."""
        raise NotImplementedError  # each kind of row has its own

    def _put_entry(self, entry: QWidget) -> None:
        self._entry.deleteLater()
        self._entry = entry
        if not entry.accessibleName():
            accessible.name(entry, self._label.text(), self._describe())
        self._grid.addWidget(entry, 0, 2, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        QWidget.setTabOrder(entry, self.back)
        self._mark(False)

    def _put_below(self, below: QLayout, *, is_filled: bool = True) -> None:
        self._below = below
        self._grid.addLayout(below, 2, 0, 1, 3)
        self._fill_below(is_filled)

    def _fill_below(self, is_filled: bool) -> None:
        """Whether there is something below that needs its distance."""
        self._below.setContentsMargins(0, 8 if is_filled else 0, 0, 0)

    def _describe(self) -> str:
        default = _("Default: {value}.").format(value=value_words(self.setting, self.default))
        return f"{self._help.text()} {default}"

    def _mark(self, is_changed: bool) -> None:
        """Whether there is something to go back to."""
        words = value_words(self.setting, self.default)
        default = _("Default: {value}").format(value=words) if is_changed else ""
        self._hint.setText(" · ".join(part for part in (self._note, default) if part))
        self.back.setVisible(is_changed)
        self.back.set_label(
            _("{setting}: back to the default, {value}").format(setting=self._label.text(), value=words)
        )

    def _say_fault(self, words: str) -> None:
        """Why what was typed cannot be, in the help's place; empty for none."""
        self._help.setText(words or _(self.setting.help))
        self._help.set_color("danger" if words else "muted")
        if words:
            accessible.announce(self, words)

    def _tell(self, value: object) -> None:
        if value != self.value:
            self.value = value
            self._mark(value != self.default)
            self.changed.emit(OptionChanged(self.setting.key, value))

    @Slot()
    def _on_back(self) -> None:
        self._say_fault("")
        self.entry.setFocus(Qt.FocusReason.OtherFocusReason)
        self.show_value(self.default, is_changed=False)
        self.reset.emit(OptionReset(self.setting.key))


class NumberRow(OptionRow):
    """A number. An empty field is the default."""

    def __init__(self, theme: Theme, setting: AnySetting, default: object, *, parent: QWidget) -> None:
        super().__init__(theme, setting, default, parent=parent)
        self.edit = NumberEdit(theme, type(setting.default), setting.accepts, parent=self)
        self.edit.setPlaceholderText(value_words(setting, default))
        self.edit.settled.connect(self._on_settled)
        self._put_entry(self.edit)

    @property
    def has_fault(self) -> bool:
        return self.edit.is_fault

    def settle(self) -> None:
        self.edit.settle()

    def _show(self, value: object) -> None:
        self.edit.show_number(None if value == self.default else cast(Number, value))

    @Slot()
    def _on_back(self) -> None:
        self.edit.put(None)
        super()._on_back()

    @Slot()
    def _on_settled(self) -> None:
        is_whole = isinstance(self.setting.default, int)
        self._say_fault(limits_words(self.setting.accepts, is_whole=is_whole) if self.has_fault else "")
        if self.has_fault:
            return
        if self.edit.number is None and self.value != self.default:
            self.show_value(self.default, is_changed=False)
            self.reset.emit(OptionReset(self.setting.key))
        elif self.edit.number is not None:
            self._tell(self.edit.number)


class ContextRow(NumberRow):
    """The context's size, with the usual ones to pick. `trained_tokens` 0 where the model does not say its most."""

    def __init__(self, theme: Theme, default: object, *, trained_tokens: int, parent: QWidget) -> None:
        super().__init__(theme, CONTEXT_TOKENS, default, parent=parent)
        sizes = [size for size in _CONTEXTS if not trained_tokens or size < trained_tokens]
        sizes += [trained_tokens] if CONTEXT_TOKENS.accepts(trained_tokens) and trained_tokens else []
        row = Flow()
        # Not in a QButtonGroup: the Tab key goes to one button of each, the arrow keys only where one must be checked.
        self.sizes: dict[int, Segment] = {}
        for size in sizes:
            words = _short(size) if size != trained_tokens else _("{size}, its most").format(size=_short(size))
            button = Segment(theme, words, parent=self)
            button.setFont(theme.fonts.small)
            button.height_px = 26
            accessible.name(button, _("Context of {size} tokens").format(size=grouped(size)))
            button.clicked.connect(partial(self._on_size, size))
            row.addWidget(button)
            self.sizes[size] = button
        self._put_below(row)
        self.changed.connect(self._mark_size)
        self.reset.connect(self._mark_size)

    def _show(self, value: object) -> None:
        super()._show(value)
        self._mark_size()

    @Slot()
    def _mark_size(self) -> None:
        for size, button in self.sizes.items():
            button.setChecked(size == self.value)

    def _on_size(self, size: int, _is_checked: bool = False) -> None:
        self._say_fault("")
        self.edit.put(size)
        self._tell(size)
        self._mark_size()


class ChoiceRow(OptionRow):
    """One of some words, or on and off."""

    def __init__(
        self, theme: Theme, setting: AnySetting, default: object, choices: tuple[object, ...], *, parent: QWidget
    ) -> None:
        super().__init__(theme, setting, default, parent=parent)
        self.chooser = Chooser(theme, self._label.text(), self._describe(), parent=self)
        self.chooser.set_choices([(choice, value_words(setting, choice)) for choice in choices])
        self.chooser.chosen.connect(self._on_chosen)
        self._put_entry(self.chooser)
        self._show(default)

    def _show(self, value: object) -> None:
        self.chooser.show_value(value)

    @Slot()
    def _on_chosen(self) -> None:
        self._tell(self.chooser.value)
        self._show(self.value)


class FileRow(OptionRow):
    """A file that belongs to the model. Which one is asked for elsewhere."""

    requested = Signal()

    def __init__(self, theme: Theme, setting: AnySetting, default: object, *, parent: QWidget) -> None:
        super().__init__(theme, setting, default, parent=parent)
        self.button = TextButton(theme, _("Choose a file…"), parent=self)
        self.button.height_px = ENTRY_HEIGHT_PX
        self.button.setFixedWidth(entry_width(theme))
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self.requested)
        self.file = ElidedText(theme, "", parent=self, color="muted")
        below = QVBoxLayout()
        below.addWidget(self.file)
        self._put_entry(self.button)
        self._put_below(below)
        self._show(default)

    def take(self, path: str) -> None:
        """The person chose this file."""
        self._tell(path)
        self._show(path)

    def _show(self, value: object) -> None:
        name = Path(str(value)).name
        self.file.set_text(name)
        self.file.setToolTip(accessible.plain_tooltip(str(value)))
        self.file.setVisible(bool(name))
        self._fill_below(bool(name))
        accessible.name(self.button, f"{self._label.text()}: {name or self.button.text()}", self._describe())


class SplitRow(OptionRow):
    """A share for each of several devices; those left empty get nothing once another has one."""

    def __init__(
        self, theme: Theme, setting: AnySetting, default: object, devices: tuple[str, ...], *, parent: QWidget
    ) -> None:
        super().__init__(theme, setting, default, parent=parent)
        gap = QWidget(self)
        gap.setFixedWidth(entry_width(theme))
        self._put_entry(gap)
        below = QVBoxLayout()
        below.setSpacing(6)
        self.edits: list[NumberEdit] = []
        for device in told_apart(devices):
            edit = NumberEdit(theme, float, Between(0.0, 1_000_000.0), parent=self)
            edit.setPlaceholderText(_("Automatic"))
            accessible.name(edit, _("{setting}: {device}").format(setting=self._label.text(), device=device))
            edit.settled.connect(self._on_settled)
            line = QHBoxLayout()
            line.addWidget(ElidedText(theme, device, parent=self, color="muted"), 1)
            line.addWidget(edit)
            below.addLayout(line)
            self.edits.append(edit)
        self._put_below(below)

    @property
    def has_fault(self) -> bool:
        shares = [edit.number for edit in self.edits]
        is_empty = not any(edit.text().strip() for edit in self.edits)
        return any(edit.is_fault for edit in self.edits) or not (is_empty or any(shares))

    def settle(self) -> None:
        for edit in self.edits:
            edit.settle()

    @property
    def entry(self) -> QWidget:
        return self.edits[0]

    def _show(self, value: object) -> None:
        shares = [float(part) for part in str(value).split(",")] if value else []
        for number, edit in enumerate(self.edits):
            edit.show_number(shares[number] if number < len(shares) else None)

    @Slot()
    def _on_back(self) -> None:
        for edit in self.edits:
            edit.put(None)
        super()._on_back()

    @Slot()
    def _on_settled(self) -> None:
        self._say_fault(_("Numbers from 0 up, and at least one above 0.") if self.has_fault else "")
        if not self.has_fault:
            shares = [edit.number for edit in self.edits]
            self._tell(",".join(number_text(float(share or 0)) for share in shares) if any(shares) else "")


def limits_words(limits: object, *, is_whole: bool = False) -> str:
    """What can be typed."""
    if not isinstance(limits, Between):
        return _("This cannot be.")
    lowest, highest = (f"{limit:,.10g}" for limit in (limits.lowest, limits.highest))
    if is_whole:
        return _("A whole number from {lowest} to {highest}.").format(lowest=lowest, highest=highest)
    return _("A number from {lowest} to {highest}.").format(lowest=lowest, highest=highest)


def _short(tokens: int) -> str:
    return f"{tokens // 1024}k" if tokens % 1024 == 0 else grouped(tokens)
