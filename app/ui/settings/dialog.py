"""Settings: how it looks, writing and chats, answers, memory and speed, network, models, keys.

One page, so that nothing hides behind a tab; a field above it leaves only the rows that are meant. Every change is told
by a signal and takes effect at once; only the language waits for the next start, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from app.declared import AnySetting
from app.settings import (
    AUTO_TITLES,
    BIN_DAYS,
    CONTRAST,
    CONTRASTS,
    DOCUMENTS_ON_BATTERY,
    ENTER_SENDS,
    IDLE_UNLOAD_MINUTES,
    LANGUAGE,
    LANGUAGES,
    MAX_ANSWER_TOKENS,
    MODELS_FOLDER,
    MOTION,
    MOTIONS,
    QUICK_KEYS,
    READ_AHEAD,
    READ_SCANS,
    SPELLING,
    STATES_LIMIT_GB,
    TEMPERATURE,
    TEXT_PERCENT,
    THEME,
    THEMES,
    TRAY,
)
from app.text import _
from app.ui import accessible
from app.ui.actions import Act
from app.ui.controls import Ground, Text, TextButton
from app.ui.filter_field import FilterField
from app.ui.models.fields import OptionRow
from app.ui.network.state import UNTIL_ASKED, NetworkState
from app.ui.palette.matching import folded
from app.ui.scrolling import ScrollingDialog
from app.ui.settings.flow import Flow
from app.ui.settings.head import fit_filter
from app.ui.settings.network_rows import ConsentRow, FolderRow, RequestsRow
from app.ui.settings.profile_row import ProfileRow
from app.ui.settings.rows import TEXT_PERCENTS, ChoiceSetting, KeysRow, NumberSetting, SettingRow
from app.ui.settings.section import CARD_PAD_PX, Section
from app.ui.settings.segment import Segment
from app.ui.settings.space_row import SpaceRow
from app.ui.theme import Theme

ROWS: tuple[AnySetting, ...] = (
    CONTRAST,
    TEXT_PERCENT,
    MOTION,
    LANGUAGE,
    TRAY,
    QUICK_KEYS,
    ENTER_SENDS,
    SPELLING,
    AUTO_TITLES,
    BIN_DAYS,
    TEMPERATURE,
    MAX_ANSWER_TOKENS,
    READ_AHEAD,
    DOCUMENTS_ON_BATTERY,
    READ_SCANS,
    IDLE_UNLOAD_MINUTES,
    STATES_LIMIT_GB,
)
_WIDTH_PX = 640
_NARROW_PX = 520
_EDGE_PX = 16  # left of the window beside the dialog, at least


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
    act_requested = Signal(object)  # Act: what has a place of its own

    def __init__(self, theme: Theme, shown: SettingsShown, *, parent: QWidget) -> None:
        super().__init__(theme, _("Settings"), width_px=theme.px(_WIDTH_PX), parent=parent)
        self._sections: list[Section] = []
        self._places: dict[str, QWidget] = {}
        self.rows: dict[str, OptionRow] = {}
        self._build(shown)
        self._nothing = Text(theme, _("No setting is called that."), parent=self.page, color="muted").wrapped()
        self._nothing.hide()
        self.column.addWidget(self._nothing)
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
        self.filter.textChanged.connect(self._on_filter)
        self.filter.list_requested.connect(self._on_list)
        theme.resized.connect(self._fit_width)
        self._fit_width()

    def _build(self, shown: SettingsShown) -> None:
        self._looks(shown)
        self._writing()
        self._chats()
        self._answers()
        self._engine()
        self._network(shown.network)
        self._models(shown)
        self._keys(shown)

    def showEvent(self, event: QShowEvent) -> None:
        self._fit_width()
        super().showEvent(event)

    def _make_head(self, title: str) -> Ground:
        head = super()._make_head(title)
        row = head.layout()
        self.filter = FilterField(self._theme, _("Find a setting"), parent=head)
        if row is not None:
            row.addWidget(self.filter)
        return head

    @Slot()
    def _fit_width(self) -> None:
        """As wide as designed, and no wider than the window that it belongs to."""
        owner = self.parentWidget()
        room = (
            owner.window().width() if owner is not None and owner.window().isVisible() else self.screen().size().width()
        )
        width = max(280, min(self._theme.px(_WIDTH_PX), room - 2 * _EDGE_PX))
        self.setFixedWidth(width)
        fit_filter(self._theme, self._head, self.filter, width)
        is_narrow = width < self._theme.px(_NARROW_PX)
        within = width - 2 * (self.margin_px + CARD_PAD_PX) if is_narrow else 0
        for setting in self.findChildren(SettingRow):
            setting.fit(within)
        for row in self.findChildren(ProfileRow):
            row.set_narrow(is_narrow)
        self.requests.set_narrow(is_narrow)
        self.folder.set_narrow(is_narrow)

    def go_to(self, key: str) -> None:
        """The row of this setting in view, and the focus on it. THEME and MODELS_FOLDER have theirs, too."""
        place = self._places.get(key)
        if place is None:
            return
        self.filter.clear()
        self.scroll_to(place)
        row = self.rows.get(key)
        (row.entry if row is not None else place).setFocus(Qt.FocusReason.OtherFocusReason)

    def show_value(self, key: str, value: object) -> None:
        """It was changed elsewhere, as the text size by its keys; tells nobody."""
        row = self.rows.get(key)
        if row is not None:
            row.show_value(value, is_changed=value != row.default)

    def show_keys_fault(self, sentence: str) -> None:
        """Why the keys for a quick question do not work; empty when they do."""
        self.quick_keys.say(sentence)

    @Slot()
    def _on_filter(self) -> None:
        words = folded(self.filter.text()).split()
        found = [section.narrow_down(words) for section in self._sections]
        self._nothing.setVisible(not any(found))
        self.scroll_to_top()
        if not any(found):
            accessible.announce(self.filter, self._nothing.text())

    @Slot()
    def _on_list(self) -> None:
        """To the first row that is left."""
        self.focusNextChild()

    def scroll_to_top(self) -> None:
        self._area.verticalScrollBar().setValue(0)

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

    def _section(self, title: str, *, words: str = "", beside: QWidget | None = None) -> Section:
        section = Section(self._theme, title, parent=self.page, words=words, beside=beside)
        self._sections.append(section)
        self.column.addWidget(section)
        return section

    def _join(self, section: Section, row: OptionRow) -> None:
        setting = row.setting
        section.add(row, _(setting.label), _(setting.help))
        self.rows[setting.key] = row
        self._places[setting.key] = row
        row.changed.connect(self.changed)
        row.reset.connect(self.reset)

    def _choose(self, section: Section, setting: AnySetting, choices: tuple[object, ...] = (True, False)) -> None:
        self._join(section, ChoiceSetting(self._theme, setting, choices, parent=section.card))

    def _number(self, section: Section, setting: AnySetting) -> None:
        self._join(section, NumberSetting(self._theme, setting, setting.default, parent=section.card))

    def _looks(self, shown: SettingsShown) -> None:
        section = self._section(_("Appearance"))
        section.add(self._themes_row(section, shown.theme), _(THEME.label), _(THEME.help), _("Light"), _("Dark"))
        self._choose(section, CONTRAST, CONTRASTS)
        self._choose(section, TEXT_PERCENT, TEXT_PERCENTS)
        self._choose(section, MOTION, MOTIONS)
        self._choose(section, LANGUAGE, LANGUAGES)
        self._choose(section, TRAY)
        self.quick_keys = KeysRow(self._theme, QUICK_KEYS, parent=section.card)
        self._join(section, self.quick_keys)

    def _themes_row(self, section: Section, chosen: str) -> QWidget:
        holder = QWidget(section.card)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        segments = Flow()
        row.addLayout(segments, 1)
        labels = {"system": _("Like the system"), "light": _("Light"), "dark": _("Dark")}
        self._themes = QButtonGroup(self)
        for number, name in enumerate(THEMES):
            button = Segment(self._theme, labels[name], parent=holder)
            accessible.name(button, labels[name], _(THEME.help))
            button.setChecked(name == chosen)
            self._themes.addButton(button, number)
            segments.addWidget(button)
            if name == chosen:
                self._places[THEME.key] = button
        self._themes.idToggled.connect(self._on_theme)
        return holder

    def _writing(self) -> None:
        section = self._section(_("Writing"))
        self._choose(section, ENTER_SENDS)
        self._choose(section, SPELLING)

    def _chats(self) -> None:
        section = self._section(_("Chats"))
        self._choose(section, AUTO_TITLES)
        self._number(section, BIN_DAYS)
        self.doors: dict[Act, TextButton] = {}
        for act, label, told, words in _doors():
            row = ProfileRow(self._theme, label, told, TextButton(self._theme, words, parent=section.card))
            accessible.name(row.button, label, told)
            row.button.clicked.connect(partial(self._on_door, act))
            section.add(row, label, told, words)
            self.doors[act] = row.button

    def _answers(self) -> None:
        self.for_model = TextButton(self._theme, _("For this model…"), parent=self.page, kind="quiet")
        self.for_model.height_px = 26
        self.for_model.setFont(self._theme.fonts.small)
        self.for_model.clicked.connect(self.model_requested)
        words = _("For models without a value of their own.")
        section = self._section(_("Answers"), words=words, beside=self.for_model)
        self._number(section, TEMPERATURE)
        self._number(section, MAX_ANSWER_TOKENS)

    def _engine(self) -> None:
        section = self._section(_("Memory and speed"))
        self._choose(section, READ_AHEAD)
        self._choose(section, DOCUMENTS_ON_BATTERY)
        self._choose(section, READ_SCANS)
        self._number(section, IDLE_UNLOAD_MINUTES)
        self.space = SpaceRow(self._theme, parent=section.card)
        self.space.clear_requested.connect(self.clear_requested)
        self._join(section, self.space)

    def _network(self, network: NetworkState) -> None:
        section = self._section(_("Network"), words=_("What may leave this computer, and what did."))
        self.consent = ConsentRow(self._theme, network, parent=section.card)
        self.consent.chosen.connect(self.consent_chosen)
        self.requests = RequestsRow(self._theme, network.requests, parent=section.card)
        self.requests.requested.connect(self.requests_requested)
        section.add(self.consent, _("Ask, allow, never"))
        section.add(self.requests, _("What was sent"), _("Show every request…"))

    def _models(self, shown: SettingsShown) -> None:
        section = self._section(_("Models"))
        self.folder = FolderRow(self._theme, parent=section.card)
        self.folder.change_requested.connect(self.models_folder_requested)
        self.folder.default_requested.connect(self.default_models_folder_requested)
        self.folder.show_folder(shown.models_folder, is_default=shown.is_default_models_folder)
        self._places[MODELS_FOLDER.key] = self.folder.change
        section.add(self.folder, _(MODELS_FOLDER.label))

    def _keys(self, shown: SettingsShown) -> None:
        section = self._section(_("Keys and data"))
        change = _("Change the passphrase…") if shown.has_passphrase else _("Set a passphrase…")
        state = (
            _("You confirmed that you have it.")
            if shown.is_recovery_confirmed
            else _("Not confirmed yet: without it, your chats hang on one key.")
        )
        help_text = _("Opens your chats where there is no system keyring.")
        for label, told, words, icon, asked in (
            (_("Passphrase"), help_text, change, "key", self.passphrase_requested),
            (_("Recovery key"), state, _("New recovery key…"), "lifebuoy", self.recovery_requested),
            (
                _("Where everything is kept"),
                shown.profile_folder,
                _("Copy the path"),
                "copy",
                self.folder_copy_requested,
            ),
        ):
            row = ProfileRow(self._theme, label, told, TextButton(self._theme, words, parent=section.card, icon=icon))
            row.button.clicked.connect(asked)
            section.add(row, label, told, words)

    def _on_door(self, act: Act, _is_checked: bool = False) -> None:
        self.act_requested.emit(act)

    @Slot(int, bool)
    def _on_theme(self, number: int, is_checked: bool) -> None:
        if is_checked:
            self.theme_chosen.emit(ThemeChosen(THEMES[number]))


def _doors() -> tuple[tuple[Act, str, str, str], ...]:
    """What belongs to chats and has a dialog of its own: its label, what is said about it, and its button."""
    return (
        (
            Act.GENERAL,
            _("Instructions for every chat"),
            _("They hold wherever a chat or its folder says nothing else."),
            _("Change…"),
        ),
        (
            Act.PERSONAS,
            _("Personas"),
            _("Ways of answering to use again, in a chat, a folder or everywhere."),
            _("Show…"),
        ),
        (
            Act.TEMPLATES,
            _("Prompt templates"),
            _("Type / at the beginning of a line of your message to use one."),
            _("Show…"),
        ),
        (
            Act.IMPORT,
            _("Bring in chats from files"),
            _("Chats that Paddock saved, and exports of other programs."),
            _("Bring in…"),
        ),
        (
            Act.EXPORT_ALL,
            _("Save all chats as files"),
            _("To read, to print, or to bring in again elsewhere."),
            _("Save…"),
        ),
    )
