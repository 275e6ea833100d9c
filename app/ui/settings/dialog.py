"""Settings: appearance, answers, memory and speed, network, models, keys.

Every change is told by a signal and takes effect at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from app.settings import (
    IDLE_UNLOAD_MINUTES,
    MAX_ANSWER_TOKENS,
    READ_AHEAD,
    STATES_LIMIT_GB,
    TEMPERATURE,
    THEME,
    THEMES,
    AnySetting,
)
from app.text import _
from app.ui import accessible
from app.ui.controls import Card, Text, TextButton
from app.ui.models.entries import scaled
from app.ui.models.fields import ChoiceRow, NumberRow, OptionRow
from app.ui.network.state import UNTIL_ASKED, NetworkState
from app.ui.scrolling import ScrollingDialog
from app.ui.settings.network_rows import ConsentRow, FolderRow, RequestsRow
from app.ui.settings.segment import Segment
from app.ui.settings.space_row import SpaceRow
from app.ui.theme import Theme

ROWS: tuple[AnySetting, ...] = (
    TEMPERATURE,
    MAX_ANSWER_TOKENS,
    READ_AHEAD,
    IDLE_UNLOAD_MINUTES,
    STATES_LIMIT_GB,
)
_WIDTH_PX = 620


@dataclass(frozen=True, slots=True)
class SettingsShown:
    """The values of now (`values` by key, for each of ROWS), and what is known about the keys."""

    theme: str
    values: Mapping[str, object]
    states_bytes: int  # kept on the disk for reopening chats at once
    has_passphrase: bool
    is_recovery_confirmed: bool
    profile_folder: str
    network: NetworkState = UNTIL_ASKED
    models_folder: str = ""  # the one in use
    is_default_models_folder: bool = True


@dataclass(frozen=True, slots=True)
class ThemeChosen:
    theme: str


class SettingsDialog(ScrollingDialog):
    """`changed` and `reset` are told by the rows; the requests carry nothing."""

    theme_chosen = Signal(object)  # ThemeChosen
    consent_chosen = Signal(object)  # ConsentChosen
    changed = Signal(object)  # OptionChanged
    reset = Signal(object)  # OptionReset
    clear_requested = Signal()
    model_requested = Signal()  # the settings of the model that answers
    passphrase_requested = Signal()
    recovery_requested = Signal()
    folder_copy_requested = Signal()
    requests_requested = Signal()  # the list of every request
    models_folder_requested = Signal()  # another folder for models
    default_models_folder_requested = Signal()
    about_requested = Signal()

    def __init__(self, theme: Theme, shown: SettingsShown, *, parent: QWidget) -> None:
        super().__init__(theme, _("Settings"), width_px=scaled(theme, _WIDTH_PX), parent=parent)
        self.rows: dict[str, OptionRow] = {}
        self._add(_("Appearance"), self._appearance(shown.theme))
        self.for_model = TextButton(theme, _("For this model…"), parent=self.page, kind="quiet")
        self.for_model.height_px = 26
        self.for_model.setFont(theme.fonts.small)
        self.for_model.clicked.connect(self.model_requested)
        self._add(_("Answers"), self._answers(), self.for_model, words=_("For models without a value of their own."))
        self._add(_("Memory and speed"), self._engine())
        self._add(_("Network"), self._network(shown.network), words=_("What may leave this computer, and what did."))
        self._add(_("Models"), self._models(shown))
        self._add(_("Keys and data"), self._keys(shown))
        self.done_button = TextButton(theme, _("Done"), parent=self, kind="strong")
        self.done_button.clicked.connect(self.accept)
        self.about = TextButton(theme, _("About Paddock…"), parent=self, kind="quiet", icon="info")
        self.about.clicked.connect(self.about_requested)
        self.buttons.addWidget(self.about)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.done_button)
        self.finish()
        self.show_used(shown.states_bytes)
        for key, row in self.rows.items():
            row.show_value(shown.values[key], is_changed=shown.values[key] != row.default)

    def show_used(self, states_bytes: int) -> None:
        """What is kept on the disk now for reopening chats at once."""
        self.space.show_used(states_bytes)

    def show_network(self, network: NetworkState) -> None:
        """What may be sent and what was sent now."""
        self.consent.show_network(network)
        self.requests.show_requests(network.requests)

    def show_models_folder(self, folder: str, *, is_default: bool) -> None:
        """Where fetched models are kept now."""
        self.folder.show_folder(folder, is_default=is_default)

    @Slot()
    def go_to_network(self) -> None:
        """For who asked about the network: its rows in view, the focus on the answer that holds."""
        self.scroll_to(self.consent)
        button = self.consent.choices.checkedButton()
        if button is None or not button.isEnabled():
            button = self.requests.button
        button.setFocus(Qt.FocusReason.OtherFocusReason)

    def done(self, result: int) -> None:
        """Closing takes what is still being typed."""
        for row in self.rows.values():
            row.settle()
        super().done(result)

    def _add(self, title: str, card: Card, beside: QWidget | None = None, *, words: str = "") -> None:
        """A card under its heading; `words` say what it is about, `beside` leads on."""
        fonts = self._theme.fonts
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(Text(self._theme, title, parent=self.page, font=fonts.small_strong, color="muted"))
        row.addWidget(Text(self._theme, words, parent=self.page, font=fonts.small, color="hint"), 1)
        if beside is not None:
            row.addWidget(beside)
        if self.column.count():
            self.column.addSpacing(10)
        self.column.addLayout(row)
        self.column.addWidget(card)

    def _appearance(self, chosen: str) -> Card:
        card = Card(self._theme, parent=self.page)
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

    def _answers(self) -> Card:
        card, column = self._rows_card()
        for setting in (TEMPERATURE, MAX_ANSWER_TOKENS):
            column.addWidget(self._join(NumberRow(self._theme, setting, setting.default, parent=card)))
        return card

    def _engine(self) -> Card:
        card, column = self._rows_card()
        reading = ChoiceRow(self._theme, READ_AHEAD, READ_AHEAD.default, (True, False), parent=card)
        idle = NumberRow(self._theme, IDLE_UNLOAD_MINUTES, IDLE_UNLOAD_MINUTES.default, parent=card)
        self.space = SpaceRow(self._theme, parent=card)
        self.space.clear_requested.connect(self.clear_requested)
        for row in (reading, idle, self.space):
            column.addWidget(self._join(row))
        return card

    def _network(self, network: NetworkState) -> Card:
        card, column = self._rows_card()
        self.consent = ConsentRow(self._theme, network, parent=card)
        self.consent.chosen.connect(self.consent_chosen)
        self.requests = RequestsRow(self._theme, network.requests, parent=card)
        self.requests.requested.connect(self.requests_requested)
        column.addWidget(self.consent)
        column.addWidget(self.requests)
        return card

    def _models(self, shown: SettingsShown) -> Card:
        card, column = self._rows_card()
        self.folder = FolderRow(self._theme, parent=card)
        self.folder.change_requested.connect(self.models_folder_requested)
        self.folder.default_requested.connect(self.default_models_folder_requested)
        self.folder.show_folder(shown.models_folder, is_default=shown.is_default_models_folder)
        column.addWidget(self.folder)
        return card

    def _keys(self, shown: SettingsShown) -> Card:
        card, rows = self._rows_card()
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
        rows.addLayout(
            self._row(card, _("Passphrase"), _("Opens your chats where there is no system keyring."), passphrase)
        )
        rows.addLayout(self._row(card, _("Recovery key"), state, recovery))
        place = TextButton(self._theme, _("Copy the path"), parent=card, icon="copy")
        place.clicked.connect(self.folder_copy_requested)
        rows.addLayout(self._row(card, _("Where everything is kept"), shown.profile_folder, place))
        return card

    def _rows_card(self) -> tuple[Card, QVBoxLayout]:
        card = Card(self._theme, parent=self.page)
        rows = QVBoxLayout(card)
        rows.setContentsMargins(16, 14, 16, 14)
        rows.setSpacing(14)
        return card, rows

    def _join(self, row: OptionRow) -> OptionRow:
        self.rows[row.setting.key] = row
        row.changed.connect(self.changed)
        row.reset.connect(self.reset)
        return row

    def _row(self, card: Card, label: str, help_text: str, control: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(16)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Text(self._theme, label, parent=card))
        words.addWidget(
            Text(self._theme, help_text, parent=card, font=self._theme.fonts.small, color="muted").wrapped()
        )
        accessible.name(control, control.accessibleName() or label, help_text)
        row.addLayout(words, 1)
        row.addWidget(control)
        return row

    @Slot(int, bool)
    def _on_theme(self, number: int, is_checked: bool) -> None:
        if is_checked:
            self.theme_chosen.emit(ThemeChosen(THEMES[number]))
