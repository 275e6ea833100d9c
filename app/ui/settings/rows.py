"""The kinds of rows of the settings dialog: a number, one of some words, a combination of keys. Where the dialog is
narrow, what is typed or picked goes below its name."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.declared import AnySetting
from app.settings import CONTRAST, LANGUAGE, MOTION, QUICK_KEYS, TEXT_PERCENT
from app.text import _
from app.ui import accessible
from app.ui.controls import Text, TextButton
from app.ui.models.entries import ENTRY_HEIGHT_PX, entry_width
from app.ui.models.fields import ChoiceRow, NumberRow, OptionRow, value_words
from app.ui.models.shown import OptionReset
from app.ui.theme import Theme

TEXT_PERCENTS = (80, 90, 100, 110, 125, 150, 175, 200)
_LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français"}
_MODIFIERS = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)
_ALONE = range(Qt.Key.Key_F1, Qt.Key.Key_F35 + 1)  # keys that may be taken from other programs without a modifier


def words(setting: AnySetting, value: object) -> str:
    """A value in words. A language is called what its speakers call it."""
    if setting is TEXT_PERCENT:
        return f"{value} %"
    if setting is LANGUAGE and value in _LANGUAGES:
        return _LANGUAGES[str(value)]
    if setting is QUICK_KEYS and value:
        return QKeySequence(str(value)).toString(QKeySequence.SequenceFormat.NativeText)
    special: dict[tuple[str, object], str] = {
        (CONTRAST.key, "normal"): _("Normal"),
        (CONTRAST.key, "high"): _("High"),
        (MOTION.key, "full"): _("Full"),
        (MOTION.key, "reduced"): _("Reduced"),
    }
    for follows in (CONTRAST, MOTION, LANGUAGE):
        special[follows.key, "system"] = _("Like the system")
    return special[setting.key, value] if (setting.key, value) in special else value_words(setting, value)


class SettingRow(OptionRow):
    """What all rows here can: say their values in the words above."""

    def _describe(self) -> str:
        default = _("Default: {value}.").format(value=words(self.setting, self.default))
        return f"{self._help.text()} {default}"

    def _mark(self, is_changed: bool) -> None:
        super()._mark(is_changed)
        default = words(self.setting, self.default)
        hint = _("Default: {value}").format(value=default) if is_changed else ""
        self._hint.setText(" · ".join(part for part in (self._note, hint) if part))
        self.back.set_label(
            _("{setting}: back to the default, {value}").format(setting=self._label.text(), value=default)
        )


class NumberSetting(SettingRow, NumberRow):
    pass


class ChoiceSetting(SettingRow, ChoiceRow):
    def __init__(self, theme: Theme, setting: AnySetting, choices: tuple[object, ...], *, parent: QWidget) -> None:
        super().__init__(theme, setting, setting.default, choices, parent=parent)
        self.chooser.set_choices([(choice, words(setting, choice)) for choice in choices])
        self._show(setting.default)

    def _show(self, value: object) -> None:
        self.chooser.show_value(value, words=words(self.setting, value))


class KeysButton(TextButton):
    """Pressed, it waits for a combination of keys; Esc gives up, Backspace takes away what was there."""

    recorded = Signal(object)  # portable text, a str; empty for none

    def __init__(self, theme: Theme, label: str, *, parent: QWidget) -> None:
        super().__init__(theme, "", parent=parent)
        self._label = label
        self._keys = ""
        self._is_recording = False
        self.height_px = ENTRY_HEIGHT_PX
        self.setFixedWidth(entry_width(theme))
        self.setAutoDefault(False)
        self.clicked.connect(self._begin)

    @property
    def is_recording(self) -> bool:
        return self._is_recording

    def show_keys(self, keys: str) -> None:
        self._keys = keys
        self._is_recording = False
        self._redraw()

    def event(self, event: QEvent) -> bool:
        is_for_us = event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) and self._is_recording
        if is_for_us and isinstance(event, QKeyEvent):
            event.accept()
            if event.type() == QEvent.Type.KeyPress:
                self._take(event)
            return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.show_keys(self._keys)
        super().focusOutEvent(event)

    @Slot()
    def _begin(self) -> None:
        self._is_recording = True
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._redraw()
        accessible.announce(self, _("Press the keys that you want. Esc leaves it as it is."))

    def _take(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _MODIFIERS or event.isAutoRepeat():
            return
        has_modifier = bool(
            event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        )
        if key == Qt.Key.Key_Escape and not has_modifier:
            self.show_keys(self._keys)
        elif key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete) and not has_modifier:
            self._record("")
        elif has_modifier or key in _ALONE:
            self._record(QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText))
        else:
            accessible.announce(self, _("Hold Ctrl, Alt or the system's key, too."), is_urgent=True)

    def _record(self, keys: str) -> None:
        self.show_keys(keys)
        self.recorded.emit(keys)

    def _redraw(self) -> None:
        shown = _("Press keys…") if self._is_recording else words(QUICK_KEYS, self._keys)
        self.set_text(shown)
        accessible.name(self, f"{self._label}: {shown}", _("Press it, then the keys that you want."))


class KeysRow(SettingRow):
    """Keys that work in every program. `say` tells, below, why they do not."""

    def __init__(self, theme: Theme, setting: AnySetting, *, parent: QWidget) -> None:
        super().__init__(theme, setting, setting.default, parent=parent)
        self.button = KeysButton(theme, self._label.text(), parent=self)
        self.button.recorded.connect(self._on_recorded)
        self._put_entry(self.button)
        self._fault = Text(theme, "", parent=self, font=theme.fonts.small, color="danger").wrapped()
        below = QVBoxLayout()
        below.addWidget(self._fault)
        self._put_below(below)
        self.say("")
        self._show(setting.default)

    def say(self, sentence: str) -> None:
        self._fault.setText(sentence)
        self._fault.setVisible(bool(sentence))
        self._fill_below(bool(sentence))
        if sentence:
            accessible.announce(self, sentence)

    def _show(self, value: object) -> None:
        self.button.show_keys(str(value))

    @Slot(object)
    def _on_recorded(self, keys: str) -> None:
        self.say("")
        if keys or not self.value:
            self._tell(keys)
        else:
            self.show_value(self.default, is_changed=False)
            self.reset.emit(OptionReset(self.setting.key))
