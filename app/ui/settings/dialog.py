"""Settings: appearance, answers, keys. Every change is told by a signal and takes effect at once."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QLocale, Qt, Signal, Slot
from PySide6.QtGui import QDoubleValidator, QIntValidator, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.settings import MAX_ANSWER_TOKENS, TEMPERATURE, THEME, THEMES
from app.text import _
from app.ui import accessible
from app.ui.controls import Card, Text, TextButton
from app.ui.settings.segment import Segment
from app.ui.theme import Theme

_WIDTH_PX = 600
_FIELD_PX = 96


@dataclass(frozen=True, slots=True)
class SettingsShown:
    """The values of now, and what is known about the keys."""

    theme: str
    temperature: float
    max_answer_tokens: int
    has_passphrase: bool
    is_recovery_confirmed: bool
    profile_folder: str


@dataclass(frozen=True, slots=True)
class ThemeChosen:
    theme: str


@dataclass(frozen=True, slots=True)
class AnswersChosen:
    temperature: float
    max_answer_tokens: int


class SettingsDialog(QDialog):
    """Signals carry the dataclasses above; the two key requests carry nothing."""

    theme_chosen = Signal(object)
    answers_chosen = Signal(object)
    passphrase_requested = Signal()
    recovery_requested = Signal()
    folder_copy_requested = Signal()

    def __init__(self, theme: Theme, shown: SettingsShown, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWindowTitle(_("Settings"))
        self.setFixedWidth(_WIDTH_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 22, 24, 20)
        column.setSpacing(10)
        column.addWidget(Text(theme, _("Settings"), parent=self, font=theme.fonts.heading))
        column.addSpacing(4)
        column.addWidget(self._heading(_("Appearance")))
        column.addWidget(self._appearance(shown.theme))
        column.addSpacing(6)
        column.addWidget(self._heading(_("Answers")))
        column.addWidget(self._answers(shown))
        column.addSpacing(6)
        column.addWidget(self._heading(_("Keys and data")))
        column.addWidget(self._keys(shown))
        column.addSpacing(8)
        done = TextButton(theme, _("Done"), parent=self, kind="strong")
        done.setDefault(True)
        done.clicked.connect(self.accept)
        column.addWidget(done, 0, Qt.AlignmentFlag.AlignRight)

    def showEvent(self, event: QShowEvent) -> None:
        """As high as its wrapped texts need; Qt asks a top-level layout for that only when told to."""
        self.setFixedHeight(self.heightForWidth(self.width()))
        super().showEvent(event)

    def _heading(self, text: str) -> Text:
        return Text(self._theme, text, parent=self, font=self._theme.fonts.small_strong, color="muted")

    def _appearance(self, chosen: str) -> Card:
        card = Card(self._theme, parent=self)
        row = QHBoxLayout(card)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(4)
        labels = {"system": _("Like the system"), "light": _("Light"), "dark": _("Dark")}
        self._themes = QButtonGroup(self)
        for number, name in enumerate(THEMES):
            button = Segment(self._theme, labels[name], parent=card)
            accessible.name(button, labels[name], _(THEME.help))
            button.setChecked(name == chosen)
            self._themes.addButton(button, number)
            row.addWidget(button)
        row.addStretch(1)
        self._themes.idToggled.connect(self._on_theme)
        return card

    def _answers(self, shown: SettingsShown) -> Card:
        card = Card(self._theme, parent=self)
        rows = QVBoxLayout(card)
        rows.setContentsMargins(16, 12, 16, 12)
        rows.setSpacing(12)
        self._temperature = self._field(f"{shown.temperature:.1f}", card)
        self._temperature.setValidator(_decimal(0.0, 2.0, self))
        self._length = self._field(str(shown.max_answer_tokens or ""), card)
        self._length.setValidator(QIntValidator(0, 1_000_000, self))
        self._length.setPlaceholderText(_("no limit"))
        rows.addLayout(self._row(_(TEMPERATURE.label), _(TEMPERATURE.help), self._temperature))
        rows.addLayout(self._row(_(MAX_ANSWER_TOKENS.label), _(MAX_ANSWER_TOKENS.help), self._length))
        self._temperature.textChanged.connect(self._on_answers)
        self._length.textChanged.connect(self._on_answers)
        return card

    def _field(self, text: str, card: QWidget) -> QLineEdit:
        field = QLineEdit(text, card)
        field.setFixedWidth(_FIELD_PX)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        return field

    def _keys(self, shown: SettingsShown) -> Card:
        card = Card(self._theme, parent=self)
        rows = QVBoxLayout(card)
        rows.setContentsMargins(16, 12, 16, 12)
        rows.setSpacing(12)
        words = _("Change the passphrase…") if shown.has_passphrase else _("Set a passphrase…")
        passphrase = TextButton(self._theme, words, parent=card, icon="key")
        passphrase.clicked.connect(self.passphrase_requested)
        recovery = TextButton(self._theme, _("New recovery key…"), parent=card, icon="lifebuoy")
        recovery.clicked.connect(self.recovery_requested)
        state = (
            _("You confirmed that you have it.")
            if shown.is_recovery_confirmed
            else _("Not confirmed yet: without it, your chats hang on one key.")
        )
        rows.addLayout(self._row(_("Passphrase"), _("Opens your chats where there is no system keyring."), passphrase))
        rows.addLayout(self._row(_("Recovery key"), state, recovery))
        place = TextButton(self._theme, _("Copy the path"), parent=card, icon="copy")
        place.clicked.connect(self.folder_copy_requested)
        rows.addLayout(self._row(_("Where everything is kept"), shown.profile_folder, place))
        return card

    def _row(self, label: str, help_text: str, control: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(16)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Text(self._theme, label, parent=self))
        help_line = Text(self._theme, help_text, parent=self, font=self._theme.fonts.small, color="muted").wrapped()
        words.addWidget(help_line)
        if not control.accessibleName():
            accessible.name(control, label, help_text)
        row.addLayout(words, 1)
        row.addWidget(control)
        return row

    @Slot(int, bool)
    def _on_theme(self, number: int, is_checked: bool) -> None:
        if is_checked:
            self.theme_chosen.emit(ThemeChosen(THEMES[number]))

    @Slot()
    def _on_answers(self) -> None:
        if self._temperature.hasAcceptableInput() and (not self._length.text() or self._length.hasAcceptableInput()):
            temperature = QLocale.c().toDouble(self._temperature.text())[0]
            self.answers_chosen.emit(AnswersChosen(round(temperature, 1), int(self._length.text() or 0)))


def _decimal(lowest: float, highest: float, parent: QWidget) -> QDoubleValidator:
    """One decimal, with a point in every language, as models' settings are written everywhere."""
    validator = QDoubleValidator(lowest, highest, 1, parent)
    validator.setNotation(QDoubleValidator.Notation.StandardNotation)
    validator.setLocale(QLocale.c())
    return validator
